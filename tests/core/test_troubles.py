"""Which troubles are told and when, decided on values."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.troubles import (
    AGAIN,
    CALM,
    LONGEST_CALM,
    Back,
    Case,
    Patience,
    TroubleKind,
    began_at,
    is_due,
    is_mended,
    lasts,
    mended,
    tellings,
)
from monitor.core.types import HostRest
from tests.core.feeds_in_trouble import HOUR, NOW, case_of, failing, make_feed, missed, quiet, retired

PATIENCE = Patience(3, HOUR)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("failures", "hours", "told"), [(3, 1, True), (2, 9, False), (9, 0.9, False), (1, 0, False), (40, 700, True)]
)
def test_a_feed_is_told_of_after_so_many_failures_over_so_long_a_time(failures: int, hours: float, told: bool) -> None:
    assert lasts(failing(failures=failures, hours=hours), PATIENCE, now=NOW) is told


def test_the_time_since_the_last_poll_does_not_count() -> None:
    feed = replace(failing(failures=3, hours=0.5), polled_at=NOW - 0.1 * HOUR)
    assert not lasts(feed, PATIENCE, now=NOW)
    assert not lasts(
        replace(feed, polled_at=NOW, failing_since_at=NOW - 0.6 * HOUR), PATIENCE, now=NOW
    )  # NOW may be years later


@pytest.mark.parametrize(
    ("in_a_row", "until", "hours_ago", "told"),
    [(3, 0.5, 1, True), (2, 0.5, 1, False), (3, 0.5, 0.9, False), (3, -0.5, 1.4, False), (3, -0.5, 1.5, True)],
)
def test_what_its_host_failed_counts_for_a_feed_that_waits_for_its_turn_to_ask_it(
    in_a_row: int, until: float, hours_ago: float, told: bool
) -> None:
    failed_at = NOW - hours_ago * HOUR
    feed = replace(failing(failures=1), polled_at=failed_at, failing_since_at=failed_at)
    rest = HostRest(NOW + until * HOUR, "no answer", in_a_row)
    assert lasts(replace(feed, rest=rest), PATIENCE, now=NOW) is told
    assert not lasts(feed, PATIENCE, now=NOW)
    assert not lasts(replace(make_feed(), rest=rest), PATIENCE, now=NOW), "it was not asked, so nothing is known of it"


def test_a_feed_that_was_given_up_is_told_of_at_once() -> None:
    assert lasts(retired(), PATIENCE, now=NOW)
    assert is_due([case_of(retired())], last_told_at=None, patience=PATIENCE, now=NOW)


def test_a_feed_that_works_is_none_to_tell_of() -> None:
    assert not lasts(make_feed(), Patience(1, timedelta(0)), now=NOW)


@pytest.mark.parametrize(("minutes", "due"), [(0, False), (5, False), (6, True), (999, True)])
def test_a_trouble_waits_a_tenth_of_the_patience_for_those_that_begin_with_it(minutes: int, due: bool) -> None:
    cases = [case_of(failing(1), noticed_at=NOW), case_of(failing(2), noticed_at=NOW + 4 * MINUTE)]
    assert is_due(cases, last_told_at=None, patience=PATIENCE, now=NOW + minutes * MINUTE) is due


@pytest.mark.parametrize("case", [case_of(failing(), noticed_at=NOW - HOUR), case_of(retired())])
def test_two_notices_are_half_the_patience_apart(case: Case) -> None:
    def due(told_minutes_ago: int) -> bool:
        return is_due([case], last_told_at=NOW - told_minutes_ago * MINUTE, patience=PATIENCE, now=NOW)

    assert [due(29), due(30)] == [False, True]


def test_without_patience_a_trouble_is_told_at_once() -> None:
    assert is_due([case_of(failing())], last_told_at=NOW, patience=Patience(1, timedelta(0)), now=NOW)
    assert not is_due([], last_told_at=None, patience=PATIENCE, now=NOW)


def test_what_is_new_is_told_together_and_what_was_told_before_in_its_thread() -> None:
    again = case_of(failing(3), thread="trb_old", times=2)
    news = [case_of(quiet(1), TroubleKind.QUIET), case_of(missed(4), TroubleKind.MISSED), case_of(failing(2))]
    told = {one.thread: one for one in tellings([again, *news], now=NOW)}
    old = told.pop("trb_old")
    [new] = told.values()
    assert ([case.feed.id for case in old.cases], old.again) == ([3], True)
    assert ([case.feed.id for case in new.cases], new.again) == ([2, 1, 4], False)  # the gravest first
    assert new.thread.startswith("trb_")
    assert tellings([again, *news], now=NOW) == tellings([*reversed(news), again], now=NOW)


def test_when_each_trouble_began() -> None:
    assert began_at(failing(hours=2), TroubleKind.FAILING, now=NOW) == NOW - 2 * HOUR
    assert began_at(quiet(), TroubleKind.QUIET, now=NOW) == NOW - 120 * HOUR
    assert began_at(missed(), TroubleKind.MISSED, now=NOW) == NOW - HOUR


def back(
    id_: int = 1, *, ago: timedelta = 2 * HOUR, ok_ago: timedelta = HOUR, times: int = 1, thread: str = "t"
) -> Back:
    """Return a feed that works since some time ago."""
    return Back(id_, thread, TroubleKind.FAILING, times, NOW - 9 * HOUR, NOW - ago, NOW - ok_ago)


def test_a_feed_works_again_after_two_polls_in_a_row() -> None:
    assert is_mended(back())
    assert not is_mended(back(ago=HOUR))  # its first good poll is its last one


def test_a_feed_that_failed_again_works_again_after_a_day_of_good_polls() -> None:
    assert not is_mended(back(ago=AGAIN, ok_ago=MINUTE, times=2))
    assert is_mended(back(ago=AGAIN + HOUR, ok_ago=HOUR, times=2))


def test_a_quiet_feed_with_news_waits_for_nobody() -> None:
    one = replace(back(ago=99 * HOUR), kind=TroubleKind.QUIET)
    assert mended([one], {"t": 40}, now=NOW) == {"t": [one]}


def test_feeds_of_one_thread_come_back_in_one_notice() -> None:
    backs = [back(1, ago=30 * MINUTE, ok_ago=MINUTE), back(2, ago=3 * MINUTE, ok_ago=MINUTE)]
    assert mended(backs, {"t": 2}, now=NOW) == {"t": backs}
    assert mended(backs, {"t": 3}, now=NOW) == {}
    later = NOW + CALM - 3 * MINUTE
    assert mended(backs, {"t": 3}, now=later - MINUTE) == {}
    assert mended(backs, {"t": 3}, now=later) == {"t": backs}


def test_feeds_that_come_back_one_by_one_are_told_after_some_hours() -> None:
    backs = [back(number, ago=30 * number * MINUTE, ok_ago=timedelta(0)) for number in range(1, 12)]
    assert mended(backs, {"t": 99}, now=NOW) == {}
    assert mended([*backs, back(12, ago=LONGEST_CALM, ok_ago=timedelta(0))], {"t": 99}, now=NOW)


def test_threads_do_not_wait_for_each_other() -> None:
    one, other = back(1, thread="a"), back(2, ago=2 * MINUTE, ok_ago=MINUTE, thread="b")
    assert mended([one, other], {"a": 1, "b": 7}, now=NOW) == {"a": [one]}


@given(st.lists(st.booleans(), max_size=400))
def test_a_flapping_feed_is_told_of_a_few_times_a_day_at_most(polls: list[bool]) -> None:
    """Play polls every 15 minutes, the house looking after each, with the rows kept by hand."""
    told: list[str] = []
    feed, row, ended, back_at = make_feed(), None, None, NOW
    for number, well in enumerate(polls):
        now = NOW + 15 * number * MINUTE
        if well:
            back_at = now if feed.failures else back_at
            feed = replace(feed, polled_at=now, ok_at=now, failures=0, failing_since_at=None)
        else:
            since = feed.failing_since_at or now
            feed = replace(feed, polled_at=now, failures=feed.failures + 1, failing_since_at=since)
        if row is None and lasts(feed, PATIENCE, now=now):
            recent = ended is not None and now - ended[0] <= AGAIN
            row = ended[1] + 1 if ended is not None and recent else 1
            told.append("failing")
        elif row is not None and well and is_mended(Back(1, "t", TroubleKind.FAILING, row, NOW, back_at, now)):
            told.append("recovered")
            ended, row = (now, row), None
    days = len(polls) * 15 * MINUTE / timedelta(days=1)
    assert len(told) <= 2 * (days + 1) + 2
    assert told == ["failing", "recovered"] * (len(told) // 2) + ["failing"] * (len(told) % 2)
