"""What is past its retention -> [gone], in small transactions so that nobody waits for the writer."""

import asyncio

import structlog

from monitor.core.stories import KEPT
from monitor.jobs.context import Current
from monitor.store.prune import prune

ROWS_PER_TRANSACTION = 1000
"""Rows deleted at a time: some ten milliseconds of SQLite's single writer."""

log = structlog.get_logger()


class PruneJob:
    """Deletes what is past its retention."""

    def __init__(self, current: Current) -> None:
        """Take the state of the house anew for each run."""
        self._current = current

    async def __call__(self, key: str) -> None:  # noqa: ARG002 - one key, all tables
        """Delete until nothing is past its retention."""
        context = self._current()
        now, retention, gone = context.clock(), context.settings.retention, 0
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
        log.info("prune", rows=gone)
