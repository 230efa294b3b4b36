"""Bodies that differ only in when they were made."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.types import FetchResult
from monitor.feeds.parse import parse_feed
from monitor.feeds.stamps import body_hash

RSS = (
    "<rss version='2.0'><channel><title>Paper</title><lastBuildDate>{head}</lastBuildDate><!--{head}--><item>"
    "<title>{entry}</title><pubDate>{entry}</pubDate><!--{entry}--></item></channel></rss><!-- made in {tail} s -->"
)
ATOM = (
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>Paper</title><updated>{head}</updated><entry><id>1</id>"
    "<title>{entry}</title><updated>{entry}</updated></entry></feed><!-- {tail} -->"
)
RDF = (
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
    "xmlns:dc='http://purl.org/dc/elements/1.1/'><channel rdf:about='x'><title>Paper</title><dc:date>{head}</dc:date>"
    "<items/></channel><item rdf:about='1'><title>{entry}</title><dc:date>{entry}</dc:date></item></rdf:RDF>"
)
PARTS = {"head": "10:00", "entry": "10:00", "tail": "0.1"}


def result(body: str) -> FetchResult:
    """Return an answer."""
    return FetchResult(200, "https://paper.example/feed", {}, body.encode(), None, None)


@pytest.mark.parametrize("form", [RSS, ATOM, RDF])
def test_a_date_or_a_comment_around_the_entries_makes_no_other_body(form: str) -> None:
    one = body_hash(result(form.format(**PARTS)))
    assert body_hash(result(form.format(**PARTS | {"head": "10:15", "tail": "0.23"}))) == one
    assert body_hash(result(form.format(**PARTS | {"entry": "10:15"}))) != one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<title>Paper</title>", "<title>Papers</title>"),
        ("<channel>", "<channel xml:lang='fr'>"),
        ("<rss ", "<rss xml:base='https://other.example/' "),
        ("<item>", "<item></item><item>"),
    ],
)
def test_whatever_else_differs_makes_another_body(one: str, other: str) -> None:
    body = RSS.format(**PARTS)
    assert body_hash(result(body)) != body_hash(result(body.replace(one, other)))


def test_where_dates_may_be_part_of_an_entry_nothing_is_left_out() -> None:
    entity = '<!DOCTYPE rss [<!ENTITY day "<pubDate>{}</pubDate>">]>' + RSS.format(**PARTS)
    assert body_hash(result(entity.format("10:00"))) != body_hash(result(entity.format("10:15")))
    loose = "<urlset><url><loc>/1</loc></url><!--{}--></urlset>"
    assert body_hash(result(loose.format(1))) != body_hash(result(loose.format(2)))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["10:00", "10:15", "<!--", "-->", "<![CDATA[", "]]>", "<item>", "&lt;", " "]), max_size=5)
)
def test_bodies_that_count_as_one_have_the_same_entries(pieces: list[str]) -> None:
    odd = "".join(pieces)
    bodies = [result(RSS.format(**PARTS | {"head": odd.replace("10:00", time)})) for time in ("10:00", "23:59")]
    if body_hash(bodies[0]) == body_hash(bodies[1]):
        first, second = (parse_feed(body) for body in bodies)
        assert (first.entries, first.title) == (second.entries, second.title)
