"""A copy of a database is the same in every table, whatever interrupts it, and nothing takes half of one for a whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, Table, insert, select, text

from monitor.core.types import FeedSpec
from monitor.errors import DatabaseBusyError, StoreError
from monitor.store import feeds, items, migrate
from monitor.store.copy import Watch, copy
from monitor.store.database import Database
from monitor.store.feeds import FEED
from monitor.store.half import TABLES
from monitor.store.meta import META
from monitor.store.portable import read_rows, write_rows
from tests.store.rows import NOW, make_feed, make_item, make_outcome, record
from tests.tables import lay_tables

ROWS = 3
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
FIRST = datetime(1, 1, 2, tzinfo=UTC)
ODD = "\\N 'é' \"\\\\\"\t\r\n; \u202eДаиш\u2028 داعش 🚨 {0} %s :a $1"
DOCUMENT = {"b": [1, None, True, 1.5, ODD], "a": {"": "\\u0000"}, "é": []}


def test_every_table_is_the_same_in_the_copy_and_ids_go_on(db: Database, empty_url: str) -> None:
    for number in range(ROWS):
        make_feed(db, f"https://{number}.example/rss")
    with db.write() as connection:
        connection.execute(FEED.delete())
    fill(db)
    with db.write() as connection:
        connection.execute(FEED.delete().where(FEED.c.id == ROWS))  # the newest, and its id is given to no other
    target = Database.open(empty_url)
    migrate.upgrade(target)
    made = indexes(target)
    copied = copy(db, target, watch=nobody)
    assert contents(target) == contents(db)
    assert indexes(target) == made
    assert {one.name: one.rows for one in copied.tables} == {name: len(rows) for name, rows in contents(db).items()}
    assert copied.found == 0
    migrate.upgrade(target)
    assert make_feed(target, "https://new.example/rss").id == ROWS + 1
    target.close()


def test_a_copy_that_is_interrupted_again_and_again_goes_on_and_is_whole(
    tmp_path: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Database.open(f"sqlite:///{lay_tables(tmp_path)}")
    fill(source)
    monkeypatch.setattr("monitor.store.portable.CHUNK", 1)
    interrupted, found = 0, list[int]()
    while not found:
        target = Database.open(empty_url)
        try:
            found.append(copy(source, target, watch=cut_short(after=17 * (interrupted + 1))).found)
        except InterruptedError:
            interrupted += 1
            with pytest.raises(StoreError, match="holds half a copy: run the same monitor db copy again"):
                migrate.upgrade(target)
        finally:
            target.close()
    target = Database.open(empty_url)
    assert contents(target) == contents(source)
    assert interrupted > 4
    assert found == [sum(len(rows) for rows in contents(source).values())]
    target.close()
    source.close()


def test_what_changed_in_the_source_between_two_parts_of_a_copy_is_copied_anew(tmp_path: Path, empty_url: str) -> None:
    source, target = Database.open(f"sqlite:///{lay_tables(tmp_path)}"), Database.open(empty_url)
    feed = make_feed(source)
    record(source, make_outcome(feed, make_item("a")))
    with pytest.raises(InterruptedError):
        copy(source, target, watch=cut_short("comparing"))
    record(source, make_outcome(feed, make_item("b"), at=NOW + timedelta(hours=1)))  # the daemon ran meanwhile
    assert copy(source, target, watch=nobody).found > 0
    assert contents(target) == contents(source)
    assert items.counts(target)["items"] == 2
    target.close()
    source.close()


def test_a_copy_that_somebody_else_wrote_into_is_told_and_stays_half_a_copy(tmp_path: Path, empty_url: str) -> None:
    db, target = Database.open(f"sqlite:///{lay_tables(tmp_path)}"), Database.open(empty_url)
    make_feed(db)
    with pytest.raises(InterruptedError):
        copy(db, target, watch=cut_short("comparing"))
    with target.write() as connection:
        connection.execute(FEED.update().values(etag="changed"))
    with pytest.raises(StoreError, match=r"feed is not the same: 1 rows with checksum .* begin anew"):
        copy(db, target, watch=nobody)
    with pytest.raises(StoreError, match="half a copy"):
        migrate.upgrade(target)
    target.close()
    db.close()


def test_only_an_empty_database_or_half_a_copy_of_the_same_one_is_copied_into(tmp_path: Path, empty_url: str) -> None:
    db = Database.open(f"sqlite:///{lay_tables(tmp_path)}")
    (tmp_path / "other").mkdir()
    other = Database.open(f"sqlite:///{lay_tables(tmp_path / 'other')}")
    target = Database.open(empty_url)
    with target.write() as connection:
        connection.execute(text("CREATE TABLE item (of_another_program INTEGER)"))
    with pytest.raises(StoreError, match="has a table item of another program; name an empty database"):
        copy(db, target, watch=nobody)
    with target.write() as connection:
        connection.execute(text("DROP TABLE item"))
    with pytest.raises(InterruptedError):
        copy(db, target, watch=cut_short("comparing"))
    with pytest.raises(StoreError, match=r"holds half a copy of .*: finish that one, or empty the database"):
        copy(other, target, watch=nobody)
    copy(db, target, watch=nobody)
    copy(other, target, watch=nobody)  # no rows yet, so it is empty
    make_feed(target)
    with pytest.raises(StoreError, match="has rows in feed; a copy needs an empty database"):
        copy(db, target, watch=nobody)
    for one in (db, target, other):
        one.close()


def test_tables_of_an_older_release_are_brought_up_to_date_first(tmp_path: Path) -> None:
    source, target = Database.open(f"sqlite:///{tmp_path}/a.db"), Database.open(f"sqlite:///{tmp_path}/b.db")
    migrate.upgrade(source, "0018")
    with pytest.raises(StoreError, match=r"is at revision 0018, not .*; run: monitor db upgrade"):
        copy(source, target, watch=nobody)
    target.close()
    source.close()


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_two_copies_into_one_database_at_once_are_refused(
    tmp_path: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.store.copy.WAIT_SECONDS", 0)
    source, target = Database.open(f"sqlite:///{lay_tables(tmp_path)}"), Database.open(empty_url)

    @contextmanager
    def again(_: str, __: int | None) -> Iterator[Callable[[int], None]]:
        with pytest.raises(DatabaseBusyError, match="another process copies into it; wait for its end"):
            copy(source, target, watch=nobody)
        yield lambda _: None

    copy(source, target, watch=again)
    target.close()
    source.close()


def test_a_nul_that_got_past_the_program_is_the_sign_of_what_no_text_has(tmp_path: Path, empty_url: str) -> None:
    source, target = Database.open(f"sqlite:///{lay_tables(tmp_path)}"), Database.open(empty_url)
    feeds.add_feed(source, FeedSpec("https://news.example/rss", "Paper"), shards=8, now=NOW)
    with source.write() as connection:
        connection.execute(
            text("UPDATE feed SET name = 'Pa' || char(0) || 'per', next_poll_at = '2023-07-30 12:00:00'")
        )
    copy(source, target, watch=nobody)
    [feed] = feeds.list_feeds(target)
    assert (feed.name, feed.next_poll_at) == ("Pa\ufffdper", NOW)
    target.close()
    source.close()


def test_rows_are_read_many_at_a_time(db: Database) -> None:
    fill(db)
    with db.snapshot() as connection:
        parts = [len(part) for table in TABLES for part in read_rows(connection, table)]
    assert parts == [ROWS] * len(TABLES)


@contextmanager
def nobody(_: str, __: int | None) -> Iterator[Callable[[int], None]]:
    """Watch nothing."""
    yield lambda _: None


def cut_short(at: str = "", *, after: int = 0) -> Watch:
    """Return what ends a copy: at the beginning of a part of it, or after so many of its steps."""
    steps = 0

    @contextmanager
    def watch(part: str, _: int | None) -> Iterator[Callable[[int], None]]:
        def done(count: int) -> None:
            nonlocal steps
            steps += 1
            if after and count and steps > after:
                raise InterruptedError

        if part == at:
            raise InterruptedError
        yield done

    return watch


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_what_the_database_says_to_rows_that_are_copied_into_it_is_told_as_ever(db: Database) -> None:
    with (
        pytest.raises(StoreError, match='missing data for column "value"'),
        db.load() as connection,
        connection.begin(),
    ):
        write_rows(connection, META, [("half a row",)])


def fill(db: Database) -> None:
    """Put ROWS rows into every table, with values that are hard to copy; a reference is to the row of the same number."""
    with db.write() as connection:
        for table in TABLES:
            connection.execute(insert(table), [row(table, number) for number in range(1, ROWS + 1)])


def row(table: Table, number: int) -> dict[str, Any]:
    """Return a row of a table."""
    return {column.name: value(column, number) for column in table.columns}


def value(column: Column[Any], number: int) -> Any:
    """Return a value of a column that no other number has where it has to be unique."""
    if column.nullable and not column.unique and number == 2:
        return None
    kinds: list[tuple[type[Any], Any]] = [
        (BigInteger, -(2**63) + number),
        (Integer, number),
        (Boolean, number % 2 == 0),
        (DateTime, LAST if number % 2 else FIRST),
        (LargeBinary, bytes(range(256)) * number),
        (JSON, [number, DOCUMENT]),
    ]
    kind = getattr(column.type, "impl_instance", column.type)
    found = [one for known, one in kinds if isinstance(kind, known)]
    return found[0] if found else f"{number}" if column.foreign_keys or column.primary_key else f"{number}{ODD}"


def contents(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables as the program sees them."""
    with db.read() as connection:
        return {
            table.name: sorted((tuple(one) for one in connection.execute(select(table))), key=repr) for table in TABLES
        }


def indexes(db: Database) -> set[tuple[str, str]]:
    """Return what indexes, references and tables a database has, as it tells them."""
    if db.dialect == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    else:
        query = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        )
    with db.read() as connection:
        return {(name, made) for name, made in connection.execute(text(query))}
