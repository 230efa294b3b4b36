"""Broken feeds, made of good ones step by step, and what must hold of whatever is read of them.

Every choice is drawn from a function, so that the same steps serve hypothesis, which shrinks them, and a fuzzer that
looks at coverage (tools/fuzz.py).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from monitor.config.opml import parse_opml
from monitor.core.types import Entry, FetchResult, ParsedFeed
from monitor.errors import ConfigError, NotAFeedError
from monitor.feeds.charset import to_text
from monitor.feeds.dates import FIRST_YEAR
from monitor.feeds.entries import MAX_ENTRIES, MAX_TEXT, MAX_TITLE
from monitor.feeds.page import read_page
from monitor.feeds.parse import parse_feed, split_feed
from monitor.feeds.plain import to_plain
from monitor.feeds.split import Pieces, rebuild
from tests.feeds.nasty import ATTRIBUTES, HEADS, KINDS, PLAIN, SPACES, UPSETTING

HERE = Path(__file__).parent
URL = "https://paper.example/dir/rss"
SEEN_AT = datetime(2026, 1, 1, tzinfo=UTC)

Choose = Callable[[int], int]
"""Returns a number from 0 up to, not including, its argument."""


def _of_a_kind(name: str) -> bytes:
    """Return a feed of one format whose entries have all that upsets nothing."""
    kind = KINDS[name]
    entries = [
        (kind.opening + "".join(PLAIN[number::4]) + kind.closing).replace("{n:02}", f"{number:02}").replace("{n}", str(number))
        for number in range(4)
    ]  # fmt: skip
    return (kind.before.format(s=SPACES, a=ATTRIBUTES[1], h=HEADS[0]) + "\n".join(entries) + kind.after).encode()


OPML = (
    b"<?xml version='1.0'?><opml version='2.0'><head><title>Mine</title></head><body><outline text='Asia'>"
    b"<outline type='rss' text='Paper' xmlUrl='https://paper.example/rss' category='/a/b'/></outline></body></opml>"
)
PAGE = (
    b"<!DOCTYPE html><html><head><base href='/x/'><title>Paper</title><link rel='alternate' type='application/rss+xml' "
    b"href='rss.xml?a=1&amp;b=2' title='All'></head><body><a href=/feed>RSS</a><script>a<b</script></body></html>"
)

GOOD: tuple[bytes, ...] = (
    *(path.read_bytes() for path in sorted(HERE.glob("data/*")) if not path.name.endswith(".expected.json")),
    *(path.read_bytes() for path in sorted(HERE.parent.glob("fixtures/feeds/*"))),
    *(_of_a_kind(name) for name in sorted(KINDS)),
    OPML,
    PAGE,
)
"""What is broken: the samples, each format with all that feeds do, a list of feeds, a page."""

SHARDS: tuple[bytes, ...] = (
    *(piece.format(n=7).encode() for piece in (*PLAIN, *UPSETTING)),
    *(b"< > & ; ' \" / = [ ] { } , : %").split(),
    b"\0", b"\xff", b"\x80", b"\xc3", b"\xed\xa0\x80", b"\xef\xbf\xbf", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x1e", b"\x1b$B", b"~{",
    b"<!--", b"-->", b"--", b"<![CDATA[", b"]]>", b"<?", b"?>", b"<!DOCTYPE rss [", b"<!ENTITY x '&y;'>", b"]>", b"<!ENTITY % p SYSTEM 'file:///etc/passwd'>",
    b"<?xml version='1.0' encoding='utf-16'?>", b"<?xml version='1.1' encoding='cp037'?>", b"<?xml encoding='utf-7'?>", b"<!doctype html>", b"<html>",
    b"<rss>", b"</rss>", b"<channel>", b"</channel>", b"<item>", b"</item>", b"<item/>", b"<entry>", b"</entry>", b"<feed>", b"<urlset>", b"<url>",
    b"<title>", b"</title>", b"<description>", b"</description>", b"<content:encoded>", b"<guid>", b"<link>", b"</link>", b"<link href='", b"<svg>",
    b"<source>", b"</source>", b"<media:title>", b"<itunes:summary>", b"<georss:where><gml:Point>", b"<gml:pos>1 x</gml:pos>", b"<georss:polygon>1 2",
    b"<cloud domain='x'/>", b"<psc:chapters><psc:chapter start='x'/></psc:chapters>", b"<content mode='base64'>=</content>", b"<ttl>-1</ttl>",
    b"<skipHours><hour>99</hour></skipHours>", b"<sy:updatePeriod>x</sy:updatePeriod>", b"<div xml:lang='", b" xml:base='http://['", b" xml:base='//x'",
    b" xmlns='urn:x'", b" xmlns:a='b c'", b" xmlns:dc=''", b" type='xhtml'", b" type='application/xml'", b" src='data:,'", b" rel='self'", b" rdf:about='",
    b"&#xD800;", b"&#0;", b"&#1;", b"&#99999999999;", b"&#x110000;", b"&nbsp;", b"&x;", b"&amp;amp;", b"&lt;![if", b"&lt;!--", b"&#38;#60;",
    b"javascript:alert(1)", b"data:text/html,x", b"http://[::1", b"http://[v1.x]/", b"http://a:99999/", b"http://a/\xe2\x80\xae", b"//", b"http://\xef\xbc\x8e/",
    b"99999-99-99", b"0000-00-00T00:00:00Z", b"9999-12-31T23:59:59-14:00", b"0001-01-01T00:00:00+14:00", b"-1", b"1e999", b"Mon, 32 Feb 2020 25:61:61 +9999",
    b"\\ud800", b"\\u0000", b"null", b"[[[[", b'{"a":' * 20, b"NaN", b"1" * 5000, b'"authors": [{"name": []}],', b'"items": [[]],',
    b"<a " + b" ".join(b"a%d=''" % number for number in range(300)) + b">", b"<b>" * 1_200, b"a" * 3_000, b"&amp;" * 500, b"<" * 500,
)  # fmt: skip
"""What readers stumble over."""

TYPES = (
    "application/xml", "text/xml", "application/rss+xml; charset=utf-8", "text/html; charset=utf-16", "x/y; charset=nonsense",
    "text/xml; charset=windows-1251", "application/feed+json", "text/xml; charset=utf-7", "text/xml; charset=iso-2022-jp", "",
)  # fmt: skip
CHARSETS = (
    "utf-16",
    "utf-16-le",
    "utf-32",
    "cp1256",
    "latin-1",
    "koi8-r",
    "cp037",
    "iso2022_jp",
    "gb18030",
    "utf-8-sig",
)
LONGEST = 60_000
"""Bytes of a broken feed; what needs size to do harm is in test_monsters.py."""


def broken_feed(choose: Choose, steps: int) -> FetchResult:
    """Return a feed to which `steps` things were done."""
    body = GOOD[choose(len(GOOD))]
    for _ in range(steps):
        body = STEPS[choose(len(STEPS))](body, choose)[:LONGEST]
    return FetchResult(200, URL, {"content-type": TYPES[choose(len(TYPES))]}, body, None, None)


def _span(body: bytes, choose: Choose) -> tuple[int, int]:
    """Return where a stretch begins and ends: of any bytes, or, more often, from one "<" to another."""
    start = choose(len(body) + 1)
    if choose(4):
        start = max(body.find(b"<", start), 0)
        end = start
        for _ in range(1 + choose(5)):
            end = body.find(b"<", end + 1)
        return start, end if end > start else len(body)
    return start, min(start + 1 + choose(200), len(body))


def _insert(body: bytes, choose: Choose) -> bytes:
    start, _ = _span(body, choose)
    return body[:start] + SHARDS[choose(len(SHARDS))] + body[start:]


def _replace(body: bytes, choose: Choose) -> bytes:
    start, end = _span(body, choose)
    return body[:start] + SHARDS[choose(len(SHARDS))] + body[end:]


def _delete(body: bytes, choose: Choose) -> bytes:
    start, end = _span(body, choose)
    return body[:start] + body[end:]


def _repeat(body: bytes, choose: Choose) -> bytes:
    start, end = _span(body, choose)
    return body[:end] + body[start:end] * (1, 1, 2, 30)[choose(4)] + body[end:]


def _move(body: bytes, choose: Choose) -> bytes:
    start, end = _span(body, choose)
    rest = body[:start] + body[end:]
    place, _ = _span(rest, choose)
    return rest[:place] + body[start:end] + rest[place:]


def _splice(body: bytes, choose: Choose) -> bytes:
    other = GOOD[choose(len(GOOD))]
    start, end = _span(other, choose)
    place, _ = _span(body, choose)
    return body[:place] + other[start:end] + body[place:]


def _cut_off(body: bytes, choose: Choose) -> bytes:
    start, _ = _span(body, choose)
    return body[:start]


def _flip(body: bytes, choose: Choose) -> bytes:
    if not body:
        return body
    place = choose(len(body))
    return body[:place] + bytes([body[place] ^ 1 << choose(8)]) + body[place + 1 :]


def _recode(body: bytes, choose: Choose) -> bytes:
    return body.decode("utf-8", "replace").encode(CHARSETS[choose(len(CHARSETS))], "xmlcharrefreplace")


STEPS = (_insert, _insert, _replace, _delete, _repeat, _move, _splice, _cut_off, _flip, _recode)


# --- laws -------------------------------------------------------------------------------------------------------------


def check_reading(result: FetchResult) -> None:
    """Fail unless a body is read as any body must be; raises AssertionError, or whatever a reader raised."""
    text = to_text(result.body, result.headers["content-type"])
    _check_words(to_plain(text))
    for candidate in (page := read_page(text, result.url, {"link": text[:500]})).declared + page.linked:
        assert _is_web(candidate.url), candidate
    _check_list(result.body)
    check_quick(result)
    pieces = split_feed(result)
    if pieces is not None:
        _check_pieces(pieces)
    whole = _read(result)
    if whole is None:
        assert pieces is None or _read(result, pieces) is None
        return
    _check_feed(whole)
    if pieces is not None:
        _check_parts(result, pieces, whole)


def check_quick(result: FetchResult) -> None:
    """Fail unless a body reads the same by whatever reads it and by feedparser alone."""
    assert _read(result) == _read(result, quick=False)


def _read(
    result: FetchResult, pieces: Pieces | None = None, seen: frozenset[int] = frozenset(), *, quick: bool = True
) -> ParsedFeed | None:
    """Return what a body holds, None for what is no feed. What a reader stumbled over is not taken for that."""
    try:
        return parse_feed(result, pieces, seen, now=SEEN_AT, quick=quick)
    except NotAFeedError as error:
        if error.__cause__ is not None and "cannot be read" in str(error):
            raise error.__cause__ from None
        return None


def _check_list(body: bytes) -> None:
    """Fail unless a list is read, or refused in words."""
    try:
        listed = parse_opml("list.opml", body)
    except ConfigError:
        return
    for one in listed.feeds:
        _check_words(one.spec.name + "".join(one.spec.tags) + one.spec.url)


def _check_pieces(pieces: Pieces) -> None:
    """Fail unless pieces make up a document, each with a number that a database takes."""
    assert len(pieces.entries) == len(pieces.hashes) > 0
    assert all(-(2**63) <= one < 2**63 for one in pieces.hashes)
    rebuild(pieces, pieces.entries).decode()


def _check_feed(feed: ParsedFeed) -> None:
    """Fail unless a feed can be stored."""
    _check_words(feed.title)
    assert len(feed.title) <= MAX_TITLE
    assert len(feed.entries) <= MAX_ENTRIES
    assert all(url == "" or _is_web(url) for url in (feed.hub, feed.topic))
    assert all(0 <= hour < 24 for hour in feed.skip_hours)
    assert all(0 <= day < 7 for day in feed.skip_days)
    assert len({entry.guid for entry in feed.entries}) == len(feed.entries)
    for entry in feed.entries:
        _check_entry(entry)


def _check_entry(entry: Entry) -> None:
    """Fail unless an entry can be stored, shown and told from others."""
    for words, most in (
        (entry.guid, 2 * MAX_TITLE), (entry.title, MAX_TITLE), (entry.text, MAX_TEXT), (entry.url, 2 * MAX_TITLE),
        (entry.author, MAX_TITLE), (entry.lang or "", 3),
    ):  # fmt: skip
        _check_words(words)
        assert len(words) <= most
    assert entry.guid
    assert entry.url == "" or _is_web(entry.url)
    at = entry.published_at
    assert at is None or (at.utcoffset() == UTC.utcoffset(None) and at.year >= FIRST_YEAR and at <= SEEN_AT)


def _check_words(words: str) -> None:
    """Fail for what no database takes."""
    assert "\0" not in words
    words.encode()


def _is_web(url: str) -> bool:
    """Return whether an address is one of the web."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _check_parts(result: FetchResult, pieces: Pieces, whole: ParsedFeed) -> None:
    """Fail unless any entries alone are read as they are in the whole."""
    everything = _read(result, pieces)
    assert everything is not None
    assert replace(everything, shown=None) == whole
    count = len(pieces.entries)
    if everything.shown is None or len(whole.entries) != count:
        return
    for wanted in (*combinations(range(min(count, 6)), 1), *combinations(range(min(count, 4)), 2), (count - 1,), ()):
        seen = frozenset(pieces.hashes) - {pieces.hashes[number] for number in wanted}
        news = _read(result, pieces, seen)
        assert news is not None
        chosen = [entry for entry, hash_ in zip(whole.entries, pieces.hashes, strict=True) if hash_ not in seen]
        assert list(news.entries) in (chosen, list(whole.entries))  # a head that alone looks like no feed is read whole
        assert wanted == () or list(news.entries) == chosen or news.shown is None
        assert replace(news, entries=(), shown=None) == replace(whole, entries=())
