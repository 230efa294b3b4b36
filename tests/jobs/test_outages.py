"""Receivers that fail in every way: nothing is lost, nothing is told twice, no channel waits for another."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import structlog
from aiohttp import web

from monitor.channels.discord import DiscordChannel
from monitor.channels.email import EmailChannel, MailServer
from monitor.channels.mail import Letterhead
from monitor.core.channel_rest import ENOUGH, PATIENCE
from monitor.core.rates import Rate
from monitor.core.retry import MAX_ATTEMPTS
from monitor.core.types import DeliveryState
from monitor.errors import StoreError
from monitor.store import deliveries
from tests.jobs.outbox import Outbox, outbox
from tests.servers.http import HttpServer
from tests.servers.raw import raw_server
from tests.servers.smtp import SmtpServer

PENDING, SENT, DEAD = DeliveryState.PENDING, DeliveryState.SENT, DeliveryState.DEAD
Answer = Callable[[str], web.Response]


class Hook:
    """A receiver that answers as a test says, by the id of the delivery, and keeps what it took."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _: web.Response()
        self.taken: list[str] = []
        self.asked: list[str] = []
        self.server = HttpServer(self._answer)

    @property
    def url(self) -> str:
        return self.server.url("/hook")

    def answers(self, status: int, **headers: str) -> None:
        """Answer everything so from now on."""
        self.answer = lambda _: web.Response(
            status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        id_ = request.headers["webhook-id"]
        self.asked.append(id_)
        response = self.answer(id_)
        if response.status < 300:
            self.taken.append(id_)
        return response


@pytest.fixture
async def box(tmp_path: Path, migrated_file: Path) -> AsyncIterator[Outbox]:
    async with outbox(tmp_path, migrated_file) as one:
        yield one


@pytest.fixture
async def hook(box: Outbox) -> AsyncIterator[Hook]:
    one = Hook()
    async with one.server:
        box.webhook("desk/webhook", one.url)
        yield one


async def test_an_outage_of_a_night_costs_a_queue_neither_place_nor_attempts(box: Outbox, hook: Hook) -> None:
    ids = [f"{number:02}" for number in range(20)]
    hook.answers(500)
    box.add(*ids)
    await box.deliver()
    assert hook.asked == ids[:ENOUGH], "the third failure in a row shuts the channel"
    assert box.resting() == {"desk/webhook": 10.0}
    await box.deliver_for(timedelta(hours=12), step=300.0)
    assert box.of(PENDING) == set(ids)
    assert max(attempts for _, attempts in box.states().values()) == 1
    assert set(hook.asked) == set(ids), "each is tried in its turn, none keeps the others waiting"
    assert len(hook.asked) < 12 * 12 + 20, "one request in five minutes, at most"
    hook.answers(200)
    await box.deliver_for(timedelta(minutes=7), step=60.0)
    assert box.of(SENT) == set(ids)
    assert len(hook.taken) == len(ids)
    assert hook.taken[1:] == sorted(set(ids) - {hook.taken[0]}), "the rest in order, once one came through"


async def test_what_comes_during_an_outage_is_not_even_tried_until_its_turn_and_the_gravest_is_told_first(
    box: Outbox, hook: Hook
) -> None:
    hook.answers(503)
    box.add("a", "b", "c", severity="low")
    await box.deliver()
    box.add("critical", severity="critical")
    box.add("d", severity="low")
    await box.deliver(5)
    assert hook.asked == ["a", "b", "c"]
    hook.answers(200)
    await box.deliver(6)
    assert hook.taken[1] == "critical" or hook.taken[0] == "critical"
    assert box.states()["critical"] == (SENT, 1)
    assert len(hook.taken) == 5


async def test_an_outage_outlasts_a_restart(box: Outbox, hook: Hook) -> None:
    hook.answers(500)
    box.add("a", "b", "c", "d")
    await box.deliver()
    box.restart()
    await box.deliver(9)
    assert len(hook.asked) == ENOUGH
    assert box.resting() == {"desk/webhook": 1.0}
    await box.deliver(1)
    assert hook.asked[ENOUGH:] == ["d"]


async def test_after_three_days_what_waits_is_a_dead_letter_and_a_retry_tries_the_channel_at_once(
    box: Outbox, hook: Hook
) -> None:
    hook.answers(500)
    box.add("a", "b", "c", "d")
    await box.deliver()
    await box.deliver(PATIENCE.total_seconds() - 60)
    assert box.of(DEAD) == set()
    box.add("new")
    await box.deliver(400)
    assert box.of(DEAD) == {"a", "b", "c", "d"}
    assert box.of(PENDING) == {"new"}
    error = box.all()["a"].error
    assert error == (
        "not sent in 3 days, as the channel did not work; the last time: webhook at 127.0.0.1 answered 500 Internal "
        "Server Error"
    )
    hook.answers(200)
    assert deliveries.retry(box.db, None, now=box.now) == 4
    await box.deliver()
    assert box.of(SENT) == {"a", "b", "c", "d", "new"}


@pytest.mark.parametrize("status", [500, 502, 503, 408])
async def test_a_hiccup_costs_seconds(box: Outbox, hook: Hook, status: int) -> None:
    hook.answers(status)
    box.add("a")
    await box.deliver()
    assert (box.states(), box.resting()) == ({"a": (PENDING, 1)}, {})
    hook.answers(200)
    await box.deliver(5)
    assert box.states() == {"a": (SENT, 2)}


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_a_service_that_asks_for_patience_gets_it_from_the_whole_queue(
    box: Outbox, hook: Hook, form: str
) -> None:
    until_at = box.now.replace(microsecond=0) + timedelta(seconds=90)
    hook.answers(429, Retry_After="90" if form == "seconds" else format_datetime(until_at, usegmt=True))
    box.add("a", "b", "c")
    await box.deliver()
    await box.deliver(85)
    assert hook.asked == ["a"]
    assert box.states()["b"] == (PENDING, 0)
    hook.answers(200)
    await box.deliver(5)
    assert hook.taken == ["a", "b", "c"]


async def test_a_receiver_that_hangs_is_given_up_in_time(tmp_path: Path, migrated_file: Path) -> None:
    async def hang() -> AsyncIterator[bytes]:
        await asyncio.sleep(60)
        yield b""

    async with (
        raw_server(hang) as server,
        outbox(tmp_path, migrated_file, patience=timedelta(seconds=0.5)) as box,
    ):
        box.webhook("desk/webhook", server.url())
        box.add("a", "b", "c", "d")
        await box.deliver()
        assert len(server.requests) == ENOUGH
        assert box.all()["c"].error == "webhook at 127.0.0.1 did not answer in time"
        assert box.states()["d"] == (PENDING, 0)
        assert set(box.resting()) == {"desk/webhook"}


async def test_a_receiver_that_breaks_the_connection_is_tried_again(box: Outbox) -> None:
    broken = True

    async def answer() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 2" if broken else b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"

    async with raw_server(answer) as server:
        box.webhook("desk/webhook", server.url())
        box.add("a")
        await box.deliver()
        assert box.all()["a"].error == "webhook at 127.0.0.1 broke the connection"
        broken = False
        await box.deliver(5)
    assert box.states() == {"a": (SENT, 2)}


async def test_a_receiver_that_was_down_gets_everything_when_it_is_back_once_each(box: Outbox, hook: Hook) -> None:
    ids = [f"{number:02}" for number in range(9)]
    await hook.server.stop()
    box.add(*ids)
    await box.deliver_for(timedelta(minutes=5))
    assert "cannot be reached" in (box.all()["00"].error or "")
    await hook.server.start()
    await box.deliver_for(timedelta(minutes=5))
    assert sorted(hook.taken) == ids
    assert box.of(SENT) == set(ids)


async def test_a_refused_message_is_a_dead_letter_at_once_and_shuts_nothing(box: Outbox, hook: Hook) -> None:
    bad = {"b": 400, "c": 404, "d": 413}
    hook.answer = lambda id_: web.Response(status=bad.get(id_, 200))
    box.add("a", "b", "c", "d", "e")
    await box.deliver()
    assert box.states() == {"a": (SENT, 1), "b": (DEAD, 1), "c": (DEAD, 1), "d": (DEAD, 1), "e": (SENT, 1)}
    assert box.resting() == {}


@pytest.mark.parametrize("status", [401, 403, 410])
async def test_a_wrong_token_is_one_dead_letter_and_not_hundreds(box: Outbox, hook: Hook, status: int) -> None:
    structlog.configure(processors=[keep := structlog.testing.LogCapture()])
    hook.answers(status)
    box.add(*[f"{number:03}" for number in range(100)])
    await box.deliver_for(timedelta(hours=1), step=300.0)
    assert box.of(DEAD) == {"000"}
    assert {attempts for state, attempts in box.states().values() if state is PENDING} == {0}
    told = [one for one in keep.entries if one["event"] == "channel rests"]
    assert [(one["log_level"], str(status) in one["error"]) for one in told] == [("error", True)], "told once"
    hook.answers(200)
    await box.deliver_for(timedelta(minutes=7), step=60.0)
    assert box.of(DEAD) == {"000"}
    assert len(box.of(SENT)) == 99
    assert [one["event"] for one in keep.entries if one["event"].startswith("channel")] == [
        "channel rests", "channel works again"
    ]  # fmt: skip


async def test_a_message_that_fails_by_itself_gets_its_attempts_and_then_is_a_dead_letter(
    box: Outbox, hook: Hook
) -> None:
    hook.answer = lambda id_: web.Response(status=500 if id_ == "poison" else 200)
    box.add("poison", severity="critical")
    for number in range(2 * MAX_ATTEMPTS):
        box.add(f"{number:02}")
        await box.deliver(1800)
    assert box.of(PENDING) == set()
    assert box.states()["poison"] == (DEAD, MAX_ATTEMPTS)
    assert len(hook.taken) == 2 * MAX_ATTEMPTS
    assert box.resting() == {}


async def test_of_ten_channels_one_that_is_dead_delays_no_other(box: Outbox) -> None:
    hooks = [Hook() for _ in range(10)]
    released = asyncio.Event()

    async def hang() -> AsyncIterator[bytes]:
        await released.wait()
        yield b""

    for one in hooks:
        await one.server.start()
    async with raw_server(hang) as dead:
        for number, one in enumerate(hooks):
            box.webhook(f"r{number}/webhook", one.url if number else dead.url())
            box.add(*(f"{number}-{place:02}" for place in range(20)), channel=f"r{number}/webhook")
        running = asyncio.create_task(box.deliver())
        async with asyncio.timeout(10):
            while sum(len(one.taken) for one in hooks) < 9 * 20:
                await asyncio.sleep(0.001)
        assert not dead.sent, "all others have theirs before the dead one has failed for good"
        released.set()
        await running
    for one in hooks:
        await one.server.stop()
    assert all(one.taken == sorted(one.taken) for one in hooks)
    assert len(box.of(SENT)) == 9 * 20
    assert {attempts for state, attempts in box.states().values() if state is PENDING} == {0, 1}


def mailing(box: Outbox, server: SmtpServer, *to: str) -> None:
    """Add a channel that mails."""
    place = MailServer("127.0.0.1", server.port, starttls="never", timeout=timedelta(seconds=1))
    box.channels["desk/email"] = EmailChannel(
        place, letterhead=Letterhead("m@example.org"), recipients=to or ("a@example.org",)
    )


async def test_a_mail_server_that_was_down_gets_everything_when_it_is_back(box: Outbox) -> None:
    server = SmtpServer()
    async with server:
        mailing(box, server)
    box.add("a", "b", "c", "d", channel="desk/email")
    await box.deliver()
    assert box.resting() == {"desk/email": 10.0}
    assert box.states()["d"] == (PENDING, 0)
    async with server:
        await box.deliver(10)
    assert len(server.mails) == 4
    assert box.of(SENT) == {"a", "b", "c", "d"}


async def test_a_mail_server_that_greylists_gets_everything_when_it_takes_it(box: Outbox) -> None:
    async with SmtpServer(refusals={"a@example.org": "450 4.2.0 greylisted"}) as server:
        mailing(box, server)
        box.add("a", "b", channel="desk/email")
        await box.deliver_for(timedelta(minutes=5))
        assert box.of(PENDING) == {"a", "b"}
        server.refusals = {}
        await box.deliver_for(timedelta(minutes=6))
        assert len(server.mails) == 2
    assert box.of(SENT) == {"a", "b"}


async def test_a_full_mailbox_is_no_outage_for_the_others(box: Outbox) -> None:
    async with SmtpServer(refusals={"full@example.org": "452 4.2.2 mailbox full"}) as server:
        mailing(box, server, "a@example.org", "full@example.org")
        box.add("a", "b", "c", "d", "e", channel="desk/email")
        await box.deliver()
        assert [mail.recipients for mail in server.mails] == [("a@example.org",)] * 5
    assert box.resting() == {}
    assert set(box.states().values()) == {(PENDING, 1)}


async def test_a_mail_server_that_is_back_and_takes_a_part_works_again(box: Outbox) -> None:
    server = SmtpServer(refusals={"full@example.org": "452 4.2.2 mailbox full"})
    async with server:
        mailing(box, server, "a@example.org", "full@example.org")
    box.add("a", "b", "c", "d", channel="desk/email")
    await box.deliver()
    assert box.resting() == {"desk/email": 10.0}
    async with server:
        await box.deliver(10)
    assert box.resting() == {}
    assert len(server.mails) == 4
    assert {state for state, _ in box.states().values()} == {PENDING}


async def test_a_mail_that_is_refused_is_a_dead_letter(box: Outbox) -> None:
    async with SmtpServer(refusals={"DATA": "554 5.7.1 looks like spam"}) as server:
        mailing(box, server)
        box.add("a", "b", channel="desk/email")
        await box.deliver()
    assert box.of(DEAD) == {"a", "b"}
    assert box.resting() == {}


async def test_a_flood_of_low_ones_does_not_hold_a_critical_one(box: Outbox, hook: Hook) -> None:
    box.rates = {"desk/webhook": [Rate(1, timedelta(seconds=1))]}
    box.add(*[f"low{number:03}" for number in range(30)], severity="low")

    def answer(id_: str) -> web.Response:
        if id_ == "low004":
            box.add("critical", severity="critical")
        return web.Response()

    hook.answer = answer
    await box.deliver()
    assert hook.taken.index("critical") == 5
    assert len(hook.taken) == 31


async def test_a_channel_takes_no_more_than_its_rate_and_what_waits_is_not_tried(box: Outbox, hook: Hook) -> None:
    rate = Rate(5, timedelta(minutes=1))
    box.rates = {"desk/webhook": [rate]}
    box.add(*[f"{number:02}" for number in range(12)])
    began = box.now
    await box.deliver()
    assert len(hook.taken) == 5
    assert box.states()["05"] == (PENDING, 0)
    assert box.resting() == {}
    await box.deliver(30)
    assert len(hook.taken) == 5
    await box.deliver(30)
    assert len(hook.taken) == 10
    await box.deliver(60)
    assert hook.taken == [f"{number:02}" for number in range(12)]
    assert box.now - began == timedelta(minutes=2)


async def test_a_short_wait_for_a_rate_is_waited_out(box: Outbox, hook: Hook) -> None:
    box.rates = {"desk/webhook": [Rate(2, timedelta(seconds=3))]}
    box.add(*[f"{number:02}" for number in range(8)])
    began = box.now
    await box.deliver()
    assert len(hook.taken) == 8
    assert box.now - began == timedelta(seconds=9)


async def test_what_discord_says_of_its_limit_is_kept_to(box: Outbox) -> None:
    left = 2

    async def answer(_: web.Request) -> web.Response:
        nonlocal left
        left -= 1
        headers = {"X-RateLimit-Remaining": str(max(left, 0)), "X-RateLimit-Reset-After": "30.5"}
        return web.json_response({"id": "1"}, headers=headers)

    async with HttpServer(answer) as server:
        box.channels["desk/discord"] = DiscordChannel(server.url(), client=box.client, clock=lambda: box.now)
        box.add("a", "b", "c", channel="desk/discord")
        await box.deliver()
        await box.deliver(25)
        assert len(server.requests) == 2
        left = 2
        await box.deliver(6)
        assert len(server.requests) == 3
    assert {attempts for _, attempts in box.states().values()} == {1}


async def test_updates_wait_for_the_message_that_they_follow(box: Outbox, hook: Hook) -> None:
    hook.answer = lambda _: web.Response(status=500 if len(hook.asked) == 1 else 200)
    box.add("created", severity="low")
    box.add("update", severity="critical", thread="alr_created", type="alert.updated")
    box.add("other", severity="medium")
    await box.deliver()
    assert hook.taken == ["other"]
    await box.deliver(5)
    assert hook.taken == ["other", "created", "update"]


async def test_a_database_that_was_away_makes_nothing_be_sent_twice(box: Outbox, hook: Hook) -> None:
    """What was sent is known to the process until it can be written down."""
    box.add("a")

    def fill(_: str) -> web.Response:
        with box.db.rebuild() as connection:
            connection.exec_driver_sql("ALTER TABLE delivery RENAME TO away")
        return web.Response()

    hook.answer = fill
    with pytest.raises(StoreError):
        await box.deliver()
    with box.db.rebuild() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO delivery")
    await box.deliver()
    assert hook.taken == ["a"]
    assert box.states() == {"a": (SENT, 1)}


async def test_another_process_knows_when_the_last_message_was_sent(box: Outbox, hook: Hook) -> None:
    box.rates = {"desk/webhook": [Rate(1, timedelta(seconds=3))]}
    box.add("a")
    await box.deliver()
    began = box.now
    box.restart()
    box.add("b")
    await box.deliver()
    assert hook.taken == ["a", "b"]
    assert box.now - began == timedelta(seconds=3)


async def test_a_failure_that_is_stored_late_leaves_what_was_sent_elsewhere_as_it_is(box: Outbox, hook: Hook) -> None:
    box.add("a")

    def answer(id_: str) -> web.Response:
        deliveries.mark_sent(box.db, id_, now=box.now)  # another process, which took this one for dead
        return web.Response(status=400)

    hook.answer = answer
    await box.deliver()
    assert box.of(DeliveryState.SENT) == {"a"}
