"""Silences: those of the configuration and those made by command, in one table."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from monitor.core.types import RouteMatch, Severity, Silence, SilenceSpec, Tier
from monitor.store.alerts import ALERT, ALERT_HIT
from monitor.store.database import Database, in_turn
from monitor.store.tables import SilenceRow

SYNC_LOCK = 0x6576_7369
"""PostgreSQL advisory lock under which one process at a time brings the silences in line ("evsi")."""

SILENCE = SilenceRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes


def sync_silences(db: Database, specs: Sequence[SilenceSpec], *, now: datetime) -> None:
    """Make the silences of the configuration those of `specs`: new ones begin, those that are gone end now."""
    wanted = {_key(spec): spec for spec in specs}
    of_config = select(SILENCE.c.id, SILENCE.c.key, SILENCE.c.end_at).where(SILENCE.c.origin == "config")
    with db.read() as connection:
        if {row.key for row in connection.execute(of_config) if row.end_at > now} == {
            key for key, spec in wanted.items() if spec.end_at > now
        }:
            return
    with db.write() as connection:
        in_turn(connection, SYNC_LOCK)
        known = {row.key: row for row in connection.execute(of_config)}
        for key, row in known.items():
            end_at = wanted[key].end_at if key in wanted else min(row.end_at, now)
            if end_at != row.end_at:
                _end(connection, row.id, end_at)
        for key, spec in wanted.items():
            if key not in known:
                connection.execute(insert(SILENCE), _row(spec, origin="config", key=key, now=now))


def add_silence(db: Database, spec: SilenceSpec, *, now: datetime) -> Silence:
    """Make a silence, and return it."""
    with db.write() as connection:
        query = insert(SILENCE).values(_row(spec, origin="added", key=None, now=now)).returning(SILENCE.c.id)
        made = _select().where(SILENCE.c.id == connection.execute(query).scalar_one())
        return _silence(connection.execute(made).mappings().one())


def expire_silence(db: Database, silence_id: int, *, now: datetime) -> None:
    """End a silence now; what it hid is due."""
    with db.write() as connection:
        _end(connection, silence_id, now)


def find_silence(db: Database, silence_id: int) -> Silence | None:
    """Return one silence."""
    with db.read() as connection:
        row = connection.execute(_select().where(SILENCE.c.id == silence_id)).mappings().one_or_none()
    return None if row is None else _silence(row)


def list_silences(db: Database, *, ending_after: datetime | None = None) -> list[Silence]:
    """Return the silences that end after an instant, or all; first to begin first."""
    query = _select().order_by(SILENCE.c.start_at, SILENCE.c.id)
    if ending_after is not None:
        query = query.where(SILENCE.c.end_at > ending_after)
    with db.read() as connection:
        return [_silence(row) for row in connection.execute(query).mappings()]


def _end(connection: Connection, silence_id: int, end_at: datetime) -> None:
    """Set the end of a silence, and when what it hid is told."""
    connection.execute(update(SILENCE).where(SILENCE.c.id == silence_id).values(end_at=end_at))
    waiting = (ALERT.c.silence_id == silence_id) & ALERT.c.notified_at.is_(None)
    connection.execute(update(ALERT).where(waiting).values(notify_at=end_at))


def _select() -> Select[Any]:
    """Return the query of silences with the number of hits they hid."""
    hid = ALERT_HIT.join(ALERT, ALERT.c.id == ALERT_HIT.c.alert_id)
    hidden = select(func.count(func.distinct(ALERT_HIT.c.hit_id))).select_from(hid)
    return select(SILENCE, hidden.where(ALERT.c.silence_id == SILENCE.c.id).scalar_subquery().label("hidden"))


def _key(spec: SilenceSpec) -> str:
    """Return by what a silence of the configuration is known again: all that it says."""
    start = spec.start_at.isoformat() if spec.start_at else None
    said = [_match_row(spec.match), start, spec.end_at.isoformat(), spec.author, spec.reason]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _row(spec: SilenceSpec, *, origin: str, key: str | None, now: datetime) -> dict[str, Any]:
    """Return a new silence as a row."""
    return {
        "key": key,
        "match": _match_row(spec.match),
        "start_at": spec.start_at or now,
        "end_at": spec.end_at,
        "author": spec.author,
        "reason": spec.reason,
        "origin": origin,
        "created_at": now,
    }


def _match_row(match: RouteMatch) -> dict[str, Any]:
    """Return conditions as JSON, without those that hold always."""
    given = {field.name: getattr(match, field.name) for field in fields(match)}
    return {name: value if isinstance(value, int) else sorted(value) for name, value in given.items() if value}


def _match(stored: dict[str, Any]) -> RouteMatch:
    """Return stored conditions."""
    given: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    for name, kind in (("severity", Severity), ("tier", Tier)):
        if name in given:
            given[name] = frozenset(map(kind, stored[name]))
    return RouteMatch(**given)


def _silence(row: RowMapping) -> Silence:
    """Return a row as a value."""
    return Silence(**{**{name: row[name] for name in row if name != "key"}, "match": _match(row["match"])})
