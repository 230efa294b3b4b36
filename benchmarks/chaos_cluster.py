"""Several nodes on one database while nodes and database are broken: nothing lost, work taken over, digests told once.

    python -m benchmarks.chaos --nodes 3 [--faults 30] [--seed 7]

Each node is the real daemon in a process of its own, with a clock that is a minute behind the next one's. They share
a PostgreSQL server that is made for them. The laws are those of one daemon (benchmarks/chaos.py), and those below.
"""

import asyncio
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from sqlalchemy import text

from benchmarks.chaos import LONGEST_INTERVAL, PATIENCE, Laws, judge, wait_until_quiet, write_config
from benchmarks.chaos_nodes import Kind, Node, Nodes, draw
from benchmarks.chaos_world import Feeds, World
from benchmarks.own_postgres import Server, free_port, own_server
from monitor.store.database import Database

FEEDS = 30
"""Each on a host of its own, so that they are in as many shards as can be."""

APART = 60.0
"""Seconds between the clocks of one node and the next."""

PAUSE = 0.5
"""Seconds between two entries, in the mean."""

TAKEOVER = 20.0
"""Seconds until others do the work of a node that is gone."""

LONGEST_GAP = 5.0
"""Seconds without any poll at all, while the database is there."""

BATCH = 50
"""Deliveries of a channel that may be sent and not marked when a node goes (jobs/deliver.py, PER_LOOK)."""

STILL_SECONDS = 0.2
"""How often it is looked whether the machine stands still."""

SETTLED = 0.7
"""The share of faults that wait until the one before was recovered from."""


@dataclass(frozen=True, slots=True)
class Digests:
    """What came of the digests, of which there is one each minute.

    stored    how many there are
    untold    those that readers did not get, and `twice` those that came under two ids
    holes     ends of one that are not the start of the next
    uncounted how many hits no digest counts, of those in the time that digests tell
    """

    stored: int
    untold: tuple[str, ...]
    twice: tuple[str, ...]
    holes: int
    uncounted: int


@dataclass(frozen=True, slots=True)
class Endured:
    """What happened and what came of it.

    slow    laws of time that are broken, in words: on a busy machine they say little
    gaps    the longest seconds without any poll while the database was there, and while it was away
    still   the longest seconds for which this process, which only watches, had no turn or the disk took to write a page
    """

    nodes: Nodes
    laws: Laws
    slow: tuple[str, ...]
    digests: Digests
    gaps: tuple[float, float]
    quiet: float
    still: float


