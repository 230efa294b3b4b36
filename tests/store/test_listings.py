"""Lists that go on from a row, on both databases."""

from dataclasses import replace
from datetime import timedelta

from monitor.core.types import Severity
from monitor.store import alerts, deliveries, items
from monitor.store.database import Database
from monitor.store.items import HitFilter
from monitor.store.told_stories import StoryFilter, find_story, list_stories
from tests.store.rows import (
    NOW,
    make_alert,
    make_delivery,
    make_feed,
    make_hits,
    make_item,
    make_match,
    make_outcome,
    record,
)


def test_hits_go_on_in_both_directions_from_one_of_them(db: Database) -> None:
    assert items.newest_hit_id(db) == 0
    ids = [hit.id for hit in make_hits(db, 5)]
    assert items.newest_hit_id(db) == ids[-1]
    assert items.newest_hit_id(db, until_at=NOW) == 0
    assert [hit.id for hit in items.list_hits(db, HitFilter(before_id=ids[3], limit=2))] == [ids[2], ids[1]]
    assert [hit.id for hit in items.list_hits(db, HitFilter(after_id=ids[1], limit=2))] == [ids[2], ids[3]]
    for feed in ("Paper", "https://news.example/rss"):
        assert len(items.list_hits(db, HitFilter(feed=feed, lang="en"))) == 5
    assert items.list_hits(db, HitFilter(feed="news.example\x00")) == []


def test_items_are_listed_without_hits_too(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a"), make_item("b"), make_item("c")))
    found = items.list_items(db, since_at=NOW, until_at=NOW + timedelta(seconds=1), feed="Paper", lang="en", limit=9)
    assert [item.guid for item in found] == ["c", "b", "a"]
    assert [item.guid for item in items.list_items(db, before_id=found[0].id, limit=1)] == ["b"]
    assert items.list_items(db, until_at=NOW, limit=9) == []


def test_a_story_is_as_grave_as_its_gravest_hit(db: Database) -> None:
    [hit] = make_hits(db, 1)
    graver = make_match("graver", "bajaur", severity=Severity.CRITICAL)
    record(db, make_outcome(make_feed(db, "https://b.example/"), make_item("b", "A flood in Swat", matches=[graver])))
    stories = list_stories(db, StoryFilter())
    assert [(one.severity, one.reports, one.publishers) for one in stories] == [
        (Severity.CRITICAL, 1, 1),
        (Severity.HIGH, 1, 1),
    ]
    assert find_story(db, hit.item.story_id or 0) == stories[1]
    for asked in (StoryFilter(severity=Severity.CRITICAL), StoryFilter(entity="bajaur"), StoryFilter(rule="graver")):
        assert list_stories(db, asked) == stories[:1]
    assert (
        list_stories(db, StoryFilter(before_id=stories[0].id, watchlist="is-k", lang="en", feed="Paper")) == stories[1:]
    )
    assert list_stories(db, StoryFilter(since_at=NOW + timedelta(days=1))) == []
    assert find_story(db, 99) is None


def test_alerts_and_deliveries_of_one_moment_go_on_by_their_id(db: Database) -> None:
    hits = make_hits(db, 1)
    for n in range(4):
        make_alert(db, hits, id_=f"alr_{n}", key=str(n))
    deliveries.add(db, [replace(make_delivery(f"dlv_{n}"), created_at=NOW - timedelta(hours=n // 2)) for n in range(4)])
    assert [one.id for one in alerts.list_alerts(db, before=(NOW, "alr_1"), limit=9)] == ["alr_2", "alr_3"]
    assert alerts.list_alerts(db, severity=Severity.CRITICAL, receiver="desk", limit=9) == []
    assert alerts.list_alerts(db, until_at=NOW, limit=9) == []
    assert [one.id for one in deliveries.list_deliveries(db, before=(NOW, "dlv_0"), limit=9)] == [
        "dlv_1",
        "dlv_2",
        "dlv_3",
    ]
    earlier = NOW - timedelta(hours=1)
    found = deliveries.list_deliveries(db, channel="desk/webhook", since_at=earlier, until_at=NOW, limit=9)
    assert [one.id for one in found] == ["dlv_2", "dlv_3"]
