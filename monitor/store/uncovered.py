"""What a period does not cover: feeds that had nothing, lost something, or are asked no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection

from monitor.core.troubles import TroubleKind, began_at
from monitor.core.types import Feed, Period
from monitor.store.feeds import FEED, FeedFailure, read_feed, select_feeds
from monitor.store.troubles import ASKED, FAILS, SILENT


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Feeds from which something is missing; `since_at` is the last news, the roll-over, the end of polling."""

    quiet: Sequence[FeedFailure]
    missed: Sequence[FeedFailure]
    retired: Sequence[FeedFailure]
    paused: Sequence[FeedFailure]


def uncovered(connection: Connection, period: Period) -> Uncovered:
    """Return what a period lacks beside what failed: feeds that are quiet, rolled over within it, or asked no more."""
    silent = SILENT & (FEED.c.quiet_at <= period.end_at) & ~FAILS & ASKED
    missed = (FEED.c.rolled_over_at >= period.start_at) & (FEED.c.rolled_over_at < period.end_at)
    given_up = FEED.c.retired_at < period.end_at
    paused = FEED.c.retired_at.is_(None) & (FEED.c.paused_at < period.end_at)
    return Uncovered(
        quiet=[
            _span(feed, began_at(feed, TroubleKind.QUIET, now=period.end_at)) for feed in _those(connection, silent)
        ],
        missed=[_span(feed, feed.course.rolled_over_at) for feed in _those(connection, missed)],
        retired=[_span(feed, feed.course.retired_at) for feed in _those(connection, given_up)],
        paused=[_pause(feed) for feed in _those(connection, paused)],
    )


def _those(connection: Connection, condition: ColumnElement[bool]) -> list[Feed]:
    """Return the feeds that are polled and meet a condition."""
    query = select_feeds().where(FEED.c.active, condition).order_by(FEED.c.url)
    return [read_feed(row) for row in connection.execute(query).mappings()]


def _span(feed: Feed, since_at: datetime | None) -> FeedFailure:
    """Return a feed with when its trouble began."""
    assert since_at is not None
    return FeedFailure(feed.name or feed.url, feed.url, feed.error or "", since_at, None)


def _pause(feed: Feed) -> FeedFailure:
    """Return a feed that somebody paused, with who did and why."""
    assert feed.paused is not None
    error = f"paused by {feed.paused.who}: {feed.paused.why}"
    return FeedFailure(feed.name or feed.url, feed.url, error, feed.paused.at, None)
