"""The watch of somebody else is told that the daemon works only while it does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web

from monitor.channels.heartbeat import Heartbeat
from monitor.config.models import HeartbeatModel
from monitor.jobs.context import Context
from monitor.jobs.heartbeat import LATELY, VITAL, HeartbeatJob
from monitor.jobs.keys import HEARTBEAT_KEY
from monitor.store import meta
from tests.jobs.outbox import Outbox, outbox
from tests.render.samples import NOW
from tests.servers.http import HttpServer

MINUTE = timedelta(minutes=1)


@dataclass
class Watched:
    """A heart, and the watch that it beats for."""

    box: Outbox
    server: HttpServer
    pulses: dict[str, datetime] = field(default_factory=lambda: dict.fromkeys(VITAL, NOW))
    troubles: dict[str, str] = field(default_factory=dict)
    status: int = 200

    def __post_init__(self) -> None:
        self.job = HeartbeatJob(self.context, self.pulses, self.troubles)

    def context(self) -> Context:
        model = HeartbeatModel.model_validate({"url": self.server.url("/ping/s3cret"), "every": "1m"})
        beat = Heartbeat(self.server.url("/ping/s3cret"), client=self.box.client, clock=lambda: self.box.now)
        settings = cast("Any", type("Settings", (), {"heartbeat": model}))
        return replace(self.box.context(), settings=settings, heartbeat=beat)

    async def tick(self, after: timedelta = timedelta(0), *, alive: bool = True) -> int:
        """Let time pass, and return how often the watch was told in all."""
        self.box.now += after
        if alive:
            self.pulses.update(dict.fromkeys(self.pulses, self.box.now))
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


@pytest.mark.parametrize("name", ["poll 3", "deliver 2"])
async def test_a_job_that_does_not_look_any_more_silences_the_heart(watched: Watched, name: str) -> None:
    assert await watched.tick() == 1
    stuck = watched.pulses[name]
    for _ in range(5):
        await watched.tick(MINUTE)
        watched.pulses[name] = stuck
    before = len(watched.server.requests)
    watched.box.now += LATELY
    assert await watched.tick(alive=False) == before
    assert await watched.tick(MINUTE) == before + 1


async def test_before_every_job_has_looked_once_nothing_is_told_either_way(watched: Watched) -> None:
    del watched.pulses["poll 0"]
    assert await watched.tick() == 0
    watched.pulses["poll 0"] = watched.box.now
    assert await watched.tick(timedelta(seconds=5)) == 1


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


async def test_the_watch_is_told_at_once_when_the_clock_was_put_back(watched: Watched) -> None:
    """A watch that hears nothing for an hour would raise the alarm."""
    assert await watched.tick() == 1
    assert await watched.tick(-timedelta(hours=1)) == 2
    assert await watched.tick(timedelta(seconds=30)) == 2
    assert await watched.tick(timedelta(seconds=30)) == 3
