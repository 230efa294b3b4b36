"""A publisher on loopback: RSS feeds with validators, at addresses /0, /1, ...; with a hub where one is set."""

import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from aiohttp import web

from tests.servers.http import HttpServer


class Publisher:
    """Feeds by number; `publish` puts an item on top of one, the server shows the newest 1,000."""

    def __init__(self) -> None:
        self.items: defaultdict[str, list[str]] = defaultdict(list)
        self.hub = ""
        self.server = HttpServer(self._answer)

    def url(self, feed: int = 0) -> str:
        """Return the address of a feed."""
        return self.server.url(f"/{feed}")

    def publish(self, title: str, *, feed: int = 0, text: str = "", guid: str = "") -> None:
        """Put an item on top of a feed, published now."""
        link = f"https://news.example/{feed}/{len(self.items[f'/{feed}'])}"
        self.items[f"/{feed}"].insert(
            0,
            f"<item><title>{escape(title)}</title><link>{link}</link><guid>{guid or link}</guid>"
            f"<description>{escape(text)}</description><pubDate>{format_datetime(datetime.now(UTC))}</pubDate></item>",
        )

    def edit(self, old: str, new: str, *, feed: int = 0) -> None:
        """Replace words of what a feed shows, as an editor does."""
        self.items[f"/{feed}"] = [item.replace(escape(old), escape(new)) for item in self.items[f"/{feed}"]]

    def polls(self, feed: int = 0) -> int:
        """Return how often a feed was asked for."""
        return sum(seen.path == f"/{feed}" for seen in self.server.requests)

    def document(self, feed: int = 0, *, newest: int = 1000) -> bytes:
        """Return a feed with its newest items; it names the hub, if there is one, and itself."""
        links = (
            f'<atom:link rel="hub" href="{self.hub}"/><atom:link rel="self" href="{self.url(feed)}"/>'
            if self.hub
            else ""
        )
        return (
            "<?xml version='1.0' encoding='utf-8'?>"
            "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'>"
            f"<channel><title>Feed /{feed}</title>{links}{''.join(self.items[f'/{feed}'][:newest])}</channel></rss>"
        ).encode()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = self.document(int(request.path.strip("/")))
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"ETag": etag, "Last-Modified": "Sun, 30 Jul 2023 11:00:00 GMT"}
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type="application/rss+xml", headers=headers)


@asynccontextmanager
async def publisher() -> AsyncIterator[Publisher]:
    """Run a publisher for the length of a test."""
    one = Publisher()
    async with one.server:
        yield one
