"""The daemon within what deploy/event-monitor.service forbids: a system call it does not allow would end it."""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.clock import utcnow
from tests.e2e.conftest import TestHouse
from tests.e2e.test_articles import PARAGRAPHS
from tests.jobs.newsroom import Page, Paper
from tests.servers import pages, sandbox
from tests.servers.receiver import receiver

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "event-monitor.service"
LACKS = sandbox.missing()


def test_the_unit_allows_what_python_needs_and_no_more() -> None:
    if LACKS:
        pytest.skip(LACKS)
    calls = sandbox.allowed(UNIT.read_text())
    assert {"read", "openat", "epoll_wait", "clone", "execve", "socket", "mmap", "futex", "fsync"} <= calls
    assert not {"mount", "ptrace", "reboot", "bpf", "chroot", "setuid", "kexec_load", "setpriority", "mbind"} & calls


@pytest.mark.slow  # ten seconds: a daemon in a process of its own, with one more that reads an article
async def test_it_polls_reads_an_article_delivers_reloads_and_stops(house: TestHouse) -> None:
    if LACKS:
        pytest.skip(LACKS)
    paper = Paper()
    async with paper.server, receiver() as desk:
        house.write(feeds=[paper.server.url("/feed")], webhooks={"desk": desk.url})
        house.config.write_text(house.config.read_text().replace("name: Feed 0", "name: Feed 0, full_text: true"))
        paper.published_at = utcnow() - timedelta(minutes=1)
        paper.publish(pages.TITLE, Page(pages.article(paragraphs=PARAGRAPHS)), text=pages.FIRST)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.servers.sandbox", str(UNIT),
            sys.executable, "-m", "monitor", "run", "--config", str(house.config),
            cwd=ROOT, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            await desk.until(lambda: bool(desk.notices), 45.0)
            process.send_signal(signal.SIGHUP)
            await asyncio.sleep(1.0)
            assert process.returncode is None
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            _, log = await asyncio.wait_for(process.communicate(), 15)
    assert process.returncode == 0, log.decode()
    [[notice]] = desk.notices.values()
    assert notice["data"]["hits"][0]["rule"] == "entity:is-k"  # which only the article names
