"""Mail: one message per delivery, threaded by alert, over SMTP. What a mail looks like stands in mail.py."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Literal, NoReturn

import aiosmtplib

from monitor.channels.mail import Letterhead, addresses_of, compose, needs_utf8
from monitor.core.types import Message
from monitor.errors import DeliveryError

FIRST_PERMANENT_CODE = 500
"""SMTP replies from here on are final, those of 400 to 499 pass (RFC 5321, 4.2.1)."""

ANSWER_CHARS = 200
"""How much of a server's reply is repeated in an error."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes our mails.

    starttls      required: no mail without encryption; optional: encryption when offered; never
    tls           encryption from the first octet on (port 465); `starttls` is then without meaning
    password      not shown where the server is printed
    tls_context   whom to trust, or None for the system's authorities
    """

    host: str
    port: int
    starttls: Literal["required", "optional", "never"] = "required"
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: timedelta = timedelta(seconds=20)
    tls_context: ssl.SSLContext | None = None


class EmailChannel:
    """Mails messages to a list of addresses."""

    kind: ClassVar[str] = "email"

    def __init__(self, server: MailServer, *, letterhead: Letterhead, recipients: Sequence[str]) -> None:
        """Take the server and the addresses.

        recipients   plain addresses or with names, at least one; several in one string are fine
        """
        self._server = server
        self._letterhead = letterhead
        self._recipients = tuple(recipients)
        self._reached: dict[str, set[str]] = {}  # by message, while only some of its recipients have it

    async def send(self, message: Message) -> str:
        """Mail the message to those recipients who do not have it yet; return its Message-ID, for those that follow.

        A server may take a mail for some recipients and refuse others: those refused for now are tried again alone.
        """
        try:
            sender, to = self._letterhead.address, addresses_of(self._recipients)
            # in a thread, as a signature takes a while
            mail = await asyncio.to_thread(compose, message, letterhead=self._letterhead, recipients=self._recipients)
        except ValueError as error:
            text = f"email: {error}; correct smtp.from, smtp.reply_to or the receiver's to"
            raise DeliveryError(text, permanent=True) from error
        addresses = [one.addr_spec for one in to]
        missing = [address for address in addresses if address not in self._reached.get(message.id, set())]
        try:
            refused = await self._hand_over(mail, sender.addr_spec, missing, utf8=needs_utf8([sender, *to]))
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = {one.recipient: (one.code, one.message) for one in error.recipients}
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise self._explain(error) from error
        self._reached.pop(message.id, None)
        if refused:
            self._report(message.id, refused, reached=set(addresses) - set(refused))
        return self._letterhead.message_id(message.id)

    async def _hand_over(
        self, mail: bytes, sender: str, recipients: Sequence[str], *, utf8: bool
    ) -> dict[str, tuple[int, str]]:
        """Mail to `recipients` and return those refused, with the server's answer."""
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout.total_seconds(),
            use_tls=server.tls,
            start_tls=False if server.tls else {"required": True, "optional": None, "never": False}[server.starttls],
            tls_context=server.tls_context,
        )
        async with client:
            await self._log_in(client)
            options = ["SMTPUTF8"] if utf8 else []
            refused, _ = await client.sendmail(sender, list(recipients), mail, mail_options=options)
        return {address: (answer.code, answer.message) for address, answer in refused.items()}

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        """Log in where a name is configured; with `optional` never in the clear, as STARTTLS can be stripped away."""
        server = self._server
        if server.username is None:
            return
        if server.starttls == "optional" and client.get_transport_info("sslcontext") is None:
            raise DeliveryError(
                f"mail server {server.host} offers no STARTTLS, and the password is not sent in the clear; "
                "set smtp.tls for port 465, or smtp.starttls: never for a server on a trusted network",
                permanent=True,
                whole=True,
            )
        await client.login(server.username, server.password or "")

    def _explain(self, error: Exception) -> DeliveryError:
        """Return what a failure means; a server's reply to a login is not repeated."""
        place = f"mail server {self._server.host}"
        match error:
            case aiosmtplib.SMTPAuthenticationError(code=code):
                text = f"{place} refused the login ({code}); check smtp.username and smtp.password"
                return DeliveryError(text, permanent=code >= FIRST_PERMANENT_CODE, whole=True)
            case aiosmtplib.SMTPResponseException(code=code):
                text = f"{place} answered {_quote(code, error.message)}"
                return DeliveryError(text, permanent=code >= FIRST_PERMANENT_CODE)
            case aiosmtplib.SMTPNotSupported() if "SMTPUTF8" in str(error):
                text = f"{place} takes only ASCII before the @ of an address (it lacks SMTPUTF8); give plain addresses"
                return DeliveryError(text, permanent=True)
            case aiosmtplib.SMTPTimeoutError() | TimeoutError():
                return DeliveryError(f"{place} did not answer in time")
            case ssl.SSLError() | aiosmtplib.SMTPConnectError(__cause__=ssl.SSLError()):
                return DeliveryError(f"{place}: no encrypted connection: {_find_reason(error)}")
            case aiosmtplib.SMTPServerDisconnected():
                return DeliveryError(f"{place} closed the connection")
            case OSError():
                return DeliveryError(f"{place} cannot be reached on port {self._server.port}: {_find_reason(error)}")
        return DeliveryError(f"{place}: {error}", permanent=True, whole=True)  # it lacks STARTTLS or a way to log in

    def _report(self, message_id: str, refused: dict[str, tuple[int, str]], *, reached: set[str]) -> NoReturn:
        """Raise DeliveryError for the recipients that were refused, and remember those that were not."""
        permanent = all(code >= FIRST_PERMANENT_CODE for code, _ in refused.values())
        if reached and not permanent:
            self._reached[message_id] = reached
        answers = "; ".join(f"{address}: {_quote(*answer)}" for address, answer in refused.items())
        taken = f"{len(reached)} of {len(reached) + len(refused)} recipients have it; " if reached else ""
        text = f"mail server {self._server.host}: {taken}refused {answers}"
        raise DeliveryError(text, permanent=permanent, whole=not permanent and not reached)


def _quote(code: int, answer: str) -> str:
    """Return a server's reply on one line of bounded length."""
    return f"{code} {' '.join(answer.split())[:ANSWER_CHARS]}"


def _find_reason(error: BaseException) -> str:
    """Return the system's words for a failure, from the error or from what caused it."""
    for one in (error.__cause__, error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return one.verify_message
        if isinstance(one, OSError) and one.strerror:
            return one.strerror
    return type(error).__name__
