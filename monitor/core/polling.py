"""When to ask a feed again, and why then: pure policy, shown to the operator with each feed.

The rules are those of Rachel Kroll's "feed reader best practices" (rachelbythebay.com/fs/help.html) and "feed info"
(rachelbythebay.com/w/feed/): ask seldom, keep to what the server says about time, slow down when told to, stop when a
feed is gone. Numbers of ours say so.

    answer                          next poll
    200, 304                        the feed's own pace or the operator's interval; later when the publisher asks for it
                                    or while a hub pushes what is new (core/websub.py)
    301, 302, 307, 308              as what stands at their end
    410                             none: retired
    429                             twice the wait, an hour at least, longer with each; lessened slowly afterwards
    503, not a feed                 twice the wait, doubled with each failure in a row
    other 4xx                       four times the wait, doubled with each: asking again seldom helps
    5xx, time-outs, broken lines    the wait, doubled with each
    any with Retry-After            not before that
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urlsplit

from monitor.core import rhythm
from monitor.core.addresses import host_of, is_file
from monitor.core.freshness import PATIENCE, asked_by, open_from
from monitor.core.own_limits import NO_FILES, NO_MEMORY
from monitor.core.types import Course, Feed, FeedState, HostRest, Pulse
from monitor.errors import FetchError

JITTER_SHARE = 0.1
"""Part of a wait that chance may add, so that feeds of one interval do not stay in step."""

SKIP_JITTER = timedelta(minutes=10)
"""Longest time that chance adds after hours to be skipped: those who wait for the same hour should not come at once."""

DOUBLINGS = 10
"""Failures in a row after which the wait stops doubling: a thousandfold is past every maximum."""

PACE_SHARE = 0.1
"""Part of the mean time between two news of a feed that we wait: the tenth that RFC 9111, 4.2.2, gives caches."""

WINDOW_SHARE = 0.5
"""Part of the time that entries stay in a feed that we wait at most, so that one poll may fail and none is missed."""

FASTER = timedelta(days=1)
"""How long a feed counts as rolled over, and is asked at twice its pace, after entries went by unseen."""

LEAST_PATIENCE = timedelta(hours=1)
"""Shortest wait after a bare 429: once an hour is what Kroll's "feed info" asks of those who send validators."""

LESSENING = 0.9
"""What is left of the patience learnt from 429 after each poll that went well: back to normal within a day or two."""

RETIRE_AFTER = timedelta(days=30)
"""How long a feed fails before it is given up: hosts that come back do so within weeks."""

RETIRE_FAILURES = 20
"""Failures in a row before a feed is given up: a daemon that was off for a month has not seen it fail for a month."""

BACK_HOME = 3
"""Failures in a row at an address that a feed moved to after which its own address is asked again."""

PUSHED_WAIT = timedelta(hours=1)
"""Wait while a hub tells what is new: the longest time that news goes unseen when it falls silent."""

NOT_A_FEED = "not a feed"
"""Reason of a FetchError for an answer that could not be read as a feed."""


NOT_ASKED = frozenset({"host rests", "host busy", NO_FILES, NO_MEMORY})
"""Reasons of a FetchError for a request that was not made, or an answer not read, by no fault of the feed: it would
have gone where a redirect leads, or this process was at a limit of its own."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the operator decided for all feeds: the usual interval, the shortest and the longest wait."""

    interval: timedelta
    minimum: timedelta
    maximum: timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """When to ask next, why then, and what is known of the feed from here on."""

    at: datetime
    reason: str
    course: Course


def shard_of(url: str, shards: int) -> int:
    """Return the shard of a feed, 0 to `shards` - 1: a hash of its host, the same in every process and release."""
    host = (urlsplit(url).hostname or "").encode()
    return int.from_bytes(hashlib.sha256(host).digest()[:8]) % shards


def after_success(
    feed: Feed,
    course: Course,
    *,
    asked: timedelta | None,
    now: datetime,
    bounds: Bounds,
    jitter: float,
    pushed: bool = False,
) -> Plan:
    """Return the plan after a 200 or a 304.

    feed     as it was before the poll
    course   as the answer changed it
    asked    how long the publisher asks us to wait, or None; goes beyond the maximum, up to LONGEST_ASKED
    jitter   a random number in [0, 1)
    pushed   whether a hub tells what is new, and told all that this answer shows
    """
    not_before_at = None if asked is None else now + asked
    if (course.patience, course.retired_at, course.not_before_at) != (None, None, not_before_at):
        patience = _lessened(course.patience, feed, bounds)
        course = replace(course, patience=patience, retired_at=None, not_before_at=not_before_at)
    wait, reason = _usual(feed, course, now=now, bounds=bounds, pushed=pushed)
    if asked is not None and asked > wait:
        return _plan(now, asked, f"the publisher asks for {spell(asked)}", course, bounds=bounds, jitter=jitter)
    return _plan(now, wait, reason, course, bounds=bounds, jitter=jitter)


