"""What coverage is made of, read so that a hundred thousand feeds take a fraction of a second.

Nearly all feeds are plainly healthy. The database counts those; only the others become values that the policy of
core/coverage.py looks at one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, extract, false, func, not_, or_, select

from monitor.core import rhythm
from monitor.core.coverage import LEAST_HEARD, MISSED_POLLS, Coverage, Plain, coverage_of
from monitor.core.polling import FASTER
from monitor.core.types import Course, HostRest, Pulse
from monitor.store.database import Database
from monitor.store.feeds import FEED
from monitor.store.hosts import HOST
from monitor.store.polls import ITEM

READ_AT_A_TIME = 500
"""Feeds read from the database at once: half a megabyte."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a list of feeds is searched by."""

    id: int
    url: str
    name: str
    tags: Sequence[str]


def coverage(db: Database, *, now: datetime) -> Coverage:
    """Return how the polled feeds are doing. Those looked at are not all held at once: a whole list may have failed."""
    with db.read() as connection:
        return coverage_of(_pulses(connection, now), now=now, plain=_count_plain(connection, now))


def read_pulses(db: Database, *, now: datetime) -> tuple[list[Pulse], Plain]:
    """Return the polled feeds that must be looked at one by one, and how many others there are."""
    with db.read() as connection:
        return list(_pulses(connection, now)), _count_plain(connection, now)


def _count_plain(connection: Connection, now: datetime) -> Plain:
    """Return how the plainly healthy feeds are doing, as the database counts them."""
    totals = (
        func.count(),
        func.count(case((_heard(now), 1))),
        func.count(case((FEED.c.polled_at.is_(None), 1))),
        func.min(FEED.c.next_poll_at),
        func.min(FEED.c.ok_at),
        func.max(FEED.c.ok_at),
    )
    return Plain(*connection.execute(select(*totals).where(FEED.c.active, _plain(now))).one())


def _pulses(connection: Connection, now: datetime) -> Iterator[Pulse]:
    """Read the other feeds, READ_AT_A_TIME of them in memory."""
    looked_at = select(*_COLUMNS).join(HOST, HOST.c.name == FEED.c.host, isouter=True)
    query = looked_at.where(FEED.c.active, not_(_plain(now)))
    for (
        id_, url, name, title, next_poll_at, failures, failing_since_at, polled_at, ok_at, error, retired_at,
        rolled_over_at, window_s, beats, paused_at, until_at, rest_reason, rests,
    ) in connection.execute(query, execution_options={"yield_per": READ_AT_A_TIME}):  # fmt: skip
        yield Pulse(
            id=id_,
            url=url,
            name=name or title,
            next_poll_at=next_poll_at,
            failures=failures,
            failing_since_at=failing_since_at,
            polled_at=polled_at,
            ok_at=ok_at,
            error=error,
            course=Course(
                retired_at=retired_at,
                rolled_over_at=rolled_over_at,
                window=None if window_s is None else timedelta(seconds=window_s),
                beats=tuple(datetime.fromtimestamp(beat, UTC) for beat in beats),
            ),
            rest=None if until_at is None else HostRest(until_at, rest_reason, rests),
            paused_at=paused_at,
        )


_COLUMNS = (
    FEED.c.id,
    FEED.c.url,
    FEED.c.name,
    FEED.c.title,
    FEED.c.next_poll_at,
    FEED.c.failures,
    FEED.c.failing_since_at,
    FEED.c.polled_at,
    FEED.c.ok_at,
    FEED.c.error,
    FEED.c.retired_at,
    FEED.c.rolled_over_at,
    FEED.c.window_s,
    FEED.c.beats,
    FEED.c.paused_at,
    HOST.c.paused_until_at,
    HOST.c.reason,
    HOST.c.failures,
)
"""The fields of a Pulse, in the order in which `read_pulses` takes them."""


def _plain(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a feed is healthy beyond doubt; what fails it may be so, too.

    Silence cannot be odd (`rhythm.quiet`) when it is no longer than so many times the mean time between the beats, for
    the longest time is no shorter; nor can it with few beats.
    """
    newest, oldest = FEED.c.beats[0].as_float(), FEED.c.beats[rhythm.BEATS - 1].as_float()
    silence = now.timestamp() - newest
    not_quiet = or_(
        silence <= rhythm.QUIET_LEAST.total_seconds(),
        FEED.c.beats[rhythm.QUIET_BEATS - 1].as_float().is_(None),
        silence * (rhythm.BEATS - 1) <= rhythm.QUIET_FACTOR * (newest - oldest),
    )
    well = and_(
        FEED.c.failures == 0,
        FEED.c.retired_at.is_(None),
        FEED.c.paused_at.is_(None),
        or_(FEED.c.rolled_over_at.is_(None), FEED.c.rolled_over_at <= now - FASTER),
        not_quiet,
        FEED.c.host.not_in(select(HOST.c.name).where(HOST.c.paused_until_at > now)),
    )
    return func.coalesce(well, false())


def _heard(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a plain feed is heard, as `is_heard` says, to the second."""
    ok, due = extract("epoch", FEED.c.ok_at), extract("epoch", FEED.c.next_poll_at)
    return or_(
        and_(FEED.c.ok_at.is_not(None), FEED.c.next_poll_at >= now),
        FEED.c.ok_at >= now - LEAST_HEARD,
        now.timestamp() - ok <= MISSED_POLLS * (due - ok),
    )


def labels(db: Database) -> list[Label]:
    """Return by what the polled feeds are searched."""
    query = select(FEED.c.id, FEED.c.url, FEED.c.name, FEED.c.title, FEED.c.tags).where(FEED.c.active)
    with db.read() as connection:
        return [Label(id_, url, name or title, tags) for id_, url, name, title, tags in connection.execute(query)]


def next_asked(db: Database, *, but: Sequence[int], limit: int) -> list[int]:
    """Return the ids of the feeds that are asked next, without those in `but`."""
    query = (
        select(FEED.c.id)
        .where(FEED.c.active, FEED.c.retired_at.is_(None), FEED.c.paused_at.is_(None), FEED.c.id.not_in(but))
        .order_by(FEED.c.next_poll_at, FEED.c.id)
        .limit(limit)
    )
    with db.read() as connection:
        return list(connection.execute(query).scalars())


def items_since(db: Database, feed_ids: Sequence[int], *, since_at: datetime) -> Mapping[int, int]:
    """Return how many items of some feeds were stored since then; feeds without any are left out."""
    query = (
        select(ITEM.c.feed_id, func.count())
        .where(ITEM.c.feed_id.in_(feed_ids), ITEM.c.fetched_at >= since_at)
        .group_by(ITEM.c.feed_id)
    )
    with db.read() as connection:
        return dict(connection.execute(query).all())
