"""Alerts: which hits one receiver is told together, and which of them were told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, select, update

from monitor.core.edits import headline_changed
from monitor.core.types import Alert, Change, Decision, Delivery, Hit, Item, Severity, Verdict
from monitor.store.articles import watch
from monitor.store.database import Database, in_turn
from monitor.store.decisions import add_decision, decision_row
from monitor.store.deliveries import insert_deliveries
from monitor.store.held import settle_held
from monitor.store.items import LEVELS, hits_by_id
from monitor.store.polls import HIT, ITEM, insert_new
from monitor.store.tables import AcknowledgementRow, AlertRow
from monitor.store.versions import ALERT_HIT, tell_again

__all__ = [
    "ACK",
    "ALERT",
    "ALERT_HIT",
    "AlertLink",
    "Basis",
    "HitVerdict",
    "NewAlert",
    "RoutingBatch",
    "Telling",
    "apply_routing",
    "changed_alerts",
    "due_alerts",
    "find_alert",
    "hits_of",
    "hold",
    "list_alerts",
    "make_due",
    "notify",
    "notify_all",
    "open_alerts",
    "read_alert",
    "select_alerts",
    "told_since",
    "unanswered",
]

ROUTING_LOCK = 0x6576_726F
"""PostgreSQL advisory lock under which one process at a time stores what it routed ("evro")."""

ALERT = AlertRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
ACK = AcknowledgementRow.__table__  # type: ignore[attr-defined]  # as above


@dataclass(frozen=True, slots=True)
class HitVerdict:
    """What became of a hit, a word more for a person, and what was decided by each route."""

    hit_id: int
    verdict: Verdict
    note: str = ""
    decisions: tuple[Decision, ...] = ()


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
class Basis:
    """What a routing was made of: the groups it looked at, and the alerts of them that were open, by group key."""

    group_keys: Collection[str]
    since_at: datetime
    known: Mapping[str, Alert]


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
    """Return the newest alert of each group that was updated since then, or waits for its silence, by group key."""
    with db.read() as connection:
        return _open_alerts(connection, group_keys, since_at=since_at)


def _open_alerts(connection: Connection, group_keys: Collection[str], *, since_at: datetime) -> dict[str, Alert]:
    """Return what `open_alerts` returns, within another transaction."""
    waits = ALERT.c.silence_id.is_not(None) & ALERT.c.notified_at.is_(None)
    query = (
        select_alerts()
        .add_columns(ALERT.c.group_key)
        .where(ALERT.c.group_key.in_(list(group_keys)), (ALERT.c.updated_at >= since_at) | waits)
        .order_by(ALERT.c.created_at, ALERT.c.id)
    )
    return {row["group_key"]: read_alert(row) for row in connection.execute(query).mappings()}


def apply_routing(db: Database, batch: RoutingBatch, *, now: datetime, basis: Basis | None = None) -> bool:
    """Store verdicts, alerts and links in one transaction. Hits that have a verdict already keep it.

    basis   what the batch was made of; when it is so no more, nothing is stored and False returned: of two processes
            that route the same hits, or open one group, one begins anew
    """
    with db.write() as connection:
        if basis is not None:
            in_turn(connection, ROUTING_LOCK)
            if not _holds(connection, batch, basis):
                return False
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
                .values(verdict=bindparam("what"), verdict_note=bindparam("note"), decisions=bindparam("decided"))
            )
            rows = [
                {
                    "hit": one.hit_id,
                    "what": one.verdict.value,
                    "note": one.note,
                    "decided": [decision_row(each) for each in one.decisions],
                }
                for one in batch.verdicts
            ]
            connection.execute(statement, rows)
    return True


def _holds(connection: Connection, batch: RoutingBatch, basis: Basis) -> bool:
    """Return whether what routing read is so still."""
    ids = [one.hit_id for one in batch.verdicts]
    free = select(func.count()).where(HIT.c.id.in_(ids), HIT.c.verdict.is_(None))
    if connection.execute(free).scalar_one() < len(ids):
        return False
    found = _open_alerts(connection, basis.group_keys, since_at=basis.since_at)
    return {key: alert.id for key, alert in found.items()} == {key: alert.id for key, alert in basis.known.items()}


def due_alerts(db: Database, *, now: datetime, limit: int) -> list[tuple[Alert, list[Hit]]]:
    """Return the alerts whose time has come, longest due first, each with its hits that are to be told."""
    query = select_alerts().where(ALERT.c.notify_at <= now).order_by(ALERT.c.notify_at, ALERT.c.id).limit(limit)
    with db.read() as connection:
        alerts = [read_alert(row) for row in connection.execute(query).mappings()]
        due = []
        for alert in alerts:
            untold = ALERT_HIT.c.alert_id == alert.id, ALERT_HIT.c.told_at.is_(None)
            changes: dict[int, str | None] = dict(
                connection.execute(select(ALERT_HIT.c.hit_id, ALERT_HIT.c.change).where(*untold)).all()
            )
            hits = hits_by_id(connection, list(changes))
            due.append((alert, [_with_change(hit, changes[hit.id]) for hit in hits]))
    return due


def _with_change(hit: Hit, change: str | None) -> Hit:
    """Return a hit that is told, or told again because of a change."""
    return hit if change is None else replace(hit, change=Change(change))


def changed_alerts(db: Database) -> list[Alert]:
    """Return the alerts that have something to tell again and no time set for it, and that nobody acknowledged."""
    acked = select(ACK.c.id).where((ACK.c.story_id == ALERT.c.story_id) | (ACK.c.alert_id == ALERT.c.id)).exists()
    changed = select(ALERT_HIT.c.alert_id).where(ALERT_HIT.c.told_at.is_(None), ALERT_HIT.c.change.is_not(None))
    query = select_alerts().where(ALERT.c.id.in_(changed), ALERT.c.notify_at.is_(None), ~acked).order_by(ALERT.c.id)
    with db.read() as connection:
        return [read_alert(row) for row in connection.execute(query).mappings()]


def make_due(db: Database, notify_at: Mapping[str, datetime]) -> None:
    """Set the times of alerts that have none; told again, they are not open for longer."""
    with db.write() as connection:
        for alert_id, at in notify_at.items():
            waiting = (ALERT.c.id == alert_id) & ALERT.c.notify_at.is_(None)
            connection.execute(update(ALERT).where(waiting).values(notify_at=at))


@dataclass(frozen=True, slots=True)
class Telling:
    """An alert that is told: of which hits, by which deliveries.

    decided   what is kept with the hits as the reason when there is no delivery
    alert     as it was read; when it was told since then, nothing is stored
    """

    alert_id: str
    hits: Sequence[Hit]
    deliveries: Sequence[Delivery]
    decided: Decision | None = None
    alert: Alert | None = None


def notify(
    db: Database,
    alert_id: str,
    *,
    hits: Sequence[Hit],
    deliveries: Sequence[Delivery],
    now: datetime,
    alert: Alert | None = None,
) -> None:
    """Store that one alert is told, see `notify_all`."""
    notify_all(db, [Telling(alert_id, hits, deliveries, alert=alert)], now=now)


def notify_all(db: Database, tellings: Sequence[Telling], *, now: datetime) -> None:
    """Store the deliveries that tell of alerts, and that their hits are told, in one transaction.

    Hits that joined meanwhile stay due; those whose item changed since they were read are told again, at a time that
    the alert job will set. Deliveries that are there already are left alone. An alert that another process told
    meanwhile is told by that one.
    """
    with db.write() as connection:
        _lock(connection, {hit.item.id for telling in tellings for hit in telling.hits})
        for telling in tellings:
            if telling.alert is None or _notified_at(connection, telling.alert_id) == telling.alert.notified_at:
                _notify(connection, telling, now=now)


def _notified_at(connection: Connection, alert_id: str) -> datetime | None:
    """Return when an alert was last told; no other transaction tells it before this one ends."""
    found: datetime | None = connection.execute(
        select(ALERT.c.notified_at).where(ALERT.c.id == alert_id).with_for_update()
    ).scalar_one()
    return found


def _notify(connection: Connection, telling: Telling, *, now: datetime) -> None:
    """Store that one alert is told."""
    hits, told = telling.hits, ALERT_HIT.c.alert_id == telling.alert_id
    insert_deliveries(connection, telling.deliveries)
    if hits:
        changed = _changed_since(connection, [hit.item for hit in hits])
        these = ALERT_HIT.c.hit_id.in_([hit.id for hit in hits])
        connection.execute(update(ALERT_HIT).where(told, these).values(told_at=now))
        settle_held(connection, telling.alert_id, [hit.id for hit in hits], now=now)
        watch(connection, {hit.item.id for hit in hits}, now=now)
        if telling.decided is not None:
            add_decision(connection, [hit.id for hit in hits], telling.decided)
        for change, item_ids in changed.items():
            tell_again(connection, item_ids, change, alert_id=telling.alert_id)
    left = select(func.count()).where(told, ALERT_HIT.c.told_at.is_(None), ALERT_HIT.c.change.is_(None))
    values: dict[str, datetime | None] = {"notified_at": now}
    if not connection.execute(left).scalar_one():
        values["notify_at"] = None
    connection.execute(update(ALERT).where(ALERT.c.id == telling.alert_id).values(values))


def _lock(connection: Connection, item_ids: Collection[int]) -> None:
    """Lock the items of all alerts in the order in which whoever edits items does, before those of any one alert."""
    connection.execute(select(ITEM.c.id).where(ITEM.c.id.in_(item_ids)).order_by(ITEM.c.id).with_for_update()).all()


def _changed_since(connection: Connection, items: Sequence[Item]) -> dict[Change, set[int]]:
    """Return which items changed since they were read, by how; none changes further before the transaction ends.

    Items are locked before what was told of them, here as where they are edited: so neither waits for the other.
    """
    read = {item.id: item for item in items}
    query = select(ITEM.c.id, ITEM.c.title, ITEM.c.withdrawn_at).where(ITEM.c.id.in_(read)).order_by(ITEM.c.id)
    changed: dict[Change, set[int]] = {}
    for row in connection.execute(query.with_for_update()):
        item = read[row.id]
        if row.withdrawn_at != item.withdrawn_at:
            change = Change.RESTORED if row.withdrawn_at is None else Change.WITHDRAWN
            changed.setdefault(change, set()).add(row.id)
        elif headline_changed(item.headline or item.title, row.title):
            changed.setdefault(Change.HEADLINE, set()).add(row.id)
    return changed


def hold(db: Database, alert_id: str, hits: Sequence[Hit], *, into: NewAlert, decided: Decision) -> None:
    """Let an alert that is due wait for its next report, and its hits be told together with others', in an alert.

    decided   what is kept with the hits as the reason

    Nothing is stored when the alert is not due any more, because another process dealt with it.
    """
    with db.write() as connection:
        due = (ALERT.c.id == alert_id) & ALERT.c.notify_at.is_not(None)
        if not connection.execute(update(ALERT).where(due).values(notify_at=None)).rowcount:
            return
        connection.execute(insert_new(connection, ALERT), [_alert_row(into)])
        links = [{"alert_id": into.alert.id, "hit_id": hit.id} for hit in hits]
        connection.execute(insert_new(connection, ALERT_HIT), links)
        add_decision(connection, [hit.id for hit in hits], decided)
        graver = (ALERT.c.id == into.alert.id) & (ALERT.c.severity < into.alert.severity.rank)
        connection.execute(update(ALERT).where(graver).values(severity=into.alert.severity.rank))


def told_since(db: Database, route: str, *, since_at: datetime) -> list[datetime]:
    """Return when a route's alerts were last told, of those that were since then and are not critical; in order."""
    query = select(ALERT.c.notified_at).where(ALERT.c.route == route, ALERT.c.notified_at > since_at)
    query = query.where(ALERT.c.severity < Severity.CRITICAL.rank)
    with db.read() as connection:
        return list(connection.execute(query.order_by(ALERT.c.notified_at)).scalars())


