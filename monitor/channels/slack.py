"""Incoming webhooks of team chats: Slack, and Mattermost which speaks the same protocol."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

import httpx

from monitor.channels.http import post, quote_code
from monitor.core.types import Message
from monitor.errors import DeliveryError

_OK = re.compile(r"(ok)?\Z|\{", re.IGNORECASE)
"""How a chat that took the message answers: Slack and Mattermost "ok", others nothing or a JSON object."""


class SlackChannel:
    """Posts to one incoming webhook of Slack (docs.slack.dev, "Sending messages using incoming webhooks")."""

    kind: ClassVar[str] = "slack"

    def __init__(self, url: str, *, client: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
        """Take the webhook's address, which is a secret as a whole but for its host."""
        self._url = url
        self._client = client
        self._clock = clock

    async def send(self, message: Message) -> None:
        """Post the message. An answer 200 that does not say "ok" is an error page of something in between."""
        body = json.dumps(message.body, ensure_ascii=False, separators=(",", ":")).encode()
        answer = await post(self._client, self._url, body=body, headers={}, name=self.kind, now=self._clock())
        if not _OK.match(answer):
            raise DeliveryError(
                f"{self.kind} at {httpx.URL(self._url).host} answered without an ok{quote_code(answer)}"
            )


class MattermostChannel(SlackChannel):
    """Posts to one incoming webhook of Mattermost (developers.mattermost.com, "Incoming webhooks")."""

    kind: ClassVar[str] = "mattermost"
