"""A feed cut into pieces reads as the whole feed does."""

import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from feedparser import api
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.types import FetchResult
from monitor.feeds import parse
from monitor.feeds.entries import Source
from monitor.feeds.markup import read_markup
from monitor.feeds.parse import parse_feed, split_feed
from monitor.feeds.split import CONSTRUCTS, NEUTRAL, Pieces, rebuild, split
from tests.examples import times
from tests.feeds.nasty import PLAIN, SPACES, UPSETTING, feeds

SAMPLES = Path(__file__).parents[1] / "fixtures" / "feeds"

FEED = "<rss version='2.0' {s}><channel><title>T</title>{e}</channel></rss>"


def answer(body: bytes, content_type: str = "application/xml") -> FetchResult:
    """Return a body as a server gave it."""
    return FetchResult(200, "https://paper.example/dir/rss", {"content-type": content_type}, body, None, None)


def cut(*entries: str) -> Pieces | None:
    """Return an RSS feed of these entries, cut."""
    return split(FEED.format(s=SPACES, e="".join(entries)).encode())


def check(result: FetchResult, choose: Callable[[int], bool]) -> bool:
    """Compare the entries that `choose` takes with those of the whole; return whether there was something to compare."""
    pieces = split_feed(result)
    if pieces is None:
        return False
    wanted = [number for number in range(len(pieces.entries)) if choose(number)]
    source = Source(base=result.url)
    rest = rebuild(pieces, [pieces.entries[number] for number in wanted]).decode()
    whole = parse._read(read_markup(parse._text_of(result)), source, quick=False)
    part = parse._read(read_markup(rest), source, quick=False)
    everything = parse_feed(result, pieces)
    if everything.shown is None:
        return False
    assert [dict(one) for one in part.raw] == [dict(whole.raw[number]) for number in wanted]
    for key in ("title", "link", "language"):
        assert part.around["feed"].get(key) == whole.around["feed"].get(key)
    seen = set(pieces.hashes) - {pieces.hashes[number] for number in wanted}
    news = parse_feed(result, pieces, seen)
    assert news.shown == everything.shown == frozenset(pieces.hashes)
    assert {entry.guid for entry in news.entries} <= {entry.guid for entry in everything.entries}
    assert replace(news, entries=()) == replace(everything, entries=())
    return True


ENCODINGS = ["utf-8", "utf-8-sig", "windows-1256", "utf-16", "latin-1"]
TYPES = ["application/xml", "text/xml", "text/xml; charset=utf-8", "application/rss+xml; charset=windows-1256", "x/y"]


