"""Work that is due for long and does not get done is found, at a price that does not grow with how much waits."""

from datetime import timedelta
from typing import Any

from sqlalchemy import event, update

from monitor.core.types import FeedSpec
from monitor.store import feeds
from monitor.store.database import Database
from monitor.store.feeds import FEED
from monitor.store.stuck import stuck_polls
from tests.store.rows import NOW

MINUTE = timedelta(minutes=1)
PATIENCE = 5 * MINUTE


def test_feeds_are_stuck_where_none_of_their_shard_was_polled_lately(db: Database) -> None:
    due_at = NOW - 10 * MINUTE
    feeds.add_feeds(db, [FeedSpec(f"https://{name}.example/rss") for name in "abc"], shards=1, now=due_at)
    put(db, "https://b.example/rss", next_poll_at=NOW + MINUTE, polled_at=NOW - MINUTE)
    put(db, "https://c.example/rss", shard=7, next_poll_at=NOW - 7 * MINUTE)
    assert stuck_polls(db, now=NOW, patience=PATIENCE) == NOW - 7 * MINUTE, "the other shard moves"
    assert stuck_polls(db, now=NOW + 5 * MINUTE, patience=PATIENCE) == due_at, "it moved five minutes ago"
    assert stuck_polls(db, now=NOW - 5 * MINUTE, patience=PATIENCE) is None, "a moment after it was due"


def test_what_moves_is_not_looked_for_anew_for_each_feed_that_waits(db: Database) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(db.engine, "before_cursor_execute", lambda *event: asked.append((event[2], event[3])))
    assert stuck_polls(db, now=NOW, patience=PATIENCE) is None
    query, values = asked[-1]
    with db.read() as connection:
        explain = "EXPLAIN QUERY PLAN" if db.dialect == "sqlite" else "EXPLAIN"
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {query}", values))
    assert "CORRELATED" not in plan
    assert "ix_feed_polled_at" in plan or db.dialect == "postgresql", "which reads an empty table from its start"


def put(db: Database, url: str, **values: object) -> None:
    """Let a feed be as it is not by itself."""
    with db.write() as connection:
        connection.execute(update(FEED).where(FEED.c.url == url).values(values))
