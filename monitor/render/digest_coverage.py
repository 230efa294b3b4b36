"""What a digest may lack: feeds that failed, fell quiet, lost items or were given up, channels that did not work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.types import NoticeDigest, NoticeDigestChannel, NoticeDigestFeed
from monitor.render.plain import count, inert, moment, one_line, span_words

NAME_CHARS = 80
"""Longest name of a feed or a channel."""


@dataclass(frozen=True, slots=True)
class LineView:
    """A feed or a channel, and in words what is wrong: `failing` while it is, for so `long` in all."""

    name: str
    words: str
    failing: bool
    long: timedelta


@dataclass(frozen=True, slots=True)
class CoverageView:
    """What something is missing from: a heading, a line for each, how many more."""

    title: str
    lines: list[LineView]
    more: int


def coverage_of(digest: NoticeDigest, *, feeds: int, channels: int) -> list[CoverageView]:
    """Return what may be missing, the worst first: at most so many feeds that failed, half as many of others."""
    parts = [_part("Feeds that failed", _failures(digest), feeds)]
    end_at = datetime.fromisoformat(digest["period_end"])
    for title, found, words in (
        ("Feeds that fell quiet", digest.get("feeds_quiet", []), "no news for {length}, since {since}"),
        ("Feeds that may have lost items", digest.get("feeds_missed", []), "all was new at once, last on {since}"),
        ("Feeds given up", digest.get("feeds_retired", []), "{error}, asked no more since {since}"),
    ):
        newest_first = sorted(found, key=lambda feed: feed["since"], reverse=True)
        parts.append(_part(title, [_line(feed, words, end_at) for feed in newest_first], (feeds + 1) // 2))
    parts.append(_part("Channels that did not work", list(map(_channel, digest.get("channels", []))), channels))
    return [part for part in parts if part.lines]


def _part(title: str, lines: Sequence[LineView], limit: int) -> CoverageView:
    """Return a part with its first lines."""
    return CoverageView(title, list(lines[:limit]), max(0, len(lines) - limit))


def _line(feed: NoticeDigestFeed, words: str, end_at: datetime) -> LineView:
    """Return a feed with what is to be said of it."""
    length = max(end_at - datetime.fromisoformat(feed["since"]), timedelta())
    error, since = inert(one_line(feed["error"])) or "failing", moment(feed["since"])
    said = words.format(length=span_words(length), since=since, error=error)
    return LineView(inert(one_line(feed["name"], NAME_CHARS)), said, failing=True, long=length)


def _failures(digest: NoticeDigest) -> list[LineView]:
    """Return the feeds that failed: those that still do first, then those that did so longest."""
    by_url: dict[str, list[NoticeDigestFeed]] = {}
    for feed in digest["feeds_failed"]:
        by_url.setdefault(feed["url"], []).append(feed)
    failures = [_failure(spans, digest["period_end"]) for spans in by_url.values()]
    return sorted(failures, key=lambda one: (not one.failing, -one.long, one.name))


def _failure(spans: list[NoticeDigestFeed], period_end: str) -> LineView:
    """Return how one feed failed, in one span of time or in several."""
    length = timedelta()
    for span in spans:
        until_at = datetime.fromisoformat(span["until"] or period_end)
        length += max(until_at - datetime.fromisoformat(span["since"]), timedelta())
    last = max(spans, key=lambda span: datetime.fromisoformat(span["since"]))
    failing = last["until"] is None
    often = f"{len(spans):,} times, " if len(spans) > 1 else ""
    until = f"still failing, since {moment(last['since'])}" if failing else f"until {moment(last['until'])}"
    words = f"{inert(one_line(last['error']))}, {often}for {span_words(length)}, {until}"
    return LineView(inert(one_line(last["name"], NAME_CHARS)), words, failing, length)


def _channel(one: NoticeDigestChannel) -> LineView:
    """Return a channel with what did not arrive through it."""
    dead = f"{count(one['dead'], 'delivery').replace('deliverys', 'deliveries')} given up" if one["dead"] else ""
    waiting = f"{one['waiting']:,} waiting" if one["waiting"] else ""
    words = ", ".join(part for part in (dead, waiting, inert(one_line(one["error"]))) if part)
    return LineView(inert(one_line(one["channel"], NAME_CHARS)), words, bool(one["waiting"]), timedelta())
