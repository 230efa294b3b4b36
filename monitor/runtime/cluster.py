"""The runtime of many machines: Procrastinate hands out the work, in the PostgreSQL where the rows live.

A job of the engine is a kind and a key, and nothing else. Its two locks are both "kind:key", so of each key one job may
run and one may wait, on whatever node. A job is deleted when it ends; what it should do stands in our rows, so the
engine's tables may be emptied at any time, and a bell that is lost, or refused as one waits already, costs one tick.

Every second one node looks for all: a periodic job of the engine asks, for each kind whose time has come, which keys
have something due, and rings those. A node that dies stops beating; within seconds another one deletes its jobs and
rings their keys. Around the engine's worker is a loop that begins anew whatever ends it, a restart of the database say.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import psycopg
import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status

from monitor.errors import MonitorError
from monitor.runtime.base import Due, Handler
from monitor.runtime.engine import Jobs, connection_string, lay_tables

GRACE_SECONDS = 4.0
"""How long running calls may go on after a stop; `monitor run` promises to end within 10 seconds of SIGTERM."""

TURN_SECONDS = 30.0
"""After how long a call gives its key away, so that a node that joins has its share within some such turns. A shard of
4,000 feeds never ends by itself; to begin a call costs 7 ms, so that 256 shards take a hundredth of a core for it."""

BEAT_SECONDS = 2.5
"""How often a node says that it lives."""

DEAD_SECONDS = 11.0
"""After how long without a sign of life a node is taken for dead: four are missing. With RESCUE_SECONDS, and a tick,
its work goes on elsewhere within 15 s."""

FORGOTTEN_SECONDS = 600.0
"""After how long a node that starts strikes a dead one from the list. One that only hung, on a machine with too much to
do say, is on it still, and goes on without beginning anew."""

RESCUE_SECONDS = 2
"""How often the jobs of dead nodes are looked for."""

LOOK_SECONDS = 2.0
"""How often a node looks for jobs of which no notification told it."""

MAX_PAUSE_SECONDS = 30.0
"""Longest pause of a key whose handler keeps failing."""

BEGIN_SECONDS = 2.0
"""Longest pause before the engine begins anew: to see whether the database is back costs one connection, and nobody
polls until then."""

REMEMBERED_SECONDS = 90.0
"""How long a failure is told of: a key that failed here may be at work elsewhere by now."""

SPARE_JOBS = 8
"""Jobs that a node takes beyond one for each of its keys: ticks and rescues, some of which may hang."""

CONNECTIONS = 6
"""Most connections that a node keeps for the engine, beside the one that listens; each job holds one for some ms."""

CONNECT_SECONDS = 5.0
"""How long a free connection is waited for; a stop may have to wait so long for one that does not come."""

RUNTIME = "runtime"
"""Queue of the jobs of the runtime itself, and name of the engine among the troubles."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the timetable."""

    kind: str
    keys: tuple[str, ...]
    due: Due | None


@dataclass
class _Node:
    """What a process is while it works: its handlers, and what failed of late.

    failures   how often a key failed in a row
    held       jobs of the engine that were taken and have not ended, by id
    failed     what is told of a failure, and when it was, in seconds of time.monotonic
    """

    handlers: Mapping[str, Handler] = field(default_factory=dict)
    failures: dict[tuple[str, str], int] = field(default_factory=dict)
    held: dict[int, Job] = field(default_factory=dict)
    failed: dict[str, tuple[str, float]] = field(default_factory=dict)


