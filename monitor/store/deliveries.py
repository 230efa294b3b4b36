"""The outbox: notices on their way, each through one channel, with its attempts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from monitor.core.channel_rest import ChannelRest
from monitor.core.types import Delivery, DeliveryState, Notice, Severity
from monitor.store.channels import CHANNEL, keep_rest
from monitor.store.database import Database
from monitor.store.polls import insert_new
from monitor.store.tables import DeliveryRow

DELIVERY = DeliveryRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes

PENDING, SENT, DEAD = (state.value for state in (DeliveryState.PENDING, DeliveryState.SENT, DeliveryState.DEAD))


def in_state(state: str) -> ColumnElement[bool]:
    """Return the condition of the index of a state, in its own words: for a bound value it would not be used."""
    assert state in (PENDING, SENT, DEAD)
    condition: ColumnElement[bool] = DELIVERY.c.state == literal_column(f"'{state}'")
    return condition


WAITS = in_state(PENDING)
"""What is due, now or later."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery that its channel took, and what it calls the message."""

    id: str
    at: datetime
    receipt: str | None = None


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
                "severity": _rank(one.notice),
            }
            for one in deliveries
        ]
        connection.execute(insert_new(connection, DELIVERY), rows)


def _rank(notice: Notice) -> int:
    """Return how grave a notice is; a digest and a test are less so than any alert, or as a low one."""
    return Severity(notice["data"]["alert"]["severity"]).rank if "alert" in notice["data"] else 0


def add(db: Database, deliveries: Sequence[Delivery]) -> None:
    """Insert deliveries; those that are there already are left alone."""
    with db.write() as connection:
        insert_deliveries(connection, deliveries)


def mark_sent(db: Database, delivery_id: str, *, now: datetime, receipt: str | None = None) -> None:
    """Say that the channel took a delivery, and what it calls the message."""
    mark_all_sent(db, [Sent(delivery_id, now, receipt)])


def mark_all_sent(db: Database, sent: Sequence[Sent]) -> None:
    """Say in one transaction that channels took deliveries."""
    rows = [{"delivery": one.id, "at": one.at, "name": one.receipt} for one in sent]
    with db.write() as connection:
        connection.execute(_MARK_SENT, rows)


def sent_lately(db: Database, channel: str, *, made_since: datetime, limit: int) -> list[datetime]:
    """Return when the last deliveries that were made since then were sent through a channel, the newest last."""
    query = select(DELIVERY.c.sent_at).where(
        DELIVERY.c.channel == channel, DELIVERY.c.created_at >= made_since, DELIVERY.c.state == SENT
    )
    with db.read() as connection:
        found = connection.execute(query.order_by(DELIVERY.c.sent_at.desc()).limit(limit)).scalars().all()
    return list(reversed(found))


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


def mark_failed(
    db: Database,
    delivery_id: str,
    *,
    error: str,
    next_attempt_at: datetime | None,
    counts: bool = True,
    rest: tuple[str, ChannelRest] | None = None,
) -> None:
    """Say that an attempt failed; without a next one the delivery is a dead letter. What was sent stays so.

    counts   whether it was an attempt of the delivery; one that found its channel still away is none
    rest     what is known of its channel from now on, in the same transaction
    """
    values = {"error": error, "attempts": DELIVERY.c.attempts + (1 if counts else 0)}
    values |= {"state": DEAD} if next_attempt_at is None else {"next_attempt_at": next_attempt_at}
    with db.write() as connection:
        connection.execute(update(DELIVERY).where(DELIVERY.c.id == delivery_id, WAITS).values(values))
        if rest is not None:
            keep_rest(connection, *rest)


def recover(db: Database, channel: str, *, now: datetime) -> None:
    """Say that a channel works again: what waits for a later attempt is due at once."""
    waiting = (DELIVERY.c.channel == channel) & WAITS & (DELIVERY.c.next_attempt_at > now)
    with db.write() as connection:
        keep_rest(connection, channel, None)
        connection.execute(update(DELIVERY).where(waiting).values(next_attempt_at=now))


