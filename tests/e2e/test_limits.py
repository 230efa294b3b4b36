"""What happens at each limit: nothing is lost, the state is said, and the daemon goes on by itself afterwards."""

import asyncio
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from monitor.clock import utcnow
from monitor.core.types import Feed
from monitor.store import deliveries
from monitor.store.database import Database
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


@asynccontextmanager
async def process(house: TestHouse) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the daemon in a process of its own, so that limits are its alone, and stop it at the end."""
    log = house.folder / "log"
    with log.open("wb") as out:
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor", "run", "--config", str(house.config), stderr=out, stdout=out
        )
    try:
        yield started
        started.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(started.wait(), 15) == 0, log.read_text()
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


def address_space(pid: int) -> int:
    """Return how many bytes of address space a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()


def stored(house: TestHouse) -> list[Feed]:
    """Return the feeds as they stand in the database."""
    db = Database.open(f"sqlite:///{house.folder}/monitor.db")
    try:
        return list_feeds(db)
    finally:
        db.close()


async def test_a_process_that_may_open_no_more_files_goes_on_when_it_may(house: TestHouse) -> None:
    async with publisher() as paper, publisher() as other, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with process(house) as daemon:
            paper.publish("IS-K struck Kabul")
            await desk.until(lambda: bool(desk.notices), 30)
            before = resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (5, before[1]))
            paper.publish("Daesh claims a blast in Bajaur")
            await desk.server.stop()  # so that a connection to it must be made anew
            house.write(feeds=[paper.url(), other.url()], webhooks={"desk": desk.url})
            await desk.until(lambda: "oo many open files" in (house.folder / "log").read_text(), 30)
            await asyncio.sleep(2)
            resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, before)
            await desk.server.start()
            await desk.until(lambda: len(desk.titles()) == 2, 40)
            await desk.until(lambda: bool(other.server.requests), 40)
            await until_told(house, "database", "ok", ready=True, seconds=40)
    assert [len(sent) for sent in desk.notices.values()] == [1, 1]
    assert [feed.failures for feed in stored(house)] == [0, 0]


async def test_a_process_that_gets_no_more_memory_goes_on_when_it_does(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with process(house) as daemon:
            paper.publish("IS-K struck Kabul")
            await desk.until(lambda: bool(desk.notices), 30)
            before = resource.prlimit(daemon.pid, resource.RLIMIT_AS)
            resource.prlimit(daemon.pid, resource.RLIMIT_AS, (address_space(daemon.pid), before[1]))
            paper.publish("Daesh claims a blast in Bajaur", text="x " * 4_500_000)  # more than is free of what it has
            await desk.until(lambda: "no memory" in (house.folder / "log").read_text(), 30)
            resource.prlimit(daemon.pid, resource.RLIMIT_AS, before)
            await desk.until(lambda: len(desk.titles()) == 2, 40)
            await until_told(house, "database", "ok", ready=True, seconds=40)
    assert [len(sent) for sent in desk.notices.values()] == [1, 1]
    assert [feed.failures for feed in stored(house)] == [0]


async def test_names_that_cannot_be_looked_up_are_told_and_delay(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = True

    def look_up(*args: Any, **kwargs: Any) -> Any:
        if away:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return socket.getaddrinfo(*args, **kwargs)

    monkeypatch.setattr("monitor.guard.getaddrinfo", look_up)
    async with publisher() as paper, receiver() as desk:
        paper.publish("IS-K struck")
        house.write(feeds=[paper.url().replace("127.0.0.1", "localhost")], webhooks={"desk": desk.url})
        async with house.running() as daemon:
            await desk.until(lambda: daemon.status.notice is not None, 15)
            [feed] = list_feeds(daemon.status.db)
            assert feed.error == "dns: the host's name is not known"
            await until_told(house, "polls", "ok", ready=True)
            assert "(1 time: dns)" in await read(house, "/")
            away = False
            await desk.until(lambda: bool(desk.notices), 30)
            await desk.until(lambda: daemon.status.notice is None, 15)
    assert [len(sent) for sent in desk.notices.values()] == [1]
