"""A database moves to PostgreSQL while things are under way: a copy that is killed goes on, and so does the daemon."""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence

import psycopg
import pytest
from sqlalchemy import text

from monitor.store import feeds
from monitor.store.database import Database
from tests.e2e.conftest import TestHouse, hasty
from tests.servers.publisher import publisher
from tests.servers.receiver import receiver

ITEMS = 60_000
"""Enough that a copy takes longer than it takes to see that it has begun."""

KILLS = 3

FILL = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :items)
INSERT INTO item (feed_id, guid, url, title, text, author, content_hash, published_at, fetched_at, version, changes_told)
SELECT 1, printf('%08d', n), '/' || n, 'Convoy attacked', 'Nobody was hurt.', '', printf('%064x', n),
       '2023-07-01 10:00:00.000000', '2023-07-01 10:15:00.000000', 1, 0
FROM number
"""

State = tuple[Sequence[tuple[object, ...]], Sequence[tuple[object, ...]]]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
@pytest.mark.postgres
async def test_a_copy_killed_three_times_is_whole_and_the_daemon_goes_on_from_it(
    house: TestHouse, empty_url: str
) -> None:
    async with publisher() as paper, receiver() as desk:
        desk.status = 503
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        paper.publish("IS-K says it struck Bajaur")
        async with house.running(clock=hasty()):
            await desk.until(lambda: bool(desk.server.requests))
        before = enlarged(f"sqlite:///{house.folder}/monitor.db")
        for killed in range(KILLS):
            process = await start(house, empty_url)
            while process.returncode is None and items_in(empty_url) <= killed * ITEMS // (KILLS + 1):
                await asyncio.sleep(0.02)
            assert process.returncode is None, "it was whole before it could be killed"
            process.send_signal(signal.SIGKILL)
            await process.wait()
        process = await start(house, empty_url)
        told, _ = await process.communicate()
        assert json.loads(told)["rows_found"] > ITEMS // 2
        assert state(empty_url) == before
        desk.status = 200
        house.config.write_text(house.config.read_text().replace("sqlite:///monitor.db", empty_url))
        asked = len(paper.server.requests)
        async with house.running(clock=hasty()):
            await desk.until(lambda: bool(desk.notices), 60)
            await desk.until(lambda: len(paper.server.requests) > asked)
    [feed], sending = before
    assert [id_ for _, id_, *_ in sending] == list(desk.notices)
    assert paper.server.requests[asked].headers["if-none-match"] == feed[1]


def enlarged(url: str) -> State:
    """Add many items to a database, and return where its daemon was."""
    db = Database.open(url)
    with db.write() as connection:
        connection.execute(text(FILL), {"items": ITEMS})
    db.close()
    return state(url)


def state(url: str) -> State:
    """Return where the daemon is: due times and validators of feeds, and deliveries under way."""
    db = Database.open(url)
    polled = [(one.url, one.etag, one.last_modified, one.next_poll_at, one.ok_at) for one in feeds.list_feeds(db)]
    with db.read() as connection:
        sending = connection.execute(text("SELECT state, id, attempts, thread FROM delivery")).all()
    db.close()
    return polled, [tuple(one) for one in sending]


async def start(house: TestHouse, to: str) -> asyncio.subprocess.Process:
    """Start a copy as its users do, in a process of its own."""
    words = ("db", "copy", "--config", str(house.config), "--to", to, "--json")
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "monitor", *words, stdout=asyncio.subprocess.PIPE)


def items_in(url: str) -> int:
    """Return how many items there are in a copy by now."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        [[made]] = connection.execute("SELECT to_regclass('half_copy') IS NOT NULL").fetchall()
        if not made:
            return 0
        [[count]] = connection.execute("SELECT count(*) FROM item").fetchall()
        return int(count)
