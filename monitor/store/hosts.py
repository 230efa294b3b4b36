"""Hosts that were left alone of late and have not answered since."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from monitor.core.types import HostRest
from monitor.store.database import Database
from monitor.store.inserts import insert_new
from monitor.store.tables import HostRow

HOST = HostRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes


def list_rests(db: Database) -> dict[str, HostRest]:
    """Return the rests of hosts by name, also those that are over while the host has not answered."""
    with db.read() as connection:
        rows = connection.execute(select(HOST)).all()
    return {row.name: HostRest(row.paused_until_at, row.reason, row.failures) for row in rows}


def keep_rests(connection: Connection, changed: Mapping[str, HostRest | None]) -> None:
    """Store the rests that changed; None is for a host that has answered."""
    if not changed:
        return
    connection.execute(delete(HOST).where(HOST.c.name.in_(list(changed))))
    rows = [
        {"name": name, "paused_until_at": rest.until_at, "reason": rest.reason, "failures": rest.failures}
        for name, rest in changed.items()
        if rest is not None
    ]
    if rows:
        connection.execute(insert_new(connection, HOST), rows)  # another node may have learnt the same just now


def forget_rests(db: Database, hosts: Collection[str]) -> None:
    """End the rests of hosts that never rest."""
    if not hosts:
        return
    with db.write() as connection:
        connection.execute(delete(HOST).where(HOST.c.name.in_(list(hosts))))


def count_resting(db: Database, *, now: datetime) -> int:
    """Return how many hosts rest now."""
    with db.read() as connection:
        found: int = connection.execute(
            select(func.count()).select_from(HOST).where(HOST.c.paused_until_at > now)
        ).scalar_one()
    return found
