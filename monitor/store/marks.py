"""What people said of hits."""

from datetime import datetime

from sqlalchemy import update

from monitor.core.types import Hit, Mark
from monitor.store.database import Database
from monitor.store.items import load_hits, select_hits
from monitor.store.polls import HIT


def mark_hit(db: Database, hit_id: int, mark: Mark | None, *, who: str, now: datetime) -> bool:
    """Say of a hit that it is right or wrong, in the place of what was said before; None takes that back.

    Returns whether there is such a hit.
    """
    said = {"mark": mark and mark.value, "marked_by": who if mark else None, "marked_at": now if mark else None}
    with db.write() as connection:
        return connection.execute(update(HIT).where(HIT.c.id == hit_id).values(said)).rowcount == 1


def marked_hits(db: Database) -> list[Hit]:
    """Return all hits that somebody marked, oldest first."""
    with db.read() as connection:
        return load_hits(connection, select_hits().where(HIT.c.mark.is_not(None)).order_by(HIT.c.id))
