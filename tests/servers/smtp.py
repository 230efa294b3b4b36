"""A real mail server on loopback that answers what a test says and keeps what it was given."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived, over an encrypted connection or not, from a client that had logged in or not."""

    sender: str
    recipients: tuple[str, ...]
    content: EmailMessage
    raw: bytes
    encrypted: bool
    user: str | None


@dataclass
class SmtpServer:
    """Takes mails into `mails`.

    tls        offer STARTTLS with this certificate; with `implicit` speak TLS from the first octet on
    login      name and password to ask for
    utf8       offer SMTPUTF8
    refusals   replies by recipient ("550 no such user"), by "DATA" or by "AUTH"

    async with SmtpServer(refusals={"b@example.org": "550 no such user"}) as server:
        ... server.port ...
    """

    tls: ssl.SSLContext | None = None
    implicit: bool = False
    login: tuple[str, str] | None = None
    utf8: bool = True
    refusals: Mapping[str, str] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _sessions: list[SMTP] = field(default_factory=list)

    def _speak(self) -> SMTP:
        session = SMTP(
            self,
            hostname="localhost",
            enable_SMTPUTF8=self.utf8,
            tls_context=None if self.implicit else self.tls,
            authenticator=self._authenticate,
            auth_required=self.login is not None and self.tls is not None,
            auth_require_tls=self.tls is not None,
            loop=asyncio.get_running_loop(),
        )
        self._sessions.append(session)
        return session

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        known = (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=known, handled=False, auth_data=data)

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        raw = envelope.original_content or b""
        content = message_from_bytes(raw, policy=policy.default)
        assert isinstance(content, EmailMessage)
        user = session.auth_data.login.decode() if isinstance(session.auth_data, LoginPassword) else None
        encrypted = self.implicit or session.ssl is not None
        self.mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), content, raw, encrypted, user))
        return "250 OK"

    async def __aenter__(self) -> Self:
        context = self.tls if self.implicit else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._speak, "127.0.0.1", self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        for session in self._sessions:
            if isinstance(session.transport, asyncio.WriteTransport):
                session.transport.abort()  # a client that broke off may have left it half open
        self._sessions.clear()
        await asyncio.sleep(0)
