"""Alerts: which hits one receiver is told together, and which of them were told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import RowMapping, Select, bindparam, func, select, update

from monitor.core.types import Alert, Delivery, Hit, Severity, Verdict
from monitor.store.database import Database
from monitor.store.deliveries import insert_deliveries
from monitor.store.items import LEVELS, hits_by_id
from monitor.store.polls import HIT, insert_new
from monitor.store.tables import AlertHitRow, AlertRow

ALERT = AlertRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
ALERT_HIT = AlertHitRow.__table__  # type: ignore[attr-defined]  # as above


@dataclass(frozen=True, slots=True)
class HitVerdict:
    """What became of a hit, and a word more for a person."""

    hit_id: int
    verdict: Verdict
    note: str = ""


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert to open, and the key of its group."""

    alert: Alert
    group_key: str


@dataclass(frozen=True, slots=True)
class AlertLink:
    """A hit that joins an alert."""

    alert_id: str
    hit_id: int


@dataclass(frozen=True, slots=True)
class RoutingBatch:
    """Everything that routing some hits changes.

    notify_at    when alerts are due, by id; one that is not here keeps its time
    severities   of alerts, by id; likewise
    """

    verdicts: tuple[HitVerdict, ...] = ()
    new_alerts: tuple[NewAlert, ...] = ()
    links: tuple[AlertLink, ...] = ()
    notify_at: Mapping[str, datetime] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)


def open_alerts(db: Database, group_keys: Collection[str], *, since_at: datetime) -> dict[str, Alert]:
    """Return the newest alert of each group that was updated since then, by group key."""
    query = (
        _select_alerts()
        .add_columns(ALERT.c.group_key)
        .where(ALERT.c.group_key.in_(list(group_keys)), ALERT.c.updated_at >= since_at)
        .order_by(ALERT.c.created_at, ALERT.c.id)
    )
    with db.read() as connection:
        return {row["group_key"]: _alert(row) for row in connection.execute(query).mappings()}


def apply_routing(db: Database, batch: RoutingBatch, *, now: datetime) -> None:
    """Store verdicts, alerts and links in one transaction. Hits that have a verdict already keep it."""
    with db.write() as connection:
        if batch.new_alerts:
            connection.execute(insert_new(connection, ALERT), [_alert_row(one) for one in batch.new_alerts])
        if batch.links:
            rows = [{"alert_id": link.alert_id, "hit_id": link.hit_id} for link in batch.links]
            connection.execute(insert_new(connection, ALERT_HIT), rows)
        for alert_id in batch.severities.keys() | batch.notify_at.keys():
            values: dict[str, object] = {"updated_at": now}
            if alert_id in batch.severities:
                values["severity"] = batch.severities[alert_id].rank
            if alert_id in batch.notify_at:
                values["notify_at"] = batch.notify_at[alert_id]
            connection.execute(update(ALERT).where(ALERT.c.id == alert_id).values(values))
        if batch.verdicts:
            statement = (
                update(HIT)
                .where(HIT.c.id == bindparam("hit"), HIT.c.verdict.is_(None))
                .values(verdict=bindparam("what"), verdict_note=bindparam("note"))
            )
            rows = [{"hit": one.hit_id, "what": one.verdict.value, "note": one.note} for one in batch.verdicts]
            connection.execute(statement, rows)


def due_alerts(db: Database, *, now: datetime, limit: int) -> list[tuple[Alert, list[Hit]]]:
    """Return the alerts whose time has come, longest due first, each with its hits not yet told."""
    query = _select_alerts().where(ALERT.c.notify_at <= now).order_by(ALERT.c.notify_at, ALERT.c.id).limit(limit)
    with db.read() as connection:
        alerts = [_alert(row) for row in connection.execute(query).mappings()]
        due = []
        for alert in alerts:
            untold = select(ALERT_HIT.c.hit_id).where(ALERT_HIT.c.alert_id == alert.id, ALERT_HIT.c.told_at.is_(None))
            due.append((alert, hits_by_id(connection, connection.execute(untold).scalars().all())))
    return due


def notify(
    db: Database, alert_id: str, *, hit_ids: Sequence[int], deliveries: Sequence[Delivery], now: datetime
) -> None:
    """Store the deliveries that tell of these hits, and that they are told, in one transaction.

    Hits that joined meanwhile stay due; deliveries that are there already are left alone.
    """
    with db.write() as connection:
        insert_deliveries(connection, deliveries)
        told = ALERT_HIT.c.alert_id == alert_id
        if hit_ids:
            connection.execute(update(ALERT_HIT).where(told, ALERT_HIT.c.hit_id.in_(list(hit_ids))).values(told_at=now))
        left = select(func.count()).where(told, ALERT_HIT.c.told_at.is_(None))
        values: dict[str, datetime | None] = {"notified_at": now}
        if not connection.execute(left).scalar_one():
            values["notify_at"] = None
        connection.execute(update(ALERT).where(ALERT.c.id == alert_id).values(values))


def list_alerts(db: Database, *, since_at: datetime | None = None, limit: int) -> list[Alert]:
    """Return alerts, newest first; those created since then."""
    query = _select_alerts().order_by(ALERT.c.created_at.desc(), ALERT.c.id).limit(limit)
    if since_at is not None:
        query = query.where(ALERT.c.created_at >= since_at)
    with db.read() as connection:
        return [_alert(row) for row in connection.execute(query).mappings()]


def find_alert(db: Database, alert_id: str) -> Alert | None:
    """Return one alert."""
    with db.read() as connection:
        row = connection.execute(_select_alerts().where(ALERT.c.id == alert_id)).mappings().one_or_none()
    return None if row is None else _alert(row)


def hits_of(db: Database, alert_id: str) -> list[Hit]:
    """Return the hits of an alert, oldest first."""
    with db.read() as connection:
        ids = select(ALERT_HIT.c.hit_id).where(ALERT_HIT.c.alert_id == alert_id)
        return hits_by_id(connection, connection.execute(ids).scalars().all())


def _select_alerts() -> Select[tuple[object, ...]]:
    """Return the query of alerts with the number of their hits."""
    hits = select(func.count()).where(ALERT_HIT.c.alert_id == ALERT.c.id).scalar_subquery().label("hits")
    return select(*(column for column in ALERT.c if column.name != "group_key"), hits)


def _alert_row(new: NewAlert) -> dict[str, object]:
    """Return an alert as a row."""
    alert = new.alert
    return {
        "id": alert.id,
        "group_key": new.group_key,
        "receiver": alert.receiver,
        "route": alert.route,
        "label": alert.group,
        "title": alert.title,
        "severity": alert.severity.rank,
        "story_id": alert.story_id,
        "created_at": alert.created_at,
        "updated_at": alert.updated_at,
        "notify_at": alert.notify_at,
        "notified_at": alert.notified_at,
    }


def _alert(row: RowMapping) -> Alert:
    """Return a row as a value."""
    return Alert(
        id=row["id"],
        receiver=row["receiver"],
        route=row["route"],
        group=row["label"],
        title=row["title"],
        severity=LEVELS[row["severity"]],
        story_id=row["story_id"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        notify_at=row["notify_at"],
        notified_at=row["notified_at"],
        hits=row["hits"],
    )
