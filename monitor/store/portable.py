"""Rows in one form, whichever database they are in: as SQLite keeps them.

Instants are text in UTC with microseconds, truth is 0 or 1, JSON is the text it was stored as. So rows of two databases
are the same when they are equal here, and pass from one to the other as they are.
"""

import hashlib
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from typing import Any

import psycopg
from sqlalchemy import Boolean, Column, Connection, Table, text
from sqlalchemy.exc import DBAPIError

from monitor.store.tables import Document, Instant

Value = int | str | bytes | None
Row = tuple[Value, ...]

CHUNK = 5_000
"""Rows that are read, written and committed together: a commit costs some milliseconds, a thousand rows of an item's
size some twenty, and a few MB of memory are no burden."""

FORM = "YYYY-MM-DD HH24:MI:SS.US"
"""How PostgreSQL writes an instant as SQLAlchemy does on SQLite."""


def key_of(table: Table) -> list[int]:
    """Return the places of a table's primary key among its columns, in the order of the key."""
    names = [column.name for column in table.columns]
    return [names.index(column.name) for column in table.primary_key]


def count_rows(connection: Connection, table: Table) -> int:
    """Return how many rows a table has."""
    count: int = connection.execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one()  # noqa: S608 - our table
    return count


def read_rows(
    connection: Connection, table: Table, *, after: Sequence[Value] = (), until: Sequence[Value] = ()
) -> Generator[list[Row]]:
    """Yield the rows of a table in the order of their key, some at a time; close it where it is not read to its end.

    after, until   the key behind which to begin, and the last one to read
    """
    key = [_quoted(column) for column in table.primary_key]
    bounds = [(sign, name, values) for sign, name, values in ((">", "a", after), ("<=", "u", until)) if values]
    query = f"SELECT {', '.join(_selected(connection, table))} FROM {table.name}"  # noqa: S608 - our table and columns
    if bounds:
        query += " WHERE " + " AND ".join(
            f"({', '.join(key)}) {sign} ({', '.join(f':{name}{place}' for place in range(len(key)))})"
            for sign, name, _ in bounds
        )
    values = {f"{name}{place}": value for _, name, some in bounds for place, value in enumerate(some)}
    streamed = text(f"{query} ORDER BY {', '.join(key)}").execution_options(yield_per=CHUNK)
    with closing(connection.execute(streamed, values)) as result:
        for part in result.partitions(CHUNK):
            yield [_clean(tuple(row)) for row in part]


def write_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows; on PostgreSQL by COPY, several times as fast as INSERT (benchmarks/copy.py)."""
    columns = ", ".join(_quoted(column) for column in table.columns)
    if connection.dialect.name == "postgresql":
        cursor: Any = connection.connection.cursor()
        statement = f"COPY {table.name} ({columns}) FROM STDIN"
        try:
            with cursor.copy(statement) as into:
                for row in rows:
                    into.write_row(row)
        except psycopg.Error as error:  # past SQLAlchemy, which makes one of its own of what it sees
            raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error
    else:
        marks = ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608 - our table and columns
        connection.exec_driver_sql(statement, list(rows))


def checksum(rows: Iterable[Row], start: int = 0) -> int:
    """Return the sum of the hashes of rows, added to `start`: the same in whatever order and steps they come.

    64 bits of BLAKE2b each: of copies with a mistake one in 10^19 would have the sum of the original.
    """
    total = start
    for row in rows:
        total += int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=8).digest())
    return total % 2**64


def _selected(connection: Connection, table: Table) -> list[str]:
    """Return what to select so that values come in the one form."""
    form = _postgresql if connection.dialect.name == "postgresql" else _sqlite
    return [form(column) for column in table.columns]


def _postgresql(column: Column[Any]) -> str:
    """Return what gives a column of PostgreSQL as SQLite has it."""
    name = _quoted(column)
    if isinstance(column.type, Boolean):
        return f"{name}::int"
    if isinstance(column.type, Instant):
        return f"to_char({name} AT TIME ZONE 'UTC', '{FORM}')"
    return f"{name}::text" if isinstance(column.type, Document) else name


def _sqlite(column: Column[Any]) -> str:
    """Return what gives a column of SQLite; its own functions write instants without microseconds."""
    name = _quoted(column)
    if isinstance(column.type, Instant):
        return f"CASE length({name}) WHEN 19 THEN {name} || '.000000' ELSE {name} END"
    return name


def _quoted(column: Column[Any]) -> str:
    """Return a column's name so that it is never a word of SQL."""
    return f'"{column.name}"'


def _clean(row: Row) -> Row:
    """Return a row without NUL, which PostgreSQL refuses; only who wrote past this program can have stored one."""
    if any(isinstance(value, str) and "\0" in value for value in row):
        return tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row)
    return row
