"""One polite GET, against a real server."""

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from aiohttp import web

from monitor.core.types import Feed, FetchResult
from monitor.errors import FetchError
from monitor.feeds.fetch import MAX_ASKED, MAX_REDIRECTS, Fetcher, _same_server
from monitor.guard import SYSTEM, Network
from tests.e2e.conftest import free_port
from tests.servers.http import HttpServer
from tests.servers.network import Wire
from tests.servers.raw import raw_server

NOW = datetime(2023, 7, 30, tzinfo=UTC)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def feed(
    url: str, *, etag: str | None = None, last_modified: str | None = None, headers: dict[str, str] | None = None
) -> Feed:
    """Return a feed."""
    return Feed(1, url, "Paper", (), None, False, headers or {}, "config", True, NOW, etag, last_modified)


@asynccontextmanager
async def fetching(
    *, seconds: float = 2.0, max_body: int = 100_000, private: bool = True, network: Network = SYSTEM
) -> AsyncIterator[Fetcher]:
    """Run a fetcher."""
    async with Fetcher(
        timeout=timedelta(seconds=seconds),
        max_body=max_body,
        allow_private_networks=private,
        proxy=None,
        user_agent="event-monitor/test (+https://x)",
        network=network,
    ) as one:
        yield one


async def fetch(answer: Answer, *, path: str = "/", **limits: float | bool) -> FetchResult:
    """Fetch once from a server that gives `answer`."""
    async with HttpServer(answer) as server, fetching(**limits) as fetcher:  # type: ignore[arg-type]  # by name
        return await fetcher.fetch(feed(server.url(path)))


