"""What is due: found in one index, at most so many feeds of each host, so that no host hides the others."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, literal, select

from monitor.core.types import Feed
from monitor.store.database import Database
from monitor.store.feeds import FEED, read_feed, select_feeds
from monitor.store.hosts import HOST


@dataclass(frozen=True, slots=True)
class Due:
    """A feed that is due, the host that it is asked at, since when, and whether it failed the last time."""

    id: int
    host: str
    at: datetime
    failing: bool = False


@dataclass(frozen=True, slots=True)
class DueFeeds:
    """What one look found.

    feeds   of each host the longest due first
    more    hosts that may have further feeds due
    cut     whether further hosts may have some
    """

    feeds: tuple[Due, ...]
    more: frozenset[str]
    cut: bool


def due_feeds(
    db: Database,
    shard: int,
    *,
    now: datetime,
    each: int,
    limit: int,
    busy: Collection[int] = (),
    known: Collection[str] = (),
) -> DueFeeds:
    """Return the feeds of a shard that are due at hosts that do not rest, at most `each` of a host and `limit` in all.

    Of every host the feeds that are due longest, and of all hosts the first feed before the second of any.

    busy    ids of feeds that are left out
    known   hosts that are left out
    """
    values = {"shard": shard, "now": now, "each": each, "limit": limit, "busy": list(busy), "known": list(known)}
    with db.read() as connection:
        rows = connection.execute(_LOOK, values).all()
    return DueFeeds(
        feeds=tuple(Due(row.id, row.host, row.next_poll_at, row.failures > 0) for row in rows),
        more=frozenset(row.host for row in rows if row.place == each),
        cut=len(rows) == limit,
    )


def due_shards(db: Database, shards: int, *, now: datetime) -> list[int]:
    """Return those of so many shards in which a feed is due at a host that does not rest."""
    with db.read() as connection:
        return [row.shard for row in connection.execute(_SHARDS, {"last": shards - 1, "now": now})]


def still_due(db: Database, ids: Collection[int], *, now: datetime) -> list[Feed]:
    """Return the feeds of these that are due, as they are now."""
    with db.read() as connection:
        rows = connection.execute(_READ, {"ids": list(ids), "now": now}).mappings().all()
    return [read_feed(row) for row in rows]


def _due() -> ColumnElement[bool]:
    """Return the condition, in the words of the index."""
    polled = and_(FEED.c.active, FEED.c.retired_at.is_(None), FEED.c.paused_at.is_(None))
    return and_(FEED.c.next_poll_at <= bindparam("now"), polled)


def _shards() -> Select[tuple[int]]:
    """Return the query for the shards that have something due, each looked up in the index: never are all rows read."""
    numbers = select(literal(0).label("shard")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.shard + 1).where(numbers.c.shard < bindparam("last")))
    resting = select(HOST.c.name).where(HOST.c.paused_until_at > bindparam("now"))
    found = exists().where(FEED.c.shard == numbers.c.shard, _due(), FEED.c.host.not_in(resting))
    return select(numbers.c.shard).where(found)


def _look() -> Select[tuple[int, str, datetime, int, int]]:
    """Return the query for what is due."""
    place = func.row_number().over(partition_by=FEED.c.host, order_by=(FEED.c.next_poll_at, FEED.c.id))
    resting = select(HOST.c.name).where(HOST.c.paused_until_at > bindparam("now"))
    ranked = (
        select(FEED.c.id, FEED.c.host, FEED.c.next_poll_at, FEED.c.failures, place.label("place"))
        .where(FEED.c.shard == bindparam("shard"), _due(), FEED.c.host.not_in(resting))
        .where(FEED.c.host.not_in(bindparam("known", expanding=True)))
        .where(FEED.c.id.not_in(bindparam("busy", expanding=True)))
        .subquery()
    )
    return (
        select(ranked.c.id, ranked.c.host, ranked.c.next_poll_at, ranked.c.failures, ranked.c.place)
        .where(ranked.c.place <= bindparam("each"))
        .order_by(ranked.c.place, ranked.c.next_poll_at, ranked.c.id)
        .limit(bindparam("limit"))
    )


_LOOK, _SHARDS = _look(), _shards()
_READ = select_feeds().where(FEED.c.id.in_(bindparam("ids", expanding=True)), _due())
"""Made once: to put a query together takes longer than to run it when nothing is due."""
