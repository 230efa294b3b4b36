"""Hubs are asked for real, on loopback, and what they push is read; only the clock is a test's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from monitor.config.models import HttpModel, PollingModel, RetentionModel
from monitor.config.settings import WebSettings
from monitor.core.matcher import compile_matcher
from monitor.core.types import Feed, HubMode, Pause, Subscription
from monitor.feeds.apart import Apart
from monitor.feeds.fetch import Fetcher
from monitor.jobs.context import Context
from monitor.jobs.hosts import Hosts
from monitor.jobs.push import PushJob
from monitor.jobs.websub import WebSubJob, callback_base
from monitor.store import feeds, items, pushes, subscriptions, versions
from monitor.store.database import Database
from tests.jobs.outbox import ALONE
from tests.jobs.test_reading import LIST, entry
from tests.servers.http import HttpServer
from tests.servers.hub import Hub, hub
from tests.store.rows import NOW, make_feed, make_outcome, record

TOPIC = "http://news.example/rss"
BASE = "http://127.0.0.1:1/websub/"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class House:
    """The state of a house, its clock, and the bells that were rung."""

    context: Context
    now: datetime = NOW
    rung: list[tuple[str, str]] = field(default_factory=list)

    @property
    def db(self) -> Database:
        """Return its database."""
        return self.context.db

    async def ask(self) -> None:
        """Do what is due about subscriptions."""
        await WebSubJob(lambda: self.context, Hosts(lambda: self.context))("hubs")

    async def read(self) -> None:
        """Read what was pushed."""
        for shard in range(8):
            await PushJob(lambda: self.context)(str(shard))

    def feed(self, url: str = TOPIC) -> Feed:
        """Return a feed as it is stored."""
        found = feeds.find_feed(self.db, url)
        assert found is not None
        return found

    def subscription(self, url: str = TOPIC) -> Subscription:
        """Return the subscription of a feed."""
        found = self.feed(url).subscription
        assert found is not None
        return found

    def offered(self, url: str, *, hub: str) -> None:
        """Poll a feed that names a hub."""
        record(self.db, replace(make_outcome(make_feed(self.db, url)), offer=(hub, url)))

    def push(self, body: bytes | str, url: str = TOPIC) -> None:
        """Keep a push of a feed's subscription."""
        body = body if isinstance(body, bytes) else body.encode()
        headers = {"content-type": "application/rss+xml; charset=utf-8"}
        pushes.add_push(self.db, self.subscription(url).id, headers=headers, body=body, now=self.now)


@pytest.fixture
async def house(db: Database) -> AsyncIterator[House]:
    """Return a house that hubs on loopback can reach, as it believes."""
    settings = SimpleNamespace(
        runtime=ALONE,
        polling=PollingModel(),
        retention=RetentionModel(),
        http=HttpModel(allow_private_networks=True),
        web=WebSettings("127.0.0.1", 1, None, "http://127.0.0.1:1"),
    )
    fetcher = Fetcher(
        timeout=timedelta(seconds=1), max_body=10_000, allow_private_networks=True, proxy=None, user_agent="x"
    )
    parts: dict[str, Any] = {"titles": {}, "channels": {}, "entities": {}, "jitter": lambda: 0.0}
    with Apart() as apart:
        async with fetcher:
            context = Context(
                settings=cast("Any", settings),
                db=db,
                matcher=compile_matcher([LIST], version="v1"),
                fetcher=fetcher,
                apart=apart,
                ring=lambda kind, key: one.rung.append((kind, key)),
                clock=lambda: one.now,
                **parts,
            )
            one = House(context)
            yield one


def rss(*entries: str) -> str:
    """Return a document of a feed."""
    return f"<rss version='2.0'><channel><title>Paper</title>{''.join(entries)}</channel></rss>"


@pytest.fixture
async def quiet_hub() -> AsyncIterator[Hub]:
    """Return a hub that takes requests and verifies nothing: there is no daemon that it could ask."""
    async with hub() as one:
        one.verifies = False
        yield one


async def test_a_hub_is_asked_with_all_that_the_standard_wants(house: House, quiet_hub: Hub) -> None:
    house.offered(TOPIC, hub=quiet_hub.url)
    await house.ask()
    [form] = quiet_hub.asked
    token = form["hub.callback"].removeprefix(BASE)
    assert len(token) == 43
    assert form == {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.callback": BASE + token,
        "hub.lease_seconds": "864000",
        "hub.secret": form["hub.secret"],
    }
    known = subscriptions.find(house.db, token)
    assert known is not None
    assert (known.secret, known.subscription.asking) == (form["hub.secret"], HubMode.SUBSCRIBE)
    assert token not in form["hub.secret"]
    await house.ask()
    assert len(quiet_hub.asked) == 1


