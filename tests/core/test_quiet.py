"""Quiet hours: what is due in them waits for their end."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.quiet import covers_all, is_release, release_at
from monitor.core.types import QuietHours

KARACHI = ZoneInfo("Asia/Karachi")  # UTC+5, without summer time
NIGHT = QuietHours(((time(22), time(7)),), KARACHI)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "told"),
    [
        ("2026-12-01T16:59", "2026-12-01T16:59"),
        ("2026-12-01T17:00", "2026-12-02T02:00"),
        ("2026-12-01T23:30", "2026-12-02T02:00"),
        ("2026-12-02T01:59", "2026-12-02T02:00"),
        ("2026-12-02T02:00", "2026-12-02T02:00"),
    ],
)
def test_a_night_that_crosses_midnight_ends_in_the_morning(due: str, told: str) -> None:
    assert release_at(NIGHT, at(due)) == at(told)


def test_spans_that_touch_are_one() -> None:
    hours = QuietHours(((time(12), time(14)), (time(14), time(15)), (time(20), time(0))), UTC)
    assert release_at(hours, at("2026-12-01T12:30")) == at("2026-12-01T15:00")
    assert release_at(hours, at("2026-12-01T21:00")) == at("2026-12-02T00:00")


def test_without_quiet_hours_nothing_waits() -> None:
    assert release_at(QuietHours(), at("2026-12-01T12:30")) == at("2026-12-01T12:30")
    assert not is_release(QuietHours(), at("2026-12-01T12:30"))


def test_the_end_of_quiet_hours_is_known_and_no_other_instant() -> None:
    assert is_release(NIGHT, at("2026-12-02T02:00"))
    assert not is_release(NIGHT, at("2026-12-02T02:01"))
    assert not is_release(NIGHT, at("2026-12-01T17:00"))


@pytest.mark.parametrize(
    ("due", "told"), [("2026-03-28T23:00", "2026-03-29T05:00"), ("2026-10-24T23:00", "2026-10-25T06:00")]
)
def test_they_end_by_the_clock_on_the_wall_when_that_is_changed(due: str, told: str) -> None:
    assert release_at(QuietHours(((time(22), time(7)),), ZoneInfo("Europe/Berlin")), at(due)) == at(told)


def test_a_day_without_a_free_minute_is_known() -> None:
    assert covers_all(QuietHours(((time(22), time(7)), (time(7), time(22)))))
    assert covers_all(QuietHours(((time(0), time(0)),)))
    assert not covers_all(NIGHT)
    assert not covers_all(QuietHours())


TIMES = st.times().map(lambda one: one.replace(second=0, microsecond=0))


@settings(deadline=None)
@given(
    spans=st.lists(st.tuples(TIMES, TIMES), max_size=3),
    zone=st.sampled_from(
        ["Asia/Karachi", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"]
    ),
    due=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone follows
)
def test_what_is_due_is_told_within_two_days_outside_of_them(
    spans: list[tuple[time, time]], zone: str, due: datetime
) -> None:
    hours = QuietHours(tuple(spans), ZoneInfo(zone))
    if covers_all(hours):
        return
    told = release_at(hours, due)
    assert due <= told <= due + timedelta(days=2)
    assert release_at(hours, told) == told
