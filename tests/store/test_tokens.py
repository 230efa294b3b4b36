"""Tokens that were given away: kept by fingerprint, found by it, taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import inspect

from monitor import actions
from monitor.core.access import TOKEN_PREFIX, Scope, fingerprint
from monitor.errors import MonitorError, UnknownIdError
from monitor.store import migrate, tokens
from monitor.store.database import Database
from tests.store.rows import NOW


def test_a_token_is_found_by_what_is_kept_of_it_and_nothing_else_is(db: Database) -> None:
    made, shown = actions.add_token(db, " wall\nscreen ", Scope.READ, expires_at=None, now=NOW)
    assert (made.name, made.scope, made.is_good(now=NOW)) == ("wall screen", Scope.READ, True)
    assert shown.startswith(TOKEN_PREFIX)
    assert tokens.find_by_fingerprint(db, fingerprint(shown)) == made
    assert tokens.find_by_fingerprint(db, fingerprint("evm_other")) is None
    assert tokens.find_token(db, made.id) == made
    with db.read() as connection:
        stored = str(connection.exec_driver_sql("SELECT * FROM access_token").all())
    assert shown not in stored
    assert shown.removeprefix(TOKEN_PREFIX) not in stored


def test_a_name_is_given_once_until_it_is_taken_back(db: Database) -> None:
    first, _ = actions.add_token(db, "screen", Scope.READ, expires_at=None, now=NOW)
    with pytest.raises(MonitorError, match=r"a token 'screen' already: .*monitor token revoke screen"):
        actions.add_token(db, "screen", Scope.ACT, expires_at=None, now=NOW)
    tokens.revoke_token(db, "screen", now=NOW)
    with pytest.raises(UnknownIdError, match="monitor token list"):
        tokens.revoke_token(db, "screen", now=NOW)
    second, _ = actions.add_token(db, "screen", Scope.ACT, expires_at=None, now=NOW)
    assert tokens.list_tokens(db) == [replace(first, revoked_at=NOW), second]
    with pytest.raises(MonitorError, match="needs a name"):
        actions.add_token(db, " ", Scope.READ, expires_at=None, now=NOW)


def test_its_last_use_is_kept_to_the_hour(db: Database) -> None:
    made, _ = actions.add_token(db, "screen", Scope.READ, expires_at=NOW + timedelta(days=1), now=NOW)
    tokens.note_use(db, made, now=NOW)
    used = tokens.list_tokens(db)[0]
    assert used.used_at == NOW
    tokens.note_use(db, used, now=NOW + timedelta(minutes=59))
    assert tokens.list_tokens(db)[0].used_at == NOW
    tokens.note_use(db, used, now=NOW + timedelta(hours=1))
    assert tokens.list_tokens(db)[0].used_at == NOW + timedelta(hours=1)
    assert not used.is_good(now=NOW + timedelta(days=1))


def test_a_release_before_knows_no_tokens(own_db: Database) -> None:
    actions.add_token(own_db, "screen", Scope.READ, expires_at=None, now=NOW)
    migrate.downgrade(own_db, "0015")
    assert "access_token" not in inspect(own_db.engine).get_table_names()
    migrate.upgrade(own_db)
    assert tokens.list_tokens(own_db) == []
