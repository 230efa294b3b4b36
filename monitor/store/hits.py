"""Hits on their way into the database, each item in its story."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from monitor.core.types import EntityRef, Kind, Match, Mention, Verdict
from monitor.store.spellings import keep_spellings
from monitor.store.stories import CHUNK, ITEM, STORY, join_stories
from monitor.store.tables import HitEntityRow, HitRow
from monitor.store.words import keep_words

LANGUAGE = 8
"""Letters of the longest first subtag of a language."""

__all__ = ["HIT", "HIT_ENTITY", "ITEM", "STORY", "Matched", "insert_hits", "language"]

HIT = HitRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
HIT_ENTITY = HitEntityRow.__table__  # type: ignore[attr-defined]  # as above


@dataclass(frozen=True, slots=True)
class Matched:
    """A stored item and the matches of it that have no hit yet.

    old_news   why its hits alert nobody, or "" when they do
    version    number of the version that was matched
    story_id   the story it is in, or None when it has to find one
    """

    item_id: int
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
    """Insert hits, each item in its story, and the spellings that are new; return how many hits."""
    matched = [one for one in found if one.matches]
    if not matched:
        return 0
    apart = {one.item_id: _mentioned(one, entities) for one in matched if one.story_id is None}
    join_stories(connection, apart, untold={one.item_id for one in matched if one.old_news}, now=now)
    keep_words(connection, [one.item_id for one in matched])
    origins = _origins(connection, [one.item_id for one in matched])
    hits = [(one, match) for one in matched for match in one.matches]
    rows = [
        _hit_row(one, match, origins[one.item_id], watchlist_version=watchlist_version, now=now) for one, match in hits
    ]
    ids = connection.execute(insert(HIT).returning(HIT.c.id, sort_by_parameter_order=True), rows).scalars().all()
    named = [
        {"hit_id": hit_id, "position": position, "entity": one.id, "name": one.name, "kind": one.kind.value}
        for hit_id, (_, match) in zip(ids, hits, strict=True)
        for position, one in enumerate(entities[entity] for entity in match.entities if entity in entities)
    ]
    if named:
        connection.execute(insert(HIT_ENTITY), named)
    mentions = ((one.item_id, mention) for one, match in hits for mention in match.mentions)
    keep_spellings(connection, mentions, entities, now=now)
    connection.execute(_GRAVER, [{"item": one.item_id, "rank": _gravest(one)} for one in matched])
    return len(ids)


def _gravest(matched: Matched) -> int:
    """Return the highest rank of the matches of an item."""
    return max(match.severity.rank for match in matched.matches)


_GRAVER = (
    update(STORY)
    .where(STORY.c.id == select(ITEM.c.story_id).where(ITEM.c.id == bindparam("item")).scalar_subquery())
    .where(STORY.c.severity < bindparam("rank"))
    .values(severity=bindparam("rank"))
)
"""Lets a story be as grave as its gravest hit."""


@dataclass(frozen=True, slots=True)
class _Origin:
    """The feed of an item and the first subtag of its language."""

    feed_id: int
    lang: str | None


def _origins(connection: Connection, ids: Sequence[int]) -> dict[int, _Origin]:
    """Return where items come from, by their id."""
    found = {}
    for start in range(0, len(ids), CHUNK):
        query = select(ITEM.c["id", "feed_id", "lang"]).where(ITEM.c.id.in_(ids[start : start + CHUNK]))
        for item_id, feed_id, lang in connection.execute(query):
            found[item_id] = _Origin(feed_id, language(lang))
    return found


def language(tag: str | None) -> str | None:
    """Return the first subtag of a language tag in lower case ("fa" of "fa-AF"), None for what is none.

    It has two to eight letters (RFC 5646, 2.1).
    """
    first = (tag or "").partition("-")[0].lower()
    return first if first.isascii() and first.isalpha() and len(first) <= LANGUAGE else None


def _mentioned(matched: Matched, entities: Mapping[str, EntityRef]) -> frozenset[str]:
    """Return the watched entities that an item mentions; themes are no part of it, as happenings are compared apart."""
    named = {mention.entity for match in matched.matches for mention in match.mentions}
    return frozenset(one for one in named if one in entities and entities[one].kind is not Kind.THEME)


def _hit_row(
    matched: Matched, match: Match, origin: _Origin, *, watchlist_version: str, now: datetime
) -> dict[str, Any]:
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
        "feed_id": origin.feed_id,
        "lang": origin.lang,
    }


def _mention(one: Mention) -> list[str | int | None]:
    """Return a mention as it is stored; a new part goes to the end, so that older rows can be read."""
    return [one.entity, one.field, one.start, one.end, one.surface, one.alias, one.tier.value, one.context]
