"""Servers that mean harm: each ends in an error of one word, in bounded time and memory. Nothing leaves loopback."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.addresses import Reach, reach
from monitor.core.types import Feed
from monitor.errors import FetchError
from monitor.feeds.discover import discover
from monitor.feeds.fetch import MAX_ASKED, MAX_REDIRECTS, Fetcher
from tests.servers.http import HttpServer
from tests.servers.network import Wire
from tests.servers.raw import raw_server

PUBLIC = "93.184.216.34"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def feed(url: str) -> Feed:
    return Feed(1, url, "Paper", (), None, False, {}, "config", True, datetime(2023, 7, 30, tzinfo=UTC), None, None)


@asynccontextmanager
async def fetching(
    wire: Wire, *, private: bool = False, seconds: float = 5.0, max_body: int = 100_000
) -> AsyncIterator[Fetcher]:
    async with Fetcher(
        timeout=timedelta(seconds=seconds),
        max_body=max_body,
        allow_private_networks=private,
        proxy=None,
        user_agent="event-monitor/test (+https://x)",
        network=wire.network,
    ) as one:
        yield one


async def redirected(location: str, names: Mapping[str, list[list[str]]] | None = None) -> tuple[str, Wire, int]:
    """Follow a redirect of a public server to `location` ({port} is its own).

    Returns the reason of the failure, what was opened, and how many requests the server got.
    """
    wire = Wire({"news.example": [[PUBLIC]], **(names or {})})

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": location.replace("{port}", str(server.port))})

    server = HttpServer(answer)
    async with server, fetching(wire) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(feed(f"http://news.example:{server.port}/"))
    return caught.value.reason, wire, len(server.requests)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://127.0.0.1:{port}/", "private address"),
        ("http://127.1:{port}/", "private address"),
        ("http://2130706433:{port}/", "private address"),
        ("http://0x7f.0.0.1:{port}/", "private address"),
        ("http://[::1]:{port}/", "private address"),
        ("http://017700000001:{port}/", "private address"),
        ("http://0177.0.0.1:{port}/", "bad address"),
        ("http://0x7f000001:{port}/", "private address"),
        ("http://[::ffff:127.0.0.1]:{port}/", "private address"),
        ("http://[0:0:0:0:0:ffff:7f00:1]:{port}/", "private address"),
        ("http://[64:ff9b::7f00:1]:{port}/", "private address"),
        ("http://[2002:7f00:1::]:{port}/", "closed address"),
        ("http://[2001:0:7f00:1::]:{port}/", "closed address"),
        ("http://[::127.0.0.1]:{port}/", "closed address"),
        ("http://[fe80::1%25eth0]:{port}/", "closed address"),
        ("http://localhost:{port}/", "private address"),
        ("http://localhost.:{port}/", "private address"),
        ("http://LOCALHOST:{port}/", "private address"),
        ("https://127.0.0.1:{port}/", "private address"),
        ("//127.0.0.1:{port}/", "private address"),
        ("http://inside.example:{port}/", "private address"),
        ("http://169.254.169.254/latest/meta-data/", "closed address"),
        ("http://2852039166/latest/meta-data/", "closed address"),
        ("http://[fd00:ec2::254]/latest/meta-data/", "closed address"),
        ("http://meta.example/latest/meta-data/", "closed address"),
        ("http://metadata.google.internal/computeMetadata/v1/", "closed address"),
        ("http://169.254.169.254.nip.example/", "closed address"),
        ("http://[::ffff:169.254.169.254]/latest/meta-data/", "closed address"),
        ("http://0xa9fea9fe/latest/meta-data/", "closed address"),
        ("http://0.0.0.0:{port}/", "closed address"),
        ("http://0/", "closed address"),
        ("http://news.example:25/", "bad port"),
        ("ftp://news.example/", "bad address"),
        ("file:///etc/passwd", "bad address"),
        ("gopher://127.0.0.1/", "bad address"),
        ("javascript:alert(1)", "bad address"),
        ("data:application/rss+xml,<rss/>", "bad address"),
        ("http://news.example:22/", "bad port"),
        ("http://news.example:6379@169.254.169.254/", "closed address"),
        ("http://user:pass@127.0.0.1:{port}/", "private address"),
        ("http://1.2.3.4.5/", "bad address"),
        ("http://256.256.256.256/", "bad address"),
        ("http://[::g]/", "bad address"),
        ("http://news.example:99999/", "bad address"),
        ("http://①②⑦.0.0.1/", "bad address"),
        ("http://127。0。0。1:{port}/", "private address"),
        ("http://127．0．0．1:{port}/", "private address"),
        ("http://127｡0｡0｡1:{port}/", "private address"),
        ("http://%31%32%37.0.0.1:{port}/", "bad address"),
        ("http://news.example@127.0.0.1:{port}/", "private address"),
        ("http://news.example\\@127.0.0.1:{port}/", "private address"),
        ("http://127.0.0.1\\@nowhere.example/", "dns"),
        ("http://nowhere example/", "bad address"),
    ],
)
async def test_a_redirect_to_where_nobody_publishes_is_not_followed(location: str, reason: str) -> None:
    inside = {
        "inside.example": [["10.0.0.1"]],
        "localhost": [["127.0.0.1", "::1"]],
        "localhost.": [["127.0.0.1", "::1"]],
        "meta.example": [["169.254.169.254"]],
        "metadata.google.internal": [["169.254.169.254"]],
        "169.254.169.254.nip.example": [["169.254.169.254"]],
    }
    found, wire, requests = await redirected(location, inside)
    assert (found, wire.opened, requests) == (reason, [PUBLIC], 1)


async def test_a_name_that_turns_private_after_the_first_answer_is_refused_at_the_redirect() -> None:
    found, wire, requests = await redirected("http://turn.example:{port}/", {"turn.example": [[PUBLIC], ["127.0.0.1"]]})
    assert (found, requests) == ("redirect loop", MAX_ASKED + 1)  # one look at the name, one open connection
    assert set(wire.opened) == {PUBLIC}
    assert wire.names.asked.count("turn.example") == 1


async def test_a_loop_of_redirects_ends() -> None:
    found, _, requests = await redirected("/again")
    assert (found, requests) == ("redirect loop", MAX_ASKED + 1)


async def test_redirects_without_end_end() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": f"{request.path}x"})

    async with HttpServer(answer) as server, fetching(Wire(), private=True) as fetcher:
        with pytest.raises(FetchError, match="too many redirects"):
            await fetcher.fetch(feed(server.url()))
    assert len(server.requests) == MAX_REDIRECTS + 1


async def test_metadata_stays_closed_where_private_networks_are_allowed() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})

    wire = Wire()
    async with HttpServer(answer) as server, fetching(wire, private=True) as fetcher:
        with pytest.raises(FetchError, match="closed address"):
            await fetcher.fetch(feed(server.url()))
    assert wire.opened == ["127.0.0.1"]


FLOODS = {
    "hints before the answer": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100, "timeout"),
    "a header without end": (OK + b"X: ", b"a" * 65_536, "too large"),
    "headers without end": (OK, b"a: b\r\n" * 10_000, "too large"),
    "a status line without end": (b"HTTP/1.1 200 ", b"a" * 65_536, "too large"),
    "a trailer without end": (CHUNKED + b"1\r\na\r\n0\r\nX: ", b"a" * 65_536, "too large"),
    "a chunk extension without end": (CHUNKED + b"5;", b"a" * 65_536, "timeout"),
    "a chunk size without end": (CHUNKED, b"0" * 65_536, "timeout"),
    "tiny chunks without end": (CHUNKED, b"1\r\na\r\n" * 1_000, "too large"),
    "a body without end": (OK + b"\r\n", b"a" * 65_536, "too large"),
    "a body beyond its length": (OK + b"Content-Length: 200000\r\n\r\n", b"a" * 65_536, "too large"),
    "a length too long for a number": (OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", b"a" * 65_536, "connection broken"),
    "a negative length": (OK + b"Content-Length: -1\r\n\r\n", b"a" * 65_536, "connection broken"),
    "two lengths": (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", b"a" * 65_536, "connection broken"),
    "no HTTP at all": (b"", b"\0" * 65_536, "connection broken"),
    "padding after gzip": (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x"), b"\0" * 65_536, "too large"),
    "a switch of protocols": (b"HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", b"a" * 65_536, "http 101"),
    "zstd that nobody asked for": (OK + b"Content-Encoding: zstd\r\n\r\n\x28\xb5\x2f\xfd", b"\0" * 65_536, "bad encoding"),
}  # fmt: skip


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_ends(flood: str) -> None:
    first, rest, reason = FLOODS[flood]

    async def answer() -> AsyncIterator[bytes]:
        yield first
        while True:
            yield rest

    seconds = 0.4 if reason == "timeout" else 10.0
    async with raw_server(answer) as server, fetching(Wire(), private=True, seconds=seconds) as fetcher:
        with pytest.raises(FetchError) as caught:
            async with asyncio.timeout(20):
                await fetcher.fetch(feed(server.url()))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "drip",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", OK + b"\r\n", CHUNKED + b"99999\r\n", OK + b"Content-Length: 99999\r\n\r\n"],
    ids=["status line", "header", "body", "chunk", "body with a length"],
)
async def test_whatever_drips_meets_the_deadline_of_the_whole_answer(drip: bytes) -> None:
    async def answer() -> AsyncIterator[bytes]:
        yield drip
        for byte in b"HTTP/1.1 200 " + b"a" * 1_000:
            yield bytes([byte])
            await asyncio.sleep(0.02)

    async with raw_server(answer) as server, fetching(Wire(), private=True, seconds=0.3) as fetcher:
        with pytest.raises(FetchError, match="timeout: no complete answer"):
            async with asyncio.timeout(5):
                await fetcher.fetch(feed(server.url()))


async def test_redirects_that_each_take_their_time_share_one_deadline() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.15)
        return web.Response(status=302, headers={"Location": f"{request.path}x"})

    async with HttpServer(answer) as server, fetching(Wire(), private=True, seconds=0.4) as fetcher:
        with pytest.raises(FetchError, match="timeout"):
            await fetcher.fetch(feed(server.url()))
    assert len(server.requests) <= 3


async def test_a_body_shorter_than_its_length_is_not_taken_for_whole() -> None:
    async def answer() -> AsyncIterator[bytes]:
        yield OK + b"Content-Length: 1000\r\n\r\n<rss/>"

    async with raw_server(answer) as server, fetching(Wire(), private=True) as fetcher:
        with pytest.raises(FetchError, match="connection broken"):
            await fetcher.fetch(feed(server.url()))


async def test_a_length_that_is_too_large_is_believed_before_anything_is_read() -> None:
    async def answer() -> AsyncIterator[bytes]:
        yield OK + b"Content-Length: 1073741824\r\n\r\n"
        await asyncio.sleep(60)

    async with raw_server(answer) as server, fetching(Wire(), private=True) as fetcher:
        with pytest.raises(FetchError, match="too large: 1073741824 bytes"):
            await fetcher.fetch(feed(server.url()))


@pytest.mark.parametrize(
    "cut",
    [b"", OK, CHUNKED + b"6\r\n<rss", CHUNKED + b"6\r\n<rss/>\r\n", OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"<rss/>")[:-4]],
    ids=["at once", "in the headers", "in a chunk", "between chunks", "in gzip"],
)  # fmt: skip
async def test_an_answer_that_is_cut_off_is_not_taken_for_whole(cut: bytes) -> None:
    async def answer() -> AsyncIterator[bytes]:
        yield cut

    async with raw_server(answer) as server, fetching(Wire(), private=True) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(feed(server.url()))
    assert caught.value.reason == ("bad encoding" if b"gzip" in cut else "connection broken")


async def test_what_follows_a_body_is_no_answer_to_the_next_request() -> None:
    forged = OK + b"Content-Length: 6\r\n\r\nforged"

    async def answer() -> AsyncIterator[bytes]:
        yield OK + b"Content-Length: 6\r\n\r\n<rss/>" + forged

    async with raw_server(answer) as server, fetching(Wire(), private=True) as fetcher:
        bodies = [(await fetcher.fetch(feed(server.url(path)))).body for path in ("/1", "/2", "/3")]
    assert bodies == [b"<rss/>"] * 3


@pytest.mark.parametrize(
    "says", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x28", b"\x16\x03\x03"]
)
async def test_a_handshake_that_leads_nowhere_ends(says: bytes) -> None:
    async def answer() -> AsyncIterator[bytes]:
        yield b""  # never asked for: what the client says first is no request

    server = raw_server(answer, greeting=says)
    async with server as state, fetching(Wire(), private=True, seconds=0.5) as fetcher:
        with pytest.raises(FetchError) as caught:
            async with asyncio.timeout(20):
                await fetcher.fetch(feed(state.url().replace("http:", "https:")))
    assert caught.value.reason == ("timeout" if len(says) in (0, 3) else "tls")


@pytest.mark.parametrize(
    "link", ["http://127.0.0.1:{port}/rss", "http://inside.example:{port}/rss", "file:///etc/passwd"]
)
async def test_the_feeds_that_a_page_names_are_looked_for_no_further_than_the_page_itself(link: str) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        page = f"<html><link rel=alternate type=application/rss+xml href={link.format(port=server.port)}></html>"
        return web.Response(text=page, content_type="text/html")

    wire = Wire({"news.example": [[PUBLIC]], "inside.example": [["127.0.0.1"]]})
    server = HttpServer(answer)
    async with server, fetching(wire) as fetcher:
        found = await discover(lambda url: fetcher.fetch(feed(url)), f"http://news.example:{server.port}/")
    assert found.feeds == ()
    assert set(wire.opened) == {PUBLIC}
    assert "/rss" not in {one.path for one in server.requests if one.headers["host"] != f"news.example:{server.port}"}


heads = st.sampled_from(
    [b"", b"HTTP/1.1 ", OK, OK + b"Content-Encoding: gzip\r\n\r\n", CHUNKED, b"HTTP/1.1 302 Found\r\nLocation: "]
)
answers = st.tuples(heads, st.lists(st.binary(max_size=200), max_size=4), st.sampled_from([b"", b"\r\n\r\n"]))


@settings(max_examples=10, deadline=None)  # each opens a client; the list is what tries much
@given(st.lists(answers, min_size=3, max_size=10))
async def test_whatever_a_server_sends_is_an_answer_or_an_error_of_ours(
    tries: list[tuple[bytes, list[bytes], bytes]],
) -> None:
    left = cycle(tries)

    async def answer() -> AsyncIterator[bytes]:
        head, body, end = next(left)
        for piece in (head, *body, end):
            yield piece

    wire, told = Wire(), []
    async with raw_server(answer) as server, fetching(wire, private=True, seconds=0.5) as fetcher:
        for _ in tries:
            try:
                told.append(str((await fetcher.fetch(feed(server.url()))).status))
            except FetchError as error:
                told.append(error.reason)
    assert all(told)
    assert set(wire.opened) <= {"127.0.0.1"}


pieces = st.sampled_from(
    ["127.0.0.1", "0x7f", "017700000001", ".", "1", "0", ":", "80", "@", "[", "]", "::1", "::ffff:", "%", "%31", "%2e",
     "\\", "/", "?", "#", "x", "。", "①", "é", "xn--", "localhost", " ", "\0", "\n", "9" * 30, "é" * 300]
)  # fmt: skip
schemes = st.sampled_from(["http://", "https://", "http:", "//", "", "HTTP://"])
written = st.tuples(schemes, st.lists(pieces, max_size=6).map("".join)).map("".join)


@settings(max_examples=15, deadline=None)  # likewise
@given(st.lists(written, min_size=10, max_size=50))
async def test_no_way_to_write_an_address_leads_to_loopback(urls: list[str]) -> None:
    wire = Wire({"localhost": [["127.0.0.1", "::1"]]}, listening=False)
    async with fetching(wire) as fetcher:
        for url in urls:
            with pytest.raises(FetchError):
                await fetcher.fetch(feed(url))
    assert all(reach(address) is Reach.PUBLIC for address in wire.opened)
