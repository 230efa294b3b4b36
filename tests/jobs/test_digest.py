"""The digest job over a year of its life, with a real database: each period exactly once."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.app import House, open_house
from monitor.config.settings import load_settings
from monitor.core.digest import ticks_between
from monitor.jobs.digest import SETTLE, make_due, notice_so_far, send_so_far
from monitor.store import deliveries, digests
from monitor.store.database import Database, in_turn
from monitor.store.feeds import list_feeds
from monitor.store.stories import LOCK_KEY
from tests.jobs.newsroom import WATCHLIST
from tests.store.locks import until_waiting
from tests.store.rows import make_feed, make_item, make_match, make_outcome, record
from tests.tables import lay_tables

CONFIG = """
database: sqlite:///monitor.db
watchlists: watchlists
feeds: []
web: {public_url: "https://monitor.example.org"}
receivers: [{name: desk, channels: [{webhook: {url: "https://desk.example/"}}]}]
route: {receiver: desk}
digests:
  - {name: weekly, schedule: "0 7 * * mon", timezone: Europe/Berlin, receiver: desk}
  - {name: daily, schedule: "30 2 * * *", timezone: America/New_York, receiver: desk}
  - {name: monthly, schedule: "0 8 1 * *", timezone: Australia/Lord_Howe, receiver: desk}
