"""A webhook receiver on loopback that verifies every signature and can be told to fail."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

from tests.servers.http import HttpServer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver:
    """Keeps each notice by its webhook-id, in order of arrival; `status` is what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.notices: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.server = HttpServer(self._answer)

    @property
    def url(self) -> str:
        """Return its address."""
        return self.server.url("/hook")

    def titles(self) -> set[str]:
        """Return the titles of all items told."""
        return {hit["item"]["title"] for sent in self.notices.values() for hit in sent[0]["data"].get("hits", [])}

    async def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until `condition()` holds; fails after `seconds`, which only a machine that does much else takes."""
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        Webhook(SECRET).verify(body, dict(request.headers))  # raises, and so answers 500, for a bad signature
        if self.status == 200:
            self.notices[request.headers["webhook-id"]].append(json.loads(body))
        return web.Response(status=self.status)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Run a receiver for the length of a test."""
    one = Receiver()
    async with one.server:
        yield one
