"""What a publisher asks for: how long to wait, and when to stay away.

Two sources speak: the headers of an answer (RFC 9111) and the feed itself (RSS 2.0 Specification, <ttl>, <skipHours>,
<skipDays>). The longer wait counts. That both are kept to is part of Rachel Kroll's "feed reader best practices"
(rachelbythebay.com/fs/help.html).
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from monitor.core.types import ParsedFeed, Terms
from monitor.errors import FetchError

PATIENCE = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""Answers by which a publisher asks for patience, also without saying for how long."""

LONGEST_ASKED = timedelta(days=7)
"""Longest wait that is taken for meant: a year of max-age is the setting of a file server, and would make us blind."""

_DIRECTIVE = re.compile(r"([a-z-]{1,40})(?:\s{0,9}=\s{0,9}(\"[^\"]{0,200}\"|[^\s,;\"]{1,200}))?")
"""One directive of Cache-Control (RFC 9111, 5.2); spaces around = are no grammar but are seen."""

_SECONDS = re.compile(r"[0-9]{1,10}")
"""delta-seconds (RFC 9111, 1.2.2); ten digits are three centuries, more is clipped."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def freshness(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Return how long an answer stays fresh from its birth, or None when its headers do not say.

    max-age goes before Expires (RFC 9111, 5.3), of two max-ages the first counts (4.2.1), no-cache and no-store mean
    that asking at any time is meant (5.2.2.4, 5.2.2.5). Expires counts from the server's own Date; an Expires that is
    no date is long past (5.3).

    headers   of the answer, names in lower case
    now       stands in for a Date that is missing
    """
    found: dict[str, str] = {}
    if "cache-control" in headers:
        for name, value in _DIRECTIVE.findall(headers["cache-control"].lower()):
            found.setdefault(name, value.strip('"'))
    if ("no-cache" in found and not found["no-cache"]) or "no-store" in found:
        return timedelta(0)
    lifetime = _seconds(found.get("max-age", ""))
    if lifetime is None and "expires" in headers:
        expires_at, sent_at = http_date(headers["expires"]), http_date(headers.get("date", "")) or now
        lifetime = max(expires_at - sent_at, timedelta(0)) if expires_at else timedelta(0)
    return lifetime


def terms_after(
    old: Terms, headers: Mapping[str, str], *, parsed: ParsedFeed | None, not_modified: bool, now: datetime
) -> Terms:
    """Return the terms after an answer that went well.

    A 304 changes of the stored headers only those that it carries (RFC 9111, 4.3.4), and a body that was seen before
    still says what it said.

    parsed   what a new body held, None for a 304 and a body equal to the last one
    """
    fresh = freshness(headers, now=now)
    if parsed is not None:
        return Terms(fresh, parsed.ttl or parsed.period, parsed.skip_hours, parsed.skip_days)
    if fresh == old.fresh or (not_modified and fresh is None):
        return old
    return replace(old, fresh=fresh)


def asked_wait(terms: Terms, headers: Mapping[str, str]) -> timedelta | None:
    """Return how long the publisher asks us to wait from now on, at most LONGEST_ASKED, or None.

    What is left of the freshness after the time that the answer spent in caches on the way (Age, RFC 9111, 4.2.3), the
    feed's ttl or a Retry-After, the longest.
    """
    age = _seconds(headers.get("age", "").strip()) or timedelta(0)
    left = terms.fresh - age if terms.fresh is not None else timedelta(0)
    wait = max(left, terms.ttl or timedelta(0), retry_after(headers) or timedelta(0))
    return min(wait, LONGEST_ASKED) if wait > timedelta(0) else None


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Return the wait of Retry-After, or None: seconds, or a date that counts from the server's own Date.

    RFC 9110, 10.2.3. A server whose clock is wrong means a span by its date, which only its own Date can tell; a date
    without Date says nothing that could be trusted.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    until_at, sent_at = http_date(value), http_date(headers.get("date", ""))
    return max(timedelta(0), until_at - sent_at) if until_at and sent_at else None


def asked_by(error: FetchError) -> timedelta | None:
    """Return how long a failure asks us to wait (Retry-After), at most LONGEST_ASKED, or None."""
    if error.retry_after is None:
        return None
    return timedelta(seconds=min(error.retry_after, LONGEST_ASKED.total_seconds()))


def open_from(at: datetime, terms: Terms) -> datetime:
    """Return the first instant from `at` on that the feed's skipHours and skipDays leave open.

    Hints that leave none open, or none within LONGEST_ASKED, are a mistake and do not count.
    """
    if not (terms.skip_hours or terms.skip_days):
        return at
    last_at = at + LONGEST_ASKED
    found = at.astimezone(UTC)
    while _skipped(found, terms):
        found = found.replace(minute=0, second=0, microsecond=0) + HOUR
        if found > last_at:
            return at
    return found


def _skipped(at: datetime, terms: Terms) -> bool:
    """Return whether nobody should ask at this instant, in UTC."""
    return at.hour in terms.skip_hours or at.weekday() in terms.skip_days


def _seconds(value: str) -> timedelta | None:
    """Return a number of seconds, or None for anything else."""
    digits = value[:10] if value.isascii() and value.isdigit() else value
    return timedelta(seconds=int(digits)) if _SECONDS.fullmatch(digits) else None


def http_date(value: str) -> datetime | None:
    """Return the instant of an HTTP date (RFC 9110, 5.6.7), or None for what is none."""
    try:
        found = parsedate_to_datetime(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
