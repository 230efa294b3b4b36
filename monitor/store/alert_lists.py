"""Alerts as lists show them: some of many, each with who knows of it and how its deliveries fared."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, not_, or_, select

from monitor.core.alert_state import AlertState, state_of
from monitor.core.types import Alert, DeliveryState, Severity
from monitor.store.alerts import ACK, ALERT, ALERT_HIT, read_alert, select_alerts
from monitor.store.database import Database
from monitor.store.deliveries import DELIVERY
from monitor.store.polls import HIT


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts to list; what is None or empty does not matter.

    severity    that one and higher
    watchlist   some hit of it is in the alert
    before      id of an alert: only what stands behind it, newest first
    """

    state: AlertState | None = None
    severity: Severity | None = None
    receiver: str = ""
    watchlist: str = ""
    before: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert in a list; `known_to` is who acknowledged it first, `deliveries` how many are in each state."""

    alert: Alert
    state: AlertState
    known_to: str | None = None
    deliveries: Mapping[DeliveryState, int] = field(default_factory=dict)


def find_alerts(db: Database, wanted: AlertFilter, *, open_since: datetime) -> list[ListedAlert]:
    """Return alerts, newest first; those that nothing joined since `open_since` have ended."""
    query = select_alerts().add_columns(_known_to().label("known_to")).where(*_conditions(wanted, open_since))
    query = query.order_by(ALERT.c.created_at.desc(), ALERT.c.id).limit(wanted.limit)
    with db.read() as connection:
        rows = connection.execute(query).mappings().all()
        sent = _deliveries(connection, [row["id"] for row in rows])
    listed = []
    for row in rows:
        alert, known_to = read_alert(row), row["known_to"]
        state = state_of(alert, acknowledged=known_to is not None, open_since=open_since)
        listed.append(ListedAlert(alert, state, known_to, sent[alert.id]))
    return listed


def count_alerts(db: Database, wanted: AlertFilter, *, open_since: datetime) -> Mapping[AlertState, int]:
    """Return how many alerts are in each state, of those that are wanted otherwise."""
    which = [*_others(wanted)]
    with db.read() as connection:
        return {
            state: connection.execute(
                select(func.count()).select_from(ALERT).where(*which, _is_in(state, open_since))
            ).scalar_one()
            for state in AlertState
        }


def receivers(db: Database) -> list[str]:
    """Return the receivers that alerts were made for, by name."""
    with db.read() as connection:
        return sorted(connection.execute(select(ALERT.c.receiver).distinct()).scalars())


def of_story(db: Database, story_id: int, *, open_since: datetime) -> list[ListedAlert]:
    """Return all alerts that tell of a story, newest first."""
    query = select_alerts().add_columns(_known_to().label("known_to")).where(ALERT.c.story_id == story_id)
    with db.read() as connection:
        rows = connection.execute(query.order_by(ALERT.c.created_at.desc(), ALERT.c.id)).mappings().all()
    return [
        ListedAlert(alert, state_of(alert, acknowledged=row["known_to"] is not None, open_since=open_since))
        for row in rows
        for alert in [read_alert(row)]
    ]


def _conditions(wanted: AlertFilter, open_since: datetime) -> Iterator[ColumnElement[bool]]:
    """Yield what a filter asks of an alert."""
    yield from _others(wanted)
    if wanted.state is not None:
        yield _is_in(wanted.state, open_since)
    if wanted.before:
        at = select(ALERT.c.created_at).where(ALERT.c.id == wanted.before).correlate(None).scalar_subquery()
        yield or_(ALERT.c.created_at < at, and_(ALERT.c.created_at == at, ALERT.c.id > wanted.before))


def _others(wanted: AlertFilter) -> Iterator[ColumnElement[bool]]:
    """Yield what a filter asks beside the state."""
    if wanted.severity is not None:
        yield ALERT.c.severity >= wanted.severity.rank
    if wanted.receiver:
        yield ALERT.c.receiver == wanted.receiver
    if wanted.watchlist:
        of_list = select(ALERT_HIT.c.alert_id).join(HIT, HIT.c.id == ALERT_HIT.c.hit_id)
        yield of_list.where(ALERT_HIT.c.alert_id == ALERT.c.id, HIT.c.watchlist == wanted.watchlist).exists()


def _is_in(state: AlertState, open_since: datetime) -> ColumnElement[bool]:
    """Return the condition that an alert stands so, in the words of `state_of`."""
    waits = and_(ALERT.c.silence_id.is_not(None), ALERT.c.notified_at.is_(None))
    ended = and_(ALERT.c.updated_at < open_since, not_(waits))
    if state is AlertState.ENDED:
        return ended
    acknowledged = select(ACK.c.id).where(_ACK_OF).exists()
    return and_(not_(ended), acknowledged if state is AlertState.ACKNOWLEDGED else not_(acknowledged))


_ACK_OF = or_(ACK.c.story_id == ALERT.c.story_id, ACK.c.alert_id == ALERT.c.id)


def _known_to() -> ColumnElement[str | None]:
    """Return the query for who acknowledged an alert first."""
    return select(ACK.c.who).where(_ACK_OF).order_by(ACK.c.id).limit(1).scalar_subquery()


def _deliveries(connection: Connection, ids: list[str]) -> Mapping[str, Mapping[DeliveryState, int]]:
    """Return how many deliveries of each alert are in each state."""
    query = (
        select(DELIVERY.c.thread, DELIVERY.c.state, func.count())
        .where(DELIVERY.c.thread.in_(ids))
        .group_by(DELIVERY.c.thread, DELIVERY.c.state)
    )
    found: defaultdict[str, dict[DeliveryState, int]] = defaultdict(dict)
    for thread, state, count in connection.execute(query):
        found[thread][DeliveryState(state)] = count
    return found
