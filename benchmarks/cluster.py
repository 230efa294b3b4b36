"""A million feeds on one, two and three nodes: how many polls a second, and what it costs to hand out the work.

    python -m benchmarks.cluster [--feeds 1000000] [--aliases 100000] [--nodes 1 2 3] [--seconds 60]

The nodes are real daemons in processes of their own, on a PostgreSQL server that is made for them; only the publishers
are made up, in the same process. The peers are the runtime of one process on the same database, and one job for each
feed of the same engine. All of it is on this machine, and ends by itself.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import cluster_jobs
from benchmarks.children import MB
from benchmarks.cluster_ground import INTERVAL, lay_feeds, lay_lists, write_config
from benchmarks.cluster_node import Second
from benchmarks.own_postgres import Server, own_server
from monitor.runtime.engine import APPLICATION

GOAL_POLLS, GOAL_DISPATCH = 500.0, 0.15
"""Polls a second of a node, and the share of a core that handing out the work of a million feeds may take."""

WARM_SECONDS = 15.0
"""From when all nodes poll until it is measured: their statements are prepared, and the work is shared out."""

START_SECONDS = 240.0
"""How long a node may take until it polls: it compiles the watchlists first."""

POSTGRES = {"shared_buffers": "1GB", "max_wal_size": "4GB", "shared_preload_libraries": "pg_stat_statements"}
"""What is usual for a database of some gigabytes; a commit waits for the disk, as by default."""

FEW = 100
"""Aliases of a node whose jobs do nothing, so that it starts soon."""

SHARDS = 256
"""Of a cluster by default; a start of the embedded runtime divides the feeds anew."""


@dataclass
class Node:
    """A node that runs, and what it told so far."""

    process: asyncio.subprocess.Process
    told: list[Second] = field(default_factory=list)

    async def listen(self) -> None:
        """Keep what it tells until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if line.startswith(b"{"):
                self.told.append(Second(**json.loads(line)))

    def works(self) -> bool:
        """Return whether it has called a handler."""
        return bool(self.told and self.told[-1].calls)

    @property
    def polls(self) -> int:
        """Return how many polls it has begun."""
        return self.told[-1].polls if self.told else 0


@dataclass(frozen=True, slots=True)
class Measured:
    """What some nodes did in a second, in the mean of a while, and what it took of a core.

    each      polls a second of each node
    jobs      calls of handlers
    own       of the nodes' processes, and `reading` of those that read for them
    database  of the server, and `engine` of its connections that the engine uses
    late      seconds from when polls were due until they were asked, p50
    overdue   feeds that were due in the end
    memory    bytes of a node, resident
    """

    each: tuple[float, ...]
    news: float
    jobs: float
    own: float
    reading: float
    database: float
    engine: float
    late: float
    overdue: int
    memory: int

    @property
    def polls(self) -> float:
        """Return the polls a second of all nodes."""
        return sum(self.each)

    @property
    def cost(self) -> float:
        """Return the CPU seconds of 1,000 polls, of all processes."""
        return 1_000 * (self.own + self.reading + self.database) / max(self.polls, 0.001)


@asynccontextmanager
async def running(configs: Sequence[Path], *, bare: bool = False) -> AsyncIterator[list[Node]]:
    """Run a node for each configuration meanwhile."""
    command = [sys.executable, "-m", "benchmarks.cluster_node", *(["--bare"] if bare else [])]
    nodes = [
        Node(await asyncio.create_subprocess_exec(*command, "--config", str(one), stdout=asyncio.subprocess.PIPE))
        for one in configs
    ]
    listening = [asyncio.create_task(node.listen()) for node in nodes]
    try:
        yield nodes
    finally:
        for node in nodes:
            with contextlib.suppress(ProcessLookupError):
                node.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(node.process.wait() for node in nodes), *listening)


