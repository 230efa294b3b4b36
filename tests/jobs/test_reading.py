"""Which entries of a body are new, which were edited, and which only look so."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from monitor.config.models import PollingModel, RetentionModel
from monitor.core.matcher import compile_matcher
from monitor.core.types import (
    Alias,
    EditedItem,
    Entity,
    EntityRef,
    Entry,
    Feed,
    FetchResult,
    Kind,
    PollOutcome,
    Route,
    Severity,
    Verdict,
    Watchlist,
)
from monitor.jobs import reading
from monitor.jobs.context import Context
from monitor.jobs.record import commit
from monitor.store import feeds, items, versions
from monitor.store.database import Database
from tests.jobs.reading import new_in
from tests.store.rows import NOW, make_feed, make_outcome, record

LIST = Watchlist(
    "test",
    "Test",
    Severity.HIGH,
    entities=tuple(
        Entity(id_, Kind.ORGANISATION, name, "test", Severity.HIGH, aliases=(Alias(name),))
        for id_, name in (("is-k", "IS-K"), ("bajaur", "Bajaur"))
    ),
)


@pytest.fixture
def context(db: Database) -> Context:
    """Return a house that watches two names, on a database."""
    settings = SimpleNamespace(polling=PollingModel(), retention=RetentionModel(), route=Route("", "desk"))
    matcher = compile_matcher([LIST], version="v1")
    entities = {one.id: EntityRef(one.id, one.name, one.kind) for one in LIST.entities}
    parts: Any = {
        "apart": None,
        "titles": {},
        "channels": {},
        "fetcher": None,
        "ring": lambda kind, key: None,
        "jitter": lambda: 0.5,
    }
    return Context(
        settings=cast("Any", settings), db=db, matcher=matcher, entities=entities, clock=lambda: NOW, **parts
    )


def entry(title: str, text: str = "", *, guid: str = "g", link: str = "https://news.example/1") -> str:
    """Return an entry as a feed writes it."""
    return f"<item><title>{title}</title><guid>{guid}</guid><link>{link}</link><description>{text}</description></item>"


def rss(*entries: str, whole: bool = False) -> FetchResult:
    """Return the answer of a server; `whole` when it is such that it cannot be cut into its entries."""
    head = "<!DOCTYPE rss>" if whole else ""
    body = f"{head}<rss version='2.0'><channel><title>Paper</title>{''.join(entries)}</channel></rss>"
    headers = {"content-type": "application/rss+xml; charset=utf-8"}
    return FetchResult(200, "https://news.example/rss", headers, body.encode(), None, None)


def polled(context: Context, feed: Feed, *entries: str, whole: bool = False) -> PollOutcome:
    """Poll a feed that shows these entries."""
    now = feeds.find_feed(context.db, feed.url)
    assert now is not None
    result = rss(*entries, whole=whole)
    outcome = reading.read(context, now, result, new_in(context.db, now, result), polled_at=NOW)
    commit(context, [outcome])
    return outcome


either_way = pytest.mark.parametrize("whole", [False, True])


@either_way
def test_an_entry_that_says_something_else_is_an_edit_of_its_item(context: Context, db: Database, whole: bool) -> None:
    feed = make_feed(db)
    polled(context, feed, entry("A blast"), whole=whole)
    outcome = polled(context, feed, entry("A blast in Bajaur", "IS-K was there."), whole=whole)
    assert outcome.items == ()
    [edit] = outcome.edits
    assert [match.rule for match in edit.matches] == ["entity:bajaur", "entity:is-k"]
    assert (
        polled(context, feed, entry("A blast in Bajaur", "IS-K was there."), entry("B", guid="b"), whole=whole).edits
        == ()
    )
    assert [one.title for one in versions.history(db, edit.item_id)] == ["A blast", "A blast in Bajaur"]
    assert {hit.item.version for hit in items.list_hits(db, items.HitFilter())} == {2}


@either_way
def test_a_clock_in_a_text_edits_nothing_at_any_poll(context: Context, db: Database, whole: bool) -> None:
    feed = make_feed(db)
    for minutes in range(5):
        outcome = polled(context, feed, entry("A blast", f"Updated {minutes} minutes ago"), whole=whole)
        assert outcome.edits == ()


def test_of_entries_that_lead_to_one_item_the_one_that_made_it_counts(context: Context, db: Database) -> None:
    feed = make_feed(db)
    first, last = (Entry(guid, f"title {guid}", "", "", NOW, "en") for guid in ("b\x00", "b\ufffd"))
    found = reading.sort_out(context, feed, [first, last])
    assert found.new == [last, first]
    new = reading.new_items(context, feed, found.new, polled_at=NOW)
    assert record(db, make_outcome(feed, *new)).items == 1
    assert reading.sort_out(context, feed, [first, last]) == reading.Found([], [])


def test_entries_of_one_id_in_one_body_edit_nothing(context: Context, db: Database) -> None:
    feed = make_feed(db)
    pair = entry("Blast in Khar", link="https://news.example/1"), entry("Rain in Swat", link="https://news.example/2")
    assert len(polled(context, feed, *pair).items) == 2
    for number in range(3):
        outcome = polled(context, feed, entry(f"New {number}", guid=f"n{number}"), *pair[:: (-1) ** number])
        assert (len(outcome.items), outcome.edits) == (1, ())


def test_another_report_under_an_id_that_was_used_is_a_new_item(context: Context, db: Database) -> None:
    feed = make_feed(db)
    polled(context, feed, entry("IS-K strikes a rally in Khar", "Many dead.", link="https://news.example/1"))
    for _ in range(2):
        outcome = polled(context, feed, entry("Minister opens road", "IS-K warned him.", link="https://news.example/2"))
        assert outcome.edits == ()
    hits = [(hit.item.title, hit.verdict) for hit in items.list_hits(db, items.HitFilter())]
    assert hits == [("Minister opens road", None), ("IS-K strikes a rally in Khar", Verdict.OLD_NEWS)]
    assert items.counts(db)["items"] == 2


def test_what_came_from_the_article_stays_behind_the_new_words_of_the_feed(context: Context, db: Database) -> None:
    feed = make_feed(db)
    polled(context, feed, entry("A blast", "Short."))
    [item] = items.known_items(db, feed.id, ["g"]).values()
    article = EditedItem(item.id, "A blast", "Short.\n\nIn Bajaur, it is said.", own_chars=len("Short."))
    with db.write() as connection:
        versions.apply_edits(connection, [article], watchlist_version="v1", entities={}, now=NOW)
    assert polled(context, feed, entry("A blast", "Short."), whole=True).edits == ()
    [edit] = polled(context, feed, entry("A blast", "Less short.")).edits
    assert (edit.text, edit.own_chars) == ("Less short.\n\nIn Bajaur, it is said.", len("Less short."))
    assert [match.rule for match in edit.matches] == ["entity:bajaur"]
    assert polled(context, feed, entry("A blast", "Less  short."), whole=True).edits == ()
