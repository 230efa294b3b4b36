"""An honest WebSub hub on loopback: it verifies every intent, signs what it distributes, and lets leases end.

What it does beyond that, a test says: deny, refuse, be silent, redirect, sign wrongly.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web

from tests.servers.http import HttpServer


@dataclass(frozen=True)
class Held:
    """A subscription that was verified: until when (of time.monotonic), and what its pushes are signed with."""

    until: float
    secret: str


class Hub:
    """Knows subscriptions by topic and callback.

    lease      seconds that it gives, or None for what was asked for
    status     what it answers to requests
    verifies   whether it asks subscribers what they meant; if not, it is silent after its 202
    denies     the reason why it denies, or None
    answers    (mode, status) of each subscriber's answer to a verification or a denial, in order
    """

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], Held] = {}
        self.lease: int | None = None
        self.status = 202
        self.headers: dict[str, str] = {}
        self.verifies = True
        self.denies: str | None = None
        self.method = "sha256"
        self.asked: list[dict[str, str]] = []
        self.answers: list[tuple[str, int]] = []
        self.server = HttpServer(self._answer)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Return its address."""
        return self.server.url("/hub")

    def callbacks(self, topic: str) -> list[str]:
        """Return who is subscribed to a topic now."""
        return [
            callback for (one, callback), held in self.held.items() if one == topic and held.until > time.monotonic()
        ]

    async def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until `condition()` holds; fails after `seconds`."""
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)

    async def distribute(
        self, topic: str, body: bytes, *, content_type: str = "application/rss+xml", secret: str | None = None
    ) -> list[int]:
        """Send what is new of a topic to all who are subscribed; return what they answered.

        secret   signs in place of the subscriber's own
        """
        statuses = []
        for callback in self.callbacks(topic):
            key = self.held[topic, callback].secret if secret is None else secret
            headers = {
                "Content-Type": content_type,
                "Link": f'<{self.url}>; rel="hub", <{topic}>; rel="self"',
                "X-Hub-Signature": f"{self.method}={hmac.new(key.encode(), body, self.method).hexdigest()}",
            }
            statuses.append(await self.push(callback, body, headers))
        return statuses

    async def push(self, callback: str, body: bytes, headers: dict[str, str]) -> int:
        """Send anything to a callback; return what it answered."""
        async with aiohttp.ClientSession() as session, session.post(callback, data=body, headers=headers) as answer:
            return answer.status

    async def ask(self, callback: str, **query: str) -> tuple[int, str]:
        """Ask a callback as a hub does (`mode`, `topic`, ...); return status and text of its answer."""
        given = {f"hub.{name}": value for name, value in query.items()}
        async with aiohttp.ClientSession() as session, session.get(callback, params=given) as answer:
            return answer.status, await answer.text()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = {name: values[0] for name, values in parse_qs((await request.read()).decode()).items()}
        assert request.method == "POST"
        assert request.content_type == "application/x-www-form-urlencoded"
        assert {"hub.mode", "hub.topic", "hub.callback"} <= form.keys()
        assert len(form.get("hub.secret", "")) < 200
        self.asked.append(form)
        if self.status == 202 and self.verifies:
            task = asyncio.create_task(self._decide(form))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return web.Response(status=self.status, headers=self.headers, text="the reason, with all that was asked")

    async def _decide(self, form: dict[str, str]) -> None:
        """Deny a request, or verify it."""
        mode, topic, callback = form["hub.mode"], form["hub.topic"], form["hub.callback"]
        if self.denies is not None:
            status, _ = await self.ask(callback, mode="denied", topic=topic, reason=self.denies)
            self.answers.append(("denied", status))
            return
        lease, challenge = self.lease or int(form.get("hub.lease_seconds", 3600)), secrets.token_urlsafe()
        status, text = await self.ask(callback, mode=mode, topic=topic, challenge=challenge, lease_seconds=str(lease))
        self.answers.append((mode, status))
        if status // 100 != 2 or text != challenge:
            return
        if mode == "subscribe":
            self.held[topic, callback] = Held(time.monotonic() + lease, form.get("hub.secret", ""))
        else:
            self.held.pop((topic, callback), None)


@asynccontextmanager
async def hub() -> AsyncIterator[Hub]:
    """Run a hub for the length of a test."""
    one = Hub()
    async with one.server:
        yield one


def sign(secret: str, body: bytes, method: str = "sha256") -> str:
    """Return the X-Hub-Signature of a body."""
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"
