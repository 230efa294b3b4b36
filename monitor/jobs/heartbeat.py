"""[database, schedule, polls and deliveries are alive] -> a sign of life to a watch of somebody else.

Whoever watches this machine from outside raises the alarm when none comes: a daemon that hangs cannot say so itself.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from monitor.errors import DeliveryError, StoreError
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import DELIVER_LANES, POLL_SHARDS
from monitor.store import meta

LATELY = timedelta(minutes=5)
"""How long ago a job may have looked for what is due; it does so each second, on a machine that is not overwhelmed."""

VITAL = (*(f"poll {shard}" for shard in range(POLL_SHARDS)), *(f"deliver {lane}" for lane in range(DELIVER_LANES)))
"""Jobs that must be alive, each by its kind and key."""

log = structlog.get_logger()


class HeartbeatJob:
    """Tells the watch that the daemon works, for as long as it does."""

    def __init__(self, current: Current, pulses: Mapping[str, datetime], troubles: Mapping[str, str]) -> None:
        """Take the state of the house anew for each beat.

        pulses     when each job last looked for what is due
        troubles   jobs whose last run failed, and why
        """
        self._current = current
        self._pulses = pulses
        self._troubles = troubles
        self._began_at: datetime | None = None
        self._next_at: datetime | None = None
        self._silent: str | None = None

    async def __call__(self, key: str) -> None:  # noqa: ARG002 - one key, one watch
        """Beat when it is time. Nothing that goes wrong here is more than told."""
        context = self._current()
        wanted, now = context.settings.heartbeat, context.clock()
        if wanted is None or context.heartbeat is None:
            return
        if self._next_at is not None and now < self._next_at <= now + wanted.every:  # beyond, the clock was put back
            return
        self._began_at = self._began_at or now
        if now - self._began_at < LATELY and not self._pulses.keys() >= set(VITAL):
            return  # a moment after the start
        self._next_at = now + wanted.every
        trouble = await self._find_trouble(context, now)
        if trouble is not None:
            self._tell("withheld", trouble)
            return
        try:
            await context.heartbeat.beat()
        except DeliveryError as error:
            self._tell("failed", str(error))
        else:
            self._tell("sent", None)

    async def _find_trouble(self, context: Context, now: datetime) -> str | None:
        """Return why the daemon does not really work, or None."""
        for name in VITAL:
            at = self._pulses.get(name)
            if at is None or at < now - LATELY:
                return f"{name} has not looked for what is due since {at.isoformat() if at else 'the start'}"
        if self._troubles:
            return "; ".join(f"{name}: {error}" for name, error in self._troubles.items())
        try:
            await asyncio.to_thread(meta.put, context.db, meta.HEARTBEAT, now.isoformat())
        except StoreError as error:
            return str(error)
        return None

    def _tell(self, outcome: str, why: str | None) -> None:
        """Count a beat; say once why there is none, and once that there is one again."""
        metrics.HEARTBEATS.labels(outcome).inc()
        if why is not None and self._silent is None:
            log.warning("no heartbeat", why=why)
        elif why is None and self._silent is not None:
            log.info("heartbeat again")
        self._silent = why
