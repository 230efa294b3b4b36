"""The world around the daemon in `benchmarks.chaos`: feeds with news all the time, a webhook receiver, a mail server.

It is well all the time but for what a fault asks of the receivers, and keeps what each was told, by delivery id.
"""

import asyncio
import json
import random
import re
import time
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate
from enum import StrEnum

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

HOSTS = 10
"""Loopback addresses with feeds, so that feeds of several hosts are asked side by side."""

SHOWN = 200
"""Entries that a feed shows: more than it gets while the daemon is away."""

ENTRY = (
    "<item><title>IS-K bulletin {n} {words}</title><link>https://news.example/{n}</link><guid>{n}</guid>"
    "<description>{text}</description><pubDate>{date}</pubDate></item>"
)
LINK = re.compile(r"https://news\.example/(\d+)")
WORDS = [f"{a}{b}{c}" for a in ("kor", "tam", "sel", "vin", "dor", "pal") for b in "aeiou" for c in ("n", "k", "ls")]


class Mood(StrEnum):
    """How a receiver takes what it is told."""

    WELL = "well"
    FAILS = "fails"
    HANGS = "hangs"
    BREAKS = "breaks"
    AWAY = "away"


class Feeds:
    """Feeds by number; no two entries have words in common beyond a name, so that each is a story of its own."""

    def __init__(self, count: int, chance: random.Random, *, hosts: int = HOSTS) -> None:
        self.published: dict[int, float] = {}
        self.asked: list[tuple[float, int]] = []  # when, and which feed
        self._asked_at: dict[int, float] = {}
        self._hosts = hosts
        self._entries: dict[int, list[str]] = {feed: [] for feed in range(count)}
        self._chance = chance
        self._port = 0

    @property
    def urls(self) -> list[str]:
        """Return the addresses of the feeds, which are served by now."""
        return [f"http://127.0.2.{feed % self._hosts + 1}:{self._port}/{feed}" for feed in self._entries]

    def publish(self) -> None:
        """Put an entry on top of some feed; it matches."""
        n, feed = len(self.published), self._chance.choice(list(self._entries))
        words, text = (" ".join(self._chance.choices(WORDS, k=k)) for k in (7, 60))
        self._entries[feed].insert(0, ENTRY.format(n=n, words=words, text=text, date=formatdate()))
        self.published[n] = time.monotonic()

    async def publish_on(self, *, pause: float) -> None:
        """Publish until cancelled, an entry each `pause` seconds in the mean."""
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / pause))
            self.publish()

    def all_asked_since(self, instant: float) -> float | None:
        """Return when the last of all feeds was asked for the first time after `instant`, or None before that."""
        if min((self._asked_at.get(feed, 0.0) for feed in self._entries), default=0.0) <= instant:
            return None
        firsts: dict[int, float] = {}
        for at, feed in self.asked:
            if at > instant:
                firsts.setdefault(feed, at)
        return max(firsts.values())

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Serve the feeds."""
        app = web.Application()
        app.router.add_get("/{feed}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            for host in range(1, self._hosts + 1):
                await web.TCPSite(runner, f"127.0.2.{host}", self._port).start()
                self._port = runner.addresses[0][1]
            yield
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        feed = int(request.match_info["feed"])
        entries, at = self._entries[feed], time.monotonic()
        self.asked.append((at, feed))
        self._asked_at[feed] = at
        etag = f'"{len(entries)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        head = "<?xml version='1.0'?><rss version='2.0'><channel><title>Outlet</title>"
        body = f"{head}{''.join(entries[:SHOWN])}</channel></rss>"
        return web.Response(text=body, content_type="application/rss+xml", headers={"ETag": etag})


@dataclass
class Receiver(ABC):
    """What the two receivers have in common.

    seen    by delivery id the contents that came under it, whatever was answered
    taken   by delivery id how often it was taken, told or not told that it was
    told    by number of an entry the delivery ids that told of it, and when the first one came
    """

    mood: Mood = Mood.WELL
    seen: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    taken: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    told: defaultdict[int, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def repeats(self) -> int:
        """Return how often something was taken again, under the same id."""
        return sum(count - 1 for count in self.taken.values())

    async def set_mood(self, mood: Mood) -> None:
        """Be as a fault asks, from now on."""
        if (self.mood is Mood.AWAY) != (mood is Mood.AWAY):
            await (self.leave() if mood is Mood.AWAY else self.come())
        self.mood = mood

    @abstractmethod
    async def come(self) -> None:
        """Listen."""

    @abstractmethod
    async def leave(self) -> None:
        """Refuse connections."""

    async def takes(self, id_: str, content: str, numbers: set[int]) -> bool:
        """Note what came and return whether it is taken; waits while the receiver hangs."""
        self.seen[id_].add(content)
        hangs = self.mood is Mood.HANGS
        while self.mood is Mood.HANGS:  # noqa: ASYNC110 - until somebody mends it
            await asyncio.sleep(0.05)
        if hangs or self.mood in (Mood.FAILS, Mood.AWAY):
            return False
        self.taken[id_] += 1
        for number in numbers:
            self.told[number].setdefault(id_, time.monotonic())
        return True


@dataclass
class Hook(Receiver):
    """A webhook receiver.

    digests   by id of a digest the delivery ids under which it came
    """

    digests: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    port: int = 0
    _runner: web.AppRunner | None = None

    async def come(self) -> None:
        """Listen, on the same port again."""
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def leave(self) -> None:
        """Refuse connections."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        numbers = {int(n) for hit in body["data"].get("hits", ()) for n in LINK.findall(hit["item"]["url"])}
        if digest := body["data"].get("digest"):
            self.digests[digest["id"]].add(request.headers["webhook-id"])
        took = await self.takes(request.headers["webhook-id"], json.dumps(body, sort_keys=True), numbers)
        if took and self.mood is Mood.BREAKS and request.transport is not None:
            request.transport.abort()
        return web.Response(status=204 if took else 500)