async def until(what: Callable[[], bool], *, seconds: float) -> None:
    """Return when it is so. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 - it comes to be in another process
            await asyncio.sleep(0.1)


async def measure(server: Server, database: str, nodes: Sequence[Node], *, seconds: float) -> Measured:
    """Return what nodes do from now on, for a while."""
    firsts = [len(node.told) - 1 for node in nodes]
    before, began = await asyncio.to_thread(server.cpu_of_parts, APPLICATION), time.monotonic()
    await asyncio.sleep(seconds)
    after, took = await asyncio.to_thread(server.cpu_of_parts, APPLICATION), time.monotonic() - began
    spans = [(node.told[first], node.told[-1]) for node, first in zip(nodes, firsts, strict=True)]
    late = [one for node, first in zip(nodes, firsts, strict=True) for told in node.told[first:] for one in told.late]
    with server.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM feed WHERE next_poll_at < now()").fetchone()
    assert row is not None

    def rate(of: Callable[[Second], float]) -> list[float]:
        return [(of(last) - of(first)) / (last.at - first.at) for first, last in spans]

    return Measured(
        each=tuple(rate(lambda one: one.polls)),
        news=sum(rate(lambda one: one.news)),
        jobs=sum(rate(lambda one: sum(one.calls.values()))),
        own=sum(rate(lambda one: one.own)),
        reading=sum(rate(lambda one: one.cpu - one.own)),
        database=(sum(after.values()) - sum(before.values())) / took,
        engine=(after["application"] - before["application"]) / took,
        late=statistics.median(late) if late else 0.0,
        overdue=int(str(row[0])),
        memory=max(last.memory for _, last in spans),
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """The server with the feeds, the watchlists, few of them for jobs that do nothing, and where configurations go."""

    server: Server
    database: str
    folder: Path
    lists: Path
    few: Path

    def configs(self, count: int, engine: str) -> list[Path]:
        """Write the configurations of so many nodes."""
        address, runtime = self.server.url(self.database), {"engine": engine}
        return [write_config(self.folder, address, self.lists, runtime) for _ in range(count)]

    def bare_config(self, engine: str, database: str) -> Path:
        """Write the configuration of a node whose jobs do nothing."""
        return write_config(self.folder, self.server.url(database), self.few, {"engine": engine})


async def play(ground: Ground, count: int, engine: str, *, seconds: float) -> Measured:
    """Return what so many nodes do with all feeds."""
    async with running(ground.configs(count, engine)) as nodes:
        await until(lambda: all(node.polls > 0 for node in nodes), seconds=START_SECONDS)
        await asyncio.sleep(WARM_SECONDS)
        return await measure(ground.server, ground.database, nodes, seconds=seconds)


async def dispatch(ground: Ground, engine: str, *, seconds: float) -> tuple[Measured, Measured]:
    """Return what a runtime takes by itself, with jobs that do nothing: where nothing is due, and where all is."""
    empty = await asyncio.to_thread(ground.server.make_database, f"empty_{engine}")
    found = []
    for database in (empty.rpartition("/")[2], ground.database):
        async with running([ground.bare_config(engine, database)], bare=True) as nodes:
            [node] = nodes
            await until(node.works, seconds=START_SECONDS)
            await asyncio.sleep(WARM_SECONDS)
            found.append(await measure(ground.server, database, nodes, seconds=seconds))
    return found[0], found[1]


def show(name: str, found: Measured) -> None:
    """Print what nodes did."""
    each = ", ".join(f"{one:.0f}" for one in found.each)
    print(f"{name:24} {found.polls:6.0f} polls/s ({each}), {found.news:.0f} with news; {found.jobs:.1f} jobs/s; "
          f"late p50 {found.late:.1f} s; {found.overdue:,} due in the end")  # fmt: skip
    print(f"{'':24} cores: nodes {found.own:.2f}, reading {found.reading:.2f}, database {found.database:.2f} (of it "
          f"the engine {found.engine:.3f}); CPU s per 1,000 polls {found.cost:.2f}; {found.memory / MB:.0f} MB a node",
          flush=True)  # fmt: skip


def show_dispatch(name: str, idle: Measured, busy: Measured, *, jobs: float) -> float:
    """Print what a runtime takes by itself; return the share of a core for so many jobs a second."""
    at_rest, at_work = idle.own + idle.database, busy.own + busy.database
    more = busy.jobs - idle.jobs
    each = (at_work - at_rest) / more if more > 1 else 0.0
    share = at_rest + each * max(jobs - idle.jobs, 0.0)
    print(f"{name:24} alone: {at_rest:.3f} of a core where nothing is due ({idle.jobs:.1f} jobs/s; database "
          f"{idle.database:.3f}), {at_work:.3f} where all is ({busy.jobs:.1f} jobs/s): {1_000 * each:.1f} ms a job; "
          f"{share:.3f} at {jobs:.1f} jobs/s; {idle.memory / MB:.0f} MB with {FEW} aliases", flush=True)  # fmt: skip
    return share


def show_statements(server: Server, database: str) -> None:
    """Print the statements that took the database longest."""
    query = (
        "SELECT calls, total_exec_time, left(regexp_replace(query, '\\s+', ' ', 'g'), 100) FROM pg_stat_statements "
        "ORDER BY total_exec_time DESC LIMIT 14"
    )
    with server.connect(database) as connection:
        for calls, spent, text in connection.execute(query).fetchall():
            print(f"    {calls!s:>9} calls {float(str(spent)) / 1_000:8.1f} s  {text}")


async def run(ground: Ground, counts: Sequence[int], *, feeds: int, seconds: float) -> None:
    """Measure and print."""
    with ground.server.connect(ground.database) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
    offered = feeds / INTERVAL.total_seconds()
    found: Mapping[int, Measured] = {}
    for count in counts:
        with ground.server.connect(ground.database) as connection:
            connection.execute("SELECT pg_stat_statements_reset()")
        found = {**found, count: await play(ground, count, "cluster", seconds=seconds)}
        show(f"cluster, {count} nodes", found[count])
        show_statements(ground.server, ground.database)
    jobs = max(one.jobs for one in found.values())
    share = show_dispatch("cluster", *await dispatch(ground, "cluster", seconds=seconds / 2), jobs=jobs)
    show("embedded runtime", await play(ground, 1, "embedded", seconds=seconds))  # its start divides the feeds anew
    show_dispatch("embedded runtime", *await dispatch(ground, "embedded", seconds=seconds / 2), jobs=jobs)
    each = await cluster_jobs.cost_of_a_job(ground.server)
    print(
        f"one job for each feed    {1_000 * each:.2f} ms a job: {each * offered:.2f} cores for {offered:.0f} a second"
    )
    best = max(max(one.each) for one in found.values())
    print(f"polls a second of a node {best:.0f}; goal {GOAL_POLLS:.0f}: {'met' if best >= GOAL_POLLS else 'not met'}")
    told = "met" if share <= GOAL_DISPATCH else "not met"
    print(f"dispatch                 {share:.3f} of a core; goal {GOAL_DISPATCH:g}: {told}")
    print(f"load of the machine      {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main(arguments: Sequence[str] | None = None) -> int:
    """Lay the ground, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=1_000_000)
    parser.add_argument("--aliases", type=int, default=100_000)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--seconds", type=float, default=60)
    wanted = parser.parse_args(arguments)
    with own_server(POSTGRES) as server, tempfile.TemporaryDirectory() as name:
        began = time.monotonic()
        server.make_database("news")
        lay_feeds(server, "news", count=wanted.feeds, shards=SHARDS)
        lists, few = (lay_lists(Path(name), aliases=count) for count in (wanted.aliases, FEW))
        ground = Ground(server, "news", Path(name), lists, few)
        print(
            f"{wanted.feeds:,} feeds, {wanted.aliases:,} aliases; laid in {time.monotonic() - began:.0f} s", flush=True
        )
        asyncio.run(run(ground, wanted.nodes, feeds=wanted.feeds, seconds=wanted.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
