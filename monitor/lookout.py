"""The daemon looks at itself: feeds, channels, what waits, its machine, its event loop and its clock."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import structlog

from monitor.app import House
from monitor.core.clock import LEAST_STEP, ClockWatch
from monitor.core.coverage import blindness
from monitor.core.polling import spell
from monitor.errors import StoreError
from monitor.jobs import metrics
from monitor.jobs.vitals import examine
from monitor.runtime.steady import steady
from monitor.runtime.watchdog import Watchdog
from monitor.store import channels, clock, coverage, nodes
from monitor.web.callers import secret_of
from monitor.web.status import Status

LOOK_OUT_SECONDS = 5.0
"""How often to look how feeds, channels and the daemon are doing."""

LOOK_OUT_SHARE = 0.05
"""Part of the time that looking may take: with very many feeds it is done less often."""

LONGEST_PAUSE = 30.0
"""Longest time between two looks, in seconds, however long one took that waited for a database that was away: what is
older than a minute is taken for threads that hang (LOOK_OLD, core/vitals.py), and the watchdog ends such a process."""

CLOCK_SECONDS = 60.0
"""How often this machine's clock is compared with that of the database's server; a bad one loses a second in hours."""

BEAT_SECONDS = 0.5
"""How often the event loop is asked to come back, and the clocks are compared."""

log = structlog.get_logger()


class Lookout:
    """Fills the status with what it sees, and mends what a clock that was put back has done to due times."""

    def __init__(
        self,
        status: Status,
        house: House,
        *,
        compare: Callable[[], timedelta],
        watchdog: Watchdog | None = None,
        alone: bool = True,
        wide: bool = True,
    ) -> None:
        """Look at nothing yet.

        compare    compares our clock with that of the database's server, and returns by how much that put it forward;
                   raises StoreError
        watchdog   is told that the event loop turns and threads come back, where the process is ours to end
        alone      whether no other node plans due times, by a clock of its own
        wide       whether to look at all feeds, which not each of fifty nodes need do
        """
        self._status = status
        self._house = house
        self._compare = compare
        self._compare_at = time.monotonic() + CLOCK_SECONDS
        self._watchdog = watchdog or Watchdog()
        self._guarded = watchdog is not None
        self._alone = alone
        self._wide = wide
        self._stall = 0.0
        self._clocks = ClockWatch()
        self._clocks.step(status.clock(), steady())
        self._owed = timedelta(0)
        self._back = timedelta(0)
        self._owing = asyncio.Event()

    async def run(self) -> None:
        """Look again and again until cancelled."""
        with suppress(StoreError):  # made at its first use, which may come when the database takes nothing
            await secret_of(self._status)
        if self._alone:
            await self._recover()
        if self._guarded:
            self._watchdog.start()
        try:
            await asyncio.gather(self._beat(), self._look_out())
        finally:
            self._watchdog.stop()

    async def _beat(self) -> None:
        """See how late the event loop comes back, and whether the clock was set meanwhile."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(BEAT_SECONDS)
            self._watchdog.turned()
            late = max(time.monotonic() - began - BEAT_SECONDS, 0.0)
            metrics.LOOP_STALL.observe(late)
            self._stall = max(self._stall, late)
            step = self._clocks.step(self._status.clock(), steady())
            if step:
                self._stepped(step)

    async def _look_out(self) -> None:
        """Look how everything is doing, and say so when no feed at all is heard."""
        pause = LOOK_OUT_SECONDS
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._owing.wait(), pause)
            began = time.perf_counter()
            try:
                await self._look_after_clock()
                await asyncio.to_thread(self._look)
            except StoreError as error:  # /readyz tells of it, and the jobs go on when the database is back
                log.warning("database away", error=str(error))
            except Exception:  # no memory, say: whoever looks must not be what ends the daemon
                log.exception("look failed")
            self._watchdog.worked()
            pause = pause_after(time.perf_counter() - began)

    def _look(self) -> None:
        """Fill the status. Raises StoreError, after what can be seen without the database."""
        status, now = self._status, self._status.clock()
        stall, self._stall = self._stall, 0.0
        status.see(examine(status.db, now=now, context=self._house.current(), stall=timedelta(seconds=stall)))
        found = coverage.coverage(status.db, now=now) if self._wide else None
        status.rests = channels.list_rests(status.db)
        status.nodes = nodes.list_nodes(status.db)
        trouble = blindness(found, now=now) if found else None
        if trouble and not status.notice:
            log.warning(trouble)
        status.coverage, status.notice = found, trouble

    async def _recover(self) -> None:
        """Find out whether the clock was put back while the daemon was off."""
        try:
            back = await asyncio.to_thread(clock.ahead_by, self._status.db, now=self._status.clock())
        except StoreError as error:
            log.warning("database away", error=str(error))
        else:
            if back >= LEAST_STEP:
                self._stepped(-back)

    def _stepped(self, step: timedelta) -> None:
        """Say that the clock was set. What it made due early is asked early, once; what it made late is mended."""
        self._compare_at = 0.0  # it may be this machine's clock alone
        metrics.CLOCK_STEPS.labels("forward" if step > timedelta(0) else "back").inc(abs(step.total_seconds()))
        if step > timedelta(0):
            log.warning("clock put forward", by=spell(step))
            return
        log.warning("clock put back", by=spell(-step))
        if self._alone:
            for mend in self._house.menders:
                mend(-step)
            self._owed -= step
            self._owing.set()

    async def _look_after_clock(self) -> None:
        """Go by the right clock and mend what a wrong one did. What that lacks is no reason not to look."""
        try:
            await self._put_right()
            await self._mend()
        except StoreError as error:  # tried again before the next look
            log.warning("clock not looked after", error=str(error))

    async def _put_right(self) -> None:
        """Go by the clock of the database's server; what that puts right needs no mending. Raises StoreError."""
        if time.monotonic() >= self._compare_at:
            forward = await asyncio.to_thread(self._compare)
            self._compare_at = time.monotonic() + CLOCK_SECONDS
            self._owed = max(self._owed - max(forward, timedelta(0)), timedelta(0))

    async def _mend(self) -> None:
        """Bring due times nearer by as much as the clock was put back. Raises StoreError, and still owes it then."""
        self._owing.clear()
        if (owed := self._owed) >= LEAST_STEP:
            changed = await asyncio.to_thread(clock.put_back, self._status.db, owed, now=self._status.clock())
            self._owed -= owed
            self._back = owed
            log.info("due times brought nearer", by=spell(owed), instants=changed)
        elif self._back:
            await asyncio.to_thread(clock.put_back_late, self._status.db, self._back, now=self._status.clock())


def pause_after(seconds: float) -> float:
    """Return for how long nobody looks after a look that took so long."""
    return min(max(LOOK_OUT_SECONDS, seconds / LOOK_OUT_SHARE), LONGEST_PAUSE)
