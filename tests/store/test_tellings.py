"""Stories as they are read, on both databases."""

from datetime import timedelta

from monitor.core.types import Severity
from monitor.store import items, tellings
from monitor.store.database import Database
from tests.store.rows import NOW, make_alert, make_feed, make_item, make_match, make_outcome, record


def tell(db: Database, guid: str, title: str, *, hours: int = 0, severity: Severity = Severity.HIGH) -> None:
    """Store an item with a hit."""
    feed, item = make_feed(db), make_item(guid, title, matches=[make_match(severity=severity)])
    at = NOW + timedelta(hours=hours)
    record(db, make_outcome(feed, item, at=at), now=at)


def test_a_story_is_as_grave_as_its_gravest_hit(db: Database) -> None:
    tell(db, "a", "Suicide bomber strikes party rally in Bajaur, dozens dead", severity=Severity.LOW)
    assert [one.severity for one in tellings.list_stories(db, limit=9)] == [Severity.LOW]
    tell(db, "b", "Suicide bomber strikes party rally in Bajaur, dozens dead", hours=1, severity=Severity.CRITICAL)
    tell(db, "c", "Suicide bomber strikes party rally in Bajaur, dozens dead", hours=2, severity=Severity.MEDIUM)
    [story] = tellings.list_stories(db, limit=9)
    assert (story.severity, story.reports, story.publishers, story.alerts) == (Severity.CRITICAL, 3, 1, 0)
    assert story == tellings.find_story(db, story.id)


def test_stories_are_listed_page_by_page_the_last_told_first(db: Database) -> None:
    tell(db, "a", "Floods close the Karakoram highway")
    tell(db, "b", "Court sentences a smuggler in Quetta", severity=Severity.LOW)
    tell(db, "c", "Minister opens a hospital in Lahore", hours=5, severity=Severity.CRITICAL)
    everything = tellings.list_stories(db, limit=9)
    assert [one.title[:6] for one in everything] == ["Minist", "Court ", "Floods"]
    second = tellings.list_stories(db, before=(everything[0].last_at, everything[0].id), limit=1)
    assert second == everything[1:2]
    assert tellings.list_stories(db, before=(second[0].last_at, second[0].id), limit=9) == everything[2:]
    assert (
        tellings.list_stories(db, severity=Severity.HIGH, until_at=NOW + timedelta(hours=1), limit=9) == everything[2:]
    )
    assert tellings.list_stories(db, since_at=NOW + timedelta(hours=1), limit=9) == everything[:1]
    gravest = tellings.list_stories(db, limit=9, gravest_first=True)
    assert [one.severity for one in gravest] == [Severity.CRITICAL, Severity.HIGH, Severity.LOW]
    opened = tellings.count_open(db, since_at=NOW)
    assert opened == {Severity.CRITICAL: 1, Severity.HIGH: 1, Severity.LOW: 1}


def test_reports_come_with_their_publishers_hits_and_alerts(db: Database) -> None:
    tell(db, "a", "Suicide bomber strikes party rally in Bajaur, dozens dead")
    alert = make_alert(db, items.unrouted_hits(db, limit=9))
    [report] = tellings.reports_of(db, 1, limit=9)
    assert (report.publisher, report.copy_of, len(report.hits)) == ("news.example", None, 1)
    assert [one.id for one in tellings.alerts_of(db, 1, limit=9)] == [alert.id]
    assert tellings.find_story(db, 9) is None
    assert tellings.reports_of(db, 9, limit=9) == []
