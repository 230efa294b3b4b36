"""Spans and sizes as operators write them."""

import re
from datetime import UTC, datetime, time, timedelta

from monitor.core.rates import Rate

SPAN_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}
"""Seconds of a unit; a year is 365 days."""

SIZE_UNITS = {"": 1, "B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "KB": 10**3, "MB": 10**6, "GB": 10**9}
"""Bytes of a unit, in capitals."""

SPAN_PATTERN = r"^(\d+[smhdwy])+$"
MOST = 10_000
"""Messages that a rate may count: as many instants are kept of each channel."""

RATE_PATTERN = r"^\d+/(\d+[smhdwy])+$"
SIZE_PATTERN = r"^\d+ ?([KMG]i?)?B?$"


def parse_duration(text: object) -> timedelta:
    """Return the span "90s", "15m", "6h", "7d", "5y" or a sum such as "1h30m". Raises ValueError."""
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or not re.fullmatch(SPAN_PATTERN, text.strip()):
        raise ValueError("expected a span such as 90s, 15m, 6h or 7d")
    parts = re.findall(r"(\d+)([smhdwy])", text)
    seconds = sum(int(count) * SPAN_UNITS[unit] for count, unit in parts)
    if seconds > 100 * SPAN_UNITS["y"]:
        raise ValueError("expected a span of at most 100y")
    return timedelta(seconds=seconds)


def parse_rate(text: object) -> Rate:
    """Return the rate "30/1m": at most so many in any such span. Raises ValueError."""
    if isinstance(text, Rate):
        return text
    count, _, span = text.partition("/") if isinstance(text, str) else ("", "", "")
    if not count.isdecimal() or not 0 < int(count) <= MOST or not re.fullmatch(SPAN_PATTERN, span):
        raise ValueError(f"expected how many in which span, such as 30/1m, with 1 to {MOST:,} in it")
    per = parse_duration(span)
    if not per:
        raise ValueError("expected a span of more than 0s, such as 30/1m")
    return Rate(int(count), per)


def parse_size(value: object) -> int:
    """Return the bytes of "10MiB", "500KiB" or a plain number. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    found = re.fullmatch(r"(\d+)\s*([A-Za-z]*)", value.strip()) if isinstance(value, str) else None
    if found is None or found[2].upper() not in SIZE_UNITS or int(found[1]) == 0:
        raise ValueError("expected a size such as 10MiB or 500KiB")
    return int(found[1]) * SIZE_UNITS[found[2].upper()]


def parse_instant(text: object) -> datetime:
    """Return the instant of "2026-12-05", "2026-12-05 18:00" or "2026-12-05T18:00+05:00"; without an offset it is UTC.

    Raises ValueError.
    """
    if isinstance(text, datetime):
        return text if text.tzinfo else text.replace(tzinfo=UTC)
    try:
        found = datetime.fromisoformat(str(text).strip())
    except ValueError:
        raise ValueError(
            'expected an instant such as 2026-12-05, "2026-12-05 18:00" or 2026-12-05T18:00+05:00'
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def parse_times(text: object) -> tuple[time, time]:
    """Return the span of a day "22:00-07:00"; "24:00" is its end. Raises ValueError."""
    if isinstance(text, tuple):
        return text
    found = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\s*", text) if isinstance(text, str) else None
    if found is None:
        raise ValueError('expected a span of the day such as "22:00-07:00"')
    first, last = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    try:
        return time(*first), time() if last == (24, 0) else time(*last)
    except ValueError:
        raise ValueError('expected a span of the day such as "22:00-07:00"') from None
