"""Entries that are known reports under another id, and those that only look so."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.renamed import Report, known_reports
from monitor.core.types import Entry

AT = datetime(2023, 7, 30, 11, 25, tzinfo=UTC)
TEXT = "A bomb went off at a rally in Khar on Sunday, police and doctors said."


def entry(number: int = 1, *, session: str = "b", at: datetime | None = AT, title: str = "", text: str = TEXT) -> Entry:
    """Return an entry as a feed lists it in a session."""
    url = f"https://paper.example/{number}"
    return Entry(f"{number}?session={session}", title or f"Report {number}", text, url, at, "en")


def report(one: Entry, item_id: int = 1) -> Report:
    """Return the item that an entry made."""
    return Report(item_id, one.url, one.title, one.text, one.published_at)


def found(new: Sequence[Entry], stored: Sequence[Entry], listed: int | None = None) -> list[int | None]:
    """Return which of the stored entries each new one is, counted from 1."""
    reports = [report(one, item_id) for item_id, one in enumerate(stored, start=1)]
    known = known_reports(new, reports, listed=len(new) if listed is None else listed)
    return [known.get(one.guid) for one in new]


def test_a_report_keeps_its_item_when_its_id_counts_edits() -> None:
    edited = replace(entry(), text=f"{TEXT} The number of dead rose to 54.")
    assert found([edited], [entry(session="a")], listed=30) == [1]


def test_a_report_keeps_its_item_when_its_feed_moves() -> None:
    old = [replace(entry(n, session="a"), url=f"http://www.paper.example/{n}?utm_source=rss") for n in (1, 2)]
    assert found([entry(2), entry(1)], old) == [2, 1]


@pytest.mark.parametrize("at", [None, AT, AT + timedelta(minutes=15)])
def test_a_feed_that_changes_its_ids_at_every_poll_has_no_news(at: datetime | None) -> None:
    old = [entry(n, session="a", at=None if at is None else AT) for n in range(1, 10)]
    assert found([entry(n, at=at) for n in range(1, 10)], old) == [*range(1, 10)]
    assert found([entry(n, at=at) for n in range(3, 12)], old) == [*range(3, 10), None, None]


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (entry(title="Report 1, corrected"), "the title is another"),
        (entry(2, title="Report 1"), "the address is another"),
        (entry(at=AT + timedelta(minutes=5)), "it was published later"),
        (entry(at=None), "nothing tells when it was published, and the feed's other ids stay"),
        (entry(text="Second alarm: rockets over Sderot."), "the text shares no words"),
        (replace(entry(), url=""), "it has no address"),
        (replace(entry(), title=""), "it has no title"),
    ],
)
def test_a_report_that_is_another_stays_one(one: Entry, why: str) -> None:
    stored = [replace(entry(session="a"), url=one.url and entry().url, title=one.title and entry().title)]
    assert found([one], stored, listed=10) == [None], why


def test_posts_of_a_live_page_stay_apart() -> None:
    page = "https://paper.example/live"
    posts = [replace(entry(n, title=f"Post {n}"), url=page) for n in range(6)]
    assert found(posts[3:], posts[:3]) == [None] * 3
    posts = [replace(entry(n, title="Live: Khar", text=f"word{n} said {n}"), url=page) for n in range(6)]
    assert found(posts[3:], posts[:3]) == [None] * 3
    posts = [replace(one, published_at=None, text="") for one in posts]
    assert found(posts[3:], posts[:3]) == [None] * 3


def test_alarms_of_one_wording_stay_apart() -> None:
    regions = [entry(n, title="Rockets", at=AT + timedelta(minutes=n)) for n in range(5)]
    again = [replace(entry(n, title="Rockets"), published_at=AT + timedelta(days=1, minutes=n)) for n in range(5)]
    assert found(again, regions) == [None] * 5


def test_two_entries_are_not_one_item() -> None:
    assert found([entry(session="b"), entry(session="c")], [entry(session="a")]) == [1, None]
    assert found([entry(session="b"), entry(session="c")], [entry(session="a")] * 2) == [2, 1]


def test_a_live_page_of_a_thousand_posts_takes_no_time() -> None:
    text = "word " * 800
    posts = [replace(entry(n, title="Live", text=f"{text}{n}"), url="https://paper.example/") for n in range(1_000)]
    began = time.process_time()
    assert len([one for one in found(posts[500:], posts[:500]) if one]) == 500
    assert time.process_time() - began < 5
