"""What a poll with news costs the database when ten million items are stored, against ten thousand; SQLite.

python -m benchmarks.poll_store [--items 10000 10000000] [--polls 1000]

Both databases have the same feeds and take turns. The large one takes some 3 GB in --folder, and is deleted.
"""

import argparse
import hashlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from monitor.config.settings import POLL_SHARDS
from monitor.core.types import Entry, Feed, FeedSpec, NewItem, PollOutcome
from monitor.store import feeds, items, migrate
from monitor.store.database import Database

GOAL = 1.5
"""Times that a poll may cost with the most items what it costs with the fewest."""

FEEDS = 10_000
BATCH = 20
"""Polls committed together: what was seen with 64 requests in flight."""

SHOWN, NEW = 38, 2
"""Entries that a feed shows, and how many of them are new."""

NOW = datetime(2026, 11, 1, tzinfo=UTC)

FILL = """
WITH RECURSIVE number(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM number WHERE n + 1 < :last)
INSERT INTO item
(feed_id, guid, url, title, text, author, content_hash, published_at, fetched_at, version, changes_told)
SELECT n / :each + 1, printf('%08d', n), '/' || n, 'Convoy attacked near the border',
       'Officials said on Sunday that nobody was hurt.', '', printf('%064x', n),
       '2026-10-01 10:00:00.000000', '2026-10-01 10:15:00.000000', 1, 0
FROM number
"""


def fill(db: Database, count: int) -> list[Feed]:
    """Make the feeds and spread so many items over them; return the feeds."""
    migrate.upgrade(db)
    specs = [FeedSpec(url=f"https://p{n}.example/feed") for n in range(FEEDS)]
    feeds.add_feeds(db, specs, shards=POLL_SHARDS, now=NOW)
    step = 200_000
    for first in range(0, count, step):
        with db.write() as connection:
            last = min(first + step, count)
            connection.execute(text(FILL), {"first": first, "last": last, "each": max(1, count // FEEDS)})
    with db.read() as connection:
        connection.execute(text("ANALYZE"))
    return feeds.list_feeds(db)


class Rounds:
    """Polls of one database, a batch at a time."""

    def __init__(self, db: Database, count: int) -> None:
        """Fill the database."""
        self._db = db
        self._feeds = fill(db, count)
        self._chance = random.Random(count)
        self.cpu: list[float] = []
        self.wall: list[float] = []

    def batch(self) -> None:
        """Look up and store a batch of polls as the jobs do, and note what each cost in milliseconds."""
        cpu, wall = time.process_time(), time.perf_counter()
        outcomes = [self._poll(feed) for feed in self._chance.sample(self._feeds, BATCH)]
        recorded = items.record_polls(self._db, outcomes, watchlist_version="1", entities={}, now=NOW)
        self.cpu.append(1_000 * (time.process_time() - cpu) / BATCH)
        self.wall.append(1_000 * (time.perf_counter() - wall) / BATCH)
        if recorded.items != NEW * BATCH:
            raise RuntimeError(f"{recorded.items} items were stored, not {NEW * BATCH}")

    def _poll(self, feed: Feed) -> PollOutcome:
        """Return what a poll found that looked up what the feed showed before, and its new entries."""
        seen = items.known_hashes(self._db, feed.id)
        new = list(self._new(feed))
        if items.known_items(self._db, feed.id, [one.entry.guid for one in new]):
            raise RuntimeError("a new entry is known")
        shown = {self._chance.getrandbits(62) for _ in range(NEW if seen else SHOWN)}
        return PollOutcome(
            feed=feed,
            polled_at=NOW,
            next_poll_at=NOW + timedelta(minutes=15),
            wait_reason="every 15 minutes",
            status=200,
            items=tuple(new),
            shown=frozenset([*seen, *shown][-SHOWN:]),
        )

    def _new(self, feed: Feed) -> Iterator[NewItem]:
        """Yield entries that no feed has shown."""
        for _ in range(NEW):
            guid = f"{feed.id}-{self._chance.getrandbits(62)}"
            entry = Entry(guid, "Convoy attacked", "Nobody was hurt, officials said.", f"/{guid}", NOW, "en")
            yield NewItem(entry, hashlib.sha256(guid.encode()).hexdigest())


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.poll_store", description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, nargs=2, default=[10_000, 10_000_000])
    parser.add_argument("--polls", type=int, default=2_000)
    parser.add_argument("--folder", type=Path, default=None, help="where the databases are made; by default below /tmp")
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        rounds = []
        for count in wanted.items:
            began = time.perf_counter()
            db = Database.open(f"sqlite:///{folder}/{count}.db")
            rounds.append(Rounds(db, count))
            size = db.size() / 1024**3
            print(f"{count:,} items: {size:.2f} GB, made in {time.perf_counter() - began:.0f} s", flush=True)
        for _ in range(wanted.polls // BATCH):
            for each in rounds:
                each.batch()
    for count, each in zip(wanted.items, rounds, strict=True):
        cpu, wall = statistics.median(each.cpu), statistics.median(each.wall)
        print(f"{count:11,} items: {cpu:.3f} ms of CPU a poll with {NEW} new entries, {wall:.3f} ms in all")
    for name in ("cpu", "wall"):
        few, many = (statistics.median(getattr(each, name)) for each in rounds)
        print(f"{name}: {many / few:.2f} times; goal {GOAL:g}: {'met' if many / few <= GOAL else 'not met'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
