"""What coverage is made of: the database counts as the policy does."""

import random
from dataclasses import asdict, replace
from datetime import timedelta

from monitor.core.coverage import coverage_of, is_heard
from monitor.core.polling import state_of
from monitor.core.types import Course, FeedSpec, FeedState, HostRest, Pause
from monitor.store import coverage, feeds, items
from monitor.store.database import Database
from monitor.store.hosts import keep_rests
from tests.store.rows import NOW, make_feed, make_item, make_outcome, record

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def any_course(chance: random.Random) -> Course:
    """Return a course as polling leaves them, of any kind."""
    age, step = chance.choice([HOUR, DAY, 5 * DAY, 40 * DAY]), chance.choice([MINUTE, 6 * HOUR, 3 * DAY])
    count = chance.choice([0, 1, 3, 4, 11, 12])
    return Course(
        retired_at=chance.choice([None, None, None, NOW - DAY]),
        rolled_over_at=chance.choice([None, None, NOW - HOUR, NOW - DAY, NOW - 2 * DAY]),
        window=chance.choice([None, HOUR, 2 * DAY]),
        beats=tuple(NOW - age - n * step * chance.choice([1, 1, 1, 4]) for n in range(count)),
    )


def any_feed(db: Database, number: int, chance: random.Random) -> None:
    """Store a feed that is doing somehow."""
    feed = feeds.add_feed(db, FeedSpec(f"https://{number}.example/rss", f"Feed {number}"), shards=8, now=NOW)
    if chance.random() < 0.1:
        return
    course = any_course(chance)
    course = replace(course, beats=tuple(sorted(course.beats, reverse=True)))
    polled_at = NOW - chance.choice([MINUTE, 50 * MINUTE, 70 * MINUTE, 20 * HOUR, 5 * DAY])
    errors: list[list[str | None]] = [
        [None],
        [None],
        [None, "http 503: away"],
        ["timeout"],
        [None, "not a feed: <html>"],
    ]
    for error in chance.choice(errors):
        outcome = make_outcome(feed, error=error, at=polled_at)
        wait = chance.choice([15 * MINUTE, 20 * MINUTE, DAY, 2 * DAY])
        record(db, replace(outcome, next_poll_at=polled_at + wait, course=course))
        found = feeds.find_feed(db, feed.url)
        assert found is not None
        feed, polled_at = found, min(polled_at + wait, NOW)


def test_the_database_counts_the_plain_ones_as_the_policy_would(db: Database) -> None:
    chance = random.Random(4)
    for number in range(300):
        any_feed(db, number, chance)
    with db.write() as connection:  # two rests that are ahead, one that is over
        ahead, over = HostRest(NOW + DAY, "patience", 1), HostRest(NOW - MINUTE, "patience", 1)
        keep_rests(connection, {f"{n}.example": ahead if n % 3 else over for n in range(0, 300, 7)})
    for feed in feeds.list_feeds(db)[::11]:
        feeds.pause(db, feed.id, Pause(NOW - HOUR, "ana", "their site is rebuilt"))
    every = feeds.list_feeds(db)
    assert {state_of(feed, now=NOW) for feed in every} == set(FeedState), "all states are among them"
    counted, looked_at = coverage.coverage(db, now=NOW), coverage_of(every, now=NOW)
    assert asdict(counted) == asdict(looked_at)
    pulses, plain = coverage.read_pulses(db, now=NOW)
    assert len(pulses) + plain.count == 300
    assert plain.count > sum(state_of(feed, now=NOW) is FeedState.HEALTHY for feed in every) * 0.9
    for pulse in pulses:
        [feed] = [feed for feed in every if feed.id == pulse.id]
        assert state_of(pulse, now=NOW) is state_of(feed, now=NOW)
        assert is_heard(pulse, now=NOW) is is_heard(feed, now=NOW)


def test_feeds_that_are_no_longer_polled_do_not_count(db: Database) -> None:
    make_feed(db)
    feeds.remove_feed(db, make_feed(db, "https://gone.example/").url)
    found = coverage.coverage(db, now=NOW)
    assert (found.watched, found.unasked) == (1, 1)
    assert [label.url for label in coverage.labels(db)] == ["https://news.example/rss"]


def test_those_asked_next_are_found_without_those_shown_already(db: Database) -> None:
    first, second, third, retired = (make_feed(db, f"https://{n}.example/") for n in range(4))
    record(
        db,
        make_outcome(first, at=NOW + HOUR),
        make_outcome(second, at=NOW),
        replace(make_outcome(retired), course=Course(retired_at=NOW)),
    )
    assert coverage.next_asked(db, but=[], limit=9) == [third.id, second.id, first.id]
    assert coverage.next_asked(db, but=[third.id], limit=1) == [second.id]


def test_items_are_counted_by_feed_and_time_and_the_newest_come_first(db: Database) -> None:
    one, two = make_feed(db, "https://1.example/"), make_feed(db, "https://2.example/")
    record(db, make_outcome(one, make_item("old")), now=NOW - 8 * DAY)
    record(db, make_outcome(one, make_item("a"), make_item("b")), make_outcome(two, make_item("c")))
    assert coverage.items_since(db, [one.id, two.id], since_at=NOW - 7 * DAY) == {one.id: 2, two.id: 1}
    assert coverage.items_since(db, [two.id, 99], since_at=NOW + HOUR) == {}
    assert [item.guid for item in items.newest_items(db, one.id, limit=2)] == ["b", "a"]


def test_spans_of_failure_are_told_latest_first(db: Database) -> None:
    feed = make_feed(db)
    for hours, error in ((0, "timeout"), (1, None), (2, "http 503: away"), (3, "http 503: still")):
        record(db, make_outcome(feed, error=error, at=NOW + hours * HOUR))
        found = feeds.find_feed(db, feed.url)
        assert found is not None
        feed = found
    spans = feeds.failures_of(db, feed.id, limit=9)
    assert [(span.error, span.since_at, span.until_at) for span in spans] == [
        ("http 503: still", NOW + 2 * HOUR, None),
        ("timeout", NOW, NOW + HOUR),
    ]
    assert len(feeds.failures_of(db, feed.id, limit=1)) == 1


def test_a_feed_that_is_overdue_is_unheard_after_three_of_its_waits_and_still_healthy(db: Database) -> None:
    feed = make_feed(db)
    record(db, replace(make_outcome(feed), next_poll_at=NOW + 25 * MINUTE))
    for later, heard in ((45 * MINUTE, 1), (75 * MINUTE, 1), (76 * MINUTE, 0)):
        found = coverage.coverage(db, now=NOW + later)
        assert (found.states[FeedState.HEALTHY], found.heard) == (1, heard)
        assert found.lag(NOW + later) == later - 25 * MINUTE


def test_feeds_are_given_in_the_order_they_are_asked_for(db: Database) -> None:
    one, two = make_feed(db, "https://1.example/"), make_feed(db, "https://2.example/")
    assert feeds.feeds_by_id(db, [two.id, 99, one.id]) == [two, one]
