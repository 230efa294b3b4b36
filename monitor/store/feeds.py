"""Feeds and the state of polling them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Literal, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Select, insert, select, update

from monitor.core.addresses import host_of
from monitor.core.polling import shard_of
from monitor.core.types import Feed, FeedSpec, HostRest, Pause, Period
from monitor.errors import UnknownIdError
from monitor.store import meta
from monitor.store.courses import read_course
from monitor.store.database import Database, in_turn
from monitor.store.hosts import HOST
from monitor.store.named import NAMED_COLUMNS, NAMED_ONE, SUBSCRIPTION, read_named
from monitor.store.tables import FeedFailureRow, FeedRow

T = TypeVar("T", str, int, FeedSpec)

NAMED = 500
"""Addresses or ids in one query; SQLite takes 32,766 parameters and, before 3.32, 999 (sqlite.org/limits.html)."""

READ = 10_000
"""Rows in memory at a time where all feeds are read: some megabytes."""

FEED = FeedRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
FAILURE = FeedFailureRow.__table__  # type: ignore[attr-defined]  # as above

SYNC_LOCK = 0x6576_6665
"""PostgreSQL advisory lock under which one process at a time brings the feeds in line ("evfe")."""

_COMPARED = [
    FEED.c[name]
    for name in (
        *("id", "url", "name", "tags", "interval_s", "full_text", "headers", "shard", "origin", "active"),
        *("polled_at", "failures", "patience_s", "not_before_at", "retired_at"),
    )
]
"""What tells whether a feed differs from what the operator wrote; a row has three times as much."""


@dataclass(frozen=True, slots=True)
class FeedSync:
    """How many feeds a configuration added, changed and removed."""

    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class FeedFailure:
    """A span in which a feed failed; until_at None while it lasts."""

    name: str
    url: str
    error: str
    since_at: datetime
    until_at: datetime | None


def sync_feeds(db: Database, specs: Sequence[FeedSpec], *, shards: int, now: datetime) -> FeedSync:
    """Make the feeds of the configuration those that are polled; what polling knows of them stays.

    A feed that left the configuration is no longer polled but keeps its items; one that was added by command and now
    stands in the configuration belongs to it from here on. All feeds are divided into `shards` anew where they were
    not. Of several processes that start at once each does so in turn; others poll meanwhile, so that rows are locked in
    one order here, by id, as where polls are stored.
    """
    wanted = {spec.url: spec for spec in specs}
    with db.write() as connection:
        in_turn(connection, SYNC_LOCK)
        if meta.read(connection, meta.SHARDS) != str(shards):
            _divide(connection, shards=shards)
            meta.write(connection, meta.SHARDS, str(shards))
        new: list[FeedSpec] = []
        changed: list[tuple[int, dict[str, Any]]] = []
        for some in _some(list(wanted)):
            query = select(*_COMPARED).where(FEED.c.url.in_(some))
            known = {row["url"]: row for row in connection.execute(query).mappings()}
            new += [wanted[url] for url in some if url not in known]
            for url, row in known.items():
                if values := _changes(row, wanted[url], shards=shards, now=now):
                    changed.append((row["id"], values))
        configured = select(FEED.c.id, FEED.c.url).where(FEED.c.active, FEED.c.origin == "config")
        gone = [row.id for row in connection.execute(configured) if row.url not in wanted]
        for specs_ in _some(new):
            connection.execute(insert(FEED), [_new_row(spec, "config", shards=shards, now=now) for spec in specs_])
        left = [(feed_id, {"active": False}) for feed_id in gone]
        for feed_id, values in sorted(changed + left, key=itemgetter(0)):
            connection.execute(update(FEED).where(FEED.c.id == feed_id).values(values))
    return FeedSync(len(new), len(changed), len(gone))


def _divide(connection: Connection, *, shards: int) -> None:
    """Give all feeds the shard that they have among so many. No poll is stored meanwhile."""
    moved: defaultdict[int, list[int]] = defaultdict(list)
    query = select(FEED.c.id, FEED.c.url, FEED.c.shard).order_by(FEED.c.id).with_for_update(key_share=True)
    every = connection.execute(query, execution_options={"yield_per": READ})
    for row in every:
        shard = shard_of(row.url, shards)
        if shard != row.shard:
            moved[shard].append(row.id)
    for shard, ids in moved.items():
        for some in _some(ids):
            connection.execute(update(FEED).where(FEED.c.id.in_(some)).values(shard=shard))


def polled_specs(db: Database) -> list[FeedSpec]:
    """Return the feeds that are polled by what others know them by: address, name and tags."""
    query = select(FEED.c.url, FEED.c.name, FEED.c.title, FEED.c.tags).where(FEED.c.active)
    with db.read() as connection:
        return [FeedSpec(row.url, row.name or row.title, tuple(row.tags)) for row in connection.execute(query)]


def add_feed(db: Database, spec: FeedSpec, *, shards: int, now: datetime) -> Feed:
    """Add one feed as `add_feeds` does, and return it."""
    add_feeds(db, [spec], shards=shards, now=now)
    feed = find_feed(db, spec.url)
    assert feed is not None
    return feed


def add_feeds(db: Database, specs: Sequence[FeedSpec], *, shards: int, now: datetime) -> list[str]:
    """Add feeds beside those of the configuration, all in one transaction; return the addresses that are polled anew.

    One that was removed is taken up again, as its `spec` says, one that was given up as it was. A feed that is polled
    already stays as it is. Of two with one address the first counts.
    """
    wanted = {spec.url: spec for spec in reversed(specs)}
    with db.write() as connection:
        known = {
            row["url"]: row
            for some in _some(list(wanted))
            for row in connection.execute(select(FEED).where(FEED.c.url.in_(some))).mappings()
        }
        new = [spec for url, spec in wanted.items() if url not in known]
        if new:
            connection.execute(
                insert(FEED), [_new_row(spec, "added", shards=shards, now=now) for spec in reversed(new)]
            )
        again = {url: row for url, row in known.items() if not row["active"] or row["retired_at"] is not None}
        for url, row in again.items():
            values = _taken_up(row, now=now)
            if not row["active"]:
                values |= {**_spec_values(wanted[url], shards=shards), "active": True, "origin": "added"}
            connection.execute(update(FEED).where(FEED.c.id == row["id"]).values(values))
    return [spec.url for spec in new] + list(again)


def _some(names: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield addresses, ids or feeds in parts that one query can name."""
    for start in range(0, len(names), NAMED):
        yield names[start : start + NAMED]


