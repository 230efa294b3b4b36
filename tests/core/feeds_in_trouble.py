"""Feeds in every kind of trouble, for the tests of what is told of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.core.troubles import Case, Trouble, TroubleKind
from monitor.core.types import Course, Feed

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def make_feed(id_: int = 1, **changes: object) -> Feed:
    """Return a feed that works; `changes` replace its fields."""
    feed = Feed(
        id=id_,
        url=f"https://paper{id_}.example.org/rss",
        name=f"Sample Paper {id_}",
        tags=(),
        interval=None,
        full_text=False,
        headers={},
        origin="config",
        active=True,
        next_poll_at=NOW + HOUR / 4,
        polled_at=NOW,
        ok_at=NOW,
        first_polled_at=NOW - 1000 * HOUR,
        status=200,
        wait_reason="every 15m",
        course=Course(beats=(NOW - HOUR,)),
    )
    return replace(feed, **changes)  # type: ignore[arg-type]  # as the caller says


def failing(id_: int = 1, *, failures: int = 4, hours: float = 2, error: str = "http 503: Service Unavailable") -> Feed:
    """Return a feed that failed for some hours until now."""
    return make_feed(
        id_,
        failures=failures,
        failing_since_at=NOW - hours * HOUR,
        ok_at=NOW - (hours + 0.25) * HOUR,
        status=None,
        error=error,
        wait_reason=f"{error.partition(':')[0]}, {failures} in a row",
        next_poll_at=NOW + 2 * HOUR,
    )


def retired(id_: int = 1) -> Feed:
    """Return a feed that was given up a minute ago."""
    feed = failing(id_, failures=1, hours=0, error="http 410: Gone")
    reason = "retired: the publisher says it is gone for good (410); `monitor feeds add` takes it up again"
    return replace(feed, wait_reason=reason, course=replace(feed.course, retired_at=NOW))


def quiet(id_: int = 1) -> Feed:
    """Return a feed that had news every few hours and has none for five days."""
    beats = tuple(NOW - (120 + 3 * number) * HOUR for number in range(6))
    return make_feed(id_, course=Course(beats=beats))


def missed(id_: int = 1) -> Feed:
    """Return a feed that rolled over an hour ago."""
    return make_feed(id_, course=Course(beats=(NOW,), rolled_over_at=NOW - HOUR))


def case_of(feed: Feed, kind: TroubleKind = TroubleKind.FAILING, **changes: object) -> Case:
    """Return the trouble of a feed, noticed now; `changes` replace its fields."""
    began = {
        TroubleKind.FAILING: feed.failing_since_at,
        TroubleKind.QUIET: feed.course.beats[0],
        TroubleKind.MISSED: feed.course.rolled_over_at,
    }[kind]
    trouble = Trouble(feed.id, feed.id, kind, began or NOW, NOW)
    return Case(replace(trouble, **changes), feed)  # type: ignore[arg-type]  # as the caller says
