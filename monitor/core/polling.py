"""When to ask a feed again, and why then: pure policy, shown to the operator with each feed."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from monitor.core.types import Feed
from monitor.errors import FetchError

JITTER_SHARE = 0.1
"""Part of an interval that chance may add, so that feeds of one interval do not stay in step."""

DOUBLINGS = 10
"""Failures in a row after which the wait stops doubling: a thousandfold is past every maximum."""

SLOW_DOWN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""Answers that ask for patience (RFC 6585, 4; RFC 9110, 15.6.4)."""

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)


def shard_of(url: str, shards: int) -> int:
    """Return the shard of a feed, 0 to `shards` - 1: a hash of its host, the same in every process and release."""
    host = (urlsplit(url).hostname or "").encode()
    return int.from_bytes(hashlib.sha256(host).digest()[:8]) % shards


def asked_wait(headers: Mapping[str, str], ttl: timedelta | None) -> timedelta | None:
    """Return how long the publisher asks us to wait: Cache-Control max-age (RFC 9111, 5.2.2.1) or RSS ttl, the longer.

    headers   of the answer, names in lower case
    """
    found = _MAX_AGE.search(headers.get("cache-control", ""))
    asked = [wait for wait in (timedelta(seconds=int(found[1])) if found else None, ttl) if wait]
    return max(asked, default=None)


def after_success(
    feed: Feed,
    *,
    now: datetime,
    default_interval: timedelta,
    minimum: timedelta,
    maximum: timedelta,
    asked: timedelta | None,
    jitter: float,
) -> tuple[datetime, str]:
    """Return when to poll next after an answer, and why then.

    asked    what the publisher asked for; the longer of it and our interval counts, between minimum and maximum
    jitter   a random number in [0, 1)
    """
    interval = feed.interval or default_interval
    wait, reason = interval, f"every {spell(interval)}"
    if asked is not None and asked > interval:
        wait, reason = asked, f"the publisher asks for {spell(asked)}"
    return _between(now, wait, reason, minimum=minimum, maximum=maximum, jitter=interval * JITTER_SHARE * jitter)


def after_failure(
    feed: Feed,
    *,
    now: datetime,
    error: FetchError,
    default_interval: timedelta,
    minimum: timedelta,
    maximum: timedelta,
    jitter: float,
) -> tuple[datetime, str]:
    """Return when to poll next after a failure, and why then: the wait doubles with each failure in a row.

    Retry-After is the least we wait; 410 Gone waits the maximum. Parameters as for `after_success`.
    """
    failures = feed.failures + 1
    interval = feed.interval or default_interval
    wait = maximum if failures > DOUBLINGS else interval * 2 ** (failures - 1)
    reason = f"{error.reason}, {failures} in a row"
    if error.status == HTTPStatus.GONE:
        wait, reason = maximum, "the publisher says it is gone for good"
    elif error.status in SLOW_DOWN:
        wait, reason = wait * 2, f"the publisher asks for patience, {failures} in a row"
    if error.retry_after is not None and timedelta(seconds=error.retry_after) > wait:
        wait = timedelta(seconds=error.retry_after)
        reason = f"the publisher asks for {spell(wait)} (Retry-After)"
    return _between(now, wait, reason, minimum=minimum, maximum=maximum, jitter=interval * JITTER_SHARE * jitter)


def _between(
    now: datetime, wait: timedelta, reason: str, *, minimum: timedelta, maximum: timedelta, jitter: timedelta
) -> tuple[datetime, str]:
    """Return the next poll within the bounds; a bound that decided is part of the reason."""
    if wait < minimum:
        wait, reason = minimum, f"{reason}, but never more often than every {spell(minimum)}"
    if wait > maximum:
        wait, reason = maximum, f"{reason}, but at least every {spell(maximum)}"
    return now + wait + jitter, reason


def spell(span: timedelta) -> str:
    """Return a span as in the configuration: "15m", "1h30m", "2d"; parts of a second are dropped."""
    seconds = int(span.total_seconds())
    parts = []
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{letter}")
    return "".join(parts) or "0s"
