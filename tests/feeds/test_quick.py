"""What is read quickly reads as feedparser reads it; what might not is left to feedparser."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.types import FetchResult
from monitor.feeds.entries import Source
from monitor.feeds.markup import read_markup
from monitor.feeds.quick import read_quickly
from tests.feeds.broken import check_quick
from tests.feeds.nasty import ATTRIBUTES, PLAIN, RSS_AND_ATOM, UPSETTING, USUAL, feeds

TESTS = Path(__file__).parents[1]
SAMPLES = sorted([*(TESTS / "feeds" / "data").glob("*.xml"), *(TESTS / "fixtures" / "feeds").glob("*.xml")])
URL = "https://paper.example/dir/feed"


def answer(text: str | bytes, **headers: str) -> FetchResult:
    """Return a feed as a server gave it."""
    body = text if isinstance(text, bytes) else text.encode()
    return FetchResult(200, URL, {"content-type": "application/xml", **headers}, body, None, None)


def feed(kind: str, entry: str, *, head: str = "", attributes: str = "", own: str = "") -> str:
    """Return a feed of one entry."""
    before, after, name = RSS_AND_ATOM[kind]
    return f"{before.format(a=attributes)}{head}<{name}{own}>{entry}</{name}>{after}"


def is_quick(text: str) -> bool:
    """Return whether a feed is read quickly; fail unless it is read then as feedparser reads it."""
    check_quick(answer(text))
    markup = read_markup(text)
    return read_quickly(markup.text, Source(URL if markup.root == "feed" else "")) is not None


# --- the law ----------------------------------------------------------------------------------------------------------


@st.composite
def usual_feeds(draw: st.DrawFn) -> str:
    """Return RSS or Atom made of usual elements in any order, and sometimes of one that is not."""
    before, after, name = RSS_AND_ATOM[draw(st.sampled_from(sorted(RSS_AND_ATOM)))]
    elements = st.sampled_from(USUAL) if draw(st.booleans()) else st.sampled_from([*USUAL, *PLAIN, *UPSETTING])
    parts = [draw(elements) for _ in range(draw(st.integers(0, 3)))]
    for number in range(draw(st.integers(1, 3))):
        inside = "".join(draw(st.lists(elements, max_size=6)))
        own = draw(st.sampled_from(["", "", *ATTRIBUTES]))
        parts.append(f"<{name}{own}>{inside}</{name}>".replace("{n:02}", f"0{number + 1}").replace("{n}", str(number)))
    parts += [draw(elements)] if draw(st.booleans()) else []
    return before.format(a=draw(st.sampled_from(ATTRIBUTES))) + "\n".join(parts) + after


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(usual_feeds(), st.sampled_from(["", "ru", "en-US"]))
def test_usual_feeds_read_quickly_as_they_do_by_feedparser(text: str, language: str) -> None:
    check_quick(answer(text, **{"content-language": language}))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.booleans().flatmap(lambda upsetting: feeds(upsetting=upsetting)))
def test_feeds_of_every_format_read_as_they_do_by_feedparser(text: str) -> None:
    check_quick(answer(text))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_our_samples_read_as_they_do_by_feedparser(path: Path) -> None:
    check_quick(answer(path.read_bytes()))


# --- what is read quickly ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(RSS_AND_ATOM))
@pytest.mark.parametrize("element", USUAL)
def test_a_usual_element_is_read_quickly(kind: str, element: str) -> None:
    title = "" if element.startswith(("<title", "<dc:title")) else "<title>A title</title>"
    assert is_quick(feed(kind, title + element.replace("{n:02}", "01").replace("{n}", "1")))


@pytest.mark.parametrize(
    "entry",
    [
        "<summary>short</summary><description>a second is content</description>",
        "<content:encoded>full</content:encoded><description>the summary all the same</description>",
        "<description>d</description><content:encoded>full</content:encoded><itunes:summary>last</itunes:summary>",
        "<media:group><media:description>deep</media:description></media:group><description>d</description>",
        "<content>c</content><description>d</description><media:group><media:description>dd</media:description></media:group>",
        "<media:title>of the picture</media:title><title>of the entry</title>",
        "<title>of the entry</title><media:content><media:title>of the film</media:title></media:content>",
        "<guid>https://paper.example/1</guid><link/>",
        "<guid>https://paper.example/1</guid>",
        "<link href='/a'/><link href='/b'/><link rel='enclosure' href='/c'/>",
        "<author>first</author><dc:creator>second</dc:creator>",
        "<author>text<name>of both</name></author>",
        "<author><name>once</name></author><author><email>twice@paper.example</email></author>",
        "<author><x:image src='a'>text of the author</x:image></author>",
        "<title xml:lang='ru'>a</title><dc:language>fa</dc:language>",
        "<dc:language>fa</dc:language>",
        "<x:own>1<x:other a='2'>3</x:other></x:own><post-id xmlns='com-wordpress:feed-additions:1'>7</post-id>",
    ],
)
@pytest.mark.parametrize("kind", sorted(RSS_AND_ATOM))
def test_which_of_several_elements_counts(kind: str, entry: str) -> None:
    assert is_quick(feed(kind, entry))


@pytest.mark.parametrize("attributes", ATTRIBUTES)
def test_base_and_language_hold_until_their_element_ends(attributes: str) -> None:
    relative = "<link href='deep/er'/><title>T</title>"
    own = " xml:base='https://other.example/z/' xml:lang='de'"
    assert is_quick(feed("atom", relative, attributes=attributes, own=own))
    assert is_quick(feed("atom", relative, head=f"<title{own}>T</title><link rel='hub' href='hub'/>"))


@pytest.mark.parametrize("kind", sorted(RSS_AND_ATOM))
@pytest.mark.parametrize(
    "before",
    [
        "<itunes:summary>s</itunes:summary><description>d</description>",
        "<description>d</description><itunes:summary>s</itunes:summary>",
        "<summary>s</summary><summary>t</summary>",
        "<item><content:encoded>of another</content:encoded></item>",
        "<entry><content>of another</content></entry>",
        "<item><media:title>of another</media:title><title>T</title></item>",
        "<item><description>of another</description></item>",
        "<item><author><name>another</name></author></item>",
    ],
)
def test_what_went_before_makes_the_difference_to_an_entry_that_it_makes_to_feedparser(kind: str, before: str) -> None:
    entry = "<author>A</author><media:group><media:description>deep, longer</media:description></media:group>"
    assert is_quick(feed(kind, entry + "<description>d</description><itunes:summary>s</itunes:summary>", head=before))


# --- what is left to feedparser ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        "<title>one</title><title>two</title>",
        "<title/><media:title>of the picture</media:title>",
        "<media:title>of the picture</media:title>",
        "<source url='https://o.example/'>O</source><title>T</title><media:title>M</media:title>",
        "<description>a <b>b</b></description>",
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a</div></content>",
        "<content type='application/json'>e30=</content>",
        "<content type='text/plain' mode='base64'>d29yZHM=</content>",
        "<title lang='fr'>T</title>",
        "<title x:lang='fr'>T</title>",
        "<link x:href='/a'>/b</link>",
        "<link href=''/>",
        "<link href='https:////paper.example/'/>",
        "<link>/a?b=1&amp;c;</link>",
        "<enclosure url=''/>",
        "<title>\u00c3\u00a9 was read in the wrong charset</title>",
        "<title>quoted \u0093so\u0094</title>",
        "<pubDate>30. июля 2023</pubDate>",
        "<x:own><title>T</title></x:own>",
        "<author><x:own>no attribute</x:own></author>",
        "<author><x:own a='1'><x:own>no attribute</x:own></x:own></author>",
        "<image><url>a.png</url></image>",
        "<item><title>T</title></item>",
        "<date>2023-07-30</date>",
        "<svg/>",
        "<georss:where><x:own/></georss:where>",
        "<itunes:owner><itunes:name>N</itunes:name></itunes:owner>",
        "<x:own xmlns:x='urn:again'/>",
        "<dc:creator xmlns:dc='urn:other'>N</dc:creator>",
        "<media:creator xmlns:media='http://purl.org/dc/elements/1.1/'>N</media:creator>",
        "<a:own xmlns='urn:plain' xmlns:a='urn:a'><own/><b:own xmlns:b='urn:plain'/></a:own>",
        "<title>not closed",
        "<title>T &nbsp; T</title><u:own/>",
    ],
)
@pytest.mark.parametrize("kind", sorted(RSS_AND_ATOM))
def test_what_feedparser_reads_by_more_than_places_is_left_to_it(kind: str, entry: str) -> None:
    assert not is_quick(feed(kind, entry))


@pytest.mark.parametrize(
    "text",
    [
        "<rss version='2.0'/>",
        "<rss version='2.0'><channel/><channel/></rss>",
        "<rss version='2.0'><item/><channel/></rss>",
        "<rss version='2.0'><channel href='/'><item/></channel></rss>",
        "<rss version='2.0' xmlns='urn:unknown' xmlns:u='urn:unknown'><channel/></rss>",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><item/></rdf:RDF>",
        "<channel><item/></channel>",
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='ftp://paper.example/'/>",
        "<feed xmlns='http://www.w3.org/2005/Atom'" + "".join(f" xmlns:p{n}='urn:{n}'" for n in range(101)) + "/>",
    ],
)
def test_a_frame_that_is_unusual_is_left_to_feedparser(text: str) -> None:
    assert not is_quick(text)


def test_no_document_type_is_read_quickly() -> None:
    text = "<!DOCTYPE rss [<!ENTITY a 'b'>]><rss version='2.0'><channel><title>&a;</title></channel></rss>"
    assert read_quickly(text, Source("")) is None
