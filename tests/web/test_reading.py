"""The pages that are read: hits, stories, entities, the map."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from monitor.core.types import EntityRef, Kind, Mention, Severity
from monitor.store import items
from monitor.web.gate import HEADERS
from monitor.web.server import create_app
from monitor.web.status import Status
from tests.explained import WATCHLIST, Watch, watching
from tests.store.rows import NOW, make_alert, make_feed, make_item, make_match, make_outcome, record
from tests.web.test_server import client

PATHS = ["/hits", "/stories", "/stories/1", "/entities", "/entities/is-k", "/map"]

EMPTY = {
    "/hits": "No hit yet",
    "/stories": "No story yet",
    "/entities": "No entity is watched",
    "/map": "No place has a location",
}

PLACED = WATCHLIST.replace("name: Khar,", "name: Khar, location: [34.73, 71.53],")


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    """Return a paper, a desk and the jobs between them, with a place on the map."""
    async with watching(tmp_path, "sqlite:///monitor.db") as one:
        await one.reload(watchlist=PLACED)
        yield one


async def get(watch: Watch, path: str, code: int = 200) -> str:
    """Return a page of a daemon that works."""
    now = watch.now
    status = Status(watch.db, now, lambda: now, "monitor.yaml", now, current=watch.house.current)
    transport = httpx.ASGITransport(create_app(status))
    async with httpx.AsyncClient(transport=transport, base_url="http://monitor") as web:
        answer = await web.get(path)
    assert answer.status_code == code
    return answer.text


@pytest.mark.parametrize("path", PATHS)
def test_each_has_the_headers_the_way_to_the_others_and_no_script_or_style(filled: Status, path: str) -> None:
    answer = client(filled).get(path)
    assert answer.status_code == 200
    assert HEADERS.items() <= dict(answer.headers).items()
    for shown in ('href="/hits"', 'href="/stories"', 'href="/entities"', 'href="/map"', '<main id="main">', "<h1"):
        assert shown in answer.text
    for never in ("<script", "style=", "<style", "onclick", "javascript:", "\u202e"):
        assert never not in answer.text


@pytest.mark.parametrize(("path", "word"), EMPTY.items())
def test_an_empty_one_says_so(status: Status, path: str, word: str) -> None:
    assert word in client(status).get(path).text


def test_hits_are_found_by_words_and_shown_with_their_reason(filled: Status) -> None:
    page = client(filled).get("/hits?text=struck").text
    for shown in ("<mark>IS-K</mark> struck", "the reason", 'href="/items/1"', 'href="/stories/1"', "1 hit of 1 item"):
        assert shown in page
    assert 'value="struck"' in page, "what was asked stands in the form"
    assert "No hit is like that" in client(filled).get("/hits?text=nowhere").text


def test_filters_are_told_and_each_can_be_taken_away(filled: Status) -> None:
    page = (
        client(filled).get("/hits?text=struck&severity=high&entity=is-k&feed=1&lang=en&mark=none&since=2023-07-01").text
    )
    for shown in ("words: struck", "severity from: high", "entity: is-k", "feed: Paper", "marked: not marked"):
        assert shown in page
    assert '/hits?text=struck&amp;since=2023-07-01&amp;severity=high&amp;entity=is-k&amp;feed=1&amp;lang=en"' in page


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ("severity=hot", "severity “hot”: expected one of: low, medium, high, critical"),
        ("since=soon", "since “soon”: expected a span such as 7d, or a day such as 2026-12-01"),
        ("since=99999y", "since “99999y”: expected a span"),
        ("since=1d&until=2d", "until “2d”: it is not after since"),
        ("verdict=x", "verdict “x”: expected one of: waiting, alerted"),
        ("mark=x", "mark “x”: expected one of: any, right, wrong, none"),
        ("feed=7777", "feed “7777”: there is none with this number or address"),
        ("lang=-", "lang “-”: expected a code such as en, ur or fa"),
        ("before=x", "before “x”: expected a number"),
        ("before=99999999999", "expected a number"),
        ("text=...", "text “...”: there is no letter and no digit in it"),
        ("text=" + "a+" * 13, "expected at most 12 words"),
        ("rule=" + "x" * 301, "expected at most 300 characters"),
        ("severity=<script>", "severity “&lt;script&gt;”"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(filled: Status, asked: str, word: str) -> None:
    answer = client(filled).get(f"/hits?{asked}")
    assert (answer.status_code, word in answer.text) == (400, True)
    assert "Mend what is named above" in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/stories/7", 404),
        ("/stories/x", 404),
        ("/stories/99999999999999999999", 404),
        ("/stories?severity=x", 400),
        ("/stories?state=x", 400),
        ("/stories?before=x", 400),
        ("/stories?before=9999999999999999999-1", 400),
        ("/entities/nobody", 404),
        ("/entities?kind=x", 400),
        ("/entities?page=0", 400),
        ("/map?days=x", 400),
        ("/map?lat=nan", 400),
        ("/map?zoom=7", 400),
        ("/map?zoom=6&lat=-85&lon=180&days=365", 200),
        ("/hits?rule=%00&entity=%F0%9F%92%A9", 200),
    ],
)
def test_odd_addresses_are_answered(filled: Status, path: str, code: int) -> None:
    assert client(filled).get(path).status_code == code


def test_a_page_of_hits_leads_to_older_ones(status: Status) -> None:
    news = [make_item(f"g{n}", f"IS-K {n} struck", matches=[make_match()]) for n in range(70)]
    record(status.db, make_outcome(make_feed(status.db), *news))
    page = client(status).get("/hits?severity=high").text
    assert ("IS-K</mark> 69" in page, "IS-K</mark> 19" in page) == (True, False)
    assert 'href="/hits?severity=high&amp;before=21" rel="next"' in page
    older = client(status).get("/hits?severity=high&before=21").text
    assert ("IS-K</mark> 19" in older, 'rel="next"' in older, "newest" in older) == (True, False, True)


def test_the_page_of_a_story_says_who_told_it_and_what_was_new(status: Status) -> None:
    feed = make_feed(status.db)
    first = make_item("a", "IS-K suicide bomber kills 40 at rally in Bajaur", matches=[make_match()])
    second = make_item(
        "b", "IS-K suicide bomber kills 54 at rally in Bajaur", matches=[make_match("r", "is-k", "bajaur")]
    )
    record(status.db, make_outcome(feed, first))
    record(status.db, make_outcome(feed, second), now=NOW + timedelta(hours=1))
    make_alert(status.db, items.unrouted_hits(status.db, limit=9))
    page = client(status).get("/stories/1").text
    for shown in (
        "2 reports, 1 publisher on their own",
        '<b><bdi>news.example</bdi></b> in <a href="/feeds/1"',
        "First report.",
        "<b>Now also:</b> <bdi>R</bdi>",
        '<b>Names first:</b> <a href="/entities/bajaur" dir="auto">Bajaur</a>',
        "<b>New figures in the headline:</b> 54.",
        'href="/alerts/alr_1"',
        "open: takes reports until",
    ):
        assert shown in page
    listed = client(status).get("/stories?state=open&severity=high").text
    assert "2 reports by 1 publisher" in listed
    assert "No story is like that" in client(status).get("/stories?state=closed").text
    overview = client(status).get("/").text
    assert 'href="/stories/1"' in overview
    assert "Hits by day: 2 from 01 Jul 2023 on, at most 2 in a day" in overview


async def test_the_page_of_an_entity_shows_its_spellings_company_and_hits(watch: Watch) -> None:
    await watch.poll(("Blast at a rally in Khar", "IS-K said it did it."), ("IS-K again", "Nothing of note."))
    page = await get(watch, "/entities/is-k")
    for shown in (
        "watchlist <a",
        "Hits: 3 from",
        'href="/entities/khar"',
        'href="/feeds/1"',
        "<mark>IS-K</mark>",
    ):
        assert shown in page
    assert "It is no hit by itself" in await get(watch, "/entities/khar")
    listed = await get(watch, "/entities?kind=place&text=kha")
    assert ('href="/entities/khar"' in listed, "1 entity" in listed) == (True, True)
    assert "/entities/is-k" not in listed
    assert "No entity is like that" in await get(watch, "/entities?text=nobody")


async def test_the_map_shows_places_by_their_hits_and_the_same_in_a_table(watch: Watch) -> None:
    await watch.poll(("Blast at a rally in Khar", "IS-K said it did it."))
    page = await get(watch, "/map")
    assert "<title>Khar: 1 hit</title>" in page
    assert "34.73° N, 71.53° E" in page
    assert '<path class="land" d="M' in page
    assert "<title>Khar" not in await get(watch, "/map?lat=0&lon=-60&zoom=3"), "it is not in sight there"


def test_an_entity_that_is_watched_no_more_keeps_its_page(filled: Status) -> None:
    assert "<b>watched no more</b>" in client(filled).get("/entities/is-k").text


HOSTILE = "IS-K <script>alert(1)</script> <img src=x onerror=alert(1)> {{ 7*7 }} {% raw %} \u202egnp.exe \u2066x"


@pytest.fixture
def hostile(status: Status) -> Status:
    """Return a house to which a feed has sent all it could think of; the store takes what the reader would have cut."""
    endless = "IS-K " + "<b>" * 350_000
    named = {"is-k": EntityRef("is-k", HOSTILE, Kind.ORGANISATION), "a/b?<": EntityRef("a/b?<", HOSTILE, Kind.PLACE)}
    mention = Mention("is-k", "text", 1_000_000, 1_000_004, "IS-K", "IS-K")
    deep = replace(make_match("r1", "is-k", "a/b?<"), title=HOSTILE, why=HOSTILE, mentions=(mention,))
    feed = make_feed(status.db)
    news = []
    for guid, title, text in (("a", HOSTILE, HOSTILE), ("b", endless, "x" * 1_000_000 + "IS-K"), ("c", "", "")):
        item = make_item(guid, title, matches=[make_match(), deep])
        news.append(replace(item, entry=replace(item.entry, title=title, text=text, url="javascript:alert(1)")))
    outcome = replace(make_outcome(feed, *news), feed_title=HOSTILE)
    items.record_polls(status.db, [outcome], watchlist_version="v1", entities=named, now=NOW)
    make_alert(status.db, items.unrouted_hits(status.db, limit=9))
    return status


@pytest.mark.parametrize(
    "path", ["/", "/hits", "/hits?text=script", "/stories", "/stories/1", "/stories/2", "/entities/is-k", "/map"]
)
def test_what_a_hostile_feed_sends_is_only_text_and_no_page_grows_with_it(hostile: Status, path: str) -> None:
    answer = client(hostile).get(path)
    assert answer.status_code == 200
    for never in ("<script", "<img", "javascript:", "\u202e", "\u2066", ">49", " 49 ", "<b><b>"):
        assert never not in answer.text
    assert len(answer.content) < 100_000


def test_a_gravity_is_said_in_words_and_drawn_in_attributes_only(filled: Status) -> None:
    page = client(filled).get("/").text
    assert f'<rect class="{Severity.HIGH}" x="349.5" y="0.0" width="9" height="72.0">' in page
    assert '<th scope="row">30 Jul 2023</th>' in page, "the same figures stand in a table"
