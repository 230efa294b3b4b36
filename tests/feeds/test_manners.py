"""How we behave towards publishers: each rule against a publisher that looks closely at every request.

Rules: Rachel Kroll, "feed reader best practices" (rachelbythebay.com/fs/help.html) and "feed info"
(rachelbythebay.com/w/feed/); RFC 9110 and 9111; RSS 2.0 Specification. The whole reader is under test, from the row that
says when a feed is due to the row that says so next; only its clock is ours. `pytest -m manners` prints a table.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from monitor.app import House, open_house
from monitor.config.settings import POLL_SHARDS, load_settings
from monitor.core.polling import RETIRE_AFTER, state_of
from monitor.core.types import Feed, FeedSpec, FeedState
from monitor.jobs.hosts import Hosts
from monitor.jobs.poll import PollJob
from monitor.store import feeds
from tests.servers.http import HttpServer
from tests.servers.strict import Answer, StrictPublisher, strict_publisher
from tests.tables import lay_tables

pytestmark = pytest.mark.usefixtures("readers")

START = datetime(2023, 7, 31, 12, 0, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
VALIDATORS = {"ETag": 'W/"odd  one"', "Last-Modified": "yesterday, perhaps"}
CONFIG = """\
database: sqlite:///monitor.db
watchlists: watchlists
http: {{timeout: 1s, allow_private_networks: true}}
polling: {{interval: {interval}, min_interval: 5m, max_interval: 24h}}
feeds: [{feeds}]
"""


def rss(*titles: str, extra: str = "", published_at: datetime | None = None) -> str:
    """Return a feed with these entries."""
    date = f"<pubDate>{http_date(published_at)}</pubDate>" if published_at else ""
    shown = "".join(f"<item><title>{one}</title><guid>{one}</guid>{date}</item>" for one in titles)
    return f"<rss version='2.0'><channel><title>Paper</title>{extra}{shown}</channel></rss>"


def http_date(at: datetime) -> str:
    """Return an instant as a header has it."""
    return format_datetime(at, usegmt=True)


def says(
    *titles: str, extra: str = "", published_at: datetime | None = None, both: bool = False, **headers: str
) -> Answer:
    """Return an answer with a feed, with `both` VALIDATORS; underscores in names of headers are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()} | (VALIDATORS if both else {})
    return Answer(200, rss(*titles, extra=extra, published_at=published_at), named)


def refuses(status: int, **headers: str) -> Answer:
    """Return an answer without a feed."""
    return Answer(status, "", {name.replace("_", "-"): value for name, value in headers.items()})


class Reader:
    """The reader with its clock in hand; `poll` lets time pass until the first feed is due, and polls."""

    def __init__(self, folder: Path, *urls: str, headers: str = "{}") -> None:
        self.folder, self.urls, self.headers = folder, urls, headers
        self.now = START
        self.house: House
        (folder / "watchlists").mkdir()
        (folder / "watchlists" / "test.yaml").write_text(
            "watchlist: test\ntitle: Test\nentities: [{id: is-k, kind: organisation, name: IS-K}]\n"
        )

    @asynccontextmanager
    async def running(self, *, interval: str = "15m") -> AsyncIterator["Reader"]:
        """Start, and stop in the end; what was learnt stays in the database."""
        listed = ", ".join(f"{{url: '{url}', headers: {self.headers}}}" for url in self.urls)
        path = self.folder / "monitor.yaml"
        path.write_text(CONFIG.format(feeds=listed, interval=interval))
        lay_tables(self.folder)
        settings = load_settings(path, {})
        async with open_house(settings, ring=lambda *_: None, clock=lambda: self.now) as self.house:
            yield self

    async def look(self, after: timedelta = timedelta(0)) -> None:
        """Let time pass, and ask what is due then."""
        self.now += after
        job = PollJob(self.house.current, Hosts(self.house.current))
        await asyncio.gather(*(job(str(shard)) for shard in range(POLL_SHARDS)))

    async def poll(self, times: int = 1) -> timedelta:
        """Poll so many times, each when it is due; return the wait until the next one."""
        for _ in range(times):
            self.now = max(self.now, self.feed.next_poll_at)
            await self.look()
        return self.feed.next_poll_at - self.now

    @property
    def feed(self) -> Feed:
        """Return the first feed as it is stored."""
        found = feeds.find_feed(self.house.current().db, self.urls[0])
        assert found is not None
        return found

    @property
    def state(self) -> FeedState:
        """Return how the first feed is doing."""
        return state_of(self.feed, now=self.now)


