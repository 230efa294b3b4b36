"""[database, schedule, polls, hits and deliveries move] -> a sign of life to a watch of somebody else.

Whoever watches us from outside raises the alarm when none comes: a daemon that hangs cannot say so itself. Whether the
work gets done is told from the rows, so that it does not matter which process does it.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from monitor.errors import DeliveryError, StoreError
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.store import meta, stuck
from monitor.store.queue import THREAD_PATIENCE

LATELY = timedelta(minutes=5)
"""How long something due may wait while nothing of its kind is done; it is looked for each second, on a machine that is
not overwhelmed."""

log = structlog.get_logger()


class HeartbeatJob:
    """Tells the watch that the daemon works, for as long as it does."""

    def __init__(self, current: Current, troubles: Mapping[str, str]) -> None:
        """Take the state of the house anew for each beat.

        troubles   jobs whose last run failed, and why
        """
        self._current = current
        self._troubles = troubles
        self._began_at: datetime | None = None
        self._next_at: datetime | None = None
        self._silent: str | None = None

    async def __call__(self, key: str) -> None:  # noqa: ARG002 - one key, one watch
        """Beat when it is time, whoever beat the last time. Nothing that goes wrong here is more than told."""
        context = self._current()
        wanted, now = context.settings.heartbeat, context.clock()
        if wanted is None or context.heartbeat is None or (self._next_at is not None and now < self._next_at):
            return
        self._began_at = self._began_at or now
        try:
            beat_at = await asyncio.to_thread(meta.get, context.db, meta.HEARTBEAT)
            if beat_at is not None and now - wanted.every < datetime.fromisoformat(beat_at) <= now:
                return
            trouble = await asyncio.to_thread(_find_stuck, context, now)
            if trouble is not None and now - self._began_at < LATELY:
                return  # a moment after the start: what waited meanwhile is being done
            if trouble is None and not self._troubles:
                await asyncio.to_thread(meta.put, context.db, meta.HEARTBEAT, now.isoformat())
        except StoreError as error:
            trouble = str(error)
        self._next_at = now + wanted.every
        trouble = trouble or "; ".join(f"{name}: {error}" for name, error in self._troubles.items())
        if trouble:
            self._tell("withheld", trouble)
            return
        try:
            await context.heartbeat.beat()
        except DeliveryError as error:
            self._tell("failed", str(error))
        else:
            self._tell("sent", None)

    def _tell(self, outcome: str, why: str | None) -> None:
        """Count a beat; say once why there is none, and once that there is one again."""
        metrics.HEARTBEATS.labels(outcome).inc()
        if why is not None and self._silent is None:
            log.warning("no heartbeat", why=why)
        elif why is None and self._silent is not None:
            log.info("heartbeat again")
        self._silent = why


def _find_stuck(context: Context, now: datetime) -> str | None:
    """Return what is due and does not get done, or None."""
    since_at = stuck.stuck_polls(context.db, now=now, patience=LATELY)
    if since_at is not None:
        return f"feeds are due since {since_at.isoformat()} and are not polled"
    since_at = stuck.stuck_hits(context.db, now=now, patience=LATELY)
    if since_at is not None:
        return f"hits are there since {since_at.isoformat()} and are not routed"
    spans = {key: max((rate.per for rate in rates), default=timedelta(0)) for key, rates in context.rates.items()}
    patience = {key: LATELY + THREAD_PATIENCE + spans.get(key, timedelta(0)) for key in context.channels}
    for key, at in stuck.stuck_channels(context.db, now=now, patience=patience).items():
        return f"deliveries to {key} are due since {at.isoformat()} and are not sent"
    return None
