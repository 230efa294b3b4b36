"""Transactions that wait for each other, on PostgreSQL."""

import time

from sqlalchemy import text

from monitor.store.database import Database

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def until_waiting(db: Database, count: int = 1) -> None:
    """Return when so many transactions wait for locks that others hold."""
    for _ in range(1000):
        with db.read() as connection:
            if connection.execute(WAITING).scalar_one() >= count:
                return
        time.sleep(0.01)
    raise TimeoutError("nobody waits")
