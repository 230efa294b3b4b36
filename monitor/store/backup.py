"""A consistent copy of a SQLite database while others write."""

import sqlite3
from contextlib import closing
from pathlib import Path

from monitor.errors import StoreError
from monitor.store.database import Database

PAGES = 1_000
"""Pages copied at a time; between them writers get their turn."""


def back_up(db: Database, file: Path) -> int:
    """Copy the database to `file` and return its size in bytes. Raises StoreError.

    Source: sqlite.org, "SQLite Backup API".
    """
    if db.path is None:
        raise StoreError(f"{db.masked_url} is backed up with PostgreSQL's own tools: pg_dump --format=custom")
    if file.exists():
        raise StoreError(f"{file} is there already; name another file")
    try:
        with closing(sqlite3.connect(db.path)) as source, closing(sqlite3.connect(file)) as target:
            source.backup(target, pages=PAGES)
    except sqlite3.Error as error:
        raise StoreError(f"{file}: {error}; check the folder and the space on its disk") from error
    return file.stat().st_size
