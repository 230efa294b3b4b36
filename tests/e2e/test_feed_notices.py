"""A publisher in trouble, for real: its feed fails, the webhook is told; it works again, the webhook is told."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from monitor.config.settings import load_settings
from monitor.once import run_once
from tests.e2e.conftest import TestHouse
from tests.servers.http import HttpServer
from tests.servers.publisher import publisher
from tests.servers.receiver import Receiver, receiver

RSS = "<rss version='2.0'><channel><title>Paper</title></channel></rss>"
WANTED = "feed_notices: {after_failures: 2, after: 0s}\n"


class Paper:
    """A publisher that answers what a test says."""

    def __init__(self) -> None:
        self.status, self.text = 200, RSS
        self.server = HttpServer(self._answer)

    async def _answer(self, _: web.Request) -> web.StreamResponse:
        return web.Response(status=self.status, text=self.text, content_type="application/rss+xml")

    async def polls(self, number: int, desk: Receiver) -> None:
        """Wait for further polls."""
        seen = len(self.server.requests)
        await desk.until(lambda: len(self.server.requests) >= seen + number, 30)


def notices(desk: Receiver) -> list[dict[str, Any]]:
    """Return what arrived, each once."""
    return [sent[0] for sent in desk.notices.values()]


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.schedule.HEALTH_SECONDS", 0.1)


@pytest.mark.slow
async def test_a_feed_that_fails_and_works_again_is_told_once_each_though_the_daemon_restarts_in_between(
    house: TestHouse,
) -> None:
    paper = Paper()
    async with publisher() as other, receiver() as desk, paper.server:
        house.write(feeds=[paper.server.url("/rss"), other.url()], webhooks={"desk": desk.url}, extra=WANTED)
        async with house.running():
            await paper.polls(1, desk)
            paper.status = 503
            await desk.until(lambda: len(desk.notices) == 1, 20)
        async with house.running():
            await paper.polls(1, desk)
            assert len(desk.notices) == 1
            paper.status = 200
            await desk.until(lambda: len(desk.notices) == 2, 30)
        async with house.running():
            await paper.polls(2, desk)
            await asyncio.sleep(0.3)
    failing, recovered = notices(desk)
    assert (failing["type"], recovered["type"]) == ("feed.failing", "feed.recovered")
    assert failing["data"]["alert"]["id"] == recovered["data"]["alert"]["id"]
    assert failing["data"]["alert"]["title"] == "Feed fails: Feed 0"
    [feed] = failing["data"]["feeds"]
    assert (feed["url"], feed["state"], feed["failures"]) == (paper.server.url("/rss"), "failing", 2)
    assert feed["error"] == "http 503: Service Unavailable"
    assert (failing["data"]["hits"], failing["data"]["feeds_total"]) == ([], 2)
    assert recovered["data"]["feeds"][0]["since"] == feed["since"]


async def test_a_page_in_the_place_of_a_feed_is_shown_with_its_beginning_and_gone_for_good_is_told_at_once(
    house: TestHouse,
) -> None:
    shop, gone = Paper(), Paper()
    shop.text, gone.status = "<html><title>Domain for sale</title></html>", 410
    patient = "feed_notices: {after_failures: 99, after: 0s, receiver: desk}\n"
    async with receiver() as desk, shop.server, gone.server:
        house.write(feeds=[gone.server.url("/rss")], webhooks={"pager": desk.url, "desk": desk.url}, extra=patient)
        async with house.running():
            await desk.until(lambda: len(desk.notices) == 1, 20)
        house.write(feeds=[shop.server.url("/rss")], webhooks={"desk": desk.url}, extra=WANTED)
        async with house.running():
            await desk.until(lambda: len(desk.notices) == 2, 20)
    given_up, no_feed = notices(desk)
    assert given_up["data"]["alert"]["receiver"] == "desk"
    assert given_up["data"]["alert"]["title"] == "Feed given up: Feed 0"
    assert given_up["data"]["feeds"][0]["next_poll_at"] is None
    assert no_feed["data"]["feeds"][0]["error"] == "not a feed: the answer begins 'Domain for sale' (a web page)"


async def test_once_tells_of_a_feed_in_trouble(house: TestHouse) -> None:
    paper = Paper()
    paper.status = 500
    async with receiver() as desk, paper.server:
        wanted = "feed_notices: {after_failures: 1, after: 0s}\n"
        house.write(feeds=[paper.server.url("/rss")], webhooks={"desk": desk.url}, extra=wanted)
        for _ in range(2):
            await run_once(load_settings(house.config, {}))
    [notice] = notices(desk)
    assert notice["type"] == "feed.failing"
