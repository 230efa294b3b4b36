"""The life of the process: start, watch the files, reload, stop; and the two short lives, `once` and a trial poll."""

import asyncio
import math
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType

import structlog

from monitor.app import House, open_house
from monitor.clock import utcnow
from monitor.config.settings import Settings, load_settings
from monitor.config.watchlists import LoadedWatchlists
from monitor.core.own_limits import own_limit
from monitor.errors import DatabaseFullError, DatabaseReadOnlyError, MonitorError, StoreError
from monitor.guard import causes
from monitor.jobs import metrics
from monitor.jobs.alert import AlertJob
from monitor.jobs.article import ArticleJob
from monitor.jobs.context import Clock
from monitor.jobs.deliver import DeliverJob
from monitor.jobs.digest import DigestJob
from monitor.jobs.health import HealthJob
from monitor.jobs.heartbeat import HeartbeatJob
from monitor.jobs.hosts import Hosts
from monitor.jobs.looking import looks
from monitor.jobs.poll import PollJob
from monitor.jobs.prune import PruneJob
from monitor.jobs.push import PushJob
from monitor.jobs.websub import WebSubJob
from monitor.lookout import Lookout
from monitor.runtime.base import Handler
from monitor.runtime.choose import runtime_for
from monitor.runtime.notify import notify, watchdog_seconds
from monitor.runtime.watchdog import Watchdog
from monitor.schedule import ROLES, kinds_of, plan
from monitor.store import meta
from monitor.store.database import Database
from monitor.store.server_clock import SharedClock
from monitor.web.server import create_app, create_probes, create_waiting_app, serve
from monitor.web.status import Status

WATCH_SECONDS = 2.0
"""How often the files are looked at, so that a change takes effect within 5 seconds."""

TRY_AGAIN_SECONDS = 2.0
"""How often to look whether the database takes something, while it takes nothing that a start has to write."""

PATIENCE_USEC = 30_000_000
"""How much longer systemd waits for the start, in microseconds, each time it is told so; more than a look can take."""

END_SECONDS = 9.0
"""How long a stop may take before nothing is waited for any more; `monitor run` promises to end within 10 seconds."""

REFUSED = "configuration refused, the one before stays in force"

WRONG_SECONDS = 5.0
"""From how many seconds on a wrong clock is told of."""

log = structlog.get_logger()


