"""Bytes to entries."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.types import Entry, FetchResult, ParsedFeed
from monitor.errors import FetchError
from monitor.feeds.entries import MAX_TITLE, web_address
from monitor.feeds.parse import parse_feed

SAMPLES = Path(__file__).parents[1] / "fixtures" / "feeds"


def parse(body: bytes, content_type: str = "application/xml") -> ParsedFeed:
    """Return what a body holds."""
    return parse_feed(FetchResult(200, "https://paper.example/rss", {"content-type": content_type}, body, None, None))


def test_rss_two_with_content_relative_links_and_broken_dates() -> None:
    parsed = parse((SAMPLES / "rss20.xml").read_bytes())
    assert (parsed.title, parsed.ttl) == ("نمونہ اخبار", timedelta(minutes=30))
    first, second, third, script = parsed.entries
    assert first == Entry(
        guid="id-1",
        title="باجوڑ میں دھماکہ",
        text="پہلا پیرا\n\nدوسرا پیرا",
        url="https://paper.example/news/1?utm_source=rss",
        published_at=datetime(2023, 7, 30, 11, 25, tzinfo=UTC),
        lang="ur",
        author="نامہ نگار",
    )
    assert (second.guid, second.published_at) == ("https://paper.example/2", None)
    assert third.guid.startswith("sha256:")
    assert (script.guid, script.url) == ("id-5", "")


def test_atom_with_languages_of_its_own() -> None:
    parsed = parse((SAMPLES / "atom.xml").read_bytes(), "application/atom+xml; charset=utf-8")
    persian, russian = parsed.entries
    assert (parsed.title, persian.title, persian.text) == ("خبرگزاری نمونه", "حمله در باجور", "متن خبر")
    assert (persian.guid, persian.lang, persian.author) == ("urn:1", "fa", "خبرنگار")
    assert persian.published_at == datetime(2023, 7, 30, 12, 50, tzinfo=UTC)
    assert (russian.lang, russian.url) == ("ru", "https://paper.example/2")
    assert russian.published_at == datetime(2023, 7, 30, 10, 0, tzinfo=UTC)


def test_rss_one_in_a_cyrillic_encoding() -> None:
    body = (SAMPLES / "rss10.xml").read_text(encoding="utf-8").encode("cp1251")
    [entry] = parse(body, "text/xml").entries
    assert (entry.title, entry.guid) == ("Теракт в Пешаваре", "https://gazeta.example/1")
    assert entry.published_at == datetime(2023, 7, 30, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://paper.example/my article.html", "https://paper.example/my%20article.html"),
        ("\n  https://paper.example/a\n  /b.html\t\n", "https://paper.example/a/b.html"),
        ("https://paper.example/a%20b", "https://paper.example/a%20b"),
        ("news today/1", "https://paper.example/dir/news%20today/1"),
        (" \n ", ""),
    ],
)
def test_spaces_of_an_address_are_kept_and_broken_lines_joined(written: str, url: str) -> None:
    assert web_address(written, "https://paper.example/dir/") == url


def told_apart(*addresses: str, own_id: str = "") -> list[str]:
    """Return the guids of a feed whose entries have these addresses, each with a title of its own."""
    items = "".join(f"<item><title>{n}</title>{own_id}<link>{one}</link></item>" for n, one in enumerate(addresses))
    return [entry.guid for entry in parse(f"<rss version='2.0'><channel>{items}</channel></rss>".encode()).entries]


HOME = "https://paper.example/"


def test_entries_that_all_lead_to_the_front_page_are_told_apart_by_their_words() -> None:
    guids = told_apart(HOME, HOME, HOME)
    assert all(guid.startswith("sha256:") for guid in guids)
    assert len(set(guids)) == 3
    assert told_apart(HOME, HOME, HOME, own_id=f"<guid>{HOME}</guid>") == guids
    assert told_apart(HOME, HOME, HOME, own_id="<guid>the feed</guid>") == guids


def test_an_article_that_is_listed_under_two_titles_is_one() -> None:
    assert told_apart(HOME, HOME, own_id="<guid>1</guid>") == ["1"]
    assert told_apart(f"{HOME}1", f"{HOME}1#comments", f"{HOME}2?utm_source=rss") == [f"{HOME}1", f"{HOME}2"]


def test_places_within_one_page_and_parameters_that_may_be_ids_are_told_apart_as_they_are_written() -> None:
    for form in ("{}#{}", "{}?ref={}"):
        written = [form.format(HOME, number) for number in range(3)]
        assert told_apart(*written) == written
    assert told_apart(f"{HOME}#/news/1", f"{HOME}#/news/2") == [f"{HOME}#/news/1", f"{HOME}#/news/2"]


@pytest.mark.parametrize("body", [b"", b"<html><body>Sign in</body></html>", b"\xff\xfe\x00", b"just words", b"{}"])
def test_what_is_no_feed_is_told_with_its_beginning(body: bytes) -> None:
    with pytest.raises(FetchError, match=r"not a feed: the answer (begins|is empty)"):
        parse(body)


def test_a_body_that_names_a_file_does_not_open_it(tmp_path: Path) -> None:
    file = tmp_path / "secret.xml"
    file.write_bytes((SAMPLES / "rss20.xml").read_bytes())
    with pytest.raises(FetchError, match="not a feed"):
        parse(str(file).encode())


def test_a_feed_that_is_not_well_formed_still_gives_its_entries() -> None:
    [entry] = parse(b"<rss version='2.0'><channel><item><title>A & B</title><guid>1</guid></item></channel>").entries
    assert entry.title == "A & B"


def test_a_huge_title_is_cut_and_control_characters_go() -> None:
    title = "x" * 1_000_000
    [entry] = parse(f"<rss version='2.0'><channel><item><title>{title}</title></item></channel></rss>".encode()).entries
    assert len(entry.title) == MAX_TITLE


def test_an_external_entity_is_not_read() -> None:
    body = b"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss version='2.0'><channel><item><title>a&x;b</title></item></channel></rss>"
    assert "root" not in parse(body).entries[0].title


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(["application/xml", "text/html; charset=utf-16", "x/y; charset=nonsense", ""]),
)
def test_any_bytes_are_a_feed_or_are_told_to_be_none(body: bytes, content_type: str) -> None:
    try:
        parsed = parse(
            b"<rss version='2.0'><channel><item><title>" + body + b"</title></item></channel></rss>", content_type
        )
    except FetchError as error:
        parsed = ParsedFeed(error.reason, ())
    assert parsed.title in ("", "not a feed")
    assert len(parsed.entries) <= 300
