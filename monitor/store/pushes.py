"""What hubs sent: kept until it is read, then gone in the transaction that stores what was in it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, insert, select, true, update

from monitor.core.types import EntityRef, Push, PushOutcome
from monitor.store.courses import rhythm_values
from monitor.store.database import Database
from monitor.store.feeds import FEED, read_feed, select_feeds
from monitor.store.named import SUBSCRIPTION
from monitor.store.polls import Recorded, record_items
from monitor.store.subscriptions import PUSH, note_push


def add_push(db: Database, subscription_id: int, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Keep a push until it is read."""
    row = {"subscription_id": subscription_id, "received_at": now, "headers": dict(headers), "body": body}
    with db.write() as connection:
        connection.execute(insert(PUSH), row)


def next_push(db: Database, shard: int) -> Push | None:
    """Return the oldest push for a feed of a shard, or None."""
    own = (PUSH.c.id.label("push_id"), PUSH.c.headers.label("push_headers"), PUSH.c.received_at, PUSH.c.body)
    query = (
        select_feeds(true())
        .add_columns(*own)
        .join(PUSH, PUSH.c.subscription_id == SUBSCRIPTION.c.id)
        .where(FEED.c.shard == shard)
        .order_by(PUSH.c.id)
        .limit(1)
    )
    with db.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return Push(row["push_id"], read_feed(row), row["received_at"], row["push_headers"], row["body"])


def pushed_shards(db: Database) -> list[int]:
    """Return the shards whose feeds have pushes that were not read."""
    query = (
        select(FEED.c.shard)
        .join(SUBSCRIPTION, SUBSCRIPTION.c.feed_id == FEED.c.id)
        .join(PUSH, PUSH.c.subscription_id == SUBSCRIPTION.c.id)
        .distinct()
    )
    with db.read() as connection:
        return list(connection.execute(query).scalars())


def record_push(
    db: Database,
    outcome: PushOutcome,
    *,
    watchlist_version: str,
    entities: Mapping[str, EntityRef],
    now: datetime,
) -> Recorded:
    """Store what was in a push, and that it is read."""
    push = outcome.push
    with db.write() as connection:
        recorded, _ = record_items(
            connection, [outcome], watchlist_version=watchlist_version, entities=entities, now=now
        )
        rhythm = rhythm_values(replace(outcome.feed.course, beats=outcome.beats))
        connection.execute(update(FEED).where(FEED.c.id == outcome.feed.id).values(rhythm))
        assert push.feed.subscription is not None
        brought = bool(recorded.items or recorded.edits)
        note_push(connection, push.feed.subscription, received_at=push.received_at, brought=brought)
        connection.execute(delete(PUSH).where(PUSH.c.id == push.id))
    return recorded


def drop_push(db: Database, push: Push) -> None:
    """Forget a push."""
    with db.write() as connection:
        connection.execute(delete(PUSH).where(PUSH.c.id == push.id))


def poll_instead(db: Database, push: Push, *, poll_at: datetime) -> None:
    """Poll the feed at `poll_at` in place of reading a push, which goes."""
    with db.write() as connection:
        connection.execute(update(FEED).where(FEED.c.id == push.feed.id).values(next_poll_at=poll_at))
        connection.execute(delete(PUSH).where(PUSH.c.id == push.id))
