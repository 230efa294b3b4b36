"""RSS 2.0's <skipHours> and <skipDays>, read from the bytes: feedparser keeps the last hour and the last day only."""

import re

_BLOCK = re.compile(rb"<skip(hours|days)\s{0,9}>([^\0]{0,4000}?)</skip\1\s{0,9}>", re.IGNORECASE)
"""One list; twenty-four hours with their tags and line breaks take a quarter of the room."""

_ONE = re.compile(rb"<(?:hour|day)\s{0,9}>\s{0,99}([0-9a-z]{1,9})\s{0,99}</", re.IGNORECASE)

_DAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")

SEARCHED = 64 * 1024
"""Bytes searched from the start: channel elements stand before the items."""


def skip_hours(body: bytes) -> frozenset[int]:
    """Return the hours in UTC, 0 to 23, in which nobody should ask; 24 is midnight, as RSS 0.91 wrote it."""
    found = (int(one) for one in _listed(body, b"hours") if one.isdigit())
    return frozenset(hour % 24 for hour in found if hour <= 24)


def skip_days(body: bytes) -> frozenset[int]:
    """Return the days of the week in UTC, Monday 0, on which nobody should ask."""
    return frozenset(_DAYS.index(one) for one in _listed(body, b"days") if one in _DAYS)


def _listed(body: bytes, name: bytes) -> list[bytes]:
    """Return what the list called `name` holds, in lower case."""
    blocks = [block for kind, block in _BLOCK.findall(body[:SEARCHED]) if kind.lower() == name]
    return [one.lower() for one in _ONE.findall(blocks[0])] if blocks else []