class MailServer(Receiver):
    """A mail server."""

    port = 0
    _server: asyncio.Server | None = None

    async def come(self) -> None:
        """Listen, on the same port again."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._speak, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def leave(self) -> None:
        """Refuse connections."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _speak(self) -> SMTP:
        return SMTP(self, hostname="localhost", enable_SMTPUTF8=True, loop=asyncio.get_running_loop())

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - aiosmtpd's
        """Take a mail, or not."""
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        text = mail.get_body(("plain",))
        content = str(text.get_content()) if text else ""
        numbers = {int(n) for n in LINK.findall(content)}
        took = await self.takes(str(mail["Message-ID"]), f"{mail['Subject']}\n{content}", numbers)
        if took and self.mood is Mood.BREAKS and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 OK" if took else "451 not now"


@dataclass
class World:
    """Everything around the daemon."""

    feeds: Feeds
    hook: Hook = field(default_factory=Hook)
    readers: Hook = field(default_factory=Hook)
    mails: MailServer = field(default_factory=MailServer)

    @property
    def receivers(self) -> dict[str, Receiver]:
        """Return the receivers of alerts by the name of their channel; `readers` get digests only."""
        return {"desk/webhook": self.hook, "desk/email": self.mails}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve feeds and receivers."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.feeds.served())
            for one in (*self.receivers.values(), self.readers):
                await one.come()
                stack.push_async_callback(one.leave)
            yield

    @asynccontextmanager
    async def publishing(self, *, pause: float) -> AsyncIterator[None]:
        """Publish meanwhile."""
        task = asyncio.create_task(self.feeds.publish_on(pause=pause))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def told_since(self, instant: float) -> float | None:
        """Return when an entry that was published after `instant` had come to all receivers, or None."""
        came: list[float] = []
        for number, at in reversed(self.feeds.published.items()):
            if at < instant:
                break
            firsts = [min(one.told[number].values()) for one in self.receivers.values() if number in one.told]
            if len(firsts) == len(self.receivers):
                came.append(max(firsts))
        return min(came, default=None)

    def untold(self) -> dict[str, set[int]]:
        """Return for each channel the entries it was not told of."""
        return {name: self.feeds.published.keys() - one.told.keys() for name, one in self.receivers.items()}
