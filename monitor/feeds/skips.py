"""RSS 2.0's <skipHours> and <skipDays>, read from the bytes: feedparser keeps the last hour and the last day only."""

import re

_ONE = re.compile(rb"<(?:hour|day)\s{0,9}>\s{0,99}([0-9a-z]{1,9})\s{0,99}</")

_DAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")

SEARCHED = 64 * 1024
"""Bytes searched from the start: channel elements stand before the items."""


def skip_hours(body: bytes) -> frozenset[int]:
    """Return the hours in UTC, 0 to 23, in which nobody should ask; 24 is midnight, as RSS 0.91 wrote it."""
    found = (int(one) for one in _listed(body, b"skiphours") if one.isdigit())
    return frozenset(hour % 24 for hour in found if hour <= 24)


def skip_days(body: bytes) -> frozenset[int]:
    """Return the days of the week in UTC, Monday 0, on which nobody should ask."""
    return frozenset(_DAYS.index(one) for one in _listed(body, b"skipdays") if one in _DAYS)


def _listed(body: bytes, name: bytes) -> list[bytes]:
    """Return what the first list called `name` holds, in lower case."""
    head = body[:SEARCHED].lower()
    start = head.find(b"<" + name)
    end = head.find(b"</" + name, start)
    return _ONE.findall(head, start, end) if 0 <= start < end else []
