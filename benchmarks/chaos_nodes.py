"""The nodes of `benchmarks.chaos --nodes`, each kept running as a service manager does, and what is done to them.

At least one node is well at any time. A node that is paused was paused for longer than the others wait for a sign of
its life, so that it wakes to find its work done by others.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from benchmarks.chaos_faults import STOP_SECONDS
from benchmarks.chaos_world import World
from benchmarks.own_postgres import Server

SOON = 0.5
"""How soon a process that ended by itself is started again, as a service manager does, in seconds."""

AWAY = (1.0, 30.0)
"""How long a node that was killed stays away: within that of its last sign of life, and beyond, in seconds."""

PAUSED = (32.0, 40.0)
"""How long a paused node sleeps: the others believe it dead after 10 s to 30 s, in seconds."""

STOPPED = (0.5, 5.0)
"""How long a node that was stopped stays away, in seconds."""


class Kind(StrEnum):
    """A kind of fault."""

    KILL = "SIGKILL of a node"
    PAUSE = "SIGSTOP of a node, SIGCONT after others took over"
    TERM = "SIGTERM of a node"
    CRASH = "pg_ctl restart -m immediate"


LASTS = {Kind.KILL: AWAY, Kind.PAUSE: PAUSED, Kind.TERM: STOPPED, Kind.CRASH: (0.0, 0.0)}
OFTEN = (Kind.KILL, Kind.PAUSE, Kind.CRASH, Kind.KILL, Kind.TERM)
"""How often each kind is, in turns before they are shuffled."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    node     which one it is about, of those that are well
    wait     seconds after the one before
    settled  whether to wait first until the one before was recovered from
    lasts    seconds until the node is there again
    """

    kind: Kind
    node: int
    wait: float
    settled: bool
    lasts: float


def draw(count: int, chance: random.Random, *, settled: float) -> list[Fault]:
    """Return faults by turns of all kinds, in an order by chance.

    settled   the share of those that wait until the one before was recovered from
    """
    order = [OFTEN[number % len(OFTEN)] for number in range(count)]
    chance.shuffle(order)
    return [
        Fault(
            kind,
            chance.randrange(1_000),
            chance.uniform(0.1, 3.0),
            chance.random() < settled,
            chance.uniform(*LASTS[kind]),
        )
        for kind in order
    ]


@dataclass
class Node:
    """One process that is started again whenever it is not there.

    ahead    seconds that its clock is before the right time
    port     of its pages
    away_s   how long it stays away, once
    ended    exit codes of processes that ended by themselves, or badly, and when, by time.monotonic
    """

    config: Path
    ahead: float
    log: Path
    port: int
    process: asyncio.subprocess.Process | None = None
    meant: bool = False
    paused: bool = False
    begun: bool = False
    away_s: float = SOON
    ended: list[tuple[int, float]] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Return whether it works: it has begun, and is awake."""
        return self.begun and not self.paused

    async def keep(self) -> None:
        """Start it whenever it is not there."""
        while True:
            with self.log.open("ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "benchmarks.chaos_node", "--config", str(self.config),
                    "--ahead", str(self.ahead), stderr=log, stdout=log, env=dict(os.environ),
                )  # fmt: skip
            beginning = asyncio.create_task(self._begin())
            code = await self.process.wait()
            beginning.cancel()
            self.begun = False
            if not self.meant:
                self.ended.append((code, time.monotonic()))
            away, self.meant, self.away_s = self.away_s, False, SOON
            await asyncio.sleep(away)

    async def _begin(self) -> None:
        """Know when its pages are there, which is when it works."""
        while not self.begun:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                self.begun = True
            await asyncio.sleep(0.1)

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        with suppress(ProcessLookupError):
            if self.process is not None:
                self.process.send_signal(number)

    def note(self, text: str) -> None:
        """Write among what it says what was done to it."""
        with self.log.open("a") as log:
            log.write(f"{datetime.now(UTC).isoformat()} ---- {text}\n")  # noqa: TID251 - for a person


