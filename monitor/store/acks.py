"""Acknowledgements: somebody knows of a story, and its receivers are told nothing more of it but a rise of severity."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select, update

from monitor.core.types import Acknowledgement, Alert, Severity
from monitor.store.alerts import ACK, ALERT, ALERT_HIT
from monitor.store.database import Database
from monitor.store.items import LEVELS
from monitor.store.polls import HIT
from monitor.store.versions import WAS_TOLD


def acknowledge(
    db: Database,
    alert: Alert,
    *,
    who: str,
    note: str,
    via: Literal["command", "link", "dashboard", "api"],
    now: datetime,
) -> Acknowledgement:
    """Store that somebody knows of an alert's story, or of the alert where it has none; return it.

    What waits to be told and is no graver than what they know is told no more.
    """
    together = ALERT.c.id == alert.id if alert.story_id is None else ALERT.c.story_id == alert.story_id
    with db.write() as connection:
        level = _told(connection, together)
        row = {
            "story_id": alert.story_id,
            "alert_id": alert.id if alert.story_id is None else None,
            "who": who,
            "note": note,
            "at": now,
            "via": via,
            "severity": alert.severity.rank if level is None else level,
        }
        stored = connection.execute(insert(ACK).values(row).returning(*ACK.c)).mappings().one()
        waiting = together & ALERT.c.silence_id.is_(None) & (ALERT.c.severity <= row["severity"])
        connection.execute(update(ALERT).where(waiting).values(notify_at=None))
    return _ack(stored)


def acks_of(db: Database, alert: Alert) -> list[Acknowledgement]:
    """Return who acknowledged an alert or its story, first one first."""
    of_story = ACK.c.story_id == alert.story_id if alert.story_id is not None else ACK.c.alert_id == alert.id
    with db.read() as connection:
        return [_ack(row) for row in connection.execute(select(ACK).where(of_story).order_by(ACK.c.id)).mappings()]


def count_open(db: Database, *, since_at: datetime) -> tuple[int, int]:
    """Return how many alerts that were told had a hit since then, and how many of them nobody acknowledged."""
    acked = select(ACK.c.id).where((ACK.c.story_id == ALERT.c.story_id) | (ACK.c.alert_id == ALERT.c.id)).exists()
    query = select(func.count(), func.count().filter(~acked))
    query = query.where(ALERT.c.notified_at.is_not(None), ALERT.c.updated_at >= since_at)
    with db.read() as connection:
        told, unknown = connection.execute(query.select_from(ALERT)).one()
    return told, unknown


def known_severities(
    db: Database, *, stories: Collection[int], alerts: Collection[str]
) -> tuple[Mapping[int, Severity], Mapping[str, Severity]]:
    """Return for each story and each alert that was acknowledged the severity that is known of it."""
    with db.read() as connection:

        def levels(column: ColumnElement[Any], ids: Collection[Any]) -> dict[Any, Severity]:
            query = select(column, func.max(ACK.c.severity)).where(column.in_(list(ids))).group_by(column)
            return {one: LEVELS[level] for one, level in connection.execute(query)} if ids else {}

        return levels(ACK.c.story_id, stories), levels(ACK.c.alert_id, alerts)


def _told(connection: Connection, together: ColumnElement[bool]) -> int | None:
    """Return the highest severity that anybody was told of some alerts, or None."""
    hits = ALERT_HIT.join(ALERT, ALERT.c.id == ALERT_HIT.c.alert_id).join(HIT, HIT.c.id == ALERT_HIT.c.hit_id)
    level: int | None = connection.execute(
        select(func.max(HIT.c.severity)).select_from(hits).where(together, WAS_TOLD)
    ).scalar_one()
    return level


def _ack(row: RowMapping) -> Acknowledgement:
    """Return a row as a value."""
    return Acknowledgement(**{**row, "severity": LEVELS[row["severity"]]})
