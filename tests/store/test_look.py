"""Hits that somebody looks for, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.search import terms_of
from monitor.core.types import EditedItem, Mark, Severity, Verdict
from monitor.store import items, marks
from monitor.store.database import Database
from monitor.store.look import Found, Search, look
from tests.store.rows import NOW, make_alert, make_feed, make_item, make_match, make_outcome, record


def titles(db: Database, search: Search) -> list[str]:
    """Return the titles of the items found, newest first."""
    return list(dict.fromkeys(hit.item.title for hit in look(db, search, limit=50).hits))


def words(asked: str) -> Search:
    """Return a search for words."""
    return Search(terms=tuple(terms_of(asked)))


@pytest.fixture
def news(db: Database) -> Database:
    """Return a database with three items, one of another feed and language, and one without hits."""
    urdu = make_item("u", "باجوڑ میں دھماکہ", matches=[make_match("r1", "bajaur", severity=Severity.CRITICAL)])
    urdu = replace(urdu, entry=replace(urdu.entry, lang="ur-PK"))
    record(
        db,
        make_outcome(
            make_feed(db),
            make_item(
                "a", "IS-K suicide bombing in Bajaur", matches=[make_match(), make_match("r1", "is-k", "bajaur")]
            ),
            make_item("b", "Daʿesh claims it", matches=[make_match()]),
            make_item("c", "Bajaur weather"),
        ),
    )
    record(db, make_outcome(make_feed(db, "https://jang.example/"), urdu), now=NOW + timedelta(hours=1))
    return db


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("bajaur", ["IS-K suicide bombing in Bajaur"]),
        ("bomb", ["IS-K suicide bombing in Bajaur"]),
        ('"bomb"', []),
        ('"suicide bombing"', ["IS-K suicide bombing in Bajaur"]),
        ('"bombing suicide"', []),
        ("da'esh", ["Daʿesh claims it"]),
        ("IS–K bajaur", ["IS-K suicide bombing in Bajaur"]),
        ("باجوڑ", ["باجوڑ میں دھماکہ"]),
        ("weather", []),
        ("x' OR 1=1 --", []),
        ('" NEAR( ) AND * : ^ -', []),
        ("NOT", []),
    ],
)
def test_words_are_found_in_any_form_and_nothing_in_them_is_a_command(
    news: Database, asked: str, found: list[str]
) -> None:
    assert titles(news, words(asked)) == found


def test_an_edited_item_is_found_by_what_it_says_now(news: Database) -> None:
    edit = EditedItem(2, "The group denies it", "Other words.")
    record(news, replace(make_outcome(make_feed(news)), edits=(edit,)), now=NOW + timedelta(hours=1))
    assert len(look(news, words("denies"), limit=9).hits) == 1
    assert look(news, words("claims"), limit=9).hits == []


@pytest.mark.parametrize(
    ("search", "ids"),
    [
        (lambda: Search(), [4, 3, 2, 1]),
        (lambda: Search(severity=Severity.CRITICAL), [4]),
        (lambda: Search(rule="r1"), [4, 2]),
        (lambda: Search(watchlist="is-k", lang="ur"), [4]),
        (lambda: Search(lang="en"), [3, 2, 1]),
        (lambda: Search(feed_id=2), [4]),
        (lambda: Search(entity="bajaur"), [4, 2]),
        (lambda: Search(entity="bajaur", feed_id=1), [2]),
        (lambda: Search(since_at=NOW + timedelta(minutes=1)), [4]),
        (lambda: Search(until_at=NOW + timedelta(minutes=1)), [3, 2, 1]),
        (lambda: Search(mark=Mark.WRONG), [3]),
        (lambda: Search(mark="any"), [3]),
        (lambda: Search(mark="none"), [4, 2, 1]),
        (lambda: Search(verdict=Verdict.ALERTED), [1]),
        (lambda: Search(verdict="waiting"), [4, 3, 2]),
        (lambda: Search(before=3), [2, 1]),
        (lambda: Search(terms=tuple(terms_of("bajaur")), rule="r1", severity=Severity.HIGH), [2]),
        (lambda: Search(rule="nowhere\0"), []),
    ],
)
def test_hits_are_chosen_by_all_that_is_known_of_them(
    news: Database, search: Callable[[], Search], ids: list[int]
) -> None:
    hits = sorted(items.unrouted_hits(news, limit=9), key=lambda hit: hit.id)
    make_alert(news, hits[:1])
    marks.mark_hit(news, hits[2].id, Mark.WRONG, who="ana", now=NOW)
    assert [hit.id for hit in look(news, search(), limit=50).hits] == ids


def test_pages_follow_each_other_and_part_no_item(news: Database) -> None:
    assert [hit.id for hit in look(news, Search(), limit=3).hits] == [4, 3]
    second = look(news, Search(before=3), limit=3)
    assert ([hit.id for hit in second.hits], second.before) == ([2, 1], None)
    assert [hit.id for hit in look(news, Search(before=3), limit=1).hits] == [2], "an item larger than a page"
    assert look(news, Search(before=1), limit=3) == Found([], None)


@pytest.mark.parametrize("newest", [1, 2, 3, 500])
def test_words_are_found_behind_the_newest_hits_too(
    news: Database, monkeypatch: pytest.MonkeyPatch, newest: int
) -> None:
    monkeypatch.setattr("monitor.store.look.NEWEST", newest)
    assert [hit.id for hit in look(news, words("bajaur"), limit=50).hits] == [2, 1]
    assert look(news, words("bajaur"), limit=1).before == 2
    assert [hit.id for hit in look(news, replace(words("bajaur"), before=2), limit=50).hits] == [1]
    assert look(news, words("weather"), limit=50) == Found([], None)