async def test_a_hub_that_verifies_nothing_is_asked_again_ever_later_with_the_same_callback(
    house: House, quiet_hub: Hub
) -> None:
    house.offered(TOPIC, hub=quiet_hub.url)
    for minutes in (0, 5, 10, 20):
        house.now += minutes * MINUTE - timedelta(seconds=1)
        await house.ask()
        asked = len(quiet_hub.asked)
        house.now += timedelta(seconds=1)
        await house.ask()
        assert len(quiet_hub.asked) == asked + 1
    assert len({form["hub.callback"] for form in quiet_hub.asked}) == 1
    assert house.subscription().attempts == 4


@pytest.mark.parametrize("status", [400, 403, 404, 410, 500, 302, 303])
async def test_a_hub_that_refuses_is_told_of_and_asked_later(house: House, quiet_hub: Hub, status: int) -> None:
    quiet_hub.status, quiet_hub.headers = status, {"Location": quiet_hub.url}
    house.offered(TOPIC, hub=quiet_hub.url)
    await house.ask()
    one = house.subscription()
    assert (one.error or "").startswith(f"http {status}: ")
    assert one.next_attempt_at == NOW + 5 * MINUTE
    assert len(quiet_hub.asked) == 1


@pytest.mark.parametrize("status", [307, 308])
async def test_a_hub_may_send_us_to_another_one(house: House, quiet_hub: Hub, status: int) -> None:
    async with hub() as other:
        other.verifies = False
        quiet_hub.status, quiet_hub.headers = status, {"Location": other.url}
        house.offered(TOPIC, hub=quiet_hub.url)
        await house.ask()
        assert other.asked == quiet_hub.asked != []
        assert house.subscription().error is None
        other.status, other.headers = 307, {"Location": quiet_hub.url}
        house.now += HOUR
        await house.ask()
        assert house.subscription().error == "too many redirects: more than 5"


async def test_a_hub_that_wants_patience_gets_it_and_none_of_its_other_feeds_asks_meanwhile(
    house: House, quiet_hub: Hub
) -> None:
    quiet_hub.status, quiet_hub.headers = 429, {"Retry-After": "7200"}
    urls = [f"http://news.example/{number}" for number in range(5)]
    for url in urls:
        house.offered(url, hub=quiet_hub.url)
    await house.ask()
    assert len(quiet_hub.asked) == 1
    assert {house.subscription(url).next_attempt_at for url in urls} == {NOW + 2 * HOUR}


async def test_a_dead_hub_holds_up_no_other_one(house: House, quiet_hub: Hub) -> None:
    await quiet_hub.server.stop()
    async with hub() as other:
        other.verifies = False
        house.offered(TOPIC, hub=quiet_hub.url)
        for number in range(3):
            house.offered(f"http://news.example/{number}", hub=other.url.replace("127.0.0.1", "localhost"))
        await house.ask()
        assert len(other.asked) == 3
    assert house.subscription().error == "connection refused: nothing listens there"
    assert house.subscription().next_attempt_at == NOW + 5 * MINUTE


async def test_a_hub_in_a_private_network_is_not_asked(house: House, quiet_hub: Hub) -> None:
    async with Fetcher(
        timeout=timedelta(seconds=1), max_body=1, allow_private_networks=False, proxy=None, user_agent="x"
    ) as fetcher:
        house.context = replace(house.context, fetcher=fetcher)
        house.offered(TOPIC, hub=quiet_hub.url)
        house.offered("http://news.example/2", hub="http://169.254.169.254/hub")
        await house.ask()
    assert quiet_hub.asked == []
    assert (house.subscription().error or "").startswith("private address: ")
    assert (house.subscription("http://news.example/2").error or "").startswith("closed address: ")


async def test_what_a_hub_says_beyond_its_status_is_not_repeated(house: House) -> None:
    async def answer(request: Any) -> Any:
        from aiohttp import web

        return web.Response(status=400, text=(await request.read()).decode())

    async with HttpServer(answer) as server:
        house.offered(TOPIC, hub=server.url("/?key=1"))
        await house.ask()
    assert house.subscription().error == "http 400: Bad Request"


async def test_a_subscription_that_is_wanted_no_more_is_ended_while_its_lease_lasts(
    house: House, quiet_hub: Hub
) -> None:
    house.offered(TOPIC, hub=quiet_hub.url)
    await house.ask()
    callback = quiet_hub.asked[0]["hub.callback"]
    subscriptions.verify(
        house.db, house.subscription().id, lease_until_at=NOW + DAY, next_attempt_at=NOW + HOUR, now=NOW
    )
    feeds.remove_feed(house.db, TOPIC)
    await house.ask()
    assert quiet_hub.asked[1] == {"hub.mode": "unsubscribe", "hub.topic": TOPIC, "hub.callback": callback}
    for _ in range(4):
        house.now += HOUR
        await house.ask()
    assert [form["hub.mode"] for form in quiet_hub.asked] == ["subscribe"] + 3 * ["unsubscribe"]
    assert house.feed().subscription is None


async def test_a_subscription_that_was_never_verified_is_forgotten_unasked(house: House, quiet_hub: Hub) -> None:
    house.offered(TOPIC, hub=quiet_hub.url)
    await house.ask()
    feeds.remove_feed(house.db, TOPIC)
    await house.ask()
    assert len(quiet_hub.asked) == 1
    assert house.feed().subscription is None


