"""The pollers that are compared: ours as the daemon runs it, lemon24's `reader`, and a loop around feedparser.

Each stores what a user of it would have stored, and says how many entries were new to it, so that one that is fast
because it misses them would show. What a peer imports is imported when it is made.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import yaml

from benchmarks.publisher import latin_names

PASSED = timedelta(hours=25)
"""What our clock is put forward by before each round: beyond polling.max_interval, so that every feed is due."""

THREADS = 8
"""Of `reader`: with one its CPU time was the same, and a round took longer."""


class Poller(Protocol):
    """A store with feeds that are asked again and again."""

    def poll(self) -> int:
        """Ask every feed once; return how many entries were new."""

    def close(self) -> None:
        """Give up what is held."""


class Ours:
    """The poll job of the daemon over all shards: hosts, conditions, reading apart, matching, SQLite on the disk."""

    def __init__(self, urls: Sequence[str], folder: Path) -> None:
        """Set up a house as `monitor once` does."""
        from monitor.app import open_house, utcnow
        from monitor.config.settings import load_settings
        from monitor.log import configure

        configure(level="error", form="text")
        settings = load_settings(write_config(folder, urls), {})
        self._clock = utcnow
        self._passed = timedelta(0)
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        entered = self._stack.enter_async_context(open_house(settings, ring=lambda *_: None, clock=self._now))
        self._house = self._runner.run(entered)

    def _now(self) -> datetime:
        """Return the instant it is for us."""
        return self._clock() + self._passed

    def poll(self) -> int:
        """Let every feed become due, and poll until none is."""
        from monitor.daemon import handlers
        from monitor.store import items

        async def round_() -> None:
            poll, settings = handlers(self._house)["poll"], self._house.current().settings
            await asyncio.gather(*(poll(str(shard)) for shard in range(settings.runtime.shards)))

        db = self._house.current().db
        before = items.counts(db)["items"]
        self._passed += PASSED
        self._runner.run(round_())
        return items.counts(db)["items"] - before

    def close(self) -> None:
        """Close the house."""
        self._runner.run(self._stack.aclose())
        self._runner.close()


def write_config(folder: Path, urls: Sequence[str], **other: object) -> Path:
    """Write a configuration with these feeds, a list of a thousand names and a receiver that is told nothing."""
    lists = folder / "watchlists"
    lists.mkdir(parents=True, exist_ok=True)
    entities = [{"id": f"n{n}", "kind": "person", "name": name} for n, name in enumerate(latin_names())]
    watchlist = {"watchlist": "bench", "title": "Benchmark", "severity": "low", "entities": entities}
    (lists / "bench.yaml").write_text(yaml.safe_dump(watchlist, allow_unicode=True), encoding="utf-8")
    config: Mapping[str, object] = {
        "database": f"sqlite:///{folder}/monitor.db",
        "watchlists": str(lists),
        "http": {"allow_private_networks": True},
        "feeds": [{"url": url} for url in urls],
        "receivers": [{"name": "nobody"}],
        "route": {"receiver": "nobody"},
        **other,
    }
    file = folder / "monitor.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    return file


class Reader:
    """lemon24's `reader` as its documentation shows it."""

    def __init__(self, urls: Sequence[str], folder: Path) -> None:
        """Make a database with the feeds."""
        import reader

        self._reader = reader.make_reader(str(folder / "reader.sqlite"))
        for url in urls:
            self._reader.add_feed(url)

    def poll(self) -> int:
        """Update all feeds, also those that were updated a moment ago."""
        before = self._count()
        self._reader.update_feeds(scheduled=False, workers=THREADS)
        return self._count() - before

    def _count(self) -> int:
        """Return how many entries are stored."""
        total: int = self._reader.get_entry_counts().total
        return total

    def close(self) -> None:
        """Close the database."""
        self._reader.close()


class Loop:
    """A loop around feedparser with conditional requests, and in memory what was seen."""

    def __init__(self, urls: Sequence[str], folder: Path) -> None:  # noqa: ARG002 - nothing is stored
        """Know nothing yet."""
        import feedparser

        self._parse: Callable[..., Any] = feedparser.parse
        self._feeds: dict[str, tuple[str | None, str | None]] = dict.fromkeys(urls, (None, None))
        self._seen: dict[str, set[str]] = {url: set() for url in urls}

    def poll(self) -> int:
        """Ask one feed after the other."""
        new = 0
        for url, (etag, modified) in self._feeds.items():
            answer = self._parse(url, etag=etag, modified=modified)
            if answer.status == 304:
                continue
            self._feeds[url] = answer.get("etag"), answer.get("modified")
            ids = {entry.get("id") or entry.get("link") for entry in answer.entries}
            new += len(ids - self._seen[url])
            self._seen[url] = ids
        return new

    def close(self) -> None:
        """Hold nothing."""


OURS, READER, LOOP = "ours", "reader", "feedparser loop"

PEERS: Mapping[str, Callable[[Sequence[str], Path], Poller]] = {OURS: Ours, READER: Reader, LOOP: Loop}
