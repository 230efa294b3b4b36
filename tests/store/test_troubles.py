"""Troubles of feeds: found without looking at all feeds, told in the transaction of their deliveries, pruned in time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from monitor.core.troubles import Trouble, TroubleKind
from monitor.store import deliveries, feeds, outages, troubles
from monitor.store.database import Database
from monitor.store.prune import prune
from tests.store.rows import NOW, make_delivery, make_feed, make_outcome, record

LOOKS: dict[str, Callable[[Database], object]] = {
    **{kind: lambda db, kind=kind: troubles.unnoticed(db, kind, now=NOW) for kind in TroubleKind},  # type: ignore[misc]  # bound now
    "untold": troubles.untold,
    "forget": lambda db: troubles.forget(db, now=NOW),
    "backs": troubles.backs,
    "last told": troubles.last_told_at,
    "polls": lambda db: outages.recent_polls(db, now=NOW),
}


def make_trouble(db: Database, url: str = "https://news.example/rss") -> Trouble:
    """Store a failing feed and its trouble, and return that."""
    record(db, make_outcome(make_feed(db, url), error="http 503"))
    found = troubles.unnoticed(db, TroubleKind.FAILING, now=NOW)
    troubles.notice(db, TroubleKind.FAILING, found, now=NOW)
    return troubles.untold(db)[-1].trouble


@pytest.mark.parametrize("look", LOOKS)
def test_no_look_at_the_feeds_reads_them_all(db: Database, look: str) -> None:
    if db.dialect != "sqlite":
        pytest.skip("PostgreSQL scans a table of a few rows whatever its indexes")
    asked: list[tuple[str, Any]] = []
    event.listen(db.engine, "before_cursor_execute", lambda _, __, said, given, *___: asked.append((said, given)))
    LOOKS[look](db)
    queries = [one for one in asked if one[0].startswith("SELECT")]
    assert queries
    with db.engine.connect() as connection:
        steps = [
            row[-1]
            for said, given in queries
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given)
        ]
    assert [step for step in steps if step.startswith("SCAN feed") and "feed_trouble" not in step] == []


def test_a_trouble_is_noticed_once(db: Database) -> None:
    trouble = make_trouble(db)
    troubles.notice(db, TroubleKind.FAILING, feeds.list_feeds(db), now=NOW + timedelta(hours=1))
    assert [case.trouble for case in troubles.untold(db)] == [trouble]
    assert (trouble.since_at, trouble.noticed_at, trouble.told_at, trouble.thread, trouble.times) == (
        NOW,
        NOW,
        None,
        None,
        1,
    )


def test_what_is_told_is_marked_with_its_deliveries_and_not_a_second_time(db: Database) -> None:
    trouble = make_trouble(db)
    assert troubles.tell(db, {"trb_1": [trouble]}, [make_delivery("a")], now=NOW)
    assert not troubles.tell(db, {"trb_2": [trouble]}, [make_delivery("b")], now=NOW)
    assert [one.id for one in deliveries.list_deliveries(db, limit=9)] == ["a"]
    assert (troubles.untold(db), troubles.last_told_at(db), troubles.lasting(db, ["trb_1"])) == ([], NOW, {"trb_1": 1})
    assert troubles.end(db, [trouble.id], [make_delivery("c")], now=NOW)
    assert not troubles.end(db, [trouble.id], [make_delivery("d")], now=NOW)
    assert [one.id for one in deliveries.list_deliveries(db, limit=9)] == ["a", "c"]
    assert troubles.lasting(db, ["trb_1"]) == {}


def test_a_delivery_that_cannot_be_stored_leaves_the_trouble_untold(db: Database) -> None:
    trouble = make_trouble(db)
    broken = make_delivery("a")
    broken.notice["timestamp"] = object()  # type: ignore[typeddict-item]  # what JSON has no word for
    with pytest.raises(Exception, match="not JSON serializable"):
        troubles.tell(db, {"trb_1": [trouble]}, [broken], now=NOW)
    assert [case.trouble for case in troubles.untold(db)] == [trouble]


def test_an_outage_is_told_of_all_feeds_it_keeps_us_from_and_once(db: Database) -> None:
    for number in range(4):
        record(
            db, make_outcome(make_feed(db, f"https://h{number}.example/"), error="dns: the host's name is not known")
        )
    record(db, make_outcome(make_feed(db, "https://other.example/"), error="http 503"))
    found, count = outages.unreached(db, limit=3)
    assert ([feed.url for feed in found], count) == ([f"https://h{number}.example/" for number in range(3)], 4)
    assert outages.tell_outage(db, "trb_1", [make_delivery("a")], told_at=NOW, now=NOW) == 4
    assert outages.tell_outage(db, "trb_2", [make_delivery("b")], told_at=NOW, now=NOW) == 0
    assert [one.id for one in deliveries.list_deliveries(db, limit=9)] == ["a"]
    assert outages.running_outage(db) == ("trb_1", NOW)
    assert outages.unreached(db, limit=3) == ([], 0)
    with db.read() as connection:
        one = connection.execute(text("SELECT id FROM feed_trouble ORDER BY id LIMIT 1")).scalar_one()
    assert troubles.end(db, [one], [], now=NOW)
    assert outages.running_outage(db) is None  # it is passing: what fails from here on is told anew


def test_troubles_that_are_over_go_with_the_deliveries_that_told_of_them(db: Database) -> None:
    over, lasts = make_trouble(db), make_trouble(db, "https://other.example/rss")
    troubles.tell(db, {"trb_1": [over, lasts]}, [], now=NOW)
    troubles.end(db, [over.id], [], now=NOW)
    later = NOW + timedelta(days=1)
    prune(db, items_before=NOW, hits_before=NOW, deliveries_before=later, sketches_before=later, limit=10)
    with db.read() as connection:
        assert connection.execute(text("SELECT id FROM feed_trouble")).scalars().all() == [lasts.id]