class ClusterRuntime:
    """Runs a share of everything in this process; the others with the same database run the rest."""

    def __init__(self, database: str) -> None:
        """Start with an empty timetable. `database` is the address of the rows ("postgresql+psycopg://...")."""
        self._database = database
        self._timetable: dict[int, list[_Entry]] = {}
        self._crons: dict[str, str] = {}
        self._node = _Node()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung: dict[tuple[str, str], None] = {}
        self._ringing = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def troubles(self) -> Mapping[str, str]:
        """Return what failed in this process of late."""
        now = time.monotonic()
        return {name: said for name, (said, at) in self._node.failed.items() if now - at < REMEMBERED_SECONDS}

    @property
    def turn_seconds(self) -> float:
        """Return TURN_SECONDS: others could go on."""
        return TURN_SECONDS

    def every(self, kind: str, seconds: float, keys: Sequence[str], due: Due | None = None) -> None:
        """Call handler `kind` about every `seconds`, whole ones, with those of `keys` that are due; at once first."""
        self._timetable.setdefault(max(round(seconds), 1), []).append(_Entry(kind, tuple(keys), due))

    def cron(self, kind: str, expression: str) -> None:
        """Call handler `kind` with the key "" whenever `expression` says so; not when it is 10 minutes late."""
        self._crons[kind] = expression

    def ring(self, kind: str, key: str) -> None:
        """Call handler `kind` with `key` soon, on some node."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._bell, kind, key)

    async def run(self, handlers: Mapping[str, Handler]) -> None:
        """Work until cancelled; then let what runs come to its end for GRACE_SECONDS."""
        self._loop = asyncio.get_running_loop()
        self._node.handlers = handlers
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # we tell of it, and each job is two lines there
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
        failures = 0
        try:
            while True:
                began = time.monotonic()
                trouble = await self._work()
                failures = 1 if time.monotonic() - began > MAX_PAUSE_SECONDS else failures + 1
                pause = min(2.0**failures / 4, BEGIN_SECONDS)
                self._node.failed[RUNTIME] = (trouble, time.monotonic())
                log.warning("runtime begins anew", error=trouble, again_in=pause)
                await asyncio.sleep(pause)
        finally:
            self._stopping.set()

    async def _work(self) -> str:
        """Take part until the engine fails; return why it did."""
        try:
            async with self._engine() as app:
                self._node.failed.pop(RUNTIME, None)
                await self._take_part(app)
        except (ConnectorException, psycopg.Error, OSError) as error:
            return _said(error)
        except MonitorError as error:
            return str(error)
        except Exception as error:  # whatever the engine trips over, the daemon begins anew and says so
            log.exception("runtime failed")
            return f"{type(error).__name__}: {error}"
        return "the engine stopped: it lost its connection, or a job could not be ended"

    async def _take_part(self, app: App) -> None:
        """Ring what is rung here and, where there are handlers, work, until one of both ends."""
        tasks = [asyncio.create_task(self._ring_rung(app), name="bells")]
        if self._node.handlers:
            await self._give_back(app)
            await self._tick_all(app)
            tasks.append(asyncio.create_task(self._run_worker(app), name="worker"))
            assert isinstance(app.job_manager, Jobs)
            app.job_manager.on_lost = tasks[-1].cancel
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping.set()
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            self._stopping.clear()
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _give_back(self, app: App) -> None:
        """End the jobs that we held when the engine failed, and ring their keys: nothing of them runs here any more.

        Those who look for dead nodes would find them some seconds later.
        """
        held = list(self._node.held.items())
        await _end(app, [job_id for job_id, _ in held])
        for job_id, job in held:
            del self._node.held[job_id]
            if job.queue != RUNTIME:
                self._bell(job.task_name, str(job.task_kwargs.get("key", "")))

    async def _run_worker(self, app: App) -> None:
        """Let the engine's worker run the jobs of our kinds."""
        entries = [entry for some in self._timetable.values() for entry in some]
        keys = sum(len(entry.keys) for entry in entries if entry.kind in self._node.handlers)
        await app.run_worker_async(
            queues=[RUNTIME, *self._node.handlers],
            concurrency=keys + len(self._crons) + SPARE_JOBS,
            delete_jobs="always",
            install_signal_handlers=False,
            shutdown_graceful_timeout=GRACE_SECONDS,
            fetch_job_polling_interval=LOOK_SECONDS,
            abort_job_polling_interval=3600.0,  # nobody asks for that
            update_heartbeat_interval=BEAT_SECONDS,
            stalled_worker_timeout=FORGOTTEN_SECONDS,
        )

    @asynccontextmanager
    async def _engine(self) -> AsyncIterator[App]:
        """Open the engine with our jobs in it; its tables are made where there are none."""
        address = connection_string(self._database)
        await lay_tables(address)
        connector = PsycopgConnector(conninfo=address, min_size=1, max_size=CONNECTIONS, timeout=CONNECT_SECONDS)
        app = App(connector=connector)
        app.job_manager = Jobs(connector, self._stopping, self._node.held)
        for kind in self._node.handlers:
            task = app.task(name=kind, queue=kind)(partial(self._answer, kind))
            if kind in self._crons:
                lock = f"{kind}:"
                app.periodic(cron=self._crons[kind], lock=lock, queueing_lock=lock)(task)
        for seconds, entries in self._timetable.items():
            name = f"tick:{seconds}"
            tick = app.task(name=name, queue=RUNTIME)(partial(self._tick, app, entries))
            app.periodic(cron=_cron(seconds), queueing_lock=name)(tick)
        rescue = app.task(name="rescue", queue=RUNTIME)(partial(self._rescue, app))
        app.periodic(cron=_cron(RESCUE_SECONDS), queueing_lock="rescue")(rescue)
        async with app.open_async():
            yield app

    async def _answer(self, kind: str, key: str = "", timestamp: int = 0) -> None:  # noqa: ARG002 - the engine's form
        """Call the handler; one that fails keeps its key for a pause, longer each time it fails in a row."""
        name, node = f"{kind} {key}".strip(), self._node
        try:
            await node.handlers[kind](key)
        except Exception as error:
            failures = node.failures[kind, key] = node.failures.get((kind, key), 0) + 1
            node.failed[name] = (f"{type(error).__name__}: {error}", time.monotonic())
            told = isinstance(error, MonitorError)  # in words: no stack of ours says more
            log.exception("job failed", job=kind, key=key, failures=failures, error=str(error), exc_info=not told)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), min(2.0**failures / 2, MAX_PAUSE_SECONDS))
            self._bell(kind, key)
        else:
            node.failures.pop((kind, key), None)
            node.failed.pop(name, None)

    async def _tick_all(self, app: App) -> None:
        """Ring everything that is due, whatever its time."""
        for entries in self._timetable.values():
            await self._tick(app, entries, timestamp=0)

    async def _tick(self, app: App, entries: Iterable[_Entry], timestamp: int) -> None:  # noqa: ARG002 - as above
        """Ring the keys of some lines of the timetable that have something due."""
        found: list[tuple[str, str]] = []
        for entry in entries:
            try:
                due = entry.keys if entry.due is None else await asyncio.to_thread(entry.due)
            except MonitorError as error:  # the database is away, say: the next tick looks again
                log.warning("tick missed", job=entry.kind, error=str(error))
                continue
            except Exception:  # the engine would tell nobody, and the other lines would not be looked at
                log.exception("tick missed", job=entry.kind)
                continue
            found += [(entry.kind, key) for key in due]
        await _defer(app, found)

    async def _rescue(self, app: App, timestamp: int) -> None:  # noqa: ARG002 - as above
        """Delete the jobs of dead nodes and ring their keys.

        Deleted, not given back: one that waits under the same key already would forbid that.
        """
        stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_SECONDS))
        await _end(app, [job.id for job in stalled if job.id is not None])
        keys = [(job.task_name, str(job.task_kwargs.get("key", ""))) for job in stalled if job.queue != RUNTIME]
        if keys:
            log.warning("work of another node goes on", jobs=[f"{kind} {key}".strip() for kind, key in keys])
        await _defer(app, keys)

    def _bell(self, kind: str, key: str) -> None:
        """Keep a bell until it is passed on."""
        self._rung[kind, key] = None
        self._ringing.set()

    async def _ring_rung(self, app: App) -> None:
        """Pass on what is rung here, again and again; what is rung meanwhile comes next, once."""
        while True:
            await self._ringing.wait()
            self._ringing.clear()
            rung, self._rung = self._rung, {}
            await _defer(app, list(rung))


