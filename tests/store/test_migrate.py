"""Migrations lead to the tables as declared, and back to nothing."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from monitor.errors import StoreError
from monitor.store import migrate
from monitor.store.database import Database
from monitor.store.tables import METADATA


def test_up_gives_the_declared_tables_and_down_leaves_nothing(empty_url: str) -> None:
    db = Database.open(empty_url)
    assert migrate.status(db)[0] is None
    migrate.upgrade(db)
    migrate.upgrade(db)
    assert migrate.status(db)[0] == migrate.status(db)[1]
    with db.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    migrate.downgrade(db, "base")
    assert inspect(db.engine).get_table_names() == ["alembic_version"]
    db.close()


def test_a_database_of_a_newer_release_is_refused(empty_url: str) -> None:
    db = Database.open(empty_url)
    migrate.upgrade(db)
    with db.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="made by a newer release, install that one"):
        migrate.upgrade(db)
    db.close()
