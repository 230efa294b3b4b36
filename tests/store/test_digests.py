"""Digests: each period once, and what the rows say of it; retention beside them."""

from dataclasses import replace
from datetime import timedelta

from monitor.core.types import Course, EditedItem, Pause, Period, Severity
from monitor.store import alerts, deliveries, digests, feeds, items, meta, versions
from monitor.store.database import Database
from monitor.store.prune import prune
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

WEEK = timedelta(days=7)
PERIOD = Period(NOW - WEEK, NOW + timedelta(hours=1))
NOTICE = make_delivery().notice


def test_a_period_is_recorded_once_with_its_deliveries(db: Database) -> None:
    assert digests.last_period(db, "weekly") is None
    assert digests.record(db, "dig_1", "weekly", PERIOD, NOTICE, [make_delivery("a")], now=NOW)
    assert not digests.record(db, "dig_1", "weekly", PERIOD, NOTICE, [make_delivery("b")], now=NOW)
    assert [one.id for one in deliveries.list_deliveries(db, limit=9)] == ["a"]
    assert digests.last_period(db, "weekly") == PERIOD
    assert digests.record(db, "dig_2", "daily", PERIOD, NOTICE, [], now=NOW)
    assert len(digests.list_digests(db, limit=9)) == 2


def test_what_the_rows_say_of_a_period_and_the_one_before(db: Database) -> None:
    one, other = make_feed(db), make_feed(db, "https://other.example/rss")
    before = make_item("old", "Old news of IS-K fighters", matches=[make_match()])
    record(db, make_outcome(one, before), now=NOW - timedelta(days=8))
    title = "Bombing of election rally in Bajaur"
    critical = make_match("isk-in-bajaur", "is-k", "bajaur", severity=Severity.CRITICAL)
    record(
        db,
        make_outcome(one, make_item("a", title, matches=[make_match(), critical])),
        make_outcome(other, make_item("b", title, matches=[make_match()]), make_item("c")),
    )
    record(db, make_outcome(other, error="timeout"))
    material = digests.material_of(db, PERIOD)
    assert (material.items, material.now.hits, material.before.hits) == (3, 3, 1)
    assert material.now.entities == {"is-k": 2, "bajaur": 1}
    assert material.before.entities == {"is-k": 1}
    assert material.entity_names == {"is-k": "IS-K", "bajaur": "Bajaur"}
    [story] = material.stories
    assert (story.severity, story.reports, story.feeds) == (Severity.CRITICAL, 2, ("Paper",))
    assert material.feeds_total == 2
    assert (material.edited, material.withdrawn) == (0, 0)
    assert [failed.error for failed in material.feeds_failed] == ["timeout"]


def test_a_paused_feed_is_in_the_coverage_with_who_paused_it_and_why(db: Database) -> None:
    feed = make_feed(db)
    feeds.pause(db, feed.id, Pause(NOW, "ana", "their site is rebuilt"))
    [told] = digests.material_of(db, PERIOD).feeds_retired
    assert (told.url, told.error, told.since_at) == (feed.url, "paused by ana: their site is rebuilt", NOW)
    feeds.pause(db, feed.id, None)
    assert digests.material_of(db, PERIOD).feeds_retired == []


def test_edits_and_withdrawals_of_items_with_hits_are_counted_in_their_period(db: Database) -> None:
    feed = make_feed(db)
    record(db, make_outcome(feed, make_item("a", matches=[make_match()]), make_item("b"), make_item("c")))
    edits = tuple(EditedItem(item_id, "other", "words") for item_id in (1, 2))
    record(db, replace(make_outcome(feed), edits=edits), now=NOW + timedelta(minutes=1))
    with db.write() as connection:
        versions.withdraw(connection, [1, 3], now=NOW + timedelta(hours=2))
    now, later = PERIOD, Period(PERIOD.end_at, PERIOD.end_at + WEEK)
    told = [digests.material_of(db, period) for period in (now, later)]
    assert [(one.edited, one.withdrawn) for one in told] == [(1, 0), (0, 1)]


def test_feeds_that_are_quiet_rolled_over_or_were_given_up_are_in_the_coverage(db: Database) -> None:
    urls = [f"https://{name}.example/rss" for name in ("quiet", "missed", "retired", "well", "removed")]
    beats = tuple(NOW - timedelta(days=30 + number) for number in range(6))
    courses = [
        Course(beats=beats),
        Course(rolled_over_at=NOW - timedelta(days=2)),
        Course(retired_at=NOW - timedelta(days=3)),
        Course(beats=(NOW,)),
        Course(retired_at=NOW),
    ]
    for url, course in zip(urls, courses, strict=True):
        record(db, make_outcome(make_feed(db, url), at=NOW - timedelta(days=35)))
        error = "http 410: Gone" if course.retired_at else None
        [feed] = [one for one in feeds.list_feeds(db) if one.url == url]
        record(db, replace(make_outcome(feed, error=error), course=course))
    feeds.remove_feed(db, urls[-1])
    material = digests.material_of(db, PERIOD)
    found = [material.feeds_quiet, material.feeds_missed, material.feeds_retired]
    assert [[one.url for one in some] for some in found] == [[url] for url in urls[:3]]
    assert [some[0].since_at for some in found] == [beats[0], courses[1].rolled_over_at, courses[2].retired_at]
    assert (material.feeds_failed, material.feeds_retired[0].error) == ([], "http 410: Gone")
    later = digests.material_of(db, Period(PERIOD.end_at, PERIOD.end_at + WEEK))
    assert ([len(later.feeds_missed)], len(later.feeds_retired)) == ([0], 1)


def test_a_value_is_set_once(db: Database) -> None:
    assert meta.get(db, "installed_at") is None
    assert meta.set_once(db, "installed_at", "first") == "first"
    assert meta.set_once(db, "installed_at", "second") == "first"


def test_pruning_takes_what_is_past_and_nothing_that_is_due(db: Database) -> None:
    routed, due = make_hits(db, 2)
    record(db, make_outcome(make_feed(db), make_item("plain")))
    make_alert(db, [routed])
    deliveries.add(db, [make_delivery("sent"), make_delivery("waiting")])
    deliveries.mark_sent(db, "sent", now=NOW)
    later = NOW + timedelta(days=1)
    while prune(db, items_before=later, hits_before=later, deliveries_before=later, sketches_before=later, limit=1):
        pass
    assert [hit.id for hit in items.list_hits(db, items.HitFilter())] == [due.id]
    assert items.counts(db)["items"] == 1
    assert [one.id for one in deliveries.list_deliveries(db, limit=9)] == ["waiting"]
    assert alerts.list_alerts(db, limit=9) == []


def test_ids_are_never_given_twice(db: Database) -> None:
    [hit] = make_hits(db)
    make_alert(db, [hit])
    later = NOW + timedelta(days=1)
    prune(db, items_before=later, hits_before=later, deliveries_before=later, sketches_before=later, limit=10)
    [again] = make_hits(db)
    assert again.id > hit.id
    assert again.item.id > hit.item.id
