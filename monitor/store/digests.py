"""Digests: which periods have one, and what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from monitor.core.types import Delivery, Notice, Period
from monitor.store.database import Database
from monitor.store.deliveries import insert_deliveries
from monitor.store.digest_material import material_of
from monitor.store.inserts import insert_new
from monitor.store.tables import DigestRow

__all__ = ["DIGEST", "DigestLine", "find_digest", "is_settled", "last_period", "list_digests", "material_of", "record"]

DIGEST = DigestRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes

_LINE = DIGEST.c["id", "name", "notice", "start_at", "end_at", "created_at"]


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A digest that was made, with what it said."""

    id: str
    name: str
    notice: Notice
    start_at: datetime
    end_at: datetime
    created_at: datetime


def last_period(db: Database, name: str, *, now: datetime) -> Period | None:
    """Return the newest period that has a digest of this name, of those that are over.

    A clock that ran ahead may have left digests of days to come: they must not keep those from being told that come
    before them.
    """
    query = (
        select(DIGEST.c.start_at, DIGEST.c.end_at)
        .where(DIGEST.c.name == name, DIGEST.c.end_at <= now)
        .order_by(DIGEST.c.end_at.desc())
    )
    with db.read() as connection:
        row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else Period(row.start_at, row.end_at)


def is_settled(db: Database, at: datetime) -> bool:
    """Return whether all that was found before an instant is stored: no transaction that began before it still writes.

    SQLite has one process and short transactions. Source: PostgreSQL's manual, pg_stat_activity; backend_xid is there
    once a transaction writes, so that a dump, which reads for hours, does not count.
    """
    if db.dialect == "sqlite":
        return True
    with db.read() as connection:
        return connection.execute(_WRITING, {"at": at}).first() is None


_WRITING = text(
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL AND xact_start < :at"
)


def record(
    db: Database,
    digest_id: str,
    name: str,
    period: Period,
    notice: Notice,
    deliveries: Sequence[Delivery],
    *,
    now: datetime,
) -> bool:
    """Store a digest and its deliveries in one transaction; False, and nothing stored, when the period has one."""
    row = {
        "id": digest_id,
        "name": name,
        "start_at": period.start_at,
        "end_at": period.end_at,
        "notice": notice,
        "created_at": now,
    }
    with db.write() as connection:
        statement = insert_new(connection, DIGEST).returning(DIGEST.c.id)
        new = connection.execute(statement, row).first() is not None
        if new:
            insert_deliveries(connection, deliveries)
    return new


def find_digest(db: Database, digest_id: str) -> DigestLine | None:
    """Return a digest, or None."""
    with db.read() as connection:
        row = connection.execute(select(*_LINE).where(DIGEST.c.id == digest_id)).one_or_none()
    return None if row is None else DigestLine(*row)


def list_digests(
    db: Database,
    *,
    limit: int,
    name: str | None = None,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
    before: tuple[datetime, str] | None = None,
) -> list[DigestLine]:
    """Return digests, the one whose period ended last first.

    name                 of the configuration
    since_at, until_at   when the period ended: from when on, and until before when
    before               (end_at, id) of a digest: those that come after it in this order
    """
    query = select(*_LINE).order_by(DIGEST.c.end_at.desc(), DIGEST.c.id).limit(limit)
    if name is not None:
        query = query.where(DIGEST.c.name == name)
    if since_at is not None:
        query = query.where(DIGEST.c.end_at >= since_at)
    if until_at is not None:
        query = query.where(DIGEST.c.end_at < until_at)
    if before is not None:
        at, last = before
        query = query.where((DIGEST.c.end_at < at) | ((DIGEST.c.end_at == at) & (DIGEST.c.id > last)))
    with db.read() as connection:
        return [DigestLine(*row) for row in connection.execute(query)]
