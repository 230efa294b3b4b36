"""What a digest may lack: feeds that failed, fell quiet, lost items or are not asked, channels that fail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from monitor.core.types import NoticeDigest, NoticeDigestChannel, NoticeDigestFeed
from monitor.render.plain import inert, moment, one_line, span_words

_T = TypeVar("_T")

NAME_CHARS = 80
"""Longest name of a feed or a channel."""


@dataclass(frozen=True, slots=True)
class LineView:
    """A feed or a channel, and in words what is wrong."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class CoverageView:
    """What something is missing from: a heading, a line for each, how many more."""

    title: str
    lines: list[LineView]
    more: int


def coverage_of(digest: NoticeDigest, *, feeds: int, channels: int) -> list[CoverageView]:
    """Return what may be missing, the worst first: at most so many feeds that failed, half as many of others."""
    end_at = datetime.fromisoformat(digest["period_end"])
    failed = _worst_first(digest["feeds_failed"], end_at)
    found = [_part("Feeds that failed", failed, feeds, lambda spans: _failure(spans, end_at))]
    for title, troubled, words in (
        ("Feeds that fell quiet", digest.get("feeds_quiet", []), "no news for {length}, since {since}"),
        ("Feeds that may have lost items", digest.get("feeds_missed", []), "all was new at once, last on {since}"),
        ("Feeds given up", digest.get("feeds_retired", []), "{error}, asked no more since {since}"),
        ("Feeds that are paused", digest.get("feeds_paused", []), "{error}, since {since}"),
    ):
        newest_first = sorted(troubled, key=lambda feed: feed["since"], reverse=True)
        found.append(_part(title, newest_first, (feeds + 1) // 2, partial(_line, words=words, end_at=end_at)))
    found.append(_part("Channels that did not work", digest.get("channels", []), channels, _channel))
    return [part for part in found if part.lines]


def _part(title: str, troubled: Sequence[_T], limit: int, line: Callable[[_T], LineView]) -> CoverageView:
    """Return a part with its first lines."""
    return CoverageView(title, [line(one) for one in troubled[:limit]], max(0, len(troubled) - limit))


def _line(feed: NoticeDigestFeed, *, words: str, end_at: datetime) -> LineView:
    """Return a feed with what is to be said of it."""
    length = max(end_at - datetime.fromisoformat(feed["since"]), timedelta())
    error, since = inert(one_line(feed["error"])) or "failing", moment(feed["since"])
    said = words.format(length=span_words(length), since=since, error=error)
    return LineView(inert(one_line(feed["name"], NAME_CHARS)), said)


def _worst_first(failed: Sequence[NoticeDigestFeed], end_at: datetime) -> list[list[NoticeDigestFeed]]:
    """Return the spans of each feed that failed: of those that still do first, then of those that did so longest."""
    by_url: dict[str, list[NoticeDigestFeed]] = {}
    for span in sorted(failed, key=lambda span: span["since"]):
        by_url.setdefault(span["url"], []).append(span)
    return sorted(
        by_url.values(), key=lambda spans: (spans[-1]["until"] is not None, -_length(spans, end_at), spans[-1]["name"])
    )


def _length(spans: Sequence[NoticeDigestFeed], end_at: datetime) -> timedelta:
    """Return how long a feed failed in all."""
    ends = [end_at if span["until"] is None else datetime.fromisoformat(span["until"]) for span in spans]
    begins = [datetime.fromisoformat(span["since"]) for span in spans]
    return sum((max(end - begin, timedelta()) for begin, end in zip(begins, ends, strict=True)), timedelta())


def _failure(spans: Sequence[NoticeDigestFeed], end_at: datetime) -> LineView:
    """Return how one feed failed, in one span of time or in several."""
    last = spans[-1]
    often = f"{len(spans):,} times, " if len(spans) > 1 else ""
    until = f"until {moment(last['until'])}" if last["until"] else f"still failing, since {moment(last['since'])}"
    words = f"{inert(one_line(last['error']))}, {often}for {span_words(_length(spans, end_at))}, {until}"
    return LineView(inert(one_line(last["name"], NAME_CHARS)), words)


def _channel(one: NoticeDigestChannel) -> LineView:
    """Return a channel with what did not arrive through it."""
    dead = f"{one['dead']:,} {'delivery' if one['dead'] == 1 else 'deliveries'} given up" if one["dead"] else ""
    waiting = f"{one['waiting']:,} waiting" if one["waiting"] else ""
    words = ", ".join(part for part in (dead, waiting, inert(one_line(one["error"]))) if part)
    return LineView(inert(one_line(one["channel"], NAME_CHARS)), words)
