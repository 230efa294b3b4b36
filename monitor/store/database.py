"""The connection to SQLite or PostgreSQL: short transactions, one writer on SQLite, errors an operator can act on."""

import errno
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TextIO

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from monitor.errors import DatabaseBusyError, DatabaseFullError, StoreError

BUSY_MS = 15_000
"""How long a connection of SQLite waits for another process's transaction, in milliseconds."""

CACHE_KIB = 256
"""What each connection of SQLite keeps of the file, which is 2 MiB elsewhere: the system has it in memory for all of
them, and a poll costs the same over a million items (benchmarks/poll_store.py)."""

STATEMENTS = 24
"""Prepared statements that each connection of SQLite keeps, of 128 elsewhere: those of a poll, and no long lists."""

POOL = 10
"""Connections kept open: jobs and pages each hold one for milliseconds."""

IDLE_SECONDS = 10.0
"""How long PostgreSQL waits for the next statement of a transaction before it ends it. A machine that hangs within one,
or is gone, holds its locks, and with the one that puts reports in stories keeps all others from storing anything."""

NO_ROOM_SECONDS = 35.0
"""How long a write that found no room is told of: it is tried again within 30 s, and a smaller one that found some
meanwhile, in what SQLite keeps of the WAL, says nothing of it."""

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})

FULL = "the disk is full; free some space, nothing was lost"
REFUSES = "the disk takes no more: a quota or a limit is reached, or it is broken; nothing that was committed is lost"

NO_ROOM_CODES = {
    "SQLITE_FULL": FULL,
    "SQLITE_IOERR_SHMSIZE": FULL,
    "SQLITE_IOERR_WRITE": REFUSES,
    "53100": FULL,
}
"""What errors say that mean that there is no room. SQLite has a code of its own for the file in which its connections
tell each other what is in the WAL, and knows only ENOSPC as full; 53100 is PostgreSQL's disk_full (its manual, A)."""


class Database:
    """A database that is open; all functions of the store take one first. Safe to share between threads."""

    def __init__(self, engine: Engine, lock: TextIO | None) -> None:
        """Use `Database.open`."""
        self.engine = engine
        self._lock = lock
        self._writing = threading.Lock()
        self._no_room: tuple[float, str] | None = None

    @classmethod
    def open(cls, url: str, *, exclusive: bool = False, name: str = "") -> "Database":
        """Open the database at `url` ("sqlite:////path/to.db", "postgresql+psycopg://..."); its folder is made.

        exclusive   be the only such process on a SQLite file: a lock is held until `close` or the end of the process
        name        what PostgreSQL calls our connections

        Raises DatabaseBusyError when another process holds the file, DatabaseFullError when its disk is full,
        StoreError when it cannot be opened.
        """
        address, path, lock = make_url(url), sqlite_path(url), None
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                lock = _take_lock(path) if exclusive else None
            except OSError as error:
                if error.errno in NO_ROOM:
                    raise DatabaseFullError(f"{path}: {error.strerror}: {FULL}") from error
                raise StoreError(f"{path}: {error.strerror}; the database needs a folder it may write to") from error
            keep = {"cached_statements": STATEMENTS}
            engine = create_engine(address, pool_size=POOL, max_overflow=POOL, connect_args=keep)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            named = {"application_name": name} if name else {}
            engine = create_engine(address, pool_size=POOL, max_overflow=POOL, pool_pre_ping=True, connect_args=named)
            event.listen(engine, "connect", _prepare_postgresql)
        db = cls(engine, lock)
        try:
            db.ping()
        except StoreError:
            db.close()
            raise
        return db

    @property
    def dialect(self) -> str:
        """Return "sqlite" or "postgresql"."""
        return self.engine.dialect.name

    @property
    def masked_url(self) -> str:
        """Return the address without its password, which may also stand among the parameters."""
        url = self.engine.url
        if "password" in url.query:
            url = url.update_query_dict({"password": "hidden"})
        return url.render_as_string(hide_password=True)

    @property
    def path(self) -> Path | None:
        """Return the file of a SQLite database, else None."""
        return sqlite_path(self.engine.url)

    def size(self) -> int:
        """Return how many bytes the database takes on its disk; on SQLite with what is still in the WAL file."""
        if self.path is not None:
            files = (self.path, self.path.with_name(self.path.name + "-wal"))
            return sum(file.stat().st_size for file in files if file.exists())
        with self.read() as connection:
            size: int = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        return size

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for one short look at the rows."""
        with self._told(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection for one short transaction, committed at the end, rolled back on an error.

        On SQLite threads queue here, so that none fails because another one writes.
        """
        try:
            with (
                self._writing if self.dialect == "sqlite" else nullcontext(),
                self._told(),
                self.engine.connect().execution_options(writes=True) as connection,
                connection.begin(),
            ):
                yield connection
        except DatabaseFullError as error:
            self._no_room = (time.monotonic(), str(error))
            raise

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """Like `write`, for changing the tables themselves.

        SQLite changes a table by copying it and dropping the old one, and with foreign keys on a drop deletes every row
        that refers to the table. So they are off here, and checked before the commit. Source: sqlite.org, "ALTER
        TABLE", 7, and "SQLite Foreign Key Support", 5.
        """
        with (
            self._writing if self.dialect == "sqlite" else nullcontext(),
            self._told(),
            self.engine.connect().execution_options(writes=True, rebuilds=True) as connection,
        ):
            connection.detach()  # closed afterwards, so that no other transaction runs without foreign keys
            with connection.begin():
                if self.dialect == "postgresql":  # a step may think for long between two statements
                    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
                yield connection
                if self.dialect == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise StoreError(f"database {self.masked_url}: the change of its tables would orphan rows; undone")

    def ping(self) -> None:
        """Return when the database answers; raises StoreError."""
        with self.read() as connection:
            connection.execute(text("SELECT 1"))

    def no_room(self) -> str | None:
        """Return what a write said that found no room of late, else None. A full database answers a ping."""
        failed_at, said = self._no_room or (0.0, None)
        return said if time.monotonic() - failed_at < NO_ROOM_SECONDS else None

    def close(self) -> None:
        """Close all connections and give up the lock."""
        self.engine.dispose()
        if self._lock is not None:
            self._lock.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn an error of the database itself into one that an operator can act on; our own mistakes stay."""
        try:
            yield
        except IntegrityError:
            raise
        except (OperationalError, DBAPIError) as error:
            if isinstance(error, ProgrammingError) and "does not exist" not in str(error.orig):
                raise
            kind = DatabaseFullError if _no_room(error) else StoreError
            raise kind(f"database {self.masked_url}: {explain(error)}") from error


def in_turn(connection: Connection, key: int) -> None:
    """Wait until no other process is in a transaction under `key`; with SQLite, a transaction that writes is alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def sqlite_path(url: str | URL) -> Path | None:
    """Return the file that an address of a SQLite database names, else None."""
    address = make_url(url)
    return Path(address.database) if address.get_backend_name() == "sqlite" and address.database else None


