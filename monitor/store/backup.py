"""A consistent copy of a SQLite database while others write."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from monitor.errors import StoreError
from monitor.store import meta
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
    part = part_of(file)
    try:
        with closing(sqlite3.connect(db.path)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
        part.rename(file)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"{file}: {error}; check the folder and the space on its disk") from error
    return file.stat().st_size


def part_of(file: Path) -> Path:
    """Return the file that grows while the database is copied to `file`."""
    return file.with_name(file.name + ".part")


def note_backup(db: Database, file: Path, *, now: datetime) -> None:
    """Keep when the database was copied, and where to; in it, not in the copy. Raises StoreError."""
    meta.put(db, meta.BACKUP, json.dumps({"at": now.isoformat(), "file": str(file.absolute())}))


def last_backup(db: Database) -> tuple[datetime, str] | None:
    """Return when the database was last copied and where to; None when it never was, or by other tools."""
    known = meta.get(db, meta.BACKUP)
    if known is None:
        return None
    said = json.loads(known)
    return datetime.fromisoformat(said["at"]), said["file"]
