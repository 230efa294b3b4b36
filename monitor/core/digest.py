"""What a period was: which periods are due, and what is said of one."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim

from monitor.core.addresses import without_user
from monitor.core.grouping import timestamp
from monitor.core.types import (
    DigestSpec,
    Notice,
    NoticeDigest,
    NoticeDigestFeed,
    NoticeDigestRow,
    NoticeDigestStory,
    Period,
    Severity,
)

CATCH_UP = 8
"""Missing periods made up for at a time, newest first; after two months away nobody wants more weeks than that."""

STORIES = 40
"""Stories a digest shows; the others are counted. Forty keep a mail far below the 102 KB at which Gmail clips it."""

ROWS = 30
"""Watchlists and entities a digest shows, those with most hits."""

QUIET_ROWS = 10
"""Those it shows beside them that had hits in the period before and have none in this one."""


@dataclass(frozen=True, slots=True)
class StoryMaterial:
    """A story with reports in the period: the words of its gravest and first hit, and who told it."""

    title: str
    url: str
    severity: Severity
    why: str
    feeds: tuple[str, ...]
    reports: int
    first_at: datetime
    lang: str | None


@dataclass(frozen=True, slots=True)
class FailureMaterial:
    """A span in which a feed failed or was silent; until_at None while it lasts."""

    name: str
    url: str
    error: str
    since_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Hits of a period: all, by watchlist, and by entity they name."""

    hits: int
    watchlists: Mapping[str, int]
    entities: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DigestMaterial:
    """What the rows say of a period and of the one before it.

    stories         gravest first, then most reports; at least the first STORIES of stories_total
    entity_names    names of all entities counted, by id
    feeds_quiet     that are silent against their own rhythm, feeds_retired those that were given up, as it is now
    feeds_missed    entries of which may have gone by unseen within the period
    edited          items with hits whose newest version is of the period; withdrawn those taken back within it
    """

    items: int
    now: Counts
    before: Counts
    entity_names: Mapping[str, str]
    stories: Sequence[StoryMaterial]
    stories_total: int
    feeds_total: int
    feeds_failed: Sequence[FailureMaterial]
    deliveries_failed: int
    edited: int = 0
    withdrawn: int = 0
    feeds_quiet: Sequence[FailureMaterial] = ()
    feeds_missed: Sequence[FailureMaterial] = ()
    feeds_retired: Sequence[FailureMaterial] = ()


def due_periods(spec: DigestSpec, *, last: Period | None, installed_at: datetime, now: datetime) -> list[Period]:
    """Return the periods whose digest is missing, oldest first.

    A period runs from one tick of the schedule to the next. The first one begins at `installed_at`; every other one
    where the one before ended, so that no hit is in two digests or in none. When more than CATCH_UP ticks were missed,
    the oldest of them are told as one long period.

    last   the newest period that has a digest, or None
    """
    start_at = last.end_at if last is not None else installed_at
    ticks = ticks_between(spec, start_at, now)[-CATCH_UP:]
    return [Period(begin_at, end_at) for begin_at, end_at in zip([start_at, *ticks], ticks, strict=False)]


def ticks_between(spec: DigestSpec, after_at: datetime, until_at: datetime) -> list[datetime]:
    """Return the instants of the schedule after `after_at` up to and including `until_at`, in UTC.

    Local times that a change of the clock skips or repeats are handled as Debian's cron does (cronsim).
    """
    zone, utc = ZoneInfo(spec.timezone), ZoneInfo("UTC")
    ticks = []
    for tick in CronSim(spec.schedule, after_at.astimezone(zone)):
        at = tick.astimezone(utc)
        if at > until_at:
            break
        if at > after_at:
            ticks.append(at)
    return ticks


def next_tick(spec: DigestSpec, now: datetime) -> datetime:
    """Return when a digest is due next, in its own time zone."""
    return next(CronSim(spec.schedule, now.astimezone(ZoneInfo(spec.timezone))))


