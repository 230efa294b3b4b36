"""Feeds with a hub, for real: publisher, hub, daemon and receiver on loopback; what is new comes without a poll."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import httpx
import pytest

from monitor.core.types import Feed, SubscriptionState
from monitor.core.websub import state_of
from monitor.daemon import Daemon
from monitor.store import feeds, items
from tests.e2e.conftest import TestHouse, free_port
from tests.e2e.test_daemon import Clock
from tests.servers.hub import Hub, hub
from tests.servers.publisher import Publisher, publisher
from tests.servers.receiver import Receiver, receiver


@dataclass
class Town:
    """A publisher with a hub, and a desk that is told."""

    house: TestHouse
    paper: Publisher
    hub: Hub
    desk: Receiver
    clock: Clock

    @property
    def topic(self) -> str:
        """Return the address of the feed."""
        return self.paper.url()

    def write(self, *, interval: str = "1h") -> None:
        """Write the configuration: a feed that is polled once an hour, and the address at which hubs find us."""
        self.house.write(feeds=[self.topic], webhooks={"desk": self.desk.url})
        text = self.house.config.read_text()
        text = text.replace("interval: 1s, min_interval: 1s", f"interval: {interval}, min_interval: 1s")
        listen = f'listen: "127.0.0.1:{self.house.port}"'
        public = f', public_url: "http://127.0.0.1:{self.house.port}", token: "secret token"'
        self.house.config.write_text(text.replace(listen, listen + public))

    @asynccontextmanager
    async def subscribed(self) -> AsyncIterator[Daemon]:
        """Run the daemon, and wait until it is subscribed."""
        async with self.house.running(clock=self.clock) as daemon:
            await self.hub.until(lambda: bool(self.hub.callbacks(self.topic)))
            yield daemon

    async def publish(self, title: str) -> list[int]:
        """Publish an item and let the hub tell of it; return the answers."""
        self.paper.publish(title)
        return await self.hub.distribute(self.topic, self.paper.document(newest=1))


@asynccontextmanager
async def town(house: TestHouse) -> AsyncIterator[Town]:
    """Run a town for the length of a test."""
    async with publisher() as paper, hub() as one, receiver() as desk:
        paper.hub = one.url
        paper.publish("Rain is expected")
        house.port = free_port()  # anew: the servers of the town may have got the one that was free before
        found = Town(house, paper, one, desk, Clock())
        found.write()
        yield found


def feed_of(daemon: Daemon) -> Feed:
    """Return the only feed as it is stored."""
    [feed] = feeds.list_feeds(daemon.status.db)
    return feed


def is_known(daemon: Daemon) -> bool:
    """Return whether the hub of the only feed is known."""
    return feed_of(daemon).subscription is not None


def polls(town: Town) -> int:
    """Return how often the feed was asked for."""
    return town.paper.polls()


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until `condition()` holds; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def test_what_a_hub_pushes_is_told_in_the_same_second_and_without_a_poll(house: TestHouse) -> None:
    async with town(house) as here, here.subscribed() as daemon:
        here.clock.stop()  # whatever waited for its time would wait for ever
        assert await here.publish("IS-K says it struck Bajaur") == [202]
        await here.desk.until(lambda: bool(here.desk.notices))
        assert polls(here) == 1
        after = feed_of(daemon)
        assert after.subscription is not None
        assert after.subscription.pushed_at is not None
    assert here.desk.titles() == {"IS-K says it struck Bajaur"}
    [asked] = here.hub.asked
    assert asked["hub.callback"].startswith(f"http://127.0.0.1:{house.port}/websub/")
    assert asked["hub.topic"] == here.topic
    assert (asked["hub.mode"], asked["hub.lease_seconds"]) == ("subscribe", "864000")
    assert here.hub.answers == [("subscribe", 200)]


async def test_the_poll_after_a_push_finds_nothing_new_and_polls_become_seldom(house: TestHouse) -> None:
    async with town(house) as here:
        here.write(interval="2s")
        async with here.subscribed() as daemon:
            await here.publish("IS-K says it struck Bajaur")
            await here.desk.until(lambda: bool(here.desk.notices))
            asked = polls(here)
            await until(lambda: polls(here) > asked and "hub" in feed_of(daemon).wait_reason)
            counts, feed = items.counts(daemon.status.db), feed_of(daemon)
            assert feed.next_poll_at - here.clock() > timedelta(minutes=50)
            assert feed.wait_reason == "its hub tells what is new, it is asked every 1h to make sure"
            await asyncio.sleep(0.1)
    assert counts["items"] == 2
    assert len(here.desk.notices) == 1


async def test_what_is_signed_wrongly_or_not_at_all_is_taken_and_ignored(house: TestHouse) -> None:
    async with town(house) as here, here.subscribed() as daemon:
        [callback] = here.hub.callbacks(here.topic)
        here.paper.publish("IS-K says what nobody said")
        forged = here.paper.document(newest=1)
        del here.paper.items["/0"][0]
        assert await here.hub.distribute(here.topic, forged, secret="guessed") == [202]
        assert await here.hub.push(callback, forged, {"Content-Type": "application/rss+xml"}) == 202
        assert await here.publish("IS-K says it struck Bajaur") == [202]
        await here.desk.until(lambda: bool(here.desk.notices))
        subscription = feed_of(daemon).subscription
        assert subscription is not None
        assert subscription.error == "a push without signature was ignored"
    assert here.desk.titles() == {"IS-K says it struck Bajaur"}


async def test_nobody_but_the_hub_is_answered_and_nothing_else_is_opened(house: TestHouse) -> None:
    async with town(house) as here, here.subscribed():
        [callback] = here.hub.callbacks(here.topic)
        base, _, token = callback.rpartition("/")
        other = f"{base}/{'A' * len(token)}"
        for address in (other, f"{base}/short", f"{callback}x"):
            assert (await here.hub.ask(address, mode="subscribe", topic=here.topic, challenge="x"))[0] == 404
            assert await here.hub.push(address, b"<rss/>", {}) == 404
        for query in (
            {"mode": "subscribe", "topic": "http://other.example/", "challenge": "x"},
            {"mode": "unsubscribe", "topic": here.topic, "challenge": "x"},
            {"mode": "denied", "topic": "http://other.example/"},
            {"mode": "subscribe", "topic": here.topic},
            {},
        ):
            assert (await here.hub.ask(callback, **query))[0] == 404
        again = {"mode": "subscribe", "topic": here.topic, "challenge": "<b>x</b>", "lease_seconds": "864000"}
        assert await here.hub.ask(callback, **again) == (200, "<b>x</b>")
        async with httpx.AsyncClient() as web:
            confirmed = await web.get(callback, params={f"hub.{name}": value for name, value in again.items()})
            assert confirmed.headers["content-type"] == "application/octet-stream"
            assert confirmed.headers["x-content-type-options"] == "nosniff"
            for path in ("/", "/metrics", "/websub", "/websub/", "/websub/../metrics", "/websub/%2e%2e/metrics"):
                answer = await web.get(f"http://127.0.0.1:{house.port}{path}")
                assert answer.status_code in (401, 404), path
                assert "monitor_" not in answer.text
            assert (await web.put(callback)).status_code == 405
        assert await here.publish("IS-K says it struck Bajaur") == [202]
        await here.desk.until(lambda: bool(here.desk.notices))


async def test_a_restart_keeps_the_subscription_and_what_was_not_read_yet(house: TestHouse) -> None:
    async with town(house) as here:
        async with here.subscribed():
            pass
        async with house.running(clock=here.clock):
            assert await here.publish("IS-K says it struck Bajaur") == [202]
            await here.desk.until(lambda: bool(here.desk.notices))
            assert polls(here) == 1
    assert len(here.hub.asked) == 1


@pytest.mark.slow
async def test_a_lease_is_renewed_before_its_end(house: TestHouse) -> None:
    async with town(house) as here, here.subscribed() as daemon:
        first = feed_of(daemon).subscription
        assert first is not None
        assert first.lease_until_at is not None
        here.clock.ahead = timedelta(days=8, hours=1)
        await until(lambda: len(here.hub.answers) == 2, seconds=15)
        await until(lambda: (feed_of(daemon).subscription or first).verified_at != first.verified_at)
        second = feed_of(daemon).subscription
        assert second is not None
        assert second.lease_until_at is not None
        assert second.lease_until_at - first.lease_until_at > timedelta(days=8)
    [one, two] = here.hub.asked
    assert one == two, "a renewal is under the same callback, or everything comes twice"
    assert len(here.hub.held) == 1


@pytest.mark.slow
async def test_when_the_hub_dies_polls_go_on_and_it_is_not_relied_on(house: TestHouse) -> None:
    async with town(house) as here:
        here.write(interval="2s")
        async with here.subscribed() as daemon:
            await here.publish("IS-K says it struck Bajaur")
            await here.desk.until(lambda: bool(here.desk.notices))
            await until(lambda: "hub" in feed_of(daemon).wait_reason)
            await here.hub.server.stop()
            here.paper.publish("IS-K says it struck Bajaur again")
            here.clock.ahead = timedelta(hours=1, minutes=10)
            await until(lambda: items.counts(daemon.status.db)["items"] == 3)
            await until(lambda: "hub" not in feed_of(daemon).wait_reason)
            asked = polls(here)
            here.clock.ahead += timedelta(minutes=20)  # by its rhythm it is due earlier
            await until(lambda: polls(here) > asked)
            subscription = feed_of(daemon).subscription
            assert subscription is not None
            assert subscription.missed_at is not None


async def test_a_hub_that_denies_is_left_alone_and_polls_go_on(house: TestHouse) -> None:
    async with town(house) as here:
        here.hub.denies = "this feed is not ours"
        here.write(interval="1s")
        async with house.running(clock=here.clock) as daemon:
            await here.hub.until(lambda: here.hub.answers == [("denied", 200)])
            subscription = feed_of(daemon).subscription
            assert subscription is not None
            assert state_of(subscription, now=here.clock()) is SubscriptionState.DENIED
            assert subscription.error == "the hub denied it: this feed is not ours"
            here.paper.publish("IS-K says it struck Bajaur")
            await here.desk.until(lambda: bool(here.desk.notices))
    assert len(here.hub.asked) == 1


async def test_a_feed_that_left_the_configuration_is_unsubscribed(house: TestHouse) -> None:
    async with town(house) as here, here.subscribed() as daemon:
        text = house.config.read_text()
        house.config.write_text(text.replace(here.topic, here.paper.url(1)))
        await here.hub.until(lambda: not here.hub.callbacks(here.topic), seconds=15)
        assert ("unsubscribe", 200) in here.hub.answers
        await until(lambda: len(here.hub.callbacks(here.paper.url(1))) == 1)
        assert feed_of(daemon).url == here.paper.url(1)


async def test_a_feed_that_names_another_hub_is_subscribed_there_and_here_no_more(house: TestHouse) -> None:
    async with town(house) as here, hub() as other:
        here.write(interval="1s")
        async with here.subscribed():
            here.paper.hub = other.url
            await other.until(lambda: bool(other.callbacks(here.topic)), seconds=15)
            await here.hub.until(lambda: not here.hub.callbacks(here.topic), seconds=15)
    assert [form["hub.mode"] for form in here.hub.asked] == ["subscribe", "unsubscribe"]


async def test_without_a_public_address_or_with_websub_off_no_hub_is_asked(house: TestHouse) -> None:
    async with town(house) as here:
        whole = house.config.read_text()
        for text in (
            whole.replace(f', public_url: "http://127.0.0.1:{house.port}"', ""),
            whole.replace("polling: {", "polling: {websub: false, "),
        ):
            house.config.write_text(text)
            async with house.running(clock=here.clock) as daemon:
                await until(partial(is_known, daemon))
                await asyncio.sleep(0.2)
        assert here.hub.asked == []
        house.config.write_text(whole)
        async with here.subscribed():
            assert len(here.hub.asked) == 1
