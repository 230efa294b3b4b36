"""When to ask again, and why then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.freshness import LONGEST_ASKED
from monitor.core.polling import (
    BACK_HOME,
    JITTER_SHARE,
    LEAST_PATIENCE,
    RETIRE_AFTER,
    RETIRE_FAILURES,
    Bounds,
    Plan,
    after_failure,
    after_success,
    put_off,
    shard_of,
    spell,
    state_of,
)
from monitor.core.types import Course, Feed, FeedState, Terms
from monitor.errors import FetchError

NOW = datetime(2023, 7, 30, tzinfo=UTC)
FEED = Feed(1, "https://news.example/rss", "Paper", (), None, False, {}, "config", True, NOW)
NOTHING = Course()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BOUNDS = Bounds(15 * MINUTE, 5 * MINUTE, DAY)
TIMEOUT = FetchError("timeout")


def success(
    *, asked: timedelta | None = None, interval: timedelta | None = None, course: Course = NOTHING, jitter: float = 0.0
) -> tuple[timedelta, str]:
    """Return the wait after an answer, and why."""
    feed = replace(FEED, interval=interval)
    plan = after_success(feed, course, asked=asked, now=NOW, bounds=BOUNDS, jitter=jitter)
    return plan.at - NOW, plan.reason


def failing(error: FetchError, failures: int = 0, *, course: Course = NOTHING, since: timedelta = HOUR) -> Plan:
    """Return the plan after a failure that follows so many others."""
    feed = replace(FEED, failures=failures, failing_since_at=NOW - since if failures else None, course=course)
    return after_failure(feed, error=error, now=NOW, bounds=BOUNDS, jitter=0.0)


def failure(error: FetchError, failures: int = 0, *, course: Course = NOTHING) -> tuple[timedelta, str]:
    """Return the wait after a failure, and why."""
    plan = failing(error, failures, course=course)
    return plan.at - NOW, plan.reason


def http(status: int, retry_after: float | None = None) -> FetchError:
    """Return the failure of an answer."""
    return FetchError(f"http {status}", status=status, retry_after=retry_after)


def with_news_every(span: timedelta) -> Course:
    """Return the course of a feed with that pace."""
    return Course(beats=tuple(NOW - number * span for number in range(1, 13)))


def test_the_interval_is_the_feeds_own_or_the_default() -> None:
    assert success() == (15 * MINUTE, "every 15m")
    assert success(interval=HOUR) == (HOUR, "every 1h")
    assert success(interval=HOUR, course=with_news_every(30 * DAY)) == (HOUR, "every 1h")


@pytest.mark.parametrize(
    ("every", "wait"),
    [(MINUTE, 15 * MINUTE), (HOUR, 15 * MINUTE), (5 * HOUR, 30 * MINUTE), (DAY, 2.4 * HOUR), (30 * DAY, DAY)],
)
def test_a_feed_that_seldom_changes_is_asked_seldom(every: timedelta, wait: timedelta) -> None:
    found, reason = success(course=with_news_every(every))
    assert found == wait
    assert (reason == "every 15m") is (wait == 15 * MINUTE)


def test_a_feed_whose_entries_go_soon_is_asked_sooner() -> None:
    assert success(course=Course(window=20 * MINUTE)) == (10 * MINUTE, "its entries stay for 20m only")
    assert success(course=Course(window=MINUTE))[0] == 5 * MINUTE
    lost = replace(with_news_every(DAY), rolled_over_at=NOW - HOUR)
    assert success(course=lost) == (1.2 * HOUR, "entries went by unseen, it is asked at twice its pace")
    assert success(course=replace(lost, rolled_over_at=NOW - 2 * DAY))[0] == 2.4 * HOUR


def test_a_publisher_who_asks_for_longer_gets_it_beyond_the_maximum_too() -> None:
    assert success(asked=HOUR) == (HOUR, "the publisher asks for 1h")
    assert success(asked=MINUTE) == (15 * MINUTE, "every 15m")
    assert success(asked=3 * DAY)[0] == 3 * DAY
    assert success(asked=3 * DAY, jitter=0.9)[0] >= 3 * DAY
    assert success(interval=MINUTE) == (5 * MINUTE, "every 1m, but never more often than every 5m")


def test_hours_that_the_feed_asks_to_skip_are_skipped() -> None:
    course = Course(terms=Terms(skip_hours=frozenset({0, 1})))
    assert success(course=course) == (2 * HOUR, "every 15m, then skips hours or days as the feed asks")
    assert 2 * HOUR <= success(course=course, jitter=0.999)[0] < 3 * HOUR
    assert failure(TIMEOUT, course=course)[0] == 2 * HOUR


def test_chance_adds_at_most_a_tenth_and_spreads_those_that_wait_the_maximum_before_it() -> None:
    assert 15 * MINUTE < success(jitter=0.999)[0] < 16.5 * MINUTE
    assert 0.9 * DAY < success(interval=DAY, jitter=0.999)[0] < DAY
    assert success(interval=DAY, asked=DAY, jitter=0.999)[0] == DAY


@pytest.mark.parametrize(
    ("error", "failures", "minutes"),
    [
        (TIMEOUT, 0, 15),
        (TIMEOUT, 1, 30),
        (TIMEOUT, 2, 60),
        (TIMEOUT, 3, 120),
        (TIMEOUT, 15, 1440),
        (TIMEOUT, 5000, 1440),
        (http(500), 0, 15),
        (http(502), 1, 30),
        (http(301), 0, 15),
        (http(503), 0, 30),
        (http(503), 1, 60),
        (FetchError("not a feed", "the answer begins '<html>'"), 0, 30),
        (http(401), 0, 60),
        (http(403), 0, 60),
        (http(404), 0, 60),
        (http(404), 1, 120),
        (http(429), 0, 60),
        (http(503, 7200.0), 0, 120),
        (http(503, 1.0), 0, 30),
        (http(429, 7200.0), 0, 120),
        (http(429, 1.0), 0, 60),
        (http(503, 3 * 86400.0), 0, 3 * 1440),
        (http(429, 1e9), 0, 7 * 1440),
        (http(404, 7200.0), 0, 120),
    ],
)
def test_the_wait_after_each_failure(error: FetchError, failures: int, minutes: int) -> None:
    wait, reason = failure(error, failures)
    assert wait == minutes * MINUTE
    assert reason


def test_reasons_of_failures_are_told() -> None:
    assert failure(TIMEOUT, 1)[1] == "timeout, 2 in a row"
    assert failure(http(503))[1] == "the publisher asks for patience (503), 1 in a row"
    assert failure(http(503, 7200.0))[1] == "the publisher asks for 2h (Retry-After)"


def test_a_429_slows_a_feed_down_for_longer_than_one_poll() -> None:
    course = failing(http(429)).course
    assert course.patience == LEAST_PATIENCE
    assert failing(http(429), course=course).course.patience == 2 * LEAST_PATIENCE
    waits = []
    for _ in range(40):
        plan = after_success(FEED, course, asked=None, now=NOW, bounds=BOUNDS, jitter=0.0)
        course = plan.course
        waits.append(plan.at - NOW)
    assert waits == sorted(waits, reverse=True)
    assert waits[0] == 54 * MINUTE
    assert waits[-1] == 15 * MINUTE
    assert course.patience is None


def test_what_is_gone_is_retired_and_comes_back_when_it_is_there_again() -> None:
    plan = failing(http(410))
    assert plan.course.retired_at == NOW
    assert plan.reason.startswith("retired: the publisher says it is gone for good (410)")
    revived = after_success(FEED, plan.course, asked=None, now=NOW, bounds=BOUNDS, jitter=0.0)
    assert revived.course.retired_at is None


@pytest.mark.parametrize(
    ("error", "failures", "since", "retired"),
    [
        (TIMEOUT, RETIRE_FAILURES, RETIRE_AFTER, True),
        (http(404), RETIRE_FAILURES, RETIRE_AFTER, True),
        (FetchError("not a feed"), RETIRE_FAILURES, RETIRE_AFTER, True),
        (TIMEOUT, RETIRE_FAILURES, RETIRE_AFTER - DAY, False),
        (TIMEOUT, 2, RETIRE_AFTER, False),
        (http(429), RETIRE_FAILURES, RETIRE_AFTER, False),
    ],
)
def test_long_failure_retires(error: FetchError, failures: int, since: timedelta, retired: bool) -> None:
    plan = failing(error, failures, since=since)
    assert (plan.course.retired_at is not None) is retired
    assert plan.reason.startswith("retired") is retired


def test_where_a_feed_moved_to_is_forgotten_when_it_fails_there_and_its_own_address_is_asked_again() -> None:
    moved = Course(moved_to="https://new.example/rss")
    assert failing(TIMEOUT, course=moved).course.moved_to == moved.moved_to
    assert failing(TIMEOUT, BACK_HOME, course=moved).course.moved_to is None
    plan = failing(http(410), course=moved)
    assert (plan.course.moved_to, plan.course.retired_at) == (None, None)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, FeedState.HEALTHY),
        ({"failures": 1, "error": "timeout: no complete answer"}, FeedState.FAILING),
        ({"failures": 1, "error": "not a feed: the answer begins '<html>'"}, FeedState.NOT_A_FEED),
        ({"course": Course(rolled_over_at=NOW - HOUR)}, FeedState.ROLLED_OVER),
        ({"course": Course(rolled_over_at=NOW - 2 * DAY)}, FeedState.HEALTHY),
        ({"course": Course(beats=tuple(NOW - (10 + n) * DAY for n in range(5)))}, FeedState.QUIET),
        ({"failures": 9, "error": "http 410", "course": Course(retired_at=NOW)}, FeedState.RETIRED),
    ],
)
def test_states(changes: dict[str, object], state: FeedState) -> None:
    assert state_of(replace(FEED, **changes), now=NOW) is state  # type: ignore[arg-type]  # by name


SPANS = st.timedeltas(timedelta(0), timedelta(days=40))
COURSES = st.builds(
    Course,
    patience=st.none() | st.timedeltas(MINUTE, DAY),
    beats=st.lists(SPANS.map(lambda span: NOW - span), max_size=12).map(lambda found: tuple(sorted(found)[::-1])),
    window=st.none() | SPANS,
    rolled_over_at=st.none() | SPANS.map(lambda span: NOW - span),
    terms=st.builds(Terms, skip_hours=st.frozensets(st.integers(0, 23)), skip_days=st.frozensets(st.integers(0, 6))),
)
CHANCE = st.floats(0, 1, exclude_max=True)
ERRORS = st.builds(
    lambda status, wait: http(status, wait) if status else TIMEOUT,
    st.sampled_from([None, 301, 400, 401, 403, 404, 410, 429, 500, 502, 503]),
    st.none() | st.floats(0, 1e12),
)


@given(COURSES, st.none() | SPANS, st.none() | SPANS, CHANCE)
def test_never_sooner_than_asked_or_the_minimum_and_never_later_than_the_maximum_unless_asked(
    course: Course, asked: timedelta | None, interval: timedelta | None, jitter: float
) -> None:
    asked = min(asked, LONGEST_ASKED) if asked else None
    feed = replace(FEED, interval=interval or None)
    plan = after_success(feed, course, asked=asked, now=NOW, bounds=BOUNDS, jitter=jitter)
    assert plan.at >= NOW + max(asked or BOUNDS.minimum, BOUNDS.minimum)
    assert plan.reason
    open_hours = replace(course, terms=Terms())
    at = after_success(feed, open_hours, asked=asked, now=NOW, bounds=BOUNDS, jitter=jitter).at
    assert at <= NOW + max(BOUNDS.maximum, (asked or timedelta(0)) * (1 + JITTER_SHARE))


@given(ERRORS, st.integers(0, 60), COURSES, CHANCE)
def test_a_failure_never_comes_back_sooner_than_asked(
    error: FetchError, failures: int, course: Course, jitter: float
) -> None:
    feed = replace(FEED, failures=failures, failing_since_at=NOW - 40 * DAY if failures else None, course=course)
    plan = after_failure(feed, error=error, now=NOW, bounds=BOUNDS, jitter=jitter)
    if plan.course.retired_at is None:
        asked = min(timedelta(seconds=error.retry_after or 0), LONGEST_ASKED)
        assert plan.at >= NOW + max(asked, BOUNDS.minimum)
        assert plan.course.not_before_at is None or plan.course.not_before_at <= plan.at


@given(ERRORS.filter(lambda error: error.status != 410), st.integers(0, 30), COURSES, CHANCE)
def test_the_wait_never_shrinks_as_failures_go_on(
    error: FetchError, failures: int, course: Course, jitter: float
) -> None:
    course = replace(course, terms=Terms())
    waits = []
    for count in (failures, failures + 1):
        feed = replace(FEED, failures=count, failing_since_at=NOW, course=course)
        waits.append(after_failure(feed, error=error, now=NOW, bounds=BOUNDS, jitter=jitter).at)
    spread = BOUNDS.maximum * JITTER_SHARE * jitter  # waits of the maximum are spread before it
    assert waits[0] <= waits[1] + spread


def test_a_shard_is_the_same_for_all_feeds_of_a_host_and_in_every_process() -> None:
    assert shard_of("https://news.example/a", 8) == shard_of("http://NEWS.example:81/b?c", 8) == 6
    assert {shard_of(f"https://{number}.example/", 8) for number in range(200)} == set(range(8))


def test_spans_are_spelled_as_in_the_configuration() -> None:
    assert [spell(one) for one in (timedelta(0), 90 * MINUTE, DAY + HOUR, timedelta(seconds=61.9))] == [
        "0s",
        "1h30m",
        "1d1h",
        "1m1s",
    ]
    assert spell(DAY + HOUR + MINUTE, parts=2) == "1d1h"


def test_a_poll_that_was_put_off_on_its_way_is_no_failure_and_comes_when_the_host_is_asked_again() -> None:
    feed = replace(FEED, failures=2)
    for asked, wait in ((None, BOUNDS.minimum), (7200.0, timedelta(hours=2))):
        error = FetchError("host rests", "cdn.example is left alone for a while", retry_after=asked)
        plan = put_off(feed, error=error, now=NOW, bounds=BOUNDS, jitter=0.0)
        assert (plan.at, plan.course) == (NOW + wait, feed.course)
        assert plan.reason == "put off: cdn.example is left alone for a while"
