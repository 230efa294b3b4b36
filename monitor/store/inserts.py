"""Inserts that may run twice."""

from typing import Any

from sqlalchemy import Connection, Insert
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Any) -> Insert:  # noqa: ANN401 - a SQLAlchemy table
    """Return an insert that leaves rows alone whose key is taken."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
