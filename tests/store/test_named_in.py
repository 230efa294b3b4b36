"""What hits say of entities, on both databases."""

from datetime import date, timedelta

from monitor.core.types import EntityRef, Kind, Severity
from monitor.store import named_in
from monitor.store.database import Database
from tests.store.rows import ENTITIES, NOW, make_feed, make_item, make_match, make_outcome, record


def fill(db: Database) -> None:
    """Store an item that names both entities, and a day later one that names IS-K."""
    both = [make_match(), make_match("r1", "is-k", "bajaur", severity=Severity.CRITICAL)]
    record(db, make_outcome(make_feed(db), make_item("a", matches=both)))
    later = make_outcome(make_feed(db, "https://other.example/"), make_item("b", "x", matches=[make_match()]))
    record(db, later, now=NOW + timedelta(days=1))


def test_hits_are_counted_by_entity_and_by_day(db: Database) -> None:
    assert named_in.counts(db, since_at=NOW) == {}
    assert named_in.newest_namings(db, "is-k", limit=9) == []
    fill(db)
    assert named_in.counts(db, since_at=NOW) == {"is-k": 3, "bajaur": 1}
    assert named_in.counts(db, since_at=NOW + timedelta(hours=1)) == {"is-k": 1}
    assert sorted(named_in.by_day(db, since_at=NOW)) == [
        (date(2023, 7, 30), Severity.CRITICAL, 1),
        (date(2023, 7, 30), Severity.HIGH, 1),
        (date(2023, 7, 31), Severity.HIGH, 1),
    ]
    assert named_in.by_day(db, since_at=NOW, entity="bajaur") == [(date(2023, 7, 30), Severity.CRITICAL, 1)]


def test_the_company_of_an_entity_is_who_stands_in_the_same_items(db: Database) -> None:
    fill(db)
    naming = named_in.newest_namings(db, "is-k", limit=9)
    assert [(one.item_id, one.feed_id) for one in naming] == [(2, 2), (1, 1), (1, 1)]
    company = named_in.company(db, "is-k", naming, limit=5)
    assert company.items == 2
    assert company.companions == [(ENTITIES["bajaur"], 1)]
    assert sorted(company.feeds) == [((1, "Paper"), 1), ((2, "Paper"), 1)]
    assert company.publishers == [("news.example", 2)]
    assert named_in.company(db, "is-k", [], limit=5) == named_in.Company(0, [], [], [])


def test_an_entity_that_is_watched_no_more_is_known_by_its_last_hit(db: Database) -> None:
    fill(db)
    assert named_in.last_called(db, "bajaur") == EntityRef("bajaur", "Bajaur", Kind.PLACE)
    assert named_in.last_called(db, "nobody") is None
