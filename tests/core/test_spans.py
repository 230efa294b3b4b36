"""Spans of time and instants in words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor.core.spans import clock, say


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.9, "0 s"),
        (30, "30 s"),
        (90, "1 min 30 s"),
        (3_600, "1 h"),
        (16_200, "4 h 30 min"),
        (3_601, "1 h"),
        (86_400 * 9 + 5, "9 d"),
        (86_400 * 9 + 7_200, "9 d 2 h"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert say(timedelta(seconds=seconds)) == said


def test_an_instant_is_told_to_the_minute_in_utc() -> None:
    assert clock(datetime(2023, 7, 30, 12, 5, 59, tzinfo=UTC)) == "2023-07-30 12:05Z"
    assert clock(datetime(2023, 7, 30, 17, 5, tzinfo=timezone(timedelta(hours=5)))) == "2023-07-30 12:05Z"
