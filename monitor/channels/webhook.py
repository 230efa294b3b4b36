"""A webhook for programs: the notice as JSON, signed as Standard Webhooks ask."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import ClassVar

import httpx
from standardwebhooks import Webhook

from monitor.channels.http import post
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
        secret: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Take what the operator wrote.

        secret    base64 with or without "whsec_" in front; None sends without a signature
        headers   sent with every request, such as a token of the receiver's
        """
        self._url = url
        self._client = client
        self._clock = clock
        self._signer = Webhook(secret) if secret else None
        self._headers = {name.lower(): value for name, value in (headers or {}).items()}

    async def send(self, message: Message) -> None:
        """Post the notice; its id stays the same over attempts, the time and so the signature do not."""
        now = self._clock().astimezone(UTC)
        text = json.dumps(message.body, ensure_ascii=False, separators=(",", ":"))
        headers = {
            **self._headers,
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self._signer is not None:
            headers["webhook-signature"] = self._signer.sign(message.id, now, text)
        await post(self._client, self._url, body=text.encode(), headers=headers, name="webhook", now=now)
