"""A consistent copy of a SQLite database while others write."""

import sqlite3
from contextlib import closing
from pathlib import Path

from monitor.errors import StoreError
from monitor.store.database import Database


def back_up(db: Database, file: Path) -> int:
    """Copy the database to `file` and return its size in bytes. Raises StoreError, and leaves no part of a copy.

    In one step: in WAL mode that reads one state of the file and keeps no writer waiting, while a copy in several steps
    begins anew whenever another connection writes between two of them, and beside a daemon that polls never ends.
    Source: sqlite.org, "SQLite Backup API" and "Write-Ahead Logging".
    """
    if db.path is None:
        raise StoreError(f"{db.masked_url} is backed up with PostgreSQL's own tools: pg_dump --format=custom")
    if file.exists():
        raise StoreError(f"{file} is there already; name another file")
    part = file.with_name(file.name + ".part")
    try:
        with closing(sqlite3.connect(db.path)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
        part.rename(file)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"{file}: {error}; check the folder and the space on its disk") from error
    return file.stat().st_size