@dataclass
class Nodes:
    """All nodes, and what was done to them.

    recovered    by kind the seconds from a fault until each feed was asked again, where no other fault came between
    crashes      from when to when the database was away, by time.monotonic
    slow_stops   seconds of stops that took too long
    """

    world: World
    server: Server
    nodes: Sequence[Node]
    faults: Counter[Kind] = field(default_factory=Counter)
    recovered: dict[Kind, list[float]] = field(default_factory=dict)
    crashes: list[tuple[float, float]] = field(default_factory=list)
    slow_stops: list[float] = field(default_factory=list)
    _waking: set[asyncio.Task[None]] = field(default_factory=set)
    _last: tuple[Kind, float] | None = None

    @property
    def ended(self) -> list[int]:
        """Return the exit codes of processes that ended by themselves, or badly.

        Without those that began while the database was away: they say so, and are for the service manager.
        """
        return [code for node in self.nodes for code, at in node.ended if not self._is_away(at)]

    def _is_away(self, instant: float) -> bool:
        """Return whether the database was away then."""
        return any(start <= instant <= end + SOON for start, end in self.crashes)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep all nodes running meanwhile, and stop them in the end."""
        keepers = [asyncio.create_task(node.keep()) for node in self.nodes]
        try:
            yield
        finally:
            for task in (*keepers, *self._waking):
                task.cancel()
            await asyncio.gather(*keepers, *self._waking, return_exceptions=True)
            for node in self.nodes:
                node.send(signal.SIGCONT)
            await asyncio.gather(*(self._stop(node) for node in self.nodes))

    async def suffer(self, faults: Sequence[Fault], *, patience: float) -> None:
        """Let one fault follow the other. Raises TimeoutError when one is not recovered from for `patience` seconds."""
        for fault in faults:
            if fault.settled:
                await self.settle(patience)
            await asyncio.sleep(fault.wait)
            await self._inflict(fault, patience)
            self.faults[fault.kind] += 1

    async def settle(self, seconds: float) -> None:
        """Wait until each feed has been asked since the last fault. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not self._note_recovery():  # noqa: ASYNC110 - it comes to be elsewhere
                await asyncio.sleep(0.05)

    async def all_well(self, seconds: float) -> None:
        """Wait until all nodes are there and awake, and each feed was asked since. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not all(node.well for node in self.nodes):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
        self._last = None
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            while self.world.feeds.all_asked_since(began) is None:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)

    def _note_recovery(self) -> bool:
        """Keep how long the recovery from the last fault took; return whether it is over."""
        if self._last is None:
            return True
        kind, since = self._last
        at = self.world.feeds.all_asked_since(since)
        if at is None:
            return False
        self.recovered.setdefault(kind, []).append(at - since)
        self._last = None
        return True

    async def _inflict(self, fault: Fault, patience: float) -> None:
        """Let one fault happen to a node that is well, while another one is, too."""
        async with asyncio.timeout(patience):
            while sum(node.well for node in self.nodes) < 2:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
        well = [node for node in self.nodes if node.well]
        node = well[fault.node % len(well)]
        self._note_recovery()
        for one in self.nodes if fault.kind is Kind.CRASH else [node]:
            one.note(f"{fault.kind}, {fault.lasts:.1f} s")
        since = time.monotonic()
        match fault.kind:
            case Kind.KILL:
                node.meant, node.begun, node.away_s = True, False, fault.lasts
                node.send(signal.SIGKILL)
            case Kind.PAUSE:
                node.paused = True
                node.send(signal.SIGSTOP)
                task = asyncio.create_task(self._wake(node, fault.lasts))
                self._waking.add(task)
                task.add_done_callback(self._waking.discard)
            case Kind.TERM:
                node.meant, node.away_s = True, fault.lasts
                await self._stop(node)
            case Kind.CRASH:
                await asyncio.to_thread(self.server.crash)
                self.crashes.append((since, time.monotonic()))
        self._last = fault.kind, since

    async def _wake(self, node: Node, seconds: float) -> None:
        """Let a paused node go on after a while."""
        await asyncio.sleep(seconds)
        node.note("SIGCONT")
        node.send(signal.SIGCONT)
        node.paused = False

    async def _stop(self, node: Node) -> None:
        """Ask a node to end, and note when it takes too long or ends badly."""
        process, began = node.process, time.monotonic()
        if process is None or process.returncode is not None:
            return
        node.send(signal.SIGTERM)
        try:
            code = await asyncio.wait_for(process.wait(), 3 * STOP_SECONDS)
        except TimeoutError:
            process.kill()
            code = 0
        if (took := time.monotonic() - began) > STOP_SECONDS:
            self.slow_stops.append(took)
        if code not in (0, -signal.SIGTERM):  # one that has just begun does not listen to signals yet
            node.ended.append((code, time.monotonic()))
