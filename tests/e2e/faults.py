"""What can be wrong with a database while the daemon runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import event, make_url
from sqlalchemy.pool import Pool

from tests.conftest import SERVER


@contextmanager
def sqlite_read_only() -> Iterator[None]:
    """Have SQLite refuse every write of this process, with its own error: as root, a file can always be written."""

    def prepare(connection: Any, record: Any, proxy: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    event.listen(Pool, "checkout", prepare)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", prepare)


@contextmanager
def postgresql_read_only(url: str) -> Iterator[None]:
    """Have PostgreSQL refuse every write to a database, as a standby does; whoever is connected has to begin anew."""
    name = make_url(url).database
    with psycopg.connect(SERVER.replace("+psycopg", "", 1), autocommit=True) as server:

        def alter(change: str) -> None:
            server.execute(f"ALTER DATABASE {name} {change}".encode())
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

        alter("SET default_transaction_read_only = on")
        try:
            yield
        finally:
            server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())
