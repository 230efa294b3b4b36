"""The feeds behind a page: read out of its text, then asked for on a real server."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.types import Feed
from monitor.errors import FetchError
from monitor.feeds.discover import MAX_TRIED, Discovery, discover
from monitor.feeds.fetch import Fetcher
from monitor.feeds.page import known_shapes, news_sitemaps, read_page, usual_places
from tests.examples import sized
from tests.servers.http import HttpServer

BASE = "https://paper.example/news/"
LINK = '<link rel="alternate" type="application/rss+xml" title="News" href="/rss">'


def declared(page: str, base: str = BASE, **headers: str) -> list[str]:
    """Return the addresses of the feeds that a page declares."""
    return [one.url for one in read_page(page, base, headers).declared]


def linked(page: str) -> list[str]:
    """Return the addresses of links that look like feeds."""
    return [one.url for one in read_page(page, BASE, {}).linked]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (LINK, ["https://paper.example/rss"]),
        ("<LINK REL='Alternate' TYPE='Application/Atom+XML; charset=utf-8' HREF='atom'>", ["https://paper.example/news/atom"]),
        ("<link rel='nofollow alternate' type=application/feed+json href=feed.json>", ["https://paper.example/news/feed.json"]),
        ("<link rel=feed href=/f>", ["https://paper.example/f"]),
        ("<link rel=alternate type=application/json href=/feed.json><link rel=alternate type=application/json href=/wp-json/wp/v2/posts/1>", ["https://paper.example/feed.json"]),
        ("<base href='https://cdn.example/x/'><base href='https://no.example/'><link rel=feed href=f>", ["https://cdn.example/x/f"]),
        ("<link rel=feed href='/f?a=1&amp;b=2&section=3'>", ["https://paper.example/f?a=1&b=2&section=3"]),
        ("<link rel=feed title='a > b' href=/f>", ["https://paper.example/f"]),
        (LINK + LINK, ["https://paper.example/rss"]),
        ("<link rel=stylesheet href=/rss><link rel=alternate hreflang=de href=/de><link rel=alternate type=text/html href=/feed>", []),
        (f"<!-- {LINK} -->", []),
        (f"<!-- <!-- {LINK} --><link rel=feed href=/f>", ["https://paper.example/f"]),
        (f"<script>document.write('{LINK}')</script><textarea>{LINK}</textarea>", []),
        ("<link rel=feed href='javascript:x'><link rel=feed href='file:///etc/passwd'><link rel=feed href='http://[x'>", []),
    ],
)  # fmt: skip
def test_the_feeds_that_a_page_declares_are_read_as_a_browser_would(page: str, expected: list[str]) -> None:
    assert declared(page) == expected


def test_a_link_header_declares_feeds_as_well() -> None:
    header = '</a>; rel="alternate"; type="application/atom+xml"; title="A", </b>; rel=preload, <c>; rel=feed'
    assert declared("", link=header) == ["https://paper.example/a", "https://paper.example/news/c"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<a href=/rss.xml>here</a>", ["https://paper.example/rss.xml"]),
        ("<a href=/world/feed/>here</a>", ["https://paper.example/world/feed/"]),
        ("<a href='/?feed=rss2'>here</a>", ["https://paper.example/?feed=rss2"]),
        ("<a href=/follow>RSS</a>", ["https://paper.example/follow"]),
        ("<a href=/feedback>Feedback</a><a href=/press>Press</a><a href=#rss>RSS</a><a>RSS</a>", []),
        ("<a href='https://feedly.com/i/subscription/feed/https://paper.example/rss'>Feedly</a>", []),
    ],
)
def test_links_are_followed_when_their_address_or_their_words_are_those_of_a_feed(
    page: str, expected: list[str]
) -> None:
    assert linked(page) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.youtube.com/channel/UC1234567890123456789012/videos", "https://www.youtube.com/feeds/videos.xml?channel_id=UC1234567890123456789012"),
        ("https://www.youtube.com/playlist?list=PL1", "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1"),
        ("https://www.reddit.com/r/pakistan/top", "https://www.reddit.com/r/pakistan/.rss"),
        ("https://github.com/owner/name/issues", "https://github.com/owner/name/releases.atom"),
        ("https://medium.com/@desk/a-story", "https://medium.com/feed/@desk"),
        ("https://desk.substack.com/about", "https://desk.substack.com/feed"),
        ("https://desk.blogspot.com/", "https://desk.blogspot.com/feeds/posts/default"),
        ("https://bsky.app/profile/desk.example", "https://bsky.app/profile/desk.example/rss"),
        ("https://social.example/@desk", "https://social.example/@desk.rss"),
        ("https://t.me/desk", None),
        ("https://www.reddit.com/", None),
        ("https://github.com/owner", None),
    ],
)  # fmt: skip
def test_platforms_have_their_feeds_at_known_places(url: str, expected: str | None) -> None:
    assert [one.url for one in known_shapes(url)] == ([expected] if expected else [])


def test_a_page_of_youtube_with_a_speaking_address_names_its_channel_in_its_text() -> None:
    page = '<script>{"externalId":"UC1234567890123456789012"}</script>'
    [url] = declared(page, "https://www.youtube.com/@desk")
    assert url.endswith("channel_id=UC1234567890123456789012")


def test_usual_places_are_few_and_beside_the_page_first() -> None:
    near = [one.url for one in usual_places("https://paper.example/world/?page=2")]
    assert (near[0], len(near)) == ("https://paper.example/world/feed", 9)
    assert news_sitemaps("Sitemap: /a.xml\nSITEMAP: https://paper.example/news-map.xml\nDisallow: /news", BASE)[
        0
    ].url == ("https://paper.example/news-map.xml")


@given(st.text(alphabet="<>!-/='\" &;#xlinkabrehfstypeo", max_size=400))
def test_no_page_makes_the_reader_stumble(page: str) -> None:
    read_page(page, BASE, {"link": page})


@pytest.mark.parametrize(
    "part",
    ["<!--", "<a ", "<a href='", '<a href="', "<![<", "<script>", "<link a=b ", "<a b=\">\" ", "<title>", "&amp", "<", "='", "<a href=/rss>RSS"],
)  # fmt: skip
def test_the_time_is_linear_whatever_the_page(part: str) -> None:
    def seconds(length: int) -> float:
        began = time.process_time()
        read_page("<a " + part * (length // len(part)), BASE, {})
        return time.process_time() - began

    few = sized(100_000, quick=50_000)
    assert seconds(4 * few) < 20 * max(seconds(few), 0.02), "four times the page, not sixteen times the time"


# --- asked for --------------------------------------------------------------------------------------------------------


def rss(title: str, *links: str) -> str:
    """Return a feed whose entries lead to these addresses."""
    items = "".join(
        f"<item><title>{one}</title><link>https://paper.example/{one}</link>"
        "<pubDate>Sun, 30 Jul 2023 10:00:00 GMT</pubDate></item>"
        for one in links
    )
    return f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>"


def atom(title: str, *links: str) -> str:
    """Return the same in another format."""
    entries = "".join(
        f"<entry><id>x{one}</id><title>{one}</title><link href='https://paper.example/{one}'/></entry>" for one in links
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>{title}</title>{entries}</feed>"


async def found(pages: Mapping[str, str], path: str = "/", *, thorough: bool = False) -> tuple[Discovery, list[str]]:
    """Return what is found on a server with these pages, and which it was asked for; "-> /x" is a redirect."""

    async def answer(request: web.Request) -> web.StreamResponse:
        text = pages.get(request.path_qs)
        if text is None:
            return web.Response(status=404)
        if text.startswith("-> "):
            return web.Response(status=301, headers={"Location": text[3:]})
        return web.Response(text=text, content_type="text/html")

    fetcher = Fetcher(
        timeout=timedelta(seconds=5), max_body=10**6, allow_private_networks=True, proxy=None, user_agent="test"
    )
    async with HttpServer(answer) as server, fetcher:

        async def fetch(url: str) -> object:
            now = datetime(2023, 7, 30, 12, tzinfo=UTC)
            return await fetcher.fetch(Feed(0, url, "", (), None, False, {}, "added", True, now))

        result = await discover(fetch, server.url(path), thorough=thorough)  # type: ignore[arg-type]  # it returns answers
        asked = [one.path for one in server.requests]
        return result, asked


def paths(result: Discovery) -> list[str]:
    """Return the paths of the feeds that were found."""
    return ["/" + feed.url.split("/", 3)[3] for feed in result.feeds]


async def test_the_address_of_a_feed_is_asked_for_once() -> None:
    result, asked = await found({"/": rss("Paper", "a")})
    assert (result.is_feed, result.feeds[0].title, result.feeds[0].kind, asked) == (True, "Paper", "RSS", ["/"])


async def test_a_declared_feed_is_read_before_it_is_offered() -> None:
    result, asked = await found({"/": f"<title>The Paper</title>{LINK}", "/rss": rss("News", "a", "b")})
    [feed] = result.feeds
    assert (feed.title, feed.entries, feed.why) == ("News", 2, "the page declares it")
    assert feed.newest_at == datetime(2023, 7, 30, 10, tzinfo=UTC)
    assert (asked, "its title is 'The Paper'" in result.page) == (["/", "/rss"], True)


async def test_a_declared_feed_that_is_gone_or_a_page_is_not_offered() -> None:
    page = f"{LINK}<link rel=feed href=/page><link rel=feed href=/good>"
    result, _ = await found({"/": page, "/page": "<html>Sorry</html>", "/good": rss("Good", "a")})
    assert paths(result) == ["/good"]


async def test_comments_come_last_and_the_same_news_in_another_format_is_no_second_choice() -> None:
    links = "".join(f"<link rel=feed href={one}>" for one in ("/comments/feed/", "/rss", "/atom", "/sport", "/again"))
    result, _ = await found(
        {
            "/": links,
            "/comments/feed/": rss("Comments for Paper", "c"),
            "/rss": rss("Paper", "a", "b"),
            "/atom": atom("Paper", "a", "b"),
            "/sport": rss("Sport", "s"),
            "/again": "-> /rss",
        }
    )
    assert paths(result) == ["/rss", "/sport", "/atom", "/comments/feed/"]
    assert [feed.kind for feed in result.feeds] == ["RSS", "RSS", "Atom", "RSS"]
    assert [feed.title for feed in result.main] == ["Paper", "Sport"]
    assert result.feeds[2].same_as.endswith("/rss")


async def test_links_are_asked_for_when_nothing_is_declared_or_on_request() -> None:
    pages = {"/": f"{LINK}<a href=/sport.rss>x</a>", "/rss": rss("News", "a"), "/sport.rss": rss("Sport", "s")}
    assert paths((await found(pages))[0]) == ["/rss"]
    assert paths((await found(pages, thorough=True))[0]) == ["/rss", "/sport.rss"]
    assert paths((await found(pages | {"/": "<a href=/sport.rss>x</a>"}))[0]) == ["/sport.rss"]


async def test_a_page_that_lists_the_feeds_of_a_site_is_looked_through() -> None:
    pages = {"/": "<a href=/feeds>RSS</a>", "/feeds": "<a href=/1.xml>1</a><a href=/2.xml>2</a>"}
    result, _ = await found(pages | {"/1.xml": rss("One", "a"), "/2.xml": rss("Two", "b")})
    assert paths(result) == ["/1.xml", "/2.xml"]


async def test_usual_places_are_tried_until_one_has_a_feed() -> None:
    result, asked = await found({"/": "<html>no word</html>", "/rss": rss("News", "a"), "/feed": "-> /"})
    assert (paths(result), asked) == (["/rss"], ["/", "/feed", "/", "/rss"])


async def test_the_news_sitemap_that_robots_txt_names_is_the_last_resort() -> None:
    news = "http://www.google.com/schemas/sitemap-news/0.9"
    sitemap = (
        f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:n='{news}'><url><loc>https://paper.example/a</loc>"
        "<n:news><n:publication><n:name>Paper</n:name></n:publication><n:title>A</n:title></n:news></url></urlset>"
    )
    result, _ = await found({"/": "<html>x</html>", "/robots.txt": "Sitemap: /news.xml", "/news.xml": sitemap})
    assert (paths(result), result.feeds[0].kind) == (["/news.xml"], "news sitemap")


async def test_where_there_is_no_feed_it_is_said_what_is_there() -> None:
    result, asked = await found({"/": "<html><title>The Paper</title><p>All the news</html>"})
    assert (result.feeds, len(asked)) == ((), 9)
    assert result.page == "the answer begins 'The Paper All the news' (a web page); its title is 'The Paper'"


async def test_of_very_many_candidates_only_some_are_asked_for() -> None:
    pages = {"/": "".join(f"<link rel=feed href=/{n}>" for n in range(50))}
    result, asked = await found(pages | {f"/{n}": rss(f"F{n}", str(n)) for n in range(50)})
    assert (result.tried, result.left, len(asked)) == (MAX_TRIED, 50 - MAX_TRIED, MAX_TRIED + 1)


async def test_an_address_that_does_not_answer_is_told_as_such() -> None:
    with pytest.raises(FetchError, match="http 404"):
        await found({})


async def test_a_platform_that_shows_its_pages_to_nobody_still_gives_its_feed() -> None:
    result, _ = await found({"/@desk.rss": rss("Desk", "a")}, "/@desk")
    assert (paths(result), "http 404" in result.page) == (["/@desk.rss"], True)
