"""What a database knows of the copy that it is becoming: how far each table is, and what is laid aside until the end.

It stands in a table that is there only meanwhile. The revision of the tables says HALF until the copy is whole, so that
no daemon takes it for a database.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, text

from monitor.store.migrate import HALF
from monitor.store.portable import Value
from monitor.store.tables import METADATA

TABLES = METADATA.sorted_tables
"""All that is copied. Not the engine of a cluster's own tables, which may be emptied at any time."""

SOURCE = "source"
LATER = "later "
PLACE = "table "


@dataclass(frozen=True, slots=True)
class Place:
    """How far a table is copied.

    last       key of the last row that is there
    rows       how many are
    checksum   of these (portable.py)
    highest    the highest number ever given as an id, None where no numbers are given
    """

    last: Sequence[Value] = ()
    rows: int = 0
    checksum: int = 0
    highest: int | None = None


def begin(connection: Connection, source: str, head: str) -> None:
    """Mark empty tables of revision `head` as half a copy of `source`, and lay aside what slows the loading."""
    connection.execute(text("CREATE TABLE half_copy (name TEXT PRIMARY KEY, value TEXT NOT NULL)"))
    _put(connection, SOURCE, json.dumps({"source": source, "head": head}))
    for number, (drop, make) in enumerate(_aside(connection)):
        connection.exec_driver_sql(drop)
        _put(connection, f"{LATER}{number:04}", make)
    _mark(connection, HALF)


def source_of(connection: Connection) -> tuple[str, str]:
    """Return what a half-done copy is a copy of, and the revision of its tables."""
    known = json.loads(_get(connection, SOURCE) or "{}")
    return known["source"], known["head"]


def place_of(connection: Connection, table: Table) -> Place:
    """Return how far a table is."""
    known = _get(connection, PLACE + table.name)
    return Place(**json.loads(known)) if known else Place()


def keep_place(connection: Connection, table: Table, place: Place) -> None:
    """Note how far a table is, in the transaction that brought it there."""
    value = {"last": place.last, "rows": place.rows, "checksum": place.checksum, "highest": place.highest}
    _put(connection, PLACE + table.name, json.dumps(value))


def begin_again(connection: Connection, table: Table) -> None:
    """Empty a table whose rows are no longer those of the source."""
    connection.execute(text(f"DELETE FROM {table.name}"))  # noqa: S608 - our table
    keep_place(connection, table, Place())


def laid_aside(connection: Connection) -> dict[str, str]:
    """Return the statements that make what was laid aside, by their names in the order to run them."""
    found = text("SELECT name, value FROM half_copy WHERE name LIKE :some ORDER BY name")
    return {row.name: row.value for row in connection.execute(found, {"some": f"{LATER}%"})}


def make(connection: Connection, name: str, statement: str) -> None:
    """Make one of the things that were laid aside."""
    connection.exec_driver_sql(statement)
    connection.execute(text("DELETE FROM half_copy WHERE name = :name"), {"name": name})


def end(connection: Connection) -> None:
    """Let ids go on from the highest that was given, and the copy be a database."""
    for table in TABLES:
        if (highest := place_of(connection, table).highest) is not None:
            _go_on_from(connection, table, highest)
    _, head = source_of(connection)
    connection.execute(text("DROP TABLE half_copy"))
    _mark(connection, head)


def highest_of(connection: Connection, table: Table) -> int | None:
    """Return the highest number a table ever gave as an id, of a row that may be gone; None where none are given."""
    column = table.autoincrement_column
    if column is None:
        return None
    if connection.dialect.name == "postgresql":
        sequence = connection.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        ).scalar_one()
        given = f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}"  # noqa: S608 - the server's
    else:
        given = f"SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table.name}'), 0)"  # noqa: S608 - ours
    there = f"SELECT coalesce(max({column.name}), 0) FROM {table.name}"  # noqa: S608 - our table
    return max(int(connection.execute(text(query)).scalar_one()) for query in (given, there))


def _go_on_from(connection: Connection, table: Table, highest: int) -> None:
    """Let the next id be above `highest`."""
    values = {"table": table.name, "column": "id", "highest": highest}
    if connection.dialect.name == "postgresql":
        if highest:
            connection.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"), values)
        return
    connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), values)
    connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :highest)"), values)


def _aside(connection: Connection) -> Iterator[tuple[str, str]]:
    """Return how to drop and how to make what is quicker made when the rows are there.

    Those are indexes, and on PostgreSQL references and keys beside the primary ones. References come last, as they
    need what they refer to.
    """
    names = [table.name for table in TABLES]
    if connection.dialect.name == "sqlite":
        query = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        rows = connection.execute(text(query)).all()
        return iter([(f"DROP INDEX {name}", sql) for name, table, sql in rows if table in names])
    constraints = connection.execute(text(_CONSTRAINTS), {"names": names}).all()
    indexes = connection.execute(text(_INDEXES), {"names": names}).all()
    made = {kind: [] for kind in "uf"}  # type: dict[str, list[tuple[str, str]]]
    for table, name, kind, definition in constraints:
        drop = f"ALTER TABLE {table} DROP CONSTRAINT {name}"
        made[kind].append((drop, f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"))
    return iter([*made["u"], *((f"DROP INDEX {name}", definition) for name, definition in indexes), *made["f"]])


_CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), contype::text, pg_get_constraintdef(pg_constraint.oid)
FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
WHERE contype IN ('u', 'f') AND relname = ANY(:names) AND pg_table_is_visible(conrelid) ORDER BY conname
"""

_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE relname = ANY(:names) AND pg_table_is_visible(indrelid)
AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
ORDER BY 1
"""


def _mark(connection: Connection, revision: str) -> None:
    """Write the revision of the tables."""
    connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def _get(connection: Connection, name: str) -> str | None:
    """Return what is known under a name."""
    value: str | None = connection.execute(
        text("SELECT value FROM half_copy WHERE name = :name"), {"name": name}
    ).scalar_one_or_none()
    return value


def _put(connection: Connection, name: str, value: str) -> None:
    """Keep something under a name in the place of what was there."""
    connection.execute(
        text("INSERT INTO half_copy VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"),
        {"name": name, "value": value},
    )
