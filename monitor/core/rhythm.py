"""A feed's own rhythm: how often it has something new, how long its entries stay, and when silence is odd."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from monitor.core.types import Course, Entry

BEATS = 12
"""Instants kept of each feed: enough to outlast one busy hour, few enough to be kept for a hundred thousand feeds."""

BURST = timedelta(minutes=5)
"""Entries that appear within one such span of the clock are one beat: a desk publishes piles of reports."""

OLDEST = timedelta(days=3_650)
"""Dates further back (the first day of 1970 is a common one) are slips and say nothing of a rhythm."""

QUIET_FACTOR = 3
"""Silence is odd when it lasts so many times the longest one among the beats."""

QUIET_LEAST = timedelta(days=3)
"""Silence shorter than this is never odd: many desks rest on weekends and holidays."""

QUIET_BEATS = 4
"""Beats below which a feed has no rhythm to hold against it."""


def learn(
    course: Course,
    entries: Sequence[Entry],
    new: Iterable[str],
    *,
    now: datetime,
    first: bool,
    shown: int | None = None,
) -> Course:
    """Return what a body taught: beats, window, and whether entries may have gone by unseen.

    A feed rolled over when all it shows is new and even the oldest entry is newer than the newest seen before: what
    stood between them was never seen. Only dates tell, so a feed with an undated entry is never said to have.

    The window is known once an entry seen before is shown no more: until then nothing tells that entries go.

    new     guids of the entries that were not seen before
    shown   how many entries the body has where `entries` are only those that were read; None for all of them
    first   whether no poll went well before, so that nothing can have been missed
    """
    whole = shown is None or shown == len(entries)
    fresh, dates = set(new), [_date(entry, now) for entry in entries]
    dated = [at for at in dates if at is not None]
    arrived = [at or now for entry, at in zip(entries, dates, strict=True) if entry.guid in fresh]
    if first:  # an entry without a date may have stood there for years
        arrived = dated
    lost = (
        not first
        and whole
        and bool(entries)
        and len(dated) == len(entries) == len(fresh)
        and bool(course.beats)
        and min(dated) > course.beats[0]
    )
    beats = _merged(course.beats, arrived)
    dropped = bool(dated) and bool(beats) and beats[-1] < min(dated) - BURST
    return replace(
        course,
        beats=beats,
        window=(now - min(dated) if dropped else None) if whole else course.window,
        rolled_over_at=now if lost else course.rolled_over_at,
    )


def _date(entry: Entry, now: datetime) -> datetime | None:
    """Return when an entry was published, now at the latest; None when it does not say, or what nobody can mean."""
    at = entry.published_at
    return min(at, now) if at is not None and at > now - OLDEST else None


def _merged(beats: Iterable[datetime], arrived: Iterable[datetime]) -> tuple[datetime, ...]:
    """Return the newest BEATS instants of both, one (the newest) for each BURST, to the second."""
    newest: dict[int, datetime] = {}
    for at in sorted((*beats, *arrived)):
        seconds = int(at.timestamp())
        newest[seconds // int(BURST.total_seconds())] = datetime.fromtimestamp(seconds, UTC)
    return tuple(sorted(newest.values(), reverse=True)[:BEATS])


def pace(course: Course, *, now: datetime, first_polled_at: datetime | None) -> timedelta | None:
    """Return the mean time between two beats, the running silence included, or None for a feed not yet known.

    A feed that never had anything is as slow as it was watched.
    """
    if course.beats:
        return max(now - course.beats[-1], timedelta(0)) / len(course.beats)
    return None if first_polled_at is None else max(now - first_polled_at, timedelta(0))


def quiet_at(course: Course) -> datetime | None:
    """Return from when on a feed is silent for far longer than it ever was of late; None for one without a rhythm."""
    if len(course.beats) < QUIET_BEATS:
        return None
    longest = max(later - earlier for later, earlier in pairwise(course.beats))
    return course.beats[0] + max(QUIET_FACTOR * longest, QUIET_LEAST)


def quiet(course: Course, *, now: datetime) -> bool:
    """Return whether a feed is silent for far longer than it ever was of late."""
    odd_at = quiet_at(course)
    return odd_at is not None and now > odd_at
