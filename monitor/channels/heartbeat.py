"""A sign of life to a watch of somebody else (a dead man's switch), which raises the alarm when none comes."""

from collections.abc import Callable
from datetime import datetime

import httpx

from monitor.channels.http import post


class Heartbeat:
    """Asks one address with GET, which every such service takes (healthchecks.io, Uptime Kuma, Cronitor, ...)."""

    def __init__(self, url: str, *, client: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
        """Take the address, which is a secret as a whole but for its host."""
        self._url = url
        self._client = client
        self._clock = clock

    async def beat(self) -> None:
        """Tell the watch that all is well. Raises DeliveryError."""
        await post(self._client, self._url, body=b"", headers={}, name="heartbeat", now=self._clock(), method="GET")
