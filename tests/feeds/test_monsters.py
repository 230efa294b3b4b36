"""Documents made to break their reader: what is good in them is read and stored all the same.

Each stands between two good entries. Nothing is timed: what needs more than linear time passes the limit of its test.
"""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy import text as sql

from monitor.config.opml import parse_opml
from monitor.core.types import FetchResult, ParsedFeed
from monitor.errors import ConfigError, NotAFeedError
from monitor.feeds.apart import Apart
from monitor.feeds.entries import MAX_ENTRIES, MAX_TEXT, MAX_TITLE
from monitor.feeds.fetch import Fetcher
from monitor.feeds.parse import read_feed
from monitor.jobs.record import commit
from monitor.store.database import Database
from tests.jobs.test_poll import ask, made
from tests.servers.http import HttpServer
from tests.store.rows import NOW, make_feed

MB = 10**6


def rss(inside: str, *, prolog: str = "", root: str = "") -> bytes:
    """Return a feed with something between two good entries."""
    first, last = (f"<item><title>{name}</title><guid>{name}</guid></item>" for name in ("first", "last"))
    return (
        f"{prolog}<rss version='2.0' {root}><channel><title>Paper</title>{first}{inside}{last}</channel></rss>".encode(
            "utf-8", "surrogatepass"
        )
    )


def item(inside: str, attributes: str = "") -> str:
    """Return an entry."""
    return f"<item {attributes}>{inside}<guid>bad</guid></item>"


def answer(body: bytes, content_type: str = "text/xml") -> FetchResult:
    """Return the answer of a server."""
    return FetchResult(200, "https://paper.example/rss", {"content-type": content_type}, body, None, None)


ATTRIBUTES = " ".join(f"a{number}=''" for number in range(100_000))
SPACES = " ".join(f"xmlns:a{number}='urn:{number}'" for number in range(10_000))
ITEMS = "".join(f"<item><title>{number}</title><guid>{number}</guid></item>" for number in range(20_000))

MONSTERS: dict[str, str] = {
    "a title of 1 MB": item(f"<title>{'x' * MB}</title>"),
    "a guid of 9 MB": f"<item><guid>{'g' * 9 * MB}</guid></item>",
    "an address of 5 MB": item(f"<link>https://paper.example/{'a' * 5 * MB}</link>"),
    "an author of 5 MB": item(f"<author>{'a@' * 2_500_000}</author>"),
    "NUL": item("<title>a\0b</title>\0"),
    "signs that XML forbids": item("<title>\x01\x08\x0b\x0c\x1f\ufffe\uffff</title>"),
    "lone surrogates": item("<title>a\ud800b</title><link>https://paper.example/\udfff</link>"),
    "references to lone surrogates": item("<title>a&#xD800;&#xDFFF;&#55296;b</title><guid>&#xD800;</guid>"),
    "references to nothing": item("<title>&#0;&#x110000;&#99999999999999;&#x;&#;&;&nothing;&amp</title>"),
    "100,000 attributes": f"<item {ATTRIBUTES}><guid>bad</guid></item>",
    "100,000 attributes of a child": item(f"<link {ATTRIBUTES}/>"),
    "100,000 elements in each other": item("<x>" * 100_000 + "</x>" * 100_000),
    "100,000 elements in each other, unclosed": item("<x>" * 100_000),
    "50,000 divisions in each other": item(f"<description>{'<div>' * 50_000}{'</div>' * 50_000}</description>"),
    "10,000 namespaces": item(f"<x {SPACES}/>"),
    "10,000 namespaces, one by one": item("".join(f"<x{n}:y xmlns:x{n}='urn:{n}'/>" for n in range(10_000))),
    "10,000 prefixes undeclared": item("".join(f"<x{number}:y/>" for number in range(10_000))),
    "a million <": item(f"<title>{'<' * MB}</title>"),
    "a million < in CDATA": item(f"<description><![CDATA[{'<' * MB}]]></description>"),
    "a comment without end": item("<!-- "),
    "300,000 comments without end": item("<!--" * 300_000),
    "CDATA without end": item("<title><![CDATA[ x "),
    "100,000 CDATA without end": item("<title>" + "<![CDATA[" * 100_000),
    "CDATA without end, told as words": item(f"<description>{'&lt;![CDATA[' * 50_000}</description>"),
    "instructions without end": item("<?" * 300_000),
    "scripts without end": item(f"<description><![CDATA[{'<script>' * 300_000}]]></description>"),
    "quotes without end": item("<description><![CDATA[" + '<a b="' * 300_000 + "]]></description>"),
    "equals signs": item(f"<description><![CDATA[<a {'=' * MB}]]></description>"),
    "&amp;amp;amp; of 5 MB": item(f"<title>&{'amp;' * 1_250_000}</title>"),
    "200,000 &amp;": item(f"<title>{'&amp;' * 200_000}</title>"),
    "20,000 categories": item("".join(f"<category>{number}</category>" for number in range(20_000))),
    "20,000 links": item("<link>https://paper.example/1</link>" * 20_000),
    "20,000 authors": item("<author>a@paper.example (A)</author>" * 20_000),
    "20,000 pictures": item("<media:content url='a'/>" * 20_000),
    "base64 of nothing": item("<content mode='base64'>" + "=" * MB + "</content>"),
    "places without end": item(f"<georss:polygon>{'1 ' * MB}</georss:polygon>"),
}  # fmt: skip
"""By name: what stands between two good entries."""


