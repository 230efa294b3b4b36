"""Whether a clock was set."""

from datetime import UTC, datetime, timedelta

from monitor.core.clock import ClockWatch

NOW = datetime(2023, 7, 30, 12, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def test_a_clock_that_goes_with_the_counter_was_not_set() -> None:
    watch = ClockWatch()
    assert [watch.step(NOW + n * HOUR, 50 + n * 3600.0) for n in range(5)] == [timedelta(0)] * 5


def test_a_step_is_told_once_by_its_length() -> None:
    watch = ClockWatch()
    assert watch.step(NOW, 0.0) == timedelta(0)
    assert watch.step(NOW + HOUR + SECOND, 1.0) == HOUR
    assert watch.step(NOW + HOUR + 2 * SECOND, 2.0) == timedelta(0)
    assert watch.step(NOW - timedelta(days=365) + 3 * SECOND, 3.0) == -timedelta(days=365) - HOUR


def test_a_clock_that_is_disciplined_was_not_set() -> None:
    watch = ClockWatch()
    assert not any(watch.step(NOW + n * timedelta(seconds=31), n * 1.0) for n in range(100))
