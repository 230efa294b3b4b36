"""A publisher that answers what a test wrote down, looks closely at every request, and keeps its complaints."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.servers.http import HttpServer

AGENT = re.compile(r"event-monitor/[0-9][\w.]* \(\+https://[^\s)]+\)")
"""Name, version and an address where a publisher can read what this is."""


@dataclass(frozen=True)
class Answer:
    """What to answer. `headers` replace those that the server would send by itself."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class StrictPublisher:
    """Gives the answers in `answers` in turn, the last one for ever; tells in `complaints` what was wrong.

    A conditional request must carry exactly the validators of the last 200 that showed a feed: `validators` is that
    pair, kept by the publisher itself from what it answered.
    """

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.complaints: list[str] = []
        self.validators: tuple[str | None, str | None] = (None, None)
        self.most_at_once = 0
        self.latency = 0.0
        self.check: Callable[[web.Request], None] = lambda request: None
        self.server = HttpServer(self._answer)
        self._at_once = 0

    @property
    def asked(self) -> int:
        """Return how often it was asked."""
        return len(self.server.requests)

    def url(self, path: str = "/feed") -> str:
        """Return an address of this publisher."""
        return self.server.url(path)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(self.latency)  # lets a second request in, if there is one
        self._look_at(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer.status == 200 and "<rss" in answer.body:
            self.validators = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
        self._at_once -= 1
        return web.Response(status=answer.status, body=answer.body.encode(), headers=answer.headers)

    def _look_at(self, request: web.Request) -> None:
        """Complain of whatever no request may do."""
        sent = request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")
        if sent != self.validators:
            self.complaints.append(f"validators {sent}, expected {self.validators}")
        if request.method != "GET":
            self.complaints.append(f"method {request.method}")
        self.complaints += [f"header {name}" for name in ("Cookie", "Referer") if name in request.headers]
        if not AGENT.fullmatch(request.headers.get("User-Agent", "")):
            self.complaints.append(f"user agent {request.headers.get('User-Agent')!r}")
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            self.complaints.append("does not accept gzip")
        self.check(request)


@asynccontextmanager
async def strict_publisher(*answers: Answer) -> AsyncIterator[StrictPublisher]:
    """Run a publisher for the length of a test, which fails when the publisher has something to complain of."""
    one = StrictPublisher(*answers)
    async with one.server:
        yield one
    assert one.complaints == []
