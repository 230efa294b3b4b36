"""Documents are read elsewhere: what goes wrong there costs one document, and nothing is left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.core.types import FetchResult
from monitor.errors import FetchError, NotAFeedError
from monitor.feeds.apart import LEAVE_BYTES, MEMORY_BYTES, Apart
from monitor.feeds.parse import read_feed

FEED = b"<rss version='2.0'><channel><title>Paper</title><item><title>a</title><guid>g</guid></item></channel></rss>"


KEPT: list[bytes] = []


def swell() -> None:
    """Take memory and never give it back."""
    KEPT.append(b"x" * LEAVE_BYTES)


def linger(until: Path) -> None:
    """Keep a process busy until a file is there."""
    while not until.exists():
        time.sleep(0.01)


def answer(body: bytes) -> FetchResult:
    """Return the answer of a server."""
    return FetchResult(200, "https://paper.example/", {"content-type": "text/xml"}, body, None, None)


def is_running(pid: int) -> bool:
    """Return whether a process is there and no corpse."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_what_is_read_there_is_what_would_be_read_here() -> None:
    with Apart() as apart:
        assert await apart.run(read_feed, 20, answer(FEED)) == read_feed(answer(FEED))
        assert await apart.run(os.getpid, 20) != os.getpid()


async def test_what_is_no_feed_is_told_in_the_same_words() -> None:
    with pytest.raises(NotAFeedError) as here:
        read_feed(answer(b"<h1>We moved</h1>"))
    with Apart() as apart, pytest.raises(NotAFeedError) as there:
        await apart.run(read_feed, 20, answer(b"<h1>We moved</h1>"))
    assert (str(there.value), there.value.reason) == (str(here.value), "not a feed")


async def test_what_takes_too_long_is_killed_and_the_next_document_is_read() -> None:
    with Apart(workers=1) as apart:
        before = await apart.run(os.getpid, 20)
        with pytest.raises(FetchError, match=r"too slow to read: the document takes longer than 0\.2 s"):
            await apart.run(time.sleep, 0.2, 60)
        assert not is_running(before)
        assert (await apart.run(read_feed, 20, answer(FEED))).title == "Paper"


async def test_a_process_that_dies_costs_its_document_alone() -> None:
    with Apart(workers=1) as apart:
        with pytest.raises(FetchError, match="died twice over it"):
            await apart.run(os._exit, 20, 1)
        os.kill(await apart.run(os.getpid, 20), signal.SIGKILL)  # as a machine without memory does, between documents
        assert (await apart.run(read_feed, 20, answer(FEED))).title == "Paper"


async def test_a_document_cannot_take_all_memory_and_a_swollen_process_is_replaced() -> None:
    with Apart(workers=1) as apart:
        before = await apart.run(os.getpid, 20)
        with pytest.raises(RuntimeError, match="MemoryError"):
            await apart.run(bytearray, 20, MEMORY_BYTES)
        assert await apart.run(os.getpid, 20) == before
        await apart.run(swell, 20)
        assert await apart.run(os.getpid, 20) != before


async def test_the_loop_goes_on_and_two_documents_are_read_side_by_side(tmp_path: Path) -> None:
    with Apart(workers=2) as apart:
        slow = asyncio.create_task(apart.run(linger, 50, tmp_path / "enough"))
        assert (await apart.run(read_feed, 50, answer(FEED))).title == "Paper"
        assert not slow.done()
        (tmp_path / "enough").touch()
        await slow


async def test_nothing_runs_on_after_the_end_and_nobody_waits_for_it() -> None:
    with Apart(workers=1) as apart:
        pid = await apart.run(os.getpid, 20)
        waiting = asyncio.create_task(apart.run(time.sleep, 60, 60))
        await asyncio.sleep(0.1)
        began = time.monotonic()
    with pytest.raises(FetchError, match="not read"):
        await waiting
    assert time.monotonic() - began < 5
    assert not is_running(pid)


def test_no_process_outlives_a_daemon_that_was_killed() -> None:
    code = """
import asyncio, os, time
from monitor.feeds.apart import Apart
async def main():
    with Apart(workers=1) as apart:
        print(await apart.run(os.getpid, 20), flush=True)
        time.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        pid = int(daemon.stdout.readline())
        assert is_running(pid)
        daemon.kill()
    for _ in range(100):
        if not is_running(pid):
            return
        time.sleep(0.05)
    pytest.fail("the process is still there")


def test_a_signal_to_the_whole_group_does_not_end_a_reading() -> None:
    code = """
import asyncio, os, signal, time
from monitor.feeds.apart import Apart
async def main():
    with Apart(workers=1) as apart:
        pid = await apart.run(os.getpid, 20)
        for name in (signal.SIGINT, signal.SIGTERM):
            os.kill(pid, name)
        print(await apart.run(os.getpid, 20) == pid)
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert (done.stdout, done.stderr) == ("True\n", "")