@asynccontextmanager
async def reading(folder: Path, *answers: Answer) -> AsyncIterator[tuple[Reader, StrictPublisher]]:
    """Run a publisher and a reader of its feed."""
    async with strict_publisher(*answers) as paper, Reader(folder, paper.url()).running() as reader:
        yield reader, paper


@pytest.mark.manners("validators go back unaltered, both of them, for ever")
async def test_validators_go_back_for_ever(tmp_path: Path) -> None:
    async with reading(tmp_path, says("a", both=True), refuses(304)) as (reader, paper):
        await reader.poll(5)
        await reader.look(100 * DAY)
        assert paper.validators == ('W/"odd  one"', "yesterday, perhaps")
        assert paper.asked == 6


@pytest.mark.manners("validators are never invented")
async def test_validators_are_never_invented(tmp_path: Path) -> None:
    async with reading(tmp_path, says("a", Date=http_date(START)), says("b")) as (reader, paper):
        await reader.poll(3)
        assert paper.validators == (None, None)
        assert paper.asked == 3


@pytest.mark.manners("validators are one set, replaced by a 200 that carries others or none")
async def test_validators_are_one_set(tmp_path: Path) -> None:
    answers = [says("a", both=True), says("b", ETag='"2"'), says("c", Last_Modified="then"), says("d"), says("e")]
    async with reading(tmp_path, *answers) as (reader, paper):
        await reader.poll(5)
        assert paper.asked == 5


@pytest.mark.manners("validators are not replaced by a 304")
async def test_validators_are_not_replaced_by_a_304(tmp_path: Path) -> None:
    answers = says("a", both=True), refuses(304, ETag='"other"'), refuses(304, Last_Modified="now")
    async with reading(tmp_path, *answers) as (reader, paper):
        await reader.poll(4)
        assert paper.asked == 4


@pytest.mark.manners("validators are replaced when the body is equal")
async def test_validators_are_replaced_when_the_body_is_equal(tmp_path: Path) -> None:
    async with reading(tmp_path, says("a", ETag='"1"'), says("a", ETag='"2"')) as (reader, paper):
        await reader.poll(3)
        assert paper.validators == ('"2"', None)


@pytest.mark.manners("validators are kept across 429, 503 and other failures")
@pytest.mark.parametrize("status", [429, 503, 500, 403, 404])
async def test_validators_are_kept_across_failures(tmp_path: Path, status: int) -> None:
    answers = says("a", both=True), refuses(status, ETag='"x"'), refuses(status), refuses(304)
    async with reading(tmp_path, *answers) as (reader, paper):
        await reader.poll(4)
        assert (paper.asked, reader.state) == (4, FeedState.HEALTHY)


@pytest.mark.manners("validators of what is no feed are not kept, and the start of it is shown")
async def test_what_is_no_feed_is_shown_and_its_validators_are_not_kept(tmp_path: Path) -> None:
    page = Answer(200, "<!doctype html><h1>We moved</h1>", {"ETag": '"page"'})
    async with reading(tmp_path, says("a", both=True), page, refuses(304)) as (reader, paper):
        assert await reader.poll(2) >= 30 * MINUTE
        assert reader.state is FeedState.NOT_A_FEED
        assert "the answer begins 'We moved' (a web page)" in (reader.feed.error or "")
        await reader.poll()
        assert (paper.asked, reader.state) == (3, FeedState.HEALTHY)


@pytest.mark.manners("validators are kept across a restart, which is no reason to fetch")
async def test_a_restart_is_no_reason_to_fetch(tmp_path: Path) -> None:
    async with strict_publisher(says("a", both=True), refuses(304)) as paper:
        reader = Reader(tmp_path, paper.url())
        async with reader.running():
            await reader.poll()
        for _ in range(3):
            async with reader.running():
                await reader.look(SECOND)
        assert paper.asked == 1
        async with reader.running():
            await reader.poll()
        assert paper.asked == 2


