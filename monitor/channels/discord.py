"""Discord: an incoming webhook of a text channel or a forum."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

import httpx

from monitor.channels.answers import Dialect, part, read_json
from monitor.channels.http import encode, post
from monitor.core.types import Message
from monitor.errors import DeliveryError

SUPPRESS_NOTIFICATIONS = 1 << 12
"""Flag of a message that makes no sound (discord.com/developers, "Message": message flags)."""

THREAD_NAME_CHARS = 100
"""Longest name of a thread (discord.com/developers, "Channel": channel object)."""

THREAD_CODES = frozenset({"10003", "160005"})
"""Errors that say that a thread is gone or locked; the message then begins a new one."""

_DIALECT = Dialect(
    said=lambda document: part(document, "code"),
    wait=lambda document: part(document, "retry_after"),
    cures={
        "10015": "the webhook was deleted; make a new one: Edit channel, Integrations, Webhooks",
        "50027": "the token in the address is wrong; copy the webhook's URL anew",
        "220001": "the webhook is that of a forum: set forum: true",
        "220003": "the webhook is not that of a forum: remove forum",
        "401": "copy the webhook's URL anew",
        "404": "copy the webhook's URL anew; it may have been deleted",
    },
    whole=frozenset({"10015", "50027"}),
)
"""Source: discord.com/developers, "Opcodes and Status Codes": JSON error codes; "Rate Limits"."""


class DiscordChannel:
    """Posts to one webhook (discord.com/developers, "Webhook": Execute Webhook)."""

    kind: ClassVar[str] = "discord"

    def __init__(
        self, url: str, *, client: httpx.AsyncClient, clock: Callable[[], datetime], forum: bool = False
    ) -> None:
        """Take the webhook's address, and whether it is that of a forum, where each alert becomes a thread."""
        self._url = url
        self._client = client
        self._clock = clock
        self._forum = forum
        self.free_at: datetime | None = None

    async def send(self, message: Message) -> str | None:
        """Post the message and return its id, which in a forum is that of the thread it began."""
        if self._forum and message.parent is not None:
            try:
                return await self._post(message, thread_id=message.parent)
            except DeliveryError as error:
                if error.code not in THREAD_CODES:
                    raise
        return await self._post(message)

    async def _post(self, message: Message, *, thread_id: str = "") -> str | None:
        """Post once, into a thread or not. With `wait`, a message that was not saved is an error."""
        body = dict(message.body)
        if message.quiet:
            body["flags"] = SUPPRESS_NOTIFICATIONS
        if self._forum and not thread_id:
            body["thread_name"] = message.title[:THREAD_NAME_CHARS]
        answer = await post(
            self._client,
            self._url,
            body=encode(body),
            headers={},
            name=self.kind,
            now=self._clock(),
            params={"wait": "true", **({"thread_id": thread_id} if thread_id else {})},
            dialect=_DIALECT,
            hear=self._hear,
        )
        id_ = read_json(answer).get("id")
        return id_ if isinstance(id_, str) else None

    def _hear(self, headers: Mapping[str, str]) -> None:
        """Keep when the next message is taken, where this was the last for now."""
        after = headers.get("x-ratelimit-reset-after", "")
        waits = headers.get("x-ratelimit-remaining") == "0" and re.fullmatch(r"\d{1,4}(\.\d*)?", after)
        self.free_at = self._clock() + timedelta(seconds=float(after)) if waits else None
