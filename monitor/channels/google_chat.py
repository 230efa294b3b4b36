"""Google Chat: an incoming webhook of a space."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

import httpx

from monitor.channels.answers import Dialect, part, read_json
from monitor.channels.http import encode, post
from monitor.core.types import Message

_ANEW = "copy the webhook's URL anew: Apps and integrations, Webhooks"

_DIALECT = Dialect(
    said=lambda document: part(document, "error", "status"),
    cures={"400": _ANEW, "401": _ANEW, "403": _ANEW, "404": f"the webhook or its space is gone; {_ANEW}"},
    whole=frozenset({"404"}),
)
"""Source: cloud.google.com/apis/design/errors, "Error model"."""


class GoogleChatChannel:
    """Posts to one webhook (developers.google.com/workspace/chat, "Build a Google Chat app as a webhook")."""

    kind: ClassVar[str] = "google_chat"

    def __init__(self, url: str, *, client: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
        """Take the webhook's address, whose query holds key and token."""
        self._url = url
        self._client = client
        self._clock = clock

    async def send(self, message: Message) -> str | None:
        """Post the message into the thread of its alert, which we name, and return the message's name."""
        answer = await post(
            self._client,
            self._url,
            body=encode({**message.body, "thread": {"threadKey": message.thread}}),
            headers={},
            name=self.kind,
            now=self._clock(),
            params={"messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"},
            dialect=_DIALECT,
        )
        name = read_json(answer).get("name")
        return name if isinstance(name, str) else None
