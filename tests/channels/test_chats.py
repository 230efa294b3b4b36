"""What is peculiar to each chat: what it calls a message, how it words a refusal, when a thread is gone."""

from datetime import timedelta
from typing import Any

import pytest

from monitor.channels.base import Paced
from monitor.core.types import Delivery
from monitor.errors import DeliveryError
from monitor.render.message import render
from tests.channels.counterparts import SECRETS, kind_of, open_chat, utcnow
from tests.channels.notices import note
from tests.render.samples import alert_delivery, make_delivery, make_hit, make_item, make_notice
from tests.servers.chats import Chat
from tests.servers.limits import TOKEN

CHATS = ("slack app", "discord", "teams", "google_chat", "telegram", "matrix")
every_chat = pytest.mark.parametrize("kind", CHATS)


async def send(name: str, *made: Delivery, parent: str | None = None) -> Chat:
    """Send deliveries to a chat and return it."""
    async with open_chat(name) as (chat, channel):
        for one in made:
            await channel.send(render(one, kind=kind_of(name), parent=parent))
    return chat


@pytest.mark.parametrize("kind", ["slack webhook", "mattermost", *CHATS])
@pytest.mark.parametrize("letter", ["w", "*", "@", "&", "\U0001f4a5"])
async def test_long_words_of_ours_are_cut_to_what_a_chat_takes(kind: str, letter: str) -> None:
    assert (await send(kind, note(letter * 20_000))).wrong == []


async def test_a_link_that_matrix_would_show_as_a_person_is_none() -> None:
    item = make_item(url="https://matrix.to/#/@admin:example.org")
    chat = await send("matrix", make_delivery(make_notice([make_hit(1, item)])))
    assert chat.wrong == []
    assert "matrix.to" not in chat.taken[0]["formatted_body"]


RECEIPTS = {
    "slack app": "1.0",
    "discord": "1",
    "teams": None,
    "google_chat": "spaces/x/messages/1",
    "telegram": "1",
    "matrix": "$1",
}


@every_chat
async def test_a_channel_returns_what_the_chat_calls_the_message(kind: str) -> None:
    async with open_chat(kind) as (_, channel):
        assert await channel.send(render(alert_delivery(), kind=kind_of(kind))) == RECEIPTS[kind]


async def test_in_a_forum_of_discord_each_alert_is_a_thread() -> None:
    async with open_chat("discord forum") as (chat, channel):
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
        ("slack app", 200, {"ok": False, "error": "cannot_reply_to_message"}),
        ("discord forum", 404, {"message": "Unknown Channel", "code": 10003}),
    ],
)
async def test_a_message_whose_thread_is_gone_is_sent_outside_of_it(kind: str, status: int, refusal: Any) -> None:
    chat = Chat(kind, status=status, refusal=refusal)
    async with open_chat(kind, chat) as (_, channel):
        with pytest.raises(DeliveryError):
            await channel.send(render(alert_delivery(), kind=kind_of(kind), parent="1"))
    requests = [request.path + request.body.decode() for request in chat.server.requests]
    assert ["thread_ts" in one or "thread_id" in one for one in requests] == [True, False]


async def failure(kind: str, chat: Chat) -> DeliveryError:
    async with open_chat(kind, chat) as (_, channel):
        with pytest.raises(DeliveryError) as caught:
            await channel.send(render(alert_delivery(), kind=kind_of(kind)))
    assert not any(secret in str(caught.value) for secret in SECRETS)
    return caught.value


HINTS = {"slack app": 30.0, "discord": 2.5, "teams": 30.0, "google_chat": 30.0, "telegram": 7.0, "matrix": 2.0}


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
        ("slack app", 200, {"ok": False, "error": "token_revoked"}, True),
        ("slack app", 200, {"ok": False, "error": "msg_too_long"}, False),
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
    error = await failure("slack app", Chat("slack app", refusal={"ok": False, "error": code}))
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
