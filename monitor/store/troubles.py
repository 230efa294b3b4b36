"""Troubles of feeds: which feeds have one that nobody noticed, what is untold, what is over.

Each query begins at an index of the few feeds it is about, or at the troubles that last; none looks at all feeds. What
is told is marked in the transaction that puts its deliveries into the outbox.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    case,
    delete,
    func,
    or_,
    select,
    update,
)

from monitor.core.polling import FASTER
from monitor.core.troubles import AGAIN, Back, Case, Trouble, TroubleKind, began_at
from monitor.core.types import Delivery, Feed
from monitor.store.database import Database
from monitor.store.deliveries import insert_deliveries
from monitor.store.feeds import FAILURE, FEED, read_feed, select_feeds
from monitor.store.hosts import HOST
from monitor.store.polls import insert_new
from monitor.store.tables import FeedTroubleRow

TROUBLE = FeedTroubleRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes

T = TypeVar("T")


LOOKED_AT = 500
"""Feeds read, and rows named in one query, at a time; more wait for the next look."""

TOLD_TOGETHER = 5_000
"""Troubles told at a time: what a list of feeds brings at once that has been dead for years."""

FAILING, QUIET, MISSED = (kind.value for kind in TroubleKind)

LASTS = TROUBLE.c.ended_at.is_(None)
GIVEN_UP = FEED.c.retired_at.is_not(None)
ASKED = FEED.c.retired_at.is_(None) & FEED.c.paused_at.is_(None)
FAILS = FEED.c.failing_since_at.is_not(None)
SILENT = (FEED.c.quiet_at > FEED.c.first_polled_at) & (FEED.c.quiet_at <= FEED.c.ok_at)


def unnoticed(db: Database, kind: TroubleKind, *, failures: int = 1, now: datetime) -> list[Feed]:
    """Return feeds with a trouble of a kind that nobody noticed, at most LOOKED_AT, longest first.

    Of one that is paused somebody knows already.

    Quiet are those that fell silent while they were watched and were asked since.

    failures   that a failing feed or its host had in a row, unless the feed was given up
    """
    conditions: Mapping[TroubleKind, ColumnElement[bool]] = {
        TroubleKind.FAILING: FAILS
        & FEED.c.paused_at.is_(None)
        & or_(FEED.c.failures >= failures, HOST.c.failures >= failures, GIVEN_UP),
        TroubleKind.QUIET: SILENT & (FEED.c.quiet_at <= now) & ~FAILS & ASKED,
        TroubleKind.MISSED: (FEED.c.rolled_over_at > now - FASTER) & ASKED,
    }
    query = select_feeds().where(FEED.c.active, conditions[kind], ~has_trouble(kind)).order_by(_since(kind), FEED.c.id)
    with db.read() as connection:
        return [read_feed(row) for row in connection.execute(query.limit(LOOKED_AT)).mappings()]


def notice(db: Database, kind: TroubleKind, feeds: Collection[Feed], *, now: datetime) -> None:
    """Keep that feeds have a trouble. One that had it within AGAIN goes on in the thread it was told in.

    An outage of ours was none of its own.
    """
    if not feeds:
        return
    ids = [feed.id for feed in feeds]
    ended = (TROUBLE.c.kind == kind.value) & (TROUBLE.c.ended_at > now - AGAIN) & ~TROUBLE.c.outage
    known = select(TROUBLE.c.feed_id, TROUBLE.c.thread, TROUBLE.c.times).where(ended, TROUBLE.c.feed_id.in_(ids))
    with db.write() as connection:
        before = {row.feed_id: row for row in connection.execute(known.order_by(TROUBLE.c.id))}
        rows = [
            {
                "feed_id": feed.id,
                "kind": kind.value,
                "since_at": began_at(feed, kind, now=now),
                "noticed_at": now,
                "thread": before[feed.id].thread if feed.id in before else None,
                "times": before[feed.id].times + 1 if feed.id in before else 1,
            }
            for feed in feeds
        ]
        connection.execute(insert_new(connection, TROUBLE), rows)


def forget(db: Database, *, now: datetime) -> int:
    """Delete troubles that end without a word, and return how many.

    Those of feeds that are no longer polled, those that were over before they were told, and missed items after a day.
    """
    gone = ~FEED.c.active
    over = or_(
        (TROUBLE.c.kind == FAILING) & ~FAILS,
        (TROUBLE.c.kind == QUIET) & ~SILENT,
    )
    untold, missed = TROUBLE.c.told_at.is_(None), TROUBLE.c.kind == MISSED
    expired = FEED.c.rolled_over_at.is_(None) | (FEED.c.rolled_over_at <= now - FASTER)
    past = select(FEED.c.id).where(FEED.c.id == TROUBLE.c.feed_id, or_(gone, untold & over, missed & expired))
    query = select(TROUBLE.c.id).where(LASTS, past.exists())  # no join: SQLite would begin it at all feeds
    with db.read() as connection:
        if connection.execute(query.limit(1)).first() is None:
            return 0
    with db.write() as connection:
        return connection.execute(delete(TROUBLE).where(TROUBLE.c.id.in_(query))).rowcount


def untold(db: Database) -> list[Case]:
    """Return troubles that are to be told, and those of feeds that were given up since they were told."""
    given_up = (TROUBLE.c.kind == FAILING) & (FEED.c.retired_at > TROUBLE.c.told_at)
    new = _cases().where(TROUBLE.c.told_at.is_(None), LASTS)
    with db.read() as connection:
        found = _read_cases(connection, new.order_by(TROUBLE.c.id).limit(TOLD_TOGETHER))
        worse = _cases().where(LASTS, given_up, FEED.c.retired_at.is_not(None)).order_by(TROUBLE.c.id)
        return [*found, *_read_cases(connection, worse.limit(TOLD_TOGETHER))]


def last_told_at(db: Database) -> datetime | None:
    """Return when a trouble was last told."""
    with db.read() as connection:
        return connection.execute(select(func.max(TROUBLE.c.told_at))).scalar_one_or_none()


def count_feeds(db: Database) -> int:
    """Return how many feeds are polled."""
    with db.read() as connection:
        return connection.execute(select(func.count()).select_from(FEED).where(FEED.c.active)).scalar_one()


def tell(db: Database, told: Mapping[str, Sequence[Trouble]], deliveries: Sequence[Delivery], *, now: datetime) -> bool:
    """Store deliveries and that they tell of these troubles, by thread, in one transaction.

    False, and nothing stored, when one of the troubles was told, or is over, since it was read.
    """
    expected = {trouble.id: trouble.told_at for troubles in told.values() for trouble in troubles}
    with db.write() as connection:
        if _told_at(connection, list(expected)) != expected:
            return False
        for thread, troubles in told.items():
            for some in _some([trouble.id for trouble in troubles]):
                values = {"told_at": now, "thread": thread}
                connection.execute(update(TROUBLE).where(TROUBLE.c.id.in_(some)).values(values))
        insert_deliveries(connection, deliveries)
    return True


def backs(db: Database) -> list[Back]:
    """Return told troubles that may be over: failing feeds that work, quiet ones that had news."""
    failed = (TROUBLE.c.kind == FAILING) & ~FAILS & FEED.c.retired_at.is_(None)
    quiet = (TROUBLE.c.kind == QUIET) & (FEED.c.quiet_at > FEED.c.ok_at)
    query = (
        select(
            TROUBLE.c.id,
            TROUBLE.c.thread,
            TROUBLE.c.kind,
            TROUBLE.c.times,
            TROUBLE.c.since_at,
            case((TROUBLE.c.kind == FAILING, _worked_from()), else_=TROUBLE.c.since_at).label("back_at"),
            FEED.c.ok_at,
        )
        .join(FEED, FEED.c.id == TROUBLE.c.feed_id)
        .where(LASTS, TROUBLE.c.told_at.is_not(None), failed | quiet, FEED.c.ok_at.is_not(None))
        .order_by(TROUBLE.c.id)
    )
    with db.read() as connection:
        return [
            Back(
                row.id,
                row.thread,
                TroubleKind(row.kind),
                row.times,
                row.since_at,
                row.back_at or row.since_at,
                row.ok_at,
            )
            for row in connection.execute(query)
        ]


def lasting(db: Database, threads: Collection[str]) -> dict[str, int]:
    """Return how many troubles of threads were not told to be over; missed items are never told to be."""
    found: dict[str, int] = {}
    with db.read() as connection:
        for some in _some(list(threads)):
            condition = TROUBLE.c.thread.in_(some) & LASTS & (TROUBLE.c.kind != MISSED)
            query = select(TROUBLE.c.thread, func.count()).where(condition).group_by(TROUBLE.c.thread)
            found |= dict(connection.execute(query).all())
    return found


def cases_of(db: Database, ids: Sequence[int]) -> list[Case]:
    """Return troubles by id, in order, at most LOOKED_AT."""
    query = _cases().where(TROUBLE.c.id.in_(ids[:LOOKED_AT])).order_by(TROUBLE.c.id)
    with db.read() as connection:
        return _read_cases(connection, query)


def still_failing(db: Database, thread: str, *, limit: int) -> list[Case]:
    """Return troubles of a thread whose feeds fail to this hour."""
    failing = (TROUBLE.c.thread == thread) & (TROUBLE.c.kind == FAILING) & LASTS & FAILS
    with db.read() as connection:
        return _read_cases(connection, _cases().where(failing).order_by(TROUBLE.c.id).limit(limit))


def end(db: Database, ids: Sequence[int], deliveries: Sequence[Delivery], *, now: datetime) -> bool:
    """Store deliveries and that they tell that troubles are over, in one transaction.

    False, and nothing stored, when that one of them is over was told since they were read.
    """
    with db.write() as connection:
        if len(_told_at(connection, ids)) != len(ids):
            return False
        for some in _some(ids):
            connection.execute(update(TROUBLE).where(TROUBLE.c.id.in_(some)).values(ended_at=now))
        insert_deliveries(connection, deliveries)
    return True


def _since(kind: TroubleKind) -> ColumnElement[datetime]:
    """Return the column with an index of feeds that have a trouble of a kind."""
    columns: Mapping[TroubleKind, ColumnElement[datetime]] = {
        TroubleKind.FAILING: FEED.c.failing_since_at,
        TroubleKind.QUIET: FEED.c.quiet_at,
        TroubleKind.MISSED: FEED.c.rolled_over_at,
    }
    return columns[kind]


def has_trouble(kind: TroubleKind, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a feed has a trouble of a kind that lasts."""
    return (
        select(TROUBLE.c.id)
        .where(TROUBLE.c.feed_id == FEED.c.id, TROUBLE.c.kind == kind.value, LASTS, *conditions)
        .exists()
    )


