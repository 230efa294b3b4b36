"""Every feed there is: files in the forms that publishers make, and what they hold."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.types import Entry, FetchResult, ParsedFeed
from monitor.errors import NotAFeedError
from monitor.feeds.markup import cut, read_markup
from monitor.feeds.parse import parse_feed
from tests.examples import times

DATA = Path(__file__).parent / "data"


def parsed_and_expected(case: Path) -> tuple[ParsedFeed, dict[str, Any]]:
    """Return what a file holds, and what it should."""
    expected: dict[str, Any] = json.loads(case.read_text(encoding="utf-8"))
    body = (DATA / expected["file"]).read_bytes()
    headers = {"content-type": expected["content_type"]}
    return parse_feed(FetchResult(200, expected["url"], headers, body, None, None)), expected


def as_written(entry: Entry) -> dict[str, Any]:
    """Return an entry as it stands in the files of what is expected."""
    at = entry.published_at
    return {
        "guid": "sha256:*" if entry.guid.startswith("sha256:") else entry.guid,
        "title": entry.title,
        "text": entry.text,
        "url": entry.url,
        "published_at": f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None,
        "lang": entry.lang,
        "author": entry.author,
    }


@pytest.mark.parametrize("case", sorted(DATA.glob("*.expected.json")), ids=lambda case: case.name.split(".")[0])
def test_each_file_gives_its_entries(case: Path) -> None:
    parsed, expected = parsed_and_expected(case)
    found = [as_written(entry) for entry in parsed.entries]
    if "only" in expected:  # of the others it only matters that they take nothing with them
        found = [entry for entry in found if entry["guid"] in expected["only"]]
    assert found == expected["entries"]
    assert parsed.title == expected["title"]


@pytest.mark.parametrize("case", sorted(DATA.glob("*.expected.json")), ids=lambda case: case.name.split(".")[0])
def test_each_file_says_when_to_ask_again_and_who_tells(case: Path) -> None:
    parsed, expected = parsed_and_expected(case)
    seconds = {name: timedelta(seconds=expected[name]) if name in expected else None for name in ("ttl", "period")}
    assert {"ttl": parsed.ttl, "period": parsed.period} == seconds
    assert sorted(parsed.skip_hours) == expected.get("skip_hours", [])
    assert sorted(parsed.skip_days) == expected.get("skip_days", [])
    assert (parsed.hub, parsed.topic) == (expected.get("hub", ""), expected.get("topic", ""))


def test_a_feed_that_calls_itself_a_page_is_a_feed() -> None:
    body = b"<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x.dtd'><rss><channel><title>x</title></channel></rss>"
    assert read(body, "text/html") == ParsedFeed("x", ())


# --- laws -------------------------------------------------------------------------------------------------------------

CONTENT_TYPES = ["application/xml", "text/html; charset=utf-16", "x/y; charset=nonsense", "application/feed+json", ""]
FRAMES = [
    b"%s",
    b"<rss version='2.0'><channel><item><title>%s</title></item></channel></rss>",
    b"<rss version='2.0'><channel>%s<item><guid>1</guid></item></channel></rss>",
    b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'>%s</content></entry></feed>",
    b"<feed><entry><published>%s</published><link href='%s'/></entry></feed>",
    b"<!DOCTYPE rss [<!ENTITY a '%s'>]><rss><channel><item><title>&a;</title></item></channel></rss>",
    b"<urlset><url><loc>%s</loc><news:title>%s</news:title></url></urlset>",
    b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "%s"}]}',
    b'{"version": "https://jsonfeed.org/version/1", "items": [%s]}',
]
SHARDS = [
    "<", ">", "&", ";", "'", '"', "/", "=", "\0", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE ", "[", "]", "{", "}", ",",
    "<item>", "</item>", "<entry ", "</entry>", "<title>", "</title>", "<link ", "<guid>", "xmlns:a=", "a:b", "&#xD800;", "&#1;",
    "&#99999999999;", "&nbsp;", "&x;", "http://[", "href=", "xml:base=", "<![if", "<!ENTITY x ", "<pubDate>", "<svg>", "<source>",
    "<media:description>", "<content:encoded>", "<georss:point>", "\ud800", "\ufffe", "ب", "٣", "1e999", "null", ":", "\\ud800",
]  # fmt: skip


def read(body: bytes, content_type: str = "", url: str = "https://paper.example/feed") -> ParsedFeed | str:
    """Return what a body holds, or the reason why it is no feed; any other error is one of ours."""
    try:
        return parse_feed(FetchResult(200, url, {"content-type": content_type}, body, None, None))
    except NotAFeedError as error:
        return error.reason


def broken_bodies() -> st.SearchStrategy[bytes]:
    """Return bodies of random bytes and of what parsers stumble over, alone and within good frames."""
    shards = st.lists(st.sampled_from(SHARDS), max_size=12).map(
        lambda parts: "".join(parts).encode("utf-8", "surrogatepass")
    )
    return st.builds(
        lambda frame, part: frame.replace(b"%s", part), st.sampled_from(FRAMES), shards | st.binary(max_size=100)
    )


@settings(max_examples=times(4), deadline=None)
@given(broken_bodies(), st.sampled_from(CONTENT_TYPES))
def test_any_bytes_are_a_feed_or_are_told_to_be_none(body: bytes, content_type: str) -> None:
    found = read(body, content_type)
    if isinstance(found, str):
        assert found == "not a feed"
    else:
        words = [
            word for entry in found.entries for word in (entry.guid, entry.title, entry.text, entry.url, entry.author)
        ]
        assert "\0" not in "".join([found.title, *words]).encode().decode()  # what every database takes


GOOD = [
    "<item><title>Good {0}</title><guid isPermaLink='false'>good-{0}</guid>"
    f"<pubDate>Sun, 30 Jul 2023 11:25:00 GMT</pubDate><description>{text}</description></item>"
    for text in ("<![CDATA[<p>Text {0} &amp; more</p>]]>", "Text {0} &amp; more")
]
BROKEN = [
    "<item><title>x</item>",
    "<item><title>x & y</title><guid>http://[</guid></item>",
    "<item><title><![CDATA[x</title></item>",
    "<item><!-- <title>x</title></item>",
    "<item><title>&#xD800;&#0;&nope;</title></item>",
    "<item><title>\ud800\0\ufffe</title></item>",
    "<item><pubDate>99 99 99999 99:99</pubDate></item>",
    "<item><link>http://[::1</link></item>",
    "<item a='<'><title>x</title></item>",
    "<item><title></b></title></item>",
    "<item><content:encoded><div></content:encoded></item>",
    "<item><unknown:thing x:y='z'>",
    "<item><description><svg></description></item>",
    "<item><title>x</title></channel></item>",
    "<item " + "a='1' " * 5_000 + "/>",
]


@settings(max_examples=120, deadline=None)
@given(st.lists(st.sampled_from(BROKEN), min_size=1, max_size=3), st.integers(0, 2), st.sampled_from(GOOD))
def test_a_broken_entry_costs_only_itself(broken: list[str], place: int, good: str) -> None:
    items = [good.format(number) for number in range(3)]
    items[place:place] = broken
    document = "<rss version='2.0'><channel><title>A & B</title>" + "\n".join(items) + "</channel></rss>"
    found = read(document.encode("utf-8", "surrogatepass"))
    assert isinstance(found, ParsedFeed)
    kept = [entry for entry in found.entries if entry.guid.startswith("good-")]
    assert [(entry.guid, entry.title, entry.text) for entry in kept] == [
        (f"good-{number}", f"Good {number}", f"Text {number} & more") for number in range(3)
    ]
    assert {entry.published_at for entry in kept} == {datetime(2023, 7, 30, 11, 25, tzinfo=UTC)}
    assert found.title == "A & B"


@pytest.mark.parametrize("name", ["rss10.xml", "rss20_modules.xml", "atom10.xml", "atom03.xml"])
def test_a_document_read_entry_by_entry_holds_the_same(name: str) -> None:
    body = (DATA / name).read_text(encoding="utf-8")
    end = body.rindex("</")
    assert read((body[:end] + "<broken>" + body[end:]).encode()) == read(body.encode())


# --- the whole --------------------------------------------------------------------------------------------------------


def test_nothing_is_published_later_than_it_is_seen() -> None:
    body = b"<rss><channel><item><guid>1</guid><pubDate>Sun, 30 Jul 2123 10:00:00 GMT</pubDate></item></channel></rss>"
    headers = {"date": "Sun, 30 Jul 2023 11:25:00 GMT"}
    seen_at = datetime(2023, 7, 30, 11, 25, tzinfo=UTC)
    answer = FetchResult(200, "https://paper.example/feed", headers, body, None, None)
    assert parse_feed(answer).entries[0].published_at == seen_at
    assert parse_feed(answer, now=seen_at + timedelta(1)).entries[0].published_at == seen_at + timedelta(1)


def test_a_hub_in_the_answers_headers_goes_first() -> None:
    body = (DATA / "rss20_modules.xml").read_bytes()
    headers = {
        "link": '</hub>; rel="hub", <https://paper.example/self>; type="x"; rel=self, <https://b.example/>; rel=hub'
    }
    parsed = parse_feed(FetchResult(200, "https://paper.example/feed", headers, body, None, None))
    assert (parsed.hub, parsed.topic) == ("https://paper.example/hub", "https://paper.example/self")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "the answer is empty"),
        (
            "<html><head><title>x</title></head><body><h1>Please sign in</h1></body></html>",
            "'Please sign in' \\(a web page\\)",
        ),
        ("<!doctype HTML><title>Just a moment</title>", "a web page"),
        ("<opml version='2.0'><body/></opml>", "OPML"),
        ("<sitemapindex><sitemap><loc>https://a.example/</loc></sitemap></sitemapindex>", "a list of sitemaps"),
        ("<urlset><url><loc>https://a.example/</loc></url></urlset>", "a sitemap without news"),
        ("<Error><Code>AccessDenied</Code></Error>", "AccessDenied"),
        ('{"error": "rate limit"}', "rate limit.*no JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [', "damaged JSON"),
        ("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><x/></rdf:RDF>", "the answer begins"),
        ("Service temporarily unavailable\0", "'Service temporarily unavailable'"),
    ],
)
def test_what_is_no_feed_is_shown_in_words(body: str, words: str) -> None:
    with pytest.raises(NotAFeedError, match=words):
        parse_feed(FetchResult(200, "https://paper.example/feed", {}, body.encode(), None, None))


def hostile() -> dict[str, str]:
    """Return what goes into a channel, by what is too much of it."""
    return {
        "attributes": "<item {}><title>x</title></item>".format(" ".join(f"a{n}=''" for n in range(50_000))),
        "author": f"<item><author>{'a' * 500_000}</author></item>",
        "categories": f"<item>{''.join(f'<category>{n}</category>' for n in range(20_000))}</item>",
        "items": "<item><title>x</title></item>" * 20_000,
        "markup": f"<item><description>a & b {'&lt;a ' * 50_000}</description></item>",
        "entities": "<item><title>&a9;</title></item>",
    }


ENTITIES = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10 if n else 'bomb' * 8}'>" for n in range(10))


@pytest.mark.parametrize("much", list(hostile()))
def test_hostile_documents_end_soon(much: str) -> None:
    document = f"<!DOCTYPE rss [{ENTITIES}]><rss><channel>{hostile()[much]}</channel></rss>"
    began = time.process_time()
    found = read(document.encode())
    assert isinstance(found, ParsedFeed)
    assert len(found.entries) == 1
    assert len(found.entries[0].title) <= 4
    assert time.process_time() - began < 10  # seconds; each took minutes, the machine of the tests may be slow


@pytest.mark.parametrize(
    "start", ["<!DOCTYPE rss>" * 400_000 + "<rss>", "<rss>" + "<channel>" * 100_000], ids=["document types", "parents"]
)
def test_what_stands_before_the_entries_is_read_in_linear_time(start: str) -> None:
    began = time.process_time()
    found = cut(read_markup(f"{start}<item></item></rss>"))
    assert list(found.entries) == ["<item></item>"]
    assert time.process_time() - began < 10  # seconds; each took a minute and more
