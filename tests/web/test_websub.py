"""The callback of hubs, asked over HTTP in process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from monitor.config.models import HttpModel
from monitor.core.types import HubMode, Subscription
from monitor.store import feeds, pushes, subscriptions
from monitor.store.subscriptions import HubRequest
from monitor.web import websub
from monitor.web.server import create_app
from monitor.web.status import Status
from tests.servers.hub import sign
from tests.store.rows import NOW, make_feed, make_outcome, record

TOKEN, SECRET, TOPIC = "t" * 43, "s" * 43, "https://news.example/rss"
PATH = f"/websub/{TOKEN}"
MOST = 1_000


class Caller:
    """Asks the callback as a hub does."""

    def __init__(self, status: Status) -> None:
        self.status = status
        self.rung: list[tuple[str, str]] = []
        http = HttpModel.model_validate({"max_body": MOST, "timeout": "1s"})
        context: Any = SimpleNamespace(
            db=status.db,
            clock=lambda: NOW,
            jitter=lambda: 0.0,
            settings=SimpleNamespace(http=http, polling=SimpleNamespace(websub=False)),
            rates={},
            ring=lambda kind, key: self.rung.append((kind, key)),
        )
        status.current = lambda: context
        transport = httpx.ASGITransport(create_app(status), raise_app_exceptions=False)
        self.web = httpx.AsyncClient(transport=transport, base_url="http://monitor")

    async def verify(self, **query: str) -> httpx.Response:
        """Ask whether something was meant."""
        return await self.web.get(PATH, params={f"hub.{name}": value for name, value in query.items()})

    async def push(self, body: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
        """Push something, signed where the body is known."""
        signature = {"x-hub-signature": sign(SECRET, body)} if isinstance(body, bytes) else {}
        return await self.web.post(PATH, content=body, headers=signature | headers)

    def subscription(self) -> Subscription:
        """Return the subscription as it is stored."""
        feed = feeds.find_feed(self.status.db, TOPIC)
        assert feed is not None
        assert feed.subscription is not None
        return feed.subscription

    def ask(self, mode: HubMode) -> None:
        """Note that the hub is asked."""
        request = HubRequest(mode, TOKEN, SECRET, f"https://monitor.example{PATH}")
        subscriptions.ask(self.status.db, self.subscription().id, request, attempts=1, next_attempt_at=NOW)

    def waiting(self) -> int:
        """Return how many pushes wait to be read."""
        known = subscriptions.find(self.status.db, TOKEN)
        assert known is not None
        return known.waiting


@pytest.fixture
def caller(status: Status) -> Caller:
    """Return a caller of a house that asked a hub to subscribe it."""
    record(status.db, replace(make_outcome(make_feed(status.db, TOPIC)), offer=("https://hub.example/", TOPIC)))
    one = Caller(status)
    one.ask(HubMode.SUBSCRIBE)
    return one


async def test_a_verification_begins_the_lease(caller: Caller) -> None:
    answer = await caller.verify(mode="subscribe", topic=TOPIC, challenge="echo", lease_seconds="864000")
    assert (answer.status_code, answer.text) == (200, "echo")
    one = caller.subscription()
    assert (one.asking, one.verified_at, one.lease_until_at) == (None, NOW, NOW + timedelta(days=10))
    assert one.next_attempt_at == NOW + timedelta(days=8)


async def test_a_verified_end_ends_it_and_its_callback(caller: Caller) -> None:
    await caller.verify(mode="subscribe", topic=TOPIC, challenge="echo")
    caller.ask(HubMode.UNSUBSCRIBE)
    assert (await caller.push(b"<rss/>")).status_code == 410
    answer = await caller.verify(mode="unsubscribe", topic=TOPIC, challenge="echo")
    assert (answer.status_code, answer.text) == (200, "echo")
    assert (await caller.push(b"<rss/>")).status_code == 404
    assert (await caller.verify(mode="unsubscribe", topic=TOPIC, challenge="echo")).status_code == 404


async def test_a_denial_is_noted_with_its_reason_and_cannot_be_taken_back_by_a_verification(caller: Caller) -> None:
    answer = await caller.verify(mode="denied", topic=TOPIC, reason="not\n ours" + " x" * 500)
    assert answer.status_code == 200
    one = caller.subscription()
    assert (one.error or "").startswith("the hub denied it: not ours x x")
    assert len(one.error or "") < 250
    assert (await caller.verify(mode="subscribe", topic=TOPIC, challenge="echo")).status_code == 404
    assert (await caller.verify(mode="denied", topic=TOPIC)).status_code == 404


async def test_a_signed_push_is_stored_and_its_job_rung(caller: Caller) -> None:
    answer = await caller.push(b"<rss/>", **{"content-type": "application/rss+xml", "x-other": "1"})
    assert answer.status_code == 202
    [(kind, shard)] = caller.rung
    assert kind == "push"
    push = pushes.next_push(caller.status.db, int(shard))
    assert push is not None
    assert (push.body, push.headers) == (b"<rss/>", {"content-type": "application/rss+xml"})


@pytest.mark.parametrize("signature", [{}, {"x-hub-signature": "sha1=00"}, {"x-hub-signature": sign("x", b"<rss/>")}])
async def test_a_push_that_is_not_signed_gets_the_same_answer_and_goes_no_further(
    caller: Caller, signature: dict[str, str]
) -> None:
    right = await caller.push(b"<rss/>")
    answer = await caller.web.post(PATH, content=b"<rss/>", headers=signature)
    assert (answer.status_code, answer.text) == (right.status_code, right.text)
    assert caller.waiting() == 1
    assert "ignored" in (caller.subscription().error or "")


async def test_a_push_that_is_too_large_is_refused_announced_or_not(caller: Caller) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100

    assert (await caller.push(b"x" * MOST)).status_code == 202
    assert (await caller.push(b"x" * (MOST + 1))).status_code == 413
    assert (await caller.push(pieces())).status_code == 413
    assert caller.waiting() == 1


async def test_a_body_that_drips_meets_the_end_of_its_time(caller: Caller) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"<rss"
        await asyncio.sleep(30)

    assert (await caller.push(pieces())).status_code == 408
    assert caller.waiting() == 0


async def test_nothing_packed_is_unpacked(caller: Caller) -> None:
    assert (await caller.push(b"\x1f\x8b", **{"content-encoding": "gzip"})).status_code == 415
    assert caller.waiting() == 0


async def test_a_hub_that_sends_faster_than_is_read_is_told_to_come_back(caller: Caller) -> None:
    for number in range(websub.WAITING):
        assert (await caller.push(b"<rss/>" + b" " * number)).status_code == 202
    answer = await caller.push(b"<rss/>")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


async def test_more_callers_than_can_be_answered_are_told_to_come_back(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websub, "AT_ONCE", 1)
    held = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"<rss"
        held.set()
        await asyncio.sleep(0.5)

    first = asyncio.create_task(caller.push(pieces()))
    await held.wait()
    assert (await caller.push(b"<rss/>")).status_code == 503
    assert (await first).status_code == 202
    assert (await caller.push(b"<rss/>")).status_code == 202


@pytest.mark.parametrize("token", ["", "short", "t" * 44, "t" * 42 + "é", "u" * 43, "t" * 42 + "%00"])
async def test_an_unknown_callback_is_not_found(caller: Caller, token: str) -> None:
    for answer in (await caller.web.get(f"/websub/{token}"), await caller.web.post(f"/websub/{token}", content=b"x")):
        assert answer.status_code == 404


async def test_hubs_need_no_token_of_the_dashboard_and_open_nothing_else(caller: Caller) -> None:
    caller.status.token = "hush"
    assert (await caller.push(b"<rss/>")).status_code == 202
    for path in ("/", "/metrics", "/websub", f"/websub/{TOKEN}/../../metrics", "//websub/x"):
        answer = await caller.web.get(path)
        assert answer.status_code in (401, 404)
        assert "monitor_" not in answer.text


async def test_where_no_job_runs_there_are_no_callbacks(caller: Caller) -> None:
    caller.status.current = None
    assert (await caller.push(b"<rss/>")).status_code == 404


async def test_the_metrics_count_subscriptions_by_state(caller: Caller) -> None:
    assert 'monitor_subscriptions{state="asked"} 1.0' in (await caller.web.get("/metrics")).text
    await caller.verify(mode="subscribe", topic=TOPIC, challenge="echo")
    shown = (await caller.web.get("/metrics")).text
    assert 'monitor_subscriptions{state="active"} 1.0' in shown
    assert 'monitor_subscriptions{state="asked"} 0.0' in shown