def explain(error: DBAPIError) -> str:
    """Return what a database's error means and what to do."""
    said = " ".join(str(error.orig).split())
    if no_room := _no_room(error):
        return f"{said}: {no_room}"
    cures = {
        "locked": "another process is writing for too long; stop it or try again",
        "readonly": "it may not be written to; check the owner of the file and of its folder",
        "no such table": "its tables are missing; run: monitor db upgrade",
        "malformed": "the file is damaged; restore the last backup (docs/operations.md)",
        "not a database": "the file is no SQLite database; check `database:` in the configuration",
        "terminating connection": "the server ended the connection; the daemon connects again by itself",
        "server closed the connection": "the server ended the connection; the daemon connects again by itself",
        "refused": "the server does not answer; start it or check the address",
        "password authentication": "the server refused the password",
        "does not exist LINE": "its tables are missing; run: monitor db upgrade",
        "does not exist": "create it first, or check the name",
    }
    cure = next((cure for mark, cure in cures.items() if mark in said), "")
    return f"{said}: {cure}" if cure else said


def _no_room(error: DBAPIError) -> str:
    """Return in words that an error means that there is no room for the database, or ""."""
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    return NO_ROOM_CODES.get(code or "", "")


def _take_lock(path: Path) -> TextIO:
    """Lock `<path>.lock` for the life of this process; the file says who holds it. Raises DatabaseBusyError."""
    lock = path.with_name(path.name + ".lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise DatabaseBusyError(
            f"{path} is in use by another Event Monitor (process {holder}); stop that one first, "
            "or give this one a database of its own"
        ) from error
    with suppress(OSError):  # a full disk: the lock holds, and only does not say whose it is
        os.ftruncate(lock.fileno(), 0)
        os.write(lock.fileno(), str(os.getpid()).encode())
    return lock


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:  # noqa: ANN401, ARG001 - SQLAlchemy's event
    """Set what every connection needs. WAL: readers never wait; FULL: what is committed survives a power cut."""
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        f"cache_size = -{CACHE_KIB}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Begin; a transaction that will write takes the writer's place at once instead of failing half-way."""
    options = connection.get_execution_options()
    if options.get("rebuilds", False):
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")  # has no effect once a transaction has begun
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")


def _prepare_postgresql(connection: psycopg.Connection[Any], record: Any) -> None:  # noqa: ANN401, ARG001 - SQLAlchemy's event
    """Read instants in UTC: east of it the last hours of the year 9999, which a feed may name, are no value.

    Source of the limit: PostgreSQL's manual, "Client Connection Defaults", idle_in_transaction_session_timeout.
    """
    connection.execute("SET TIME ZONE 'UTC'")
    connection.execute(f"SET idle_in_transaction_session_timeout = {int(1_000 * IDLE_SECONDS)}")
    connection.commit()
