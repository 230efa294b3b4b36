"""Matrix: an account that writes to a room."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

import httpx

from monitor.channels.answers import Dialect, Document, part, read_json
from monitor.channels.http import encode, post
from monitor.core.types import Message


def _wait(document: Document) -> float | None:
    """Return the seconds of `retry_after_ms`."""
    wait = part(document, "retry_after_ms")
    return wait / 1_000 if isinstance(wait, int | float) and not isinstance(wait, bool) else None


_DIALECT = Dialect(
    said=lambda document: part(document, "errcode"),
    wait=_wait,
    cures={
        "M_UNKNOWN_TOKEN": "the token is no longer valid; log the account in and take its new one",
        "M_MISSING_TOKEN": "check its token",
        "M_FORBIDDEN": "invite the account to the room and let it join; it must be allowed to write there",
        "M_NOT_FOUND": "check room: its id begins with ! and is in the room's settings, Advanced",
        "M_TOO_LARGE": "the server refuses messages of this size",
        "M_USER_DEACTIVATED": "the account was closed; make another one",
    },
    whole=frozenset({"M_NOT_FOUND"}),
)
"""Source: spec.matrix.org, "Client-Server API": standard error response, rate limiting."""


class MatrixChannel:
    """Writes to one room that is not encrypted (spec.matrix.org, "Client-Server API")."""

    kind: ClassVar[str] = "matrix"

    def __init__(
        self,
        homeserver: str,
        token: str,
        room: str,
        *,
        client: httpx.AsyncClient,
        clock: Callable[[], datetime],
    ) -> None:
        """Take the account's server and access token, and the id of a room it has joined."""
        self._url = f"{homeserver.rstrip('/')}/_matrix/client/v3/rooms/{quote(room, safe='')}/send/m.room.message"
        self._token = token
        self._client = client
        self._clock = clock

    async def send(self, message: Message) -> str | None:
        """Write the message and return its event id; the server drops a repeat of the same delivery by itself."""
        body = {**message.body, "msgtype": "m.notice" if message.quiet else "m.text"}
        if message.parent is not None:
            body["m.relates_to"] = {
                "rel_type": "m.thread",
                "event_id": message.parent,
                "is_falling_back": True,
                "m.in_reply_to": {"event_id": message.parent},
            }
        answer = await post(
            self._client,
            f"{self._url}/{quote(message.id, safe='')}",
            body=encode(body),
            headers={"authorization": f"Bearer {self._token}"},
            name=self.kind,
            now=self._clock(),
            method="PUT",
            dialect=_DIALECT,
        )
        event = read_json(answer).get("event_id")
        return event if isinstance(event, str) else None
