"""The process as a service manager sees it: readiness, watchdog, reload, a clean stop."""

import asyncio
import fcntl
import os
import signal
import socket
import sys
import time
from contextlib import suppress

import pytest

from tests.e2e.conftest import TestHouse
from tests.servers.publisher import publisher
from tests.servers.receiver import receiver


@pytest.mark.slow
async def test_systemd_is_told_and_signals_are_obeyed(house: TestHouse) -> None:
    path = str(house.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.settimeout(10)
        async with publisher() as paper, receiver() as desk:
            house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "monitor", "run", "--config", str(house.config),
                env={**os.environ, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000"},
                stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert await asyncio.to_thread(listener.recv, 64) == b"READY=1"
            assert await asyncio.to_thread(listener.recv, 64) == b"WATCHDOG=1"
            file = house.folder / "watchlists" / "test.yaml"
            stat = file.stat()
            file.write_text(file.read_text().replace("Daesh", "Dolat"))  # as long as before, and as old:
            os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # only the signal tells
            process.send_signal(signal.SIGHUP)
            await asyncio.sleep(0.3)
            paper.publish("Dolat says it was there")
            await desk.until(lambda: bool(desk.notices))
            listener.settimeout(0.05)
            with suppress(TimeoutError):
                while True:
                    listener.recv(64)
            listener.settimeout(10)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            _, log = await asyncio.wait_for(process.communicate(), 10)
            assert time.monotonic() - began < 10
        assert process.returncode == 0, log.decode()
        told = b""
        while told != b"STOPPING=1":
            told = listener.recv(64)


@pytest.mark.slow
async def test_a_stop_ends_within_ten_seconds_although_a_thread_hangs(house: TestHouse) -> None:
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4_096)  # which nobody reads: printing soon waits for ever
    async with publisher() as paper, receiver() as desk:
        for number in range(50):
            paper.publish(f"IS-K bulletin {number}")
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        house.config.write_text(
            house.config.read_text().replace("channels: [{webhook", "channels: [{console: {}}, {webhook")
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor", "run", "--config", str(house.config),
            stdout=theirs, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await desk.until(lambda: bool(desk.notices), 30)
        await asyncio.sleep(1)
        process.send_signal(signal.SIGTERM)
        try:
            _, log = await asyncio.wait_for(process.communicate(), 10)
        finally:
            os.close(ours)  # ends a thread that still prints
            os.close(theirs)
    assert process.returncode == 0
    assert "stopped without waiting" in log.decode()


@pytest.mark.slow
async def test_a_second_daemon_on_the_same_database_is_refused(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        async with house.running():
            second = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "monitor", "run", "--config", str(house.config), stderr=asyncio.subprocess.PIPE
            )
            _, told = await asyncio.wait_for(second.communicate(), 15)
    assert second.returncode == 1
    assert "is in use by another Event Monitor" in told.decode()


async def test_once_polls_matches_delivers_and_ends(house: TestHouse) -> None:
    async with publisher() as paper, receiver() as desk:
        paper.publish("IS-K struck in Bajaur")
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        house.config.write_text(house.config.read_text().replace("group_wait: 0s", "group_wait: 30m"))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor", "once", "--config", str(house.config), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert said.decode() == "polled 1 feeds, 0 failed; 1 new items, 3 hits, 1 delivered, 0 waiting, 0 given up\n"
    assert len(desk.notices) == 1
