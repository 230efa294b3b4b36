"""How many deliveries a second go out, and how soon after a poll: beside a bare loop of httpx and apprise.

python -m benchmarks.deliver [--deliveries 2000] [--feeds 500] [--seconds 60] [--only rate|outage|delay]

The receiver and the feeds are in a process of their own. Ours is the delivery job over all lanes with its outbox in
SQLite on the disk, each delivery signed, sent and marked; then the same with one of ten channels dead; then the whole
daemon, 500 feeds polled every few seconds.
"""

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from benchmarks.outlets import Outlets
from benchmarks.pollers import write_config
from monitor.app import open_house, utcnow
from monitor.channels.http import encode
from monitor.config.settings import DELIVER_LANES, load_settings
from monitor.core.types import Delivery, DeliveryState, Notice
from monitor.daemon import Daemon, handlers
from monitor.log import configure
from monitor.store import deliveries, feeds

GOAL_RATE = 500.0
"""Deliveries a second, with durable state."""

GOAL_P50, GOAL_P99 = 0.3, 1.0
"""Seconds from the answer to a poll to the webhook."""

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of nobody
CHANNELS = (1, 10)
POLLING = {"interval": "8s", "min_interval": "4s", "max_interval": "8s", "websub": False}
SPACING = 0.2
"""Seconds between two new entries, in the mean."""

SETTLE_SECONDS = 0.5
"""How often it is looked whether every feed was polled once."""

LAST_SECONDS = 12.0
"""After the last new entry: the longest until its feed is asked, and more."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What some deliveries took."""

    name: str
    count: int
    wall: float
    cpu: float

    def __str__(self) -> str:
        """Return a line."""
        each = 1_000 * self.cpu / self.count
        return f"{self.name:34} {self.count / self.wall:6.0f} a second, {each:5.2f} ms of CPU each"


def make_notice(number: int, now: datetime) -> Notice:
    """Return the notice of an alert with one hit."""
    at = now.isoformat(timespec="seconds")
    item = {
        "id": str(number), "title": f"Convoy attacked near Khar ({number})", "url": f"https://paper.example/{number}",
        "published_at": at, "lang": "en", "summary": "Officials said that nobody was hurt. " * 20,
        "feed": {"name": "Paper", "url": "https://paper.example/rss"}, "version": 1, "headline": None,
        "edited_at": None, "withdrawn_at": None, "change": None,
    }  # fmt: skip
    hit = {
        "id": str(number), "rule": "entity:is-k", "watchlist": "isk", "severity": "high", "why": "is-k: “IS-K”",
        "entities": [{"id": "is-k", "name": "IS-K", "kind": "organisation"}], "item": item,
        "mentions": [{"entity": "is-k", "field": "title", "start": 0, "end": 6, "surface": "Convoy"}],
    }  # fmt: skip
    alert = {
        "id": f"alr_{number}", "title": item["title"], "severity": "high", "receiver": "r0", "story": str(number),
        "created_at": at, "url": None, "reports": 1, "publishers": 1, "quiet": False, "reason": "first report",
        "ack_url": None, "repeated": False,
    }  # fmt: skip
    return cast("Notice", {"type": "alert.created", "timestamp": at, "data": {"alert": alert, "hits": [hit]}})


async def measure(name: str, count: int, work: Callable[[], Awaitable[object]]) -> Cost:
    """Return what a work of so many deliveries took."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    return Cost(name, count, time.perf_counter() - wall, time.process_time() - cpu)


async def ours(folder: Path, hooks: Sequence[str], *, count: int) -> tuple[Cost, list[float]]:
    """Empty an outbox through webhooks, one to each address; return the cost, and when each was sent, in seconds.

    Of addresses that do not answer nothing is counted.
    """
    receivers = [
        {"name": f"r{number}", "channels": [{"webhook": {"url": hook, "secret": SECRET}}]}
        for number, hook in enumerate(hooks)
    ]
    http = {"allow_private_networks": True, "timeout": "2s"}
    config = write_config(folder, [], receivers=receivers, route={"receiver": "r0"}, http=http)
    async with open_house(load_settings(config, {}), ring=lambda *_: None) as house:
        db, now = house.current().db, utcnow()
        names = [f"r{number % len(hooks)}" for number in range(count)]
        rows = [
            Delivery(
                f"dlv_{number:06}", f"{name}/webhook", name, "alert.created", make_notice(number, now),
                f"alr_{number}", DeliveryState.PENDING, 0, now, now,
            )
            for number, name in enumerate(names)
        ]  # fmt: skip
        deliveries.add(db, rows)
        deliver = handlers(house)["deliver"]

        async def empty() -> None:
            await asyncio.gather(*(deliver(str(lane)) for lane in range(DELIVER_LANES)))

        began_at = utcnow()
        cost = await measure(f"ours, {len(hooks)} channel{'s' * (len(hooks) > 1)}", count, empty)
        done = deliveries.list_deliveries(db, state=DeliveryState.SENT, limit=count)
    return cost, [(one.sent_at - began_at).total_seconds() for one in done if one.sent_at is not None]


async def outage(outlets: Outlets, folder: Path, *, count: int) -> None:
    """Print when the deliveries of nine channels are sent, with a tenth that works and with one that never answers."""
    for name, hook in (("that works", outlets.hook), ("that never answers", outlets.silent)):
        _, sent = await ours(folder / name, [hook, *[outlets.hook] * 9], count=count)
        p50, p99 = statistics.median(sent), statistics.quantiles(sent, n=100)[98]
        print(f"beside a channel {name:18}: {len(sent)} sent, after p50 {p50:.2f} s, p99 {p99:.2f} s")


async def bare(hook: str, *, count: int) -> Cost:
    """Post the same from a loop around httpx: no signature, no state, no second attempt."""
    import httpx

    bodies = [encode(cast("Any", make_notice(number, utcnow()))) for number in range(count)]
    async with httpx.AsyncClient() as client:

        async def post() -> None:
            for body in bodies:
                (await client.post(hook, content=body, headers={"content-type": "application/json"})).raise_for_status()

        return await measure("bare loop of httpx, nothing stored", count, post)


async def by_apprise(hook: str, *, count: int) -> Cost:
    """Notify by apprise's own webhook, one after the other; nothing stored."""
    from apprise import Apprise

    service = Apprise()
    service.add(hook.replace("http://", "json://"))
    text = "Officials said that nobody was hurt. " * 20

    def notify() -> None:
        for number in range(count):
            if not service.notify(title=f"Convoy attacked near Khar ({number})", body=text):
                raise RuntimeError("apprise did not deliver")

    return await measure("apprise, nothing stored", count, lambda: asyncio.to_thread(notify))