def unanswered(db: Database, route: str, *, told_until: datetime, open_since: datetime, limit: int) -> list[Alert]:
    """Return the alerts of a route with nothing new that were told so long ago, and that nobody acknowledged."""
    acked = select(ACK.c.id).where((ACK.c.story_id == ALERT.c.story_id) | (ACK.c.alert_id == ALERT.c.id)).exists()
    query = select_alerts().where(
        ALERT.c.route == route,
        ALERT.c.notified_at <= told_until,
        ALERT.c.updated_at >= open_since,
        ALERT.c.notify_at.is_(None),
        ALERT.c.silence_id.is_(None),
        ~acked,
    )
    with db.read() as connection:
        return [read_alert(row) for row in connection.execute(query.order_by(ALERT.c.id).limit(limit)).mappings()]


def list_alerts(
    db: Database,
    *,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
    severity: Severity | None = None,
    receiver: str | None = None,
    story_id: int | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> list[Alert]:
    """Return alerts, newest first; those created in a span, of a severity or graver, of a receiver, of a story.

    before   (created_at, id) of an alert: those that come after it in this order
    """
    query = select_alerts().order_by(ALERT.c.created_at.desc(), ALERT.c.id).limit(limit)
    if since_at is not None:
        query = query.where(ALERT.c.created_at >= since_at)
    if until_at is not None:
        query = query.where(ALERT.c.created_at < until_at)
    if severity is not None:
        query = query.where(ALERT.c.severity >= severity.rank)
    if receiver is not None:
        query = query.where(ALERT.c.receiver == receiver)
    if story_id is not None:
        query = query.where(ALERT.c.story_id == story_id)
    if before is not None:
        at, last = before
        query = query.where((ALERT.c.created_at < at) | ((ALERT.c.created_at == at) & (ALERT.c.id > last)))
    with db.read() as connection:
        return [read_alert(row) for row in connection.execute(query).mappings()]


def find_alert(db: Database, alert_id: str) -> Alert | None:
    """Return one alert."""
    with db.read() as connection:
        row = connection.execute(select_alerts().where(ALERT.c.id == alert_id)).mappings().one_or_none()
    return None if row is None else read_alert(row)


def hits_of(db: Database, alert_id: str) -> list[Hit]:
    """Return the hits of an alert, oldest first."""
    with db.read() as connection:
        ids = select(ALERT_HIT.c.hit_id).where(ALERT_HIT.c.alert_id == alert_id)
        return hits_by_id(connection, connection.execute(ids).scalars().all())


def select_alerts() -> Select[tuple[object, ...]]:
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
        "silence_id": alert.silence_id,
    }


def read_alert(row: RowMapping) -> Alert:
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
        silence_id=row["silence_id"],
    )
