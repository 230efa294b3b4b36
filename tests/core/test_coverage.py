"""How much of what is watched is seen."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.coverage import (
    NAMED,
    Coverage,
    Plain,
    blindness,
    counted,
    coverage_of,
    glance,
    is_heard,
    missed,
    since,
    warnings,
)
from monitor.core.polling import state_of
from monitor.core.types import Course, FeedState, HostRest, Pulse

NOW = datetime(2023, 7, 30, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WELL = Pulse(1, "https://a.example/", "Paper", NOW + 5 * MINUTE, polled_at=NOW - 10 * MINUTE, ok_at=NOW - 10 * MINUTE)
FAILING = replace(
    WELL, name="Radio", failures=2, failing_since_at=NOW - 30 * MINUTE, ok_at=NOW - 45 * MINUTE, error="timeout: x"
)
DEAF = replace(
    FAILING, name="Old", failing_since_at=NOW - 9 * DAY, ok_at=NOW - 9 * DAY - 15 * MINUTE, error="not a feed: <html>"
)
NEW = replace(WELL, name="New", polled_at=None, ok_at=None, next_poll_at=NOW - MINUTE)
NEVER = replace(FAILING, name="Never", ok_at=None)
GONE = replace(WELL, name="Gone", course=Course(retired_at=NOW - DAY), ok_at=NOW - 40 * DAY)
ROLLED = replace(WELL, name="Busy", course=Course(rolled_over_at=NOW - HOUR))
QUIET = replace(WELL, name="Still", course=Course(beats=tuple(NOW - 30 * DAY - n * HOUR for n in range(5))))
ALL = [WELL, FAILING, DEAF, NEW, NEVER, GONE, ROLLED, QUIET]


@pytest.mark.parametrize(
    ("last_good", "planned", "failing_since", "heard"),
    [
        (10 * MINUTE, 15 * MINUTE, None, True),
        (59 * MINUTE, 5 * MINUTE, None, True),  # never less than an hour
        (61 * MINUTE, 15 * MINUTE, None, False),  # three of its own waits have passed
        (71 * HOUR, 24 * HOUR, None, True),
        (73 * HOUR, 24 * HOUR, None, False),
        (45 * MINUTE, 15 * MINUTE, 30 * MINUTE, True),  # one lost poll is no hole
        (13 * HOUR, None, 9 * HOUR, False),
        (11 * HOUR, None, 7 * HOUR, True),  # its wait was four hours before it failed
        (4 * DAY, None, HOUR, False),  # the daemon was off: four days were never its wait
    ],
)
def test_a_feed_is_heard_within_three_of_its_own_waits(
    last_good: timedelta, planned: timedelta | None, failing_since: timedelta | None, heard: bool
) -> None:
    feed = replace(
        WELL,
        ok_at=NOW - last_good,
        next_poll_at=NOW - last_good + planned if planned else NOW + DAY,
        failing_since_at=None if failing_since is None else NOW - failing_since,
        failures=0 if failing_since is None else 3,
    )
    assert is_heard(feed, now=NOW) is heard


def test_what_was_never_answered_or_is_retired_is_not_heard() -> None:
    assert [feed.name for feed in ALL if not is_heard(feed, now=NOW)] == ["Old", "New", "Never", "Gone"]


def test_a_number_agrees_with_its_noun() -> None:
    assert [counted(*words) for words in ((1, "entity"), (2, "entity"), (0, "feed"), (1, "feed"))] == [
        "1 entity",
        "2 entities",
        "0 feeds",
        "1 feed",
    ]


def test_everything_is_counted_once() -> None:
    found = coverage_of(ALL, now=NOW, plain=Plain(2, 2, 0, NOW + MINUTE, NOW - 20 * MINUTE, NOW - 2 * MINUTE))
    assert (found.watched, found.heard, found.unasked, found.never) == (10, 6, 1, 1)
    assert found.states == {
        FeedState.FAILING: 2, FeedState.NOT_A_FEED: 1, FeedState.RETIRED: 1, FeedState.PAUSED: 0, FeedState.ROLLED_OVER: 1, FeedState.QUIET: 1,
        FeedState.RESTING: 0, FeedState.HEALTHY: 4,
    }  # fmt: skip
    assert found.reasons == {"timeout": 2, "not a feed": 1}
    assert found.share == 0.6
    assert (found.due_at, found.lag(NOW)) == (NOW - MINUTE, MINUTE)
    assert (found.oldest_ok_at, found.newest_ok_at) == (DEAF.ok_at, NOW - 2 * MINUTE)


PAST = st.integers(0, 60 * 24 * 60).map(lambda minutes: NOW - minutes * MINUTE)
INSTANTS = st.none() | PAST
COURSES = st.builds(
    Course,
    retired_at=INSTANTS,
    rolled_over_at=INSTANTS,
    window=st.none() | st.integers(1, 500).map(lambda hours: hours * HOUR),
    beats=st.lists(PAST, max_size=12, unique=True).map(lambda found: tuple(sorted(found, reverse=True))),
)
PULSES = st.builds(
    Pulse,
    id=st.just(1),
    url=st.just("https://a.example/"),
    name=st.sampled_from(["", "a", "B"]),
    next_poll_at=st.integers(-9999, 9999).map(lambda minutes: NOW + minutes * MINUTE),
    failures=st.integers(0, 3),
    failing_since_at=INSTANTS,
    polled_at=INSTANTS,
    ok_at=INSTANTS,
    error=st.sampled_from([None, "timeout", "not a feed: <html>", "http 404: gone"]),
    course=COURSES,
)


@given(st.lists(PULSES, max_size=12))
def test_the_counts_sum_to_all_however_feeds_are(feeds: list[Pulse]) -> None:
    found = coverage_of(feeds, now=NOW)
    assert sum(found.states.values()) == found.watched == len(feeds)
    assert set(found.states) == set(FeedState)
    assert found.states == {**dict.fromkeys(FeedState, 0), **Counter(state_of(feed, now=NOW) for feed in feeds)}
    assert 0 <= found.heard <= found.watched - found.states[FeedState.RETIRED]
    assert found.heard + found.unasked <= found.watched + sum(
        feed.ok_at is not None and feed.polled_at is None for feed in feeds
    )
    assert 0.0 <= found.share <= 1.0
    assert found.missed >= found.states[FeedState.ROLLED_OVER]
    assert all(0 < len(names) <= min(NAMED, found.states[state]) for state, names in found.examples.items())
    assert glance(found)
    assert not any("a.example" in line for line in warnings(found, now=NOW))


@given(st.lists(PULSES, max_size=8), st.integers(0, 8))
def test_no_feed_changes_how_another_one_counts(feeds: list[Pulse], at: int) -> None:
    whole, one, other = (coverage_of(part, now=NOW) for part in (feeds, feeds[:at], feeds[at:]))
    for name in ("watched", "heard", "unasked", "never", "missed"):
        assert getattr(whole, name) == getattr(one, name) + getattr(other, name)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 36),  # 22 hours at a mean of 36 minutes and 40 seconds
        ({"failures": 0}, 0),  # what is well misses nothing
        ({"course": Course(beats=tuple(NOW - DAY - n * HOUR for n in range(12)))}, 0),  # it never drops an entry
        ({"course": Course(beats=(NOW - DAY,), window=HOUR)}, 0),  # it has no rhythm yet
        ({"ok_at": None}, 0),
        ({"ok_at": NOW - HOUR}, 0),  # it still shows all of that
    ],
)
def test_what_a_feed_was_expected_to_bring_and_no_longer_shows_is_missed(
    changes: dict[str, object], expected: int
) -> None:
    course = Course(beats=tuple(NOW - DAY - n * 40 * MINUTE for n in range(12)), window=2 * HOUR)
    feed = replace(FAILING, ok_at=NOW - DAY, failing_since_at=NOW - DAY, course=course)
    feed = replace(feed, **changes)  # type: ignore[arg-type]  # as the case says
    assert missed(feed, now=NOW) == expected


def test_a_feed_that_rolled_over_missed_one_at_least() -> None:
    assert missed(ROLLED, now=NOW) == 1
    assert missed(replace(ROLLED, course=Course(rolled_over_at=NOW - 2 * DAY)), now=NOW) == 0


def test_each_state_says_since_when() -> None:
    found = {
        state_of(feed, now=NOW): since(feed, state_of(feed, now=NOW))
        for feed in (WELL, FAILING, DEAF, GONE, ROLLED, QUIET)
    }
    assert found == {
        FeedState.HEALTHY: None, FeedState.FAILING: NOW - 30 * MINUTE, FeedState.NOT_A_FEED: NOW - 9 * DAY,
        FeedState.RETIRED: NOW - DAY, FeedState.ROLLED_OVER: NOW - HOUR, FeedState.QUIET: NOW - 30 * DAY,
    }  # fmt: skip


def test_one_sentence_says_it_all() -> None:
    many = [replace(FAILING, name=name) for name in ("dawn", "Ariana", "Tolo", "Ćuk", "Zee")]
    assert glance(coverage_of([WELL, *many, NEW], now=NOW)) == (
        "6 of 7 feeds heard; 1 not asked yet; 5 failing: Ariana, dawn, Tolo and 2 more"
    )
    assert glance(coverage_of([WELL], now=NOW)) == "1 of 1 feed heard"
    assert (
        glance(coverage_of([replace(FAILING, name="")], now=NOW)) == "1 of 1 feed heard; 1 failing: https://a.example/"
    )
    assert glance(coverage_of([], now=NOW)) == "no feed is watched"


@pytest.mark.parametrize(
    ("feeds", "told"),
    [
        ([WELL, NEW], []),
        ([], []),
        ([WELL, NEVER], ["1 of 2 feeds unheard, 50% covered", "feeds: 1 failing"]),
        ([WELL, GONE, QUIET], ["1 of 3 feeds unheard, 67% covered", "feeds: 1 retired, 1 quiet"]),
        ([ROLLED], ["feeds: 1 rolled over", "at least 1 item may have gone by unseen"]),
        ([replace(WELL, next_poll_at=NOW - 11 * MINUTE)], ["polls are late by 11m: the daemon is off, or it has more feeds than it manages"]),
        ([replace(WELL, next_poll_at=NOW - 9 * MINUTE)], []),
    ],
)  # fmt: skip
def test_only_what_should_be_looked_into_is_a_warning(feeds: list[Pulse], told: list[str]) -> None:
    assert warnings(coverage_of(feeds, now=NOW), now=NOW) == told


def test_blindness_is_told_apart_from_a_bad_feed() -> None:
    def told(*feeds: Pulse) -> str | None:
        return blindness(coverage_of(feeds, now=NOW), now=NOW)

    assert told() is None
    assert told(NEVER, WELL) is None
    assert told(NEVER, NEW) is None, "one was not asked yet"
    overdue = replace(WELL, ok_at=NOW - 9 * DAY, next_poll_at=NOW - 8 * DAY)
    assert told(NEVER, overdue) is None, "the daemon was off, and one was not asked again yet"
    rest = HostRest(NOW + HOUR, "3 of its feeds in a row got no answer (dns)", 1)
    resting, paused = replace(NEW, rest=rest), replace(NEW, paused_at=NOW)
    assert (told(NEVER, resting, paused) or "").startswith("none of the 3 feeds could be reached (1 time: timeout)")
    assert told(resting, paused) is None, "none was asked"
    assert (told(NEVER, NEVER) or "").startswith(
        "none of the 2 feeds could be reached (2 times: timeout). Check the network"
    )
    assert "the last good poll was 9d ago (1 time: not a feed)" in (told(replace(DEAF, ok_at=NOW - 9 * DAY)) or "")
    assert warnings(coverage_of([NEVER], now=NOW), now=NOW)[0].startswith("none of the 1 feed could be reached")


def test_nothing_watched_is_nothing_missed() -> None:
    nothing = coverage_of([], now=NOW)
    assert nothing == Coverage(0, dict.fromkeys(FeedState, 0), 0)
    assert (nothing.share, nothing.blind, nothing.lag(NOW)) == (1.0, False, timedelta(0))


def test_a_feed_whose_host_rests_is_not_late_until_its_rest_is_over() -> None:
    rest = HostRest(NOW + HOUR, "the publisher asks for patience (429)", 1)
    due = Pulse(1, "https://a.example/", "A", NOW - HOUR, polled_at=NOW - 2 * HOUR, ok_at=NOW - 2 * HOUR)
    assert coverage_of([due], now=NOW).lag(NOW) == HOUR
    resting = coverage_of([replace(due, rest=rest)], now=NOW)
    assert (resting.lag(NOW), resting.states[FeedState.RESTING]) == (timedelta(0), 1)
    assert resting.lag(NOW + 2 * HOUR) == HOUR
