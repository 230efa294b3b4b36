"""What happens at each limit: nothing is lost, the state is said, and the daemon goes on by itself afterwards."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial

import httpx
import pytest
from structlog.testing import capture_logs

from monitor.app import utcnow
from monitor.store import deliveries
from monitor.store.feeds import list_feeds
from tests.e2e.conftest import TestHouse, hasty
from tests.e2e.faults import postgresql_read_only, sqlite_read_only
from tests.servers.publisher import publisher
from tests.servers.receiver import receiver

pytestmark = pytest.mark.slow

LOOK = 0.2
"""Seconds between two looks of the daemon at itself, in these tests."""


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.lookout.LOOK_OUT_SECONDS", LOOK)
    monkeypatch.setattr("monitor.lookout.BEAT_SECONDS", LOOK / 4)
    monkeypatch.setattr("monitor.runtime.embedded.MAX_PAUSE_SECONDS", 0.5)
    monkeypatch.setattr("monitor.store.database.REFUSAL_SECONDS", 1.0)
    monkeypatch.setattr("monitor.jobs.record.COMMIT_PAUSES", (0.2,) * 100)


async def until_told(house: TestHouse, part: str, said: str, *, ready: bool, seconds: float = 15.0) -> None:
    """Wait until /readyz says this of a part, and whether all is well."""
    async with asyncio.timeout(seconds), httpx.AsyncClient() as client:
        while True:
            answer = await client.get(f"http://127.0.0.1:{house.port}/readyz")
            if (answer.status_code == 200) is ready and said in answer.json()["checks"].get(part, ""):
                return
            await asyncio.sleep(0.05)


async def read(house: TestHouse, path: str) -> str:
    """Return a page of the daemon."""
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{house.port}{path}")).text


async def holds_out(house: TestHouse, fault: Callable[[], AbstractContextManager[None]], said: str) -> None:
    """Check that what is published while the database takes nothing is told afterwards, once."""
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running() as daemon:
            await desk.until(lambda: bool(paper.server.requests))
            with fault(), capture_logs() as lines:
                paper.publish("IS-K struck")
                await until_told(house, "database", said, ready=False)
                assert "monitor_database_up 0.0" in await read(house, "/metrics")
                assert said in await read(house, "/")
                assert any(said in str(line.get("error")) for line in lines)
                assert not desk.notices
            await desk.until(lambda: bool(desk.notices), 15)
            await until_told(house, "database", "ok", ready=True)
            await desk.until(lambda: set(deliveries.counts(daemon.status.db)) == {("desk/webhook", "sent")})
    assert [len(sent) for sent in desk.notices.values()] == [1]


async def test_a_sqlite_database_that_takes_nothing_delays_and_loses_nothing(house: TestHouse) -> None:
    await holds_out(house, sqlite_read_only, "check the owner of the file and its folder")


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.postgres
async def test_a_postgresql_database_that_takes_nothing_delays_and_loses_nothing(house: TestHouse, url: str) -> None:
    house.database = url
    await holds_out(house, partial(postgresql_read_only, url), "it is a standby, or takes nothing for now")


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=365)], ids=["an hour", "a year"])
async def test_a_clock_that_is_put_back_delays_nothing(house: TestHouse, back: timedelta) -> None:
    right, ahead = hasty(), back
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running(clock=lambda: right() + ahead) as daemon:
            await desk.until(lambda: bool(paper.server.requests))
            with capture_logs() as lines:
                ahead = timedelta(0)
                await desk.until(lambda: any(line["event"] == "due times brought nearer" for line in lines))
            seen = len(paper.server.requests)
            paper.publish("IS-K struck")
            await desk.until(lambda: bool(desk.notices))
            assert len(paper.server.requests) > seen
            [feed] = list_feeds(daemon.status.db)
            assert feed.next_poll_at - right() < timedelta(minutes=1)
            assert 'monitor_clock_step_seconds_total{direction="back"}' in await read(house, "/metrics")
    assert [len(sent) for sent in desk.notices.values()] == [1]


async def test_a_clock_that_was_put_back_while_the_daemon_was_off_delays_nothing(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running(clock=lambda: utcnow() + timedelta(hours=1)):
            await desk.until(lambda: bool(paper.server.requests))
        paper.publish("IS-K struck")
        async with house.running(clock=utcnow):
            await desk.until(lambda: bool(desk.notices))


async def test_a_clock_that_is_put_forward_loses_and_repeats_nothing(house: TestHouse) -> None:
    right, behind = hasty(), timedelta(hours=1)
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running(clock=lambda: right() - behind) as daemon:
            await desk.until(lambda: bool(paper.server.requests))
            with capture_logs() as lines:
                behind = timedelta(0)
                await desk.until(lambda: any(line["event"] == "clock put forward" for line in lines))
            paper.publish("IS-K struck")
            await desk.until(lambda: bool(desk.notices))
            await until_told(house, "polls", "ok", ready=True)
            await desk.until(lambda: set(deliveries.counts(daemon.status.db)) == {("desk/webhook", "sent")})
    assert [len(sent) for sent in desk.notices.values()] == [1]