@pytest.mark.manners("Retry-After in seconds is kept to, also beyond our longest wait")
@pytest.mark.parametrize(("status", "wait"), [(429, 2 * HOUR), (503, 2 * HOUR), (503, 3 * DAY)])
async def test_retry_after_in_seconds(tmp_path: Path, status: int, wait: timedelta) -> None:
    answer = refuses(status, Retry_After=str(int(wait.total_seconds())))
    async with reading(tmp_path, says("a"), answer, says("a")) as (reader, paper):
        assert await reader.poll(2) >= wait
        await reader.look(wait - SECOND)
        assert paper.asked == 2
        assert "Retry-After" in reader.feed.wait_reason


@pytest.mark.manners("Retry-After as a date counts from the server's own Date")
async def test_retry_after_as_a_date(tmp_path: Path) -> None:
    wrong = datetime(2001, 1, 1, tzinfo=UTC)  # what the server takes for now
    answer = refuses(503, Retry_After=http_date(wrong + 5 * HOUR), Date=http_date(wrong))
    async with reading(tmp_path, answer) as (reader, _):
        assert 5 * HOUR <= await reader.poll() <= 5.5 * HOUR


@pytest.mark.manners("a bare 429 slows down to an hour and more, and for longer than one poll")
async def test_a_bare_429_slows_down(tmp_path: Path) -> None:
    async with reading(tmp_path, says("a"), refuses(429), refuses(429), says("a")) as (reader, _):
        assert await reader.poll() < 20 * MINUTE
        assert await reader.poll() >= HOUR
        assert await reader.poll() >= 2 * HOUR
        assert await reader.poll() >= 1.5 * HOUR


@pytest.mark.manners("Cache-Control max-age is kept to, less Age")
@pytest.mark.parametrize(("age", "wait"), [("0", 2 * HOUR), ("3600", HOUR)])
async def test_max_age(tmp_path: Path, age: str, wait: timedelta) -> None:
    async with reading(tmp_path, says("a", Cache_Control="public, max-age=7200", Age=age)) as (reader, paper):
        assert wait <= await reader.poll() <= 1.1 * wait
        await reader.look(wait - SECOND)
        assert paper.asked == 1


@pytest.mark.manners("Expires is kept to, by the server's own Date")
async def test_expires(tmp_path: Path) -> None:
    wrong = datetime(2001, 1, 1, tzinfo=UTC)
    async with reading(tmp_path, says("a", Expires=http_date(wrong + 3 * HOUR), Date=http_date(wrong))) as (reader, _):
        assert 3 * HOUR <= await reader.poll() <= 3.3 * HOUR


@pytest.mark.manners("what was asked for holds across a 304 that does not repeat it")
@pytest.mark.parametrize(("extra", "cache_control"), [("<ttl>180</ttl>", "max-age=0"), ("", "max-age=10800")])
async def test_terms_hold_across_a_304(tmp_path: Path, extra: str, cache_control: str) -> None:
    first = says("a", extra=extra, both=True, Cache_Control=cache_control)
    async with reading(tmp_path, first, refuses(304)) as (reader, _):
        assert [await reader.poll() >= 3 * HOUR for _ in range(3)] == [True] * 3


@pytest.mark.manners("no-cache asks for no wait, and max-age=0 neither")
@pytest.mark.parametrize("value", ["no-cache", "max-age=0", "no-cache, max-age=86400"])
async def test_no_cache(tmp_path: Path, value: str) -> None:
    async with reading(tmp_path, says("a", Cache_Control=value, Expires=http_date(START + DAY))) as (reader, _):
        assert 15 * MINUTE <= await reader.poll() <= 16.5 * MINUTE


@pytest.mark.manners("RSS ttl is kept to")
async def test_ttl(tmp_path: Path) -> None:
    async with reading(tmp_path, says("a", extra="<ttl>240</ttl>")) as (reader, _):
        assert await reader.poll() >= 4 * HOUR


@pytest.mark.manners("RSS skipHours and skipDays are kept to")
@pytest.mark.parametrize(
    ("extra", "open_at"),
    [
        ("<skipHours><hour>12</hour>\n<hour>13</hour></skipHours>", START + 2 * HOUR),
        ("<skipDays><day>Monday</day><day>Tuesday</day></skipDays>", START + 36 * HOUR),
    ],
)
async def test_skips(tmp_path: Path, extra: str, open_at: datetime) -> None:
    async with reading(tmp_path, says("a", extra=extra)) as (reader, paper):
        await reader.poll()
        await reader.look(open_at - START - SECOND)
        assert paper.asked == 1
        await reader.look(10 * MINUTE + SECOND)
        assert paper.asked == 2


