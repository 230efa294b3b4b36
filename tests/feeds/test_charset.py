"""Bytes to text, whatever is said about them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.charset import to_text

RUSSIAN = "<rss><title>Теракт в Пешаваре</title></rss>"


def declared(charset: str) -> str:
    """Return a document that declares a charset."""
    return f"<?xml version='1.0' encoding='{charset}'?>{RUSSIAN}"


@pytest.mark.parametrize(
    ("charset", "written_in", "content_type"),
    [
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
        ("windows-1251", "utf-8", "text/xml; charset=windows-1251"),
        ("windows-1251", "cp1251", "text/xml; charset=iso-8859-1"),
        ("windows-1251", "cp1251", "text/xml"),
        ("utf-8", "cp1251", 'text/xml; charset="windows-1251"'),
        ("iso-8859-1", "koi8-r", "application/rss+xml;charset=KOI8-R"),
        ("utf-16", "utf-16-le", ""),
        ("utf-16", "utf-16", "text/xml; charset=utf-8"),
        ("utf-32", "utf-32-be", ""),
        ("utf-16", "utf-8", ""),
        ("iso-8859-5", "iso-8859-5", ""),
        ("nonsense", "utf-8", "x/y; charset=punycode"),
        ("unicode_escape", "utf-8", "x/y; charset=zlib"),
    ],
)
def test_what_the_bytes_show_goes_before_what_is_said(charset: str, written_in: str, content_type: str) -> None:
    document = declared(charset)
    assert to_text(document.encode(written_in), content_type) == document


def test_the_language_tells_the_charset_where_nothing_else_does() -> None:
    document = f"<rss><language>ru</language>{RUSSIAN}</rss>"
    assert to_text(document.encode("cp1251"), "text/html; charset=iso-8859-1") == document
    assert to_text("<rss><language>fr</language>Café – thé</rss>".encode("cp1252"), "") == (
        "<rss><language>fr</language>Café – thé</rss>"
    )


def test_one_spoilt_byte_spoils_one_letter() -> None:
    body = declared("utf-8").encode().replace("П".encode(), b"\xd0")
    assert to_text(body, "text/xml") == declared("utf-8").replace("П", "\ufffd")


def test_seven_bit_charsets_are_believed() -> None:
    document = "<?xml version='1.0' encoding='iso-2022-jp'?><a>爆発</a>"
    assert to_text(document.encode("iso-2022-jp"), "") == document


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_utf_8_is_always_read(text: str) -> None:
    assert to_text(b"<a>" + text.encode(), "text/xml; charset=iso-8859-1") == "<a>" + text


@given(
    st.binary(max_size=200),
    st.sampled_from(["", "x; charset=utf-7", "x; charset=hz", "x; charset=\ud800", "x;charset=idna"]),
)
def test_any_bytes_are_text_that_can_be_stored(body: bytes, content_type: str) -> None:
    assert to_text(body, content_type).encode() is not None
