"""Following hits live, taking them as files, and trying texts, over a real socket."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import httpx
import pytest
import stix2
from icalendar import Calendar

from monitor.config.watchlists import LoadedWatchlists
from monitor.core.matcher import compile_matcher
from monitor.core.types import Alias, Entity, Kind, Severity, Watchlist
from monitor.errors import StoreError
from monitor.store import items
from monitor.web.api import taking
from monitor.web.status import Status
from tests.store.rows import NOW, make_feed, make_item, make_match, make_outcome, record
from tests.web.test_api import api
from tests.web.test_asking import get


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, so that nobody waits."""
    monkeypatch.setattr(taking, "LOOK_SECONDS", 0.02)


@asynccontextmanager
async def following(
    web: httpx.AsyncClient, path: str = "hits/stream", **headers: str
) -> AsyncIterator[AsyncIterator[str]]:
    """Follow hits; give the lines."""
    async with web.stream("GET", path, headers=headers, timeout=10) as answer:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        lines = answer.aiter_lines()
        assert await anext(lines) == "retry: 3000"
        yield lines


async def next_id(lines: AsyncIterator[str]) -> str:
    """Return the id of the next event, which is a hit."""
    async with asyncio.timeout(10):
        async for line in lines:
            if line.startswith("id: "):
                assert await anext(lines) == "event: hit"
                hit = json.loads((await anext(lines)).removeprefix("data: "))
                assert hit["id"] == line.removeprefix("id: ")
                return str(hit["id"])
    raise AssertionError("the stream ended")


def more(status: Status, name: str, severity: Severity = Severity.HIGH) -> None:
    """Store one more hit."""
    feed = make_feed(status.db, f"https://{name}.example/")
    record(status.db, make_outcome(feed, make_item(name, f"IS-K {name}", matches=[make_match(severity=severity)])))


async def test_hits_are_told_as_they_come_and_a_lost_line_is_taken_up_again(filled: Status) -> None:
    async with api(filled) as web:
        async with following(web) as lines:
            more(filled, "c")
            assert await next_id(lines) == "3", "what was there before is not told"
            more(filled, "d")
            assert await next_id(lines) == "4"
        more(filled, "e")
        async with following(web, **{"last-event-id": "3"}) as lines:
            assert [await next_id(lines), await next_id(lines)] == ["4", "5"]
        async with following(web, "hits/stream?after=1&severity=critical") as lines:
            more(filled, "f", Severity.CRITICAL)
            assert await next_id(lines) == "6"