@pytest.mark.manners("a feed that seldom changes is asked seldom")
async def test_a_feed_that_seldom_changes(tmp_path: Path) -> None:
    old = says("a", published_at=START - 5 * DAY, both=True)
    async with reading(tmp_path, old, refuses(304)) as (reader, paper):
        assert await reader.poll() >= 12 * HOUR
        while reader.now < START + 10 * DAY:
            await reader.poll()
        assert paper.asked <= 2 + 14


@pytest.mark.manners("no two requests to one host at a time")
async def test_no_two_requests_to_one_host(tmp_path: Path) -> None:
    async with strict_publisher(says("a")) as paper:
        async with Reader(tmp_path, *(paper.url(f"/{number}") for number in range(20))).running() as reader:
            await reader.look()
        assert (paper.asked, paper.most_at_once) == (20, 1)


@pytest.mark.manners("no two requests to one host at a time, also when a feed moved there from another")
async def test_no_two_requests_to_a_host_that_others_moved_to(tmp_path: Path) -> None:
    async with strict_publisher(says("a")) as new, strict_publisher(refuses(301, Location=new.url("/moved"))) as old:
        elsewhere = old.url().replace("127.0.0.1", "localhost")
        async with Reader(tmp_path, elsewhere, *(new.url(f"/{number}") for number in range(3))).running() as reader:
            await reader.poll()
            assert reader.feed.course.moved_to == new.url("/moved")
            new.most_at_once, new.latency = 0, 0.02  # where a redirect leads cannot be known before
            await reader.look(HOUR)
        assert (old.asked, new.asked, new.most_at_once) == (1, 8, 1)


@pytest.mark.manners("a feed that rolls over too fast to be read whole is asked sooner, and is told")
async def test_a_feed_that_rolls_over(tmp_path: Path) -> None:
    answers = says("a", published_at=START - HOUR), says("b", published_at=START + MINUTE)
    async with reading(tmp_path, *answers) as (reader, _):
        assert await reader.poll() >= 15 * MINUTE
        assert 5 * MINUTE <= await reader.poll() <= 9 * MINUTE
        assert reader.state is FeedState.ROLLED_OVER


@pytest.mark.manners("a shorter interval does not come before the time the publisher asked for")
async def test_a_shorter_interval_keeps_to_what_was_asked(tmp_path: Path) -> None:
    async with strict_publisher(says("a", Cache_Control="max-age=86400")) as paper:
        reader = Reader(tmp_path, paper.url())
        async with reader.running():
            await reader.poll()
        async with reader.running(interval="5m"):
            await reader.look(23 * HOUR)
            spec = FeedSpec(paper.url(), interval=5 * MINUTE)
            feeds.sync_feeds(reader.house.current().db, [spec], shards=POLL_SHARDS, now=reader.now)
            await reader.look()
            feeds.remove_feed(reader.house.current().db, paper.url())
            feeds.add_feed(reader.house.current().db, spec, shards=POLL_SHARDS, now=reader.now)
            await reader.look()
        assert paper.asked == 1


@pytest.mark.manners("GET only, no cookies, no Referer; the User-Agent has name, version and address; gzip is welcome")
async def test_requests_are_plain(tmp_path: Path) -> None:
    cookie = says("a", Set_Cookie="session=1; Path=/")
    hop = refuses(302, Location="/feed", Set_Cookie="hop=1; Path=/")
    async with reading(tmp_path, hop, cookie, hop, cookie) as (reader, paper):
        await reader.poll(2)
        assert paper.asked == 4  # the publisher looks at each of them


@pytest.mark.manners("a body packed with gzip is read")
async def test_gzip_is_read(tmp_path: Path) -> None:
    async def packed(request: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.compress(rss("a").encode()), headers={"Content-Encoding": "gzip"})

    async with HttpServer(packed) as paper, Reader(tmp_path, paper.url()).running() as reader:
        await reader.poll()
        assert (reader.feed.error, reader.feed.name) == (None, "Paper")


@pytest.mark.manners("the address is asked for as it was given")
@pytest.mark.parametrize(
    "path", ["/%7euser/a%2fb?x=%7e&y=a+b&z=a%20b&k=%C3%A9&e=&f;g", "/a//b/../c", "/a?q=[1]|x", "/%41?u=http://x/?y"]
)
async def test_the_address_is_unaltered(tmp_path: Path, path: str) -> None:
    seen: list[str] = []
    async with strict_publisher(says("a")) as paper:
        paper.check = lambda request: seen.append(request.raw_path)
        async with Reader(tmp_path, paper.url(path)).running() as reader:
            await reader.poll(2)
    assert seen == [path, path]


