"""In which order the outbox gives out what waits: the gravest first, threads in their order, nothing during a rest.

Only the index of what waits is read, and of the large rows beside it those that are given out.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, bindparam, case, func, or_, select

from monitor.core.channel_rest import ENOUGH, LONGEST, ChannelRest
from monitor.core.types import Delivery
from monitor.store.channels import CHANNEL, read_rest
from monitor.store.database import Database
from monitor.store.deliveries import DELIVERY, WAITS, read_delivery, select_deliveries

THREAD_PATIENCE = timedelta(minutes=10)
"""How long a message that fails by itself holds up those that follow in its thread."""


def due_channels(db: Database, *, now: datetime) -> list[str]:
    """Return the channels that do not rest and have a delivery due, or one to be tried after a rest."""
    with db.read() as connection:
        return list(connection.execute(_DUE_CHANNELS, {"now": now, "last": now + LONGEST}).scalars())


def next_due(db: Database, channel: str, *, now: datetime, limit: int) -> tuple[list[Delivery], ChannelRest | None]:
    """Return what to send through a channel now, in order, and what is known of it when it failed of late.

    The gravest first, then the oldest; within a thread in the order of its notices, so that the gravest of them makes
    haste for all. A channel that rests gets nothing, and after that one delivery, the one untried longest.
    """
    with db.read() as connection:
        rest = read_rest(connection, channel)
        if rest is not None and now < rest.until_at <= now + LONGEST:
            return [], rest
        values = {"channel": channel, "now": now, "patient_since": now - THREAD_PATIENCE, "limit": limit}
        probe = rest is not None and rest.shut
        rows = connection.execute(_PROBE, values | {"limit": 1}) if probe else connection.execute(_NEXT, values)
        return [read_delivery(row) for row in rows.mappings()], rest


def _due_channels() -> Select[tuple[Any]]:
    """Return the query for the channels that have something to do."""
    until_at = CHANNEL.c.until_at
    resting = select(CHANNEL.c.name).where(until_at > bindparam("now"), until_at <= bindparam("last"))
    shut = select(CHANNEL.c.name).where(CHANNEL.c.failures >= ENOUGH)
    due = or_(DELIVERY.c.next_attempt_at <= bindparam("now"), DELIVERY.c.channel.in_(shut))
    return select(DELIVERY.c.channel).where(WAITS, due, DELIVERY.c.channel.not_in(resting)).distinct()


def _next() -> Select[tuple[Any, ...]]:
    """Return the query for what is due through a channel, in order."""
    older = {"partition_by": DELIVERY.c.thread, "order_by": _AGE}
    young = case((DELIVERY.c.created_at > bindparam("patient_since"), DELIVERY.c.next_attempt_at))
    waiting = _waiting(
        func.max(DELIVERY.c.severity).over(partition_by=DELIVERY.c.thread).label("urgency"),
        func.max(young).over(**older, rows=(None, -1)).label("held_until_at"),
    )
    now: ColumnElement[Any] = bindparam("now")
    free = or_(waiting.c.held_until_at.is_(None), waiting.c.held_until_at <= now)
    order = (waiting.c.urgency.desc(), waiting.c.created_at, waiting.c.type, waiting.c.id)
    return _rows_of(select(waiting).where(waiting.c.next_attempt_at <= now, free), order)


def _probe() -> Select[tuple[Any, ...]]:
    """Return the query for the delivery that shows whether a channel works again.

    The first of the thread that was untried longest: so none that fails by itself keeps the others waiting.
    """
    place = func.row_number().over(partition_by=DELIVERY.c.thread, order_by=_AGE).label("place")
    waiting = _waiting(place)
    order = (waiting.c.next_attempt_at, waiting.c.severity.desc(), waiting.c.created_at, waiting.c.type, waiting.c.id)
    return _rows_of(select(waiting).where(waiting.c.place == 1), order)


def _waiting(*columns: ColumnElement[Any]) -> Subquery:
    """Return what waits for a channel, as its index has it, and more columns."""
    own = (DELIVERY.c[name] for name in ("id", "severity", "created_at", "type", "next_attempt_at"))
    return select(*own, *columns).where(DELIVERY.c.channel == bindparam("channel"), WAITS).subquery()


def _rows_of(chosen: Select[Any], order: Sequence[ColumnElement[Any]]) -> Select[tuple[Any, ...]]:
    """Return the query for the first deliveries of those chosen: only their large rows are read."""
    place = func.row_number().over(order_by=order).label("turn")
    first = chosen.add_columns(place).order_by(*order).limit(bindparam("limit")).subquery()
    return select_deliveries().join(first, first.c.id == DELIVERY.c.id).order_by(first.c.turn)


_AGE = (DELIVERY.c.created_at, DELIVERY.c.type, DELIVERY.c.id)
"""Order of notices. Of two of one instant the types tell: what is created comes before what is updated."""

_DUE_CHANNELS, _NEXT, _PROBE = _due_channels(), _next(), _probe()
"""Made once: to put a query together takes longer than to run it."""
