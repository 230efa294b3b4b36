"""Digests: each period once, and what the rows say of it; retention beside them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from monitor.core.types import Change, Course, EditedItem, Mention, Pause, Period, Severity
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

DAY = timedelta(days=1)
WEEK = 7 * DAY
PERIOD = Period(NOW - WEEK, NOW + timedelta(hours=1))
NOTICE = make_delivery().notice


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_what_is_being_stored_is_waited_for(db: Database) -> None:
    def now() -> datetime:
        with db.read() as connection:
            at: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return at

    before = now()
    with db.write() as connection:
        connection.execute(text("INSERT INTO meta (key, value) VALUES ('found', 'just now')"))
        assert digests.is_settled(db, before)
        assert not digests.is_settled(db, now())
    assert digests.is_settled(db, now())


def test_a_period_is_recorded_once_with_its_deliveries(db: Database) -> None:
    assert digests.last_period(db, "weekly", now=NOW + WEEK) is None
    assert digests.record(db, "dig_1", "weekly", PERIOD, NOTICE, [make_delivery("a")], now=NOW)
    assert not digests.record(db, "dig_1", "weekly", PERIOD, NOTICE, [make_delivery("b")], now=NOW)
    assert [one.id for one in deliveries.list_deliveries(db, limit=9)] == ["a"]
    assert digests.last_period(db, "weekly", now=NOW + WEEK) == PERIOD
    assert digests.record(db, "dig_2", "daily", PERIOD, NOTICE, [], now=NOW)
    assert [one.name for one in digests.list_digests(db, limit=9)] == ["weekly", "daily"]


def test_digests_are_listed_by_when_their_period_ended_and_none_is_skipped_where_some_ended_together(
    db: Database,
) -> None:
    for number, name in enumerate(["daily", "weekly", "monthly"]):
        digests.record(db, f"dig_{name}", name, PERIOD, NOTICE, [], now=NOW)
        digests.record(db, f"dig_{number}", name, Period(NOW - WEEK, NOW - number * DAY), NOTICE, [], now=NOW)
    seen, before = list[str](), None
    while part := digests.list_digests(db, limit=2, before=before):
        seen += [one.id for one in part]
        before = (part[-1].end_at, part[-1].id)
    assert seen == ["dig_daily", "dig_monthly", "dig_weekly", "dig_0", "dig_1", "dig_2"]
    assert [one.id for one in digests.list_digests(db, limit=9, name="weekly")] == ["dig_weekly", "dig_1"]
    since = digests.list_digests(db, limit=9, since_at=NOW - DAY, until_at=NOW)
    assert [one.id for one in since] == ["dig_1"]
    found = digests.find_digest(db, "dig_1")
    assert found is not None
    assert (found.name, found.end_at) == ("weekly", NOW - DAY)
    assert digests.find_digest(db, "dig_9") is None


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
    [told] = digests.material_of(db, PERIOD).feeds_paused
    assert (told.url, told.error, told.since_at) == (feed.url, "paused by ana: their site is rebuilt", NOW)
    feeds.pause(db, feed.id, None)
    assert digests.material_of(db, PERIOD).feeds_paused == []


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


def test_names_and_spellings_are_new_once_and_folded_letters_are_one(db: Database) -> None:
    feed = make_feed(db)
    old = replace(make_match(), mentions=(Mention("is-k", "title", 0, 4, "IS-K", "IS-K"),))
    record(db, make_outcome(feed, make_item("old", matches=[old])), now=NOW - timedelta(days=9))
    dash = Mention("is-k", "title", 0, 4, "IS\u2013K", "IS-K")
    other = Mention("is-k", "title", 0, 4, "ISKP", "ISKP")
    place = Mention("bajaur", "title", 5, 11, "Bajaur", "Bajaur")
    match = replace(make_match("r", "is-k", "bajaur"), mentions=(dash, other, place))
    record(db, make_outcome(feed, make_item("a", "ISKP Bajaur", matches=[match]), make_item("b", matches=[match])))
    material = digests.material_of(db, PERIOD)
    [name], [spelling] = material.new_entities, material.new_spellings
    assert (name.entity, name.spelling, name.at) == ("bajaur", "Bajaur", NOW)
    assert name.article is not None
    assert (name.article.title, name.article.feed) == ("ISKP Bajaur", "Paper")
    assert (spelling.entity, spelling.spelling) == ("is-k", "ISKP")
    later = digests.material_of(db, Period(PERIOD.end_at, PERIOD.end_at + WEEK))
    assert (later.new_entities, later.new_spellings) == ([], [])
    first = digests.material_of(db, Period(NOW - timedelta(days=10), NOW))
    assert (first.new_entities, first.new_spellings) == ([], []), "where nothing was known before, all would be new"


def test_withdrawn_reports_and_new_headlines_are_told_with_what_they_said_before(db: Database) -> None:
    feed = make_feed(db)
    titles = ("Blast in Bajaur kills 20", "IS-K claims the attack", "Rally goes on", "Without a hit")
    matched = [[make_match()], [make_match()], [make_match()], []]
    record(
        db, make_outcome(feed, *(make_item(title, title, matches=m) for title, m in zip(titles, matched, strict=True)))
    )
    edits = (
        EditedItem(1, "Police name the bomber of Khar", "words"),
        EditedItem(3, titles[2], "more words"),
        EditedItem(4, "Other", "words"),
    )
    record(db, replace(make_outcome(feed), edits=edits), now=NOW + timedelta(minutes=1))
    with db.write() as connection:
        versions.withdraw(connection, [2], now=NOW + timedelta(minutes=2))
    material = digests.material_of(db, PERIOD)
    told = [(one.change, one.was, one.article.title) for one in material.changes]
    assert told == [
        (Change.WITHDRAWN, "", titles[1]),
        (Change.HEADLINE, titles[0], "Police name the bomber of Khar"),
    ]
    assert (material.edited, material.withdrawn) == (2, 1)


def test_channels_through_which_something_did_not_arrive_are_told(db: Database) -> None:
    names = ("desk/slack", "desk/slack", "desk/email", "desk/webhook")
    deliveries.add(db, [make_delivery(f"d{number}", channel=name) for number, name in enumerate(names)])
    deliveries.mark_failed(db, "d0", error="answered 404", next_attempt_at=None)
    deliveries.mark_failed(db, "d1", error="answered 404", next_attempt_at=NOW + WEEK)
    deliveries.mark_failed(db, "d2", error="timeout", next_attempt_at=NOW + WEEK)
    found = digests.material_of(db, PERIOD).channels
    assert [(one.channel, one.dead, one.waiting, one.error) for one in found] == [
        ("desk/slack", 1, 1, "answered 404"),
        ("desk/email", 0, 1, "timeout"),
    ]


def test_only_periods_that_were_watched_say_what_is_usual(db: Database) -> None:
    feed = make_feed(db)
    record(db, make_outcome(feed, make_item("first"), at=NOW - 30 * DAY), now=NOW - 30 * DAY)
    [feed] = feeds.list_feeds(db)
    for days in (20, 12, 1):  # and nothing at all three weeks ago, when the daemon was away
        record(db, make_outcome(feed, make_item(f"{days}", matches=[make_match()])), now=NOW - days * DAY)
    material = digests.material_of(db, Period(NOW - WEEK, NOW))
    assert (material.now.hits, [one.hits for one in material.past]) == (1, [1, 1])
    assert material.before.hits == 1


def test_a_story_is_told_by_its_publishers_from_its_first_report_to_its_last_with_its_words(db: Database) -> None:
    title = "IS-K bombing of election rally in Bajaur kills forty people"
    for number in range(3):
        feed = make_feed(db, f"https://paper-{number}.example/rss")
        item = make_item(f"g{number}", title, matches=[make_match()])
        entry = replace(
            item.entry, url=f"https://paper-{number}.example/1", published_at=NOW + number * timedelta(hours=1)
        )
        record(db, make_outcome(feed, replace(item, entry=entry)))
    [story] = digests.material_of(db, PERIOD).stories
    assert (story.reports, story.first_at, story.last_at) == (3, NOW, NOW + timedelta(hours=2))
    assert 1 <= story.publishers <= 3
    assert [title[one.start : one.end] for one in story.mentions] == ["IS-K"]
    assert digests.find_digest(db, "dig_none") is None