def give_up(db: Database, channel: str, *, created_before: datetime, error: str) -> int:
    """Make dead letters of what has waited too long for a channel; return how many."""
    waiting = (DELIVERY.c.channel == channel) & WAITS & (DELIVERY.c.created_at < created_before)
    with db.write() as connection:
        return connection.execute(update(DELIVERY).where(waiting).values(state=DEAD, error=error)).rowcount


def retry(db: Database, ids: Collection[str] | None, *, channel: str | None = None, now: datetime) -> int:
    """Make dead letters due again, with all their attempts before them; all of them for None. Return how many.

    Their channels are tried at once: whoever retries has mended something.

    channel   only those of it
    """
    dead = in_state(DEAD)
    if channel is not None:
        dead &= DELIVERY.c.channel == channel
    if ids is not None:
        dead &= DELIVERY.c.id.in_(list(ids))
    with db.write() as connection:
        connection.execute(delete(CHANNEL).where(CHANNEL.c.name.in_(select(DELIVERY.c.channel).where(dead))))
        again = update(DELIVERY).where(dead).values(state=PENDING, attempts=0, next_attempt_at=now)
        return connection.execute(again).rowcount


def find(db: Database, delivery_id: str) -> Delivery | None:
    """Return one delivery."""
    with db.read() as connection:
        row = connection.execute(select_deliveries().where(DELIVERY.c.id == delivery_id)).mappings().one_or_none()
    return None if row is None else read_delivery(row)


def list_deliveries(
    db: Database,
    *,
    state: DeliveryState | str | None = None,
    thread: str | None = None,
    channel: str | None = None,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> list[Delivery]:
    """Return deliveries, newest first; of one state, of one alert or digest, through one channel, made in a span.

    before   (created_at, id) of a delivery: those that come after it in this order
    """
    query = select_deliveries().order_by(DELIVERY.c.created_at.desc(), DELIVERY.c.id).limit(limit)
    if state is not None:
        query = query.where(in_state(DeliveryState(state).value))
    if state == DeliveryState.DEAD and thread is None:  # dead letters are few; SQLite would look for them among all
        query = query.with_hint(DELIVERY, "INDEXED BY ix_delivery_dead", "sqlite")
    if thread is not None:
        query = query.where(DELIVERY.c.thread == thread)
    if channel is not None:
        query = query.where(DELIVERY.c.channel == channel)
    if since_at is not None:
        query = query.where(DELIVERY.c.created_at >= since_at)
    if until_at is not None:
        query = query.where(DELIVERY.c.created_at < until_at)
    if before is not None:
        at, last = before
        query = query.where((DELIVERY.c.created_at < at) | ((DELIVERY.c.created_at == at) & (DELIVERY.c.id > last)))
    with db.read() as connection:
        return [read_delivery(row) for row in connection.execute(query).mappings()]


def counts(db: Database) -> dict[tuple[str, str], int]:
    """Return how many deliveries there are by (channel, state)."""
    with db.read() as connection:
        return {(channel, state): count for state, query in _COUNTS for channel, count in connection.execute(query)}


def oldest(db: Database, state: DeliveryState) -> dict[str, datetime]:
    """Return for each channel when the delivery of a state was made that is there longest."""
    query = select(DELIVERY.c.channel, func.min(DELIVERY.c.created_at).label("at")).where(in_state(state.value))
    with db.read() as connection:
        return {row.channel: row.at for row in connection.execute(query.group_by(DELIVERY.c.channel))}


def select_deliveries() -> Select[tuple[object, ...]]:
    """Return the query of deliveries."""
    return select(*(column for column in DELIVERY.c if column.name != "severity"))


def read_delivery(row: RowMapping) -> Delivery:
    """Return a row as a value."""
    return Delivery(**{**row, "state": DeliveryState(row["state"])})


_COUNTS = [
    (state, select(DELIVERY.c.channel, func.count()).where(in_state(state)).group_by(DELIVERY.c.channel))
    for state in (PENDING, SENT, DEAD)
]
"""One for each index: counted together, all notices would be read."""

_MARK_SENT = (
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("delivery"))
    .values(
        state=SENT, sent_at=bindparam("at"), receipt=bindparam("name"), error=None, attempts=DELIVERY.c.attempts + 1
    )
)
