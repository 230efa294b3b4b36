"""Many hosts at once, on real servers: each keeps to its own places, and none holds up the others.

All of 127.0.0.0/8 is loopback, so that every server has a host of its own.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from monitor.app import House, open_house
from monitor.config.settings import POLL_SHARDS, load_settings
from monitor.core.polling import next_poll, state_of
from monitor.core.types import Feed, FeedSpec, FeedState
from monitor.jobs import poll
from monitor.jobs.hosts import Hosts
from monitor.jobs.poll import PollJob
from monitor.store import feeds, hosts
from tests.servers.http import HttpServer
from tests.store.rows import NOW
from tests.tables import lay_tables

MINUTE = timedelta(minutes=1)
RSS = "<rss version='2.0'><channel><title>Paper</title><item><title>a</title><guid>a</guid></item></channel></rss>"
CONFIG = """\
database: sqlite:///monitor.db
watchlists: watchlists
http: {{timeout: 20s, allow_private_networks: true, {http}}}
feeds: []
"""


@dataclass
class Site:
    """A host with feeds at /0, /1, ...; `most` is how many requests it had at once.

    answer   returns what it answers to a path, or None for a feed
    open     unless it is set, answers wait
    """

    host: str
    answer: Callable[[str], web.Response | None] = lambda path: None
    open: asyncio.Event = field(default_factory=asyncio.Event)
    now: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self.server = HttpServer(self._answer, host=self.host)
        self.open.set()

    @property
    def asked(self) -> list[str]:
        """Return the paths that were asked for."""
        return [one.path for one in self.server.requests]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0.001)
            await self.open.wait()
        finally:
            self.now -= 1
        return self.answer(request.path) or web.Response(text=RSS, content_type="application/rss+xml")


def found(url: str) -> web.Response:
    """Return a redirect."""
    return web.Response(status=302, headers={"Location": url})


def urls(count: int, *made: Site) -> list[str]:
    """Return the addresses of so many feeds of each site."""
    return [site.server.url(f"/{number}") for site in made for number in range(count)]


@asynccontextmanager
async def sites(*made: Site) -> AsyncIterator[None]:
    """Run sites."""
    async with AsyncExitStack() as stack:
        for one in made:
            await stack.enter_async_context(one.server)
        yield


@dataclass
class Reader:
    """The reader, with its clock in hand."""

    folder: Path
    shards: int = POLL_SHARDS
    now: datetime = NOW
    house: House = field(init=False)

    @asynccontextmanager
    async def running(self, *urls: str, http: str = "per_host: 1") -> AsyncIterator["Reader"]:
        """Start, with these feeds added, all due."""
        (self.folder / "watchlists").mkdir(exist_ok=True)
        (self.folder / "watchlists" / "test.yaml").write_text("watchlist: test\ntitle: Test\nentities: []\n")
        (self.folder / "monitor.yaml").write_text(CONFIG.format(http=http))
        lay_tables(self.folder)
        settings = load_settings(self.folder / "monitor.yaml", {})
        async with open_house(settings, ring=lambda *_: None, clock=lambda: self.now) as self.house:
            self.add(*urls)
            yield self

    def add(self, *urls: str) -> None:
        """Add feeds; they are due."""
        feeds.add_feeds(self.house.current().db, [FeedSpec(url) for url in urls], shards=self.shards, now=self.now)

    async def look(self, after: timedelta = timedelta(0), places: Hosts | None = None) -> None:
        """Let time pass, and ask what is due then."""
        self.now += after
        job = PollJob(self.house.current, places or Hosts(self.house.current))
        await asyncio.gather(*(job(str(shard)) for shard in range(self.shards)))

    def feed(self, url: str) -> Feed:
        """Return a feed as it is stored."""
        found = feeds.find_feed(self.house.current().db, url)
        assert found is not None
        return found


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_host_that_hangs_delays_no_other_though_it_has_far_more_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "LOOK_LIMIT", 10)
    monkeypatch.setattr(poll, "AHEAD", 4)
    slow, quick = Site("127.0.0.2"), [Site(f"127.0.1.{number}") for number in range(1, 9)]
    slow.open.clear()
    async with sites(slow, *quick), Reader(tmp_path).running(*urls(40, slow), http="concurrency: 3") as reader:
        others = urls(3, *quick)
        reader.add(*others)
        looking = asyncio.create_task(reader.look())
        await until(lambda: all(reader.feed(url).ok_at for url in others))
        assert (slow.asked, slow.most) == (["/0"], 1)
        slow.open.set()
        await looking
        assert Counter(slow.asked) == Counter(f"/{number}" for number in range(40))
        assert max(site.most for site in (slow, *quick)) == 1


async def test_no_host_has_more_requests_at_once_than_allowed_redirects_counted(tmp_path: Path) -> None:
    hub = Site("127.0.0.2")
    moved = [Site(f"127.0.1.{number}", lambda path: found(hub.server.url(f"/hub{path}"))) for number in range(1, 7)]
    limits = "per_host: 2, concurrency: 8"
    async with sites(hub, *moved), Reader(tmp_path).running(*urls(4, *moved), *urls(5, hub), http=limits) as reader:
        await reader.look()
        assert all(feed.status == 200 for feed in feeds.list_feeds(reader.house.current().db))
    assert len(hub.asked) == 4 * len(moved) + 5
    assert hub.most == 2
    assert max(site.most for site in moved) == 2


@pytest.mark.slow
async def test_those_who_wait_where_redirects_led_them_hold_nothing(tmp_path: Path) -> None:
    hub, other = Site("127.0.0.2"), Site("127.0.0.3")
    hub.open.clear()
    moved = [Site(f"127.0.1.{number}", lambda path: found(hub.server.url(path))) for number in range(1, 7)]
    limits = "concurrency: 2"
    async with sites(hub, other, *moved), Reader(tmp_path, shards=1).running(*urls(1, *moved), http=limits) as reader:
        looking = asyncio.create_task(reader.look())
        await until(lambda: all(site.asked for site in moved))  # more than may be in flight
        reader.add(*urls(1, other))
        await until(lambda: reader.feed(urls(1, other)[0]).ok_at is not None)
        assert hub.most == 1
        hub.open.set()
        await looking
        assert all(reader.feed(url).status == 200 for url in urls(1, *moved))


def patience(seconds: int) -> Callable[[str], web.Response | None]:
    """Return the answers of a host that wants to be left alone when it is asked for /0."""
    return lambda path: web.Response(status=429, headers={"Retry-After": str(seconds)}) if path == "/0" else None


async def test_a_host_that_asks_for_patience_is_left_alone_with_all_its_feeds_across_a_restart(tmp_path: Path) -> None:
    busy, other = Site("127.0.0.2", patience(600)), Site("127.0.0.3")
    async with sites(busy, other):
        with capture_logs() as told:
            async with Reader(tmp_path).running(*urls(5, busy), *urls(1, other)) as reader:
                await reader.look()
        assert (busy.asked, other.asked) == (["/0"], ["/0"])
        [line] = [one for one in told if one["event"] == "host rests"]
        assert (line["host"], line["reason"]) == ("127.0.0.2", "the publisher asks for patience (429)")
        async with reader.running():
            await reader.look(9 * MINUTE)
            assert busy.asked == ["/0"]
            waiting = reader.feed(urls(5, busy)[4])
            reason = "host 127.0.0.2 rests until 2023-07-30 12:10 UTC: the publisher asks for patience (429)"
            assert next_poll(waiting, now=reader.now) == (NOW + 10 * MINUTE, reason)
            assert (state_of(waiting, now=reader.now), waiting.failures) == (FeedState.RESTING, 0)
            await reader.look(MINUTE)
            assert sorted(busy.asked) == ["/0", "/1", "/2", "/3", "/4"]
            assert hosts.list_rests(reader.house.current().db) == {}
            assert next_poll(reader.feed(urls(5, busy)[4]), now=reader.now)[1] == "every 15m"


async def test_a_host_that_is_exempt_is_asked_for_its_other_feeds(tmp_path: Path) -> None:
    busy = Site("127.0.0.2", patience(600))
    async with sites(busy):
        async with Reader(tmp_path).running(*urls(3, busy)) as reader:
            await reader.look()
            assert list(hosts.list_rests(reader.house.current().db)) == ["127.0.0.2"]
        async with reader.running(http="exempt_hosts: 127.0.0.2"):
            assert hosts.list_rests(reader.house.current().db) == {}
            await reader.look()
            assert sorted(busy.asked) == ["/0", "/1", "/2"]
            assert reader.feed(urls(1, busy)[0]).next_poll_at >= NOW + 10 * MINUTE
            await reader.look(180 * MINUTE)
            assert sorted(busy.asked) == ["/0", "/0", "/1", "/1", "/2", "/2"]


async def test_a_host_that_gives_no_answer_is_tried_by_one_feed_at_a_time(tmp_path: Path) -> None:
    gone = Site("127.0.0.2")
    async with sites(gone):
        known = urls(9, gone)
    async with Reader(tmp_path).running(*known, http="per_host: 2") as reader:

        def tried() -> int:
            return sum(reader.feed(url).polled_at is not None for url in known)

        await reader.look()
        assert tried() in (3, 4)  # what was under way came to its end
        before, [rest] = tried(), hosts.list_rests(reader.house.current().db).values()
        assert (rest.until_at, rest.failures) == (NOW + 5 * MINUTE, 1)
        assert rest.reason == "3 of its feeds in a row got no answer (connection refused)"
        await reader.look(5 * MINUTE)
        assert tried() == before + 1
        async with sites(gone):
            await reader.look(10 * MINUTE)
            assert len(set(gone.asked)) == 9 - before - 1
        assert hosts.list_rests(reader.house.current().db) == {}


async def test_a_redirect_to_a_host_that_rests_is_not_followed_and_waits_for_its_end(tmp_path: Path) -> None:
    busy = Site("127.0.0.2", patience(3600))
    led = Site("127.0.0.3", lambda path: found(busy.server.url("/5")))
    async with sites(busy, led), Reader(tmp_path).running(*urls(1, busy)) as reader:
        places = Hosts(reader.house.current)
        await reader.look(places=places)
        [url] = urls(1, led)
        reader.add(url)
        await reader.look(places=places)
        assert busy.asked == ["/0"]
        feed = reader.feed(url)
        assert feed.wait_reason.startswith("put off: 127.0.0.2 is left alone for a while")
        assert feed.next_poll_at >= NOW + 60 * MINUTE
        assert (feed.failures, feed.error, feed.polled_at, feed.ok_at) == (0, None, None, None), "nobody failed"


async def test_what_is_due_longest_is_asked_first_whichever_its_host(tmp_path: Path) -> None:
    made, went = [Site(f"127.0.1.{number}") for number in range(1, 5)], list[str]()
    async with sites(*made):
        for site in made:
            site.answer = lambda path, host=site.host: went.append(f"{host}{path}")  # type: ignore[misc]  # None
        async with Reader(tmp_path, shards=1).running(*urls(3, *made), http="concurrency: 1") as reader:
            order = sorted(urls(3, *made), key=lambda url: (url[-1], url))  # the hosts in turn
            for late, url in enumerate(reversed(order)):
                feeds.poll_soon(reader.house.current().db, url, now=NOW - late * MINUTE)
            await reader.look()
    assert went == [f"127.0.1.{number}/{feed}" for feed in range(3) for number in range(1, 5)]


async def test_feeds_that_failed_let_the_others_go_first(tmp_path: Path) -> None:
    bad, good = [Site(f"127.0.1.{n}") for n in range(1, 4)], [Site(f"127.0.2.{n}") for n in range(1, 4)]
    went = list[str]()
    for site in bad:
        site.answer = lambda path: went.append("bad") or web.Response(status=500)  # type: ignore[func-returns-value]
    for site in good:
        site.answer = lambda path: went.append("good")
    async with (
        sites(*bad, *good),
        Reader(tmp_path, shards=1).running(*urls(1, *bad, *good), http="concurrency: 1") as reader,
    ):
        await reader.look()
        went.clear()
        for url in urls(1, *bad, *good):
            feeds.poll_soon(reader.house.current().db, url, now=reader.now)
        await reader.look()
    assert went == ["good"] * 3 + ["bad"] * 3


async def test_a_call_gives_its_shard_away_after_its_turn_and_the_next_one_goes_on(tmp_path: Path) -> None:
    slow = Site("127.0.0.2")
    async with sites(slow), Reader(tmp_path, shards=1).running(*urls(4, slow)) as reader:
        job = PollJob(reader.house.current, Hosts(reader.house.current), turn_seconds=0.3)
        slow.open.clear()
        call = asyncio.create_task(job("0"))
        await until(lambda: bool(slow.asked))
        await asyncio.sleep(0.4)
        slow.open.set()
        await call
        assert len(slow.asked) == 1, "what was under way is stored, and nothing else begun"
        await PollJob(reader.house.current, Hosts(reader.house.current))("0")
        assert len(slow.asked) == 4
