"""Stories, read: what each is called, how grave it is, how many tell it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select

from monitor.core.types import Severity
from monitor.store.database import Database
from monitor.store.feeds import FEED
from monitor.store.items import LEVELS, of_feed, publishers
from monitor.store.polls import HIT, HIT_ENTITY, ITEM
from monitor.store.stories import STORY


@dataclass(frozen=True, slots=True)
class StoryFilter:
    """Which stories to list: those that have a hit like this, and were told within a span; None does not matter."""

    since_at: datetime | None = None
    until_at: datetime | None = None
    severity: Severity | None = None
    rule: str | None = None
    watchlist: str | None = None
    entity: str | None = None
    feed: str | None = None
    lang: str | None = None
    before_id: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class ToldStory:
    """A story; `reports` items with hits tell it, `publishers` on their own. `severity` is that of the gravest hit."""

    id: int
    title: str
    severity: Severity
    first_at: datetime
    last_at: datetime
    reports: int
    publishers: int


def list_stories(db: Database, wanted: StoryFilter) -> list[ToldStory]:
    """Return stories, the one that began last first."""
    query = select(STORY.c.id).order_by(STORY.c.id.desc()).limit(wanted.limit)
    if wanted.since_at is not None:
        query = query.where(STORY.c.last_at >= wanted.since_at)
    if wanted.until_at is not None:
        query = query.where(STORY.c.first_at < wanted.until_at)
    if wanted.before_id is not None:
        query = query.where(STORY.c.id < wanted.before_id)
    return _told(db, query.where(exists(_like(wanted))))


def find_story(db: Database, story_id: int) -> ToldStory | None:
    """Return one story, or None for none and for one whose hits are past their retention."""
    found = _told(db, select(STORY.c.id).where(STORY.c.id == story_id))
    return found[0] if found else None


def _like(wanted: StoryFilter) -> Select[tuple[int]]:
    """Return the query of hits of a story that are as wanted."""
    query = (
        select(HIT.c.id)
        .select_from(HIT.join(ITEM, ITEM.c.id == HIT.c.item_id).join(FEED, FEED.c.id == ITEM.c.feed_id))
        .where(ITEM.c.story_id == STORY.c.id)
        .correlate(STORY)
    )
    if wanted.severity is not None:
        query = query.where(HIT.c.severity >= wanted.severity.rank)
    if wanted.rule is not None:
        query = query.where(HIT.c.rule == wanted.rule)
    if wanted.watchlist is not None:
        query = query.where(HIT.c.watchlist == wanted.watchlist)
    if wanted.entity is not None:
        query = query.where(HIT.c.id.in_(select(HIT_ENTITY.c.hit_id).where(HIT_ENTITY.c.entity == wanted.entity)))
    if wanted.feed is not None:
        query = query.where(of_feed(wanted.feed))
    if wanted.lang is not None:
        query = query.where(ITEM.c.lang == wanted.lang)
    return query


def _told(db: Database, ids: Select[tuple[int]]) -> list[ToldStory]:
    """Return the stories of a query of ids, newest first."""
    with db.read() as connection:
        wanted = list(connection.execute(ids).scalars())
        rows = connection.execute(
            select(
                *STORY.c["id", "title", "first_at", "last_at"],
                func.max(HIT.c.severity).label("severity"),
                func.count(func.distinct(ITEM.c.id)).label("reports"),
            )
            .select_from(STORY.join(ITEM, ITEM.c.story_id == STORY.c.id).join(HIT, HIT.c.item_id == ITEM.c.id))
            .where(STORY.c.id.in_(wanted))
            .group_by(STORY.c.id)
            .order_by(STORY.c.id.desc())
        ).all()
    own = publishers(db, [row.id for row in rows])
    return [
        ToldStory(
            row.id,
            row.title,
            LEVELS[row.severity],
            row.first_at,
            row.last_at,
            row.reports,
            own.get(row.id, row.reports),
        )
        for row in rows
    ]
