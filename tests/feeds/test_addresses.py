"""Where the links of entries lead, and what names an entry, as far as its format leaves room for doubt."""

import pytest

from monitor.core.types import Entry, FetchResult
from monitor.errors import NotAFeedError
from monitor.feeds.parse import parse_feed

FEED = "https://paper.example/feeds/news.xml"


def entries(body: str, url: str = FEED, **headers: str) -> tuple[Entry, ...]:
    """Return what a document at `url` holds; headers by their names with "_" for "-"."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return parse_feed(FetchResult(200, url, named, body.encode(), None, None)).entries


def atom(inside: str, attributes: str = "") -> str:
    """Return an Atom feed."""
    return f"<feed xmlns='http://www.w3.org/2005/Atom' {attributes}><title>Paper</title>{inside}</feed>"


def rss(inside: str, head: str = "") -> str:
    """Return an RSS feed."""
    return f"<rss version='2.0'><channel><title>Paper</title>{head}{inside}</channel></rss>"


LINK = "<entry><id>1</id><link href='a/1.html'/></entry>"


@pytest.mark.parametrize(
    ("attributes", "headers", "url"),
    [
        ("", {}, "https://paper.example/feeds/a/1.html"),
        ("", {"content_location": "/en/news.xml"}, "https://paper.example/en/a/1.html"),
        ("", {"content_location": "https://www.paper.example/"}, "https://www.paper.example/a/1.html"),
        ("", {"content_location": "javascript:alert(1)"}, "https://paper.example/feeds/a/1.html"),
        ("xml:base='/en/'", {}, "https://paper.example/en/a/1.html"),
        ("xml:base='https://b.example/x'", {"content_location": "/en/"}, "https://b.example/a/1.html"),
    ],
)
def test_a_relative_link_starts_where_the_document_says_it_is(
    attributes: str, headers: dict[str, str], url: str
) -> None:
    assert entries(atom(LINK, attributes), **headers)[0].url == url


def test_a_relative_link_starts_where_a_redirect_led() -> None:
    assert entries(atom(LINK), "https://new.example/feed")[0].url == "https://new.example/a/1.html"


def test_a_relative_link_of_rss_starts_at_the_site_which_is_often_not_where_the_feed_is() -> None:
    body = rss("<item><link>a/1.html</link></item>", "<link>https://site.example/</link>")
    assert entries(body, "https://feeds.example/paper")[0].url == "https://site.example/a/1.html"
    assert entries(rss("<item><link>a/1.html</link></item>"))[0].url == "https://paper.example/feeds/a/1.html"


@pytest.mark.parametrize("damage", ["", "<item><title>A & B"])
def test_a_base_holds_for_its_entry_alone(damage: str) -> None:
    inside = "<item xml:base='https://b.example/'><link>1</link></item><item><link>2</link></item>" + damage
    found = entries(rss(inside, "<link>https://site.example/</link>"))
    assert [entry.url for entry in found[:2]] == ["https://b.example/1", "https://site.example/2"]


def test_bases_of_atom_stand_within_each_other() -> None:
    inside = "<entry xml:base='https://b.example/x/'><id>1</id><link href='1'/></entry>" + LINK.replace("id>1", "id>2")
    assert [entry.url for entry in entries(atom(inside))] == [
        "https://b.example/x/1",
        "https://paper.example/feeds/a/1.html",
    ]


@pytest.mark.parametrize(
    ("inside", "guid", "url"),
    [
        ("<guid>t3_42</guid>", "t3_42", ""),
        ("<guid>/news/42</guid>", "/news/42", ""),
        ("<guid>https://paper.example/42</guid>", "https://paper.example/42", "https://paper.example/42"),
        ("<guid isPermaLink='false'>https://paper.example/42</guid>", "https://paper.example/42", ""),
        ("<guid>42</guid><image><guid>43</guid></image>", "42", ""),
        ("<guid>42</guid><link>42.html</link>", "42", "https://paper.example/feeds/42.html"),
        ("<guid>42</guid><link>42</link>", "42", "https://paper.example/feeds/42"),
        ("<guid>42</guid><enclosure url='/42.mp3' type='audio/mpeg'/>", "42", "https://paper.example/42.mp3"),
        (
            "<enclosure url='/42.mp3' type='audio/mpeg'/>",
            "https://paper.example/42.mp3",
            "https://paper.example/42.mp3",
        ),
        ("<link>javascript:alert(1)</link><guid>42</guid>", "42", ""),
    ],
)
def test_an_id_stays_as_it_is_written_and_is_an_address_only_if_it_is_one(inside: str, guid: str, url: str) -> None:
    [entry] = entries(rss(f"<item><title>x</title>{inside}</item>"))
    assert (entry.guid, entry.url) == (guid, url)


def test_an_alternative_of_another_type_is_better_than_no_link() -> None:
    link = "<link rel='{}' type='application/pdf' href='/{}.pdf'/>"
    [entry] = entries(atom(f"<entry><id>1</id>{link.format('related', 1)}{link.format('alternate', 2)}</entry>"))
    assert entry.url == "https://paper.example/2.pdf"


@pytest.mark.parametrize("doctype", ["", "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x.dtd'>"])
@pytest.mark.parametrize("inside", [atom(LINK), rss("<item><guid>1</guid></item>")])
def test_a_feed_that_a_template_wrapped_in_a_page_is_read(doctype: str, inside: str) -> None:
    page = f"{doctype}<html><head><title>Paper</title></head><body>{inside}</body></html>"
    assert [entry.guid for entry in entries(page)] == ["1"]


@pytest.mark.parametrize("words", ["<p>How to write <rss> and &lt;rss version='2.0'&gt;</p>", "<feed>x</feed>"])
def test_a_page_that_only_speaks_of_feeds_is_a_page(words: str) -> None:
    with pytest.raises(NotAFeedError, match="a web page"):
        entries(f"<html><body>{words}</body></html>")


def test_an_entry_by_itself_is_told_to_be_one() -> None:
    with pytest.raises(NotAFeedError, match="a single entry of an Atom feed"):
        entries("<entry xmlns='http://www.w3.org/2005/Atom'><id>1</id><title>One</title></entry>")


def test_entries_come_in_the_order_of_the_feed_whatever_their_dates() -> None:
    days = ["02", "03", "01"]
    inside = "".join(f"<item><guid>{day}</guid><pubDate>{day} Jul 2023</pubDate></item>" for day in days)
    assert [entry.guid for entry in entries(rss(inside))] == days
