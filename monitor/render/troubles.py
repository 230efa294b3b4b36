"""A notice of feeds in trouble, or of feeds that work again, as a reader meets it: what is wrong, and what to do."""

import shlex
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.core.types import FeedState, Notice, NoticeTroubledFeed, Severity
from monitor.render.plain import count, moment, one_line, span_words, web_link
from monitor.render.reports import COLOURS

MENDED_COLOUR = "#2e7d32"
"""Colour bar of feeds that work again."""

NAME_CHARS = 80
"""Longest name of a feed."""

ERROR_CHARS = 300
"""Longest error: it may show how an answer begins that is no feed."""

URL_CHARS = 300
"""Longest address that is shown; it is linked nowhere, as a feed is nothing to read."""

NAMES = 10
"""Names of feeds that are shown one by one where they have nothing else to tell; the others are counted."""

ADVICE = {
    FeedState.FAILING: "It is asked again by itself, less and less often. See why, or look for its new address:",
    FeedState.NOT_A_FEED: "Look for its new address behind the publisher's page:",
    FeedState.RETIRED: "Take it out of the configuration, or ask it again with:",
    FeedState.QUIET: "Look whether the publisher moved its news elsewhere. What is known of it:",
    FeedState.ROLLED_OVER: "It is asked at twice its pace for a day; a shorter `interval` helps. See:",
}
"""What a person can do about a state; a command follows."""

DISCOVER = "monitor feeds discover"
"""The command that looks for the feeds behind a page."""

COMMANDS = {FeedState.NOT_A_FEED: DISCOVER, FeedState.RETIRED: "monitor feeds add"}
"""The command that helps with a state, where it is not `monitor feeds show`."""


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed as a reader sees it: what is wrong with it, what else is known, what to do and the command for it."""

    name: str
    url: str
    what: str
    known: str
    advice: str
    command: str


@dataclass(frozen=True, slots=True)
class TroubleView:
    """What a message about feeds shows.

    title    one line, ready as the subject of a mail
    summary  what it means for the reader
    more     feeds that are not shown
    still    names of feeds that go on failing, and how many are not named
    url      the feeds on the dashboard, or ""
    """

    id: str
    title: str
    summary: str
    severity: Severity
    colour: str
    receiver: str
    url: str
    feeds: tuple[FeedView, ...]
    more: int
    still: str


def view_troubles(notice: Notice, *, limit: int) -> TroubleView:
    """Return what is shown of a feed.failing or feed.recovered notice, with at most `limit` of its feeds."""
    data, mended = notice["data"], notice["type"] == "feed.recovered"
    alert, outage = data["alert"], data["outage"]
    severity = Severity(alert["severity"])
    shown = () if outage else tuple(_mended(one) if mended else _troubled(one) for one in data["feeds"][:limit])
    still = data["feeds"] if outage else data["still_failing"]
    return TroubleView(
        id=alert["id"],
        title=one_line(alert["title"]),
        summary=_summary(notice),
        severity=severity,
        colour=MENDED_COLOUR if mended else COLOURS[severity],
        receiver=one_line(alert["receiver"]),
        url=web_link(alert["url"] or ""),
        feeds=shown,
        more=0 if outage else data["feeds_count"] - len(shown),
        still=_names(still, data["feeds_count"] if outage else data["still_failing_count"]),
    )


def _summary(notice: Notice) -> str:
    """Return what a notice means for its reader."""
    data = notice["data"]
    of = f"{data['feeds_count']:,} of {count(data['feeds_total'], 'feed')}"
    if data["outage"]:
        reason, _ = Counter(one_line(feed["error"] or "", ERROR_CHARS) for feed in data["feeds"]).most_common(1)[0]
        return (
            f"Hardly any host is reached ({reason}): the network of this machine, its name server or the proxy may be "
            "down. No news comes in until they are back; feeds are then asked again by themselves."
        )
    if notice["type"] == "feed.recovered":
        return f"{of}. What was published meanwhile is read now, unless it has left the feed already."
    return f"{of}. What they publish may be missing until this is mended."


def _troubled(feed: NoticeTroubledFeed) -> FeedView:
    """Return a feed in trouble as a reader sees it."""
    state = FeedState(feed["state"])
    since, error = moment(feed["since"]), one_line(feed["error"] or "no reason known", ERROR_CHARS)
    often = f", {feed['failures']:,} times in a row" if feed["failures"] > 1 else ""
    what = {
        FeedState.FAILING: f"Fails since {since}{often}: {error}",
        FeedState.NOT_A_FEED: f"No feed since {since}{often}: {error.removeprefix('not a feed: ')}",
        FeedState.RETIRED: f"Given up, failing since {since}{often}: {error}",
        FeedState.QUIET: f"Silent since {since}, far longer than ever of late; it answers, but has nothing new",
        FeedState.ROLLED_OVER: f"All its entries were new at once on {since}: some before them may have gone by unseen",
    }.get(state, f"In trouble since {since}")
    return _view(feed, what, advice=ADVICE.get(state, ""), command=COMMANDS.get(state, "monitor feeds show"))


def _mended(feed: NoticeTroubledFeed) -> FeedView:
    """Return a feed that works again as a reader sees it."""
    begun, ended = datetime.fromisoformat(feed["since"]), datetime.fromisoformat(feed["until"] or feed["since"])
    length = span_words(max(ended - begun, timedelta(0)))
    did = "Was silent" if feed["was"] == "quiet" else "Failed"
    return _view(feed, f"{did} for {length}, from {moment(feed['since'])} to {moment(feed['until'])}", advice="")


def _view(feed: NoticeTroubledFeed, what: str, *, advice: str, command: str = "") -> FeedView:
    """Return a feed with what is known of it."""
    known = [
        f"Last worked {moment(feed['last_ok_at'])}." if feed["last_ok_at"] else "It never worked.",
        f"Last news {moment(feed['last_news_at'])}." if feed["last_news_at"] else "",
        f"Asked next {moment(feed['next_poll_at'])}." if feed["next_poll_at"] else "Asked no more.",
    ]
    url = one_line(feed["url"], URL_CHARS)
    return FeedView(
        name=one_line(feed["name"], NAME_CHARS) or url,
        url=url,
        what=what,
        known=" ".join(one for one in known if one),
        advice=advice,
        command=f"{command} {shlex.quote(_page(url) if command == DISCOVER else url)}" if advice else "",
    )


def _page(url: str) -> str:
    """Return the first page of a feed's host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else url


def _names(feeds: list[NoticeTroubledFeed], total: int) -> str:
    """Return the names of feeds on one line, those beyond NAMES counted."""
    names = [one_line(feed["name"], NAME_CHARS) for feed in feeds[:NAMES]]
    more = total - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more > 0 and names else "")