async def test_a_feed_that_comes_back_while_its_hub_is_asked_to_end_is_subscribed_again(
    house: House, quiet_hub: Hub
) -> None:
    house.offered(TOPIC, hub=quiet_hub.url)
    await house.ask()
    one = house.subscription()
    subscriptions.verify(house.db, one.id, lease_until_at=NOW + DAY, next_attempt_at=NOW + HOUR, now=NOW)
    feeds.remove_feed(house.db, TOPIC)
    await house.ask()
    make_feed(house.db, TOPIC)
    house.now += HOUR
    await house.ask()
    assert [form["hub.mode"] for form in quiet_hub.asked] == ["subscribe", "unsubscribe", "subscribe"]
    assert house.subscription().attempts == 1


async def test_hubs_push_only_where_the_operator_lets_them(house: House) -> None:
    settings = cast("Any", house.context.settings)
    assert callback_base(settings) == BASE
    settings.polling = PollingModel(websub=False)
    assert callback_base(settings) is None
    settings.polling, settings.http = PollingModel(), HttpModel()
    assert callback_base(settings) is None


async def test_a_push_with_the_new_entry_alone_is_stored_matched_and_rung(house: House) -> None:
    house.offered(TOPIC, hub="http://hub.example/")
    before = house.feed()
    house.push(rss(entry("IS-K struck")))
    await house.read()
    [hit] = items.unrouted_hits(house.db, limit=9)
    assert (hit.item.title, hit.rule) == ("IS-K struck", "entity:is-k")
    assert house.rung == [("alert", "all")]
    after = house.feed()
    assert after.subscription is not None
    assert after.subscription.pushed_at == NOW
    assert (after.etag, after.body_hash, after.next_poll_at, after.polled_at) == (
        before.etag,
        before.body_hash,
        before.next_poll_at,
        before.polled_at,
    )
    assert after.course.window == before.course.window
    assert after.course.beats == (NOW,)


async def test_a_push_tells_of_edits_too(house: House) -> None:
    house.offered(TOPIC, hub="http://hub.example/")
    house.push(rss(entry("A blast")))
    house.push(rss(entry("A blast in Bajaur", "IS-K was there.")))
    await house.read()
    [hit, _] = items.unrouted_hits(house.db, limit=9)
    assert [one.title for one in versions.history(house.db, hit.item.id)] == ["A blast", "A blast in Bajaur"]


@pytest.mark.parametrize("body", [b"", b"<html><title>Not a feed</title></html>", b"\xff\x00\xfe", b"{}"])
async def test_what_cannot_be_read_makes_the_feed_due_but_not_too_soon(house: House, body: bytes) -> None:
    house.offered(TOPIC, hub="http://hub.example/")
    house.now += MINUTE
    house.push(body)
    await house.read()
    after = house.feed()
    assert after.next_poll_at == NOW + 5 * MINUTE
    assert after.error is None
    assert after.subscription is not None
    assert after.subscription.pushed_at is None
    assert [kind for kind, _ in house.rung] == ["poll"]


async def test_where_anybody_could_have_sent_it_a_push_is_no_more_than_a_hint(house: House) -> None:
    url = "https://news.example/rss"
    house.offered(url, hub="http://hub.example/")
    house.push(rss(entry("IS-K struck")), url)
    await house.read()
    assert items.unrouted_hits(house.db, limit=9) == []
    assert house.feed(url).next_poll_at == NOW + 5 * MINUTE


async def test_what_comes_for_a_paused_feed_is_not_read(house: House) -> None:
    house.offered(TOPIC, hub="http://hub.example/")
    house.push(rss(entry("IS-K struck")))
    [feed] = feeds.list_feeds(house.db)
    feeds.pause(house.db, feed.id, Pause(NOW, "ana", "their site is rebuilt"))
    await house.read()
    assert items.counts(house.db)["items"] == 0


async def test_what_comes_for_a_feed_that_is_polled_no_more_is_not_read(house: House) -> None:
    house.offered(TOPIC, hub="http://hub.example/")
    house.push(rss(entry("IS-K struck")))
    feeds.remove_feed(house.db, TOPIC)
    await house.read()
    assert items.counts(house.db)["items"] == 0
    assert subscriptions.due_subscriptions(house.db, base=BASE, now=NOW, limit=9)[0].wanted is False


async def test_a_push_that_trips_the_reader_stops_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.offered(TOPIC, hub="http://hub.example/")
    house.push(rss(entry("IS-K struck")))
    house.push(rss(entry("IS-K struck again", guid="h")))
    real, calls = house.context.apart.run, []

    async def run(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("tripped")
        return await real(*args, **kwargs)

    monkeypatch.setattr(house.context.apart, "run", run)
    await house.read()
    assert [hit.item.title for hit in items.unrouted_hits(house.db, limit=9)] == ["IS-K struck again"]
