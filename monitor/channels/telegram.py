"""Telegram: a bot that writes to a chat, a group or a channel."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

import httpx

from monitor.channels.answers import Dialect, part, read_json
from monitor.channels.http import encode, post
from monitor.core.types import Message

API = "https://api.telegram.org"
"""Where bots are served (core.telegram.org/bots/api, "Making requests"); a server of one's own is possible."""

_INVITE = "add the bot to the chat, or write to it first, and check chat_id"


def _said(document: object) -> object:
    """Return the description, or where a group went that became a supergroup."""
    found = document if isinstance(document, dict) else {}
    moved = part(found, "parameters", "migrate_to_chat_id")
    return f"the chat is now {moved}" if isinstance(moved, int) else part(found, "description")


_DIALECT = Dialect(
    said=_said,
    wait=lambda document: part(document, "parameters", "retry_after"),
    cures={
        "400": _INVITE,
        "401": "check its token; @BotFather has it",
        "403": _INVITE,
        "404": "check its token; @BotFather has it",
    },
    whole=frozenset({"404"}),
)
"""Source: core.telegram.org/bots/api, "Making requests" and "ResponseParameters": retry_after, in seconds."""


class TelegramChannel:
    """Writes to one chat (core.telegram.org/bots/api, "sendMessage")."""

    kind: ClassVar[str] = "telegram"

    def __init__(
        self,
        token: str,
        chat_id: str | int,
        *,
        client: httpx.AsyncClient,
        clock: Callable[[], datetime],
        topic: int | None = None,
        api: str = API,
    ) -> None:
        """Take the bot's token, the chat's number or @name, and the topic of a forum, if it is one."""
        self._url = f"{api.rstrip('/')}/bot{token}/sendMessage"
        self._chat: dict[str, object] = {"chat_id": chat_id}
        if topic is not None:
            self._chat["message_thread_id"] = topic
        self._client = client
        self._clock = clock

    async def send(self, message: Message) -> str | None:
        """Send the message, as a reply to the first of its thread, and return its message_id."""
        body = {**message.body, **self._chat, "disable_notification": message.quiet}
        if message.parent is not None and message.parent.isdecimal():
            body["reply_parameters"] = {"message_id": int(message.parent), "allow_sending_without_reply": True}
        answer = await post(
            self._client,
            self._url,
            body=encode(body),
            headers={},
            name=self.kind,
            now=self._clock(),
            dialect=_DIALECT,
        )
        id_ = part(read_json(answer), "result", "message_id")
        return str(id_) if isinstance(id_, int) else None
