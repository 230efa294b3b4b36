"""Who may do what, and what is signed so that nobody can make it up: tokens, sessions of the dashboard, forms.

Pure: random bytes and the time are arguments. A token of ours has 256 random bits, so its plain SHA-256 tells nobody
what it is and needs no salt; a password that people choose would need a slow hash (OWASP, "Password Storage").
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

TOKEN_PREFIX = "evm_"  # noqa: S105 - how tokens of ours begin, so that scanners of repositories find one that leaked
TOKEN_BYTES = 32
NONCE_BYTES = 16


class Scope(StrEnum):
    """What a token is good for, least first; each may do what those before it may.

    read    look at pages, ask the API, scrape metrics, try a text
    act     also acknowledge, mark, silence, retry
    admin   also change what is watched and how
    """

    READ = "read"
    ACT = "act"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Return 0 for the least."""
        return _RANKS[self]

    def covers(self, needed: "Scope") -> bool:
        """Return whether whoever has this may do what needs `needed`."""
        return self.rank >= needed.rank


_RANKS = {scope: rank for rank, scope in enumerate(Scope)}


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that was given away, without the token itself: only its fingerprint is kept.

    used_at   when it was last used, to the hour, or None
    """

    id: int
    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, *, now: datetime) -> bool:
        """Return whether it still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in at the dashboard.

    subject   by which token: "web:<fingerprint>" for that of the configuration, "token:<id>" for another; a session is
              good as long as its token
    nonce     different in each session; the tokens of its forms follow from it
    """

    subject: str
    nonce: str
    expires_at: datetime


def token_of(random: bytes) -> str:
    """Return a token made of TOKEN_BYTES random bytes."""
    return TOKEN_PREFIX + _letters(random)


def nonce_of(random: bytes) -> str:
    """Return what tells a session from others, of NONCE_BYTES random bytes."""
    return _letters(random)


def fingerprint(token: str) -> str:
    """Return what is kept of a token, to know it again."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Return whether two secrets are equal, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode(), other.encode())


def seal(secret: str, session: Session) -> str:
    """Return a session as a signed cookie (HMAC with SHA-256, RFC 2104); it can be read, and not made up."""
    said = [session.subject, session.nonce, int(session.expires_at.timestamp())]
    body = _letters(json.dumps(said).encode())
    return f"{body}.{_sign(secret, 'session', body)}"


def unseal(secret: str, cookie: str, *, now: datetime) -> Session | None:
    """Return the session of a cookie, or None for one that we did not sign or that is over."""
    body, _, signature = cookie.partition(".")
    if not same(_sign(secret, "session", body), signature):
        return None
    try:
        subject, nonce, expires = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        session = Session(str(subject), str(nonce), datetime.fromtimestamp(int(expires), UTC))
    except (binascii.Error, ValueError, TypeError, OverflowError):  # signed, but by another release
        return None
    return session if now < session.expires_at else None


def form_token(secret: str, subject: str) -> str:
    """Return what a form of ours carries (OWASP, "Cross-Site Request Forgery Prevention", signed token).

    subject   whose form it is: the nonce of a session, or what else the browser is known by
    """
    return _sign(secret, "form", subject)


def _sign(secret: str, purpose: str, text: str) -> str:
    """Return the signature of a text; one for a purpose is none for another."""
    return _letters(hmac.new(secret.encode(), f"{purpose}:{text}".encode(), hashlib.sha256).digest())


def _letters(data: bytes) -> str:
    """Return bytes in letters that stand in cookies, forms and addresses as they are."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