class Daemon:
    """Event Monitor as a background service, in this process and on this event loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        environ: Mapping[str, str],
        clock: Clock = utcnow,
        roles: Sequence[str] = tuple(ROLES),
    ) -> None:
        """Prepare; nothing is opened before `run`.

        environ   what a reload reads `${NAME}` from
        roles     which of the work is done here; the rest is for other processes with the same database
        """
        self._roles = roles
        self._settings = settings
        self._environ = environ
        self._clock = SharedClock(clock)
        self._told_behind = 0.0
        self._seen = fingerprint(settings)
        self._runtime = runtime_for(settings)
        self._stopped = asyncio.Event()
        self._reload_asked = asyncio.Event()
        self._ready = asyncio.Event()
        self._house: House
        self.status: Status

    @property
    def settings(self) -> Settings:
        """Return the configuration in force."""
        return self._settings

    @property
    def address(self) -> str:
        """Return the address of the dashboard on this machine."""
        return f"http://{self._settings.web.host}:{self._settings.web.port}"

    async def ready(self) -> None:
        """Return when the daemon polls and answers."""
        await self._ready.wait()

    def stop(self) -> None:
        """End `run` within seconds; what was under way goes on where it was at the next start."""
        self._stopped.set()

    def reload(self) -> None:
        """Read the configuration and the watchlists again."""
        self._reload_asked.set()

    async def run(self, *, signals: bool = False) -> None:
        """Work until stopped. With `signals`, SIGTERM and SIGINT stop and SIGHUP reloads.

        Raises ConfigError and StoreError when it cannot start, MonitorError when the dashboard's port is taken.
        """
        if signals:
            self._listen()
        async with AsyncExitStack() as stack:
            house = await self._enter(stack)
            if house is None:
                return
            self._house = house
            self.status = self._new_status(house)
            await self._keep_refusal(None)
            plan(self._runtime, self._settings.runtime, looks(house.current))
            web = self._settings.web
            own = kinds_of(self._roles)
            found = handlers(house, self._runtime.troubles, turn_seconds=self._runtime.turn_seconds)
            work = {kind: handler for kind, handler in found.items() if kind in own}
            jobs = asyncio.create_task(self._runtime.run(work), name="jobs")
            app = create_app(self.status) if "web" in self._roles else create_probes(self.status)
            rest = [
                asyncio.create_task(serve(app, web.host, web.port, ready=self._on_ready)),
                asyncio.create_task(self._watch_files()),
                asyncio.create_task(self._lookout(house, guarded=signals).run()),
                asyncio.create_task(_feed_watchdog()),
            ]
            stop = asyncio.create_task(self._stopped.wait())
            ended, _ = await asyncio.wait([jobs, stop, *rest], return_when=asyncio.FIRST_COMPLETED)
            notify("STOPPING=1")
            for tasks in ([jobs], [stop, *rest]):  # the jobs first: what they still do may be looked at
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            log.info("stopped")
            for task in ended - {stop}:
                task.result()  # nothing ends by itself but by an error

    async def _enter(self, stack: AsyncExitStack) -> House | None:
        """Open the house when its database takes what is written, and say so until then; None when stopped before."""
        waiting: asyncio.Task[None] | None = None
        try:
            while not self._stopped.is_set():
                try:
                    return await stack.enter_async_context(
                        open_house(
                            self._settings,
                            ring=self._runtime.ring,
                            clock=self._clock,
                            roles=self._roles,
                            opened=self._compare_clock,
                        )
                    )
                except (DatabaseFullError, DatabaseReadOnlyError) as error:
                    trouble = str(error)
                if waiting is None:
                    log.error("cannot start yet", error=trouble, again_in=TRY_AGAIN_SECONDS)
                    web = self._settings.web
                    app = create_waiting_app(trouble)
                    waiting = asyncio.create_task(serve(app, web.host, web.port, ready=lambda: None))
                elif waiting.done():
                    waiting.result()  # the port is taken
                notify(f"EXTEND_TIMEOUT_USEC={PATIENCE_USEC}\nSTATUS={trouble}")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopped.wait(), TRY_AGAIN_SECONDS)
            return None
        finally:
            if waiting is not None:
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)

    def _listen(self) -> None:
        """Take the signals of a service manager and of a terminal."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._end)
        loop.add_signal_handler(signal.SIGINT, self._end)
        loop.add_signal_handler(signal.SIGHUP, self.reload)

    def _end(self) -> None:
        """Stop, and end this process in time whatever hangs: threads cannot be stopped, and Python waits for them."""
        self.stop()
        late = threading.Timer(END_SECONDS, _end_now)
        late.daemon = True
        late.start()

    def _on_ready(self) -> None:
        """Tell everybody who waits that polling and pages have begun."""
        self._ready.set()
        notify("READY=1")
        log.info("ready", dashboard=self.address if "web" in self._roles else "on nodes with the role web")

    def _new_status(self, house: House) -> Status:
        """Return what the pages know of this process beyond the rows."""
        context = house.current()
        status = Status(
            db=context.db,
            started_at=self._clock(),
            clock=self._clock,
            config_path=str(self._settings.path),
            config_loaded_at=self._clock(),
            token=self._settings.web.token.get_secret_value() if self._settings.web.token else None,
            public_url=self._settings.web.public_url,
            current=house.current,
            roles=tuple(ROLES),
        )
        status.checks["schedule"] = lambda: "; ".join(f"{k}: {v}" for k, v in self._runtime.troubles.items()) or None
        _describe(status, house.lists)
        return status

    def _lookout(self, house: House, *, guarded: bool) -> Lookout:
        """Return what looks at this process; one that is not ours to end, as in a test, is not guarded."""
        alone, wide = not self._settings.runtime.shared, "web" in self._roles
        compare = partial(self._compare_clock, self.status.db)
        dog = Watchdog() if guarded else None
        return Lookout(self.status, house, compare=compare, watchdog=dog, alone=alone, wide=wide)

    async def _watch_files(self) -> None:
        """Reload whenever a file changed or a reload was asked for."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._reload_asked.wait(), WATCH_SECONDS)
            try:
                found = await asyncio.to_thread(fingerprint, self._settings)
            except (
                OSError,
                MemoryError,
                RuntimeError,
            ) as error:  # a limit of ours, for as long as it lasts
                log.warning("files not looked at", error=str(own_limit(causes(error)) or error))
                continue
            if found != self._seen or self._reload_asked.is_set() or await self._is_outdated():
                self._reload_asked.clear()
                self._seen = found  # as it was before reading: what is written meanwhile is seen the next time
                await self._reload()

    async def _is_outdated(self) -> bool:
        """Return whether somebody put other watchlists in force."""
        try:
            outdated = await asyncio.to_thread(self._house.is_outdated)
        except StoreError:  # the jobs tell of it, and the next look comes soon
            return False
        self.status.watchlist_in_force = self._house.in_force
        return outdated

    async def _reload(self) -> None:
        """Take what the files say now into force, or say clearly why not and go on as before.

        While the database is away, it is tried again at every look at the files.
        """
        try:
            await asyncio.to_thread(self.status.db.ping)  # before work that would be for nothing
            found = await asyncio.to_thread(load_settings, self._settings.path, self._environ)
            settings = replace(found, runtime=self._settings.runtime)  # the timetable is made, and the feeds divided
            await self._house.furnish(settings)
        except StoreError as error:
            self._seen = ()  # nothing is wrong with the files: the next look reads them again
            log.warning("database away", error=str(error))
            return
        except (MonitorError, OSError, MemoryError, RuntimeError) as error:
            if ours := own_limit(causes(error)):
                self._seen = ()  # as above
                log.warning("configuration not read", error=str(ours))
                return
            if isinstance(error, RuntimeError):
                raise
            self.status.config_error = str(error)
            metrics.RELOADS.labels("refused").inc()
            log.error(REFUSED, problems=str(error))  # noqa: TRY400 - the operator's mistake, no stack of ours
            await self._keep_refusal(str(error))
            return
        for key in restart_keys(self._settings, found):
            log.warning("takes effect at the next start", key=key)
        self._settings = settings
        self.status.config_error = None
        self.status.config_loaded_at = self._clock()
        _describe(self.status, self._house.lists)
        metrics.RELOADS.labels("taken").inc()
        await self._keep_refusal(None)

    async def _keep_refusal(self, problems: str | None) -> None:
        """Let `monitor status` know why a change was refused, or that none is."""
        try:
            await asyncio.to_thread(meta.put, self.status.db, meta.CONFIG_REFUSED, problems)
        except StoreError as error:
            log.warning("database away", error=str(error))

    def _compare_clock(self, db: Database) -> timedelta:
        """Go by the clock that all nodes share, and say so where this machine's is wrong, or right again.

        Return by how much that puts our clock forward.
        """
        before = self._clock.behind
        behind = self._clock.compare(db).total_seconds()
        if abs(behind - self._told_behind) >= WRONG_SECONDS:
            self._told_behind = behind
            log.warning("this machine's clock is behind the database's, which is used", seconds=round(behind, 1))
        return self._clock.behind - before


def handlers(
    house: House, troubles: Mapping[str, str] = MappingProxyType({}), *, turn_seconds: float = math.inf
) -> dict[str, Handler]:
    """Return the jobs of the house by kind.

    troubles       jobs whose last run failed, and why
    turn_seconds   after how long a call should come to its end although more is due
    """
    places = Hosts(house.current)
    house.menders.append(places.put_back)
    return {
        "poll": PollJob(house.current, places, turn_seconds=turn_seconds),
        "push": PushJob(house.current),
        "websub": WebSubJob(house.current, places),
        "article": ArticleJob(house.current, places),
        "alert": AlertJob(house.current),
        "deliver": DeliverJob(house.current),
        "digest": DigestJob(house.current),
        "health": HealthJob(house.current),
        "heartbeat": HeartbeatJob(house.current, troubles),
        "prune": PruneJob(house.current),
    }


def fingerprint(settings: Settings) -> tuple[tuple[str, int, int, int], ...]:
    """Return what tells a changed file from an unchanged one: for each, its name, time, size and inode."""
    files = {*settings.files, settings.path, *settings.watchlists.glob("*.yaml")}
    return tuple(sorted(_mark(file) for file in files))


def _mark(file: Path) -> tuple[str, int, int, int]:
    """Return the mark of one file; one that is not there has one too."""
    try:
        stat = file.stat()
    except OSError:
        return (str(file), 0, 0, 0)
    return (str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino)


def restart_keys(old: Settings, new: Settings) -> list[str]:
    """Return the keys that changed and take effect only at the next start."""
    return [key for key in ("database", "web", "runtime", "log") if getattr(old, key) != getattr(new, key)]


def _end_now() -> None:
    """End this process as a kill would, which loses nothing: what is under way is done again at the next start."""
    log.warning("stopped without waiting for what is under way")
    os._exit(0)


async def _feed_watchdog() -> None:
    """Tell systemd that the event loop turns, for as long as it does."""
    pause = watchdog_seconds()
    while True:
        await asyncio.sleep(pause or 3600.0)
        notify("WATCHDOG=1")


def _describe(status: Status, lists: LoadedWatchlists) -> None:
    """Tell the pages which watchlists are in force."""
    status.lists = lists
    status.watchlist_version = lists.version
    status.watchlists = len(lists.watchlists)
    status.entities = sum(len(watchlist.entities) for watchlist in lists.watchlists)
    status.rules = sum(len(watchlist.rules) for watchlist in lists.watchlists)
