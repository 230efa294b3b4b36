"""The runtime of one process: APScheduler keeps the time, one task for each kind and key does the work.

A tick or a ring only sets the bell of its key; the key's task answers it when the call before has ended. So a key
never runs twice at once, a ring during a call leads to exactly one more, and a slow key delays no other.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from monitor.errors import MonitorError
from monitor.runtime.base import Due, Handler

GRACE_SECONDS = 4.0
"""How long running calls may go on after a stop; `monitor run` promises to end within 10 seconds of SIGTERM."""

MAX_PAUSE_SECONDS = 30.0
"""Longest pause of a key whose handler keeps failing; long enough not to fill the log, short enough to recover soon."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""From when on ticks are counted; any instant of the past would do."""

log = structlog.get_logger()


class EmbeddedRuntime:
    """Runs everything in this process, on the running event loop."""

    def __init__(self) -> None:
        """Start with an empty timetable."""
        self._triggers: dict[tuple[str, str], BaseTrigger] = {}
        self._bells: dict[tuple[str, str], asyncio.Event] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self.troubles: dict[str, str] = {}
        """Handlers whose last call failed: "kind key" to the error in words; for /readyz."""

    @property
    def turn_seconds(self) -> float:
        """Return infinity: nobody else could go on with what this process does."""
        return math.inf

    def every(self, kind: str, seconds: float, keys: Sequence[str], due: Due | None = None) -> None:  # noqa: ARG002
        """Call handler `kind` every `seconds` with each of `keys`, the first time at once.

        Then the keys take turns within that time: what all of them find at one moment would wait for each other. A call
        costs no more than to look what is `due`, so nobody looks.
        """
        for number, key in enumerate(keys):
            turn_at = LONG_AGO + timedelta(seconds=seconds * number / len(keys))
            self._add(kind, key, IntervalTrigger(seconds=seconds, start_date=turn_at, timezone=UTC))
            self._bells[kind, key].set()

    def cron(self, kind: str, expression: str) -> None:
        """Call handler `kind` with the key "" whenever `expression` says so, in UTC."""
        self._add(kind, "", CronTrigger.from_crontab(expression, timezone=UTC))

    def ring(self, kind: str, key: str) -> None:
        """Call handler `kind` with `key` soon; a bell that is not on the timetable is a mistake of ours."""
        bell = self._bells[kind, key]
        if self._loop is not None:
            self._loop.call_soon_threadsafe(bell.set)

    async def run(self, handlers: Mapping[str, Handler]) -> None:
        """Work until cancelled; then let what runs come to its end for GRACE_SECONDS."""
        self._loop = asyncio.get_running_loop()
        scheduler = self._scheduler()
        tasks = [
            asyncio.create_task(self._answer(kind, key, bell, handlers[kind]), name=f"{kind} {key}".strip())
            for (kind, key), bell in self._bells.items()
        ]
        scheduler.start()
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            scheduler.shutdown(wait=False)
            await self._stop(tasks)

    def _add(self, kind: str, key: str, trigger: BaseTrigger) -> None:
        """Put one key on the timetable."""
        self._triggers[kind, key] = trigger
        self._bells[kind, key] = asyncio.Event()

    def _scheduler(self) -> AsyncIOScheduler:
        """Return the timekeeper. Its default drops a tick that is one second late; ours may come late, and once."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        for (kind, key), trigger in self._triggers.items():
            scheduler.add_job(
                _set,
                trigger,
                args=[self._bells[kind, key]],
                id=f"{kind}:{key}",
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
            )
        return scheduler

    async def _answer(self, kind: str, key: str, bell: asyncio.Event, handler: Handler) -> None:
        """Call `handler` each time the bell was set, and pause longer each time it fails in a row."""
        name, failures = f"{kind} {key}".strip(), 0
        while not self._stopping.is_set():
            await bell.wait()
            bell.clear()
            if self._stopping.is_set():
                return
            try:
                await handler(key)
            except Exception as error:
                failures += 1
                self.troubles[name] = f"{type(error).__name__}: {error}"
                told = isinstance(error, MonitorError)  # in words: no stack of ours says more
                log.exception("job failed", job=kind, key=key, failures=failures, error=str(error), exc_info=not told)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), min(2.0**failures / 2, MAX_PAUSE_SECONDS))
                bell.set()
            else:
                failures = 0
                self.troubles.pop(name, None)

    async def _stop(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Let running calls end, wake the waiting ones, cancel what is left after the grace."""
        self._stopping.set()
        for bell in self._bells.values():
            bell.set()
        _, late = await asyncio.wait(tasks, timeout=GRACE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _set(bell: asyncio.Event) -> None:
    """Set a bell from the scheduler: a coroutine, because plain functions run in a thread there."""
    bell.set()
