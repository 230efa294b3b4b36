"""Channels that failed of late, and have not worked since."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, select

from monitor.core.channel_rest import ChannelRest
from monitor.store.database import Database
from monitor.store.inserts import insert_new
from monitor.store.tables import ChannelRow

CHANNEL = ChannelRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes

_RESTS = select(
    CHANNEL.c.name, CHANNEL.c.failures, CHANNEL.c.since_at, CHANNEL.c.until_at, CHANNEL.c.error, CHANNEL.c.refused
)


def list_rests(db: Database) -> dict[str, ChannelRest]:
    """Return what is known of each channel that failed and has not worked since."""
    with db.read() as connection:
        return {name: ChannelRest(*rest) for name, *rest in connection.execute(_RESTS.order_by(CHANNEL.c.name))}


def read_rest(connection: Connection, channel: str) -> ChannelRest | None:
    """Return what is known of a channel; None for one that works, or was not tried yet."""
    row = connection.execute(_RESTS.where(CHANNEL.c.name == channel)).first()
    return None if row is None else ChannelRest(*row[1:])


def keep_rest(connection: Connection, channel: str, rest: ChannelRest | None) -> None:
    """Store what is known of a channel; None for one that works."""
    connection.execute(delete(CHANNEL).where(CHANNEL.c.name == channel))
    if rest is not None:
        row = {
            "name": channel,
            "failures": rest.failures,
            "since_at": rest.since_at,
            "until_at": rest.until_at,
            "error": rest.error,
            "refused": rest.refused,
        }
        connection.execute(insert_new(connection, CHANNEL), [row])  # another node may have learnt the same just now


def forget_rests(db: Database, channels: Collection[str]) -> None:
    """Forget that channels failed: they are tried at once."""
    if not channels:
        return
    with db.write() as connection:
        connection.execute(delete(CHANNEL).where(CHANNEL.c.name.in_(list(channels))))
