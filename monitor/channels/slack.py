"""Slack and Mattermost: their incoming webhooks, which speak the same protocol, and Slack's own API for threads."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

import httpx

from monitor.channels.answers import Dialect, find_code, part, quote_code, read_json
from monitor.channels.http import encode, post
from monitor.core.types import Message
from monitor.errors import DeliveryError

_OK = re.compile(r"(ok)?\Z|\{", re.IGNORECASE)
"""How a chat that took the message answers: Slack and Mattermost "ok", others nothing or a JSON object."""

API = "https://slack.com/api"
"""Where Slack's methods are (docs.slack.dev, "Using the Slack Web API"); GovSlack has another host."""

PASSING_CODES = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "request_timeout", "service_unavailable"}
)
"""Errors that pass by themselves (docs.slack.dev, "chat.postMessage": errors)."""

THREAD_CODES = frozenset({"cannot_reply_to_message", "restricted_action_thread_locked", "thread_not_found"})
"""Errors that say that a message cannot join its thread; it is then sent outside of it."""

CURES = {
    "channel_not_found": "check `channel`: its id ends the channel's details; invite the app to a private one",
    "not_in_channel": "invite the app to the channel: /invite @app",
    "is_archived": "the channel is archived; name another one",
    "invalid_auth": "check `token`: the bot token of an app begins with xoxb-",
    "not_authed": "check `token`: the bot token of an app begins with xoxb-",
    "account_inactive": "the app was removed from the workspace; install it again",
    "token_revoked": "the token was revoked; install the app again and take its new token",
    "token_expired": "the token has expired; take a new one, or turn token rotation off",
    "missing_scope": "give the app the scope chat:write and install it again",
}
"""What a person can do about an error of chat.postMessage."""

_DIALECT = Dialect(said=lambda document: part(document, "error"), cures=CURES, whole=frozenset(CURES))

_WEBHOOK = Dialect(whole=frozenset({"no_service", "no_team", "no_active_hooks", "channel_not_found", "team_disabled"}))
"""Source: docs.slack.dev, "Sending messages using incoming webhooks": handling errors."""


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
        answer = await post(
            self._client,
            self._url,
            body=encode(message.body),
            headers={},
            name=self.kind,
            now=self._clock(),
            dialect=_WEBHOOK,
        )
        if not _OK.match(answer):
            raise DeliveryError(
                f"{self.kind} at {httpx.URL(self._url).host} answered without an ok{quote_code(answer)}"
            )


class MattermostChannel(SlackChannel):
    """Posts to one incoming webhook of Mattermost (developers.mattermost.com, "Incoming webhooks")."""

    kind: ClassVar[str] = "mattermost"


class SlackBotChannel:
    """Posts to a channel as an app, which keeps an alert in one thread (docs.slack.dev, "chat.postMessage")."""

    kind: ClassVar[str] = "slack"

    def __init__(
        self, token: str, channel: str, *, client: httpx.AsyncClient, clock: Callable[[], datetime], api: str = API
    ) -> None:
        """Take the app's bot token, and the id of a channel."""
        self._token = token
        self._channel = channel
        self._client = client
        self._clock = clock
        self._api = api.rstrip("/")

    async def send(self, message: Message) -> str | None:
        """Post the message and return its `ts`; what is not quiet in a thread is shown in the channel, too."""
        thread = {} if message.parent is None else {"thread_ts": message.parent, "reply_broadcast": not message.quiet}
        try:
            return await self._post({**message.body, "channel": self._channel, **thread})
        except DeliveryError as error:
            if not thread or error.code not in THREAD_CODES:
                raise
        return await self._post({**message.body, "channel": self._channel})

    async def _post(self, body: dict[str, object]) -> str | None:
        """Post once. Slack answers 200 to what it refuses, too."""
        answer = await post(
            self._client,
            f"{self._api}/chat.postMessage",
            body=encode(body),
            headers={"authorization": f"Bearer {self._token}", "content-type": "application/json; charset=utf-8"},
            name=self.kind,
            now=self._clock(),
            dialect=_DIALECT,
        )
        document = read_json(answer)
        if document.get("ok") is True:
            ts = document.get("ts")
            return ts if isinstance(ts, str) else None
        code = find_code(document.get("error"), frozenset({self._token}))
        said = f"{self.kind} at {httpx.URL(self._api).host} answered without an ok" + (f" ({code})" if code else "")
        cure = CURES.get(code)
        permanent = bool(code) and code not in PASSING_CODES
        raise DeliveryError(
            f"{said}: {cure}" if cure else said, permanent=permanent, code=code, whole=not permanent or code in CURES
        )
