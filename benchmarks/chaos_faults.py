"""What breaks in `benchmarks.chaos`, by a seed: the process, its disk or its database, a receiver."""

import asyncio
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path

import httpx
import psycopg

from benchmarks.chaos_world import Mood, World

STOP_SECONDS = 10.0
"""How soon SIGTERM ends the daemon: what `monitor run` promises."""

RESTART_SECONDS = 0.5
"""How soon a process that ended by itself is started again, as a service manager does."""

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)

TELL_SECONDS = 15.0
"""How long a disk stays full at most until /readyz says so: first, SQLite uses up what it had of it in the WAL."""

NO_ROOM = re.compile(rb"the disk is full|the disk takes no more")

SMALL = 4_096
"""Size that no file may pass while a disk is full that is not ours to fill."""


class Kind(StrEnum):
    """A kind of fault."""

    KILL = "SIGKILL"
    TERM = "SIGTERM"
    FULL = "disk full"
    FULL_START = "disk full, SIGKILL, start on the full disk"
    CUT = "all connections to the database terminated"
    FAILS = "receiver answers 500 or 451"
    HANGS = "receiver hangs"
    AWAY = "receiver refuses connections"
    BREAKS = "receiver takes and dies before it answers"


MOODS = {Kind.FAILS: Mood.FAILS, Kind.HANGS: Mood.HANGS, Kind.AWAY: Mood.AWAY, Kind.BREAKS: Mood.BREAKS}
EVERYWHERE = (Kind.KILL, Kind.KILL, Kind.KILL, Kind.KILL, Kind.TERM, *MOODS)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    wait      seconds after the one before
    settled   whether to wait first until something published after the one before was told: else it may meet a process
              that has just begun
    lasts     seconds until it is mended
    channel   which receiver it is about, where it is about one
    """

    kind: Kind
    wait: float
    settled: bool
    lasts: float
    channel: int


def draw(count: int, chance: random.Random, *, disk: bool, longest: float) -> list[Fault]:
    """Return faults, each kind as often as any other but for kills, of which there are more."""
    kinds = (*EVERYWHERE, *((Kind.FULL, Kind.FULL_START) if disk else (Kind.CUT, Kind.CUT)))
    order = [kinds[number % len(kinds)] for number in range(count)]
    chance.shuffle(order)
    return [
        Fault(
            kind, chance.uniform(0.1, 2.0), chance.random() < 0.6,
            chance.uniform(longest / 4, longest), chance.randrange(2),
        )
        for kind in order
    ]  # fmt: skip


@dataclass
class Tmpfs:
    """A small file system in memory: what is full there is full for everybody. Only root can mount one."""

    folder: Path
    described = "tmpfs"

    def fill(self, pid: int) -> None:  # noqa: ARG002 - it is full for all
        """Write until nothing fits."""
        with (self.folder / "ballast").open("ab", buffering=0) as file:
            for size in (1 << 20, 4_096, 1):
                with suppress(OSError):
                    while True:
                        file.write(bytes(size))

    def free(self, pid: int) -> None:  # noqa: ARG002 - it is free for all
        """Take away what was written."""
        (self.folder / "ballast").unlink(missing_ok=True)


@dataclass
class Limited:
    """A folder of some disk; a process is forbidden to write any file beyond SMALL (setrlimit(2), RLIMIT_FSIZE)."""

    folder: Path
    described = "a limit on the size of files"

    def fill(self, pid: int) -> None:
        """Forbid."""
        self._limit(pid, SMALL)

    def free(self, pid: int) -> None:
        """Allow."""
        self._limit(pid, resource.RLIM_INFINITY)

    def _limit(self, pid: int, size: int) -> None:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def small_disk(folder: Path, *, size: str) -> Iterator[Tmpfs | Limited]:
    """Give a small disk, mounted where that is allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:  # noqa: S603 - ours
        yield Limited(folder)
        return
    try:
        yield Tmpfs(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S603, S607 - likewise


@dataclass
class Chaos:
    """The daemon, kept running as a service manager does, and what is done to it.

    address     where its pages are
    database    address of PostgreSQL, or None where it is a file on `disk`
    recovered   by kind the seconds from the end of a fault until something published since then was told to all
    ended       exit codes of processes that ended by themselves, or badly
    slow_stops  seconds of stops that took too long
    full_told   for each time that something could not be written, as the log says, whether /readyz said so
    """

    world: World
    config: Path
    disk: Tmpfs | Limited
    address: str
    log: Path
    database: str | None = None
    faults: Counter[Kind] = field(default_factory=Counter)
    recovered: dict[Kind, list[float]] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)
    slow_stops: list[float] = field(default_factory=list)
    full_told: list[bool] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _meant: bool = False
    _calm_since: float = 0.0
    _last: Kind | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the daemon running meanwhile, and stop it in the end."""
        keeper = asyncio.create_task(self._keep())
        try:
            while self._process is None:  # noqa: ASYNC110 - it comes to be elsewhere
                await asyncio.sleep(0.01)
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            await self._terminate()

    async def suffer(self, faults: Sequence[Fault], *, patience: float) -> None:
        """Let one fault follow the other. Raises TimeoutError when nothing is told for `patience` seconds after one."""
        self._calm_since = time.monotonic()
        for fault in faults:
            if fault.settled:
                await self.settle(patience)
            await asyncio.sleep(fault.wait)
            self._note_recovery()
            self._note(f"{fault.kind}, {fault.lasts:.1f} s")
            await self._inflict(fault)
            self._note("mended")
            self.faults[fault.kind] += 1
            self._last, self._calm_since = fault.kind, time.monotonic()

    async def settle(self, seconds: float) -> None:
        """Wait until something published after the last fault was told to all. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while self.world.told_since(self._calm_since) is None:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
        self._note_recovery()

    def _note_recovery(self) -> None:
        """Keep how long the recovery from the last fault took, if it is over."""
        at = self.world.told_since(self._calm_since)
        if at is not None and self._last is not None:
            self.recovered.setdefault(self._last, []).append(at - self._calm_since)
            self._last = None

    def _note(self, text: str) -> None:
        """Write among what the daemon says what was done to it."""
        with self.log.open("a") as log:
            log.write(f"{datetime.now(UTC).isoformat()} ---- {text}\n")  # noqa: TID251 - for a person

    async def _inflict(self, fault: Fault) -> None:
        """Let one fault happen, and end."""
        match fault.kind:
            case Kind.KILL:
                await self._kill()
            case Kind.TERM:
                self._meant = True
                await self._terminate()
            case Kind.FULL | Kind.FULL_START:
                await self._fill(fault)
            case Kind.CUT:
                await self._cut(fault.lasts)
            case _:
                receiver = list(self.world.receivers.values())[fault.channel]
                await receiver.set_mood(MOODS[fault.kind])
                await asyncio.sleep(fault.lasts)
                await receiver.set_mood(Mood.WELL)

    async def _fill(self, fault: Fault) -> None:
        """Fill the disk for a while, and let a new process begin on it where that is the fault."""
        self.disk.fill(self._pid)
        if fault.kind is Kind.FULL_START:
            await self._kill()
        began, told, said = time.monotonic(), False, len(self.log.read_bytes())
        async with httpx.AsyncClient(timeout=1, trust_env=False) as client:
            while (lasted := time.monotonic() - began) < fault.lasts or (not told and lasted < TELL_SECONDS):
                self.disk.fill(self._pid)  # whatever room a process that ended gave back
                with suppress(httpx.HTTPError):
                    answer = await client.get(f"{self.address}/readyz")
                    told |= answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE and "disk" in answer.text
                await asyncio.sleep(0.1)
        self.disk.free(self._pid)
        if NO_ROOM.search(self.log.read_bytes()[said:]):
            self.full_told.append(told)

    async def _cut(self, seconds: float) -> None:
        """Terminate all connections of the daemon to PostgreSQL, again and again for a while."""
        assert self.database is not None
        end = time.monotonic() + seconds
        async with await psycopg.AsyncConnection.connect(
            self.database.replace("+psycopg", "", 1), autocommit=True
        ) as connection:
            while time.monotonic() < end:
                await connection.execute(CUT)
                await asyncio.sleep(0.2)

    async def _keep(self) -> None:
        """Start the daemon whenever it is not there."""
        while True:
            with self.log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "monitor", "run", "--config", str(self.config), stderr=log,
                    env=os.environ | {"TMPDIR": str(self.disk.folder)},
                )  # fmt: skip
            code = await self._process.wait()
            if not self._meant:
                self.ended.append(code)
                await asyncio.sleep(RESTART_SECONDS)
            self._meant = False

    async def _kill(self) -> None:
        """End the process at once, and return when the next one is there."""
        self._meant, process = True, self._process
        assert process is not None
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        while self._process is process:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)

    async def _terminate(self) -> None:
        """Ask the process to end, and note when it takes too long or ends badly."""
        process, began = self._process, time.monotonic()
        assert process is not None
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.wait_for(process.wait(), 3 * STOP_SECONDS)
        except TimeoutError:
            process.kill()
            code = 0
        took = time.monotonic() - began
        if took > STOP_SECONDS:
            self.slow_stops.append(took)
        if code not in (0, -signal.SIGTERM):  # one that has just begun does not listen to signals yet
            self.ended.append(code)

    @property
    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid
