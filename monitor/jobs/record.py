"""What polls found is stored together: one transaction for all that came to its end within a moment, in any shard."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from monitor.core import websub
from monitor.core.types import PollOutcome
from monitor.errors import StoreError
from monitor.jobs import metrics
from monitor.jobs.context import Context
from monitor.jobs.keys import ALERT_KEY, WEBSUB_KEY
from monitor.store import items

GATHER_SECONDS = 0.1
"""How long an outcome without news waits for others: a transaction costs ten times what one more outcome in it does."""

COMMIT_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0)
"""Seconds between attempts to store what was fetched while the database is away: the publishers are not asked again."""

log = structlog.get_logger()


@dataclass
class _Batch:
    """Outcomes that are stored together, each with the state of the house that it was made in."""

    made: list[tuple[Context, PollOutcome]] = field(default_factory=list)
    pressing: asyncio.Event = field(default_factory=asyncio.Event)
    stored: asyncio.Task[None] | None = None


class Recorder:
    """Stores outcomes; belongs to one event loop."""

    def __init__(self) -> None:
        """Begin with nothing to store."""
        self._open = _Batch()
        self._storing = asyncio.Lock()

    async def record(self, context: Context, outcome: PollOutcome) -> None:
        """Return once an outcome is stored. Raises StoreError when the database is away for long.

        News do not wait for company. Whoever is cancelled meanwhile does not keep the others from being stored.
        """
        batch = self._open
        batch.made.append((context, outcome))
        if outcome.items or outcome.edits:
            batch.pressing.set()
        if batch.stored is None:
            batch.stored = asyncio.create_task(self._store(batch))
        await asyncio.shield(batch.stored)

    async def _store(self, batch: _Batch) -> None:
        """Let a batch grow for a moment, and while the one before is being stored; then store it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                await batch.pressing.wait()
        async with self._storing:
            self._open = _Batch()
            made: dict[int, tuple[Context, list[PollOutcome]]] = {}
            for context, outcome in batch.made:
                made.setdefault(id(context), (context, []))[1].append(outcome)
            for context, outcomes in made.values():
                await commit_patiently(context, outcomes)


async def commit_patiently(context: Context, outcomes: Sequence[PollOutcome]) -> None:
    """Store what the polls found, see `patiently`."""
    await patiently(lambda: commit(context, outcomes), len(outcomes))


async def patiently(store: Callable[[], None], answers: int) -> None:
    """Store so many answers, trying again for some two minutes; then raise StoreError, and what was asked stays due."""
    for pause in COMMIT_PAUSES:
        try:
            await asyncio.to_thread(store)
        except StoreError as error:
            log.warning("not stored yet", answers=answers, error=str(error), again_in=pause)
            await asyncio.sleep(pause)
        else:
            return
    await asyncio.to_thread(store)


def commit(context: Context, outcomes: Sequence[PollOutcome]) -> None:
    """Store what the polls found in one transaction, then tell the jobs that go on with it."""
    recorded = items.record_polls(
        context.db,
        outcomes,
        watchlist_version=context.matcher.version,
        entities=context.entities,
        now=context.clock(),
    )
    metrics.ITEMS.inc(recorded.items)
    metrics.EDITS.inc(recorded.edits)
    metrics.HITS.inc(recorded.hits)
    if recorded.alerting:
        context.ring("alert", ALERT_KEY)
    if any(websub.is_other_offer(outcome.feed.subscription, outcome.offer) for outcome in outcomes):
        context.ring("websub", WEBSUB_KEY)