def after_failure(feed: Feed, *, error: FetchError, now: datetime, bounds: Bounds, jitter: float) -> Plan:
    """Return the plan after a failure; parameters as for `after_success`."""
    course, failures = feed.course, feed.failures + 1
    gone = error.status == HTTPStatus.GONE
    if course.moved_to is not None and (gone or failures >= BACK_HOME):
        course, gone = replace(course, moved_to=None), False
    if gone:
        return _retired(course, "the publisher says it is gone for good (410)", now=now, bounds=bounds)
    if _given_up(feed, error, failures=failures, now=now):
        reason = f"{error.reason} for {spell(RETIRE_AFTER)} and longer, {failures} times in a row"
        return _retired(course, reason, now=now, bounds=bounds)
    usual, _ = _usual(feed, course, now=now, bounds=bounds)
    wait = min(usual * _patience(error), bounds.maximum)
    wait = bounds.maximum if failures > DOUBLINGS else wait * 2 ** (failures - 1)
    reason = f"{error.reason}, {failures} in a row"
    if error.status in PATIENCE:
        reason = f"the publisher asks for patience ({error.status}), {failures} in a row"
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        patience = max(2 * (course.patience or timedelta(0)), 2 * usual, LEAST_PATIENCE)
        course = replace(course, patience=min(patience, bounds.maximum))
        wait = max(wait, patience)
    asked = asked_by(error)
    course = replace(course, not_before_at=None if asked is None else now + asked)
    if asked is not None and asked > min(wait, bounds.maximum):
        reason = f"the publisher asks for {spell(asked)} (Retry-After)"
        return _plan(now, asked, reason, course, bounds=bounds, jitter=jitter)
    return _plan(now, min(wait, bounds.maximum), reason, course, bounds=bounds, jitter=jitter)


def put_off(feed: Feed, *, error: FetchError, now: datetime, bounds: Bounds, jitter: float) -> Plan:
    """Return the plan after a poll that ended on its way, at a host that was not asked or at us: no failure."""
    wait = max(asked_by(error) or bounds.minimum, bounds.minimum)
    return _plan(now, wait, f"put off: {error.detail}", feed.course, bounds=bounds, jitter=jitter)


def state_of(feed: Feed | Pulse, *, now: datetime) -> FeedState:
    """Return how a feed is doing."""
    if feed.course.retired_at is not None:
        return FeedState.RETIRED
    if pause_of(feed) is not None:
        return FeedState.PAUSED
    if feed.failures:
        return FeedState.NOT_A_FEED if reason_of(feed.error or "") == NOT_A_FEED else FeedState.FAILING
    if rest_ahead(feed, now=now) is not None:
        return FeedState.RESTING
    if rolled_over(feed.course, now=now):
        return FeedState.ROLLED_OVER
    return FeedState.QUIET if rhythm.quiet(feed.course, now=now) else FeedState.HEALTHY


def pause_of(feed: Feed | Pulse) -> datetime | None:
    """Return since when somebody has paused a feed, or None."""
    if isinstance(feed, Pulse):
        return feed.paused_at
    return feed.paused.at if feed.paused else None


def rests(rest: HostRest | None, *, now: datetime) -> bool:
    """Return whether a host is left alone now."""
    return rest is not None and now < rest.until_at


def rest_ahead(feed: Feed | Pulse, *, now: datetime) -> HostRest | None:
    """Return the rest of its host that keeps a feed from being asked, though it is or will be due before its end."""
    rest = feed.rest
    return rest if rest is not None and now < rest.until_at and feed.next_poll_at < rest.until_at else None


def next_poll_at(feed: Feed | Pulse, *, now: datetime) -> datetime:
    """Return when a feed is asked next: when it is due, and its host does not rest."""
    rest = rest_ahead(feed, now=now)
    return feed.next_poll_at if rest is None else rest.until_at


def next_poll(feed: Feed, *, now: datetime) -> tuple[datetime, str]:
    """Return when a feed is asked next and why then, with the rest of its host."""
    if feed.paused is not None:
        return feed.next_poll_at, f"paused by {feed.paused.who}: {feed.paused.why}"
    rest = rest_ahead(feed, now=now)
    if rest is None:
        return feed.next_poll_at, feed.wait_reason
    host = host_of(feed.course.moved_to or feed.url)
    return rest.until_at, f"host {host} rests until {rest.until_at:%Y-%m-%d %H:%M} UTC: {rest.reason}"


def reason_of(error: str) -> str:
    """Return the reason of a failure in words, which is the same for all of its kind; see `FetchError`."""
    return error.partition(":")[0]


def rolled_over(course: Course, *, now: datetime) -> bool:
    """Return whether entries went by unseen of late."""
    return course.rolled_over_at is not None and now - course.rolled_over_at < FASTER


