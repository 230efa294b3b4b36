"""Digests in a browser: each at an address that lasts, and the archive of them."""

import html
import re
from dataclasses import replace
from datetime import timedelta

from monitor.core.types import Notice, Period
from monitor.store import digests
from monitor.web import digest_pages
from monitor.web.status import Status
from tests.render.test_digest import WEEK, make_notice, make_story
from tests.store.rows import NOW
from tests.web.test_server import client

WEEK_LONG = timedelta(days=7)


def keep(status: Status, notice: Notice, number: int = 0, id_: str = "dig_a", name: str = "weekly") -> None:
    """Store a digest, `number` weeks ago."""
    end_at = NOW - number * WEEK_LONG
    digests.record(status.db, id_, name, Period(end_at - WEEK_LONG, end_at), notice, [], now=end_at)


def test_a_digest_has_a_page_with_all_it_tells(status: Status) -> None:
    keep(status, WEEK)
    shown = client(status).get("/digests/dig_a")
    assert shown.status_code == 200
    for words in (
        "<h1>Weekly digest</h1>",
        "57 hits in 912 items from 24 feeds",
        '<h3 dir="auto" lang="ur"><a href="https://news.example.org/1" rel="noreferrer noopener"><mark>باجوڑ</mark>',
        '<a href="/items/1">why?</a>',
        "6 publishers, usually 0 to 1; by chance once in 2,300 periods",
        "Another spelling of <bdi>IS-K</bdi>: <b><bdi>ولایت خراسان</bdi></b>",
        "<b>Headline changed</b>, before: <bdi>Blast in Bajaur kills 20</bdi>",
        'aria-label="14, 9, 11, 15, 12, 10, 13, 12, now 31"',
        "1 delivery given up, 2 waiting, hooks.\u200bexample answered 404",
    ):
        assert words in shown.text, words
    assert shown.text.count("asked no more since") == 15, "the page has room for all of them"


def test_a_page_needs_no_style_of_its_own_and_nothing_of_a_feed_acts_in_it(status: Status) -> None:
    story = make_story("<script>alert(1)</script> \u202egnp.exe {{ 7*7 }}", "high", url="javascript:alert(1)")
    keep(status, make_notice(hits=1, stories=[story], stories_total=1))
    text = client(status).get("/digests/dig_a").text
    assert "&lt;\u200bscript&gt;" in text
    assert "\u202e" not in text
    assert "javascript:" not in text
    assert "49" not in text
    assert not re.search(r"<script|\sstyle=", text)


def test_the_archive_lists_digests_newest_first_page_by_page(status: Status) -> None:
    for number in range(digest_pages.ARCHIVE_SHOWN + 3):
        keep(status, make_notice(hits=number), number, f"dig_{number}")
    first = client(status).get("/digests").text
    ids = re.findall(r'href="/digests/(dig_\d+)"', first)
    assert ids == [f"dig_{number}" for number in range(digest_pages.ARCHIVE_SHOWN)]
    older = re.search(r'href="(/digests\?before=[^"]+)"', first)
    assert older
    rest = client(status).get(html.unescape(older[1])).text
    assert re.findall(r'href="/digests/(dig_\d+)"', rest) == ["dig_60", "dig_61", "dig_62"]
    assert "?before=" not in rest


def test_where_no_digest_is_the_archive_says_how_one_comes_to_be(status: Status) -> None:
    shown = client(status).get("/digests?before=nonsense")
    assert shown.status_code == 200
    assert "monitor digest send NAME" in shown.text
    assert client(status).get("/digests/dig_none").status_code == 404


def test_the_pages_ask_for_the_token(status: Status) -> None:
    keep(status, WEEK)
    guarded = client(replace(status, token="s3cret"))
    assert [guarded.get(path).status_code for path in ("/digests", "/digests/dig_a")] == [401, 401]


def test_a_digest_from_before_there_was_more_to_it_is_shown(status: Status) -> None:
    old = make_notice(hits=1, stories=[make_story("Blast", "high")], stories_total=1)
    keep(status, old)
    shown = client(status).get("/digests/dig_a").text
    assert "Blast" in shown
    assert "usual" not in shown
