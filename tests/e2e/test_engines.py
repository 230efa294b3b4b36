"""The same line over every engine and database: from a served item to a verified webhook, and a digest."""

import asyncio
import re
from functools import partial

import pytest

from monitor.jobs.digest import send_so_far
from monitor.store import deliveries
from tests.e2e.conftest import TestHouse, hasty
from tests.servers.publisher import publisher
from tests.servers.receiver import receiver

ENGINES = [
    ("sqlite", "embedded"),
    pytest.param("postgresql", "embedded", marks=pytest.mark.postgres),
    pytest.param("postgresql", "cluster", marks=pytest.mark.postgres),
]

engines = pytest.mark.parametrize(("url", "engine"), ENGINES, indirect=["url"])


def over(house: TestHouse, url: str, runtime: str) -> None:
    """Let a house that is written keep its rows elsewhere, and work with that runtime."""
    text = house.config.read_text().replace("sqlite:///monitor.db", url)
    house.config.write_text(f"{text}runtime: {{{runtime}}}\n")


@engines
async def test_an_item_reaches_the_webhook_and_the_digest(house: TestHouse, url: str, engine: str) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(
            feeds=[paper.url()],
            webhooks={"desk": desk.url},
            extra="digests: [{name: weekly, schedule: '0 7 * * mon', receiver: desk}]\n",
        )
        over(house, url, f"engine: {engine}")
        clock = hasty()
        async with house.running(clock=clock) as daemon:
            await desk.until(lambda: bool(paper.server.requests))
            paper.publish("IS-K says it struck Bajaur")
            await desk.until(lambda: bool(desk.notices))
            send_so_far(daemon.status.db, daemon.settings, "weekly", now=clock())
            await desk.until(lambda: len(desk.notices) == 2)
            await desk.until(lambda: set(deliveries.counts(daemon.status.db)) == {("desk/webhook", "sent")})
    alert, digest = (sent[0] for sent in desk.notices.values())
    assert alert["type"] == "alert.created"
    assert digest["data"]["digest"]["hits"] == 3
    assert digest["data"]["digest"]["stories"][0]["severity"] == "critical"


@engines
async def test_a_changed_watchlist_takes_effect_by_itself(house: TestHouse, url: str, engine: str) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        over(house, url, f"engine: {engine}")
        async with house.running() as daemon:
            await desk.until(lambda: bool(paper.server.requests))
            before = daemon.status.watchlist_version
            path = house.folder / "watchlists" / "test.yaml"
            path.write_text(path.read_text().replace("aliases: [IS-K, Daesh]", "aliases: [IS-K, Daesh, Dolat]"))
            await desk.until(lambda: daemon.status.watchlist_version != before, 30)
            paper.publish("Dolat says it was there")
            await desk.until(lambda: bool(desk.notices), 30)
    assert desk.titles() == {"Dolat says it was there"}


@pytest.mark.slow
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.postgres
async def test_a_database_moves_from_one_process_to_a_cluster_and_back(house: TestHouse, url: str) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        over(house, url, "engine: embedded")

        def told(count: int) -> bool:
            return len(desk.titles()) == count

        for number, engine in enumerate(["embedded", "cluster", "embedded"]):
            text = house.config.read_text()
            house.config.write_text(re.sub("engine: .*}", f"engine: {engine}}}", text))
            async with house.running():
                paper.publish(f"IS-K says it struck Bajaur, {number}")
                await desk.until(partial(told, number + 1))


@pytest.mark.slow
@pytest.mark.parametrize(("url", "engine"), ENGINES[2:], indirect=["url"])
async def test_nodes_that_start_at_one_moment_over_empty_tables_all_come_up(
    house: TestHouse, url: str, engine: str
) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(feeds=[paper.url()], webhooks={"desk": desk.url})
        over(house, url, f"engine: {engine}")
        house.config.write_text(house.config.read_text().replace(f":{house.port}", ":0"))
        paper.publish("IS-K says it struck Bajaur")
        async with house.running(), house.running(), house.running():
            await desk.until(lambda: bool(desk.notices))
            await asyncio.sleep(0.5)
    assert [len(sent) for sent in desk.notices.values()] == [1]