async def test_a_quiet_line_shows_that_it_lives_and_a_database_that_is_away_does_not_end_it(
    filled: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "BEAT_SECONDS", 0.05)
    async with api(filled) as web, following(web) as lines, asyncio.timeout(10):
        assert [line async for line in _two(lines)] == ["", ": nothing new"]
        look, away = taking._look, [StoreError("gone")]

        def fail_once(*args: object) -> object:
            if away:
                raise away.pop()
            return look(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(taking, "_look", fail_once)
        async for line in lines:
            if line == ": the database is away":
                break
        more(filled, "c")
        assert await next_id(lines) == "3"


async def _two(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    for _ in range(2):
        yield await anext(lines)


async def test_a_server_that_stops_ends_the_line_cleanly(filled: Status) -> None:
    async with api(filled) as web:
        reading = asyncio.create_task(_read_to_end(web))
        await asyncio.sleep(0.2)
    assert (await asyncio.wait_for(reading, 5))[0] == "retry: 3000"


async def _read_to_end(web: httpx.AsyncClient) -> list[str]:
    async with httpx.AsyncClient(headers=web.headers) as own, own.stream("GET", f"{web.base_url}hits/stream") as answer:
        return [line async for line in answer.aiter_lines()]


async def test_not_more_follow_than_can_be_served_and_who_leaves_makes_room(
    filled: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "STREAMS", 1)
    async with api(filled) as web:
        async with following(web):
            refused = await web.get("hits/stream")
            assert (refused.status_code, refused.json()["title"]) == (503, "Too many follow")
        async with asyncio.timeout(10):
            while True:
                async with web.stream("GET", "hits/stream") as answer:
                    if answer.status_code == 200:
                        break
                await asyncio.sleep(0.02)
        assert (await web.get("hits/stream", headers={"last-event-id": "x"})).status_code in (400, 503)


def test_a_table_for_spreadsheets_runs_nothing(filled: Status) -> None:
    feed = make_feed(filled.db, "https://evil.example/")
    record(filled.db, make_outcome(feed, make_item("f", "=cmd|' /C calc'!A0", matches=[make_match()])))
    (answer,) = get(filled, "hits/export?format=csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="hits.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert rows[2]["title"] == "'=cmd|' /C calc'!A0"


def test_json_lines_are_the_hits_of_the_list(filled: Status, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "BATCH", 1)
    export, listed = get(filled, "hits/export", "hits")
    assert [json.loads(line) for line in export.text.splitlines()] == list(reversed(listed.json()["hits"]))


def test_a_bundle_is_valid_stix_and_the_same_each_time(filled: Status) -> None:
    match = make_match("both", "is-k", "bajaur")
    record(filled.db, make_outcome(make_feed(filled.db, "https://other.example/"), make_item("c", matches=[match])))
    first, again = get(filled, "hits/export?format=stix", "hits/export?format=stix")
    assert first.text == again.text
    bundle = stix2.parse(first.text, allow_custom=False)
    assert bundle.type == "bundle"
    reports = [one for one in bundle.objects if one.type == "report"]
    known = {one.id for one in bundle.objects}
    assert len(reports) == 3
    assert len(known) == len(bundle.objects)
    assert all(ref in known for one in reports for ref in one.object_refs)
    assert reports[2].labels == ["severity:high", "watchlist:is-k", "rule:both", "place:bajaur"]
    assert {one.name for one in bundle.objects if one.type == "identity"} == {"Event Monitor", "IS-K"}


def test_a_place_that_the_watchlists_know_is_a_location(filled: Status) -> None:
    bajaur = Entity("bajaur", Kind.PLACE, "Bajaur", "places", Severity.LOW, location=(34.7, 71.5))
    filled.lists = LoadedWatchlists((Watchlist("places", "Places", Severity.LOW, entities=(bajaur,)),), "v1", (), ())
    match = make_match("both", "is-k", "bajaur")
    record(filled.db, make_outcome(make_feed(filled.db, "https://other.example/"), make_item("c", matches=[match])))
    (answer,) = get(filled, "hits/export?format=stix")
    bundle = stix2.parse(answer.text, allow_custom=False)
    [place] = [one for one in bundle.objects if one.type == "location"]
    assert (place.latitude, place.longitude) == (34.7, 71.5)
    [report] = [one for one in bundle.objects if one.type == "report" and place.id in one.object_refs]
    assert "place:bajaur" in report.labels


def test_atom_is_valid_and_hostile_words_are_only_words(filled: Status) -> None:
    feed = make_feed(filled.db, "https://evil.example/")
    bad = replace(make_item("x", "]]> & \x0b\ufffe <b>", matches=[make_match()]))
    record(filled.db, make_outcome(feed, bad))
    (answer,) = get(filled, "/hits.atom?severity=high")
    assert answer.headers["content-type"] == "application/atom+xml"
    root = ET.fromstring(answer.content)
    name = "{http://www.w3.org/2005/Atom}"
    assert (root.tag, [root.findtext(f"{name}{tag}") is not None for tag in ("id", "title", "updated")]) == (
        f"{name}feed",
        [True] * 3,
    )
    entries = root.findall(f"{name}entry")
    assert len(entries) == 3
    ids = {entry.findtext(f"{name}id") for entry in entries}
    assert len(ids) == 3
    for entry in entries:
        for tag in ("title", "updated", "published", "summary", "author", "link"):
            assert entry.find(f"{name}{tag}") is not None
    assert entries[0].findtext(f"{name}title") == "[high] ]]> & \ufffd\ufffd <b>".replace("\ufffd\ufffd", "\ufffd")
    assert root.findall(f"{name}link")[0].get("href") == "http://monitor/hits.atom?severity=high"


def test_json_feed_has_what_its_version_asks_for(filled: Status) -> None:
    filled.public_url = "https://news.example/monitor/"
    (answer,) = get(filled, "/hits.json")
    said = answer.json()
    assert answer.headers["content-type"] == "application/feed+json"
    assert said["version"] == "https://jsonfeed.org/version/1.1"
    assert said["feed_url"] == "https://news.example/monitor/hits.json"
    assert [set(item) >= {"id", "url", "title", "content_text", "date_published"} for item in said["items"]] == [
        True
    ] * 2
    assert said["items"][0]["title"].startswith("[high] IS-K <script>")


def test_a_feed_with_a_bad_filter_says_so(filled: Status) -> None:
    for path in ("/hits.atom?severity=x", "/hits.json?colour=red"):
        (answer,) = get(filled, path)
        assert answer.status_code == 400
        assert "expected" in answer.text or "Input should be" in answer.text


def test_an_empty_house_has_valid_feeds_too(status: Status) -> None:
    atom, feed, calendar, export = get(status, "/hits.atom", "/hits.json", "/digests.ics", "hits/export?format=stix")
    assert ET.fromstring(atom.content).findall("{http://www.w3.org/2005/Atom}entry") == []
    assert feed.json()["items"] == []
    assert Calendar.from_ical(calendar.content).walk("VEVENT") == []
    assert [one.type for one in stix2.parse(export.text).objects] == ["identity"]


async def test_a_text_is_tried_against_the_watchlists_in_force(filled: Status) -> None:
    entity = Entity("is-k", Kind.ORGANISATION, "IS-K", "is-k", Severity.HIGH, aliases=(Alias("IS-K"),))
    matcher = compile_matcher([Watchlist("is-k", "IS-K", Severity.HIGH, entities=(entity,))], version="v1")
    filled.current = lambda: SimpleNamespace(matcher=matcher)  # type: ignore[assignment]
    async with api(filled) as web:
        found = (await web.post("match", json={"title": "IS-K struck", "explain": True})).json()
        assert [(one["surface"], one["field"], one["start"]) for one in found["mentions"]] == [("IS-K", "title", 0)]
        assert found["hits"][0]["rule"] == "entity:is-k"
        assert (await web.post("match", json={"text": 7})).status_code == 422
        assert (await web.post("match", json={"text": "x" * taking.TEXT_BYTES})).status_code == 413
        long = "IS-K said. " * 9_000
        slow, quick = await asyncio.gather(web.post("match", json={"text": long}), web.get("hits?limit=1"))
        assert (slow.status_code, quick.status_code) == (200, 200)
    assert items.newest_hit_id(filled.db) == 2, "nothing was stored"
    assert filled.clock() == NOW
