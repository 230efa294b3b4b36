"""Mail: one message per delivery, text and HTML, threaded by alert, over SMTP."""

import email.policy
import email.utils
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email.message import EmailMessage
from typing import ClassVar, Literal, NoReturn

import aiosmtplib

from monitor.core.types import Message, Severity
from monitor.errors import DeliveryError

FIRST_PERMANENT_CODE = 500
"""SMTP replies from here on are final, those of 400 to 499 pass (RFC 5321, 4.2.1)."""

POLICY = email.policy.SMTP.clone(cte_type="7bit")
"""Mails of ASCII only, which every relay passes on unchanged."""

LINE_OCTETS = 998
"""Longest line of a mail without its end (RFC 5322, 2.1.1)."""

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

    def __init__(self, server: MailServer, *, sender: str, recipients: Sequence[str]) -> None:
        """Take the server and the addresses.

        sender       with or without a name: "Event Monitor <monitor@example.org>"
        recipients   plain addresses or with names, at least one; several in one string are fine
        """
        self._server = server
        self._sender = sender
        self._recipients = tuple(recipients)
        self._reached: dict[str, set[str]] = {}  # by message, while only some of its recipients have it

    async def send(self, message: Message) -> None:
        """Mail the message to those recipients who do not have it yet.

        A server may take a mail for some recipients and refuse others: those refused for now are tried again alone.
        """
        reached = self._reached.get(message.id, set())
        addresses = [address for _, address in email.utils.getaddresses(self._recipients)]
        missing = [address for address in addresses if address not in reached]
        try:
            "".join([_address(self._sender), *addresses]).encode("ascii")  # SMTPUTF8 is too rare among servers
            mail = compose(message, sender=self._sender, recipients=self._recipients)
            refused = await self._hand_over(mail, missing)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = {one.recipient: (one.code, one.message) for one in error.recipients}
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise self._explain(error) from error
        except ValueError as error:
            text = "email: an address is not one that mail servers understand; correct smtp.from and the receiver's to"
            raise DeliveryError(text, permanent=True) from error
        self._reached.pop(message.id, None)
        if refused:
            self._report(message.id, refused, reached=set(addresses) - set(refused))

    async def _hand_over(self, mail: bytes, recipients: Sequence[str]) -> dict[str, tuple[int, str]]:
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
            refused, _ = await client.sendmail(_address(self._sender), list(recipients), mail)
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
            )
        await client.login(server.username, server.password or "")

    def _explain(self, error: Exception) -> DeliveryError:
        """Return what a failure means; a server's reply to a login is not repeated."""
        place = f"mail server {self._server.host}"
        match error:
            case aiosmtplib.SMTPAuthenticationError(code=code):
                text = f"{place} refused the login ({code}); check smtp.username and smtp.password"
                return DeliveryError(text, permanent=code >= FIRST_PERMANENT_CODE)
            case aiosmtplib.SMTPResponseException(code=code):
                text = f"{place} answered {_quote(code, error.message)}"
                return DeliveryError(text, permanent=code >= FIRST_PERMANENT_CODE)
            case aiosmtplib.SMTPTimeoutError() | TimeoutError():
                return DeliveryError(f"{place} did not answer in time")
            case ssl.SSLError() | aiosmtplib.SMTPConnectError(__cause__=ssl.SSLError()):
                return DeliveryError(f"{place}: no encrypted connection: {_find_reason(error)}")
            case aiosmtplib.SMTPServerDisconnected():
                return DeliveryError(f"{place} closed the connection")
            case OSError():
                return DeliveryError(f"{place} cannot be reached on port {self._server.port}: {_find_reason(error)}")
        return DeliveryError(f"{place}: {error}", permanent=True)  # it lacks STARTTLS or a way to log in

    def _report(self, message_id: str, refused: dict[str, tuple[int, str]], *, reached: set[str]) -> NoReturn:
        """Raise DeliveryError for the recipients that were refused, and remember those that were not."""
        permanent = all(code >= FIRST_PERMANENT_CODE for code, _ in refused.values())
        if reached and not permanent:
            self._reached[message_id] = reached
        answers = "; ".join(f"{address}: {_quote(*answer)}" for address, answer in refused.items())
        taken = f"{len(reached)} of {len(reached) + len(refused)} recipients have it; " if reached else ""
        raise DeliveryError(f"mail server {self._server.host}: {taken}refused {answers}", permanent=permanent)


def compose(message: Message, *, sender: str, recipients: Sequence[str]) -> bytes:
    """Return the mail for a message, ready to send: text and HTML, kept together by alert, not answered by robots.

    All mails of one alert refer to the same (never sent) first message, so that mail programs show them as one thread
    (RFC 5322, 3.6.4). Auto-Submitted keeps holiday replies away (RFC 3834, 5); List-Id serves filters (RFC 2919).
    """
    domain = _address(sender).rpartition("@")[2] or "localhost"
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = message.title
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Date"] = email.utils.format_datetime(message.created_at.astimezone(UTC))
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["In-Reply-To"] = mail["References"] = f"<{message.thread}@{domain}>"
    mail["List-Id"] = f"Event Monitor <event-monitor.{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"  # the same for Microsoft Exchange, which knows no Auto-Submitted
    if message.severity is Severity.CRITICAL:
        mail["Importance"] = "high"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail.as_bytes(policy=POLICY.clone(max_line_length=LINE_OCTETS) if _is_ascii(mail) else POLICY)


def _is_ascii(mail: EmailMessage) -> bool:
    """Return whether no header needs encoded words, which must stand on lines of 76 characters (RFC 2047, 2).

    Others are better not folded: the standard library would put a long subject on a line of its own, below "Subject:",
    and some programs then show a space before it.
    """
    return all(str(value).isascii() for value in mail.values())


def _address(mailbox: str) -> str:
    """Return the address of "Name <address>"."""
    return email.utils.parseaddr(mailbox)[1]


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
