"""What a period was: which periods are due, and what is said of one."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim

from monitor.core.addresses import without_user
from monitor.core.digest_material import (
    ArticleMaterial,
    DigestMaterial,
    FailureMaterial,
    NameMaterial,
    StoryMaterial,
)
from monitor.core.grouping import timestamp
from monitor.core.surge import Surge
from monitor.core.types import (
    DigestSpec,
    Mention,
    Notice,
    NoticeDigest,
    NoticeDigestArticle,
    NoticeDigestFeed,
    NoticeDigestName,
    NoticeDigestRow,
    NoticeDigestStory,
    NoticeDigestSurge,
    NoticeMention,
    Period,
)

CATCH_UP = 8
"""Missing periods made up for at a time, newest first; after two months away nobody wants more weeks than that."""

STORIES = 100
"""Stories a digest tells; the others are counted. A mail shows as many of them as fit, the digest's page all."""

NEW_NAMES = 30
"""Entities found for the first time, and spellings, that are told; the others are counted."""

TITLE_CHARS = 400
"""Characters of a title that are told."""

EVIDENCE_CHARS = 320
"""Characters of a story's text that are told, around its first mention."""

BEFORE_MENTION = 100
"""Of them before that mention."""

ROWS = 30
"""Watchlists and entities a digest shows, those with most hits."""

QUIET_ROWS = 10
"""Those it shows beside them that had hits in the period before and have none in this one."""


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


def name_so_far(name: str) -> str:
    """Return the name under which digests are stored that somebody asked for before their period was over.

    No name in a configuration has a space, so none of them stands in the way of a scheduled one.
    """
    return f"{name} so far"


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
    scheduled: bool = True,
) -> NoticeDigest:
    """Return what a digest says.

    watchlist_titles   titles by id; a watchlist that is gone goes by its id
    public_url         address of the dashboard as its readers reach it, or None
    scheduled          False for one that somebody asked for before the period was over
    """
    id_ = digest_id(spec.name if scheduled else f"{name_so_far(spec.name)} {period.end_at.isoformat()}", period)
    names, past = material.entity_names, material.past
    new = [*material.new_entities, *material.new_spellings]
    return {
        "id": id_,
        "name": spec.name,
        "title": spec.name[:1].upper() + spec.name[1:],
        "period_start": timestamp(period.start_at),
        "period_end": timestamp(period.end_at),
        "timezone": spec.timezone,
        "items": material.items,
        "hits": material.now.hits,
        "hits_before": material.before.hits,
        "watchlists": _rows(
            material.now.watchlists, material.before.watchlists, [one.watchlists for one in past], watchlist_titles
        ),
        "entities": _rows(material.now.entities, material.before.entities, [one.entities for one in past], names),
        "stories": [_story(story) for story in material.stories[:STORIES]],
        "stories_total": material.stories_total,
        "feeds_total": material.feeds_total,
        "feeds_failed": [_feed(feed) for feed in material.feeds_failed],
        "deliveries_failed": material.deliveries_failed,
        "url": f"{public_url.rstrip('/')}/digests/{id_}" if public_url else None,
        "edited": material.edited,
        "withdrawn": material.withdrawn,
        "feeds_quiet": [_feed(feed) for feed in material.feeds_quiet],
        "feeds_missed": [_feed(feed) for feed in material.feeds_missed],
        "feeds_retired": [_feed(feed) for feed in material.feeds_retired],
        "feeds_paused": [_feed(feed) for feed in material.feeds_paused],
        "past": [one.hits for one in past],
        "surges": [_surge(surge, articles, names) for surge, articles in material.surges],
        "new_names": [_new(one, names) for one in material.new_entities[:NEW_NAMES]],
        "new_spellings": [_new(one, names) for one in material.new_spellings[:NEW_NAMES]],
        "new_total": len(new),
        "changes": [
            {"change": one.change.value, "was": one.was[:TITLE_CHARS], "article": _article(one.article)}
            for one in material.changes
        ],
        "channels": [
            {"channel": one.channel, "dead": one.dead, "waiting": one.waiting, "error": one.error}
            for one in material.channels
        ],
        "scheduled": scheduled,
    }


