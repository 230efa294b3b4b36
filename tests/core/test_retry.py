from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.retry import MAX_ATTEMPTS, next_attempt_at
from monitor.errors import DeliveryError

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)


def wait(attempts: int, *, jitter: float = 0.0, retry_after: float | None = None) -> timedelta:
    at = next_attempt_at(DeliveryError("x", retry_after=retry_after), attempts=attempts, now=NOW, jitter=jitter)
    assert at is not None
    return at - NOW


def test_waits_double_from_five_seconds_to_an_hour() -> None:
    seconds = [wait(attempts).total_seconds() for attempts in range(1, MAX_ATTEMPTS)]
    assert seconds == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600, 3600, 3600]


def test_all_waits_together_are_what_the_docstring_says() -> None:
    least = sum((wait(attempts) for attempts in range(1, MAX_ATTEMPTS)), timedelta())
    most = sum((wait(attempts, jitter=1.0) for attempts in range(1, MAX_ATTEMPTS)), timedelta())
    assert least == timedelta(hours=6, minutes=25, seconds=15)
    assert most == timedelta(hours=8, minutes=1, seconds=33, milliseconds=750)


def test_the_sixteenth_failure_is_the_last() -> None:
    assert next_attempt_at(DeliveryError("x"), attempts=MAX_ATTEMPTS, now=NOW, jitter=0.0) is None


@pytest.mark.parametrize("attempts", [1, 7, 100])
def test_a_permanent_error_is_never_tried_again(attempts: int) -> None:
    error = DeliveryError("gone", permanent=True, retry_after=5.0)
    assert next_attempt_at(error, attempts=attempts, now=NOW, jitter=0.5) is None


@pytest.mark.parametrize(
    ("asked", "seconds"), [(120.0, 120), (0.0, 5), (2.0, 5), (7200.0, 7200), (1e12, 6 * 3600), (float("inf"), 6 * 3600)]
)
def test_what_the_receiver_asks_for_is_the_least_we_wait(asked: float, seconds: float) -> None:
    assert wait(1, retry_after=asked).total_seconds() == seconds


@settings(deadline=None)
@given(
    attempts=st.integers(1, MAX_ATTEMPTS - 1),
    jitter=st.floats(0, 1, exclude_max=True),
    asked=st.none() | st.floats(0, 1e9),
)
def test_a_wait_is_never_shorter_than_the_backoff_nor_longer_than_six_hours(
    attempts: int, jitter: float, asked: float | None
) -> None:
    found = wait(attempts, jitter=jitter, retry_after=asked)
    assert wait(attempts) <= found <= timedelta(hours=6)
