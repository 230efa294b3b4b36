"""Outages of our own network: what the last polls say of one, and how all feeds that it keeps us from are told as one.

However many feeds there are, two statements say of all that they are told of.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, literal, or_, select, update

from monitor.core.outage import LATELY, UNREACHED, Asked
from monitor.core.troubles import TroubleKind
from monitor.core.types import Delivery, Feed
from monitor.store.database import Database
from monitor.store.deliveries import insert_deliveries
from monitor.store.feeds import FEED, read_feed, select_feeds
from monitor.store.polls import insert_new
from monitor.store.troubles import ASKED, FAILING, FAILS, LASTS, TROUBLE, has_trouble

POLLS = 500
"""Last polls that are read to tell an outage."""

_CUT_OFF = and_(
    FEED.c.active,
    FAILS,
    ASKED,
    or_(*(FEED.c.error.startswith(reason) for reason in sorted(UNREACHED))),
)


def recent_polls(db: Database, *, now: datetime) -> list[Asked]:
    """Return the last polls of feeds, newest first, as far back as they count for an outage."""
    url = func.coalesce(FEED.c.moved_to, FEED.c.url)
    query = (
        select(url.label("url"), FEED.c.polled_at, FEED.c.error)
        .where(FEED.c.polled_at >= now - LATELY, FEED.c.active)
        .order_by(FEED.c.polled_at.desc())
        .limit(POLLS)
    )
    with db.read() as connection:
        return [Asked(row.url, row.polled_at, row.error) for row in connection.execute(query)]


def unreached(db: Database, *, limit: int) -> tuple[list[Feed], int]:
    """Return feeds whose host was not reached and that nobody was told of, longest first, and how many there are."""
    condition = _CUT_OFF & ~has_trouble(TroubleKind.FAILING, TROUBLE.c.told_at.is_not(None))
    query = select_feeds().where(condition).order_by(FEED.c.failing_since_at, FEED.c.id).limit(limit)
    with db.read() as connection:
        found = [read_feed(row) for row in connection.execute(query).mappings()]
        return found, connection.execute(select(func.count()).select_from(FEED).where(condition)).scalar_one()


def running_outage(db: Database) -> tuple[str, datetime] | None:
    """Return the thread of an outage of which no feed was told to work again, and when it was told."""
    other = TROUBLE.alias()
    ended = select(other.c.id).where(other.c.thread == TROUBLE.c.thread, other.c.ended_at.is_not(None)).exists()
    query = select(TROUBLE.c.thread, TROUBLE.c.told_at).where(
        TROUBLE.c.outage, LASTS, TROUBLE.c.told_at.is_not(None), ~ended
    )
    with db.read() as connection:
        row = connection.execute(query.order_by(TROUBLE.c.id.desc()).limit(1)).first()
    return None if row is None else (row.thread, row.told_at)


def tell_outage(db: Database, thread: str, deliveries: Sequence[Delivery], *, told_at: datetime, now: datetime) -> int:
    """Store deliveries, and that every feed whose host was not reached is told of in this thread; return how many.

    One that was told of before stays in its thread. When there is no other, nothing is stored.

    told_at   when the outage was told: `now`, or before for feeds that join it
    """
    columns = ("feed_id", "kind", "since_at", "noticed_at", "times", "outage")
    feeds = select(
        FEED.c.id, literal(FAILING), FEED.c.failing_since_at, literal(now, TROUBLE.c.noticed_at.type), literal(1),
        literal(True),
    ).where(_CUT_OFF)  # fmt: skip
    ids = select(FEED.c.id).where(_CUT_OFF)
    new = (TROUBLE.c.kind == FAILING) & LASTS & TROUBLE.c.told_at.is_(None) & TROUBLE.c.feed_id.in_(ids)
    with db.write() as connection:
        connection.execute(insert_new(connection, TROUBLE).from_select(columns, feeds))
        values = {"told_at": told_at, "thread": thread, "outage": True}
        count = connection.execute(update(TROUBLE).where(new).values(values)).rowcount
        if count:
            insert_deliveries(connection, deliveries)
    return count
