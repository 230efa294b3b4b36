"""The same line over PostgreSQL: from a served item to a verified webhook, and a digest."""

import pytest

from monitor.jobs.digest import send_so_far
from monitor.store import deliveries
from tests.e2e.conftest import TestHouse, hasty
from tests.servers.publisher import publisher
from tests.servers.receiver import receiver


@pytest.mark.parametrize("engine", ["embedded", "cluster"])
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.postgres
async def test_an_item_reaches_the_webhook_and_the_digest_over_postgresql(
    house: TestHouse, url: str, engine: str
) -> None:
    async with publisher() as paper, receiver() as desk:
        house.write(
            feeds=[paper.url()],
            webhooks={"desk": desk.url},
            extra="digests: [{name: weekly, schedule: '0 7 * * mon', receiver: desk}]\n"
            f"runtime: {{engine: {engine}}}\n",
        )
        house.config.write_text(house.config.read_text().replace("sqlite:///monitor.db", url))
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
