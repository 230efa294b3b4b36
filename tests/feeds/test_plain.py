"""Markup to words."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.plain import beginning, to_line, to_plain
from tests.examples import sized


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("plain  text\nhere", "plain text here"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("a<br>b<br/>c", "a b c"),
        ("IS-<b>K</b> men", "IS-K men"),
        ("5 &lt; 6 &amp; Da&rsquo;esh", "5 < 6 & Da’esh"),
        ("<script>evil()</script>seen<style>p{}</style>", "seen"),
        ("<ul><li>a<li>b</ul>", "a\n\nb"),
        ("<img alt='x' src=y>seen", "seen"),
        ("a \x00 b \ud800 c", "a \ufffd b \ufffd c"),
        ("<unclosed", "<unclosed"),
        ("", ""),
        ("<a title='x > y'>seen</a>", "seen"),
        ("<a title=it's>seen</a> and don't", "seen and don't"),
        ('<a href="x>seen', "seen"),
        ("a <!-- b --> c <!-- d", "a c d"),
        ("<![CDATA[a <b> c]]> d", "a <b> c d"),
        ("<![if x]>seen<![endif]><?php x ?>", "seen"),
        ("<![<seen", "<![<seen"),
        ("<SCRIPT>evil()</Script >seen", "seen"),
        ("<noscript>seen", "seen"),
        ("<svg/>seen", "seen"),
        ("5 < 6 </ 7", "5 < 6 </ 7"),
        ("İ<p>İ<script>x</script>", "İ\n\nİ"),
        ("&#99999999999999;&#xD800;&#30;&nbsp;a", "\ufffd\ufffd a"),
        ("a&#" + "9" * 5_000 + ";b", "a\ufffdb"),
    ],
)
def test_what_a_reader_would_see(markup: str, words: str) -> None:
    assert to_plain(markup) == words


def test_a_line_has_no_paragraphs() -> None:
    assert to_line("<p>One</p><p>Two</p>") == "One Two"


@given(st.text(alphabet="<>/abp&; '\"=!-", max_size=200))
def test_any_markup_is_answered(markup: str) -> None:
    assert "\x1e" not in to_plain(markup)


@given(
    st.lists(
        st.sampled_from(
            ["<", "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>", "<a b='", "'", ">", "</", "&#x1e;", "ab"]
        )
    )
)
def test_any_pieces_of_markup_are_answered(pieces: list[str]) -> None:
    found = to_plain("".join(pieces))
    assert "\x1e" not in found
    assert found.count("ab") <= pieces.count("ab")


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<!--",
        "<a ",
        "&",
        "</",
        "<![",
        "<![CDATA[",
        "<?",
        '<a "',
        "<a b='",
        '<a b="',
        "<script>",
        "<!d",
        "<p>",
        "&#",
        "]]>",
    ],
)
def test_the_time_grows_with_the_length_alone(piece: str) -> None:
    began = time.process_time()
    to_plain(piece * sized(100_000, quick=50_000))
    assert (
        time.process_time() - began < 5
    )  # seconds; it is a tenth of one, and was minutes where it grew with the square


def test_the_beginning_of_a_page_is_its_words() -> None:
    assert beginning("<html><head><title>x</title></head><body>\n<h1>Please</h1> sign\x07 in") == "Please sign in"
    assert beginning("plain\n words " * 20) == "plain words " * 6 + "plain wo"
    assert beginning("<x/>") == "<x/>"
