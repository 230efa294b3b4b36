"""What makes two entries the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.identity import canonical_url, content_hash, entry_guid, same_page


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://News.Example:443/a?b=1#top", "https://news.example/a?b=1"),
        ("http://news.example:80", "http://news.example/"),
        ("http://news.example:8080/", "http://news.example:8080/"),
        ("https://news.example/a?utm_source=rss&id=7&fbclid=x", "https://news.example/a?id=7"),
        ("https://news.example/a?b=%20c&d", "https://news.example/a?b=%20c&d"),
        ("https://news.example/a?b=%E9&utm_source=rss&c=%e8;d", "https://news.example/a?b=%E9&c=%e8;d"),
        ("https://news.example/a?UTM_source", "https://news.example/a"),
        ("https://news.example/#/a/1", "https://news.example/#/a/1"),
        ("https://news.example/#!a/1", "https://news.example/#!a/1"),
        ("http://[2001:DB8::1]/x", "http://[2001:db8::1]/x"),
        ("tag:news.example,2023:1", "tag:news.example,2023:1"),
        ("http://news.example:port/", "http://news.example:port/"),
    ],
)
def test_equal_addresses_become_equal_texts(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


def test_an_entry_is_known_by_its_own_id_else_its_link_else_its_words() -> None:
    assert entry_guid(" id-1 ", "https://x.example/", "t", "x") == "id-1"
    assert entry_guid("", "https://X.example/?utm_source=a", "t", "x") == "https://x.example/"
    assert (
        entry_guid("", "", "a  title", "x") == entry_guid("", "", "a title", " x") != entry_guid("", "", "a title", "y")
    )


@given(st.text())
def test_any_text_has_a_hash_and_an_address(text: str) -> None:
    assert len(content_hash(text, text)) == 64
    assert canonical_url(canonical_url(text)) == canonical_url(text)


@given(st.from_regex(r"https?://[a-z0-9-]{1,9}(\.[a-z0-9-]{1,3})*/[a-zA-Z0-9/.;:@?#%=&+~-]{0,9}", fullmatch=True))
def test_an_address_in_canonical_form_is_known_without_taking_it_apart(url: str) -> None:
    assert canonical_url(url) == canonical_url(f"{url} ")


@pytest.mark.parametrize(
    "url",
    [
        "https://paper.example/news/1",
        "http://www.paper.example/news/1/",
        "HTTPS://Paper.Example:443/news/1?utm_source=mail#comments",
    ],
)
def test_addresses_that_a_reader_takes_for_one_page_are_the_same(url: str) -> None:
    assert same_page(url) == "paper.example/news/1"


def test_what_is_no_address_is_the_same_as_itself() -> None:
    assert [same_page(one) for one in ("", "/news/1", "urn:x:1", "https://[broken")] == [
        "",
        "/news/1",
        "urn:x:1",
        "[broken",
    ]
