"""What a feed says about when to ask for it: ttl, updatePeriod, skipHours, skipDays. core/polling.py decides.

feedparser keeps one hour of <skipHours>, so they are looked for in what stands around the entries.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

DAYS = {name: number for number, name in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())}

PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
"""Values of updatePeriod (RSS 1.0 module Syndication); daily, once, is what its absence means, and is not assumed."""

LONGEST = timedelta(days=365)
"""Longer waits than this are mistakes."""

MAX_HEAD = 200_000
"""Characters around the entries that are looked at."""

_TTL = re.compile(r"<ttl>\s*(\d{1,9})\s*</ttl>", re.IGNORECASE)
_PERIOD = re.compile(r"<(?:[\w.-]{1,40}:)?updatePeriod>\s*(\w{1,10})\s*<", re.IGNORECASE)
_FREQUENCY = re.compile(r"<(?:[\w.-]{1,40}:)?updateFrequency>\s*(\d{1,5})\s*<", re.IGNORECASE)
_HOUR = re.compile(r"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(r"<day>\s*(\w{6,9})\s*</day>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pace:
    """As in ParsedFeed."""

    ttl: timedelta | None
    period: timedelta | None
    skip_hours: frozenset[int]
    skip_days: frozenset[int]


def read_pace(around: str) -> Pace:
    """Return what stands around a feed's entries about its pace.

    Hours run from 0 to 23, and 24 is 0 (RSS 0.91 counted to 24). Who excludes all hours or all days excludes none.
    """
    around = around[:MAX_HEAD]
    ttl = _TTL.search(around)
    hours = frozenset(int(hour) % 24 for hour in _HOUR.findall(around) if int(hour) <= 24)
    days = frozenset(DAYS[day.lower()] for day in _DAY.findall(around) if day.lower() in DAYS)
    return Pace(
        ttl=_sensible(timedelta(minutes=int(ttl[1]))) if ttl else None,
        period=_period(around),
        skip_hours=hours if len(hours) < 24 else frozenset(),
        skip_days=days if len(days) < 7 else frozenset(),
    )


def _period(around: str) -> timedelta | None:
    """Return updatePeriod divided by updateFrequency, which is 1 where it is not given."""
    period, frequency = _PERIOD.search(around), _FREQUENCY.search(around)
    if period is None or period[1].lower() not in PERIODS:
        return None
    return _sensible(PERIODS[period[1].lower()] / max(1, int(frequency[1]) if frequency else 1))


def _sensible(span: timedelta) -> timedelta | None:
    """Return a span that somebody can have meant, else None."""
    return span if timedelta(0) < span <= LONGEST else None