@pytest.mark.manners("301 and 308 are kept once a feed was seen at their end, not before")
@pytest.mark.parametrize("status", [301, 308])
async def test_permanent_redirects(tmp_path: Path, status: int) -> None:
    async with (
        strict_publisher(Answer(200, "<html>soon here</html>"), says("a"), says("b")) as new,
        reading(tmp_path, refuses(status, Location=new.url("/new"))) as (reader, old),
    ):
        await reader.poll()
        assert (reader.feed.course.moved_to, reader.state) == (None, FeedState.NOT_A_FEED)
        await reader.poll()
        assert (reader.feed.course.moved_to, reader.state) == (new.url("/new"), FeedState.HEALTHY)
        await reader.poll(3)
        assert (old.asked, new.asked) == (2, 5)


@pytest.mark.manners("302, 303 and 307 are followed and not kept, nor what comes after them")
@pytest.mark.parametrize("status", [302, 303, 307])
async def test_temporary_redirects(tmp_path: Path, status: int) -> None:
    async with (
        strict_publisher(says("a")) as last,
        strict_publisher(refuses(301, Location=last.url())) as new,
        reading(tmp_path, refuses(status, Location=new.url())) as (reader, old),
    ):
        await reader.poll(3)
        assert (old.asked, new.asked, last.asked) == (3, 3, 3)
        assert reader.feed.course.moved_to is None


@pytest.mark.manners("a feed that moved and fails there is looked for at its own address again")
async def test_a_move_is_taken_back(tmp_path: Path) -> None:
    async with (
        strict_publisher(says("a"), refuses(404)) as new,
        reading(tmp_path, refuses(301, Location=new.url()), says("b")) as (reader, old),
    ):
        await reader.poll(4)
        assert (old.asked, new.asked) == (1, 4)
        await reader.poll()
        assert (old.asked, reader.state) == (2, FeedState.HEALTHY)


@pytest.mark.manners("the operator's own headers stay with the host they were meant for, also after a move")
async def test_secrets_stay(tmp_path: Path) -> None:
    keys: dict[str, list[str | None]] = {"old": [], "new": []}
    async with strict_publisher(says("a")) as new:
        target = new.url().replace("127.0.0.1", "localhost")
        async with strict_publisher(refuses(301, Location=target)) as old:
            old.check = lambda request: keys["old"].append(request.headers.get("X-Key"))
            new.check = lambda request: keys["new"].append(request.headers.get("X-Key"))
            async with Reader(tmp_path, old.url(), headers="{X-Key: secret}").running() as reader:
                await reader.poll(3)
    assert keys == {"old": ["secret"], "new": [None, None, None]}


@pytest.mark.manners("410 retires at once, with notice, and only a person takes it up again")
async def test_gone_retires(tmp_path: Path) -> None:
    async with reading(tmp_path, says("a", both=True), refuses(410), refuses(304)) as (reader, paper):
        await reader.poll(2)
        assert reader.state is FeedState.RETIRED
        assert reader.feed.wait_reason.startswith("retired: the publisher says it is gone for good (410)")
        await reader.look(400 * DAY)
        assert paper.asked == 2
        feeds.add_feed(reader.house.current().db, FeedSpec(paper.url()), shards=POLL_SHARDS, now=reader.now)
        await reader.look()
        assert (paper.asked, reader.state) == (3, FeedState.HEALTHY)


@pytest.mark.manners("long failure backs off to a day and then retires")
@pytest.mark.parametrize("status", [404, 500])
async def test_long_failure_backs_off_and_retires(tmp_path: Path, status: int) -> None:
    async with reading(tmp_path, says("a"), refuses(status)) as (reader, paper):
        waits = [await reader.poll(2)]
        while reader.state is not FeedState.RETIRED:
            waits.append(await reader.poll())
        assert RETIRE_AFTER <= reader.now - START <= RETIRE_AFTER + 2 * DAY
        assert paper.asked < 45
        assert all(later >= 0.9 * earlier for earlier, later in pairwise(waits))
        await reader.look(100 * DAY)
        assert paper.asked == len(waits) + 1
