"""A paper, its readers' desk, and the daemon's jobs from the poll to the delivery, clock in hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from monitor.app import House, open_house
from monitor.config.settings import DELIVER_LANES, POLL_SHARDS, load_settings
from monitor.core.explanation import Explanation, Step
from monitor.explain import explain_item
from monitor.jobs.alert import AlertJob
from monitor.jobs.deliver import DeliverJob
from monitor.jobs.hosts import Hosts
from monitor.jobs.keys import ALERT_KEY
from monitor.jobs.poll import PollJob
from monitor.store.database import Database
from tests.jobs.newsroom import START, Paper
from tests.servers.http import HttpServer

WATCHLIST = """
watchlist: bajaur
title: Bajaur
severity: high
tags: [pakistan]
entities:
  - {id: is-k, kind: organisation, name: IS-K}
  - {id: khar, kind: place, name: Khar, alone: false}
  - {id: omari, kind: person, name: Omari, context: is-k, alone: false}
rules:
  - {id: blast, title: Blast, when: 'is-k AND khar', severity: critical}
  - {id: denied, title: Denied, when: 'khar AND "denied" AND NOT "claimed"'}
"""
CONFIG = """
database: {database}
watchlists: watchlists
http: {{timeout: 2s, allow_private_networks: true}}
feeds: [{{url: "{feed}", name: Paper}}]
receivers:
  - {{name: desk, channels: [{{webhook: {{url: "{hook}"}}}}]}}
  - {{name: archive, channels: []}}
{rest}
"""
PLAIN = "route: {receiver: desk, group_wait: 0s, group_interval: 5m}"


class Watch:
    """The jobs of the daemon, each called when a test says so, and what is said of an item."""

    def __init__(self, folder: Path, database: str, paper: Paper) -> None:
        self.folder, self.database, self.paper = folder, database, paper
        self.answer = 200  # of the desk
        self.desk = HttpServer(self._take)
        self.now = START + timedelta(minutes=1)
        self.house: House

    @property
    def db(self) -> Database:
        """Return the database."""
        return self.house.current().db

    @property
    def config(self) -> Path:
        """Return the configuration."""
        return self.folder / "monitor.yaml"

    def write(self, rest: str, watchlist: str = WATCHLIST) -> None:
        """Write the configuration, with these routes, and the watchlist."""
        (self.folder / "watchlists").mkdir(exist_ok=True)
        (self.folder / "watchlists" / "bajaur.yaml").write_text(watchlist)
        told = {"database": self.database, "feed": self.paper.server.url("/feed"), "hook": self.desk.url("/hook")}
        self.config.write_text(CONFIG.format(**told, rest=rest))

    async def reload(self, rest: str = PLAIN, watchlist: str = WATCHLIST) -> None:
        """Take another configuration or watchlist into force."""
        self.write(rest, watchlist)
        await self.furnish()

    async def furnish(self) -> None:
        """Take what stands in the files into force."""
        await self.house.furnish(load_settings(self.config, {}))

    async def poll(self, *entries: tuple[str, str], age: timedelta = timedelta(0)) -> None:
        """Publish entries of so long ago, each with title and text, and poll the feed, an hour after the last poll."""
        self.now += timedelta(hours=1) if self.paper.asked("/feed") else timedelta(0)
        self.paper.published_at = self.now - age
        for title, text in entries:
            self.paper.publish(title, "", text=text)
        job = PollJob(self.house.current, Hosts(self.house.current))
        await asyncio.gather(*(job(str(shard)) for shard in range(POLL_SHARDS)))

    async def tell(self, after: timedelta = timedelta(0)) -> None:
        """Let time pass; route, and deliver what is due."""
        self.now += after
        await AlertJob(self.house.current)(ALERT_KEY)
        job = DeliverJob(self.house.current)
        await asyncio.gather(*(job(str(lane)) for lane in range(DELIVER_LANES)))

    async def _take(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=404 if request.path == "/gone" else self.answer)

    def explain(self, asked: str = "1", feed: str | None = None) -> Explanation:
        """Return what is said of an item."""
        context = self.house.current()
        return explain_item(
            self.db, asked, settings=context.settings, matcher=context.matcher, now=self.now, feed_url=feed
        )


def step(found: Explanation, name: str) -> Step:
    """Return one step of an explanation."""
    return next(one for one in found.steps if one.name == name)


def reasons(one: Step) -> str:
    """Return the reasons of a step and all its parts, a line each."""
    return "\n".join([one.reason, *(reasons(part) for part in one.parts)])


@asynccontextmanager
async def watching(folder: Path, database: str, rest: str = PLAIN) -> AsyncIterator[Watch]:
    """Run a paper, a desk and the daemon's jobs."""
    paper = Paper()
    watch = Watch(folder, database, paper)
    async with paper.server, watch.desk:
        watch.write(rest)
        async with open_house(
            load_settings(watch.config, {}), ring=lambda kind, key: None, clock=lambda: watch.now
        ) as house:
            watch.house = house
            yield watch
