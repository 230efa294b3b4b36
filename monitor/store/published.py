"""The watchlists in force where several machines match: the content of their files, and who put them there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from monitor.store import meta
from monitor.store.database import Database, in_turn
from monitor.store.tables import WatchlistFileRow

FILE = WatchlistFileRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes

LOCK_KEY = 0x6576_7770
"""PostgreSQL advisory lock under which one process at a time puts watchlists in force ("evwp")."""


@dataclass(frozen=True, slots=True)
class Published:
    """Which watchlists are in force, since when, and who put them there."""

    version: str
    by: str
    at: datetime


def published(db: Database) -> Published | None:
    """Return which watchlists are in force, None before anybody put any there."""
    return _read(meta.get(db, meta.WATCHLISTS))


def read_files(db: Database) -> tuple[Published, dict[str, bytes]] | None:
    """Return the watchlists in force with the content of their files by name, in order of names, or None."""
    with db.read() as connection:
        found = _read(meta.read(connection, meta.WATCHLISTS))
        rows = connection.execute(select(FILE.c.name, FILE.c.content, FILE.c.version).order_by(FILE.c.name)).all()
    if found is None:
        return None
    if any(row.version != found.version for row in rows):  # others were put in force between the two looks
        return read_files(db)
    return found, {row.name: bytes(row.content) for row in rows}


def publish(
    db: Database, files: Mapping[str, bytes], *, version: str, by: str, now: datetime, first: bool = False
) -> Published:
    """Put watchlists in force, and return which are from here on.

    first   only where there are none yet: of several that begin at once one does
    """
    new = Published(version, by, now)
    with db.write() as connection:
        in_turn(connection, LOCK_KEY)
        known = _read(meta.read(connection, meta.WATCHLISTS))
        if known is not None and (first or known.version == version):
            return known
        connection.execute(delete(FILE))
        rows = [{"name": name, "content": content, "version": version} for name, content in files.items()]
        connection.execute(insert(FILE), rows)
        value = json.dumps({"version": new.version, "by": new.by, "at": new.at.isoformat()})
        meta.write(connection, meta.WATCHLISTS, value)
    return new


def _read(value: str | None) -> Published | None:
    """Return what is written down."""
    if value is None:
        return None
    found = json.loads(value)
    return Published(found["version"], found["by"], datetime.fromisoformat(found["at"]))
