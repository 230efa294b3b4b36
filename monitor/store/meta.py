"""What this database knows of itself."""

from sqlalchemy import Connection, delete, select, update

from monitor.store.database import Database
from monitor.store.inserts import insert_new
from monitor.store.tables import MetaRow

CONFIG_REFUSED = "config_refused"
"""Key under which a running daemon keeps why it refused a change of the configuration, for other processes to tell."""

HEARTBEAT = "heartbeat"
"""Key under which a running daemon writes when it told its watch that it works: what cannot be written, does not."""

PRUNED = "pruned_at"
"""Key under which stands when what is past its retention was last deleted."""

BACKUP = "backup"
"""Key under which stands when the database was last copied, and where to."""

LINK_SECRET = "link_secret"  # noqa: S105 - a key
"""Key under which the secret stands that signs links in messages."""

SESSION_SECRET = "session_secret"  # noqa: S105 - a key
"""Key under which the secret stands that signs sessions of the dashboard and its forms."""

SHARDS = "shards"
"""Key under which stands into how many shards the feeds are divided."""

WATCHLISTS = "watchlists"
"""Key under which stands which watchlists are in force where machines share the work, and who put them there."""

INSTANCE = "instance"
"""Key under which stands what tells this database from all others, for ids in feeds and exports."""

META = MetaRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes


def get(db: Database, key: str) -> str | None:
    """Return the value under `key`."""
    with db.read() as connection:
        return read(connection, key)


def read(connection: Connection, key: str) -> str | None:
    """Return the value under `key` within another transaction."""
    return connection.execute(select(META.c.value).where(META.c.key == key)).scalar_one_or_none()


def set_once(db: Database, key: str, value: str) -> str:
    """Store a value where there is none yet; return the one that is there."""
    known = get(db, key)
    if known is not None:
        return known
    with db.write() as connection:
        connection.execute(insert_new(connection, META), [{"key": key, "value": value}])
    stored = get(db, key)
    assert stored is not None
    return stored


def shards(db: Database) -> int:
    """Return into how many shards the feeds are divided; 1 before a first start, which divides them."""
    return int(get(db, SHARDS) or 1)


def put(db: Database, key: str, value: str | None) -> None:
    """Store a value in the place of any other; None takes it away."""
    with db.write() as connection:
        if value is None:
            connection.execute(delete(META).where(META.c.key == key))
        else:
            write(connection, key, value)


def write(connection: Connection, key: str, value: str) -> None:
    """Store a value within another transaction, in the place of any other."""
    if not connection.execute(update(META).where(META.c.key == key).values(value=value)).rowcount:
        connection.execute(insert_new(connection, META), [{"key": key, "value": value}])  # two may be at it