def digest_notice(digest: NoticeDigest, *, now: datetime) -> Notice:
    """Return the notice that a digest's receiver gets."""
    return {"type": "digest.created", "timestamp": timestamp(now), "data": {"digest": digest}}


def _rows(
    now: Mapping[str, int], before: Mapping[str, int], past: Sequence[Mapping[str, int]], names: Mapping[str, str]
) -> list[NoticeDigestRow]:
    """Return counts beside those of the periods before, most first; at the end what fell to nothing."""
    ids = sorted(now.keys() | before.keys(), key=lambda one: (-now.get(one, 0), -before.get(one, 0), one))
    loud, quiet = [one for one in ids if now.get(one, 0)], [one for one in ids if not now.get(one, 0)]
    return [
        {
            "id": one,
            "name": names.get(one, one),
            "count": now.get(one, 0),
            "before": before.get(one, 0),
            "past": [counts.get(one, 0) for counts in past],
        }
        for one in loud[:ROWS] + quiet[:QUIET_ROWS]
    ]


def _story(story: StoryMaterial) -> NoticeDigestStory:
    """Return a story as a digest tells it."""
    summary, mentions = evidence(story.text, story.mentions)
    in_title = [one for one in story.mentions if one.field == "title" and one.end <= TITLE_CHARS]
    return {
        "title": story.title[:TITLE_CHARS],
        "url": story.url,
        "severity": story.severity.value,
        "why": story.why,
        "feeds": [without_user(name) for name in story.feeds],
        "reports": story.reports,
        "first_at": timestamp(story.first_at),
        "lang": story.lang,
        "publishers": story.publishers,
        "last_at": timestamp(story.last_at or story.first_at),
        "item": str(story.item_id),
        "summary": summary,
        "mentions": [*(_mention(one) for one in in_title), *mentions],
    }


def evidence(text: str, mentions: Sequence[Mention]) -> tuple[str, list[NoticeMention]]:
    """Return a stretch of a text around its first mention, and where the mentions are that it holds whole."""
    places = sorted(one.start for one in mentions if one.field == "text")
    begin = max(0, places[0] - BEFORE_MENTION) if places else 0
    if begin:
        begin = text.find(" ", begin, places[0]) + 1 or begin  # at the beginning of a word, where there is one
    end = begin + EVIDENCE_CHARS
    if end < len(text):
        end = max(text.rfind(" ", begin + EVIDENCE_CHARS // 2, end), begin + EVIDENCE_CHARS // 2)
    lead, trail = "\u2026 " if begin else "", " \u2026" if end < len(text) else ""
    moved = len(lead) - begin
    inside = [one for one in mentions if one.field == "text" and one.start >= begin and one.end <= end]
    return f"{lead}{text[begin:end]}{trail}", [_mention(one, moved) for one in inside]


def _mention(one: Mention, moved: int = 0) -> NoticeMention:
    """Return a mention as a notice tells it, `moved` characters on."""
    return {
        "entity": one.entity,
        "field": one.field,
        "start": one.start + moved,
        "end": one.end + moved,
        "surface": one.surface,
    }


def _surge(surge: Surge, articles: Sequence[ArticleMaterial], names: Mapping[str, str]) -> NoticeDigestSurge:
    """Return a surge as a digest tells it."""
    return {
        "id": surge.entity,
        "name": names.get(surge.entity, surge.entity),
        "publishers": surge.publishers,
        "usual": round(surge.usual, 2),
        "past": list(surge.past),
        "chance": float(f"{surge.chance:.2g}"),
        "articles": [_article(one) for one in articles],
    }


def _new(one: NameMaterial, names: Mapping[str, str]) -> NoticeDigestName:
    """Return what was found for the first time."""
    return {
        "id": one.entity,
        "name": names.get(one.entity, one.entity),
        "spelling": one.spelling[:TITLE_CHARS],
        "at": timestamp(one.at),
        "article": None if one.article is None else _article(one.article),
    }


def _article(one: ArticleMaterial) -> NoticeDigestArticle:
    """Return an item as a digest tells it."""
    return {
        "item": str(one.item_id),
        "title": one.title[:TITLE_CHARS],
        "url": one.url,
        "feed": without_user(one.feed),
        "at": timestamp(one.at),
        "lang": one.lang,
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