SWALLOWS = frozenset(
    {
        "100,000 elements in each other, unclosed",
        "a comment without end",
        "300,000 comments without end",
        "CDATA without end",
        "100,000 CDATA without end",
        "instructions without end",
    }
)
"""Those after which it is open where they end: what follows may be part of them."""


LONG = frozenset(
    {
        "100,000 elements in each other",
        "100,000 elements in each other, unclosed",
        "50,000 divisions in each other",
        "a million <",
        "a million < in CDATA",
        "places without end",
        "20,000 links",
        "20,000 authors",
        "20,000 categories",
        "200,000 &amp;",
        "scripts without end",
        "quotes without end",
    }
)
"""Those that take a third of a second and more."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in MONSTERS])
def test_one_bad_entry_spoils_only_itself(name: str) -> None:
    found = read_feed(answer(rss(MONSTERS[name])))
    titles = [entry.title for entry in found.entries]
    assert found.title == "Paper"
    assert titles[0] == "first"
    assert "last" in titles or name in SWALLOWS
    check_storable(found)


def check_storable(found: ParsedFeed) -> None:
    """Fail unless each entry is what a database takes, and no more than is kept."""
    for entry in found.entries:
        words = (entry.guid, entry.title, entry.text, entry.url, entry.author)
        assert all(
            len(one) <= most
            for one, most in zip(words, (MAX_TITLE, MAX_TITLE, MAX_TEXT, 2 * MAX_TITLE, MAX_TITLE), strict=True)
        )
        assert "\0" not in "".join(words).encode().decode()


@pytest.mark.slow
def test_of_20_000_entries_the_first_are_read() -> None:
    many = "".join(f"<item><title>{number}</title><guid>{number}</guid></item>" for number in range(20_000))
    for body in (rss(many), rss(f"&{many}")):
        found = read_feed(answer(body))
        assert [entry.title for entry in found.entries][:3] == ["first", "0", "1"]
        assert len(found.entries) == MAX_ENTRIES


DATES = (
    "99999-99-99", "9999-12-31T23:59:59-14:00", "0000-00-00T00:00:00Z", "0001-01-01T00:00:00+14:00", "-0001-01-01", "2023-02-30",
    "Mon, 99 Foo 99999 99:99:99 +9999", "99999999999999999999", "-1", "1e999", "NaN", "2023-07-30T25:61:61Z", "0", "٩٩٩٩٩-٩٩-٩٩",
)  # fmt: skip


def test_a_date_that_is_none_costs_nothing_but_itself() -> None:
    dated = "".join(f"<item><guid>{number}</guid><pubDate>{one}</pubDate></item>" for number, one in enumerate(DATES))
    found = read_feed(answer(rss(dated)), now=NOW)
    assert [entry.guid for entry in found.entries] == ["first", *map(str, range(len(DATES))), "last"]
    assert {entry.published_at for entry in found.entries} <= {None, NOW}  # at the end of time is later than now
    items = [{"id": str(number), "date_published": one} for number, one in enumerate(DATES)]
    told = read_feed(
        answer(json.dumps({"version": "https://jsonfeed.org/version/1", "items": items}).encode()), now=NOW
    )
    assert {entry.published_at for entry in told.entries} <= {None, NOW}


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "gopher://x/"]
)
def test_an_address_that_is_none_of_the_web_is_not_kept(link: str) -> None:
    bad = read_feed(answer(rss(item(f"<link>{link}</link>")))).entries[1]
    assert (bad.guid, bad.url) == ("bad", "")


def test_markup_in_titles_leaves_words_alone() -> None:
    title = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;b onclick='x'&gt;Blast&lt;/b&gt; \u202egnp.exe &lt;img src=x onerror=alert(1)&gt;"
    bad = read_feed(answer(rss(item(f"<title>{title}</title>")))).entries[1]
    assert bad.title == "Blast \u202egnp.exe"  # the sign is part of the title; pages and mails isolate it


# --- entities ---------------------------------------------------------------------------------------------------------


def laughs(root: str) -> str:
    """Return a document type whose last entity stands for 10^12 words."""
    more = "".join(f"<!ENTITY a{number} '{f'&a{number - 1};' * 10}'>" for number in range(1, 13))
    return f"<!DOCTYPE {root} [<!ENTITY a0 'lol'>{more}]>"


def entities(root: str) -> dict[str, str]:
    """Return document types that do harm where entities are read, each naming it &a12;."""
    return {
        "billion laughs": laughs(root),
        "quadratic": f"<!DOCTYPE {root} [<!ENTITY a12 '{'x' * MB}'>]>",
        "a file": f"<!DOCTYPE {root} [<!ENTITY a12 SYSTEM 'file:///etc/passwd'>]>",
        "metadata": f"<!DOCTYPE {root} [<!ENTITY a12 SYSTEM 'http://169.254.169.254/latest/meta-data/'>]>",
        "a public name": f"<!DOCTYPE {root} [<!ENTITY a12 PUBLIC 'x' 'file:///etc/passwd'>]>",
        "a parameter": f"<!DOCTYPE {root} [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p; <!ENTITY a12 '%p;'>]>",
        "a document type elsewhere": f"<!DOCTYPE {root} SYSTEM 'http://169.254.169.254/x.dtd' [<!ENTITY a12 SYSTEM 'x'>]>",
        "itself": f"<!DOCTYPE {root} [<!ENTITY a12 '&a12;'>]>",
    }


FORMATS = {
    "rss": "<rss version='2.0'><channel><item><title>{}</title><guid>1</guid></item><item><title>ok</title></item></channel></rss>",
    "feed": "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>{}</title><id>1</id></entry><entry><title>ok</title></entry></feed>",
    "rdf:RDF": "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
    "<item><title>{}</title><link>https://paper.example/1</link></item><item><title>ok</title></item></rdf:RDF>",
    "urlset": "<urlset><url><loc>https://paper.example/1</loc><news:news><news:title>a {}</news:title></news:news></url>"
    "<url><loc>https://paper.example/2</loc><news:news><news:title>ok</news:title></news:news></url></urlset>",
}  # fmt: skip


@pytest.mark.parametrize("root", FORMATS)
@pytest.mark.parametrize("bomb", entities(""))
def test_no_entity_is_expanded_and_no_file_or_address_read(root: str, bomb: str) -> None:
    body = entities(root)[bomb] + FORMATS[root].format("&a12;" * 1_000)
    entries = read_feed(answer(body.encode())).entries
    assert entries[-1].title == "ok"
    told = "".join(entry.title + entry.text for entry in entries)
    assert len(told) < 10_000
    assert "root:" not in told
    assert "lol" not in told


@pytest.mark.parametrize("bomb", entities(""))
def test_a_list_of_feeds_with_entities_is_refused(bomb: str) -> None:
    body = (
        entities("opml")[bomb] + "<opml><body><outline text='&a12;' xmlUrl='https://paper.example/rss'/></body></opml>"
    )
    with pytest.raises(ConfigError, match=r"declares entities|not OPML"):
        parse_opml("list.opml", body.encode())


# --- JSON -------------------------------------------------------------------------------------------------------------

JSON = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "Paper", "items": [{"id": "first"}, %s, {"id": "last"}]}'
)
BAD_JSON = {
    "lone surrogates": '{"id": "\\ud800", "title": "a\\udfffb", "url": "https://paper.example/\\ud800"}',
    "NUL": '{"id": "\\u0000", "content_text": "a\\u0000b"}',
    "numbers": '{"id": 1e999, "title": NaN, "url": -Infinity}',
    "a number of 4,000 digits": '{"id": %s}' % ("9" * 4_000),
    "other kinds": '{"id": [], "title": {}, "authors": {"name": 1}, "tags": null}',
    "no entry": '[], null, 1, "x"',
    "a text of 5 MB": '{"content_html": "%s"}' % ("<b>" * 1_700_000),
    "10,000 entries in each other": '{"items": ' * 500 + "1" + "}" * 500,
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_one_bad_entry_of_json_spoils_only_itself(name: str) -> None:
    found = read_feed(answer((JSON % BAD_JSON[name]).encode(), "application/feed+json"))
    guids = [entry.guid for entry in found.entries]
    assert (guids[0], guids[-1]) == ("first", "last")
    check_storable(found)


@pytest.mark.parametrize("body", ["[" * 5 * MB, '{"a":' * MB, JSON % ("[" * MB), JSON % ("9" * 5_000)])
def test_json_that_goes_too_far_is_no_feed(body: str) -> None:
    with pytest.raises(NotAFeedError):
        read_feed(answer(body.encode(), "application/feed+json"))


# --- stored -----------------------------------------------------------------------------------------------------------

STORED = (
    "a title of 1 MB", "a guid of 9 MB", "NUL", "signs that XML forbids", "lone surrogates", "references to lone surrogates",
    "references to nothing", "100,000 attributes", "10,000 namespaces", "a comment without end", "a million < in CDATA",
)  # fmt: skip


@pytest.mark.slow
async def test_what_is_good_in_a_monster_is_stored_by_a_poll(db: Database) -> None:
    async def serve(request: web.Request) -> web.StreamResponse:
        return web.Response(body=rss(MONSTERS[STORED[int(request.path[1:])]]), content_type="text/xml")

    limits = {"timeout": timedelta(seconds=30), "max_body": 10 * 2**20, "allow_private_networks": True, "proxy": None}
    async with HttpServer(serve) as server, Fetcher(user_agent="test", **limits) as fetcher:  # type: ignore[arg-type]
        with Apart(workers=1) as apart:
            context = replace(made(db), fetcher=fetcher, apart=apart)
            polled = [await ask(context, make_feed(db, server.url(f"/{n}"))) for n in range(len(STORED))]
            commit(context, polled)
    assert [one.error for one in polled] == [None] * len(STORED)
    with db.engine.connect() as connection:
        titles = [row.title for row in connection.execute(sql("SELECT title FROM item"))]
    assert titles.count("first") == len(STORED)
    assert titles.count("last") >= len(STORED) - 1  # the comment without end has swallowed one
