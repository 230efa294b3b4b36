"""What polls found, committed as one: items, their hits and stories, the feed's validators and what it shows.

One transaction holds them all, so a 304 can never hide an item that was not stored, and no hit is without its item.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.core.stories import join, title_words
from monitor.core.types import EntityRef, Match, Mention, NewItem, PollOutcome, Story, Verdict
from monitor.store.courses import course_values
from monitor.store.database import Database
from monitor.store.feeds import FAILURE, FEED
from monitor.store.tables import HitEntityRow, HitRow, ItemRow, SeenEntryRow, StoryRow, clean_key

ITEM = ItemRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
HIT = HitRow.__table__  # type: ignore[attr-defined]  # as above
HIT_ENTITY = HitEntityRow.__table__  # type: ignore[attr-defined]  # as above
STORY = StoryRow.__table__  # type: ignore[attr-defined]  # as above
SEEN = SeenEntryRow.__table__  # type: ignore[attr-defined]  # as above

STORY_OPEN = timedelta(hours=72)
"""A story takes reports until it had none for so long; news of an event seldom pauses longer and goes on."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many items and hits were new, and how many of those hits are due for the alert job."""

    items: int
    hits: int
    alerting: int


def record_polls(
    db: Database,
    outcomes: Sequence[PollOutcome],
    *,
    watchlist_version: str,
    entities: Mapping[str, EntityRef],
    now: datetime,
) -> Recorded:
    """Store everything that a batch of polls changed, in one transaction.

    An item that is there already is left alone with its hits, so the same outcome twice stores once.
    """
    with db.write() as connection:
        new = [pair for outcome in outcomes for pair in _insert_items(connection, outcome, now=now)]
        hits = _insert_hits(connection, new, watchlist_version=watchlist_version, entities=entities, now=now)
        for outcome in outcomes:
            _update_feed(connection, outcome)
            if outcome.shown is not None:
                _keep_seen(connection, outcome.feed.id, outcome.shown)
    alerting = sum(len(item.matches) for _, item in new if item.alerting)
    return Recorded(items=len(new), hits=hits, alerting=alerting)


def insert_new(connection: Connection, table: Any) -> Insert:  # noqa: ANN401 - a SQLAlchemy table
    """Return an insert that leaves rows alone whose key is taken."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def seen_entries(connection: Connection, feed_id: int) -> frozenset[int]:
    """Return the hashes of the entries that a feed showed at its last poll."""
    return frozenset(connection.execute(select(SEEN.c.hash).where(SEEN.c.feed_id == feed_id)).scalars())


def _keep_seen(connection: Connection, feed_id: int, shown: Set[int]) -> None:
    """Know the entries that a feed shows now, and no others; only what differs is written."""
    stored = seen_entries(connection, feed_id)
    if gone := [{"gone": one} for one in stored - shown]:
        past = (SEEN.c.feed_id == feed_id) & (SEEN.c.hash == bindparam("gone"))
        connection.execute(delete(SEEN).where(past), gone)
    if new := [{"feed_id": feed_id, "hash": one} for one in sorted(shown - stored)]:
        connection.execute(insert_new(connection, SEEN), new)


def _insert_items(connection: Connection, outcome: PollOutcome, *, now: datetime) -> list[tuple[int, NewItem]]:
    """Insert the items of one poll and return those that were new, with their ids, in their order.

    Of items whose guids are the same once they are stored, the first one counts.
    """
    if not outcome.items:
        return []
    rows = [
        {
            "feed_id": outcome.feed.id,
            "guid": item.entry.guid,
            "url": item.entry.url,
            "title": item.entry.title,
            "text": item.entry.text,
            "author": item.entry.author,
            "lang": item.entry.lang,
            "content_hash": item.content_hash,
            "published_at": item.entry.published_at,
            "fetched_at": now,
        }
        for item in outcome.items
    ]
    statement = insert_new(connection, ITEM).returning(ITEM.c.guid, ITEM.c.id)
    ids: dict[str, int] = dict(connection.execute(statement, rows).all())
    return [(ids.pop(guid), item) for item in outcome.items if (guid := clean_key(item.entry.guid)) in ids]


def _insert_hits(
    connection: Connection,
    new: Iterable[tuple[int, NewItem]],
    *,
    watchlist_version: str,
    entities: Mapping[str, EntityRef],
    now: datetime,
) -> int:
    """Insert the hits of new items, each item in its story; return how many."""
    matched = [(item_id, item) for item_id, item in new if item.matches]
    if not matched:
        return 0
    stories = _Stories(connection, now=now)
    told = [{"item": item_id, "story": stories.take(item.entry.title)} for item_id, item in matched]
    connection.execute(update(ITEM).where(ITEM.c.id == bindparam("item")).values(story_id=bindparam("story")), told)
    hits = [(item_id, item, match) for item_id, item in matched for match in item.matches]
    rows = [
        _hit_row(item_id, match, alerting=item.alerting, watchlist_version=watchlist_version, now=now)
        for item_id, item, match in hits
    ]
    found = connection.execute(insert(HIT).returning(HIT.c.id, sort_by_parameter_order=True), rows).scalars().all()
    named = [
        {"hit_id": hit_id, "position": position, "entity": one.id, "name": one.name, "kind": one.kind.value}
        for hit_id, (_, _, match) in zip(found, hits, strict=True)
        for position, one in enumerate(entities[entity] for entity in match.entities if entity in entities)
    ]
    if named:
        connection.execute(insert(HIT_ENTITY), named)
    return len(found)


def _hit_row(item_id: int, match: Match, *, alerting: bool, watchlist_version: str, now: datetime) -> dict[str, Any]:
    """Return the row of a hit; without a verdict it is due for the alert job."""
    return {
        "item_id": item_id,
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
        "verdict": None if alerting else Verdict.OLD_NEWS.value,
        "verdict_note": "" if alerting else "published before polling.first_poll_alerts on the feed's first poll",
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


def _update_feed(connection: Connection, outcome: PollOutcome) -> None:
    """Store the state of a feed after a poll, and open or close the span in which it fails."""
    feed, failed = outcome.feed, outcome.error is not None
    values: dict[str, Any] = {
        "next_poll_at": outcome.next_poll_at,
        "wait_reason": outcome.wait_reason,
        "polled_at": outcome.polled_at,
        "status": outcome.status,
        "error": outcome.error,
        "etag": outcome.etag,
        "last_modified": outcome.last_modified,
        "body_hash": outcome.body_hash,
        "failures": feed.failures + 1 if failed else 0,
        "failing_since_at": (feed.failing_since_at or outcome.polled_at) if failed else None,
    }
    values |= course_values(outcome.course)
    if not failed:
        values["ok_at"] = outcome.polled_at
        values["first_polled_at"] = feed.first_polled_at or outcome.polled_at
    if outcome.feed_title:
        values["title"] = outcome.feed_title
    connection.execute(update(FEED).where(FEED.c.id == feed.id).values(values))
    open_span = (FAILURE.c.feed_id == feed.id) & FAILURE.c.until_at.is_(None)
    if failed:
        if not connection.execute(update(FAILURE).where(open_span).values(error=outcome.error)).rowcount:
            span = {"feed_id": feed.id, "since_at": values["failing_since_at"], "error": outcome.error}
            connection.execute(insert(FAILURE), span)
    elif feed.failures:
        connection.execute(update(FAILURE).where(open_span).values(until_at=outcome.polled_at))
