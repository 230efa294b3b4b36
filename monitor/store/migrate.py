"""Bring the tables up to date: Alembic, run by the daemon itself."""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from monitor.errors import StoreError
from monitor.store.database import PATIENCE, Database, in_turn

LOCK_KEY = 0x6576_6D6F
"""PostgreSQL advisory lock under which one process migrates while the others wait ("evmo")."""

LOCK_SECONDS = 5.0
"""How long a change of the tables waits for one that others use: all who come after it wait behind it meanwhile."""

TRIES = 24
"""How often it is tried, LOCK_SECONDS apart: four minutes, in which a backup or a long look may end."""

LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code for a lock that was not given in time (its manual, A)."""

HALF = "half a copy"
"""The revision of tables into which `monitor db copy` has not copied everything yet."""


def upgrade(db: Database, revision: str = "head") -> None:
    """Bring the tables to `revision`; returns at once when they are. Raises StoreError for a newer database.

    So it does for half a copy, which would be taken for all there is.
    """
    current, head = status(db)
    if current == HALF:
        raise StoreError(
            f"database {db.masked_url} holds half a copy: run the same monitor db copy again, it goes on where it was"
        )
    if current == head and revision in ("head", head):
        return  # every command comes by here: it need not wait for the daemon that is writing
    _run(db, lambda config: command.upgrade(config, revision))


def downgrade(db: Database, revision: str) -> None:
    """Take the tables back to `revision` ("base" drops them all)."""
    _run(db, lambda config: command.downgrade(config, revision))


def status(db: Database) -> tuple[str | None, str]:
    """Return the revision the tables have, None for an empty database, and the one this release needs."""
    head = _head(_config().get_main_option("script_location"))
    with db.read() as connection:
        return MigrationContext.configure(connection).get_current_revision(), head


def knows(revision: str) -> bool:
    """Return whether a revision is among the migrations of this release."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(_config()).walk_revisions())


@cache
def _head(location: str | None) -> str:
    """Return the newest of the migrations at a place: they stay as they are while a process runs."""
    head = ScriptDirectory(str(location)).get_current_head()
    assert head is not None
    return head


def _run(db: Database, step: Callable[[Config], None]) -> None:
    """Run an Alembic command, in one transaction. Raises StoreError.

    On PostgreSQL beside those who use the tables: a table that somebody holds is waited for a little, then all is
    undone, so that nobody waits behind us, and tried again.
    """
    for tried in range(1, TRIES + 1):
        try:
            with db.rebuild() as connection:
                _run_on(db, connection, step)
        except StoreError as error:
            held = getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) == LOCK_NOT_AVAILABLE
            if not held:
                raise
            if tried == TRIES:
                raise StoreError(
                    f"database {db.masked_url}: the tables are to be changed, but others hold them; stop what keeps a "
                    "transaction open, which pg_stat_activity tells, then start again"
                ) from error
            time.sleep(LOCK_SECONDS)
        else:
            return


def _run_on(db: Database, connection: Connection, step: Callable[[Config], None]) -> None:
    """Run an Alembic command within a transaction; on PostgreSQL one process does, and the others wait for it."""
    if db.dialect == "postgresql":
        for limit in PATIENCE:
            connection.execute(text(f"SET LOCAL {limit} = 0"))
        in_turn(connection, LOCK_KEY)
        connection.execute(text(f"SET LOCAL lock_timeout = {round(LOCK_SECONDS * 1_000)}"))
    config = _config()
    config.attributes["connection"] = connection
    try:
        step(config)
    except CommandError as error:
        raise StoreError(
            f"database {db.masked_url}: {error}; it was made by a newer release, install that one"
        ) from error


def _config() -> Config:
    """Return Alembic's configuration: in an installed package beside the starter files, in a checkout at its root."""
    package = Path(__file__).parent.parent
    for folder in (package / "starter" / "alembic", package.parent / "alembic"):
        if (folder / "env.py").is_file():
            config = Config()
            config.set_main_option("script_location", str(folder).replace("%", "%%"))
            return config
    raise StoreError(f"no migrations beside {package}; the installation is incomplete, install it again")
