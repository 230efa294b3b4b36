"""Spans of time and instants as people say them."""

from datetime import UTC, datetime, timedelta

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
"""Seconds of each unit, longest first."""


def say(span: timedelta) -> str:
    """Return a span in its two largest units, cut to the second: "9 d", "4 h 30 min", "0 s"."""
    left, parts = int(span.total_seconds()), list[str]()
    for seconds, unit in _UNITS:
        count, left = divmod(left, seconds)
        if parts or count:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(filter(None, parts[:2])) or "0 s"


def clock(at: datetime) -> str:
    """Return an instant to the minute: "2023-07-30 12:05Z"."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