def remove_feed(db: Database, url: str) -> None:
    """Stop polling a feed; its items stay. Raises UnknownIdError when no such feed is polled."""
    with db.write() as connection:
        done = connection.execute(update(FEED).where(FEED.c.url == url, FEED.c.active).values(active=False))
    if not done.rowcount:
        raise UnknownIdError(f"no feed {url} is polled; see: monitor feeds list")


def list_feeds(db: Database, *, active: bool | None = True) -> list[Feed]:
    """Return the feeds by name and address; `active` None means also those no longer polled."""
    query = select_feeds() if active is None else select_feeds().where(FEED.c.active == active)
    with db.read() as connection:
        feeds = [read_feed(row) for row in connection.execute(query).mappings()]
    return sorted(feeds, key=lambda feed: (feed.name.casefold(), feed.url))


def find_feed(db: Database, url: str) -> Feed | None:
    """Return the feed at an address, polled or not."""
    with db.read() as connection:
        row = connection.execute(select_feeds().where(FEED.c.url == url)).mappings().one_or_none()
    return None if row is None else read_feed(row)


def feeds_by_id(db: Database, ids: Sequence[int]) -> list[Feed]:
    """Return feeds, polled or not, in the order of `ids`; those that are not there are left out."""
    found: dict[int, Feed] = {}
    with db.read() as connection:
        for some in _some(ids):
            for row in connection.execute(select_feeds().where(FEED.c.id.in_(some))).mappings():
                found[row["id"]] = read_feed(row)
    return [found[one] for one in ids if one in found]


def poll_soon(db: Database, url: str, *, now: datetime, reason: str | None = None) -> None:
    """Make a feed due, for a reason that is shown. Raises UnknownIdError when no such feed is polled."""
    values: dict[str, Any] = {"next_poll_at": now} | ({} if reason is None else {"wait_reason": reason})
    with db.write() as connection:
        done = connection.execute(update(FEED).where(FEED.c.url == url, FEED.c.active).values(values))
    if not done.rowcount:
        raise UnknownIdError(f"no feed {url} is polled; see: monitor feeds list")


def pause(db: Database, feed_id: int, paused: Pause | None) -> None:
    """Ask a feed no more until it is resumed, or, with None, go on asking it when it is due."""
    values: dict[str, Any] = {"paused_at": None, "paused_by": "", "paused_why": ""}
    if paused is not None:
        values = {"paused_at": paused.at, "paused_by": paused.who, "paused_why": paused.why}
    with db.write() as connection:
        connection.execute(update(FEED).where(FEED.c.id == feed_id).values(values))


def failures_between(connection: Connection, period: Period) -> list[FeedFailure]:
    """Return the spans in which feeds failed that touch `period`, longest ago first; feeds given up have none."""
    query = (
        _select_failures()
        .where(
            FEED.c.active,
            FEED.c.retired_at.is_(None),
            FAILURE.c.since_at < period.end_at,
            (FAILURE.c.until_at.is_(None)) | (FAILURE.c.until_at > period.start_at),
        )
        .order_by(FAILURE.c.since_at, FEED.c.url)
    )
    return [_failure(row) for row in connection.execute(query)]


