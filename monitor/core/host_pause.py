"""When a whole host is left alone, and for how long: what the answer to one feed tells about its neighbours.

    answer of any feed of a host         the host rests
    429 or 503 with Retry-After          until then
    429 without                          for a quarter of an hour, twice as long with each in a row, a day at most
    none, or 503, at several feeds       for five minutes, twice as long with each in a row, an hour at most
    anything else                        not: it answers, and what came before is forgotten

After a rest one feed is asked at a time, the one due longest first, until the host has answered. Sources: RFC 9110,
10.2.3: Retry-After says how long to wait before asking again, with a 503 how long the service is away. RFC 6585, 4,
leaves open whether a 429 counts the requests for one resource or for all of a server's, so the host is meant unless the
operator says otherwise (`http.exempt_hosts`). Numbers of ours say so.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from monitor.core.freshness import PATIENCE, asked_by
from monitor.core.polling import rests, spell
from monitor.core.types import HostRest
from monitor.errors import FetchError

UNREACHED = frozenset({"dns", "connection refused", "connection broken", "timeout", "tls"})
"""Reasons of a FetchError for a host from which no answer came; others are about one feed, or about us."""

ENOUGH = 3
"""Feeds of a host that get no answer, one after another, before it rests: one may be at fault itself, two by chance."""

FIRST_PATIENCE, LONGEST_PATIENCE = timedelta(minutes=15), timedelta(days=1)
"""First and longest rest after a bare 429: limits are mostly counted by the quarter, the hour or the day."""

FIRST_REST, LONGEST_REST = timedelta(minutes=5), timedelta(hours=1)
"""First and longest rest of a host that gives no answer: short, since it may be our own line that was cut, and one
question an hour is a burden to nobody."""


@dataclass(frozen=True, slots=True)
class HostCourse:
    """What is known of a host from the answers of its feeds.

    rest        its last rest, until it has answered
    unreached   ids of the feeds that got no answer since the last one did
    """

    rest: HostRest | None = None
    unreached: frozenset[int] = frozenset()


def after_poll(course: HostCourse, *, feed_id: int, error: FetchError | None, now: datetime) -> HostCourse:
    """Return what is known of a host after the answer of one of its feeds, or its absence.

    What was under way when the rest began changes nothing any more, but for a publisher who asks for a longer one.

    error   None when there was an answer that could be used
    """
    asked_until_at = None if error is None else _asked(error, now)
    if rests(course.rest, now=now):
        assert course.rest is not None
        if asked_until_at is not None and asked_until_at > course.rest.until_at:
            return replace(course, rest=replace(course.rest, until_at=asked_until_at, reason=_patience(error)))
        return course
    failures = course.rest.failures if course.rest else 0
    if asked_until_at is not None:
        return HostCourse(HostRest(asked_until_at, _patience(error), failures + 1))
    if error is None or (error.status is not None and error.status not in PATIENCE):
        return HostCourse()
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        until_at = now + _doubled(FIRST_PATIENCE, failures, LONGEST_PATIENCE)
        return HostCourse(HostRest(until_at, _patience(error), failures + 1))
    if error.status is None and error.reason not in UNREACHED:
        return course
    return _unreached(course, course.unreached | {feed_id}, error.reason, now=now)


def _asked(error: FetchError, now: datetime) -> datetime | None:
    """Return until when the publisher asks to be left alone, or None."""
    asked = asked_by(error) if error.status in PATIENCE else None
    return now + asked if asked else None


def _patience(error: FetchError | None) -> str:
    """Return in words that a publisher asked for patience."""
    assert error is not None
    return f"the publisher asks for patience ({error.status})"


def _unreached(course: HostCourse, unreached: frozenset[int], reason: str, *, now: datetime) -> HostCourse:
    """Return the course of a host from which another feed got no answer; after a rest one is enough."""
    if course.rest is None and len(unreached) < ENOUGH:
        return replace(course, unreached=unreached)
    failures = course.rest.failures if course.rest else 0
    wait = _doubled(FIRST_REST, failures, LONGEST_REST)
    words = f"{ENOUGH} of its feeds in a row got no answer ({reason})"
    if failures:
        words = f"it gives no answer ({reason}) and is asked once in {spell(wait)}"
    return HostCourse(HostRest(now + wait, words, failures + 1))


def _doubled(first: timedelta, failures: int, longest: timedelta) -> timedelta:
    """Return the rest after so many in a row."""
    return min(first * (1 << min(failures, 16)), longest)
