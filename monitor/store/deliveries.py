"""The outbox: notices on their way, each through one channel, with its attempts."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select, update

from monitor.core.types import Delivery, DeliveryState
from monitor.store.database import Database
from monitor.store.polls import insert_new
from monitor.store.tables import DeliveryRow

DELIVERY = DeliveryRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes

PENDING, SENT, DEAD = (state.value for state in (DeliveryState.PENDING, DeliveryState.SENT, DeliveryState.DEAD))


def insert_deliveries(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    """Insert deliveries within another transaction; those that are there already are left alone."""
    if deliveries:
        rows = [
            {
                "id": one.id,
                "channel": one.channel,
                "receiver": one.receiver,
                "type": one.type,
                "notice": one.notice,
                "thread": one.thread,
                "state": one.state.value,
                "attempts": one.attempts,
                "created_at": one.created_at,
                "next_attempt_at": one.next_attempt_at,
                "sent_at": one.sent_at,
                "error": one.error,
                "receipt": one.receipt,
            }
            for one in deliveries
        ]
        connection.execute(insert_new(connection, DELIVERY), rows)


def add(db: Database, deliveries: Sequence[Delivery]) -> None:
    """Insert deliveries; those that are there already are left alone."""
    with db.write() as connection:
        insert_deliveries(connection, deliveries)


def due_channels(db: Database, *, now: datetime) -> list[str]:
    """Return the channels that have a delivery due."""
    due = (DELIVERY.c.state == PENDING) & (DELIVERY.c.next_attempt_at <= now)
    with db.read() as connection:
        return list(connection.execute(select(DELIVERY.c.channel).where(due).distinct()).scalars())


def due(db: Database, *, channels: Collection[str], now: datetime, limit_per_channel: int) -> list[Delivery]:
    """Return what is due for each channel, longest due first."""
    found = []
    with db.read() as connection:
        for channel in channels:
            query = (
                select(DELIVERY)
                .where(DELIVERY.c.channel == channel, DELIVERY.c.state == PENDING, DELIVERY.c.next_attempt_at <= now)
                .order_by(DELIVERY.c.next_attempt_at, DELIVERY.c.created_at, DELIVERY.c.id)
                .limit(limit_per_channel)
            )
            found += [_delivery(row) for row in connection.execute(query).mappings()]
    return found


def mark_sent(db: Database, delivery_id: str, *, now: datetime, receipt: str | None = None) -> None:
    """Say that the channel took a delivery, and what it calls the message."""
    values = {"state": SENT, "sent_at": now, "error": None, "attempts": DELIVERY.c.attempts + 1, "receipt": receipt}
    with db.write() as connection:
        connection.execute(update(DELIVERY).where(DELIVERY.c.id == delivery_id).values(values))


def parent_of(db: Database, delivery: Delivery) -> str | None:
    """Return what the channel called the first message of the delivery's thread that it took, or None."""
    query = (
        select(DELIVERY.c.receipt)
        .where(DELIVERY.c.thread == delivery.thread, DELIVERY.c.channel == delivery.channel)
        .where(DELIVERY.c.state == SENT, DELIVERY.c.receipt.is_not(None), DELIVERY.c.id != delivery.id)
        .order_by(DELIVERY.c.sent_at, DELIVERY.c.created_at, DELIVERY.c.id)
        .limit(1)
    )
    with db.read() as connection:
        return connection.execute(query).scalar_one_or_none()


def mark_failed(db: Database, delivery_id: str, *, error: str, next_attempt_at: datetime | None) -> None:
    """Say that an attempt failed; without a next one the delivery is a dead letter."""
    values = {"error": error, "attempts": DELIVERY.c.attempts + 1}
    values |= {"state": DEAD} if next_attempt_at is None else {"next_attempt_at": next_attempt_at}
    with db.write() as connection:
        connection.execute(update(DELIVERY).where(DELIVERY.c.id == delivery_id).values(values))


def hasten(db: Database, channel: str, *, now: datetime) -> None:
    """Make due at once what waits for a further attempt through a channel that works again."""
    waiting = (DELIVERY.c.channel == channel) & (DELIVERY.c.state == PENDING) & (DELIVERY.c.attempts > 0)
    with db.write() as connection:
        connection.execute(
            update(DELIVERY).where(waiting, DELIVERY.c.next_attempt_at > now).values(next_attempt_at=now)
        )


def retry(db: Database, ids: Collection[str] | None, *, now: datetime) -> int:
    """Make dead letters due again, with all their attempts before them; all of them for None. Return how many."""
    query = update(DELIVERY).where(DELIVERY.c.state == DEAD)
    if ids is not None:
        query = query.where(DELIVERY.c.id.in_(list(ids)))
    with db.write() as connection:
        return connection.execute(query.values(state=PENDING, attempts=0, next_attempt_at=now)).rowcount


def list_deliveries(
    db: Database, *, state: DeliveryState | str | None = None, thread: str | None = None, limit: int
) -> list[Delivery]:
    """Return deliveries, newest first; of one state, of one alert or digest."""
    query = select(DELIVERY).order_by(DELIVERY.c.created_at.desc(), DELIVERY.c.id).limit(limit)
    if state is not None:
        query = query.where(DELIVERY.c.state == str(state))
    if thread is not None:
        query = query.where(DELIVERY.c.thread == thread)
    with db.read() as connection:
        return [_delivery(row) for row in connection.execute(query).mappings()]


def counts(db: Database) -> dict[tuple[str, str], int]:
    """Return how many deliveries there are by (channel, state)."""
    query = select(DELIVERY.c.channel, DELIVERY.c.state, func.count()).group_by(DELIVERY.c.channel, DELIVERY.c.state)
    with db.read() as connection:
        return {(channel, state): count for channel, state, count in connection.execute(query)}


def oldest_pending_at(db: Database) -> datetime | None:
    """Return when the delivery was made that has waited longest, or None."""
    query = select(func.min(DELIVERY.c.created_at)).where(DELIVERY.c.state == PENDING)
    with db.read() as connection:
        return connection.execute(query).scalar_one_or_none()


def _delivery(row: RowMapping) -> Delivery:
    """Return a row as a value."""
    return Delivery(**{**row, "state": DeliveryState(row["state"])})