async def _end(app: App, ids: Iterable[int]) -> None:
    """Take jobs from the engine's list, whoever held them."""
    for job_id in ids:
        with suppress(ConnectorException):  # it came to its end just now, or another node was quicker
            await app.job_manager.finish_job_by_id_async(job_id, Status.FAILED, delete_job=True)


async def _defer(app: App, keys: Sequence[tuple[str, str]]) -> None:
    """Give the engine a job for each kind and key that has none waiting."""
    if not keys:
        return
    waiting = {job.queueing_lock for job in await app.job_manager.list_jobs_async(status="todo")}
    jobs = [_job(kind, key) for kind, key in keys if f"{kind}:{key}" not in waiting]
    try:
        await app.job_manager.batch_defer_jobs_async(jobs)
    except AlreadyEnqueued:  # another node rang one of them just then, and all are refused
        for job in jobs:
            with suppress(AlreadyEnqueued):
                await app.job_manager.defer_job_async(job)


def _job(kind: str, key: str) -> Job:
    """Return the job of a key."""
    lock = f"{kind}:{key}"
    return Job(queue=kind, task_name=kind, lock=lock, queueing_lock=lock, task_kwargs={"key": key})


def _cron(seconds: int) -> str:
    """Return the cron line, its seconds last, that comes about every so many seconds, at most a day."""
    if seconds < 60:
        return f"* * * * * */{seconds}"
    if seconds < 3600:
        return f"*/{seconds // 60} * * * * 0"
    return f"0 */{min(seconds // 3600, 23)} * * * 0"


def _said(error: BaseException) -> str:
    """Return what the database said, which the engine wraps."""
    cause = error.__cause__ or error
    return " ".join(str(cause).split()) or type(cause).__name__
