"""The guard's decisions, seen from the socket: what was connected to, or would have been."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from socket import AF_INET, AF_UNSPEC, gaierror
from threading import Event
from time import monotonic
from typing import Any

import httpx
import pytest
from aiohttp import web

from monitor.errors import RefusedError
from monitor.guard import ADDRESSES, FIELD_BYTES, FIELDS, HEADER_BYTES, LOOKUPS, GuardedTransport, SystemResolver
from tests.servers.http import HttpServer
from tests.servers.network import Wire
from tests.servers.raw import raw_server

PUBLIC = "93.184.216.34"


async def greet(_: web.Request) -> web.Response:
    return web.Response(text="hello", headers={"set-cookie": "a=1"})


@asynccontextmanager
async def asking(
    wire: Wire, *, allow_private: bool = False, proxy: str | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    transport = GuardedTransport(allow_private=allow_private, proxy=proxy, network=wire.network)
    async with httpx.AsyncClient(transport=transport, timeout=5, trust_env=False) as client:
        yield client


async def ask(answers: Mapping[str, Sequence[Sequence[str]]], host: str, *, allow_private: bool = False) -> list[str]:
    """Ask a host once, and return the addresses that sockets were opened for."""
    wire = Wire(answers)
    async with HttpServer(greet) as server, asking(wire, allow_private=allow_private) as client:
        await client.get(f"http://{host}:{server.port}/")
    return wire.opened


async def test_what_a_name_stands_for_is_what_is_connected_to() -> None:
    assert await ask({"news.example": [[PUBLIC]]}, "news.example") == [PUBLIC]
    assert await ask({}, PUBLIC) == [PUBLIC]


async def test_of_a_mixed_answer_only_what_is_public_is_connected_to() -> None:
    answer = ["10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", PUBLIC]
    assert await ask({"news.example": [answer]}, "news.example") == [PUBLIC]


@pytest.mark.parametrize(
    ("address", "reason"),
    [("127.0.0.1", "private address"), ("::ffff:10.0.0.1", "private address"), ("169.254.169.254", "closed address"),
     ("fd00:ec2::254", "closed address"), ("64:ff9b::7f00:1", "private address"), ("0.0.0.0", "closed address")],
)  # fmt: skip
async def test_a_name_that_stands_for_such_an_address_is_refused_and_no_socket_opened(
    address: str, reason: str
) -> None:
    wire = Wire({"news.example": [[address]]})
    async with asking(wire) as client:
        with pytest.raises(RefusedError) as caught:
            await client.get("http://news.example/")
    assert (caught.value.reason, caught.value.permanent, wire.opened) == (reason, False, [])


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "017700000001", "127.0.0.1.", "[::1]", "[::ffff:7f00:1]",
     "[64:ff9b::127.0.0.1]", "user@127.0.0.1", "news.example@127.0.0.1"],
)  # fmt: skip
async def test_a_literal_is_refused_in_any_notation_before_anything_is_asked(host: str) -> None:
    wire = Wire({host: [[PUBLIC]]})
    async with asking(wire) as client:
        with pytest.raises(RefusedError, match="private address") as caught:
            await client.get(f"http://{host}/")
    assert (caught.value.permanent, wire.names.asked, wire.opened) == (True, [], [])


async def test_the_system_is_asked_for_names_of_both_families() -> None:
    resolver = SystemResolver()
    found = await resolver.resolve("localhost", 80, AF_UNSPEC)
    assert {one["host"] for one in found} <= {"127.0.0.1", "::1"}
    assert {(one["hostname"], one["port"]) for one in found} == {("localhost", 80)}
    with pytest.raises(gaierror):
        await resolver.resolve("::1", 80, AF_INET)  # an answer that no name server is asked for
    with pytest.raises(UnicodeError):
        await resolver.resolve("a..b", 80)


async def test_a_name_server_that_hangs_stops_no_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, asked = Event(), []

    def hang(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        go_on.wait(30)
        raise gaierror("no answer")

    monkeypatch.setattr("monitor.guard.getaddrinfo", hang)
    resolver = SystemResolver()
    began = monotonic()
    tasks = [asyncio.create_task(resolver.resolve(f"{number}.example", 80)) for number in range(LOOKUPS + 5)]
    await asyncio.wait(tasks, timeout=0.1)
    await asyncio.to_thread(str)  # the threads that all other work is done in
    for task in tasks[: LOOKUPS // 2]:
        task.cancel()
    await resolver.close()
    assert monotonic() - began < 10
    assert len(asked) == LOOKUPS  # one that is given up keeps its place, or their number would grow without end
    go_on.set()
    for found in (await asyncio.gather(*tasks, return_exceptions=True))[LOOKUPS // 2 :]:
        assert isinstance(found, gaierror)
    assert len(asked) == LOOKUPS + 5


async def test_an_answer_that_changes_between_look_and_connect_gains_nothing() -> None:
    wire = Wire({"news.example": [[PUBLIC], ["127.0.0.1"]]})
    async with HttpServer(greet) as server:
        async with asking(wire) as client:
            await client.get(f"http://news.example:{server.port}/")
        assert (wire.names.asked, wire.opened) == (["news.example"], [PUBLIC])  # looked up once, that was connected to
        async with asking(wire) as client:
            with pytest.raises(RefusedError, match="private address"):
                await client.get(f"http://news.example:{server.port}/")
    assert wire.opened == [PUBLIC]
    assert len(server.requests) == 1


async def test_the_socket_has_the_last_word_even_when_the_look_at_the_name_lets_all_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("monitor.guard.GuardedResolver", lambda resolver, *, allow_private: resolver)
    wire = Wire({"news.example": [["127.0.0.1", "10.0.0.1", "::1"]], "mixed.example": [["127.0.0.1", PUBLIC]]})
    async with HttpServer(greet) as server, asking(wire) as client:
        with pytest.raises(RefusedError, match="private address"):
            await client.get(f"http://news.example:{server.port}/")
        assert wire.opened == []
        await client.get(f"http://mixed.example:{server.port}/")
    assert wire.opened == [PUBLIC]


async def test_a_name_with_thousands_of_addresses_costs_next_to_nothing() -> None:
    private = [f"10.0.{number // 250}.{number % 250}" for number in range(4_000)]
    public = [f"93.184.{number // 250}.{number % 250}" for number in range(4_000)]
    wire = Wire({"private.example": [private], "public.example": [public]}, listening=False)
    async with asking(wire) as client:
        with pytest.raises(RefusedError):
            await client.get("http://private.example/")
        assert wire.opened == []
        with pytest.raises(httpx.TransportError):
            await client.get("http://public.example/")
    assert set(wire.opened) == set(public[:ADDRESSES])


async def test_private_networks_can_be_opened_but_not_metadata() -> None:
    assert await ask({"inside.example": [["10.0.0.1"]]}, "inside.example", allow_private=True) == ["10.0.0.1"]
    assert await ask({}, "127.0.0.1", allow_private=True) == ["127.0.0.1"]
    for host in ("169.254.169.254", "meta.example", "2852039166", "[fd00:ec2::254]"):
        with pytest.raises(RefusedError, match="closed address"):
            await ask({"meta.example": [["169.254.169.254"]]}, host, allow_private=True)


async def test_through_a_proxy_names_are_its_matter_and_literals_are_refused() -> None:
    wire = Wire({"proxy.example": [["10.0.0.5"]]})
    async with HttpServer(greet) as server, asking(wire, proxy=f"http://proxy.example:{server.port}") as client:
        assert (await client.get("http://inside.example/")).text == "hello"
        with pytest.raises(RefusedError, match="private address"):
            await client.get("http://127.0.0.1/")
    assert (wire.names.asked, wire.opened, len(server.requests)) == (["proxy.example"], ["10.0.0.5"], 1)


async def test_no_cookie_is_kept_below_the_client() -> None:
    wire = Wire({"news.example": [[PUBLIC]]})
    async with HttpServer(greet) as server, asking(wire) as client:
        for _ in range(2):
            await client.get(f"http://news.example:{server.port}/")
            client.cookies.clear()
    assert [request.headers.get("cookie") for request in server.requests] == [None, None]


@pytest.mark.parametrize("url", ["ftp://news.example/", "file:///etc/passwd", "http:///x", "http://news.example:25/"])
async def test_only_the_web_is_asked(url: str) -> None:
    wire = Wire({"news.example": [[PUBLIC]]})
    async with asking(wire) as client:
        with pytest.raises(RefusedError, match="bad"):
            await client.get(url)
    assert (wire.names.asked, wire.opened) == ([], [])


HEADS = {
    "one long header": b"X: " + b"a" * (FIELD_BYTES + 1) + b"\r\n",
    "many headers": b"".join(b"X-%d: a\r\n" % number for number in range(FIELDS + 1)),
    "much in all": b"".join(b"X-%d: %s\r\n" % (number, b"a" * 8_000) for number in range(5)),
}


@pytest.mark.parametrize("head", HEADS)
async def test_headers_have_a_limit(head: str) -> None:
    async def answer() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + HEADS[head] + b"\r\n"

    async with raw_server(answer) as server, asking(Wire(), allow_private=True) as client:
        with pytest.raises(RefusedError, match="too large: the headers") as caught:
            await client.get(server.url())
    assert not caught.value.permanent


async def test_headers_within_the_limit_pass() -> None:
    async def answer() -> AsyncIterator[bytes]:
        fields = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 200) for number in range(100))
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: " + b"a" * 10_000 + b"\r\n" + fields + b"\r\nok"

    async with raw_server(answer) as server, asking(Wire(), allow_private=True) as client:
        response = await client.get(server.url())
    assert response.text == "ok"
    assert sum(len(name) + len(value) for name, value in response.headers.raw) < HEADER_BYTES
