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
from typing import Any, Literal, TextIO

import psycopg
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from monitor.errors import DatabaseBusyError, DatabaseFullError, DatabaseReadOnlyError, StoreError

BUSY_MS = 15_000
"""How long a connection of SQLite waits for another process's transaction, in milliseconds."""

CACHE_KIB = 256
"""What each connection of SQLite keeps of the file, which is 2 MiB elsewhere: the system has it in memory for all of
them, and a poll costs the same over a million items (benchmarks/poll_store.py)."""

STATEMENTS = 24
"""Prepared statements that each connection of SQLite keeps, of 128 elsewhere: those of a poll, and no long lists."""

POOL = 10
"""Connections kept open: jobs and pages each hold one for milliseconds."""

BUSY = f"all {2 * POOL} connections of this process were in use for 30 s; the database is slow, or its disk"
"""What it means that none came free in time. The daemon goes on by itself."""

CONNECTING: dict[str, str | int] = {
    "application_name": "event-monitor",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""How connections to PostgreSQL are made, unless the address says otherwise: a server that vanished without a word is
missed within a minute, not after the two hours of Linux. Names and units are those of libpq (postgresql.org, "Database
Connection Control Functions")."""

PATIENCE = {"statement_timeout": "5min", "lock_timeout": "1min", "idle_in_transaction_session_timeout": "10s"}
"""How long PostgreSQL lets our statements run, wait for others and leave a transaction open. Our longest ones take
seconds; whatever takes these minutes is lost, and is done again. A machine that hangs within a transaction, or is gone,
holds its locks, and with the one that puts reports in stories keeps all others from storing anything. Source: its
manual, "Client Connection Defaults"."""

REFUSAL_SECONDS = 35.0
"""How long a write that found no room, or a database that takes nothing, is told of: it is tried again within 30 s, and
a smaller one that found some room meanwhile, in what SQLite keeps of the WAL, says nothing of it."""

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


READ_ONLY = "25006"
"""PostgreSQL's read_only_sql_transaction (its manual, A): a standby, or default_transaction_read_only. SQLite's codes
begin with SQLITE_READONLY."""


class Database:
    """A database that is open; all functions of the store take one first. Safe to share between threads."""

    def __init__(self, engine: Engine, lock: TextIO | None) -> None:
        """Use `Database.open`."""
        self.engine = engine
        self._lock = lock
        self._writing = threading.Lock()
        self._refused: tuple[float, str] | None = None

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
            address, given = _connecting(address)
            given |= {"application_name": name} if name else {}
            engine = create_engine(address, pool_size=POOL, max_overflow=POOL, pool_pre_ping=True, connect_args=given)
            event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "handle_error", _drop_read_only)
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
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection that sees the rows as they are now, however long it is used and whoever writes meanwhile.

        A transaction of SQLite sees one state by itself (sqlite.org, "Isolation In SQLite").
        """
        level = {"isolation_level": "REPEATABLE READ"} if self.dialect == "postgresql" else {}
        with self._told(), self.engine.connect().execution_options(**level) as connection:
            self._be_patient(connection, "LOCAL")
            yield connection

    @contextmanager
    def load(self) -> Iterator[Connection]:
        """Give a connection for the many transactions of a long work, which begins each; no other thread waits for it.

        On SQLite references are not looked after, as in `rebuild`: whoever loads does so at the end.
        """
        with self._told(), self.engine.connect().execution_options(writes=True, rebuilds=True) as connection:
            connection.detach()
            with connection.begin():
                self._be_patient(connection, "SESSION")
            yield connection

    def _be_patient(self, connection: Connection, scope: Literal["LOCAL", "SESSION"]) -> None:
        """Let a transaction, or all of a connection, take as long as they do."""
        if self.dialect == "postgresql":
            for name in PATIENCE:
                connection.exec_driver_sql(f"SET {scope} {name} = 0")

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
        except (DatabaseFullError, DatabaseReadOnlyError) as error:
            self._refused = (time.monotonic(), str(error))
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

    def refusal(self) -> str | None:
        """Return what a write said of late that the database did not take, else None.

        One that is full, or may only be read, answers a ping.
        """
        failed_at, said = self._refused or (0.0, None)
        return said if time.monotonic() - failed_at < REFUSAL_SECONDS else None

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
        except PoolTimeoutError as error:
            raise StoreError(f"database {self.masked_url}: {BUSY}") from error
        except (OperationalError, DBAPIError) as error:
            if isinstance(error, ProgrammingError) and "does not exist" not in str(error.orig):
                raise
            raise _kind(error)(f"database {self.masked_url}: {explain(error)}") from error


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
        "readonly": "it may not be written to; check the owner of the file and its folder, and how its disk is mounted",
        "read-only transaction": "it is a standby, or takes nothing for now (default_transaction_read_only)",
        "no such table": "its tables are missing; run: monitor db upgrade",
        "unable to open database file": "check its folder, and how many files may be open (LimitNOFILE, ulimit -n)",
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


def _drop_read_only(context: ExceptionContext) -> None:
    """Have connections made anew where one may only read: it began so, and stays so whatever the database does."""
    error = context.sqlalchemy_exception
    if isinstance(error, DBAPIError) and _kind(error) is DatabaseReadOnlyError:
        context.is_disconnect = True


def _kind(error: DBAPIError) -> type[StoreError]:
    """Return which of ours an error of the database is."""
    if _no_room(error):
        return DatabaseFullError
    code = _code(error)
    return DatabaseReadOnlyError if code == READ_ONLY or code.startswith("SQLITE_READONLY") else StoreError


def _no_room(error: DBAPIError) -> str:
    """Return in words that an error means that there is no room for the database, or ""."""
    return NO_ROOM_CODES.get(_code(error), "")


def _code(error: DBAPIError) -> str:
    """Return what the database calls an error, or ""."""
    return getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""


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


def _connecting(address: URL) -> tuple[URL, dict[str, Any]]:
    """Return the address as libpq takes it, and what else connections are made with.

    `prepare_threshold` is psycopg's own and no word of libpq: after how many times a statement is prepared, or "none"
    for never, as some poolers need it.
    """
    given = {name: value for name, value in CONNECTING.items() if name not in address.query}
    times = address.query.get("prepare_threshold")
    if times is None:
        return address, given
    threshold = int(times) if isinstance(times, str) and times.isdigit() else None
    return address.difference_update_query(["prepare_threshold"]), given | {"prepare_threshold": threshold}


def _prepare_postgresql(connection: psycopg.Connection[Any], record: Any) -> None:  # noqa: ANN401, ARG001 - SQLAlchemy's event
    """Read instants in UTC, and wait for nothing for ever.

    East of UTC the last hours of the year 9999, which a feed may name, are no value. What the address sets by `options`
    stays.
    """
    connection.execute("SET TIME ZONE 'UTC'")
    given = connection.info.options
    for name, span in PATIENCE.items():
        if name not in given:
            connection.execute(f"SET {name} = '{span}'".encode())
    connection.commit()
