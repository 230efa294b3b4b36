"""One node of `benchmarks.cluster`, in a process of its own: the daemon, with made-up publishers in the same process.

    python -m benchmarks.cluster_node --config monitor.yaml [--bare]

It prints one line of JSON a second: what it did so far, what that took, and how late it asked.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.children import family_cpu, rss_of
from benchmarks.publisher import Edition, Press
from monitor import app, daemon, log
from monitor.clock import utcnow
from monitor.config.settings import load_settings
from monitor.core.types import Feed, FetchResult
from monitor.daemon import Daemon
from monitor.runtime.base import Handler

LATENCY = 0.1
"""Seconds until a publisher answers."""

NEWS = 33
"""Of so many feeds one has two new entries each time: 3 % of the polls."""

SAMPLE = 40
"""Polls of a second whose lateness is told."""


@dataclass(frozen=True, slots=True)
class Second:
    """What a node tells each second: sums since it began, and of the last second what it tells as `late`.

    at       by the clock that all processes of the machine share (time.monotonic)
    cpu      seconds, of the process and of those that read for it; `own` without these
    memory   resident bytes of the process, without those that read for it
    calls    of handlers, by kind
    late     seconds from when some of the polls were due until they were asked
    """

    at: float
    polls: int
    news: int
    cpu: float
    own: float
    memory: int
    calls: dict[str, int]
    late: list[float]


@dataclass
class Publishers:
    """Stands in for the fetcher: answers after a while, mostly that nothing changed, else with two new entries."""

    press: Press = field(default_factory=lambda: Press(entries=2))
    polls: int = 0
    news: int = 0
    late: list[float] = field(default_factory=list)

    async def __aenter__(self) -> "Publishers":
        return self

    async def __aexit__(self, *error: object) -> None:
        """Hold nothing."""

    async def fetch(self, feed: Feed, **_: object) -> FetchResult:
        """Answer."""
        self.polls += 1
        self.late.append((utcnow() - feed.next_poll_at).total_seconds())
        await asyncio.sleep(LATENCY)
        if feed.id % NEWS:
            return FetchResult(304, feed.url, {}, b"", feed.etag, None, not_modified=True)
        self.news += 1
        body = self.press.body(feed.id, Edition(news=random.randrange(1_000_000)))
        return FetchResult(200, feed.url, {"content-type": "application/xml"}, body, f'"{self.polls}"', None)


def counted(handlers: dict[str, Handler], calls: Counter[str], *, bare: bool) -> dict[str, Handler]:
    """Return the handlers, which count how often they are called and, bare, do nothing else."""

    def wrap(kind: str, handler: Handler) -> Handler:
        async def call(key: str) -> None:
            calls[kind] += 1
            if not bare:
                await handler(key)

        return call

    return {kind: wrap(kind, handler) for kind, handler in handlers.items()}


async def tell(publishers: Publishers, calls: Counter[str]) -> None:
    """Print a line each second."""
    while True:
        await asyncio.sleep(1)
        late, publishers.late = publishers.late, []
        second = Second(
            at=time.monotonic(), polls=publishers.polls, news=publishers.news, cpu=family_cpu(),
            own=time.process_time(), memory=rss_of("self"), calls=dict(calls),
            late=[round(one, 2) for one in random.sample(late, min(SAMPLE, len(late)))],
        )  # fmt: skip
        print(json.dumps(asdict(second)), flush=True)


async def run(config: Path, *, bare: bool) -> None:
    """Run the daemon until it is stopped."""
    publishers, calls = Publishers(), Counter[str]()
    made: Callable[..., dict[str, Handler]] = daemon.handlers
    app.make_fetcher = lambda _: publishers  # type: ignore[assignment,return-value]  # all that a house asks of it
    daemon.handlers = lambda house, *rest, **named: counted(made(house, *rest, **named), calls, bare=bare)
    node = Daemon(load_settings(config, os.environ), environ=os.environ)
    told = asyncio.create_task(tell(publishers, calls))
    await node.run(signals=True)
    told.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await told


def main(arguments: Sequence[str] | None = None) -> int:
    """Be a node until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster_node", description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--bare", action="store_true", help="the jobs do nothing: what is left is the runtime")
    wanted = parser.parse_args(arguments)
    log.configure(level="error", form="text")
    asyncio.run(run(wanted.config, bare=wanted.bare))
    return 0


if __name__ == "__main__":
    sys.exit(main())
