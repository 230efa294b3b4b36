"""What joining a report to its story costs when a million reports are stored, against ten thousand; SQLite.

python -m benchmarks.stories [--reports 10000 1000000] [--kept 30] [--joined 400]

Both databases take turns. Of their reports one in --kept is young enough to be compared (six days of half a year); the
news is invented, of 4,000 towns, told by three outlets each. With --kept 1 nothing was ever pruned.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import insert, text

from monitor.core.sketches import sketch
from monitor.core.stories import KEPT, keys
from monitor.core.types import FeedSpec
from monitor.store import feeds, migrate, stories
from monitor.store.database import Database

GOAL = 1.5
"""Times that a report may cost among the most reports what it costs among the fewest."""

BATCH = 20
"""Reports joined in one transaction."""

STEP = 2_000
"""Reports stored at a time while the databases are filled."""

NOW = datetime(2026, 11, 1, tzinfo=UTC)

SYLLABLES = "ba jau khar mam und zir sar dar gul man tor kot bad shah wan mir lak ghar nau sher pan jur tal rod".split()
DEEDS = (
    "{toll} killed as bomb hits police van in {town}",
    "Gunmen shoot dead {toll} in {town}, officials say",
    "Flood sweeps away {toll} houses near {town}",
    "{town}: drone strike kills {toll} militants",
    "Court in {town} jails {toll} over attack on convoy",
    "Protest in {town} enters day {toll} after abduction of {name}",
)
LEADS = (
    "Police in {town} said {toll} people were affected and that {name} had visited the scene on {day}.",
    "{name}, a local official, told reporters on {day} that the toll in {town} stood at {toll}.",
    "Residents of {town} saw smoke, and {name} of the rescue service counted {toll}.",
)
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
OUTLETS = 3
"""Reports of one story."""

FILL = """
WITH RECURSIVE number(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM number WHERE n + 1 < :last)
INSERT INTO item
(feed_id, guid, url, title, text, author, content_hash, published_at, fetched_at, version, changes_told, story_id)
SELECT 1, printf('%08d', n), 'https://p' || n % 900 || '.example/' || n, 'Convoy attacked near the border',
       'Officials said on Sunday that nobody was hurt.', '', printf('%064x', n),
       '2026-06-01 10:00:00.000000', '2026-06-01 10:15:00.000000', 1, 0, n / 3 + 1
FROM number
"""
STORIES = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :stories)
INSERT INTO story (id, title, first_at, last_at)
SELECT n, 'Convoy attacked', '2026-06-01 10:00:00.000000', '2026-06-01 10:15:00.000000' FROM number
"""
REPORTS = """
INSERT INTO report (item_id, story_id, publisher, copy_of, why)
SELECT id, story_id, 'p' || id % 900 || '.example', NULL, 'like item 1: same place (bajaur), same toll (20)' FROM item
"""


@dataclass(frozen=True, slots=True)
class Told:
    """An invented report."""

    title: str
    text: str
    at: datetime


def news(chance: random.Random, *, since: datetime, until: datetime) -> Iterator[Told]:
    """Yield reports for ever, OUTLETS of each event, at some time between two."""
    towns = ["".join(chance.choices(SYLLABLES, k=3)).capitalize() for _ in range(4_000)]
    while True:
        words = {
            "town": chance.choice(towns),
            "name": f"{chance.choice(towns)} {chance.choice(towns)}",
            "toll": chance.randint(2, 60),
            "day": chance.choice(DAYS),
        }
        at = since + (until - since) * chance.random()
        for outlet, deed in enumerate([chance.choice(DEEDS)] * OUTLETS):
            lead = LEADS[outlet].format(**words)
            yield Told(deed.format(**words), lead, at + timedelta(minutes=outlet))


class Rounds:
    """A database with so many reports, and what each batch of new ones cost."""

    def __init__(self, db: Database, reports: int, *, kept: int) -> None:
        """Fill the database."""
        self._db, self.cpu = db, list[float]()
        self._next = count(reports)
        self._news = news(random.Random(2), since=NOW, until=NOW + timedelta(minutes=1))
        migrate.upgrade(db)
        feeds.add_feed(db, FeedSpec("https://p.example/feed"), shards=1, now=NOW)
        with db.write() as connection:
            connection.execute(text(STORIES), {"stories": reports // OUTLETS + 1})
            connection.execute(text(FILL), {"first": 0, "last": reports})
            connection.execute(text(REPORTS))
        young = reports // kept
        told = news(random.Random(1), since=NOW - KEPT, until=NOW)
        for first in range(reports - young + 1, reports + 1, STEP):
            self._compare(range(first, min(first + STEP, reports + 1)), told)
        with db.read() as connection:
            connection.execute(text("ANALYZE"))

    def _compare(self, ids: range, told: Iterator[Told]) -> None:
        """Let these reports be compared with others."""
        found = [
            (id_, sketch(one.title, one.text, lang="en", entities=["taliban"], at=one.at))
            for id_, one in zip(ids, told, strict=False)
        ]
        bodies = [{"item_id": id_, "at": one.at, "body": stories._body(one)} for id_, one in found]  # noqa: SLF001 - filled as the store does
        under = [{"key": key, "item_id": id_} for id_, one in found for key in keys(one)]
        with self._db.write() as connection:
            connection.execute(insert(stories.SKETCH), bodies)
            connection.execute(insert(stories.STORY_KEY), under)

    def batch(self) -> None:
        """Join a batch of new reports; keep how many milliseconds of CPU each took."""
        told = [next(self._news) for _ in range(BATCH)]
        with self._db.write() as connection:
            rows = [
                {
                    "feed_id": 1,
                    "guid": f"new-{number}",
                    "url": f"https://p{number % 900}.example/new-{number}",
                    "title": one.title,
                    "text": one.text,
                    "author": "",
                    "content_hash": f"{number:064x}",
                    "published_at": one.at,
                    "fetched_at": NOW,
                    "version": 1,
                    "changes_told": 0,
                }
                for number, one in zip(self._next, told, strict=False)
            ]
            ids = connection.execute(insert(stories.ITEM).returning(stories.ITEM.c.id), rows).scalars().all()
            cpu = time.process_time()
            stories.join_stories(connection, dict.fromkeys(ids, frozenset({"taliban"})), now=NOW)
            self.cpu.append(1_000 * (time.process_time() - cpu) / BATCH)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stories", description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, nargs=2, default=[10_000, 1_000_000])
    parser.add_argument("--kept", type=int, default=30, help="one report in so many is young enough to be compared")
    parser.add_argument("--joined", type=int, default=400)
    parser.add_argument("--folder", type=Path, default=None, help="where the databases are made; by default below /tmp")
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        rounds = []
        for reports in wanted.reports:
            db = Database.open(f"sqlite:///{folder}/{reports}.db")
            rounds.append(Rounds(db, reports, kept=wanted.kept))
            print(f"{reports:,} reports: {db.size() / 1024**2:.0f} MB", flush=True)
        for _ in range(wanted.joined // BATCH):
            for each in rounds:
                each.batch()
    few, many = (statistics.median(each.cpu) for each in rounds)
    for reports, cost in zip(wanted.reports, (few, many), strict=True):
        print(f"{reports:11,} reports: {cost:.2f} ms of CPU for each that joins")
    print(f"{many / few:.2f} times; goal {GOAL:g}: {'met' if many / few <= GOAL else 'not met'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
