"""What a receiver is told of feeds in trouble, and of those that work again, in the shape a webhook gets."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from monitor.core.addresses import without_user
from monitor.core.grouping import one_line, timestamp
from monitor.core.polling import state_of
from monitor.core.troubles import Case, Telling, TroubleKind
from monitor.core.types import Feed, FeedState, Notice, NoticeTroubledFeed, NoticeType, Severity

FEEDS_LISTED = 100
"""Feeds in a notice, the others are counted: a hundred thousand would be a notice of 50 MB."""

ERROR_CHARS = 500
"""Longest error in a notice."""

ONE = {
    FeedState.FAILING: "Feed fails",
    FeedState.NOT_A_FEED: "Not a feed any more",
    FeedState.RETIRED: "Feed given up",
    FeedState.QUIET: "Feed gone quiet",
    FeedState.ROLLED_OVER: "Items may have been missed",
}
"""How the title begins of a notice about one feed."""

SEVERAL = {
    FeedState.FAILING: ("feed fails", "feeds fail"),
    FeedState.NOT_A_FEED: ("address is no feed any more", "addresses are no feeds any more"),
    FeedState.RETIRED: ("feed given up", "feeds given up"),
    FeedState.QUIET: ("feed gone quiet", "feeds gone quiet"),
    FeedState.ROLLED_OVER: ("feed may have lost items", "feeds may have lost items"),
}
"""How feeds of a state are counted in a title."""

GRAVE = frozenset({FeedState.FAILING, FeedState.NOT_A_FEED, FeedState.RETIRED})
"""States in which nothing comes from a feed."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A feed whose trouble is over."""

    feed: Feed
    kind: TroubleKind
    since_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """What all notices of troubles say beside the feeds.

    receiver     who is told
    public_url   address of the dashboard as its readers reach it, or None
    total        feeds that are polled
    """

    receiver: str
    public_url: str | None
    total: int


def telling_notice(telling: Telling, head: Head, *, now: datetime) -> Notice:
    """Return the notice that tells of troubles."""
    feeds = [_troubled(case, now=now) for case in telling.cases]
    states = Counter(FeedState(feed["state"]) for feed in feeds)
    if len(feeds) == 1:
        again = " again" if telling.again and FeedState.FAILING in states else ""
        title = f"{ONE[FeedState(feeds[0]['state'])]}{again}: {_name(telling.cases[0].feed)}"
    else:
        hosts = {urlsplit(case.feed.url).hostname for case in telling.cases}
        title = ", ".join(_counted(state, states[state]) for state in SEVERAL if states[state])
        if len(hosts) == 1 and (host := hosts.pop()):
            title += f", all of {host}"
    severity = Severity.MEDIUM if GRAVE & states.keys() else Severity.LOW
    return _notice("feed.failing", telling.thread, title, severity, feeds, len(feeds), head, now=now)


def outage_notice(thread: str, cases: Sequence[Case], count: int, head: Head, *, now: datetime) -> Notice:
    """Return the notice that our own network seems to be down.

    cases   some of the feeds that cannot be reached, of which there are `count`
    """
    feeds = [_troubled(case, now=now) for case in cases]
    title = f"{count:,} of {head.total:,} feeds cannot be reached"
    notice = _notice("feed.failing", thread, title, Severity.HIGH, feeds, count, head, now=now)
    notice["data"]["outage"] = True
    return notice


def mended_notice(
    thread: str, mended: Sequence[Mended], count: int, lasting: Sequence[Case], still: int, head: Head, *, now: datetime
) -> Notice:
    """Return the notice that feeds work again.

    mended    some of them, of which there are `count`
    lasting   some of those of the thread that fail to this hour
    still     how many of the thread are not known to work again
    """
    feeds = [_entry(one.feed, one.kind, one.since_at, one.until_at, now=now) for one in mended]
    news = all(one.kind is TroubleKind.QUIET for one in mended)
    if count == 1:
        title = f"{'Feed has news again' if news else 'Feed works again'}: {_name(mended[0].feed)}"
    else:
        of = f"{count:,} of {count + still:,}" if still else f"All {count:,}"
        title = f"{of} feeds {'have news' if news else 'work'} again"
    notice = _notice("feed.recovered", thread, title, Severity.LOW, feeds, count, head, now=now)
    notice["data"]["still_failing"] = [_troubled(case, now=now) for case in lasting]
    notice["data"]["still_failing_count"] = still
    return notice


def _notice(
    type_: NoticeType,
    thread: str,
    title: str,
    severity: Severity,
    feeds: list[NoticeTroubledFeed],
    count: int,
    head: Head,
    *,
    now: datetime,
) -> Notice:
    """Return a notice of troubles in the shape of one about an alert, without hits."""
    return {
        "type": type_,
        "timestamp": timestamp(now),
        "data": {
            "alert": {
                "id": thread,
                "title": title,
                "severity": severity.value,
                "receiver": head.receiver,
                "story": None,
                "created_at": timestamp(now),
                "url": f"{head.public_url.rstrip('/')}/feeds" if head.public_url else None,
            },
            "hits": [],
            "feeds": feeds[:FEEDS_LISTED],
            "feeds_count": count,
            "feeds_total": head.total,
            "still_failing": [],
            "still_failing_count": 0,
            "outage": False,
        },
    }


def _troubled(case: Case, *, now: datetime) -> NoticeTroubledFeed:
    """Return a feed in trouble."""
    return _entry(case.feed, case.trouble.kind, case.trouble.since_at, None, now=now)


def _entry(
    feed: Feed, kind: TroubleKind, since_at: datetime, until_at: datetime | None, *, now: datetime
) -> NoticeTroubledFeed:
    """Return a feed as a notice tells of it; user and password of its address stay here."""
    over = until_at is not None
    return {
        "name": _name(feed),
        "url": without_user(feed.url),
        "state": (state_of(feed, now=now) if over else _state(feed, kind, now)).value,
        "was": kind.value if over else None,
        "since": timestamp(since_at),
        "until": _instant(until_at),
        "failures": feed.failures,
        "error": feed.error[:ERROR_CHARS] if feed.error else None,
        "last_ok_at": _instant(feed.ok_at),
        "last_news_at": _instant(feed.course.beats[0] if feed.course.beats else None),
        "next_poll_at": None if feed.course.retired_at is not None else timestamp(feed.next_poll_at),
        "because": feed.wait_reason,
    }


def _state(feed: Feed, kind: TroubleKind, now: datetime) -> FeedState:
    """Return the state that a trouble means; one feed may have several."""
    if kind is TroubleKind.FAILING:
        return state_of(feed, now=now)
    return FeedState.QUIET if kind is TroubleKind.QUIET else FeedState.ROLLED_OVER


def _instant(at: datetime | None) -> str | None:
    """Return an instant as JSON has it."""
    return None if at is None else timestamp(at)


def _name(feed: Feed) -> str:
    """Return what a person calls a feed."""
    return one_line(feed.name) or without_user(feed.url)


def _counted(state: FeedState, count: int) -> str:
    """Return "1 feed fails", "2 feeds fail"."""
    return f"{count:,} {SEVERAL[state][count > 1]}"
