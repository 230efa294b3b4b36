"""Whether polls come when they are due: 100,000 feeds every 15 minutes, 200 ms an answer, 5 % of them never.

python -m benchmarks.poll_crowd [--feeds 100000] [--seconds 180] [--concurrency 256]

The poll job under the runtime's ticks, the reading processes, SQLite on the disk and the clock are the real ones; what
fetches is made up, in the same process. All feeds are there, their due times spread over 15 minutes, of which a window
is played in real time. Half of the feeds are alone with three others on their host, half share one with 199; what hangs
does so for http.timeout, and is one small host in ten and one large one.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from benchmarks.children import family_cpu
from benchmarks.pollers import write_config
from benchmarks.publisher import Edition, Press
from monitor.app import open_house, utcnow
from monitor.config.settings import POLL_SHARDS, load_settings
from monitor.core.types import Feed, FeedSpec, FetchResult
from monitor.daemon import handlers
from monitor.errors import FetchError
from monitor.log import configure
from monitor.runtime.embedded import EmbeddedRuntime
from monitor.schedule import TICK_SECONDS
from monitor.store import feeds
from monitor.store.database import Database

GOAL_LATE, GOAL_STALL = 5.0, 0.050
"""Seconds: due-time error p99, and how long the event loop may not turn, p99."""

INTERVAL = timedelta(minutes=15)
LATENCY = 0.2
SMALL, LARGE = 4, 200
"""Feeds on a host, of the one half and of the other."""

HANGING = 10
"""Of so many small hosts one hangs, so that 5 % of all feeds do; and one of the large hosts."""

NEWS = 33
"""Of so many answers one has news: 3 %."""

WARM_SECONDS = 20
BEAT_SECONDS = 0.01
"""How often it is looked whether the loop turns."""

KINDS = ("small", "large", "hanging")


def make_specs(count: int) -> list[FeedSpec]:
    """Return the feeds; the name of a host tells its kind."""
    urls = []
    for number in range(count):
        half, place = number % 2, number // 2
        host = place // SMALL if half else place // LARGE
        slow = host % HANGING == 0 if half else host == 0
        kind = "hanging" if slow else KINDS[1 - half]
        urls.append(f"https://{'s' if half else 'l'}{host}.{kind}.example/{number}")
    return [FeedSpec(url=url, interval=INTERVAL) for url in urls]


@dataclass
class Crowd:
    """Answers in place of the network, and notes how late it was asked."""

    press: Press
    timeout: float
    late: dict[str, dict[str, list[float]]] = field(default_factory=lambda: {kind: defaultdict(list) for kind in KINDS})
    asked: int = 0
    in_flight: int = 0
    most: int = 0
    measured: bool = False

    async def fetch(self, feed: Feed, **_: object) -> FetchResult:
        """Answer after the latency: mostly that nothing changed, else with two new entries; or hang."""
        host = urlsplit(feed.url).hostname or ""
        kind = host.split(".")[1]
        self.asked += 1
        if self.measured:
            self.late[kind][host].append((utcnow() - feed.next_poll_at).total_seconds())
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            await asyncio.sleep(self.timeout if kind == "hanging" else LATENCY)
        finally:
            self.in_flight -= 1
        if kind == "hanging":
            raise FetchError("timeout", "no complete answer within http.timeout")
        headers = {"content-type": "application/xml"}
        if self.asked % NEWS:
            return FetchResult(304, feed.url, {}, b"", feed.etag, None, not_modified=True)
        body = self.press.body(feed.id, Edition(news=self.asked // NEWS))
        return FetchResult(200, feed.url, headers, body, f'"{self.asked}"', None)


async def watch_loop(stalls: list[float]) -> None:
    """Note by how much each short sleep was too long."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(BEAT_SECONDS)
        stalls.append(time.perf_counter() - began - BEAT_SECONDS)