def _usual(feed: Feed, course: Course, *, now: datetime, bounds: Bounds, pushed: bool = False) -> tuple[timedelta, str]:
    """Return the wait that nothing but we and the feed's rhythm decide, within the bounds, and why it is that long."""
    wait, reason = (
        (feed.interval, f"every {spell(feed.interval)}") if feed.interval else _own(feed, course, now, bounds)
    )
    if pushed and not feed.interval and not rolled_over(course, now=now):
        wait, reason = _beside_pushes(course, wait, reason)
    if wait < bounds.minimum:
        wait, reason = bounds.minimum, f"{reason}, but never more often than every {spell(bounds.minimum)}"
    if wait > bounds.maximum:
        wait, reason = bounds.maximum, f"{reason}, but at least every {spell(bounds.maximum)}"
    if course.patience is not None and course.patience > wait:
        wait = min(course.patience, bounds.maximum)
        reason = f"every {spell(wait)} since the publisher asked for patience (429)"
    return wait, reason


def _own(feed: Feed, course: Course, now: datetime, bounds: Bounds) -> tuple[timedelta, str]:
    """Return the wait of a feed for which the operator set none: slower when it seldom changes, faster when it must.

    A file is looked at as often as may be: that costs nobody anything.
    """
    if is_file(feed.url):
        return bounds.minimum, f"every {spell(bounds.minimum)}, as a file of this machine"
    wait, reason = bounds.interval, f"every {spell(bounds.interval)}"
    pace = rhythm.pace(course, now=now, first_polled_at=feed.first_polled_at)
    if pace is not None and pace * PACE_SHARE > wait:
        wait, reason = pace * PACE_SHARE, f"it has news every {spell(pace, parts=2)}"
    if course.window and course.window * WINDOW_SHARE < wait:
        wait, reason = course.window * WINDOW_SHARE, f"its entries stay for {spell(course.window, parts=2)} only"
    if rolled_over(course, now=now):
        wait, reason = wait / 2, "entries went by unseen, it is asked at twice its pace"
    return wait, reason


def _beside_pushes(course: Course, wait: timedelta, reason: str) -> tuple[timedelta, str]:
    """Return the wait of a feed whose hub tells what is new; within the time that its entries stay, as ever."""
    longest = min(PUSHED_WAIT, course.window * WINDOW_SHARE) if course.window else PUSHED_WAIT
    if longest <= wait:
        return wait, reason
    return longest, f"its hub tells what is new, it is asked every {spell(longest, parts=2)} to make sure"


def _lessened(patience: timedelta | None, feed: Feed, bounds: Bounds) -> timedelta | None:
    """Return what is left of a learnt patience after a poll that went well."""
    left = patience * LESSENING if patience is not None else timedelta(0)
    return left if left > max(feed.interval or bounds.interval, bounds.minimum) else None


def _patience(error: FetchError) -> int:
    """Return by how much the first wait after a failure is longer than the usual one."""
    if error.reason == NOT_A_FEED or error.status in PATIENCE:
        return 2
    return 4 if error.status is not None and 400 <= error.status < 500 else 1


def _given_up(feed: Feed, error: FetchError, *, failures: int, now: datetime) -> bool:
    """Return whether a feed failed for so long that it is retired; a publisher who asks for patience is there."""
    since_at = feed.failing_since_at
    long = since_at is not None and now - since_at >= RETIRE_AFTER and failures >= RETIRE_FAILURES
    return long and error.status != HTTPStatus.TOO_MANY_REQUESTS


def _retired(course: Course, reason: str, *, now: datetime, bounds: Bounds) -> Plan:
    """Return the plan for a feed that is asked no more; its next poll counts only once it is taken up again."""
    reason = f"retired: {reason}; `monitor feeds add` takes it up again"
    return Plan(now + bounds.maximum, reason, replace(course, retired_at=now, not_before_at=None))


def _plan(now: datetime, wait: timedelta, reason: str, course: Course, *, bounds: Bounds, jitter: float) -> Plan:
    """Return the plan for a wait: chance added, within the maximum unless the publisher asked, open hours only."""
    at = now + wait * (1 + JITTER_SHARE * jitter)
    if at > now + bounds.maximum:  # what waits the maximum is spread before it, where nobody asked for more
        early = now + max(bounds.maximum * (1 - JITTER_SHARE * jitter), bounds.minimum)
        at = max(early, course.not_before_at) if course.not_before_at is not None else early
    open_at = open_from(at, course.terms)
    if open_at != at:
        return Plan(open_at + SKIP_JITTER * jitter, f"{reason}, then skips hours or days as the feed asks", course)
    return Plan(at, reason, course)


@lru_cache(maxsize=1024)  # intervals are few, and a poll spells several
def spell(span: timedelta, *, parts: int = 4) -> str:
    """Return a span as in the configuration: "15m", "1h30m", "2d"; only its largest `parts`, seconds at the least."""
    seconds = int(span.total_seconds())
    found = []
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            found.append(f"{count}{letter}")
    return "".join(found[:parts]) or "0s"
