"""Databases on the PostgreSQL server that MONITOR_TEST_POSTGRES names."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from monitor.store.tables import METADATA

SERVER = os.environ.get("MONITOR_TEST_POSTGRES", "")


@contextmanager
def database(name: str, *, like: str = "template1") -> Iterator[str]:
    """Make a database with the tables of another, give its address, and drop it whoever still looks at it.

    It does not wait for its disk: no test takes the server's power away.
    """
    with _connected(SERVER) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like)))
        connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)))
    try:
        yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        with _connected(SERVER) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def copied(url: str) -> AbstractContextManager[str]:
    """Make a copy of a database; give its address."""
    name = make_url(url).database
    return database(f"{name}_copy", like=str(name))


def clear(url: str) -> None:
    """Leave the tables of a database as they were made: no rows, and ids that begin at one.

    To make and drop a database takes a tenth of a second and a checkpoint of the server, this a few milliseconds.
    """
    emptied = [
        sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)) for table in reversed(METADATA.sorted_tables)
    ]
    with _connected(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute(sql.SQL("; ").join(emptied))
        connection.execute("SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence")
        left = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        assert {name for (name,) in left} - {"alembic_version"} == METADATA.tables.keys(), (
            "a test changed the tables and did not change them back; let it use a database of its own"
        )


def _connected(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect, outside a transaction."""
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)
