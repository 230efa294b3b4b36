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


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A digest in a list of them."""

    id: str
    notice: Notice
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


def find_digest(db: Database, digest_id: str) -> Notice | None:
    """Return what a digest said, or None."""
    with db.read() as connection:
        return connection.execute(select(DIGEST.c.notice).where(DIGEST.c.id == digest_id)).scalar_one_or_none()


def list_digests(db: Database, *, limit: int, before_at: datetime | None = None) -> list[DigestLine]:
    """Return what the newest digests said, newest first; of those that ended before an instant."""
    query = (
        select(DIGEST.c["id", "notice", "end_at", "created_at"])
        .order_by(DIGEST.c.end_at.desc(), DIGEST.c.id)
        .limit(limit)
    )
    if before_at is not None:
        query = query.where(DIGEST.c.end_at < before_at)
    with db.read() as connection:
        return [DigestLine(*row) for row in connection.execute(query)]
