"""A mail made from a message: its headers, its parts, its signature. How it is handed over stands in email.py."""

import email.policy
import email.utils
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import quote

import idna

from monitor.core.types import Message, Severity

POLICY = email.policy.SMTP.clone(cte_type="7bit")
"""Mails of ASCII only, which every relay passes on unchanged; signatures want that, too (RFC 6376, 5.3)."""

LINE_OCTETS = 998
"""Longest line of a mail without its end (RFC 5322, 2.1.1)."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """What signs our mails (RFC 6376): the private half of the key that the DNS shows at selector._domainkey.domain.

    key   RSA, in PEM
    """

    domain: str
    selector: str
    key: bytes = field(repr=False)

    def sign(self, mail: bytes) -> bytes:
        """Return the mail with its signature in front.

        Relaxed in both parts: relays may fold a header and strip a line anew without breaking it.
        """
        import dkim

        signature: bytes = dkim.sign(
            mail,
            self.selector.encode(),
            self.domain.encode(),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
        )
        return signature + mail


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all our mails have in common.

    sender     with or without a name: "Event Monitor <monitor@example.org>"
    reply_to   address of the people who read answers and take readers off the list, or None for the sender
    dkim       the key that signs, or None
    """

    sender: str
    reply_to: str | None = None
    dkim: DkimKey | None = None

    @property
    def address(self) -> Address:
        """Return the sender. Raises ValueError for what is none."""
        (found,) = addresses_of([self.sender])
        return found

    def message_id(self, name: str) -> str:
        """Return the identity of a mail or a thread within our domain, "<dlv_...@example.org>"."""
        return f"<{name}@{self.address.domain or 'localhost'}>"


def addresses_of(mailboxes: Sequence[str]) -> list[Address]:
    """Return the addresses in texts such as "Desk <desk@example.org>", each domain as the DNS has it (RFC 5891).

    Raises ValueError for what is no address, or holds a line break.
    """
    found = []
    for name, address in email.utils.getaddresses(list(mailboxes)) or [("", "")]:
        user, _, domain = address.rpartition("@")
        if not user or not domain or " " in address or not all(map(str.isprintable, mailboxes)):
            raise ValueError(f"{', '.join(mailboxes)!r} is no mail address on one line")
        found.append(Address(name, username=user, domain=_in_dns(domain)))
    return found


def needs_utf8(addresses: Sequence[Address]) -> bool:
    """Return whether a name before an @ has letters that only servers with SMTPUTF8 take (RFC 6531)."""
    return not all(one.username.isascii() for one in addresses)


def compose(message: Message, *, letterhead: Letterhead, recipients: Sequence[str]) -> bytes:
    """Return the mail for a message, ready to send: text and HTML, in the thread of its alert, not answered by robots.

    All mails of one alert refer to the same message, which is never sent, and those that follow to the first that was:
    mail programs show them as one thread (RFC 5322, 3.6.4), Gmail where their subjects are the same, too (Google
    Workspace Updates, March 2019, "Threading changes in Gmail conversation view"). Raises ValueError for what is no
    address.
    """
    to = addresses_of(recipients)
    mail = EmailMessage(policy=POLICY.clone(utf8=needs_utf8([letterhead.address, *to])))
    mail["Subject"] = message.title
    mail["From"] = letterhead.address
    mail["To"] = to
    mail["Date"] = email.utils.format_datetime(message.created_at.astimezone(UTC))
    mail["Message-ID"] = letterhead.message_id(message.id)
    _thread(mail, message, letterhead)
    _introduce(mail, message, letterhead)
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    made = mail.as_bytes(policy=mail.policy.clone(max_line_length=LINE_OCTETS) if _is_ascii(mail) else mail.policy)
    return letterhead.dkim.sign(made) if letterhead.dkim else made


def _thread(mail: EmailMessage, message: Message, letterhead: Letterhead) -> None:
    """Say which mails this one follows."""
    root = letterhead.message_id(message.thread)
    if message.parent is None:
        mail["References"] = root
    else:
        mail["In-Reply-To"] = message.parent
        mail["References"] = f"{root} {message.parent}"


def _introduce(mail: EmailMessage, message: Message, letterhead: Letterhead) -> None:
    """Tell programs what kind of mail this is: whom to answer, how to leave, how to filter it, that no robot answer it.

    Leaving is asked of people, by mail (RFC 2369, 3.2): whom an alert reaches is not for a link scanner to change, so
    there is no one-click header (RFC 8058). Precedence is the word of older robots for what RFC 3834 (5) calls
    Auto-Submitted; as some servers deliver such mail later, alerts go without.
    """
    people = addresses_of([letterhead.reply_to or letterhead.sender])
    if letterhead.reply_to:
        mail["Reply-To"] = people
    mail["List-Id"] = f"Event Monitor <event-monitor.{letterhead.address.domain}>"  # RFC 2919
    mail["List-Unsubscribe"] = f"<mailto:{quote(people[0].addr_spec, safe='@')}?subject=unsubscribe>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"  # the same for Microsoft Exchange, which knows no Auto-Submitted
    if message.type == "digest.created":
        mail["Precedence"] = "bulk"
    if message.severity is Severity.CRITICAL and not message.quiet:
        mail["Importance"] = "high"


def _in_dns(domain: str) -> str:
    """Return a domain as the DNS has it: letters of other scripts in Punycode. Raises ValueError for what is none."""
    if domain.isascii():
        return domain
    return idna.encode(domain, uts46=True).decode()  # its error is a ValueError


def _is_ascii(mail: EmailMessage) -> bool:
    """Return whether no header needs encoded words, which must stand on lines of 76 characters (RFC 2047, 2).

    Others are better not folded: the standard library would put a long subject on a line of its own, below "Subject:",
    and some programs then show a space before it.
    """
    return all(str(value).isascii() for value in mail.values())