def says(status: int = 200, text: str = "", **headers: str) -> Answer:
    """Return an answer; underscores in header names are hyphens."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status, text=text, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return answer


async def test_validators_come_and_go_unaltered_and_together() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == 'W/"odd  one"':
            return web.Response(status=304)
        return web.Response(text="<rss/>", headers={"ETag": 'W/"odd  one"', "Last-Modified": "yesterday, perhaps"})

    async with HttpServer(answer) as server, fetching() as fetcher:
        first = await fetcher.fetch(feed(server.url()))
        assert (first.status, first.body, first.etag, first.last_modified) == (
            200,
            b"<rss/>",
            'W/"odd  one"',
            "yesterday, perhaps",
        )
        second = await fetcher.fetch(feed(server.url(), etag=first.etag, last_modified=first.last_modified))
    assert (second.not_modified, second.body) == (True, b"")
    assert (second.etag, second.last_modified) == (first.etag, first.last_modified)
    asked = server.requests[1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('W/"odd  one"', "yesterday, perhaps")


async def test_it_says_who_it_is_and_keeps_no_cookie_and_tells_no_referrer() -> None:
    async with HttpServer(says(text="x", Set_Cookie="a=1; Path=/")) as server, fetching() as fetcher:
        for _ in range(2):
            await fetcher.fetch(feed(server.url(), headers={"Authorization": "Bearer key"}))
    for seen in server.requests:
        assert seen.method == "GET"
        assert seen.headers["user-agent"] == "event-monitor/test (+https://x)"
        assert seen.headers["accept-encoding"] == "gzip"
        accepted = [one.strip() for one in seen.headers["accept"].split(",")]
        assert accepted[:2] == ["application/atom+xml", "application/rss+xml"]
        assert "application/feed+json;q=0.9" in accepted  # read as well, but what is known longest is asked for first
        assert seen.headers["authorization"] == "Bearer key"
        assert "cookie" not in seen.headers
        assert "referer" not in seen.headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_and_the_last_address_is_told(status: int) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/old":
            return web.Response(status=status, headers={"Location": "/new"})
        return web.Response(text="x")

    result = await fetch(answer, path="/old")
    assert result.url.endswith("/new")


@pytest.mark.parametrize("location", ["", "/feed", "/feed#top", "?", "//{host}/feed"])
async def test_an_address_that_leads_back_to_itself_is_asked_twice_at_most(location: str) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=301, headers={"Location": location.format(host=request.host)})

    async with HttpServer(answer) as server, fetching() as fetcher:
        with pytest.raises(FetchError, match="redirect loop"):
            await fetcher.fetch(feed(server.url("/feed#here")))
        assert len(server.requests) == MAX_ASKED


async def test_a_circle_of_addresses_is_gone_through_twice_and_a_long_chain_to_its_limit() -> None:
    async def circle(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/b" if request.path == "/a" else "/a"})

    async def chain(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": f"{request.path}a"})

    for answer, reason, asked in (
        (circle, "redirect loop", 2 * MAX_ASKED),
        (chain, "too many redirects", MAX_REDIRECTS + 1),
    ):
        async with HttpServer(answer) as server, fetching() as fetcher:
            with pytest.raises(FetchError, match=reason):
                await fetcher.fetch(feed(server.url("/a")))
            assert len(server.requests) == asked


async def test_of_two_locations_the_first_is_followed() -> None:
    async def answer() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 301 Moved\r\nLocation: /first, or/so\r\nLocation: /second\r\nContent-Length: 0\r\n\r\n"

    async with raw_server(answer) as server, fetching() as fetcher:
        with pytest.raises(FetchError, match="redirect loop"):
            await fetcher.fetch(feed(server.url()))
    assert [request.split()[1] for request in server.requests][:2] == [b"/", b"/first,%20or/so"]


async def test_a_203_is_a_200_that_a_proxy_changed() -> None:
    result = await fetch(says(203, "x", ETag='"1"'))
    assert (result.status, result.body, result.etag) == (203, b"x", '"1"')


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])  # another host, another port of the same
async def test_headers_of_the_operator_stay_with_their_server(host: str) -> None:
    async with HttpServer(says(text="x")) as other, fetching() as fetcher:
        elsewhere = says(302, Location=other.url().replace("127.0.0.1", host))
        async with HttpServer(elsewhere) as server:
            await fetcher.fetch(feed(server.url(), etag='"e"', headers={"X-Key": "secret"}))
    assert server.requests[0].headers["x-key"] == "secret"
    assert "x-key" not in other.requests[0].headers
    assert other.requests[0].headers["if-none-match"] == '"e"'


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("https://x.example/a", "https://x.example/b", True),
        ("https://x.example/a", "https://x.example:443/b", True),
        ("http://x.example/a", "https://x.example/a", True),
        ("https://x.example/a", "http://x.example/a", False),
        ("http://x.example:8080/a", "https://x.example/a", False),
        ("https://x.example/a", "https://x.example:8443/a", False),
        ("https://x.example/a", "https://www.x.example/a", False),
    ],
)
def test_a_server_is_known_by_scheme_host_and_port(old: str, new: str, kept: bool) -> None:
    assert _same_server(httpx.URL(old), httpx.URL(new)) is kept


async def test_user_and_password_of_an_address_go_into_a_header() -> None:
    async with HttpServer(says(text="x")) as server, fetching() as fetcher:
        await fetcher.fetch(feed(server.url("/f?a=b%20c").replace("http://", "http://reader:pass@")))
    assert server.requests[0].headers["authorization"] == "Basic cmVhZGVyOnBhc3M="
    assert server.requests[0].path == "/f?a=b%20c"


async def test_gzip_is_unpacked_and_a_damaged_one_is_told() -> None:
    def packed(body: bytes) -> Answer:
        async def answer(request: web.Request) -> web.StreamResponse:
            return web.Response(body=body, headers={"Content-Encoding": "gzip"})

        return answer

    whole = gzip.compress(b"<rss/>" * 1000)
    assert (await fetch(packed(whole))).body == b"<rss/>" * 1000
    with pytest.raises(FetchError, match="bad encoding"):
        await fetch(packed(b"not gzip at all"))


async def test_what_is_too_large_is_refused_announced_or_not() -> None:
    async def unannounced(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(50):
            await response.write(b"x" * 10_000)
        return response

    for answer in (says(text="x" * 200_000), unannounced):
        with pytest.raises(FetchError, match="too large"):
            await fetch(answer)


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [(404, "", None), (410, "", None), (429, "120", 120.0), (503, "date", 300.0), (500, "soon", None), (204, "", None)],
)
async def test_an_answer_that_is_no_feed_says_its_status_and_when_to_come_again(
    status: int, header: str, seconds: float | None
) -> None:
    sent_at = datetime(2001, 1, 1, tzinfo=UTC)  # the server's clock is wrong, and its date counts from it
    value = format_datetime(sent_at + timedelta(minutes=5), usegmt=True) if header == "date" else header
    headers = {"Date": format_datetime(sent_at, usegmt=True)} | ({"Retry_After": value} if value else {})
    with pytest.raises(FetchError) as error:
        await fetch(says(status, **headers))
    assert (error.value.reason, error.value.status, error.value.retry_after) == (f"http {status}", status, seconds)


async def test_a_304_that_was_not_asked_for_is_a_failure() -> None:
    with pytest.raises(FetchError, match="was not asked"):
        await fetch(says(304))


@pytest.mark.parametrize(
    ("url", "headers", "message"),
    [
        ("http://a..b/", {}, "bad request: the host in its url"),
        (f"http://{'a' * 64}.example/", {}, "bad request: the host in its url"),
        ("http://{server}/", {"X-Key": "ключ"}, "bad request: .*one of its headers cannot be sent"),
        ("http://{server}/", {"X-Key": "a\r\nb"}, "bad request: .*one of its headers cannot be sent"),
        ("http://paper.example:99999/", {}, "bad address: expected http://"),
        (f"http://paper.example/{'a' * 70_000}", {}, "bad address: .*at most 64 KiB"),
        ("feed://paper.example/", {}, "bad address"),
    ],
)
async def test_what_cannot_be_sent_is_told_as_such(url: str, headers: dict[str, str], message: str) -> None:
    async with HttpServer(says()) as server, fetching() as fetcher:
        with pytest.raises(FetchError, match=message):
            await fetcher.fetch(feed(url.format(server=f"127.0.0.1:{server.port}"), headers=headers))
        assert server.requests == []


async def test_trouble_on_the_way_has_a_name_and_no_secret() -> None:
    async def reset(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    with pytest.raises(FetchError, match="connection broken") as broken:
        await fetch(reset, path="/?key=SECRET")
    async with fetching() as fetcher:
        with pytest.raises(FetchError, match="connection refused") as refused:
            await fetcher.fetch(feed(f"http://user:SECRET@127.0.0.1:{free_port()}/SECRET"))
    async with fetching(network=Wire().network) as fetcher:
        with pytest.raises(FetchError, match="dns") as unknown:
            await fetcher.fetch(feed("http://nowhere.invalid/SECRET"))
    for error in (broken, refused, unknown):
        assert "SECRET" not in str(error.value)