async def rate(outlets: Outlets, folder: Path, *, count: int) -> None:
    """Print deliveries a second."""
    costs = [await bare(outlets.hook, count=count)]
    try:
        costs.append(await by_apprise(outlets.hook, count=count // 5))
    except ImportError:
        print("apprise is not installed, and left out")
    for channels in CHANNELS:
        cost, sent = await ours(folder / str(channels), [outlets.hook] * channels, count=count)
        if len(sent) != count:
            raise RuntimeError(f"{len(sent)} of {count} were sent")
        costs.append(cost)
    for cost in costs:
        print(cost)
    best = max(cost.count / cost.wall for cost in costs if cost.name.startswith("ours"))
    print(f"{best:.0f} a second; goal {GOAL_RATE:g}: {'met' if best >= GOAL_RATE else 'not met'}")


async def delay(outlets: Outlets, folder: Path, *, count: int, seconds: float) -> None:
    """Print how long after the answer to a poll the webhook about its new entry comes."""
    receivers = [{"name": "desk", "channels": [{"webhook": {"url": outlets.hook, "secret": SECRET}}]}]
    route = {"receiver": "desk", "group_wait": "0s", "group_interval": "0s"}
    config = write_config(
        folder, outlets.urls(count), polling=POLLING, receivers=receivers, route=route, web={"listen": "127.0.0.1:0"}
    )
    daemon = Daemon(load_settings(config, {}), environ={})
    running = asyncio.create_task(daemon.run())
    await daemon.ready()
    db = daemon.status.db
    while any(one.polled_at is None for one in await asyncio.to_thread(feeds.list_feeds, db)):  # noqa: ASYNC110 - rows
        await asyncio.sleep(SETTLE_SECONDS)
    chance, cpu, end = random.Random(7), time.process_time(), time.monotonic() + seconds
    published = 0
    while time.monotonic() < end:
        await asyncio.to_thread(outlets.publish, chance.randrange(count))
        published += 1
        await asyncio.sleep(chance.expovariate(1 / SPACING))
    await asyncio.sleep(LAST_SECONDS)
    spent = time.process_time() - cpu
    daemon.stop()
    await running
    found = sorted(outlets.delays())
    p50, p99 = statistics.median(found), statistics.quantiles(found, n=100)[98]
    print(f"{published} entries published in {seconds:g} s at {count} feeds, {len(found)} answers with new ones told")
    print(f"CPU of the daemon {spent / (seconds + LAST_SECONDS):.0%} of a core; load {os.getloadavg()[0]:.1f}")
    met = "met" if p50 <= GOAL_P50 and p99 <= GOAL_P99 else "not met"
    told = f"answer to webhook: p50 {p50:.3f} s, p99 {p99:.3f} s, most {found[-1]:.3f} s"
    print(f"{told}; goal {GOAL_P50:g} and {GOAL_P99:g} s: {met}")


async def run(wanted: argparse.Namespace) -> None:
    """Measure what is wanted."""
    with tempfile.TemporaryDirectory(dir=wanted.folder) as name:
        folder = Path(name)
        if wanted.only in (None, "rate"):
            with Outlets() as outlets:
                await rate(outlets, folder, count=wanted.deliveries)
        if wanted.only in (None, "outage"):
            with Outlets() as outlets:
                await outage(outlets, folder, count=wanted.deliveries // 2)
        if wanted.only in (None, "delay"):
            with Outlets() as outlets:
                await delay(outlets, folder / "delay", count=wanted.feeds, seconds=wanted.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deliver", description=__doc__.splitlines()[0])
    parser.add_argument("--deliveries", type=int, default=2_000)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", choices=["rate", "outage", "delay"])
    parser.add_argument("--folder", type=Path, default=None, help="where the databases are made; by default below /tmp")
    wanted = parser.parse_args(arguments)
    configure(level="error", form="text")
    asyncio.run(run(wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main())