"""
START = datetime(2023, 3, 8, 12, 0, tzinfo=UTC)


class Desk:
    """A house of which only the digests are looked at; `now` is what its clock says."""

    def __init__(self, folder: Path) -> None:
        (folder / "watchlists").mkdir()
        (folder / "watchlists" / "test.yaml").write_text(WATCHLIST)
        (folder / "monitor.yaml").write_text(CONFIG)
        lay_tables(folder)
        self.settings = load_settings(folder / "monitor.yaml", {})
        self.now = START
        self.house: House

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Desk"]:
        """Start, and stop in the end; what is stored stays."""
        async with open_house(self.settings, ring=lambda _kind, _key: None, clock=lambda: self.now) as self.house:
            yield self

    @property
    def db(self) -> Database:
        """Return the database."""
        return self.house.current().db

    def look(self) -> None:
        """Do what the job does at each tick."""
        make_due(self.house.current())

    def ends(self, name: str) -> list[datetime]:
        """Return the ends of the digests of this name, as their receiver was told them, in order."""
        told = [one.notice["data"]["digest"] for one in deliveries.list_deliveries(self.db, limit=10_000)]
        return sorted(datetime.fromisoformat(one["period_end"]) for one in told if one["name"] == name)

    def check_each_once(self, until_at: datetime) -> None:
        """Find each period of each digest told exactly once."""
        for spec in self.settings.digests:
            assert self.ends(spec.name) == ticks_between(spec, START, until_at), spec.name


@pytest.fixture
def desk(tmp_path: Path, readers: None) -> Desk:
    """Return a house."""
    return Desk(tmp_path)


def moments(days: int, seed: int) -> Iterator[datetime]:
    """Yield when the job looks: mostly hours later, sometimes after days away, sometimes the clock stepped back."""
    draw, now = random.Random(seed), START
    yield now
    while now < START + timedelta(days=days):
        kind = draw.random()
        hours = draw.uniform(-50, 0) if kind < 0.15 else draw.uniform(60, 150) if kind < 0.25 else draw.uniform(1, 30)
        now = max(START, now + timedelta(hours=hours))
        yield now


async def live(desk: Desk, days: int, *, seed: int) -> datetime:
    """Let the desk live so long with restarts; return the latest moment that its clock showed."""
    latest, looks = START, list(moments(days, seed))
    for begin in range(0, len(looks), 25):
        async with desk.running():
            for now in looks[begin : begin + 25]:
                desk.now, latest = now, max(latest, now)
                desk.look()
    return latest


async def test_over_a_week_with_a_change_of_the_clock_each_digest_comes_exactly_once(desk: Desk) -> None:
    latest = await live(desk, 7, seed=1)
    async with desk.running():
        desk.check_each_once(latest)
        assert len(desk.ends("daily")) >= 6


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_over_a_year_each_digest_comes_exactly_once(desk: Desk) -> None:
    latest = await live(desk, 366, seed=2)
    async with desk.running():
        desk.check_each_once(latest)
        counts = Counter({name: len(desk.ends(name)) for name in ("weekly", "daily", "monthly")})
        assert (counts["weekly"] >= 52, counts["daily"] >= 365, counts["monthly"] >= 12) == (True, True, True)


async def test_what_is_sent_in_between_has_an_address_and_takes_no_period_away(desk: Desk) -> None:
    async with desk.running():
        desk.look()
        desk.now = datetime(2023, 3, 13, 6, 0, tzinfo=UTC)  # the very moment at which the weekly one is due
        [made] = send_so_far(desk.db, desk.settings, "weekly", now=desk.now)
        desk.look()
        assert len(digests.list_digests(desk.db, limit=99)) == 5, "what was found just now is not stored yet"
        desk.now += SETTLE
        desk.look()
        sent = digests.find_digest(desk.db, made.notice["data"]["digest"]["id"])
        assert sent is not None
        assert sent.notice["data"]["digest"].get("scheduled") is False
        assert sent.notice["data"]["digest"]["url"] == f"https://monitor.example.org/digests/{made.thread}"
        preview = notice_so_far(desk.db, desk.settings, "weekly", now=desk.now)
        assert preview["data"]["digest"]["url"] is None, "it is not stored, so that nothing is there"
        told = [one.notice["data"]["digest"] for one in deliveries.list_deliveries(desk.db, limit=99)]
        assert [one["name"] for one in told if one.get("scheduled")].count("weekly") == 1


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.postgres
async def test_a_hit_of_the_last_moment_that_waits_for_its_turn_is_waited_for(desk: Desk, url: str) -> None:
    config = desk.settings.path
    config.write_text(CONFIG.replace("sqlite:///monitor.db", url))
    desk.settings = load_settings(config, {})
    async with desk.running():
        desk.look()
        feed, last = make_feed(desk.db), datetime(2023, 3, 13, 5, 59, 59, tzinfo=UTC)
        outcome = make_outcome(feed, make_item("late", matches=[make_match()]), at=last)
        desk.now = last + timedelta(minutes=1)
        with ThreadPoolExecutor(2) as pool:
            with desk.db.write() as connection:
                in_turn(connection, LOCK_KEY)
                storing = pool.submit(record, desk.db, outcome, now=last)
                until_waiting(desk.db, 1)
                looking = pool.submit(desk.look)
                until_waiting(desk.db, 2)
            assert storing.result().hits == 1
            looking.result()
        [weekly] = digests.list_digests(desk.db, limit=1, name="weekly")
        assert weekly.notice["data"]["digest"]["hits"] == 1


def publish(desk: Desk, at: datetime, *titles: str, rule: str, entity: str) -> None:
    """Let as many papers as there are titles report something, each in its own words."""
    feeds = list_feeds(desk.db)
    for number, title in enumerate(titles):
        one = make_item(f"{at:%j}-{number}", title, matches=[make_match(rule, entity)])
        url = f"https://paper-{number}.example/{at:%j}"
        new = replace(one, entry=replace(one.entry, url=url, published_at=at))
        record(desk.db, make_outcome(feeds[number], new, at=at), now=at)


async def test_a_week_is_told_with_what_was_unusual_in_it(desk: Desk) -> None:
    async with desk.running():
        desk.look()
        for number in range(4):
            record(
                desk.db, make_outcome(make_feed(desk.db, f"https://paper-{number}.example/rss"), at=START), now=START
            )
        for week in range(6):
            publish(desk, START + timedelta(days=7 * week), f"IS-K fighters seen, {week}", rule="r", entity="is-k")
        titles = ("Blast in Khar", "Many dead at convention", "Mourning near the border", "Who struck the rally?")
        publish(desk, START + timedelta(days=42), *titles, rule="r", entity="bajaur")
        desk.now = START + timedelta(days=47)
        desk.look()
        told = [one.notice["data"]["digest"] for one in digests.list_digests(desk.db, limit=99)]
        last = next(one for one in told if one["name"] == "weekly")
        assert last.get("past") == [1, 1, 1, 1, 1]
        [surge] = last.get("surges", [])
        assert (surge["id"], surge["publishers"], surge["past"]) == ("bajaur", 4, [0] * 5)
        assert [one["title"] for one in surge["articles"]] == list(titles)
        assert [one["name"] for one in last.get("new_names", [])] == ["Bajaur"]
        [first, *_] = [one for one in reversed(told) if one["name"] == "weekly"]
        assert (first.get("surges"), first.get("new_names"), first.get("past")) == ([], [], [])