@settings(max_examples=times(3), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(feeds(upsetting=True), st.integers(0, 31), st.sampled_from(ENCODINGS), st.sampled_from(TYPES))
def test_some_entries_of_any_feed_read_as_they_do_in_the_whole(
    text: str, chosen: int, encoding: str, kind: str
) -> None:
    check(answer(text.encode(encoding, "xmlcharrefreplace"), kind), lambda number: bool(chosen >> number & 1))


@settings(max_examples=times(2), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(feeds(upsetting=False), st.integers(0, 31), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_feed_that_is_in_order_is_always_cut(text: str, chosen: int, encoding: str) -> None:
    result = answer(text.encode(encoding), f"application/xml; charset={encoding.removesuffix('-sig')}")
    assert check(result, lambda number: bool(chosen >> number & 1))


@pytest.mark.parametrize("name", ["rss20.xml", "atom.xml", "rss10.xml"])
def test_the_samples_are_cut_and_each_entry_reads_alone_as_in_the_whole(name: str) -> None:
    result = answer((SAMPLES / name).read_bytes())
    pieces = split_feed(result)
    assert pieces is not None
    for number in range(len(pieces.entries)):
        assert check(result, lambda one, number=number: one == number)  # type: ignore[misc]  # bound now, not later


def test_entries_that_share_an_id_are_all_read_and_told_by_what_sets_them_apart() -> None:
    twins = "<item><guid>1</guid><title>a</title></item>", "<item><guid> <![CDATA[1]]></guid><title>b</title></item>"
    assert cut(twins[0]) is not None
    assert cut(*twins) is None
    first, second = parse_feed(answer(FEED.format(s=SPACES, e="".join(twins)).encode())).entries
    assert [first.title, second.title] == ["a", "b"]
    assert first.guid.startswith("sha256:")
    assert second.guid.startswith("sha256:")


@pytest.mark.parametrize(
    ("entries", "is_cut"),
    [
        (["<item><link>a</link></item>", "<item><link>a</link></item>"], True),
        (["<item><guid>a</guid></item>", "<item><link>a</link></item>"], True),
        (["<item><guid>https://a.example/</guid></item>", "<item><link>https://a.example/</link></item>"], False),
        (["<item><guid>HTTP://a.example/</guid></item>", "<item><guid/></item>"], False),
        (["<item><guid>a&amp;b</guid></item>", "<item><guid>a&#38;b</guid></item>"], False),
        (["<item><id>a</id></item>", "<item><guid>a</guid></item>"], False),
        (["<item><id>a</id><guid>a</guid></item>", "<item><id>b</id></item>"], True),
        (
            [
                "<item><id>a</id><source><id>s</id></source></item>",
                "<item><id>b</id><source><id>s</id></source></item>",
            ],
            True,
        ),
        (["<item><id>a<id>b</id></id></item>"], False),
        (["<item><link>http://a.example/</link>1</item>", "<item><link>http://a.example/#b</link>2</item>"], True),
        (
            [
                f"<item><link>{home}</link>{home}</item>"
                for home in ("http://a.example/", "http://A.example", "http://a.example/#b")
            ],
            False,
        ),
        ([f"<item><link rel='x' href='a'/>{n}</item>" for n in range(3)], False),
        ([f"<item><enclosure url='a'/>{n}</item>" for n in range(3)], False),
        ([f"<item><link>a</link><guid>{n}</guid></item>" for n in range(3)], True),
        ([f"<item><link>{n}</link><image><link>a</link></image></item>" for n in range(3)], True),
    ],
)
def test_entries_are_cut_apart_when_none_can_have_the_id_of_another(entries: list[str], is_cut: bool) -> None:
    assert (cut(*entries) is not None) == is_cut


def test_resources_of_rdf_are_ids() -> None:
    rdf = "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>{}</r:RDF>"
    one, other = (f"<item r:about='{about}'>words</item>" for about in "ab")
    assert split(rdf.format(one + other).encode()) is not None
    assert split(rdf.format(one + one).encode()) is None


def test_a_feed_without_news_reads_as_its_head() -> None:
    result = answer((SAMPLES / "rss20.xml").read_bytes())
    pieces = split_feed(result)
    assert pieces is not None
    assert parse_feed(result, pieces, frozenset(pieces.hashes)).entries == ()


def test_pieces_make_up_the_document() -> None:
    pieces = cut("<item>1</item>\r\n\t", "<item a='>'>2<!-- </item> --><?x </item>?><![CDATA[</item>]]></item >", "\n")
    assert pieces is not None
    assert pieces.entries == (
        b"<item>1</item>",
        b"<item a='>'>2<!-- </item> --><?x </item>?><![CDATA[</item>]]></item >",
    )
    assert rebuild(pieces, pieces.entries[1:]) == FEED.format(s=SPACES, e=pieces.entries[1].decode() + "\n").encode()


@pytest.mark.parametrize("piece", UPSETTING)
def test_what_would_upset_the_entries_that_follow_is_not_cut(piece: str) -> None:
    assert cut("<item><title>1</title></item>", "<item>", piece.format(n=2), "</item>", "<item/>") is None


@pytest.mark.parametrize("piece", PLAIN)
def test_what_upsets_nothing_is_cut(piece: str) -> None:
    entries = f"<item><guid>1</guid><title>1</title></item><item>{piece.format(n=2)}<guid>2</guid></item>"
    pieces = split(FEED.format(s=SPACES, e=entries).encode())
    assert pieces is not None
    assert len(pieces.entries) == 2


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("", "there is no entry"),
        ("<item/>", "an empty tag is no entry worth cutting"),
        ("<item>1</item>words<item>2</item>", "words between"),
        ("<item>1</item><!-- 2 --><item>2</item>", "a comment between"),
        ("<item>1</item><link/><item>2</item>", "an element between"),
        ("<item>1</item><link/>", "an element after"),
        ("<item>1</item><entry>2</entry>", "two kinds"),
        ("<item>1</item><item xmlns='urn:x'>2</item>", "two namespaces"),
        ("<item>1<item>2</item></item>", "one inside the other"),
        ("<x:a><item>1</item></x:a>", "inside of something else"),
        ("<item>1</item></channel><item>2</item><channel>", "at two depths"),
        ("<item>1</item>&nbsp;", "not well formed"),
        ("<item>1", "no end"),
    ],
)
def test_what_is_in_doubt_is_not_cut(inside: str, why: str) -> None:
    assert cut(inside) is None, why


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_other_encodings_are_not_cut_as_they_come(encoding: str) -> None:
    assert split(FEED.format(s=SPACES, e="<item>1</item>").encode(encoding)) is None


@pytest.mark.parametrize(
    "prolog",
    ["<!DOCTYPE rss>", "<!DOCTYPE rss [<!ENTITY a 'b'>]>", "<!--\n<!ENTITY x 'y'>\n<item/>-->", "<!-- <!DOCTYPE -->"],
)
def test_a_document_type_is_not_cut(prolog: str) -> None:
    assert split((prolog + FEED.format(s=SPACES, e="<item>1</item>")).encode()) is None


def test_an_old_byte_that_changes_the_encoding_changes_it_for_the_new_entries_too() -> None:
    old, new = "<item><title>caf\xe9</title></item>".encode("latin-1"), "<item><title>Взрыв</title></item>".encode()
    body = b"<rss version='2.0'><channel>" + new + old + b"</channel></rss>"
    assert check(answer(body), lambda number: number == 0)


def test_a_hash_tells_entries_and_their_surroundings_apart_and_nothing_else() -> None:
    entries = "<item><link>1</link></item><item><link>2</link></item>"

    def hashes(root: str = "", head: str = "", inside: str = entries) -> tuple[int, ...]:
        pieces = split(f"<rss {root}><channel>{head}{inside}</channel></rss>".encode())
        assert pieces is not None
        return pieces.hashes

    first, second = hashes()
    assert first != second
    assert hashes(head="<lastBuildDate>Sun, 30 Jul 2023 11:25:00 GMT</lastBuildDate>") == (first, second)
    assert hashes(inside=entries.replace("2", "3"))[0] == first != hashes(inside=entries.replace("2", "3"))[1]
    for root in ("xml:base='https://a.example/'", "xml:lang='ur'", "xmlns:a='urn:a'"):
        assert not {first, second} & set(hashes(root))
    assert all(-(2**63) <= one < 2**63 for one in (first, second))


def test_a_count_that_the_parse_does_not_confirm_reads_the_whole() -> None:
    result = answer((SAMPLES / "rss20.xml").read_bytes())
    pieces = split_feed(result)
    assert pieces is not None
    halves = Pieces(pieces.head, (b"".join(pieces.entries),), pieces.tail, pieces.hashes[:1])
    parsed = parse_feed(result, halves, frozenset())
    assert parsed == parse_feed(result)
    assert parsed.shown is None
    two = Pieces(pieces.head, (pieces.entries[0], b"".join(pieces.entries[1:])), pieces.tail, pieces.hashes[:2])
    assert parse_feed(result, two, frozenset(pieces.hashes[:1])) == parse_feed(result)


BASED = [
    "<item xml:base='https://other.example/' xml:lang='fr'><link>a</link><guid isPermaLink='false'>1</guid></item>",
    "<item><link xml:base='https://other.example/' xml:lang='fr'>a</link><guid isPermaLink='false'>1</guid></item>",
    "<item><title xml:base='https://other.example/' xml:lang='fr'>a</title><guid isPermaLink='false'>1</guid></item>",
    "<item><x xml:base='https://other.example/'/><guid isPermaLink='false'>1</guid></item>",
]


@pytest.mark.parametrize("first", BASED)
@pytest.mark.parametrize(
    ("root", "url"),
    [
        ("", "https://paper.example/dir/b"),
        ("xml:base='deep/'", "https://paper.example/dir/deep/b"),
        ("xml:base='https://base.example/d/'", "https://base.example/d/b"),
    ],
)
def test_base_and_language_of_an_entry_end_with_it(first: str, root: str, url: str) -> None:
    second = "<item><title>2</title><link>b</link><guid isPermaLink='false'>2</guid></item>"
    result = answer(f"<rss version='2.0' {root}><channel>{first}{second}</channel></rss>".encode())
    for entries in (parse_feed(result).entries, parse_feed(result, split_feed(result)).entries):
        assert [(one.guid, one.url, one.lang) for one in entries[1:]] == [("2", url, None)]
    assert check(result, lambda number: number == 1)


def test_a_division_whose_end_is_skipped_keeps_neither_base_nor_language() -> None:
    div = (
        "<description><div xml:lang='fr' xml:base='https://other.example/'><div><div>1</div></div></div></description>"
    )
    body = f"<rss><channel><item>{div}</item><item><title>2</title><link>b</link></item></channel></rss>"
    _, second = parse_feed(answer(body.encode())).entries
    assert (second.url, second.lang) == ("https://paper.example/dir/b", None)


@pytest.mark.parametrize(
    "body", [b'{"version": "https://jsonfeed.org/version/1.1", "title": "<rss>"}', b"<urlset><url>1</url></urlset>"]
)
def test_what_is_not_read_by_feedparser_is_not_cut(body: bytes) -> None:
    assert split_feed(answer(body)) is None


@pytest.mark.parametrize(
    "inside",
    [
        "<item " + " ".join(f"a{n}='1'" for n in range(50_000)) + ">1</item>",
        "<item>" + "<x:a>" * 50_000 + "</x:a>" * 50_000 + "</item>",
        "<item>1</item>" * 50_000,
        "<item>" + "<![CDATA[</item>]]>" * 50_000 + "</item>",
    ],
)
def test_a_hostile_document_is_cut_like_any_other(inside: str) -> None:
    pieces = cut(inside)
    assert pieces is not None
    assert b"".join(pieces.entries) == inside.encode()


@given(st.binary(max_size=200), st.sampled_from([b"", b"<rss><channel><item>", b"<feed><entry>"]))
def test_any_bytes_are_cut_or_left_whole(body: bytes, before: bytes) -> None:
    pieces = split(before + body)
    assert pieces is None or rebuild(pieces, pieces.entries).split() == (before + body).split()


def methods(beginning: str) -> dict[str, Any]:
    """Return feedparser's handlers whose names begin so, by the element's local name with its prefix."""
    found = inspect.getmembers(api.StrictFeedParser, inspect.isfunction)
    return {name.removeprefix(beginning).lower(): one for name, one in found if name.startswith(beginning)}


def test_every_element_that_feedparser_takes_as_markup_is_known() -> None:
    counting = {"push_content", "pop_content"}
    found = methods("_start_")
    for _ in range(3):  # handlers call each other
        counting |= {f"_start_{name}" for name, one in found.items() if counting & set(one.__code__.co_names)}
    names = {name.rpartition("_")[2] for name in found if f"_start_{name}" in counting}
    assert names <= CONSTRUCTS
    assert "title" in names


def test_no_neutral_element_means_anything_to_feedparser() -> None:
    names = {re.split("_", name)[-1] for kind in ("_start_", "_end_") for name in methods(kind)}
    assert not names & NEUTRAL
    assert "summary" in names
