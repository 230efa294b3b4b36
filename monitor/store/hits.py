"""Hits on their way into the database, each item in its story."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from monitor.core.stories import join, title_words
from monitor.core.types import EntityRef, Match, Mention, Story, Verdict
from monitor.store.tables import HitEntityRow, HitRow, ItemRow, StoryRow

ITEM = ItemRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
HIT = HitRow.__table__  # type: ignore[attr-defined]  # as above
HIT_ENTITY = HitEntityRow.__table__  # type: ignore[attr-defined]  # as above
STORY = StoryRow.__table__  # type: ignore[attr-defined]  # as above

STORY_OPEN = timedelta(hours=72)
"""A story takes reports until it had none for so long; news of an event seldom pauses longer and goes on."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A stored item and the matches of it that have no hit yet.

    old_news   why its hits alert nobody, or "" when they do
    version    number of the version that was matched
    story_id   the story it is in, or None when it has to find one by its title
    """

    item_id: int
    title: str
    matches: Sequence[Match]
    old_news: str = ""
    version: int = 1
    story_id: int | None = None


def insert_hits(
    connection: Connection,
    found: Iterable[Matched],
    *,
    watchlist_version: str,
    entities: Mapping[str, EntityRef],
    now: datetime,
) -> int:
    """Insert hits, each item in its story; return how many."""
    matched = [one for one in found if one.matches]
    if not matched:
        return 0
    _join_stories(connection, [one for one in matched if one.story_id is None], now=now)
    hits = [(one, match) for one in matched for match in one.matches]
    rows = [_hit_row(one, match, watchlist_version=watchlist_version, now=now) for one, match in hits]
    ids = connection.execute(insert(HIT).returning(HIT.c.id, sort_by_parameter_order=True), rows).scalars().all()
    named = [
        {"hit_id": hit_id, "position": position, "entity": one.id, "name": one.name, "kind": one.kind.value}
        for hit_id, (_, match) in zip(ids, hits, strict=True)
        for position, one in enumerate(entities[entity] for entity in match.entities if entity in entities)
    ]
    if named:
        connection.execute(insert(HIT_ENTITY), named)
    return len(ids)


def _join_stories(connection: Connection, items: Sequence[Matched], *, now: datetime) -> None:
    """Give each item the story that its title tells."""
    if not items:
        return
    stories = _Stories(connection, now=now)
    rows = [{"item": one.item_id, "story": stories.take(one.title)} for one in items]
    connection.execute(update(ITEM).where(ITEM.c.id == bindparam("item")).values(story_id=bindparam("story")), rows)


def _hit_row(matched: Matched, match: Match, *, watchlist_version: str, now: datetime) -> dict[str, Any]:
    """Return the row of a hit; without a verdict it is due for the alert job."""
    return {
        "item_id": matched.item_id,
        "version": matched.version,
        "rule": match.rule,
        "rule_title": match.title,
        "watchlist": match.watchlist,
        "severity": match.severity.rank,
        "tags": sorted(match.tags),
        "mentions": [_mention(one) for one in match.mentions],
        "tier": match.tier.value,
        "held": list(match.held),
        "why": match.why,
        "watchlist_version": watchlist_version,
        "created_at": now,
        "verdict": Verdict.OLD_NEWS.value if matched.old_news else None,
        "verdict_note": matched.old_news,
    }


def _mention(one: Mention) -> list[str | int | None]:
    """Return a mention as it is stored; a new part goes to the end, so that older rows can be read."""
    return [one.entity, one.field, one.start, one.end, one.surface, one.alias, one.tier.value, one.context]


class _Stories:
    """The open stories of one transaction, with those it opens itself, by the words of their titles."""

    def __init__(self, connection: Connection, *, now: datetime) -> None:
        """Read the stories that had a report within STORY_OPEN."""
        self._connection = connection
        self._now = now
        rows = connection.execute(select(STORY).where(STORY.c.last_at >= now - STORY_OPEN))
        self._by_word: dict[str, dict[int, Story]] = {}
        for row in rows:
            self._keep(Story(row.id, row.title, frozenset(row.words), row.first_at, row.last_at))

    def take(self, title: str) -> int:
        """Return the id of the story that a report with this title tells, a new one where none fits."""
        words = title_words(title)
        alike = {story_id: story for word in words for story_id, story in self._by_word.get(word, {}).items()}
        story = join(words, [alike[story_id] for story_id in sorted(alike)])  # no word in common, no common story
        if story is not None:
            self._connection.execute(update(STORY).where(STORY.c.id == story.id).values(last_at=self._now))
            return story.id
        row = {"title": title, "words": sorted(words), "first_at": self._now, "last_at": self._now}
        story_id: int = self._connection.execute(insert(STORY).returning(STORY.c.id), row).scalar_one()
        self._keep(Story(story_id, title, words, self._now, self._now))
        return story_id

    def _keep(self, story: Story) -> None:
        """Let further reports find a story."""
        for word in story.words:
            self._by_word.setdefault(word, {})[story.id] = story
