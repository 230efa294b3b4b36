"""What was fetched is not fetched again because the database is away, and what was seen is not parsed again."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from monitor.config.models import HttpModel, PollingModel, RetentionModel
from monitor.core.matcher import compile_matcher
from monitor.core.types import Course, Feed, FetchResult, PollOutcome
from monitor.errors import FetchError, NotAFeedError, StoreError
from monitor.feeds import parse
from monitor.feeds.entries import Source
from monitor.jobs import asking, metrics, reading, record
from monitor.jobs.context import Context
from monitor.jobs.hosts import Hosts
from monitor.jobs.record import Recorder
from monitor.store import feeds, items
from monitor.store.database import Database
from tests.jobs.reading import new_in
from tests.store.rows import NOW, make_feed, make_item, make_outcome

NOBODY = cast("Context", None)


def failing(times: int) -> tuple[list[Any], Any]:
    """Return a list of what was committed, and a commit that fails so many times first."""
    tried: list[Any] = []

    def commit(context: Context, outcomes: Any) -> None:
        tried.append(outcomes)
        if len(tried) <= times:
            raise StoreError("the disk is full")

    return tried, commit


async def test_a_commit_is_tried_again_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    tried, commit = failing(2)
    monkeypatch.setattr(record, "commit", commit)
    monkeypatch.setattr(record, "COMMIT_PAUSES", (0.0, 0.0, 0.0))
    await record.commit_patiently(NOBODY, [])
    assert len(tried) == 3


async def test_in_the_end_the_trouble_is_told_and_the_feeds_stay_due(monkeypatch: pytest.MonkeyPatch) -> None:
    tried, commit = failing(99)
    monkeypatch.setattr(record, "commit", commit)
    monkeypatch.setattr(record, "COMMIT_PAUSES", (0.0, 0.0))
    with pytest.raises(StoreError, match="the disk is full"):
        await record.commit_patiently(NOBODY, [])
    assert len(tried) == 3


async def test_what_ends_within_a_moment_is_stored_as_one_and_news_wait_for_nothing(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[list[PollOutcome]] = []
    monkeypatch.setattr(record, "commit", lambda context, outcomes: stored.append(list(outcomes)))
    monkeypatch.setattr(record, "GATHER_SECONDS", 30.0)
    recorder, feed = Recorder(), make_feed(db)
    quiet, news = make_outcome(feed), make_outcome(feed, make_item("a"))
    waiting = [asyncio.create_task(recorder.record(NOBODY, quiet)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # it does not take the others along
    await recorder.record(NOBODY, news)
    await asyncio.gather(*waiting[1:])
    assert stored == [[quiet, quiet, quiet, news]]
    monkeypatch.setattr(record, "GATHER_SECONDS", 0.01)
    await recorder.record(NOBODY, quiet)
    assert stored[1:] == [[quiet]]


async def test_everybody_is_told_when_nothing_can_be_stored(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tried, commit = failing(99)
    monkeypatch.setattr(record, "commit", commit)
    monkeypatch.setattr(record, "COMMIT_PAUSES", (0.0,))
    recorder, outcome = Recorder(), make_outcome(make_feed(db))
    told = await asyncio.gather(*(recorder.record(NOBODY, outcome) for _ in range(3)), return_exceptions=True)
    assert [str(one) for one in told] == ["the disk is full"] * 3
    assert len(tried) == 2


def made(db: Database) -> Context:
    """Return a house that watches nothing, on a database."""
    polling = PollingModel()
    settings = SimpleNamespace(http=HttpModel(), polling=polling, retention=RetentionModel())
    matcher = compile_matcher([], version="v1")
    parts: Any = {
        "apart": None,
        "titles": {},
        "channels": {},
        "fetcher": None,
        "ring": lambda kind, key: None,
        "jitter": lambda: 0.5,
    }
    return Context(settings=cast("Any", settings), db=db, matcher=matcher, entities={}, clock=lambda: NOW, **parts)


class Paper:
    """A fetcher that gives one answer, and a reader in this process."""

    def __init__(self, answer: FetchResult | FetchError) -> None:
        self.answer = answer

    async def fetch(self, feed: Feed, *, going_to: Any) -> FetchResult:
        if isinstance(self.answer, FetchError):
            raise self.answer
        return self.answer

    async def run(self, read: Any, seconds: float, *given: Any, **named: Any) -> Any:
        return read(*given, **named)


def counted(name: str, **labels: str) -> float:
    """Return what a counter of the jobs says."""
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


async def ask(context: Context, feed: Feed) -> PollOutcome:
    """Return what one poll of a feed found, with a place of its own."""
    hosts = Hosts(lambda: context)
    return await asking.poll_feed(context, feed, hosts, hosts.enter("news.example", since_at=NOW))


async def test_failures_are_counted_by_their_reason_and_rollovers_as_they_happen(db: Database) -> None:
    feed = make_feed(db)
    context = made(db)
    for error, reason in (
        (FetchError("http 404", "gone: away", status=404), "http 404"),
        (NotAFeedError("a page: <p>"), "not a feed"),
    ):
        before = counted("monitor_poll_failures_total", reason=reason)
        outcome = await ask(replace(context, fetcher=cast("Any", Paper(error))), feed)
        assert outcome.error is not None
        assert counted("monitor_poll_failures_total", reason=reason) == before + 1
    seen = replace(feed, first_polled_at=NOW - timedelta(days=1), course=Course(beats=(NOW - timedelta(hours=9),)))
    body = rss("one", "two").body.replace(b"</item>", f"<pubDate>{format_datetime(NOW)}</pubDate></item>".encode())
    paper = cast("Any", Paper(replace(rss(), body=body)))
    before, failed = counted("monitor_feed_rollovers_total"), counted("monitor_polls_total", outcome="failed")
    outcome = await ask(replace(context, fetcher=paper, apart=paper), seen)
    assert outcome.course.rolled_over_at == NOW
    assert counted("monitor_feed_rollovers_total") == before + 1
    assert counted("monitor_polls_total", outcome="failed") == failed


def rss(*titles: str) -> FetchResult:
    """Return the answer of a server that shows these titles."""
    entries = "".join(f"<item><title>{one}</title><guid>{one}</guid></item>\n" for one in titles)
    body = f"<rss version='2.0'><channel><title>Paper</title><ttl>30</ttl>{entries}</channel></rss>"
    headers = {"content-type": "application/rss+xml; charset=utf-8"}
    return FetchResult(200, "https://news.example/rss", headers, body.encode(), None, None)


def polled(context: Context, feed: Feed, result: FetchResult, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], int]:
    """Poll a feed; return the titles that were new, and the characters that went to a parser."""
    given: list[int] = []

    def counting(read: Callable[[str, Source], Any]) -> Callable[[str, Source], Any]:
        def counted(document: str, source: Source) -> Any:
            given.append(len(document))
            return read(document, source)

        return counted

    for name in ("read_quickly", "_feedparser"):
        monkeypatch.setattr(parse, name, counting(getattr(parse, name)))
    outcome = reading.read(context, feed, result, new_in(context.db, feed, result), polled_at=NOW)
    record.commit(context, [outcome])
    monkeypatch.undo()
    assert outcome.feed_title == "Paper"
    return [item.entry.title for item in outcome.items], sum(given)


def test_what_a_feed_showed_before_is_not_parsed_again(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    context, feed = made(db), make_feed(db)
    old = [f"old {number} {'word ' * 100}" for number in range(30)]
    first, whole = polled(context, feed, rss(*old), monkeypatch)
    assert len(first) == 30
    assert whole > 15_000
    new, read = polled(context, feed, rss("new", *old[:-1]), monkeypatch)
    assert new == ["new"]
    assert read < 300
    assert polled(context, feed, rss(*old[:-1], "new"), monkeypatch)[0] == []
    assert len(items.known_hashes(db, feed.id)) == 30
    again, read = polled(context, feed, rss(*old), monkeypatch)
    assert again == []  # its hash was forgotten, its item was not
    assert read < 1_500


def test_a_feed_that_cannot_be_cut_is_parsed_whole_and_forgets_nothing(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, feed = made(db), make_feed(db)
    assert polled(context, feed, rss("a", "b"), monkeypatch)[0] == ["b", "a"]
    known = items.known_hashes(db, feed.id)
    assert polled(context, feed, rss("c & d", "a", "b"), monkeypatch)[0] == ["c & d"]
    assert items.known_hashes(db, feed.id) == known != frozenset()


def test_a_folder_of_files_never_seems_to_have_rolled_over(db: Database) -> None:
    def dated(at: datetime) -> str:
        item = f"<item><title>x</title><guid>{at}</guid><pubDate>{format_datetime(at)}</pubDate></item>"
        return f"<rss version='2.0'><channel><title>Paper</title>{item}</channel></rss>"

    def answer(at: datetime, body: str) -> FetchResult:
        parts = (FetchResult(200, "file:///box/a.xml", {}, dated(at).encode(), None, None),)
        return FetchResult(200, "file:///box/", {}, body.encode(), body, None, parts=parts)

    def read(feed: Feed, result: FetchResult, polled_at: datetime) -> PollOutcome:
        return reading.read(context, feed, result, new_in(db, feed, result), polled_at=polled_at)

    context, feed = made(db), make_feed(db, "file:///box/")
    first = read(feed, answer(NOW - timedelta(days=2), "1"), polled_at=NOW - timedelta(days=1))
    items.record_polls(db, [first], watchlist_version="v1", entities={}, now=NOW)
    [stored] = feeds.list_feeds(db)
    second = read(stored, answer(NOW - timedelta(hours=1), "2"), polled_at=NOW)
    assert ([len(one.items) for one in (first, second)], second.course.rolled_over_at) == ([1, 1], None)
    assert second.wait_reason == "every 5m, as a file of this machine"
