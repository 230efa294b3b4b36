"""A SQLite file with all tables and no rows, for who needs more than the fixture `db`: made once, then copied."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.store import migrate
from monitor.store.database import Database


@cache
def _empty() -> bytes:
    """Return what such a file holds: all migrations take a hundred times as long as a copy."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "monitor.db"
        db = Database.open(f"sqlite:///{path}")
        migrate.upgrade(db)
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        return path.read_bytes()


def lay_tables(folder: Path) -> Path:
    """Return the database of a house, "monitor.db" in `folder`, made if there is none."""
    path = folder / "monitor.db"
    if not path.exists():
        path.write_bytes(_empty())
    return path
