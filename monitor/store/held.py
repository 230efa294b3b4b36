"""Hits in two alerts of one receiver, their story's and that of what was held back, are told in one of them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select, update

from monitor.core.grouping import HELD
from monitor.store.tables import AlertHitRow, AlertRow

ALERT = AlertRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
ALERT_HIT = AlertHitRow.__table__  # type: ignore[attr-defined]  # as above


def settle_held(connection: Connection, alert_id: str, hit_ids: Collection[int], *, now: datetime) -> None:
    """Let nobody be told again of hits that an alert tells, by the other alert that they are in.

    What was held back is told in their stories, which have no time any more unless something else is left in them, and
    go on with what comes later. What is told in its story after all is taken out of the alert of what was held back,
    and that goes when it is empty.
    """
    alert = connection.execute(select(ALERT.c["receiver", "route", "label"]).where(ALERT.c.id == alert_id)).one()
    is_other = ALERT.c.label != HELD if alert.label == HELD else ALERT.c.label == HELD
    same_people = ALERT.c.receiver == alert.receiver, ALERT.c.route == alert.route
    others = (
        select(ALERT_HIT.c.alert_id)
        .join(ALERT, ALERT.c.id == ALERT_HIT.c.alert_id)
        .where(ALERT_HIT.c.hit_id.in_(hit_ids), ALERT_HIT.c.told_at.is_(None), is_other, *same_people)
    )
    found = connection.execute(others.distinct()).scalars().all()
    if not found:
        return
    ours = ALERT_HIT.c.alert_id.in_(found), ALERT_HIT.c.hit_id.in_(hit_ids), ALERT_HIT.c.told_at.is_(None)
    if alert.label == HELD:
        connection.execute(update(ALERT_HIT).where(*ours).values(told_at=now))
        connection.execute(update(ALERT).where(ALERT.c.id.in_(found), ~_has_hits(untold=True)).values(notify_at=None))
    else:
        connection.execute(delete(ALERT_HIT).where(*ours))
        connection.execute(delete(ALERT).where(ALERT.c.id.in_(found), ~_has_hits(untold=False)))


def is_told_elsewhere() -> ColumnElement[bool]:
    """Return the condition that a hit in an alert was told with what was held back, and not by that alert.

    Once it was told in its story it is in no other alert, see `settle_held`.
    """
    twin, held, own = ALERT_HIT.alias("twin"), ALERT.alias("held"), ALERT.alias("own")
    return (
        select(twin.c.hit_id)
        .select_from(twin.join(held, held.c.id == twin.c.alert_id).join(own, own.c.receiver == held.c.receiver))
        .where(own.c.id == ALERT_HIT.c.alert_id, own.c.route == held.c.route, own.c.label != HELD)
        .where(twin.c.hit_id == ALERT_HIT.c.hit_id, held.c.label == HELD)
        .exists()
    )


def _has_hits(*, untold: bool) -> ColumnElement[bool]:
    """Return the condition that an alert has hits, or such as are to be told."""
    query = select(ALERT_HIT.c.hit_id).where(ALERT_HIT.c.alert_id == ALERT.c.id)
    return (query.where(ALERT_HIT.c.told_at.is_(None)) if untold else query).exists()
