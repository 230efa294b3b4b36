"""When a host is left alone for what it answered to one of its feeds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.freshness import LONGEST_ASKED
from monitor.core.host_pause import LONGEST_PATIENCE, LONGEST_REST, HostCourse, after_poll
from monitor.core.polling import next_poll, rests, state_of
from monitor.core.types import Feed, FeedState, HostRest
from monitor.errors import FetchError, NotAFeedError

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FRESH = HostCourse()
TIMEOUT, RESET = FetchError("timeout"), FetchError("connection broken")


def http(status: int, retry_after: float | None = None) -> FetchError:
    """Return the error of an answer."""
    return FetchError(f"http {status}", status=status, retry_after=retry_after)


def after(*errors: FetchError | None, course: HostCourse = FRESH, now: datetime = NOW) -> HostCourse:
    """Return the course of a host whose feeds, one after another, got these answers; each when the rest is over."""
    for number, error in enumerate(errors):
        now = max(now, course.rest.until_at) if course.rest else now
        course = after_poll(course, feed_id=number, error=error, now=now)
    return course


def waits(errors: Sequence[FetchError]) -> list[timedelta]:
    """Return how long a host rests after each of these answers."""
    found, course, now = [], HostCourse(), NOW
    for number, error in enumerate(errors):
        course = after_poll(course, feed_id=number, error=error, now=now)
        found.append(course.rest.until_at - now if course.rest else timedelta(0))
        now += found[-1]
    return found


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_rests_as_long_as_it_asks_for_but_not_for_ever(status: int) -> None:
    reason = f"the publisher asks for patience ({status})"
    assert after(http(status, 600)) == HostCourse(HostRest(NOW + 10 * MINUTE, reason, 1))
    assert after(http(status, 1e12)).rest == HostRest(NOW + LONGEST_ASKED, reason, 1)


def test_a_bare_429_means_a_quarter_of_an_hour_and_longer_with_each() -> None:
    quarter = 15 * MINUTE
    assert waits([http(429)] * 9)[:3] == [quarter, 2 * quarter, 4 * quarter]
    assert waits([http(429)] * 9)[-1] == LONGEST_PATIENCE
    assert waits([http(429, 0)]) == [quarter]


def test_a_host_that_gives_no_answer_to_three_feeds_in_a_row_rests_and_is_tried_by_one() -> None:
    assert waits([TIMEOUT, RESET, http(503)]) == [timedelta(0), timedelta(0), 5 * MINUTE]
    found = after(TIMEOUT, RESET, FetchError("dns"))
    assert found.rest == HostRest(NOW + 5 * MINUTE, "3 of its feeds in a row got no answer (dns)", 1)
    again = after(TIMEOUT, course=found).rest
    assert again == HostRest(NOW + 15 * MINUTE, "it gives no answer (timeout) and is asked once in 10m", 2)
    assert max(waits([TIMEOUT] * 20)) == LONGEST_REST


def test_one_feed_that_gives_no_answer_again_and_again_says_nothing_of_its_host() -> None:
    course = HostCourse()
    for _ in range(9):
        course = after_poll(course, feed_id=1, error=TIMEOUT, now=NOW)
    assert course == HostCourse(None, frozenset({1}))


@pytest.mark.parametrize("answer", [None, http(404), http(500), http(410)])
def test_any_other_answer_forgets_what_came_before(answer: FetchError | None) -> None:
    assert after(TIMEOUT, RESET, answer) == HostCourse()
    assert after(http(429), answer) == HostCourse()


@pytest.mark.parametrize(
    "error", [NotAFeedError("<html>"), FetchError("private address"), FetchError("host rests", retry_after=60)]
)
def test_what_is_our_own_matter_or_one_feeds_changes_nothing(error: FetchError) -> None:
    before = after(TIMEOUT)
    assert after(error, course=before) == before
    assert after(error) == HostCourse()


def test_what_was_under_way_when_a_rest_began_ends_it_not_but_may_lengthen_it() -> None:
    resting = after(http(429, 600))
    assert resting.rest is not None
    for late in (None, TIMEOUT, http(429), http(503, 60), http(404)):
        assert after_poll(resting, feed_id=7, error=late, now=NOW + MINUTE) == resting
    longer = after_poll(resting, feed_id=7, error=http(503, 3600), now=NOW + MINUTE)
    assert longer.rest == HostRest(NOW + 61 * MINUTE, "the publisher asks for patience (503)", 1)


ERRORS = st.sampled_from([None, TIMEOUT, RESET, NotAFeedError("x"), *map(http, (404, 429, 500, 503))])
ASKING = st.builds(http, st.sampled_from([429, 503]), st.floats(0, 1e9))


@given(answers=st.lists(st.tuples(ERRORS | ASKING, st.integers(0, 5), st.floats(0, 1e6)), max_size=40))
def test_no_rest_is_longer_than_meant_and_an_answer_after_it_ends_it(
    answers: list[tuple[FetchError | None, int, float]],
) -> None:
    course, now = HostCourse(), NOW
    for error, feed_id, seconds in answers:
        now += timedelta(seconds=seconds)
        before, course = course, after_poll(course, feed_id=feed_id, error=error, now=now)
        if course.rest is not None:
            assert course.rest.until_at <= max(now + LONGEST_ASKED, before.rest.until_at if before.rest else NOW)
        if rests(before.rest, now=now):
            assert course.rest is not None
            assert before.rest is not None
            assert course.rest.until_at >= before.rest.until_at
        if course.rest is not None:
            assert after_poll(course, feed_id=1, error=None, now=course.rest.until_at) == HostCourse()


FEED = Feed(
    1, "https://news.example:8080/rss", "Paper", (), None, False, {}, "added", True, NOW, wait_reason="every 15m"
)


def test_a_feed_whose_host_rests_says_until_when_and_why_and_is_no_healthy_one() -> None:
    resting = replace(FEED, rest=HostRest(NOW + HOUR, "the publisher asks for patience (429)", 1))
    reason = "host news.example rests until 2023-07-30 13:00 UTC: the publisher asks for patience (429)"
    assert next_poll(resting, now=NOW) == (NOW + HOUR, reason)
    assert state_of(resting, now=NOW) == FeedState.RESTING
    for ours in (
        FEED,
        replace(resting, next_poll_at=NOW + HOUR),  # it would not be asked before anyway
        replace(resting, rest=HostRest(NOW, "over", 1)),
    ):
        assert next_poll(ours, now=NOW) == (ours.next_poll_at, "every 15m")
        assert state_of(ours, now=NOW) == FeedState.HEALTHY
    assert state_of(replace(resting, failures=1), now=NOW) == FeedState.FAILING
