"""The other side of the delivery benchmark: a process with feeds that get news, and a hook that takes webhooks.

Both in one process, so that one clock says when an answer with a new entry left and when the webhook about it came.
"""

import asyncio
import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.children import GB, Child
from benchmarks.publisher import HOSTS, latin_names

SHOWN = 10
"""Entries that a feed shows."""

FEED = (
    "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Outlet {feed}</title>"
    "<link>https://o{feed}.example/</link><description>News</description>{entries}</channel></rss>"
)
ENTRY = (
    "<item><title>{title}</title><link>https://o{feed}.example/{n}</link><guid isPermaLink='false'>{feed}-{n}</guid>"
    "<description>{text}</description></item>"
)
WORDS = [f"{a}{b}{c}" for a in ("kor", "tam", "sel", "vin", "dor", "pal") for b in "aeiou" for c in ("n", "k", "ls")]


class Outlets:
    """The process; a context manager."""

    def __init__(self) -> None:
        """Start it."""
        self._child = Child(_run, memory=4 * GB)
        self.port: int = self._child.receive(60)

    def __enter__(self) -> "Outlets":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.__exit__()

    @property
    def hook(self) -> str:
        """Return the address of the hook."""
        return f"http://127.0.1.1:{self.port}/hook"

    @property
    def silent(self) -> str:
        """Return an address that never answers."""
        return f"http://127.0.1.1:{self.port}/silent"

    def urls(self, count: int) -> list[str]:
        """Return the addresses of the first feeds."""
        return [f"http://127.0.1.{feed % HOSTS + 1}:{self.port}/feed/{feed}" for feed in range(count)]

    def publish(self, feed: int) -> None:
        """Let a feed have a new entry, whose title has a name of the list in it."""
        self._child.send(("publish", feed))
        self._child.receive(10)

    def taken(self) -> int:
        """Return how many webhooks came in all."""
        self._child.send(("taken", 0))
        count: int = self._child.receive(10)
        return count

    def delays(self) -> list[float]:
        """Return, for each entry that was shown and told, the seconds from its first answer to its webhook."""
        self._child.send(("delays", 0))
        delays: list[float] = self._child.receive(10)
        return delays


class _World:
    """What all connections share."""

    def __init__(self) -> None:
        self.newest: dict[int, int] = {}
        self.shown_at: dict[tuple[int, int], float] = {}
        self.told_at: dict[tuple[int, int], float] = {}
        self.taken = 0
        self._names = latin_names()

    def obey(self, order: str, feed: int) -> object:
        """Do what the parent says and return what it wants to know."""
        match order:
            case "publish":
                self.newest[feed] = self.newest.get(feed, SHOWN - 1) + 1
            case "taken":
                return self.taken
            case "delays":
                told = self.told_at.items()
                return [at - self.shown_at[entry] for entry, at in told if entry in self.shown_at]
        return True

    def answer(self, head: str, headers: dict[str, str], body: bytes) -> tuple[bytes, Callable[[], None]]:
        """Return the answer to a request, and what is to be noted when it was written."""
        path = head.split(" ")[1]
        if path.startswith("/feed/"):
            return self._feed(int(path.rpartition("/")[2]), headers)
        if path == "/silent":
            return b"", lambda: None
        self.taken += 1
        self._note(json.loads(body))
        return b"HTTP/1.1 204 No Content\r\n\r\n", lambda: None

    def _note(self, notice: dict[str, Any]) -> None:
        """Note when a webhook came for each of its items."""
        now = time.monotonic()
        for hit in notice.get("data", {}).get("hits", ()):
            _, _, place = hit["item"]["url"].partition("https://o")
            if ".example/" in place:
                feed, n = place.split(".example/")
                self.told_at.setdefault((int(feed), int(n)), now)

    def _feed(self, feed: int, headers: dict[str, str]) -> tuple[bytes, Callable[[], None]]:
        """Return a feed, or that it is unchanged."""
        newest = self.newest.get(feed, SHOWN - 1)
        head = f'ETag: "{newest}"\r\n'
        if headers.get("if-none-match") == f'"{newest}"':
            return f"HTTP/1.1 304 Not Modified\r\n{head}\r\n".encode(), lambda: None
        entries = "".join(self._entry(feed, n) for n in range(newest, newest - SHOWN, -1))
        body = FEED.format(feed=feed, entries=entries).encode()
        head += f"Content-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n"

        def note() -> None:
            self.shown_at.setdefault((feed, newest), time.monotonic())

        return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + body, note

    def _entry(self, feed: int, n: int) -> str:
        """Return one entry; no two have words in common beyond a name, so that each is a story of its own."""
        chance = random.Random(f"{feed}-{n}")
        name = self._names[(feed * 31 + n) % len(self._names)] if n >= SHOWN else "Nobody"
        words = " ".join(chance.choices(WORDS, k=7))
        return ENTRY.format(feed=feed, n=n, title=f"{name} {words}", text=" ".join(chance.choices(WORDS, k=60)))


class _Talk(asyncio.Protocol):
    """One connection: answers requests, one after the other."""

    def __init__(self, world: _World) -> None:
        self._world = world
        self._waiting = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to write to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            top, _, rest = self._waiting.partition(b"\r\n\r\n")
            lines = top.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines[1:])}
            size = int(headers.get("content-length", "0"))
            if len(rest) < size:
                return
            self._waiting = rest[size:]
            answer, written = self._world.answer(lines[0], headers, rest[:size])
            self._transport.write(answer)
            written()


def _run(connection: Connection) -> None:
    """Serve until nobody asks any more."""
    asyncio.run(_serve(connection, _World()))


async def _serve(connection: Connection, world: _World) -> None:
    """Listen on all hosts at one port, which is told, and obey."""
    loop = asyncio.get_running_loop()
    first = await loop.create_server(lambda: _Talk(world), "127.0.1.1", 0, backlog=1_000)
    port = first.sockets[0].getsockname()[1]
    hosts = [f"127.0.1.{number}" for number in range(2, HOSTS + 1)]
    await loop.create_server(lambda: _Talk(world), hosts, port, backlog=1_000)
    ended = asyncio.Event()

    def obey() -> None:
        with suppress(EOFError):
            while True:
                connection.send(world.obey(*connection.recv()))
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=obey, daemon=True).start()
    connection.send(port)
    await ended.wait()
