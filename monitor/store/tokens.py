"""Tokens that were given away for the pages and the API: who may do what, by fingerprint."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from monitor.core.access import AccessToken, Scope
from monitor.errors import MonitorError, UnknownIdError
from monitor.store.database import Database
from monitor.store.tables import AccessTokenRow

TOKEN = AccessTokenRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes

USED_EVERY = timedelta(hours=1)
"""How exactly it is kept when a token was last used: no request of a program should have to wait for a write."""


def add_token(
    db: Database, name: str, scope: Scope, fingerprint: str, *, expires_at: datetime | None, now: datetime
) -> AccessToken:
    """Keep a token, and return it. Raises MonitorError when another of this name is good."""
    row = {"name": name, "scope": scope.value, "fingerprint": fingerprint, "created_at": now, "expires_at": expires_at}
    try:
        with db.write() as connection:
            made = connection.execute(insert(TOKEN).values(row).returning(TOKEN.c.id)).scalar_one()
            return _token(connection.execute(_select().where(TOKEN.c.id == made)).mappings().one())
    except IntegrityError as error:
        raise MonitorError(
            f"there is a token {name!r} already: choose another name, or first: monitor token revoke {name}"
        ) from error


def list_tokens(db: Database) -> list[AccessToken]:
    """Return all tokens, oldest first, those that are good for nothing any more, too."""
    with db.read() as connection:
        return [_token(row) for row in connection.execute(_select().order_by(TOKEN.c.id)).mappings()]


def find_by_fingerprint(db: Database, fingerprint: str) -> AccessToken | None:
    """Return the token that somebody showed."""
    with db.read() as connection:
        row = connection.execute(_select().where(TOKEN.c.fingerprint == fingerprint)).mappings().one_or_none()
    return None if row is None else _token(row)


def find_token(db: Database, token_id: int) -> AccessToken | None:
    """Return one token."""
    with db.read() as connection:
        row = connection.execute(_select().where(TOKEN.c.id == token_id)).mappings().one_or_none()
    return None if row is None else _token(row)


def note_use(db: Database, token: AccessToken, *, now: datetime) -> None:
    """Keep that a token is used, once in USED_EVERY."""
    if token.used_at is None or now - token.used_at >= USED_EVERY:
        with db.write() as connection:
            connection.execute(update(TOKEN).where(TOKEN.c.id == token.id).values(used_at=now))


def revoke_token(db: Database, name: str, *, now: datetime) -> None:
    """Let the token of a name be good for nothing from now on. Raises UnknownIdError."""
    with db.write() as connection:
        good = update(TOKEN).where(TOKEN.c.name == name, TOKEN.c.revoked_at.is_(None))
        if not connection.execute(good.values(revoked_at=now)).rowcount:
            raise UnknownIdError(f"no token {name!r} is good; see: monitor token list")


def _select() -> Select[tuple[Any, ...]]:
    """Return the query of tokens; a fingerprint never leaves the database."""
    return select(*(column for column in TOKEN.c if column.name != "fingerprint"))


def _token(row: RowMapping) -> AccessToken:
    """Return a row as a value."""
    return AccessToken(**{**row, "scope": Scope(row["scope"])})
