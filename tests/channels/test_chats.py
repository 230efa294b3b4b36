"""What each chat gets stays within its published limits, mentions and links nothing, and is understood when it refuses."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from monitor.channels.base import Channel, Paced
from monitor.channels.discord import DiscordChannel
from monitor.channels.google_chat import GoogleChatChannel
from monitor.channels.http import open_client
from monitor.channels.matrix import MatrixChannel
from monitor.channels.slack import SlackBotChannel
from monitor.channels.teams import TeamsChannel
from monitor.channels.telegram import TelegramChannel
from monitor.core.types import Delivery, Notice
from monitor.errors import DeliveryError
from monitor.render.message import render
from tests.render.samples import alert_delivery, changed_hits, make_delivery, make_hit, make_item, make_notice
from tests.servers.chats import TOKEN, Chat

Make = Callable[[str, httpx.AsyncClient], Channel]


def utcnow() -> datetime:
    return datetime.now(UTC)


CHANNELS: Mapping[str, Make] = {
    "slack": lambda url, client: SlackBotChannel(TOKEN, "C1", client=client, clock=utcnow, api=url),
    "discord": lambda url, client: DiscordChannel(url, client=client, clock=utcnow),
    "teams": lambda url, client: TeamsChannel(url, client=client, clock=utcnow),
    "google_chat": lambda url, client: GoogleChatChannel(url, client=client, clock=utcnow),
    "telegram": lambda url, client: TelegramChannel(TOKEN, -100, client=client, clock=utcnow, api=url),
    "matrix": lambda url, client: MatrixChannel(url, TOKEN, "!r/x:example.org", client=client, clock=utcnow),
}
every_chat = pytest.mark.parametrize("kind", CHANNELS)


@asynccontextmanager
async def open_chat(
    kind: str, chat: Chat | None = None, make: Make | None = None
) -> AsyncIterator[tuple[Chat, Channel]]:
    """Run a chat of a kind, and a channel to it."""
    chat = chat or Chat(kind)
    async with (
        chat.server,
        open_client(timeout=timedelta(seconds=5), allow_private_networks=True, proxy=None, user_agent="t") as client,
    ):
        yield chat, (make or CHANNELS[kind])(chat.url, client)


async def send(kind: str, *made: Delivery, parent: str | None = None) -> Chat:
    """Send deliveries to a chat and return it."""
    async with open_chat(kind) as (chat, channel):
        for one in made:
            await channel.send(render(one, kind=kind, parent=parent))
    return chat


def quiet(delivery: Delivery) -> Delivery:
    """Return the delivery, asking for no ping."""
    data = delivery.notice["data"]
    alert = {**data["alert"], "quiet": True}
    notice: Any = {**delivery.notice, "data": {**data, "alert": alert}}
    return replace(delivery, notice=notice)


def hostile(text: str) -> Delivery:
    """Return the delivery of an alert in which everything a feed can choose is `text`."""
    item = make_item(title=text, text=f"{text} {text}", feed_name=text, url=text, lang=text)
    return make_delivery(make_notice([make_hit(1, item, mentions=(), why=text)]))


def flood(number: int, letter: str) -> Notice:
    """Return the notice of many long reports with many reasons each."""
    hits = []
    for index in range(number):
        item = make_item(index + 1, title=f"Report {index} " + letter * 400, text=f"{letter * 9} " * 500)
        hits += [make_hit(index * 10 + n, item, mentions=(), rule=f"rule-{n}", why=letter * 900) for n in range(9)]
    return make_notice(hits, public_url="https://monitor.example.org")


def note(text: str) -> Delivery:
    notice: Any = {"type": "test", "timestamp": "2023-07-30T12:00:00Z", "data": {"message": text}}
    return make_delivery(notice)


ATTACKS = {
    "mentions": "@everyone @here @channel @room @all @user <!channel> <!here> <@U1> <@123> <@&1> <#C1|general> <users/all>",
    "markdown": "*a* _b_ `c` ~d~ ||e|| [f](https://evil.example/) # g\n> h\n- i\n```j``` \\*k\\* \\",
    "html": '<b>x</b><script>alert(1)</script><img src=x onerror=1><a href="https://evil.example">y</a> &lt;b&gt; </p>',
    "links": "https://evil.example/x www.evil.example evil.com mailto:a@evil.com javascript:alert(1) a@evil.com",
    "commands": "/start /kick@bot #tag $USD :smile: <:x:1> <t:1> </cmd:1> @a",
    "lines": "Subject\r\nBcc: a@evil.com\r\n\r\nbody\x00\x1b[31m",
    "direction": "\u202eevil\u202c \u2066x\u2069 \u200fy \U000e0041",
    "quotes": "\"'`´{{ 7*7 }} ${x} </blockquote></ul>",
    "long": "@everyone https://evil.example *_`" * 5_000,
    "long word": "w" * 200_000,
    "emoji": "\U0001f4a5" * 100_000,
}


@every_chat
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_nothing_a_feed_writes_acts_in_a_chat(kind: str, attack: str) -> None:
    chat = await send(kind, hostile(attack), note(attack))
    assert chat.wrong == []
    assert len(chat.taken) == 2


@every_chat
@pytest.mark.parametrize("letter", ["w", "*", "@", "خ", "\U0001f4a5", "&", "a.com "])
async def test_a_flood_stays_within_the_limits_of_a_chat(kind: str, letter: str) -> None:
    chat = await send(kind, make_delivery(flood(20, letter)), note(letter * 50_000))
    assert chat.wrong == []


@every_chat
async def test_what_is_usual_is_taken(kind: str) -> None:
    changed = make_delivery(make_notice(changed_hits(), updated=True, public_url="https://monitor.example.org"))
    chat = await send(kind, alert_delivery(), alert_delivery(updated=True), changed, note("It works."))
    assert chat.wrong == []
    assert len(chat.taken) == 4


async def test_a_link_that_matrix_would_show_as_a_person_is_none() -> None:
    item = make_item(url="https://matrix.to/#/@admin:example.org")
    chat = await send("matrix", make_delivery(make_notice([make_hit(1, item)])))
    assert chat.wrong == []
    assert "matrix.to" not in chat.taken[0]["formatted_body"]


RECEIPTS = {
    "slack": "1.0",
    "discord": "1",
    "teams": None,
    "google_chat": "spaces/x/messages/1",
    "telegram": "1",
    "matrix": "$1",
}


@every_chat
async def test_a_channel_returns_what_the_chat_calls_the_message(kind: str) -> None:
    async with open_chat(kind) as (_, channel):
        assert await channel.send(render(alert_delivery(), kind=kind)) == RECEIPTS[kind]


async def test_an_update_is_in_the_thread_of_its_alert() -> None:
    update = alert_delivery(updated=True)
    slack = (await send("slack", update, quiet(update), parent="1.0")).taken
    assert [(one["thread_ts"], one["reply_broadcast"]) for one in slack] == [("1.0", True), ("1.0", False)]
    telegram = (await send("telegram", update, parent="7")).taken[0]
    assert telegram["reply_parameters"] == {"message_id": 7, "allow_sending_without_reply": True}
    matrix = (await send("matrix", update, parent="$1")).taken[0]
    assert matrix["m.relates_to"] == {
        "rel_type": "m.thread", "event_id": "$1", "is_falling_back": True, "m.in_reply_to": {"event_id": "$1"}
    }  # fmt: skip
    google = (await send("google_chat", alert_delivery(), update)).taken
    assert {one["thread"]["threadKey"] for one in google} == {update.thread}


async def test_a_quiet_message_makes_no_sound() -> None:
    loud, calm = alert_delivery(), quiet(alert_delivery())
    assert [one.get("flags") for one in (await send("discord", loud, calm)).taken] == [None, 1 << 12]
    assert [one["disable_notification"] for one in (await send("telegram", loud, calm)).taken] == [False, True]
    assert [one["msgtype"] for one in (await send("matrix", loud, calm)).taken] == ["m.text", "m.notice"]


async def test_in_a_forum_of_discord_each_alert_is_a_thread() -> None:
    def forum(url: str, client: httpx.AsyncClient) -> Channel:
        return DiscordChannel(url, client=client, clock=utcnow, forum=True)

    async with open_chat("discord", make=forum) as (chat, channel):
        receipt = await channel.send(render(alert_delivery(), kind="discord"))
        await channel.send(render(alert_delivery(updated=True), kind="discord", parent=receipt))
    first, second = chat.taken
    assert first["thread_name"].startswith("Critical: Blast at JUI-F")
    assert "thread_name" not in second
    assert [one.get("thread_id") for one in chat.queries()] == [None, ["1"]]
    assert chat.wrong == []


@pytest.mark.parametrize(
    ("kind", "status", "refusal"),
    [
        ("slack", 200, {"ok": False, "error": "cannot_reply_to_message"}),
        ("discord", 404, {"message": "Unknown Channel", "code": 10003}),
    ],
)
async def test_a_message_whose_thread_is_gone_is_sent_outside_of_it(kind: str, status: int, refusal: Any) -> None:
    chat = Chat(kind, status=status, refusal=refusal)

    def forum(url: str, client: httpx.AsyncClient) -> Channel:
        return (
            DiscordChannel(url, client=client, clock=utcnow, forum=True)
            if kind == "discord"
            else CHANNELS[kind](url, client)
        )

    async with open_chat(kind, chat, forum) as (_, channel):
        with pytest.raises(DeliveryError):
            await channel.send(render(alert_delivery(), kind=kind, parent="1"))
    requests = [request.path + request.body.decode() for request in chat.server.requests]
    assert ["thread_ts" in one or "thread_id" in one for one in requests] == [True, False]


async def failure(kind: str, chat: Chat) -> DeliveryError:
    async with open_chat(kind, chat) as (_, channel):
        with pytest.raises(DeliveryError) as caught:
            await channel.send(render(alert_delivery(), kind=kind))
    assert all(part not in str(caught.value) for part in (TOKEN, "T0PS3CRET", "t0ken"))
    return caught.value


HINTS = {"slack": 30.0, "discord": 2.5, "teams": 30.0, "google_chat": 30.0, "telegram": 7.0, "matrix": 2.0}


@every_chat
async def test_a_chats_own_hint_of_when_to_come_again_is_kept(kind: str) -> None:
    error = await failure(kind, Chat(kind, status=429, headers={"retry-after": "30"}))
    assert (error.permanent, error.retry_after) == (False, HINTS[kind])


@every_chat
@pytest.mark.parametrize("wait", ["soon", None, -1, [], {"a": 1}, True])
async def test_a_hint_that_makes_no_sense_does_no_harm(kind: str, wait: object) -> None:
    refusal = {"retry_after": wait, "retry_after_ms": wait, "parameters": {"retry_after": wait}}
    error = await failure(kind, Chat(kind, status=429, refusal=refusal))
    assert (error.permanent, error.retry_after) == (False, None)


@every_chat
@pytest.mark.parametrize("status", [401, 404])
async def test_a_refusal_says_what_to_do(kind: str, status: int) -> None:
    error = await failure(kind, Chat(kind, status=status))
    assert error.permanent
    assert ": " in str(error).partition(str(status))[2], "a cure follows"


@pytest.mark.parametrize(
    ("kind", "status", "refusal", "whole"),
    [
        ("discord", 404, {"code": 10015}, True),
        ("discord", 404, {"code": 10003}, False),
        ("discord", 400, {"code": 50035}, False),
        ("telegram", 404, {"description": "Not Found"}, True),
        ("telegram", 400, {"description": "Bad Request: message is too long"}, False),
        ("teams", 404, {"error": {"code": "WorkflowNotFound"}}, True),
        ("google_chat", 404, {"error": {"status": "NOT_FOUND"}}, True),
        ("matrix", 404, {"errcode": "M_NOT_FOUND"}, True),
        ("matrix", 413, {"errcode": "M_TOO_LARGE"}, False),
        ("slack", 200, {"ok": False, "error": "token_revoked"}, True),
        ("slack", 200, {"ok": False, "error": "msg_too_long"}, False),
    ],
)
async def test_a_service_that_takes_nothing_any_more_is_told_from_one_that_refuses_a_message(
    kind: str, status: int, refusal: dict[str, Any], whole: bool
) -> None:
    error = await failure(kind, Chat(kind, status=status, refusal=refusal))
    assert (error.permanent, error.whole) == (True, whole)


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "1.5"}, True),
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset-After": "1.5"}, False),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "soon"}, False),
        ({"X-RateLimit-Remaining": "0"}, False),
        ({}, False),
    ],
)
async def test_discord_says_when_it_takes_the_next_message(headers: dict[str, str], waits: bool) -> None:
    async with open_chat("discord", Chat("discord", headers=headers)) as (_, channel):
        before = utcnow()
        await channel.send(render(alert_delivery(), kind="discord"))
    assert isinstance(channel, Paced)
    assert (channel.free_at is not None) is waits
    assert channel.free_at is None or channel.free_at - before > timedelta(seconds=1.5)


@pytest.mark.parametrize(
    ("code", "permanent", "cure"),
    [
        ("channel_not_found", True, "check `channel`"),
        ("not_in_channel", True, "/invite @app"),
        ("invalid_auth", True, "xoxb-"),
        ("msg_too_long", True, "msg_too_long"),
        ("internal_error", False, "internal_error"),
        ("ratelimited", False, "ratelimited"),
        (f"bad {TOKEN}", False, "without an ok"),
        (None, False, "without an ok"),
    ],
)
async def test_slack_answers_200_to_what_it_refuses(code: str | None, permanent: bool, cure: str) -> None:
    error = await failure("slack", Chat("slack", refusal={"ok": False, "error": code}))
    assert error.permanent is permanent
    assert cure in str(error)


async def test_a_telegram_group_that_became_another_is_named() -> None:
    refusal = {
        "ok": False,
        "description": "Bad Request: group chat was upgraded",
        "parameters": {"migrate_to_chat_id": -1001},
    }
    error = await failure("telegram", Chat("telegram", status=400, refusal=refusal))
    assert "the chat is now -1001" in str(error)


async def test_a_telegram_chat_that_is_not_found_says_so() -> None:
    refusal = {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
    error = await failure("telegram", Chat("telegram", status=400, refusal=refusal))
    assert "(Bad Request: chat not found): add the bot to the chat" in str(error)


async def test_a_repeat_to_matrix_has_the_same_transaction() -> None:
    chat = await send("matrix", alert_delivery(), alert_delivery())
    assert len({request.path for request in chat.server.requests}) == 1
