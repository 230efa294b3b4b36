"""When to ask again, and why then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.polling import after_failure, after_success, asked_wait, shard_of, spell
from monitor.core.types import Feed
from monitor.errors import FetchError

NOW = datetime(2023, 7, 30, tzinfo=UTC)
FEED = Feed(1, "https://news.example/rss", "Paper", (), None, False, {}, "config", True, NOW)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def success(
    asked: timedelta | None = None, interval: timedelta | None = None, jitter: float = 0.0
) -> tuple[timedelta, str]:
    """Return the wait after an answer, and why."""
    at, reason = after_success(
        replace(FEED, interval=interval),
        now=NOW,
        default_interval=15 * MINUTE,
        minimum=5 * MINUTE,
        maximum=DAY,
        asked=asked,
        jitter=jitter,
    )
    return at - NOW, reason


def failure(error: FetchError, failures: int = 0) -> tuple[timedelta, str]:
    """Return the wait after a failure, and why."""
    at, reason = after_failure(
        replace(FEED, failures=failures),
        now=NOW,
        error=error,
        default_interval=15 * MINUTE,
        minimum=5 * MINUTE,
        maximum=DAY,
        jitter=0.0,
    )
    return at - NOW, reason


def test_the_interval_is_the_feeds_own_or_the_default() -> None:
    assert success() == (15 * MINUTE, "every 15m")
    assert success(interval=HOUR) == (HOUR, "every 1h")


def test_a_publisher_who_asks_for_longer_gets_it_within_bounds() -> None:
    assert success(HOUR) == (HOUR, "the publisher asks for 1h")
    assert success(MINUTE) == (15 * MINUTE, "every 15m")
    assert success(7 * DAY)[0] == DAY
    assert success(interval=MINUTE) == (5 * MINUTE, "every 1m, but never more often than every 5m")


def test_chance_adds_at_most_a_tenth() -> None:
    assert success(jitter=0.999)[0] < 16.5 * MINUTE


@pytest.mark.parametrize(("failures", "minutes"), [(0, 15), (1, 30), (2, 60), (3, 120), (20, 1440), (5000, 1440)])
def test_the_wait_doubles_with_each_failure_up_to_the_maximum(failures: int, minutes: int) -> None:
    wait, reason = failure(FetchError("timeout"), failures)
    assert wait == minutes * MINUTE
    assert reason.startswith(f"timeout, {failures + 1} in a row")


def test_retry_after_is_the_least_we_wait() -> None:
    assert failure(FetchError("http 503", status=503, retry_after=7200.0))[0] == 2 * HOUR
    assert failure(FetchError("http 503", status=503, retry_after=1.0))[0] == 30 * MINUTE
    assert failure(FetchError("http 429", status=429))[0] == 30 * MINUTE
    assert failure(FetchError("http 429", status=429, retry_after=1e9))[0] == DAY


def test_what_is_gone_waits_the_maximum() -> None:
    assert failure(FetchError("http 410", status=410)) == (DAY, "the publisher says it is gone for good")


@pytest.mark.parametrize(
    ("header", "ttl", "expected"),
    [
        ("max-age=600", None, 10 * MINUTE),
        ("public, max-age=600, must-revalidate", HOUR, HOUR),
        ('private,MAX-AGE="60"', None, MINUTE),
        ("s-maxage=600", None, None),
        ("no-cache", None, None),
        ("max-age=0", None, None),
    ],
)
def test_what_a_publisher_asks_for(header: str, ttl: timedelta | None, expected: timedelta | None) -> None:
    assert asked_wait({"cache-control": header}, ttl) == expected


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