def failures_of(db: Database, feed_id: int, *, limit: int) -> list[FeedFailure]:
    """Return the spans in which a feed failed, latest first."""
    query = _select_failures().where(FEED.c.id == feed_id).order_by(FAILURE.c.since_at.desc()).limit(limit)
    with db.read() as connection:
        return [_failure(row) for row in connection.execute(query)]


def _select_failures() -> Select[tuple[Any, ...]]:
    """Return the query of spans of failure with their feeds."""
    columns = (FEED.c.name, FEED.c.title, FEED.c.url, FAILURE.c.error, FAILURE.c.since_at, FAILURE.c.until_at)
    return select(*columns).join(FAILURE, FAILURE.c.feed_id == FEED.c.id)


def _failure(row: Row[tuple[Any, ...]]) -> FeedFailure:
    """Return a row as a value."""
    return FeedFailure(row.name or row.title or row.url, row.url, row.error, row.since_at, row.until_at)


def _new_row(spec: FeedSpec, origin: Literal["config", "added"], *, shards: int, now: datetime) -> dict[str, Any]:
    """Return the row of a feed that was never polled: it is due."""
    return {
        **_spec_values(spec, shards=shards),
        "url": spec.url,
        "host": host_of(spec.url),
        "title": "",
        "origin": origin,
        "active": True,
        "next_poll_at": now,
        "wait_reason": "never polled",
        "failures": 0,
    }


def _spec_values(spec: FeedSpec, *, shards: int) -> dict[str, Any]:
    """Return the columns that the operator decides."""
    return {
        "name": spec.name,
        "tags": list(spec.tags),
        "interval_s": None if spec.interval is None else int(spec.interval.total_seconds()),
        "full_text": spec.full_text,
        "headers": dict(spec.headers),
        "shard": shard_of(spec.url, shards),
    }


def _changes(row: RowMapping, spec: FeedSpec, *, shards: int, now: datetime) -> dict[str, Any]:
    """Return the columns in which a known feed differs from what the operator wrote.

    A feed whose interval changed is due when its new one says, so that a shorter one takes effect at once, but not
    before the time its publisher asked for, nor with less patience than it taught us. One that was given up and comes
    back to the configuration is polled again.
    """
    wanted = {**_spec_values(spec, shards=shards), "origin": "config", "active": True}
    changes = {name: value for name, value in wanted.items() if row[name] != value}
    interval = wanted["interval_s"]
    if "interval_s" in changes and interval is not None and row["polled_at"] is not None and not row["failures"]:
        due_at = row["polled_at"] + timedelta(seconds=max(interval, row["patience_s"] or 0))
        changes["next_poll_at"] = max(due_at, row["not_before_at"] or due_at)
    if row["retired_at"] is not None and not row["active"]:
        changes |= _taken_up(row, now=now)
    return changes


def _taken_up(row: RowMapping, *, now: datetime) -> dict[str, Any]:
    """Return the columns of a feed that is polled again: it is due, but not before the time its publisher asked for.

    Its failures count from here on, so that it is not given up again at once.
    """
    values: dict[str, Any] = {"next_poll_at": max(now, row["not_before_at"] or now), "retired_at": None}
    values |= {"paused_at": None, "paused_by": "", "paused_why": ""}
    return values | ({"failures": 1, "failing_since_at": now} if row["failures"] else {})


def select_feeds(which: ColumnElement[bool] = NAMED_ONE) -> Select[tuple[Any, ...]]:
    """Return the query for feeds, each with the rest of its host and its subscription to the hub that it names.

    which   says of a subscription whether it counts, where it is not the named one
    """
    rest = (HOST.c.paused_until_at, HOST.c.reason.label("rest_reason"), HOST.c.failures.label("rests"))
    return (
        select(FEED, *rest, *NAMED_COLUMNS)
        .join(HOST, HOST.c.name == FEED.c.host, isouter=True)
        .join(SUBSCRIPTION, (SUBSCRIPTION.c.feed_id == FEED.c.id) & which, isouter=True)
    )


def read_feed(row: RowMapping) -> Feed:
    """Return a row of `select_feeds` as a value."""
    until_at = row["paused_until_at"]
    return Feed(
        id=row["id"],
        url=row["url"],
        name=row["name"] or row["title"],
        tags=tuple(row["tags"]),
        interval=None if row["interval_s"] is None else timedelta(seconds=row["interval_s"]),
        full_text=row["full_text"],
        headers=row["headers"],
        origin=row["origin"],
        active=row["active"],
        next_poll_at=row["next_poll_at"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        failures=row["failures"],
        failing_since_at=row["failing_since_at"],
        polled_at=row["polled_at"],
        ok_at=row["ok_at"],
        first_polled_at=row["first_polled_at"],
        status=row["status"],
        error=row["error"],
        wait_reason=row["wait_reason"],
        course=read_course(row),
        rest=None if until_at is None else HostRest(until_at, row["rest_reason"], row["rests"]),
        paused=None if row["paused_at"] is None else Pause(row["paused_at"], row["paused_by"], row["paused_why"]),
        subscription=read_named(row),
    )