def spread(db: Database, count: int) -> None:
    """Make the feeds known for long, each due at another moment of the interval that begins now."""
    feeds.add_feeds(db, make_specs(count), shards=POLL_SHARDS, now=utcnow())
    past = "first_polled_at = next_poll_at, polled_at = next_poll_at, ok_at = next_poll_at"
    due_at = "strftime('%Y-%m-%d %H:%M:%f000', 'now', (abs(random()) % 900000 / 1000.0) || ' seconds')"
    known = f"UPDATE feed SET etag = '1', {past}, next_poll_at = {due_at}"  # noqa: S608 - nothing from outside
    with db.write() as connection:
        connection.execute(text(known))


async def play(folder: Path, *, count: int, seconds: float, concurrency: int) -> tuple[Crowd, list[float], float]:
    """Return what was noted in a window: lateness, stalls of the loop, CPU seconds per 1,000 polls."""
    config = write_config(folder, [], http={"allow_private_networks": True, "concurrency": concurrency})
    settings = load_settings(config, {})
    runtime = EmbeddedRuntime()
    async with open_house(settings, ring=lambda *_: None) as house:
        db = house.current().db
        crowd = Crowd(Press(), settings.http.timeout.total_seconds())
        context = replace(house.current(), fetcher=crowd)  # type: ignore[arg-type]  # all that the job asks of one
        house.current = lambda: context  # type: ignore[method-assign]
        await asyncio.to_thread(spread, db, count)
        runtime.every("poll", TICK_SECONDS, [str(shard) for shard in range(POLL_SHARDS)])
        jobs = asyncio.create_task(runtime.run({"poll": handlers(house)["poll"]}))
        await asyncio.sleep(WARM_SECONDS)
        stalls: list[float] = []
        watch = asyncio.create_task(watch_loop(stalls))
        crowd.measured = True
        cpu, asked = family_cpu(), crowd.asked
        await asyncio.wait([jobs], timeout=seconds)
        spent = 1_000 * (family_cpu() - cpu) / max(1, crowd.asked - asked)
        crowd.measured = False
        for task in (watch, jobs):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        return crowd, stalls, spent


def show(crowd: Crowd, stalls: Sequence[float], spent: float, seconds: float) -> None:
    """Print what was noted, and the goals."""
    polls = sum(len(each) for hosts in crowd.late.values() for each in hosts.values())
    print(f"{polls:,} polls in {seconds:g} s, {polls / seconds:.0f} a second; {crowd.most} in flight at most;")
    print(f"CPU s per 1,000 polls {spent:.2f}; load of the machine {os.getloadavg()[0]:.1f}")
    answering = [late for kind in KINDS[:2] for each in crowd.late[kind].values() for late in each]
    for kind, late in [(kind, [one for each in crowd.late[kind].values() for one in each]) for kind in KINDS]:
        told = f"p50 {_share(late, 50):6.2f} s, p99 {_share(late, 99):6.2f} s, most {max(late, default=0):6.2f} s"
        print(f"due-time error, {kind:7} hosts: {told} ({len(late):,} polls)")
    mean = [statistics.fmean(each) for kind in KINDS[:2] for each in crowd.late[kind].values()]
    fair = f"median {statistics.median(mean):.2f} s, p99 {_share(mean, 99):.2f} s, most {max(mean):.2f} s"
    print(f"fairness: mean error of a host that answers: {fair}")
    error, stall = _share(answering, 99), _share(stalls, 99)
    print(f"due-time error p99 {error:.2f} s; goal {GOAL_LATE:g} s: {'met' if error <= GOAL_LATE else 'not met'}")
    met = "met" if stall <= GOAL_STALL else "not met"
    told = f"loop stall p99 {1_000 * stall:.0f} ms, most {1_000 * max(stalls):.0f} ms"
    print(f"{told}; goal {1_000 * GOAL_STALL:g} ms: {met}")


def _share(values: Sequence[float], percent: int) -> float:
    """Return the value below which so many percent of the values lie."""
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Play and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.poll_crowd", description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--concurrency", type=int, default=256)
    wanted = parser.parse_args(arguments)
    configure(level="error", form="text")
    with tempfile.TemporaryDirectory() as folder:
        found = play(Path(folder), count=wanted.feeds, seconds=wanted.seconds, concurrency=wanted.concurrency)
        crowd, stalls, spent = asyncio.run(found)
    show(crowd, stalls, spent, wanted.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
