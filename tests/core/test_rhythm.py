"""A feed's own rhythm."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.rhythm import BEATS, learn, pace, quiet
from monitor.core.types import Course, Entry

NOW = datetime(2023, 7, 30, 12, tzinfo=UTC)
NOTHING = Course()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def entries(*published_at: datetime | None) -> list[Entry]:
    """Return entries with these dates; the guid of each is its place."""
    return [Entry(str(place), "t", "", "", at, None) for place, at in enumerate(published_at)]


def learnt(
    *published_at: datetime | None, course: Course = NOTHING, new: Sequence[str] | None = None, first: bool = False
) -> Course:
    """Return what a body teaches whose entries have these dates; all are new unless `new` says which."""
    shown = entries(*published_at)
    guids = [entry.guid for entry in shown] if new is None else new
    return learn(course, shown, guids, now=NOW, first=first)


def hourly(count: int, *, until_at: datetime = NOW) -> Course:
    """Return the course of a feed that had news each hour."""
    return Course(beats=tuple(until_at - number * HOUR for number in range(count)))


def test_a_first_body_teaches_by_its_dates_and_later_ones_by_what_is_new() -> None:
    first = learnt(NOW - HOUR, NOW - 2 * HOUR, None, first=True)
    assert first.beats == (NOW - HOUR, NOW - 2 * HOUR)
    assert learnt(None, NOW - HOUR, course=first, new=["0"]).beats == (NOW, NOW - HOUR, NOW - 2 * HOUR)
    assert learnt(NOW + DAY, course=first).beats[0] == NOW
    assert learnt(NOW - HOUR, NOW - 2 * HOUR, course=first, new=[]).beats == first.beats


def test_a_pile_of_reports_is_one_beat_and_a_steady_stream_is_many() -> None:
    assert len(learnt(*[NOW - MINUTE - number * timedelta(seconds=1) for number in range(50)]).beats) == 1
    assert len(learnt(*[NOW - number * 4 * MINUTE for number in range(50)]).beats) == BEATS


def test_dates_that_nobody_can_mean_say_nothing() -> None:
    odd = (datetime(1970, 1, 1, tzinfo=UTC), datetime.min.replace(tzinfo=UTC))
    assert learnt(*odd, first=True) == Course()
    assert learnt(datetime.max.replace(tzinfo=UTC)).beats == (NOW,)


def test_the_window_is_known_once_entries_leave_it() -> None:
    assert learnt(NOW - MINUTE, NOW - HOUR, first=True).window is None
    assert learnt(NOW - MINUTE, NOW - HOUR, course=hourly(3), new=["0"]).window == HOUR
    assert learnt(NOW - MINUTE, NOW - 2 * HOUR, course=hourly(3), new=["0"]).window is None


def test_the_pace_counts_the_silence_that_lasts() -> None:
    assert pace(hourly(10), now=NOW, first_polled_at=None) == timedelta(hours=0.9)
    assert pace(hourly(10), now=NOW + 10 * DAY, first_polled_at=None) == timedelta(hours=24.9)
    assert pace(Course(), now=NOW, first_polled_at=NOW - DAY) == DAY
    assert pace(Course(), now=NOW, first_polled_at=None) is None


@pytest.mark.parametrize(
    ("dates", "new", "lost"),
    [
        ([-1, -2], ["0", "1"], True),
        ([-1, -2], ["0"], False),
        ([-1, -6], ["0", "1"], False),  # reaches back to what was seen
        ([-1, None], ["0", "1"], False),  # without a date nobody knows
        ([], [], False),
    ],
)
def test_a_feed_rolled_over_when_all_is_new_and_newer_than_what_was_seen(
    dates: list[int | None], new: list[str], lost: bool
) -> None:
    seen = Course(beats=(NOW - 5 * HOUR,))
    at = [None if hours is None else NOW + hours * HOUR for hours in dates]
    assert (learnt(*at, course=seen, new=new).rolled_over_at == NOW) is lost
    assert learnt(*at, course=seen, new=new, first=True).rolled_over_at is None


def test_entries_that_were_not_read_again_are_neither_lost_nor_gone() -> None:
    course = Course(beats=(NOW - 5 * HOUR,), window=DAY)
    assert learn(course, entries(NOW - HOUR), ["0"], now=NOW, first=False).rolled_over_at == NOW
    part = learn(course, entries(NOW - HOUR), ["0"], now=NOW, first=False, shown=20)
    assert (part.rolled_over_at, part.window, part.beats) == (None, DAY, (NOW - HOUR, NOW - 5 * HOUR))


@pytest.mark.parametrize(
    ("beats", "silence", "odd"),
    [
        (hourly(12), 2 * DAY, False),  # a weekend
        (hourly(12), 4 * DAY, True),
        (hourly(3), 400 * DAY, False),  # too few to know
        (Course(beats=tuple(NOW - number * 7 * DAY for number in range(6))), 20 * DAY, False),
        (Course(beats=tuple(NOW - number * 7 * DAY for number in range(6))), 22 * DAY, True),
    ],
)
def test_silence_is_odd_against_the_feeds_own_rhythm(beats: Course, silence: timedelta, odd: bool) -> None:
    assert quiet(beats, now=NOW + silence) is odd


@given(st.lists(st.none() | st.datetimes(timezones=st.just(UTC)), max_size=30), st.booleans())
def test_beats_are_few_in_order_and_never_in_the_future(dates: list[datetime | None], first: bool) -> None:
    course = learnt(*dates, course=hourly(5, until_at=NOW - DAY), first=first)
    assert list(course.beats) == sorted(course.beats, reverse=True)
    assert 5 <= len(course.beats) <= BEATS
    assert course.beats[0] <= NOW
    found = pace(course, now=NOW, first_polled_at=None)
    assert found is not None
    assert found >= timedelta(0)
    assert learn(course, [], [], now=NOW, first=False).beats == course.beats
