"""Move everything into an empty database, of the other kind or the same: `monitor db copy`.

In steps that are committed with how far they are, so that a copy that was interrupted at any moment goes on where it
was. A step back first: what is there already is compared with the source, which may have changed meanwhile, and copied
anew where it did. When all rows are there they are read back and compared, table by table, by number and checksum; only
then is the copy a database that a daemon takes.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Table, inspect, text

from monitor.errors import DatabaseBusyError, StoreError
from monitor.store import half, migrate
from monitor.store.database import Database
from monitor.store.half import TABLES, Place
from monitor.store.migrate import HALF
from monitor.store.portable import checksum, count_rows, key_of, read_rows, write_rows

Watch = Callable[[str, int | None], AbstractContextManager[Callable[[int], None]]]
"""Shows somebody how far a long work is: takes its name and how many steps it has, gives what is told of each."""

LOCK_KEY = 0x6576_6370
"""PostgreSQL advisory lock under which one process copies into a database ("evcp")."""

WAIT_SECONDS = 10
"""How long to wait for another copy: the server may take a while to see that one was killed."""

BUILD_MEMORY = "256MB"
"""What PostgreSQL may take to sort an index made over all rows: its default of 64 MB is for servers of long ago."""


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table that is the same in both databases."""

    name: str
    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied; `found` are the rows that an interrupted copy had left there already."""

    tables: tuple[CopiedTable, ...]
    found: int


def copy(source: Database, target: Database, *, watch: Watch) -> Copied:
    """Copy all rows of `source` as they are at one moment into `target`, which is empty or half a copy of it.

    Raises StoreError when the target is neither, when the source is not of this release, and when the copy is not the
    same; DatabaseBusyError when another process copies into it.
    """
    with _alone(target) as into:
        _prepare(source, target, into)
        with source.snapshot() as rows:
            total = sum(count_rows(rows, table) for table in TABLES)
            with watch("copying", total) as done:
                found = sum(_copy_table(rows, into, table, done) for table in TABLES)
        tables = _compare(into, watch)
        _finish(into, watch)
    return Copied(tables, found)


@contextmanager
def _alone(target: Database) -> Iterator[Connection]:
    """Give the connection to copy into, which no other process does meanwhile."""
    with target.load() as connection:
        if target.dialect == "postgresql":
            _lock(target, connection)
        yield connection


def _lock(target: Database, connection: Connection) -> None:
    """Keep other copies away for the life of the connection; raises DatabaseBusyError."""
    for tried in range(WAIT_SECONDS + 1):
        with connection.begin():
            if connection.execute(text(f"SELECT pg_try_advisory_lock({LOCK_KEY})")).scalar_one():
                return
        if tried < WAIT_SECONDS:
            time.sleep(1)
    raise DatabaseBusyError(f"{target.masked_url}: another process copies into it; wait for its end")


def _prepare(source: Database, target: Database, into: Connection) -> None:
    """Make the tables, or see that those that are there are half a copy of the source."""
    revision, head = migrate.status(source)
    if revision != head:
        raise StoreError(f"{source.masked_url} is at revision {revision}, not {head}; run: monitor db upgrade")
    there, _ = migrate.status(target)
    if there == HALF:
        with into.begin():
            origin, made_at = half.source_of(into)
        if (origin, made_at) != (source.masked_url, head):
            raise StoreError(
                f"{target.masked_url} holds half a copy of {origin}, begun at revision {made_at}; this would be one of "
                f"{source.masked_url} at {head}: finish that one, or empty the database"
            )
        return
    if there is None and (names := set(inspect(into).get_table_names()) & {table.name for table in TABLES}):
        raise StoreError(f"{target.masked_url} has a table {min(names)} of another program; name an empty database")
    into.rollback()  # of looking
    migrate.upgrade(target)
    with into.begin():
        for table in TABLES:
            if into.execute(text(f"SELECT 1 FROM {table.name} LIMIT 1")).first():  # noqa: S608 - our table
                raise StoreError(f"{target.masked_url} has rows in {table.name}; a copy needs an empty database")
        half.begin(into, source.masked_url, head)


def _copy_table(rows: Connection, into: Connection, table: Table, done: Callable[[int], None]) -> int:
    """Copy what a table lacks; return how many rows it had."""
    with into.begin():
        place = half.place_of(into, table)
    if place.rows and not _same_so_far(rows, table, place):
        with into.begin():
            half.begin_again(into, table)
        place = Place()
    found, key = place.rows, key_of(table)
    done(found)
    with closing(read_rows(rows, table, after=place.last)) as parts:
        for part in parts:
            last = tuple(part[-1][one] for one in key)
            place = Place(last, place.rows + len(part), checksum(part, place.checksum))
            with into.begin():
                write_rows(into, table, part)
                half.keep_place(into, table, place)
            done(len(part))
    with into.begin():
        highest = half.highest_of(rows, table)
        half.keep_place(into, table, Place(place.last, place.rows, place.checksum, highest))
    return found


def _same_so_far(rows: Connection, table: Table, place: Place) -> bool:
    """Return whether the source still has the rows that were copied."""
    count = total = 0
    with closing(read_rows(rows, table, until=place.last)) as parts:
        for part in parts:
            count, total = count + len(part), checksum(part, total)
    return (count, total) == (place.rows, place.checksum)


def _compare(into: Connection, watch: Watch) -> tuple[CopiedTable, ...]:
    """Read all that was copied and hold it against what was read of the source."""
    with into.begin():
        places = {table.name: half.place_of(into, table) for table in TABLES}
    with into.begin(), watch("comparing", sum(place.rows for place in places.values())) as done:
        for table in TABLES:
            count = total = 0
            with closing(read_rows(into, table)) as parts:
                for part in parts:
                    count, total = count + len(part), checksum(part, total)
                    done(len(part))
            if (count, total) != (places[table.name].rows, places[table.name].checksum):
                wanted = places[table.name].rows
                raise StoreError(
                    f"{table.name} is not the same: {count} rows with checksum {total:016x}, expected {wanted} with "
                    f"{places[table.name].checksum:016x}; something else wrote into the copy: empty it and begin anew"
                )
    return tuple(CopiedTable(name, place.rows, f"{place.checksum:016x}") for name, place in places.items())


def _finish(into: Connection, watch: Watch) -> None:
    """Make the indexes and references, let ids go on where they were, and have the planner look at the rows."""
    with into.begin():
        aside = half.laid_aside(into)
    with watch("making indexes", len(aside)) as done:
        for name, statement in aside.items():
            with into.begin():
                if into.dialect.name == "postgresql":
                    into.execute(text(f"SET LOCAL maintenance_work_mem = '{BUILD_MEMORY}'"))
                half.make(into, name, statement)
            done(1)
    with into.begin():
        if into.dialect.name == "sqlite" and (orphan := into.exec_driver_sql("PRAGMA foreign_key_check").first()):
            raise StoreError(f"{orphan[0]} has a row without its {orphan[2]}; the source is damaged")
        half.end(into)
        if into.dialect.name == "postgresql":
            into.execute(text("ANALYZE"))
