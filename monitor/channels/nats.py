"""NATS: each notice as a CloudEvent into a stream of JetStream, which acknowledges it and drops repeats by its id.

The library is an extra of the package. Source: docs.nats.io, "JetStream": publish acknowledgement, message
deduplication (Nats-Msg-Id); github.com/cloudevents/spec, "NATS Protocol Binding" (structured mode).
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from monitor.channels.http import encode
from monitor.core.types import Message
from monitor.errors import DeliveryError

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"

CURE = "NATS needs nats-py: pip install 'event-monitor[nats]'"

_REFUSALS = {
    "authorization violation": "check its username and password, or its token",
    "authentication expired": "its token has expired; take a new one",
    "permissions violation": "the account may not publish to {subject}; permit it on the server",
    "account": "the account cannot be used; see the server's log",
}
"""What the server says when it refuses for good, and what a person can do (docs.nats.io, "Client protocol": -ERR)."""


class NatsChannel:
    """Publishes to `<subject>.<type of notice>`; a connection for each event, as there are few."""

    kind: ClassVar[str] = "nats"

    def __init__(
        self,
        servers: Sequence[str],
        subject: str,
        *,
        timeout: timedelta,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
    ) -> None:
        """Take addresses of one cluster, nats:// or tls://, and how to log in, if at all.

        tls:// sends nothing to a server that does not encrypt.
        """
        self._servers = list(servers)
        self._subject = subject
        self._seconds = timeout.total_seconds()
        self._username = username
        self._password = password
        self._token = token

    async def send(self, message: Message) -> str | None:
        """Publish the event and return "stream:number" once a stream has stored it."""
        try:
            import nats  # noqa: F401 - whether it is there
        except ImportError as error:
            raise DeliveryError(CURE, permanent=True) from error
        said: list[Exception] = []
        subject = f"{self._subject}.{message.type}"
        try:
            async with asyncio.timeout(2 * self._seconds):
                return await self._publish(message, subject, said)
        except Exception as error:
            raise self._explain([error, *said], subject) from error

    async def _publish(self, message: Message, subject: str, said: list[Exception]) -> str:
        """Connect, publish, and wait until it is stored. `said` collects what the server says meanwhile."""
        from nats.aio.client import Client

        async def listen(error: Exception) -> None:
            said.append(error)

        encrypted = all(urlsplit(one).scheme == "tls" for one in self._servers)
        context = ssl.create_default_context() if encrypted else None
        connection = Client()
        try:
            await connection.connect(
                self._servers,
                name="event-monitor",
                error_cb=listen,
                allow_reconnect=False,
                max_reconnect_attempts=1,  # none would mean without end
                reconnect_time_wait=0,
                connect_timeout=max(1, round(self._seconds)),
                tls=context,
                user=_guarded(self._username, context),
                password=_guarded(self._password, context),
                token=_guarded(self._token, context),
            )
            _check_encrypted(context)
            stored = await connection.jetstream(timeout=self._seconds).publish(
                subject,
                encode(message.body),
                headers={"Nats-Msg-Id": message.id, "Content-Type": CONTENT_TYPE},
            )
        finally:
            await connection.close()
        return f"{stored.stream}:{stored.seq}"

    @property
    def _place(self) -> str:
        """Return how errors name the server; never its user part."""
        parts = urlsplit(self._servers[0])
        return f"nats at {parts.hostname}:{parts.port or 4222}"

    def _explain(self, said: Sequence[Exception], subject: str) -> DeliveryError:
        """Return what went wrong in words. Only what is known is told, as the library's words may hold an address."""
        from nats.errors import MaxPayloadError
        from nats.js.errors import APIError, NoStreamResponseError

        words = " ".join(str(one).lower() for one in said)
        for refusal, cure in _REFUSALS.items():
            if refusal in words:
                text = f"{self._place} refused: {cure.format(subject=subject)}"
                return DeliveryError(text, permanent=True, whole=True)
        for error in said:
            match error:
                case _PlainError():
                    text = f"{self._place} does not encrypt; give nats:// if that is meant"
                    return DeliveryError(text, permanent=True, whole=True)
                case NoStreamResponseError():
                    cure = f"no stream takes {subject}; make one: nats stream add news --subjects '{self._subject}.>'"
                    return DeliveryError(f"{self._place}: {cure}", permanent=True)
                case MaxPayloadError():
                    return DeliveryError(
                        f"{self._place} refuses events of this size; raise max_payload", permanent=True
                    )
                case APIError():
                    return DeliveryError(f"{self._place}: the stream refused the event ({error.code})")
                case ssl.SSLCertVerificationError():
                    return DeliveryError(f"{self._place} cannot be reached: its certificate is not trusted")
                case ssl.SSLError():
                    return DeliveryError(f"{self._place}: no encrypted connection is possible")
                case OSError(strerror=str(reason)):
                    return DeliveryError(f"{self._place} cannot be reached: {reason}")
        if any(isinstance(one, TimeoutError) for one in said):
            return DeliveryError(f"{self._place} did not answer in time")
        return DeliveryError(f"{self._place} cannot be reached, or broke the connection")


class _PlainError(Exception):
    """The server did not encrypt although tls:// was asked for."""


def _check_encrypted(context: ssl.SSLContext | None) -> None:
    """Raise _PlainError when encryption was asked for and none came about: nats-py leaves that to the server."""
    if context is not None and not context.session_stats()["connect_good"]:
        raise _PlainError


def _guarded(value: str | None, context: ssl.SSLContext | None) -> Callable[[], str] | None:
    """Return what gives a secret away only after the connection is encrypted, if it was to be; None for none."""
    if value is None:
        return None

    def give() -> str:
        _check_encrypted(context)
        return value

    return give
