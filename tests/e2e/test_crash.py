"""kill -9 at any moment loses nothing: every matching item is alerted, and a repeat has the same webhook-id."""

import asyncio
import random
import signal
import sqlite3
import sys

import pytest

from tests.e2e.conftest import TestHouse
from tests.servers.publisher import publisher
from tests.servers.receiver import receiver

KILLS = 20
ITEMS = 500
SEED = 20230730


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_twenty_kills_while_five_hundred_matching_items_arrive(house: TestHouse) -> None:
    chance = random.Random(SEED)
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url(n) for n in range(5)], webhooks={"desk": desk.url})
        published: set[str] = set()

        def publish(count: int) -> None:
            for number in range(len(published), min(len(published) + count, ITEMS)):
                title = f"IS-K bulletin {number} " + " ".join(chance.choices(WORDS, k=6))
                paper.publish(title, feed=number % 5)
                published.add(title)

        for _ in range(KILLS):
            publish(ITEMS // KILLS)
            process = await start(house)
            await asyncio.sleep(chance.uniform(0.4, 1.3))
            assert process.returncode is None, (house.folder / "log").read_text()
            process.send_signal(signal.SIGKILL)
            await process.wait()
        process = await start(house)
        try:
            await desk.until(lambda: desk.titles() >= published, 60)
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), 10)
        assert process.returncode == 0
    assert len(published) == ITEMS
    told: dict[str, set[str]] = {}
    for id_, sent in desk.notices.items():
        assert all(notice == sent[0] for notice in sent), "a repeat says the same under the same id"
        for hit in sent[0]["data"]["hits"]:
            told.setdefault(hit["id"], set()).add(id_)
    assert all(len(ids) == 1 for ids in told.values()), "no hit is told under two ids"
    with sqlite3.connect(house.folder / "monitor.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM item").fetchone() == (ITEMS,)


WORDS = [f"{a}{b}" for a in ("kor", "tam", "sel", "vin", "dor", "pal", "mer", "zub") for b in ("an", "ek", "il", "os")]


async def start(house: TestHouse) -> asyncio.subprocess.Process:
    """Start the daemon as its users do, in a process of its own, with a log of its own.

    Not a pipe: its readers outlive a kill for a moment and hold it open, and what is then left of it here would be told
    as a warning in some other test, whenever Python finds it.
    """
    with (house.folder / "log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor", "run", "--config", str(house.config), stderr=log
        )
