"""Who asks: by which token, session or none, and what that is good for."""

import asyncio
import base64
import binascii
import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request

from monitor.core import access
from monitor.core.access import Scope
from monitor.errors import StoreError
from monitor.store import meta, tokens
from monitor.store.database import Database
from monitor.web.limits import address_of
from monitor.web.status import Status

COOKIE = "monitor_session"

WEB = "web:"
"""How the subject begins of whoever knows the token of the configuration."""

TOKEN = "token:"  # noqa: S105 - how a subject begins
"""How the subject begins of whoever knows another token."""

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks.

    name         the token's, "" for whoever knows that of the configuration, or where none is set
    by           how they are known; "open" is anybody, where no token is set
    form_token   what their forms carry
    """

    name: str
    scope: Scope
    subject: str
    by: Literal["open", "bearer", "basic", "session"]
    form_token: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What a token is good for."""

    name: str
    scope: Scope
    subject: str


current: ContextVar[Caller | None] = ContextVar("caller", default=None)
"""Who asks now; None on pages that know nobody. A variable of the context, so that templates need not be given it."""


async def caller_of(request: Request, status: Status, *, guesses: bool) -> Caller | None:
    """Return who asks, or None for whoever is not known. Raises StoreError.

    guesses   whether the token of the configuration may be tried: a person may have chosen it, and it can be guessed;
              the others cannot
    """
    scheme, shown = _shown(request)
    if shown is not None and (status.token is not None or shown.startswith(access.TOKEN_PREFIX)):
        found = await known_by(shown, status, guesses=guesses)
        if found is None:
            return None
        return await _caller(found, status, "basic" if scheme == "basic" else "bearer", found.subject)
    cookie = request.cookies.get(COOKIE)
    if cookie is not None and (found_by_cookie := await _of_session(cookie, status)) is not None:
        return found_by_cookie
    if status.token is None:
        return await _caller(Known("", Scope.ADMIN, "open"), status, "open", "open")
    return None


async def known_by(shown: str, status: Status, *, guesses: bool) -> Known | None:
    """Return what a token is good for that somebody showed, or None. Raises StoreError."""
    now = status.clock()
    if shown.startswith(access.TOKEN_PREFIX):
        found = await asyncio.to_thread(tokens.find_by_fingerprint, status.db, access.fingerprint(shown))
        if found is not None and found.is_good(now=now):
            await _note_use(status.db, found, status)
            return Known(found.name, found.scope, f"{TOKEN}{found.id}")
    if guesses and status.token is not None and access.same(shown, status.token):
        return Known("", Scope.ADMIN, web_subject(status.token))
    return None


def web_subject(token: str) -> str:
    """Return the subject of whoever knows the token of the configuration; another token makes another one."""
    return f"{WEB}{access.fingerprint(token)[:32]}"


def presents(request: Request) -> bool:
    """Return whether a request shows a token."""
    return _shown(request)[1] is not None


def is_told_more(request: Request, status: Status) -> bool:
    """Return whether a probe shows the token of the configuration, or none is set; guesses count as elsewhere."""
    _, shown = _shown(request)
    if status.token is None or shown is None:
        return status.token is None
    address, now = address_of(request), status.clock()
    if status.wrong_tokens.wait(address, now=now):
        return False
    if access.same(shown, status.token):
        return True
    status.wrong_tokens.count(address, now=now)
    return False


async def secret_of(status: Status) -> str:
    """Return the secret that signs sessions and forms; it is made once in the life of a database. Raises StoreError."""
    if not status.session_secret:
        fresh = secrets.token_urlsafe(SECRET_BYTES)
        status.session_secret = await asyncio.to_thread(meta.set_once, status.db, meta.SESSION_SECRET, fresh)
    return status.session_secret


def _shown(request: Request) -> tuple[str, str | None]:
    """Return the scheme and the token of the Authorization header; None for a header that holds none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    scheme = scheme.lower()
    if scheme == "bearer":
        return scheme, value.strip()
    if scheme == "basic":
        try:
            return scheme, base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return scheme, ""
    return scheme, None


async def _of_session(cookie: str, status: Status) -> Caller | None:
    """Return who signed in, as long as the token is good that they did it with."""
    session = access.unseal(await secret_of(status), cookie, now=status.clock())
    if session is None:
        return None
    if session.subject.startswith(WEB):
        if status.token is None or not access.same(session.subject, web_subject(status.token)):
            return None
        found = Known("", Scope.ADMIN, session.subject)
    else:
        number = session.subject.removeprefix(TOKEN)
        token = await asyncio.to_thread(tokens.find_token, status.db, int(number)) if number.isdecimal() else None
        if token is None or not token.is_good(now=status.clock()):
            return None
        found = Known(token.name, token.scope, session.subject)
    return await _caller(found, status, "session", session.nonce)


async def _caller(
    known: Known, status: Status, by: Literal["open", "bearer", "basic", "session"], form_of: str
) -> Caller:
    """Return a caller with what the forms carry that are made for `form_of`; programs have no forms."""
    token = "" if by == "bearer" else access.form_token(await secret_of(status), form_of)
    return Caller(known.name, known.scope, known.subject, by, token)


async def _note_use(db: Database, token: access.AccessToken, status: Status) -> None:
    """Keep that a token is used; a database that takes nothing just now is told elsewhere, and refuses nobody."""
    try:
        await asyncio.to_thread(tokens.note_use, db, token, now=status.clock())
    except StoreError:
        return