@dataclass
class Stillness:
    """Watches how long the machine itself stands still, in a thread."""

    folder: Path
    longest: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch meanwhile."""
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _watch(self) -> None:
        with (self.folder / "page").open("wb", buffering=0) as file:
            while True:
                began = time.monotonic()
                if self._ended.wait(STILL_SECONDS):
                    return
                file.write(bytes(8_192))
                os.fsync(file.fileno())
                self.longest = max(self.longest, time.monotonic() - began - STILL_SECONDS)


def longest_gaps(
    asked: Sequence[tuple[float, int]], away: Sequence[tuple[float, float]], *, since: float, until: float
) -> tuple[float, float]:
    """Return the longest time without any poll between two instants: where the database was there, and where not."""
    instants = [since, *(at for at, _ in asked if since < at < until), until]
    gaps: dict[bool, float] = {False: 0.0, True: 0.0}
    for before, after in pairwise(instants):
        broken = any(start < after and before < end for start, end in away)
        gaps[broken] = max(gaps[broken], after - before)
    return gaps[False], gaps[True]


def judge_digests(world: World, database: str) -> Digests:
    """Return what came of the digests."""
    db = Database.open(database)
    with db.read() as connection:
        rows = connection.execute(text("SELECT id, start_at, end_at, notice FROM digest ORDER BY end_at")).all()
        counted = sum(row.notice["data"]["digest"]["hits"] for row in rows)
        span = {"start": rows[0].start_at, "end": rows[-1].end_at} if rows else {"start": None, "end": None}
        within = text("SELECT count(*) FROM hit WHERE created_at >= :start AND created_at < :end")
        hits = connection.execute(within, span).scalar_one()
    db.close()
    told = world.readers.digests
    return Digests(
        stored=len(rows),
        untold=tuple(row.id for row in rows if row.id not in told),
        twice=tuple(id_ for id_, deliveries in told.items() if len(deliveries) > 1),
        holes=sum(before.end_at != after.start_at for before, after in pairwise(rows)),
        uncounted=hits - counted,
    )


def make_nodes(folder: Path, world: World, database: str, count: int) -> list[Node]:
    """Write the configurations of the nodes, which differ in the port of their pages."""
    nodes = []
    for number in range(count):
        own, port = folder / f"node-{number}", free_port()
        config = write_config(
            own, own, world, database=database, port=port,
            runtime={"engine": "cluster"},
            digests=[{"name": "minutely", "schedule": "* * * * *", "receiver": "readers"}],
        )  # fmt: skip
        nodes.append(Node(config, APART * (number - (count - 1) / 2), own / "log", port))
    return nodes


async def endure(
    server: Server, folder: Path, *, nodes: int, faults: int, seed: int, settled: float = SETTLED,
    pause: float = PAUSE, patience: float = PATIENCE,
) -> Endured:  # fmt: skip
    """Let so many nodes endure so many faults."""
    world = World(Feeds(FEEDS, random.Random(f"feeds {seed}"), hosts=FEEDS))
    database = await asyncio.to_thread(server.make_database, "chaos")
    still = Stillness(folder)
    async with world.open():
        all_ = Nodes(world, server, make_nodes(folder, world, database, nodes))
        async with all_.running():
            async with world.publishing(pause=pause):
                await all_.all_well(patience)
                began = time.monotonic()
                with still.watched():
                    await all_.suffer(draw(faults, random.Random(seed), settled=settled), patience=patience)
                    await all_.settle(patience)
                    await all_.all_well(patience)
                ended = time.monotonic()
                async with asyncio.timeout(patience):
                    while not world.readers.digests:  # noqa: ASYNC110 - the first comes within two minutes
                        await asyncio.sleep(0.1)
            quiet = await wait_until_quiet(world, database, seconds=patience)
        gaps = longest_gaps(world.feeds.asked, all_.crashes, since=began, until=ended)
        digests = await asyncio.to_thread(judge_digests, world, database)
        laws = await asyncio.to_thread(judge, world, database, broken(all_, digests))
        return Endured(all_, laws, slow(all_, gaps[0]), digests, gaps, quiet, still.longest)


def slow(nodes: Nodes, gap: float) -> tuple[str, ...]:
    """Return the laws of time that are broken, in words."""
    limits = {Kind.KILL: TAKEOVER, Kind.PAUSE: TAKEOVER, Kind.TERM: LONGEST_GAP, Kind.CRASH: TAKEOVER}
    late = {
        f"{kind}: all feeds were asked again after {took:.1f} s"
        for kind, limit in limits.items()
        for took in nodes.recovered.get(kind, [])
        if took > limit + LONGEST_INTERVAL
    }
    gaps = {f"nobody polled anything for {gap:.1f} s"} if gap > LONGEST_GAP else set()
    stops = {f"stops that took too long: {nodes.slow_stops}"} if nodes.slow_stops else set()
    return tuple(sorted(late | gaps | stops))


def broken(nodes: Nodes, digests: Digests) -> dict[str, object]:
    """Return the laws of many nodes as they are told when they are broken, and what breaks them."""
    world = nodes.world
    repeats = sum(one.repeats for one in (*world.receivers.values(), world.readers))
    allowed = nodes.faults.total() * BATCH
    return {
        f"{repeats} repeats, more than {allowed}": repeats > allowed,
        f"digests that did not come: {digests.untold}": digests.untold,
        f"digests that came under two ids: {digests.twice}": digests.twice,
        f"{digests.holes} times no digest begins where the one before ends": digests.holes,
        "there was no digest": not digests.stored,
        f"{digests.uncounted} hits are in no digest": digests.uncounted,
        f"nodes ended by themselves: {nodes.ended}": nodes.ended,
    }


def show(found: Endured) -> None:
    """Print what happened."""
    nodes, laws, digests = found.nodes, found.laws, found.digests
    for kind in Kind:
        if count := nodes.faults[kind]:
            took = nodes.recovered.get(kind, [])
            told = f"{statistics.median(took):5.1f} s, at most {max(took):5.1f} s ({len(took)})" if took else "-"
            print(f"{count:4} {kind:46} all feeds asked again after {told}")
    print(
        f"longest time without any poll      {found.gaps[0]:.1f} s; while the database was away {found.gaps[1]:.1f} s"
    )
    print(f"published, stored                  {laws.published}, {laws.stored}")
    print(f"told                               {laws.delivered}")
    print(f"repeats under the same id          {laws.repeats}")
    print(f"repeats under another id           {laws.other_id}")
    print(f"lost                               {laws.lost}")
    print(f"digests, hits that none counts     {digests.stored}, {digests.uncounted}")
    print(f"quiet after the last entry         {found.quiet:.1f} s")
    print(
        f"machine stood still for at most    {found.still:.1f} s; load {os.getloadavg()[0]:.0f}, {os.cpu_count()} cores"
    )
    print("\n".join(f"BROKEN: {law}" for law in laws.broken + found.slow) or "all laws hold")


def report(nodes: int, *, faults: int, seed: int, keep: Path | None) -> int:
    """Let it happen, and tell; return the exit code."""
    with own_server() as server, tempfile.TemporaryDirectory() as name:
        print(f"{faults} faults, {nodes} nodes, clocks {APART * (nodes - 1):.0f} s apart, seed {seed}", flush=True)
        began = time.monotonic()
        try:
            found = asyncio.run(endure(server, Path(name), nodes=nodes, faults=faults, seed=seed))
        finally:
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                for log in Path(name).glob("node-*/log"):
                    (keep / f"{log.parent.name}.log").write_bytes(log.read_bytes())
        show(found)
        print(f"took                               {time.monotonic() - began:.0f} s")
    return 1 if found.laws.broken or found.slow else 0
