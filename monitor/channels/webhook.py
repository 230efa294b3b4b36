"""A webhook for programs: the notice as JSON, signed as Standard Webhooks ask."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

import httpx
from standardwebhooks import Webhook

from monitor.channels.http import encode, post
from monitor.core.types import Message


class WebhookChannel:
    """Posts notices to one address.

    Source of the signature: github.com/standard-webhooks, "Standard Webhooks specification".
    """

    kind: ClassVar[str] = "webhook"

    def __init__(
        self,
        url: str,
        *,
        client: httpx.AsyncClient,
        clock: Callable[[], datetime],
        secrets: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Take what the operator wrote.

        secrets   base64 with or without "whsec_" in front, the newest first: a notice is signed with each, so that
                  receivers may take a new one over in their own time; none sends without a signature
        headers   sent with every request, such as a token of the receiver's
        """
        self._url = url
        self._client = client
        self._clock = clock
        self._signers = [Webhook(secret) for secret in secrets]
        self._headers = {name.lower(): value for name, value in (headers or {}).items()}

    async def send(self, message: Message) -> None:
        """Post the notice; its id stays the same over attempts, the time and so the signature do not."""
        now = self._clock().astimezone(UTC)
        text = encode(message.body).decode()
        headers = {
            **self._headers,
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self._signers:  # separated by spaces (Standard Webhooks specification, "Webhook headers")
            headers["webhook-signature"] = " ".join(one.sign(message.id, now, text) for one in self._signers)
        await post(self._client, self._url, body=text.encode(), headers=headers, name="webhook", now=now)
