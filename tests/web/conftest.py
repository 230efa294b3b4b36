"""A house to look at: a database with hits, an alert and deliveries, and the status of a daemon."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store import deliveries, items
from monitor.store.database import Database
from monitor.web.status import Status
from tests.store.rows import NOW, make_alert, make_delivery, make_feed, make_item, make_match, make_outcome, record


@pytest.fixture
def status(tmp_path: Path, migrated_file: Path) -> Iterator[Status]:
    """Return the status over an empty SQLite database."""
    path = tmp_path / "monitor.db"
    path.write_bytes(migrated_file.read_bytes())
    db = Database.open(f"sqlite:///{path}")
    yield Status(db, NOW, lambda: NOW, "monitor.yaml", NOW, watchlist_version="abc", watchlists=1, entities=2, rules=3)
    db.close()


@pytest.fixture
def filled(status: Status) -> Status:
    """Return the same with news in it, some of it hostile."""
    hostile = "IS-K <script>alert(1)</script> {{ 7*7 }} \u202egnp.exe @everyone"
    feed = make_feed(status.db)
    record(
        status.db,
        make_outcome(
            feed, make_item("a", "IS-K struck", matches=[make_match()]), make_item("b", hostile, matches=[make_match()])
        ),
        make_outcome(make_feed(status.db, "https://broken.example/"), error="timeout: no complete answer"),
    )
    make_alert(status.db, items.unrouted_hits(status.db, limit=9))
    deliveries.add(
        status.db, [make_delivery("sent"), make_delivery("waiting"), make_delivery("dead", channel="desk/slack")]
    )
    deliveries.mark_sent(status.db, "sent", now=NOW)
    deliveries.mark_failed(status.db, "dead", error="slack at hooks.example answered 404", next_attempt_at=None)
    return status
