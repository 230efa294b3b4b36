"""Quiet hours of a route: what would be told in them waits for their end, and is told then."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from monitor.core.types import QuietHours

DAY = 24 * 60
"""Minutes of a day."""

_INSTANT = timedelta(microseconds=1)


def release_at(hours: QuietHours, at: datetime) -> datetime:
    """Return when what is due `at` may be told: the same instant, or the end of the quiet hours that it falls into.

    Quiet hours are by the clock on the wall of their time zone, also on days when that is changed.
    """
    while end_at := next((end for start, end in _spans(hours, at) if start <= at < end), None):
        at = end_at
    return at


def is_release(hours: QuietHours, at: datetime) -> bool:
    """Return whether quiet hours end at an instant."""
    return release_at(hours, at - _INSTANT) == at


def covers_all(hours: QuietHours) -> bool:
    """Return whether the spans leave no minute of a day, so that nothing would ever be told."""
    minutes = {
        minute % DAY
        for start, end in hours.times
        for minute in range(_minute(start), _minute(end) + (DAY if end <= start else 0))
    }
    return len(minutes) == DAY


def _minute(of_day: time) -> int:
    return of_day.hour * 60 + of_day.minute


def _spans(hours: QuietHours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the quiet spans that begin on the day of an instant and on the day before; one may cross midnight."""
    today = at.astimezone(hours.timezone).date()
    for day in (today - timedelta(days=1), today):
        for start, end in hours.times:
            last = day + timedelta(days=1) if end <= start else day
            yield (
                datetime.combine(day, start, hours.timezone).astimezone(at.tzinfo),
                datetime.combine(last, end, hours.timezone).astimezone(at.tzinfo),
            )
