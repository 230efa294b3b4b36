"""Markup to words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.plain import to_line, to_plain


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
    ],
)
def test_what_a_reader_would_see(markup: str, words: str) -> None:
    assert to_plain(markup) == words


def test_a_line_has_no_paragraphs() -> None:
    assert to_line("<p>One</p><p>Two</p>") == "One Two"


@given(st.text(alphabet="<>/abp&; '\"=!-", max_size=200))
def test_any_markup_is_answered(markup: str) -> None:
    assert "\x1e" not in to_plain(markup)
