"""Which troubles of feeds are told, when, and together with which: nobody is left blind, nobody is flooded.

    trouble                         told
    fails, is not a feed            after so many failures in a row over so long a time
    given up (retired)              at once, where the feed's failing was told in that thread
    quiet against its own rhythm    when it fell silent while we watched, and was asked since
    rolled over                     when entries may have gone by unseen; once a day at most

What begins within a short while is told together, and two notices are some time apart. When our own network is down
(core/outage.py) one notice tells of all feeds. That a feed works again is told once in the thread of its failing; one
that fails again within a day is told there, too, and then has to work for a day before it counts as mended.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.grouping import make_id, timestamp
from monitor.core.types import Feed

GATHER_SHARE = 0.1
"""Part of the operator's patience (`after`) for which a trouble waits for others that begin with it."""

APART_SHARE = 0.5
"""Part of the operator's patience that lies between two notices of new troubles."""

AGAIN = timedelta(days=1)
"""A feed that fails again within such a time is told of in the same thread, and then must work for as long."""

CALM = timedelta(hours=1)
"""How long nobody else of a thread may have come back before those who did are told, while others still fail."""

LONGEST_CALM = timedelta(hours=6)
"""The same from the first one that came back: when feeds come back one by one, the news does not wait for the last."""


class TroubleKind(StrEnum):
    """What a feed may suffer from; a feed that is no feed or was given up is one that fails."""

    FAILING = "failing"
    QUIET = "quiet"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Patience:
    """What the operator bears before being told that a feed fails: failures in a row, and the time they take."""

    after_failures: int
    after: timedelta


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a feed suffers from, from when it was noticed until it is over.

    since_at     it began: the first failure, the last news of a quiet feed, the poll that found that entries went by
    noticed_at   it became one to be told
    told_at      it was told last, or None
    thread       what was told of it before, or None
    times        how often it is told in its thread as new
    """

    id: int
    feed_id: int
    kind: TroubleKind
    since_at: datetime
    noticed_at: datetime
    told_at: datetime | None = None
    thread: str | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Case:
    """A trouble and the feed that has it."""

    trouble: Trouble
    feed: Feed


@dataclass(frozen=True, slots=True)
class Telling:
    """What one notice tells of: troubles of one thread. `again` when the thread was told of before."""

    thread: str
    cases: tuple[Case, ...]
    again: bool


@dataclass(frozen=True, slots=True)
class Back:
    """A trouble that may be over.

    back_at   the first poll that went well again; for a quiet feed when it fell silent, so that it waits for nobody
    ok_at     the last one
    """

    trouble_id: int
    thread: str
    kind: TroubleKind
    times: int
    since_at: datetime
    back_at: datetime
    ok_at: datetime


def began_at(feed: Feed, kind: TroubleKind, *, now: datetime) -> datetime:
    """Return when a trouble of a feed began; for a quiet one its last news."""
    beats = feed.course.beats
    known = {
        TroubleKind.FAILING: feed.failing_since_at,
        TroubleKind.QUIET: beats[0] if beats else None,
        TroubleKind.MISSED: feed.course.rolled_over_at,
    }
    return known[kind] or now


def lasts(feed: Feed, patience: Patience, *, now: datetime) -> bool:
    """Return whether a failing feed is to be told of. Only what was seen counts, not the time since the last poll.

    The feeds of a host that rests take turns to ask it, so that each of many fails once in days: what the host failed
    in a row counts for each that failed at all, and so does the time for which it is left alone.
    """
    if feed.course.retired_at is not None:
        return True
    if feed.failing_since_at is None or feed.polled_at is None:
        return False
    failures, seen_at = feed.failures, feed.polled_at
    if feed.rest is not None:
        failures, seen_at = max(failures, feed.rest.failures), max(seen_at, min(now, feed.rest.until_at))
    return failures >= patience.after_failures and seen_at - feed.failing_since_at >= patience.after


def is_due(untold: Sequence[Case], *, last_told_at: datetime | None, patience: Patience, now: datetime) -> bool:
    """Return whether the time has come to tell what is untold: others may follow soon, and notices come apart."""
    if not untold or (last_told_at is not None and now < last_told_at + APART_SHARE * patience.after):
        return False
    given_up = any(case.feed.course.retired_at is not None for case in untold)
    return given_up or now >= min(case.trouble.noticed_at for case in untold) + GATHER_SHARE * patience.after


def tellings(untold: Sequence[Case], *, now: datetime) -> list[Telling]:
    """Return the notices that tell of all: one for what is new, and one for each thread that goes on."""
    threads: dict[str | None, list[Case]] = {}
    for case in sorted(untold, key=lambda one: (one.trouble.kind != TroubleKind.FAILING, one.feed.url)):
        threads.setdefault(case.trouble.thread, []).append(case)
    return [
        Telling(thread or thread_id([case.trouble.id for case in cases], now), tuple(cases), thread is not None)
        for thread, cases in threads.items()
    ]


def thread_id(parts: Iterable[int | str], now: datetime) -> str:
    """Return the id of a thread of troubles: "trb_" and 26 letters."""
    return make_id("trb_", [*map(str, parts), timestamp(now)])


def is_mended(back: Back) -> bool:
    """Return whether a trouble is over: two polls in a row went well; a day of them where it failed again."""
    if back.kind is TroubleKind.QUIET:
        return True
    return back.ok_at - back.back_at >= AGAIN if back.times > 1 else back.ok_at > back.back_at


def mended(backs: Iterable[Back], lasting: Mapping[str, int], *, now: datetime) -> dict[str, list[Back]]:
    """Return which troubles are told to be over now, by thread.

    A thread waits until all of its troubles are over or no further one was for a while.

    lasting   how many troubles of each thread are not over or were not told to be
    """
    threads: dict[str, list[Back]] = {}
    for back in backs:
        if is_mended(back):
            threads.setdefault(back.thread, []).append(back)
    return {thread: found for thread, found in threads.items() if _is_calm(found, lasting.get(thread, 0), now)}


def _is_calm(found: Sequence[Back], lasting: int, now: datetime) -> bool:
    """Return whether no further trouble of a thread is likely to end soon."""
    if len(found) >= lasting:
        return True
    first, last = min(back.back_at for back in found), max(back.back_at for back in found)
    return now >= min(last + CALM, first + LONGEST_CALM)