def _worked_from() -> ScalarSelect[datetime]:
    """Return when a feed last began to work again."""
    return select(func.max(FAILURE.c.until_at)).where(FAILURE.c.feed_id == FEED.c.id).scalar_subquery()


def _cases() -> Select[Any]:
    """Return the query of troubles with their feeds."""
    columns = [column.label(f"trouble_{column.name}") for column in TROUBLE.c]
    return select_feeds().add_columns(*columns).join(TROUBLE, TROUBLE.c.feed_id == FEED.c.id)


def _read_cases(connection: Connection, query: Select[Any]) -> list[Case]:
    """Return what `_cases` found."""
    return [
        Case(
            Trouble(
                id=row["trouble_id"],
                feed_id=row["trouble_feed_id"],
                kind=TroubleKind(row["trouble_kind"]),
                since_at=row["trouble_since_at"],
                noticed_at=row["trouble_noticed_at"],
                told_at=row["trouble_told_at"],
                thread=row["trouble_thread"],
                times=row["trouble_times"],
            ),
            read_feed(row),
        )
        for row in connection.execute(query).mappings()
    ]


def _told_at(connection: Connection, ids: Sequence[int]) -> dict[int, datetime | None]:
    """Return when troubles that last were told; no other transaction changes them before this one ends."""
    found: dict[int, datetime | None] = {}
    for some in _some(sorted(ids)):
        query = select(TROUBLE.c.id, TROUBLE.c.told_at).where(TROUBLE.c.id.in_(some), LASTS).order_by(TROUBLE.c.id)
        found |= dict(connection.execute(query.with_for_update()).all())
    return found


def _some(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield values in parts that one query can name."""
    yield from (values[start : start + LOOKED_AT] for start in range(0, len(values), LOOKED_AT))
