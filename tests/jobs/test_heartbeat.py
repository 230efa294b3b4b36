"""The watch of somebody else is told that the daemon works only while it does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web

from monitor.channels.heartbeat import Heartbeat
from monitor.config.models import HeartbeatModel
from monitor.config.settings import POLL_SHARDS
from monitor.core.polling import shard_of
from monitor.core.types import Feed, FeedSpec
from monitor.jobs.context import Context
from monitor.jobs.heartbeat import LATELY, HeartbeatJob
from monitor.jobs.keys import HEARTBEAT_KEY
from monitor.store import deliveries, feeds, meta
from monitor.store.queue import THREAD_PATIENCE
from tests.jobs.outbox import Outbox, outbox
from tests.servers.http import HttpServer
from tests.store.rows import make_hits, make_outcome, record

MINUTE = timedelta(minutes=1)


@dataclass
class Watched:
    """A heart, and the watch that it beats for."""

    box: Outbox
    server: HttpServer
    troubles: dict[str, str] = field(default_factory=dict)
    status: int = 200

    def __post_init__(self) -> None:
        self.job = HeartbeatJob(self.context, self.troubles)

    def context(self) -> Context:
        model = HeartbeatModel.model_validate({"url": self.server.url("/ping/s3cret"), "every": "1m"})
        beat = Heartbeat(self.server.url("/ping/s3cret"), client=self.box.client, clock=lambda: self.box.now)
        settings = cast("Any", type("Settings", (), {"heartbeat": model}))
        return replace(self.box.context(), settings=settings, heartbeat=beat)

    def feed(self, name: str, path: str = "rss") -> Feed:
        """Add a feed that is due."""
        spec = FeedSpec(f"https://{name}.example/{path}")
        return feeds.add_feed(self.box.db, spec, shards=POLL_SHARDS, now=self.box.now)

    def polled(self, feed: Feed) -> None:
        """Store that a feed was polled just now."""
        at = self.box.now
        record(self.box.db, replace(make_outcome(feed, at=at), next_poll_at=at + timedelta(hours=1)), now=at)

    async def tick(self, after: timedelta = timedelta(0)) -> int:
        """Let time pass, and return how often the watch was told in all."""
        self.box.now += after
        await self.job(HEARTBEAT_KEY)
        return len(self.server.requests)


@pytest.fixture
async def watched(tmp_path: Path, migrated_file: Path) -> AsyncIterator[Watched]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=one.status)

    async with outbox(tmp_path, migrated_file) as box, HttpServer(answer) as server:
        one = Watched(box, server)
        yield one


async def test_the_watch_is_told_once_in_its_time_and_the_database_knows(watched: Watched) -> None:
    assert [await watched.tick(20 * timedelta(seconds=1)) for _ in range(7)] == [1, 1, 1, 2, 2, 2, 3]
    assert {(one.method, one.path) for one in watched.server.requests} == {("GET", "/ping/s3cret")}
    assert meta.get(watched.box.db, meta.HEARTBEAT) == watched.box.now.isoformat()


async def test_feeds_that_are_due_and_not_polled_silence_the_heart_until_one_is(watched: Watched) -> None:
    late, well = watched.feed("late"), watched.feed("well")
    assert shard_of(late.url, POLL_SHARDS) != shard_of(well.url, POLL_SHARDS)
    assert await watched.tick() == 1
    watched.box.now += 2 * LATELY
    watched.polled(well)
    assert await watched.tick() == 1, "another shard is polled, that of the late one is not"
    watched.polled(late)
    assert await watched.tick(MINUTE) == 2


async def test_much_that_is_late_is_no_trouble_while_some_of_it_gets_done(watched: Watched) -> None:
    late = [watched.feed("late", str(number)) for number in range(3)]
    assert await watched.tick() == 1
    watched.box.now += 2 * LATELY
    watched.polled(late[0])
    assert await watched.tick() == 2


async def test_deliveries_that_are_due_and_not_sent_silence_the_heart(watched: Watched) -> None:
    watched.box.webhook("desk/webhook", "http://127.0.0.1:9/")
    watched.box.add("a", "b")
    assert await watched.tick() == 1
    assert await watched.tick(LATELY + THREAD_PATIENCE + MINUTE) == 1
    deliveries.mark_sent(watched.box.db, "a", now=watched.box.now)
    assert await watched.tick(MINUTE) == 2


async def test_hits_that_nobody_routes_silence_the_heart(watched: Watched) -> None:
    make_hits(watched.box.db)
    assert await watched.tick() == 1
    assert await watched.tick(LATELY + MINUTE) == 1


async def test_a_moment_after_the_start_nothing_is_told_of_what_waited_meanwhile(
    watched: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    watched.feed("late")
    watched.box.now += 2 * LATELY
    assert await watched.tick() == 0
    assert await watched.tick(LATELY - MINUTE) == 0
    assert "no heartbeat" not in capsys.readouterr().out
    assert await watched.tick(MINUTE) == 0
    assert "are not polled" in capsys.readouterr().out


async def test_another_process_that_beats_is_enough(watched: Watched) -> None:
    other = HeartbeatJob(watched.context, {})
    assert await watched.tick() == 1
    watched.box.now += MINUTE / 2
    await other(HEARTBEAT_KEY)
    assert await watched.tick() == 1
    watched.box.now += MINUTE / 2
    await other(HEARTBEAT_KEY)
    assert await watched.tick() == 2


async def test_a_job_that_fails_silences_the_heart(watched: Watched) -> None:
    watched.troubles["alert all"] = "StoreError: the disk is full"
    assert await watched.tick() == 0
    watched.troubles.clear()
    assert await watched.tick(MINUTE) == 1


async def test_a_database_that_takes_nothing_silences_the_heart(watched: Watched) -> None:
    with watched.box.db.rebuild() as connection:
        connection.exec_driver_sql("ALTER TABLE meta RENAME TO away")
    assert await watched.tick() == 0
    with watched.box.db.rebuild() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO meta")
    assert await watched.tick(MINUTE) == 1


async def test_a_watch_that_is_away_breaks_nothing_and_is_told_of_once(
    watched: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    watched.status = 500
    for _ in range(3):
        await watched.tick(MINUTE)
    watched.status = 200
    await watched.tick(MINUTE)
    said = capsys.readouterr().out
    assert said.count("no heartbeat") == 1
    assert "heartbeat at 127.0.0.1 answered 500" in said
    assert said.count("heartbeat again") == 1
    assert "s3cret" not in said