def period_so_far(spec: DigestSpec, *, last: Period | None, installed_at: datetime, now: datetime) -> Period:
    """Return the period that the next digest will tell of, as far as it has come."""
    periods = due_periods(spec, last=last, installed_at=installed_at, now=now)
    start_at = periods[-1].end_at if periods else last.end_at if last is not None else installed_at
    return Period(min(start_at, now), now)


def digest_id(name: str, period: Period) -> str:
    """Return the id of a digest: "dig_" and 26 letters that follow from its name and the end of its period."""
    code = hashlib.sha256(f"{name}\n{timestamp(period.end_at)}".encode()).digest()
    return "dig_" + base64.b32encode(code).decode().lower()[:26]


def compose(
    spec: DigestSpec,
    period: Period,
    material: DigestMaterial,
    *,
    watchlist_titles: Mapping[str, str],
    public_url: str | None,
) -> NoticeDigest:
    """Return what a digest says.

    watchlist_titles   titles by id; a watchlist that is gone goes by its id
    public_url         address of the dashboard as its readers reach it, or None
    """
    return {
        "id": digest_id(spec.name, period),
        "name": spec.name,
        "title": spec.name[:1].upper() + spec.name[1:],
        "period_start": timestamp(period.start_at),
        "period_end": timestamp(period.end_at),
        "timezone": spec.timezone,
        "items": material.items,
        "hits": material.now.hits,
        "hits_before": material.before.hits,
        "watchlists": _rows(material.now.watchlists, material.before.watchlists, watchlist_titles),
        "entities": _rows(material.now.entities, material.before.entities, material.entity_names),
        "stories": [_story(story) for story in material.stories[:STORIES]],
        "stories_total": material.stories_total,
        "feeds_total": material.feeds_total,
        "feeds_failed": [_feed(feed) for feed in material.feeds_failed],
        "deliveries_failed": material.deliveries_failed,
        "url": public_url,
        "edited": material.edited,
        "withdrawn": material.withdrawn,
        "feeds_quiet": [_feed(feed) for feed in material.feeds_quiet],
        "feeds_missed": [_feed(feed) for feed in material.feeds_missed],
        "feeds_retired": [_feed(feed) for feed in material.feeds_retired],
    }


def digest_notice(digest: NoticeDigest, *, now: datetime) -> Notice:
    """Return the notice that a digest's receiver gets."""
    return {"type": "digest.created", "timestamp": timestamp(now), "data": {"digest": digest}}


def _rows(now: Mapping[str, int], before: Mapping[str, int], names: Mapping[str, str]) -> list[NoticeDigestRow]:
    """Return counts beside those of the period before, most first; at the end what fell to nothing."""
    ids = sorted(now.keys() | before.keys(), key=lambda one: (-now.get(one, 0), -before.get(one, 0), one))
    loud, quiet = [one for one in ids if now.get(one, 0)], [one for one in ids if not now.get(one, 0)]
    return [
        {"id": one, "name": names.get(one, one), "count": now.get(one, 0), "before": before.get(one, 0)}
        for one in loud[:ROWS] + quiet[:QUIET_ROWS]
    ]


def _story(story: StoryMaterial) -> NoticeDigestStory:
    """Return a story as a digest tells it."""
    return {
        "title": story.title,
        "url": story.url,
        "severity": story.severity.value,
        "why": story.why,
        "feeds": [without_user(name) for name in story.feeds],
        "reports": story.reports,
        "first_at": timestamp(story.first_at),
        "lang": story.lang,
    }


def _feed(feed: FailureMaterial) -> NoticeDigestFeed:
    """Return a failure as a digest tells it; a feed without a name goes by its address."""
    return {
        "name": without_user(feed.name),
        "url": without_user(feed.url),
        "error": feed.error,
        "since": timestamp(feed.since_at),
        "until": None if feed.until_at is None else timestamp(feed.until_at),
    }
