"""The playground: what is found in a text, why not more, and that no text keeps others waiting."""

import asyncio
import time
from pathlib import Path

import pytest

from monitor.core.matcher import Matcher
from monitor.core.types import Document, MatchResult
from monitor.store import items
from monitor.web import playground
from monitor.web.playground import FORM_BYTES, MOST_CHARS
from monitor.web.server import create_app
from tests.web.acting import FOREIGN, get, post, working

pytestmark = pytest.mark.usefixtures("readers")


async def test_mentions_are_marked_and_rules_say_why_they_hold_or_nearly_do(tmp_path: Path) -> None:
    async with working(tmp_path) as (_, status):
        form = {"title": "IS-K blast", "text": "It was in Khar. IS-K claimed it, Khar police said.", "lang": "en"}
        page = (await post(status, "/playground", {**form})).text
        nobody = (await post(status, "/playground", {"text": "Omari was in Lahore, Khar is calm"})).text
        assert items.counts(status.db)["items"] == 0
    assert "<mark>IS-K</mark> blast" in page
    assert "in <mark>Khar</mark>. <mark>IS-K</mark> claimed" in page
    assert "2 rules hold" in page
    assert '<b dir="auto">Blast</b>' in page
    assert "<bdi>IS-K</bdi> &times; 2" in page
    assert "1 nearly" in page
    assert "<code>khar AND &#34;denied&#34; AND NOT &#34;claimed&#34;</code>" in page
    assert "Nobody would be told of this." in nobody
    assert "1 place does not count" in nobody
    assert "no context: " in nobody


async def test_a_hostile_text_is_shown_and_does_not_act(tmp_path: Path) -> None:
    text = "</textarea><script>alert(1)</script> {{ 7*7 }} \u202egnp.exe IS-K"
    async with working(tmp_path) as (_, status):
        answer = await post(status, "/playground", {"title": text, "text": text})
    shown = answer.text.partition('id="result"')[2]
    assert "<mark>IS-K</mark>" in shown
    assert "{{ 7*7 }}" in shown
    assert "\u202e" not in shown
    assert answer.text.count("<script") == answer.text.count('<script src="/static/vendor/htmx.min.js"') == 1
    assert answer.text.count("</textarea>") == 1
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


async def test_its_script_is_ours_and_no_other_page_has_one(tmp_path: Path) -> None:
    async with working(tmp_path) as (_, status):
        script = await get(status, "/static/vendor/htmx.min.js")
        licence = await get(status, "/static/vendor/htmx.LICENSE")
        assert (script.status_code, licence.status_code) == (200, 200)
        for path in ("/", "/alerts", "/silences", "/watchlists/bajaur"):
            answer = await get(status, path)
            assert "script-src" not in answer.headers["content-security-policy"]
            assert "<script" not in answer.text


async def test_too_long_a_text_is_refused_before_it_is_looked_through(tmp_path: Path) -> None:
    async with working(tmp_path) as (_, status):
        long = await post(status, "/playground", {"text": "IS-K " * (MOST_CHARS // 5 + 1)})
        assert (long.status_code, f"at most {MOST_CHARS:,} characters" in long.text) == (413, True)
        assert (await post(status, "/playground", {"text": "x" * FORM_BYTES})).status_code == 413
        assert (await post(status, "/playground", {"text": "IS-K"}, FOREIGN)).status_code == 403
        assert (await post(status, "/playground", {"text": " "})).status_code == 200


async def test_while_a_text_takes_long_other_pages_answer_and_others_are_told_to_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, at_once, most = [], [0], [0]

    def slow(_: Matcher, document: Document, *, explain: bool) -> MatchResult:
        begun.append(document.text)
        at_once[0] += 1
        most[0] = max(at_once)
        time.sleep(0.5)
        at_once[0] -= 1
        return MatchResult()

    monkeypatch.setattr(playground, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(Matcher, "match", slow)
    async with working(tmp_path) as (_, status):
        app = create_app(status)
        monkeypatch.setattr("tests.web.acting.create_app", lambda _: app)  # one server for all
        texts = [asyncio.create_task(post(status, "/playground", {"text": f"text {n}"})) for n in range(3)]
        await asyncio.sleep(0.05)
        assert (await asyncio.wait_for(get(status, "/healthz"), 0.25)).status_code == 200
        answers = await asyncio.gather(*texts)
        assert {one.status_code for one in answers} == {503}
        assert all("try again in a moment" in one.text for one in answers)
        assert begun == ["text 0"], "those who gave up waiting are not looked through"
        monkeypatch.setattr(playground, "WAIT_SECONDS", 5.0)
        assert (await post(status, "/playground", {"text": "afterwards"})).status_code == 200
    assert most == [1]


@pytest.mark.slow
async def test_the_longest_text_full_of_names_leaves_the_pages_alive(tmp_path: Path) -> None:
    text = ("IS-K in Khar; " * MOST_CHARS)[:MOST_CHARS]
    async with working(tmp_path) as (_, status):
        trial = asyncio.create_task(post(status, "/playground", {"text": text}))
        longest = 0.0
        while not trial.done():
            began = time.perf_counter()
            assert (await get(status, "/healthz")).status_code == 200
            longest = max(longest, time.perf_counter() - began)
        page = (await trial).text
    assert "Blast" in page
    assert longest < 2.0, "of a busy machine; alone it is some 50 ms"


async def test_where_no_watchlist_is_in_force_it_says_so(tmp_path: Path) -> None:
    async with working(tmp_path) as (_, status):
        status.current = None
        assert (await post(status, "/playground", {"text": "IS-K"})).status_code == 503
