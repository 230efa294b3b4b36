"""What is past its retention -> [gone], in small transactions so that nobody waits for the writer."""

import asyncio
from datetime import datetime, timedelta

import structlog

from monitor.core.stories import KEPT
from monitor.jobs.context import Current
from monitor.store import meta
from monitor.store.prune import prune

ROWS_PER_TRANSACTION = 1000
"""Rows deleted at a time: some ten milliseconds of SQLite's single writer."""

QUIET_HOUR = 3
"""Hour of the day, in UTC, from which on a day's pruning is due: quiet in most of the world's newsrooms."""

log = structlog.get_logger()


class PruneJob:
    """Deletes what is past its retention."""

    def __init__(self, current: Current) -> None:
        """Take the state of the house anew for each run."""
        self._current = current

    async def __call__(self, key: str) -> None:  # noqa: ARG002 - one key, all tables
        """Delete until nothing is past its retention, once a day; a day that was missed is made up for."""
        context = self._current()
        now, retention, gone = context.clock(), context.settings.retention, 0
        pruned = await asyncio.to_thread(meta.get, context.db, meta.PRUNED)
        if pruned is not None and datetime.fromisoformat(pruned) >= quiet_hour(now):
            return
        while count := await asyncio.to_thread(
            prune,
            context.db,
            items_before=now - retention.items,
            hits_before=now - retention.hits,
            deliveries_before=now - retention.deliveries,
            sketches_before=now - KEPT,
            limit=ROWS_PER_TRANSACTION,
        ):
            gone += count
        await asyncio.to_thread(meta.put, context.db, meta.PRUNED, now.isoformat())
        log.info("prune", rows=gone)


def quiet_hour(now: datetime) -> datetime:
    """Return the latest instant, not after `now`, at which the pruning of a day was due."""
    today = now.replace(hour=QUIET_HOUR, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)
