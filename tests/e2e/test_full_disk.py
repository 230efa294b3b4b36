"""A disk that takes nothing when the daemon starts: it says so, waits, and goes on by itself when there is room.

What a process may write is limited (setrlimit(2), RLIMIT_FSIZE): to it, that is a full disk.
"""

import asyncio
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from tests.e2e.conftest import TestHouse
from tests.servers.publisher import publisher
from tests.servers.receiver import receiver

NO_ROOM = "the disk takes no more"
FREE = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@asynccontextmanager
async def started_without_room(house: TestHouse) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the daemon where it may write no file beyond 1,024 bytes, and wait until it says so."""
    process = await asyncio.create_subprocess_exec(
        "/bin/bash", "-c", 'ulimit -S -f 1; exec "$0" -m monitor run --config "$1"', sys.executable, str(house.config),
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            while True:
                with suppress(httpx.ConnectError):
                    answer = await client.get(f"http://127.0.0.1:{house.port}/readyz")
                    break
                await asyncio.sleep(0.05)
            assert answer.status_code == 503
            assert NO_ROOM in answer.json()["checks"]["database"]
            assert (await client.get(f"http://127.0.0.1:{house.port}/healthz")).text == "ok\n"
            assert (await client.get(f"http://127.0.0.1:{house.port}/feeds")).status_code == 503
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.mark.slow
async def test_a_start_on_a_full_disk_goes_on_when_there_is_room(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk:
        paper.publish("IS-K struck")
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with started_without_room(house) as process:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, FREE)
            await desk.until(lambda: bool(desk.notices), 30)
            process.send_signal(signal.SIGTERM)
            _, told = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, desk.titles()) == (0, {"IS-K struck"})
    assert told.decode().count("cannot start yet") == 1
    assert NO_ROOM in told.decode()


@pytest.mark.slow
async def test_it_can_be_stopped_while_it_waits_for_room(house: TestHouse) -> None:
    house.write(feeds=[], webhooks={"desk": "http://127.0.0.1:9/"})
    async with started_without_room(house) as process:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0
