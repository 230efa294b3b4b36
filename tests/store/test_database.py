"""The connection: one writer, one process, errors for an operator."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from monitor.errors import DatabaseBusyError, DatabaseFullError, StoreError
from monitor.store import items, migrate
from monitor.store.backup import back_up
from monitor.store.database import PATIENCE, POOL, REFUSAL_SECONDS, Database, in_turn
from tests.store.rows import make_feed, make_item, make_match, make_outcome, record


def test_a_second_process_on_the_same_file_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    first = Database.open(f"sqlite:///{tmp_path}/data/monitor.db", exclusive=True)
    with pytest.raises(DatabaseBusyError, match=rf"in use by another Event Monitor \(process {os.getpid()}\)"):
        Database.open(f"sqlite:///{tmp_path}/data/monitor.db", exclusive=True)
    Database.open(f"sqlite:///{tmp_path}/data/monitor.db").close()
    first.close()
    Database.open(f"sqlite:///{tmp_path}/data/monitor.db", exclusive=True).close()


def test_threads_that_write_at_once_wait_for_each_other(db: Database) -> None:
    feed = make_feed(db)
    errors: list[Exception] = []

    def write(number: int) -> None:
        try:
            for part in range(5):
                record(db, make_outcome(feed, make_item(f"{number}-{part}", matches=[make_match()])))
        except Exception as error:  # noqa: BLE001 - whatever a thread raises fails the test
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert items.counts(db)["items"] == 30


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_bytes(migrated_file.read_bytes())
    db = Database.open(f"sqlite:///{path}")
    feed = make_feed(db)
    record(db, make_outcome(feed, make_item("first", matches=[make_match()])))
    with db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    db.close()
    db = Database.open(f"sqlite:///{path}")
    from sqlalchemy import event

    event.listen(db.engine, "connect", lambda one, _: one.execute(f"PRAGMA max_page_count = {pages}"))
    db.engine.dispose()
    big = [make_item(f"g{number}", "IS-K " + "x" * 5_000, matches=[make_match()]) for number in range(50)]
    with pytest.raises(DatabaseFullError, match="the disk is full; free some space, nothing was lost"):
        record(db, make_outcome(feed, *big))
    assert items.counts(db)["items"] == 1
    assert items.counts(db)["hits"] == 1
    db.close()
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_write_without_room_is_told_of_until_it_was_tried_again_though_smaller_ones_find_room(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreError), db.write():
        raise DatabaseFullError("the disk is full")
    record(db, make_outcome(make_feed(db)))
    db.ping()
    assert db.refusal() == "the disk is full"
    later = time.monotonic() + REFUSAL_SECONDS
    monkeypatch.setattr("monitor.store.database.time.monotonic", lambda: later)
    assert db.refusal() is None


def test_a_folder_without_room_for_a_database_is_told(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/monitor.db"
    making = f"from monitor.store import database, migrate; migrate.upgrade(database.Database.open('{address}'))"
    command = 'ulimit -f 1; exec "$0" -c "$1"'  # no file beyond 1,024 bytes
    ended = subprocess.run(["/bin/bash", "-c", command, sys.executable, making], capture_output=True, text=True)
    assert "DatabaseFullError: database sqlite" in ended.stderr
    assert "the disk takes no more: a quota or a limit is reached, or it is broken" in ended.stderr


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "monitor.db").write_text("this is a text, and long enough to be looked at" * 20)
    with pytest.raises(StoreError, match="is no SQLite database; check `database:`"):
        Database.open(f"sqlite:///{tmp_path}/monitor.db")


def test_a_server_that_is_away_is_told_without_the_password() -> None:
    with pytest.raises(StoreError, match="does not answer; start it or check the address") as error:
        Database.open("postgresql+psycopg://user:hush@127.0.0.1:9/monitor")
    assert "hush" not in str(error.value)
    with pytest.raises(StoreError) as error:
        Database.open("postgresql+psycopg://user@127.0.0.1:9/monitor?password=hush")
    assert "hush" not in str(error.value)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_connection_that_the_server_ended_is_told_and_the_next_one_works(db: Database) -> None:
    with (
        pytest.raises(StoreError, match="the server ended the connection; the daemon connects again"),
        db.read() as one,
    ):
        one.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    assert items.counts(db)["items"] == 0


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_who_hangs_within_a_transaction_holds_up_nobody_for_long(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PATIENCE, "idle_in_transaction_session_timeout", "200ms")
    hanging, other = Database.open(url), Database.open(url)
    held = threading.Event()

    def hang() -> None:
        with hanging.write() as connection:
            in_turn(connection, 1)
            held.set()
            time.sleep(1.0)
            connection.execute(text("SELECT 1"))

    with ThreadPoolExecutor() as pool:
        hung = pool.submit(hang)
        held.wait()
        with other.write() as connection:
            in_turn(connection, 1)
            assert not hung.done(), "the lock is free while the one that had it still hangs"
        with pytest.raises(StoreError, match="the server ended the connection"):
            hung.result()
    for db in (hanging, other):
        db.close()


def test_missing_tables_are_told(empty_url: str) -> None:
    db = Database.open(empty_url)
    with pytest.raises(StoreError, match="its tables are missing; run: monitor db upgrade"):
        items.counts(db)
    db.close()


def test_a_backup_is_whole_and_overwrites_nothing(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_bytes(migrated_file.read_bytes())
    db = Database.open(f"sqlite:///{path}")
    record(db, make_outcome(make_feed(db), make_item("g")))
    assert back_up(db, tmp_path / "copy.db") == (tmp_path / "copy.db").stat().st_size
    with pytest.raises(StoreError, match="is there already"):
        back_up(db, tmp_path / "copy.db")
    db.close()
    copy = Database.open(f"sqlite:///{tmp_path}/copy.db")
    assert items.counts(copy)["items"] == 1
    assert migrate.status(copy)[0] == migrate.status(copy)[1]
    copy.close()


def test_a_backup_ends_while_another_connection_writes_without_pause(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_bytes(migrated_file.read_bytes())
    db = Database.open(f"sqlite:///{path}")
    feed, stop = make_feed(db), threading.Event()
    entries = (make_item(f"old {number}", "IS-K " + "x" * 4_000) for number in range(2_000))
    record(db, make_outcome(feed, *entries))

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            record(db, make_outcome(feed, make_item(f"new {number}")))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        back_up(db, tmp_path / "copy.db")
    finally:
        stop.set()
        writer.join()
    db.close()
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM item WHERE guid LIKE 'old %'").fetchone() == (2_000,)
    copy.close()


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path, migrated_file: Path) -> None:
    db = Database.open(f"sqlite:///{migrated_file}")
    with pytest.raises(StoreError, match="check the folder and the space on its disk"):
        back_up(db, tmp_path / "missing" / "copy.db")
    (tmp_path / "copy.db.part").write_bytes(b"cut short, long ago" * 100)
    with pytest.raises(StoreError):
        back_up(db, tmp_path / "copy.db")
    db.close()
    assert list(tmp_path.iterdir()) == []


def test_the_size_is_what_the_rows_take(db: Database) -> None:
    before = db.size()
    entries = (make_item(f"{number}", os.urandom(4_000).hex()) for number in range(100))
    record(db, make_outcome(make_feed(db), *entries))
    assert db.size() > before + 400_000


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_connection_has_a_name_and_limits_unless_the_address_has_its_own(db: Database, url: str) -> None:
    settings = ("application_name", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")

    def shown(one: Database) -> list[str]:
        with one.read() as connection:
            return [str(connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in settings]

    assert shown(db) == ["event-monitor", "5min", "1min", "10s"]
    own = "application_name=desk&options=-c%20statement_timeout%3D7s&prepare_threshold=none&connect_timeout=3"
    other = Database.open(f"{url}?{own}")
    assert shown(other) == ["desk", "7s", "1min", "10s"]
    with other.read() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        assert raw.prepare_threshold is None
    other.close()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_long_work_is_not_cut_short_by_the_limits_of_short_ones(db: Database) -> None:
    with db.snapshot() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "0"
    with db.load() as connection:
        assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar_one() == "0"
    with db.read() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "5min"


def test_that_no_connection_comes_free_is_told_as_trouble_of_the_database(db: Database) -> None:
    db.engine.pool._timeout = 0.01  # type: ignore[attr-defined]  # 30 s elsewhere
    with ExitStack() as stack:
        for _ in range(2 * POOL):
            stack.enter_context(db.read())
        with pytest.raises(StoreError, match="all 20 connections of this process were in use"):
            db.ping()
    db.ping()
