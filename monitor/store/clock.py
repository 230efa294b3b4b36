"""Due times after the clock was put back: what was planned by it would wait for as much longer."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, DateTime, Interval, Table, func, literal, select, type_coerce, update

from monitor.core.clock import LEAST_STEP
from monitor.store.alerts import ALERT
from monitor.store.articles import ARTICLE
from monitor.store.channels import CHANNEL
from monitor.store.database import Database
from monitor.store.deliveries import DELIVERY, WAITS
from monitor.store.feeds import FEED
from monitor.store.hosts import HOST
from monitor.store.named import SUBSCRIPTION

PLANNED: tuple[tuple[Table, str], ...] = (
    (FEED, "next_poll_at"),
    (FEED, "not_before_at"),
    (HOST, "paused_until_at"),
    (CHANNEL, "until_at"),
    (DELIVERY, "next_attempt_at"),
    (ARTICLE, "next_look_at"),
    (ALERT, "notify_at"),
    (SUBSCRIPTION, "next_attempt_at"),
)
"""What we planned by the clock. Ends of silences and of hubs' leases were set by others, and stay."""


def put_back(db: Database, by: timedelta, *, now: datetime) -> int:
    """Bring what lies ahead nearer by as much as the clock was put back; return how many instants changed.

    now   what the clock says since
    """
    changed = 0
    with db.write() as connection:
        for table, name in PLANNED:
            column = table.c[name]
            ahead = (column > now) & WAITS if table is DELIVERY else column > now
            earlier = update(table).where(ahead).values({name: _earlier(db, column, by)})
            changed += connection.execute(earlier).rowcount
        connection.execute(update(FEED).where(FEED.c.polled_at > now).values(polled_at=now))
    return changed


def put_back_late(db: Database, by: timedelta, *, now: datetime) -> int:
    """Do the same for feeds that were being asked when the clock was put back, and stored afterwards; return how many.

    They are known by having been asked after `now`.
    """
    if ahead_by(db, now=now) < LEAST_STEP:
        return 0
    values = {"next_poll_at": _earlier(db, FEED.c.next_poll_at, by), "polled_at": now}
    with db.write() as connection:
        return connection.execute(update(FEED).where(FEED.c.polled_at > now).values(values)).rowcount


def ahead_by(db: Database, *, now: datetime) -> timedelta:
    """Return by how much the clock was put back at the least since this database was written last; zero for not at all.

    A feed that was asked tomorrow was asked before the clock was put back.
    """
    with db.read() as connection:
        last_at = connection.execute(select(func.max(FEED.c.polled_at))).scalar_one()
    return timedelta(0) if last_at is None else max(last_at - now, timedelta(0))


def _earlier(db: Database, column: Column[Any], by: timedelta) -> ColumnElement[Any]:
    """Return an instant that is earlier by so much, to the millisecond; on SQLite as `Instant` writes it."""
    if db.dialect == "sqlite":
        shifted = func.strftime("%Y-%m-%d %H:%M:%f", column, f"{-by.total_seconds():.3f} seconds")
        return shifted.concat("000")
    return type_coerce(column, DateTime(timezone=True)) - literal(by, Interval())
