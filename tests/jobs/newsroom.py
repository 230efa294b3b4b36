"""A paper with a feed and pages, and the daemon's jobs from the poll to the desk's deliveries, clock in hand."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from aiohttp import web

from monitor.app import House, open_house
from monitor.config.settings import POLL_SHARDS, load_settings
from monitor.core.types import ArticleState, Hit, Notice, StoredArticle
from monitor.jobs import article as article_job
from monitor.jobs.alert import AlertJob
from monitor.jobs.article import ArticleJob
from monitor.jobs.hosts import Hosts
from monitor.jobs.keys import ALERT_KEY, ARTICLE_KEY
from monitor.jobs.poll import PollJob
from monitor.store import articles, deliveries, items
from monitor.store.database import Database
from tests.servers.http import HttpServer, Seen
from tests.tables import lay_tables

START = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
WATCHLIST = """
watchlist: test
title: Test
severity: high
entities:
  - {id: omari, kind: person, name: Abbas Omari, aliases: ["عباس عمری", "Аббас Омари"]}
  - {id: mamund, kind: place, name: Mamund, alone: false}
  - {id: zawahiri, kind: person, name: Zawahiri}
rules: [{id: omari-in-mamund, title: Omari in Mamund, when: omari AND mamund, severity: critical}]
"""
CONFIG = """
database: sqlite:///monitor.db
watchlists: watchlists
http: {{timeout: 2s, allow_private_networks: true, max_body: 4MiB}}
feeds: [{{url: "{feed}", name: Paper, full_text: {full_text}}}]
receivers: [{{name: desk, channels: [{{webhook: {{url: "http://127.0.0.1:1/"}}}}]}}]
route: {{receiver: desk, group_wait: 0s, group_interval: 0s}}
"""


@dataclass
class Page:
    """What a page answers: `seconds` late, with an ETag unless there is none."""

    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    etag: bool = True


class Paper:
    """A publisher: `/feed` shows its entries, every other path its pages, under the name of another host."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str, str]] = []
        self.pages: dict[str, Page] = {}
        self.published_at = START
        self.server = HttpServer(self._answer)

    def page_url(self, path: str) -> str:
        """Return the address of a page."""
        return f"http://localhost:{self.server.port}{path}"

    def publish(self, title: str, page: Page | str, *, text: str = "", path: str = "") -> str:
        """Put an entry into the feed and a page behind it; return its path."""
        path = path or f"/news/{len(self.entries)}"
        self.entries.insert(0, (title, text, path))
        self.pages[path] = page if isinstance(page, Page) else Page(page)
        return path

    def asked(self, path: str) -> list[Seen]:
        """Return the requests for a path."""
        return [one for one in self.server.requests if one.path == path]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/feed":
            return web.Response(body=self._feed().encode(), content_type="application/rss+xml")
        page = self.pages.get(request.path, Page("<title>404</title>", 404))
        await asyncio.sleep(page.seconds)
        body = page.body if isinstance(page.body, bytes) else page.body.encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if page.status == 200 and page.etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        headers = {"Content-Type": "text/html; charset=utf-8"} | ({"ETag": etag} if page.etag else {}) | page.headers
        return web.Response(body=body, status=page.status, headers=headers)

    def _feed(self) -> str:
        shown = "".join(
            f"<item><title>{escape(title)}</title><link>{self.page_url(path)}</link><guid>{path}</guid>"
            f"<description>{escape(text)}</description><pubDate>{format_datetime(self.published_at)}</pubDate></item>"
            for title, text, path in self.entries
        )
        return f"<rss version='2.0'><channel><title>Paper</title>{shown}</channel></rss>"


class Newsroom:
    """The jobs of the daemon, each called when a test says so."""

    def __init__(self, folder: Path, paper: Paper) -> None:
        self.folder, self.paper = folder, paper
        self.now = START + timedelta(minutes=1)
        self.rung: list[str] = []
        self.house: House

    @asynccontextmanager
    async def running(self, *, full_text: bool = True) -> AsyncIterator["Newsroom"]:
        """Start, and stop in the end; what is stored stays."""
        (self.folder / "watchlists").mkdir(exist_ok=True)
        (self.folder / "watchlists" / "test.yaml").write_text(WATCHLIST)
        config = self.folder / "monitor.yaml"
        config.write_text(
            CONFIG.format(
                feed=self.paper.server.url("/feed"),
                full_text=str(full_text).lower(),
            )
        )
        lay_tables(self.folder)
        settings = load_settings(config, {})
        async with open_house(settings, ring=lambda kind, _: self.rung.append(kind), clock=lambda: self.now) as house:
            self.house = house
            self.places = Hosts(house.current)
            self.articles = ArticleJob(house.current, self.places)
            yield self

    @property
    def db(self) -> Database:
        """Return the database."""
        return self.house.current().db

    async def poll(self, *, age: timedelta = timedelta(0)) -> None:
        """Poll the feed, a day after the last time; its entries were published so long ago."""
        self.now += timedelta(days=1) if self.paper.asked("/feed") else timedelta(0)
        self.paper.published_at = self.now - age
        job = PollJob(self.house.current, self.places)
        await asyncio.gather(*(job(str(shard)) for shard in range(POLL_SHARDS)))

    async def read(self, after: timedelta = timedelta(0)) -> None:
        """Let time pass, and look at the articles that are due."""
        self.now += after
        await self.articles(ARTICLE_KEY)

    async def tell(self) -> None:
        """Make the deliveries that tell the desk what is to be told; they stay where they are."""
        await AlertJob(self.house.current)(ALERT_KEY)

    async def work(self) -> None:
        """Do it all: poll, read, tell."""
        await self.poll()
        await self.read()
        await self.tell()

    def hits(self) -> dict[str, Hit]:
        """Return the hits by rule."""
        return {hit.rule: hit for hit in items.list_hits(self.db, items.HitFilter())}

    def article(self, path: str = "/news/0") -> StoredArticle:
        """Return what is known of the article behind an entry."""
        known = items.known_items(self.db, 1, [path])[path]
        found = articles.find_article(self.db, known.id)
        assert found is not None
        return found

    def state(self, path: str = "/news/0") -> ArticleState:
        """Return the state of the article behind an entry."""
        return self.article(path).course.state

    def told(self) -> list[Notice]:
        """Return what the desk was told, in order."""
        made = sorted(deliveries.list_deliveries(self.db, limit=100), key=lambda one: one.created_at)
        return [one.notice for one in made]


@asynccontextmanager
async def newsroom(folder: Path) -> AsyncIterator[Newsroom]:
    """Run a paper and the daemon's jobs; articles are looked at without a pause."""
    paper = Paper()
    pause, article_job.PAUSE_SECONDS = article_job.PAUSE_SECONDS, 0.0
    try:
        async with paper.server, Newsroom(folder, paper).running() as room:
            yield room
    finally:
        article_job.PAUSE_SECONDS = pause
