"""Subscriptions at hubs: found by polls, asked for by the job, verified through the web."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, insert, not_, or_, select, update

from monitor.core import websub
from monitor.core.types import Feed, HubMode, Subscription, SubscriptionState
from monitor.store.database import Database
from monitor.store.feeds import FEED, read_feed, select_feeds
from monitor.store.named import NAMED_COLUMNS, SUBSCRIPTION, read_named
from monitor.store.tables import PushRow

PUSH = PushRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription that something is to be done about.

    wanted          whether its feed is polled and names it, and hubs may push at all
    token, secret   of its callback and its signatures; None before the hub was asked
    callback        the address that the hub was given, or None
    """

    subscription: Subscription
    wanted: bool
    token: str | None
    secret: str | None
    callback: str | None


@dataclass(frozen=True, slots=True)
class HubRequest:
    """What a hub is asked for, and what it is given to call us and to sign with."""

    mode: HubMode
    token: str
    secret: str
    callback: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a token leads to; `waiting` is how many pushes of it are not read yet."""

    subscription: Subscription
    feed: Feed
    shard: int
    secret: str
    waiting: int


def keep_offer(connection: Connection, feed: Feed, offer: tuple[str, str] | None, *, now: datetime) -> None:
    """Have a subscription for the hub and topic that a feed names now, due at once where it is new, and no other.

    The one for another hub or topic is no longer named; the job then gives it up.
    """
    if offer is None or not websub.is_other_offer(feed.subscription, offer):
        return
    own = SUBSCRIPTION.c.feed_id == feed.id
    connection.execute(update(SUBSCRIPTION).where(own, SUBSCRIPTION.c.named).values(named=False))
    hub, topic = offer
    if not hub:
        return
    values = {"named": True, "attempts": 0, "next_attempt_at": now}
    same = own & (SUBSCRIPTION.c.hub == hub) & (SUBSCRIPTION.c.topic == topic)
    found = connection.execute(select(SUBSCRIPTION.c.id).where(same).order_by(SUBSCRIPTION.c.id)).scalars().first()
    if found is not None:
        connection.execute(update(SUBSCRIPTION).where(SUBSCRIPTION.c.id == found).values(values))
    else:
        connection.execute(insert(SUBSCRIPTION), {"feed_id": feed.id, "hub": hub, "topic": topic, **values})


def note_missed(connection: Connection, feed: Feed, *, now: datetime) -> None:
    """Note that a poll found news that no push told, for a hub that pushed before."""
    if feed.subscription is not None:
        this = (SUBSCRIPTION.c.id == feed.subscription.id) & SUBSCRIPTION.c.pushed_at.is_not(None)
        connection.execute(update(SUBSCRIPTION).where(this).values(missed_at=now))


def due_subscriptions(db: Database, *, base: str | None, now: datetime, limit: int) -> list[Due]:
    """Return the subscriptions about which something is to be done now, longest due first.

    That is at once, whatever was planned, where one is wanted no more or its callback lies elsewhere by now.

    base   what callbacks begin with; None when hubs may not push, and then every subscription is to be given up
    """
    leaving = SUBSCRIPTION.c.asking == HubMode.UNSUBSCRIBE
    asked = SUBSCRIPTION.c.callback.is_not(None)
    wanted = and_(SUBSCRIPTION.c.named, FEED.c.active, FEED.c.retired_at.is_(None))
    planned = SUBSCRIPTION.c.next_attempt_at <= now
    stays = func.coalesce(leaving, False)
    if base is None:
        wanted = wanted & False
        due = or_(asked & or_(planned, not_(stays)), not_(stays) & not_(SUBSCRIPTION.c.named))
    else:
        moved = asked & not_(SUBSCRIPTION.c.callback.startswith(base, autoescape=True))
        due = or_(planned, and_(not_(stays), or_(not_(wanted), moved)))
    query = (
        select(*NAMED_COLUMNS, SUBSCRIPTION.c["token", "secret", "callback"], wanted.label("wanted"))
        .join(FEED, FEED.c.id == SUBSCRIPTION.c.feed_id)
        .where(due)
        .order_by(SUBSCRIPTION.c.next_attempt_at, SUBSCRIPTION.c.id)
        .limit(limit)
    )
    found = []
    with db.read() as connection:
        for row in connection.execute(query).mappings():
            subscription = read_named(row)
            assert subscription is not None
            found.append(Due(subscription, bool(row["wanted"]), row["token"], row["secret"], row["callback"]))
    return found


def ask(db: Database, subscription_id: int, request: HubRequest, *, attempts: int, next_attempt_at: datetime) -> None:
    """Note what the hub will be asked for, before it is: it may verify while it is still being asked.

    Whatever the hub answers, it is asked again at `next_attempt_at` unless it verifies.
    """
    values = {"asking": request.mode, "token": request.token, "secret": request.secret, "callback": request.callback}
    with db.write() as connection:
        connection.execute(
            update(SUBSCRIPTION)
            .where(SUBSCRIPTION.c.id == subscription_id)
            .values(attempts=attempts, next_attempt_at=next_attempt_at, **values)
        )


def refused(db: Database, subscription_id: int, *, error: str, next_attempt_at: datetime) -> None:
    """Note that the hub did not take a request, unless it verified it nevertheless."""
    with db.write() as connection:
        connection.execute(
            update(SUBSCRIPTION)
            .where(SUBSCRIPTION.c.id == subscription_id, SUBSCRIPTION.c.asking.is_not(None))
            .values(error=error, next_attempt_at=next_attempt_at)
        )


def forget(db: Database, subscription_id: int) -> None:
    """Delete a subscription; its callback leads nowhere from here on, and what it pushed last is not read."""
    with db.write() as connection:
        connection.execute(delete(SUBSCRIPTION).where(SUBSCRIPTION.c.id == subscription_id))


def find(db: Database, token: str) -> Known | None:
    """Return what a token leads to, or None."""
    waiting = (
        select(func.count())
        .where(PUSH.c.subscription_id == SUBSCRIPTION.c.id)
        .correlate(SUBSCRIPTION)
        .scalar_subquery()
    )
    this = SUBSCRIPTION.c.token == token
    query = select_feeds(this).add_columns(SUBSCRIPTION.c.secret, waiting.label("waiting"))
    with db.read() as connection:
        row = connection.execute(query.where(this)).mappings().one_or_none()
    if row is None:
        return None
    feed = read_feed(row)
    assert feed.subscription is not None
    return Known(feed.subscription, feed, row["shard"], row["secret"], row["waiting"])


def verify(
    db: Database, subscription_id: int, *, lease_until_at: datetime, next_attempt_at: datetime, now: datetime
) -> None:
    """Note that the hub pushes from now on until its lease ends; ask again at `next_attempt_at`."""
    with db.write() as connection:
        connection.execute(
            update(SUBSCRIPTION)
            .where(SUBSCRIPTION.c.id == subscription_id)
            .values(
                asking=None,
                attempts=0,
                lease_until_at=lease_until_at,
                next_attempt_at=next_attempt_at,
                verified_at=now,
                denied_at=None,
                error=None,
            )
        )


def deny(db: Database, subscription_id: int, *, error: str, next_attempt_at: datetime, now: datetime) -> None:
    """Note that the hub does not push, or no more."""
    with db.write() as connection:
        connection.execute(
            update(SUBSCRIPTION)
            .where(SUBSCRIPTION.c.id == subscription_id)
            .values(
                asking=None,
                attempts=0,
                lease_until_at=None,
                denied_at=now,
                error=error,
                next_attempt_at=next_attempt_at,
            )
        )


def count_states(db: Database, *, now: datetime) -> Mapping[SubscriptionState, int]:
    """Return how many subscriptions are in each state; those of feeds that are polled no more are told, too."""
    facts = (
        SUBSCRIPTION.c.named,
        SUBSCRIPTION.c.asking,
        func.coalesce(SUBSCRIPTION.c.lease_until_at > now, False),
        SUBSCRIPTION.c.verified_at.is_not(None),
        SUBSCRIPTION.c.denied_at.is_not(None),
    )
    counts = Counter(dict.fromkeys(SubscriptionState, 0))
    with db.read() as connection:
        for named, asking, leased, verified, denied, count in connection.execute(
            select(*facts, func.count()).group_by(*facts)
        ):
            like = Subscription(
                id=0,
                hub="",
                topic="",
                named=named,
                asking=HubMode(asking) if asking else None,
                attempts=0,
                next_attempt_at=now,
                lease_until_at=now + timedelta(seconds=1) if leased else None,
                verified_at=now if verified else None,
                denied_at=now if denied else None,
            )
            counts[websub.state_of(like, now=now)] += count
    return counts


def note_trouble(db: Database, subscription: Subscription, error: str) -> None:
    """Note what is wrong with a hub's pushes, for the operator; written once, however often it happens."""
    if subscription.error != error:
        with db.write() as connection:
            this = SUBSCRIPTION.c.id == subscription.id
            connection.execute(update(SUBSCRIPTION).where(this).values(error=error))


def note_push(connection: Connection, subscription: Subscription, *, received_at: datetime, brought: bool) -> None:
    """Note that a push told of the feed."""
    after = websub.after_push(subscription, received_at=received_at, brought=brought)
    values = {"pushed_at": after.pushed_at, "missed_at": after.missed_at}
    connection.execute(update(SUBSCRIPTION).where(SUBSCRIPTION.c.id == subscription.id).values(values))
