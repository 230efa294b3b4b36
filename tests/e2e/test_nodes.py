"""Several nodes as their users run them: one is killed in the midst of its work, and another goes on with it."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from monitor.app import utcnow
from monitor.jobs.digest import INSTALLED_KEY
from monitor.store import deliveries, meta
from monitor.store.database import Database
from tests.e2e.conftest import TestHouse, free_port
from tests.e2e.test_engines import over
from tests.servers.publisher import Publisher, publisher
from tests.servers.receiver import receiver

PATIENT_SECONDS = 60.0
"""How long is waited for each step: another node goes on within 20 s (docs/cluster.md), on a machine that has time."""


@pytest.fixture
async def nodes() -> AsyncIterator[list[asyncio.subprocess.Process]]:
    """Return a list of nodes, none of which outlives the test: its database will get another's name."""
    started: list[asyncio.subprocess.Process] = []
    yield started
    for node in started:
        if node.returncode is None:
            node.kill()
            await node.wait()


async def start(nodes: list[asyncio.subprocess.Process], house: TestHouse, *roles: str) -> asyncio.subprocess.Process:
    """Start a node, with a port of its own, and return when it is ready."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor", "run", "--config", str(house.config)),
        *(["--role", ",".join(roles)] if roles else []),
        env=os.environ | {"PORT": str(port)},
        stderr=asyncio.subprocess.DEVNULL,
    )
    nodes.append(process)
    async with asyncio.timeout(PATIENT_SECONDS):
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                assert process.returncode is None
                await asyncio.sleep(0.1)
            else:
                return process


def hold_answers(paper: Publisher) -> tuple[asyncio.Event, asyncio.Event]:
    """Let the next request wait for its answer until the second event; the first says that it has come."""
    asked, free, answer = asyncio.Event(), asyncio.Event(), paper.server.handler

    async def held(request: web.Request) -> web.StreamResponse:
        asked.set()
        await free.wait()
        return await answer(request)

    paper.server.handler = held
    return asked, free


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(300)
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("harm", [signal.SIGKILL, signal.SIGSTOP])
async def test_what_a_node_was_at_when_it_ended_or_hung_is_done_by_another_and_nothing_twice(
    house: TestHouse, nodes: list[asyncio.subprocess.Process], db: Database, url: str, harm: signal.Signals
) -> None:
    meta.set_once(db, INSTALLED_KEY, (utcnow() - timedelta(days=8)).isoformat())  # a digest is due
    async with publisher() as paper, receiver() as desk:
        house.write(
            feeds=[paper.url()],
            webhooks={"desk": desk.url},
            extra="digests: [{name: weekly, schedule: '0 7 * * mon', receiver: desk}]\n",
        )
        over(house, url, "engine: cluster")
        text = house.config.read_text().replace(f":{house.port}", ":${PORT}").replace("timeout: 2s", "timeout: 60s")
        house.config.write_text(text)
        first = await start(nodes, house)
        await desk.until(lambda: bool(desk.notices), PATIENT_SECONDS)
        asked, free = hold_answers(paper)
        paper.publish("IS-K says it struck Bajaur")
        await asyncio.wait_for(asked.wait(), PATIENT_SECONDS)
        second = await start(nodes, house)
        first.send_signal(harm)
        harmed_at = time.monotonic()
        free.set()
        await desk.until(lambda: "IS-K says it struck Bajaur" in desk.titles(), PATIENT_SECONDS)
        took = time.monotonic() - harmed_at
        if harm == signal.SIGSTOP:
            first.send_signal(signal.SIGCONT)
            paper.publish("IS-K says it was Bajaur again", text="Another blast.")
            await desk.until(lambda: "IS-K says it was Bajaur again" in desk.titles(), PATIENT_SECONDS)
        for node in (first, second):
            if node.returncode is None:
                node.terminate()
        await asyncio.wait_for(asyncio.gather(first.wait(), second.wait()), PATIENT_SECONDS)
    assert second.returncode == 0
    print(f"another node went on {took:.1f} s later")  # `pytest -s` shows it
    told: dict[str, set[str]] = {}
    digests = []
    for id_, sent in desk.notices.items():
        assert all(notice == sent[0] for notice in sent), "a repeat says the same under the same id"
        digests += [sent[0]["data"]["digest"]["id"]] if sent[0]["type"] == "digest.created" else []
        for hit in sent[0]["data"].get("hits", []):
            told.setdefault(hit["id"], set()).add(id_)
    assert told
    assert all(len(ids) == 1 for ids in told.values()), "no hit is told under two ids"
    assert len(digests) == len(set(digests)) == 1
    assert {state for _, state in deliveries.counts(db)} == {"sent"}


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(300)
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_nodes_with_a_role_each_do_the_work_together(
    house: TestHouse, nodes: list[asyncio.subprocess.Process], url: str
) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        over(house, url, "engine: cluster")
        house.config.write_text(house.config.read_text().replace(f":{house.port}", ":${PORT}"))
        paper.publish("IS-K says it struck Bajaur")
        for role in ("poll", "alert", "deliver", "web"):
            await start(nodes, house, role)
        await desk.until(lambda: bool(desk.notices), PATIENT_SECONDS)
        for node in nodes:
            node.terminate()
        await asyncio.wait_for(asyncio.gather(*(node.wait() for node in nodes)), PATIENT_SECONDS)
    assert [node.returncode for node in nodes] == [0, 0, 0, 0]
    assert desk.titles() == {"IS-K says it struck Bajaur"}
