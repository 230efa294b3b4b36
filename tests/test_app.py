"""The house is refurnished while it is lived in."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.app import compile_lists, open_house
from monitor.config.apart import load_apart
from monitor.config.settings import Settings, load_settings
from monitor.config.watchlists import load_watchlists
from monitor.core.channel_rest import ChannelRest
from monitor.core.types import FeedSpec, FetchResult
from monitor.jobs import poll
from monitor.jobs.context import Context
from monitor.jobs.hosts import Hosts
from monitor.jobs.poll import PollJob
from monitor.store import channels, feeds, items
from tests.store.rows import NOW

ALIASES = 20_000
CONFIG = "watchlists: watchlists\ndatabase: sqlite:///monitor.db\nfeeds: []\n"
LIST = "watchlist: test\ntitle: {title}\nentities: [{{id: {id}, kind: organisation, name: {name}}}]\n"
FEED = b"""\
<rss version="2.0"><channel><title>Paper</title>
<item><guid>1</guid><title>Daesh and Taliban in Kunar</title></item></channel></rss>"""


def make_settings(folder: Path, watchlist: str) -> Settings:
    """Write a configuration with one watchlist and return it."""
    (folder / "watchlists").mkdir(exist_ok=True)
    (folder / "watchlists" / "test.yaml").write_text(watchlist)
    (folder / "monitor.yaml").write_text(CONFIG)
    return load_settings(folder / "monitor.yaml", {})


def large_list() -> str:
    """Return a watchlist of 20,000 aliases, four to an entity besides its name."""
    parts = ["ab", "du", "ka", "ri", "mo", "sha", "ne", "wa", "zi", "lu"]

    def name(number: int) -> str:
        digits = [parts[int(digit)] for digit in f"{number:06}"]
        return f"{''.join(digits[:3])} {''.join(digits[3:])}".title()

    entities = [
        f"  - id: e-{n}\n    kind: person\n    name: {name(n)}\n    notes: Number {n} of those made up for this test.\n"
        "    aliases:\n" + "".join(f"      - {name(n + 4_000 * k)}\n" for k in range(1, 5))
        + f"      - {{text: {name(n + 20_000)}, lang: fa}}\n"
        for n in range(ALIASES // 5)
    ]  # fmt: skip
    return "watchlist: large\ntitle: Large\nentities:\n" + "".join(entities)


DESK = "receivers: [{{name: desk, channels: [{{webhook: {{url: 'https://x.example/{path}'}}}}, {{slack: {{url: 'https://s.example'}}}}]}}]\n"


async def test_a_channel_that_rests_is_tried_at_once_when_it_was_changed_and_not_for_any_other_reload(
    tmp_path: Path,
) -> None:
    def write(path: str, timeout: int = 20) -> Settings:
        make_settings(tmp_path, LIST.format(title="Test", id="is-k", name="Daesh"))
        (tmp_path / "monitor.yaml").write_text(f"{CONFIG}http: {{timeout: {timeout}s}}\n{DESK.format(path=path)}")
        return load_settings(tmp_path / "monitor.yaml", {})

    def rest(*names: str) -> None:
        with db.write() as connection:
            for name in names:
                channels.keep_rest(connection, name, ChannelRest(5, NOW, NOW, "it answered 401", refused=True))

    async with open_house(write("wrong"), ring=lambda *_: None, clock=lambda: NOW) as house:
        db = house.current().db
        rest("desk/webhook", "desk/slack", "gone/slack")
        await house.furnish(write("wrong"))
        assert set(channels.list_rests(db)) == {"desk/webhook", "desk/slack"}
        await house.furnish(write("right"))
        assert set(channels.list_rests(db)) == {"desk/slack"}
        await house.furnish(write("right", timeout=10))
        assert channels.list_rests(db) == {}
        rest("desk/slack", "gone/slack")
    async with open_house(write("right"), ring=lambda *_: None, clock=lambda: NOW) as house:
        assert set(channels.list_rests(house.current().db)) == {"desk/slack"}, "a restart changes nothing"


@dataclass
class Pulse:
    """Counts how often the event loop turns, and how long it stood still."""

    beats: int = 0
    longest: float = 0.0
    _last: float = field(default_factory=time.perf_counter)

    async def beat(self) -> None:
        """Count until cancelled."""
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            self.beats += 1
            self.longest, self._last = max(self.longest, now - self._last), now


async def pulse_during(work: Callable[[], object], *, threaded: bool) -> tuple[Pulse, float]:
    """Return how the loop turned during a piece of work, and how many seconds that took."""
    pulse = Pulse()
    task = asyncio.create_task(pulse.beat())
    await asyncio.sleep(0.01)
    pulse.longest, began = 0.0, time.perf_counter()
    await asyncio.to_thread(work) if threaded else work()
    await asyncio.sleep(0.01)  # what stood still is seen at the next beat
    seconds = time.perf_counter() - began
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return pulse, seconds


@pytest.mark.slow
async def test_the_loop_goes_on_turning_while_20_000_aliases_are_loaded_and_compiled(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, large_list())
    blocked, seconds = await pulse_during(lambda: load_watchlists(settings.watchlists), threaded=False)
    assert blocked.longest > seconds / 2  # this is how it looks when it does not
    first, whole = await pulse_during(lambda: compile_lists(settings), threaded=True)
    assert first.longest < whole / 2
    assert first.beats / whole > 20
    assert list((tmp_path / "cache").iterdir())
    again, _ = await pulse_during(lambda: load_apart(settings.watchlists, tmp_path / "cache"), threaded=True)
    assert again.longest < seconds / 2


class SlowFetcher:
    """A publisher who answers when told to."""

    def __init__(self) -> None:
        self.asked, self.answer = asyncio.Event(), asyncio.Event()

    async def fetch(self, _: object, **hooks: object) -> FetchResult:
        """Return the feed once `answer` is set."""
        self.asked.set()
        await self.answer.wait()
        return FetchResult(200, "https://news.example/rss", {"content-type": "application/rss+xml"}, FEED, None, None)


async def test_a_poll_under_way_during_a_reload_keeps_to_the_watchlists_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "REFILL_SECONDS", 0.01)  # the job looks for the state of the house in between
    settings = make_settings(tmp_path, LIST.format(title="Old", id="is-k", name="Daesh"))
    fetcher = SlowFetcher()
    async with open_house(settings, ring=lambda *_: None, clock=lambda: NOW) as house:
        db, before, looked = house.current().db, house.current(), asyncio.Event()

        def current() -> Context:
            if house.current() is not before:
                looked.set()
            return replace(house.current(), fetcher=fetcher)  # type: ignore[arg-type]  # it fetches as well

        feeds.add_feed(db, FeedSpec("https://news.example/rss", "Paper"), shards=1, now=NOW)
        polling = asyncio.create_task(PollJob(current, Hosts(current))("0"))
        await fetcher.asked.wait()
        await house.furnish(make_settings(tmp_path, LIST.format(title="New", id="taliban", name="Taliban")))
        after = house.current()
        await looked.wait()
        fetcher.answer.set()
        await polling
        [hit] = items.list_hits(db, items.HitFilter())
    assert before.matcher.version != after.matcher.version
    assert (before.titles, after.titles) == ({"test": "Old"}, {"test": "New"})
    assert (hit.rule, hit.watchlist_version) == ("entity:is-k", before.matcher.version)
    assert [entity.name for entity in hit.entities] == ["Daesh"]


async def test_the_start_tells_of_a_route_that_no_hit_will_take_and_knows_feeds_that_were_added_by_command(
    tmp_path: Path,
) -> None:
    make_settings(tmp_path, LIST.format(title="Test", id="daesh", name="Daesh"))
    routes = "route: {receiver: console, routes: [{match: {watchlist: tset, feed: radio}}]}\n"
    (tmp_path / "monitor.yaml").write_text(CONFIG + routes)
    settings = load_settings(tmp_path / "monitor.yaml", {})
    with capture_logs() as told:
        async with open_house(settings, ring=lambda *_: None) as house:
            feeds.add_feed(house.current().db, FeedSpec("https://b.example/rss", "radio"), shards=1, now=NOW)
            await house.furnish(settings)
    problems = [one["problem"].partition("match.")[2] for one in told if one["log_level"] == "warning"]
    no_list = "watchlist: no watchlist 'tset'; did you mean 'test'?"
    no_feed = "feed: no feed 'radio'; nothing has that name, so it never holds"
    assert problems == [no_list, no_feed, no_list]
