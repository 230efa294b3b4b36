"""What polls found, committed as one: items, their hits and stories, the feed's validators and what it shows.

One transaction holds them all, so a 304 can never hide an item that was not stored, and no hit is without its item.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from monitor.core.addresses import host_of
from monitor.core.types import EntityRef, NewItem, PollOutcome, PushOutcome
from monitor.store.articles import insert_articles
from monitor.store.courses import course_values
from monitor.store.database import Database
from monitor.store.feeds import FAILURE, FEED
from monitor.store.hits import HIT, HIT_ENTITY, ITEM, STORY, Matched, insert_hits
from monitor.store.hosts import keep_rests
from monitor.store.inserts import insert_new
from monitor.store.subscriptions import keep_offer, note_missed
from monitor.store.tables import SeenEntryRow, clean_key
from monitor.store.versions import apply_edits

__all__ = [
    "HIT",
    "HIT_ENTITY",
    "ITEM",
    "SEEN",
    "STORY",
    "Recorded",
    "insert_new",
    "record_items",
    "record_polls",
    "seen_entries",
]

SEEN = SeenEntryRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many items and hits were new, how many items were edited, and how many hits are due for the alert job.

    Due are new hits, and hits that are to be told again because their item changed.
    """

    items: int
    hits: int
    alerting: int
    edits: int = 0


def record_polls(
    db: Database,
    outcomes: Sequence[PollOutcome],
    *,
    watchlist_version: str,
    entities: Mapping[str, EntityRef],
    now: datetime,
) -> Recorded:
    """Store everything that a batch of polls changed, in one transaction.

    An item that is there already is left alone with its hits, and so is one that says already what an edit says: the
    same outcome twice stores once. Of a feed that another process polled since this poll began only items are stored:
    what came of that one is newer.
    """
    with db.write() as connection:
        recorded, fed = record_items(
            connection, outcomes, watchlist_version=watchlist_version, entities=entities, now=now
        )
        newest = _newest(connection, outcomes, now=now)
        _update_feeds(connection, newest)
        for outcome in newest:
            if not outcome.put_off:
                _keep_failure(connection, outcome)
            if outcome.shown is not None:
                _keep_seen(connection, outcome.feed.id, outcome.shown)
            keep_rests(connection, outcome.rests)
            if outcome.feed.id in fed:
                note_missed(connection, outcome.feed, now=outcome.polled_at)
            keep_offer(connection, outcome.feed, outcome.offer, now=now)
    return recorded


def record_items(
    connection: Connection,
    outcomes: Sequence[PollOutcome | PushOutcome],
    *,
    watchlist_version: str,
    entities: Mapping[str, EntityRef],
    now: datetime,
) -> tuple[Recorded, Set[int]]:
    """Store the items, edits and hits of outcomes; return what was new, and the feeds that had items of it."""
    born = [
        (one.feed, _insert_items(connection, one, watchlist_version=watchlist_version, now=now)) for one in outcomes
    ]
    for feed, pairs in born:
        if feed.full_text:
            insert_articles(connection, pairs, now=now)
    new = [pair for _, pairs in born for pair in pairs]
    matched = [Matched(item_id, item.matches, item.old_news) for item_id, item in new]
    hits = insert_hits(connection, matched, watchlist_version=watchlist_version, entities=entities, now=now)
    edited = apply_edits(
        connection,
        [edit for outcome in outcomes for edit in outcome.edits],
        watchlist_version=watchlist_version,
        entities=entities,
        now=now,
    )
    alerting = sum(len(item.matches) for _, item in new if item.alerting)
    recorded = Recorded(
        items=len(new), hits=hits + edited.hits, alerting=alerting + edited.alerting, edits=len(edited.item_ids)
    )
    return recorded, {feed.id for feed, pairs in born if pairs}


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


def _insert_items(
    connection: Connection, outcome: PollOutcome | PushOutcome, *, watchlist_version: str, now: datetime
) -> list[tuple[int, NewItem]]:
    """Insert the items of one poll or push and return those that were new, with their ids, in their order.

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
            "watchlist_version": watchlist_version,
            "old_news": item.old_news,
        }
        for item in outcome.items
    ]
    statement = insert_new(connection, ITEM).returning(ITEM.c.guid, ITEM.c.id)
    ids: dict[str, int] = dict(connection.execute(statement, rows).all())
    return [(ids.pop(guid), item) for item in outcome.items if (guid := clean_key(item.entry.guid)) in ids]


def _newest(connection: Connection, outcomes: Sequence[PollOutcome], *, now: datetime) -> list[PollOutcome]:
    """Return the outcomes of polls after which none of the same feed began; their rows are locked, in one order.

    What was polled in the future was before a clock was put back, and counts no more. The lock lets those pass who hold
    the key of a feed for an item of theirs and wait for their turn to put it into a story.
    """
    ids = [outcome.feed.id for outcome in outcomes]
    query = (
        select(FEED.c.id, FEED.c.polled_at)
        .where(FEED.c.id.in_(ids))
        .order_by(FEED.c.id)
        .with_for_update(key_share=True)
    )
    polled: dict[int, datetime | None] = dict(connection.execute(query).all())
    return [
        outcome
        for outcome in outcomes
        if (at := polled.get(outcome.feed.id)) is None or not outcome.polled_at < at <= now
    ]


_UPDATE = update(FEED).where(FEED.c.id == bindparam("feed_id"))


def _update_feeds(connection: Connection, outcomes: Sequence[PollOutcome]) -> None:
    """Store the state of feeds after a poll; what was learnt of them only where that changed."""
    asked = [outcome for outcome in outcomes if not outcome.put_off]
    if states := [_state(outcome) for outcome in asked if not _answered_as_before(outcome)]:
        connection.execute(_UPDATE, states)
    if beats := [_beat(outcome) for outcome in asked if _answered_as_before(outcome)]:
        connection.execute(_UPDATE, beats)
    if waits := [_wait(outcome) for outcome in outcomes if outcome.put_off]:
        connection.execute(_UPDATE, waits)
    if learnt := [_learnt(outcome) for outcome in outcomes if outcome.course != outcome.feed.course]:
        connection.execute(_UPDATE, learnt)
    if titled := [{"feed_id": one.feed.id, "title": one.feed_title} for one in outcomes if one.feed_title]:
        connection.execute(_UPDATE, titled)


def _answered_as_before(outcome: PollOutcome) -> bool:
    """Return whether an answer changes of a feed only when it was asked and will be: nearly all do."""
    feed = outcome.feed
    return (
        outcome.error is None
        and feed.failures == 0
        and feed.error is None
        and feed.failing_since_at is None
        and feed.first_polled_at is not None
        and (outcome.status, outcome.etag, outcome.last_modified, outcome.body_hash)
        == (feed.status, feed.etag, feed.last_modified, feed.body_hash)
    )


def _beat(outcome: PollOutcome) -> dict[str, Any]:
    """Return what such a poll changes of a feed."""
    at = outcome.polled_at
    return {**_wait(outcome), "polled_at": at, "ok_at": at}


def _state(outcome: PollOutcome) -> dict[str, Any]:
    """Return what every poll changes of a feed."""
    feed, failed = outcome.feed, outcome.error is not None
    return {
        "feed_id": feed.id,
        "next_poll_at": outcome.next_poll_at,
        "wait_reason": outcome.wait_reason,
        "polled_at": outcome.polled_at,
        "ok_at": feed.ok_at if failed else outcome.polled_at,
        "first_polled_at": feed.first_polled_at if failed else feed.first_polled_at or outcome.polled_at,
        "status": outcome.status,
        "error": outcome.error,
        "etag": outcome.etag,
        "last_modified": outcome.last_modified,
        "body_hash": outcome.body_hash,
        "failures": feed.failures + 1 if failed else 0,
        "failing_since_at": _failing_since(outcome),
    }


def _wait(outcome: PollOutcome) -> dict[str, Any]:
    """Return what a poll changes of a feed that was put off on its way."""
    return {"feed_id": outcome.feed.id, "next_poll_at": outcome.next_poll_at, "wait_reason": outcome.wait_reason}


def _learnt(outcome: PollOutcome) -> dict[str, Any]:
    """Return the columns of a feed's course, and the host that it is asked at from now on."""
    host = host_of(outcome.course.moved_to or outcome.feed.url)
    return {"feed_id": outcome.feed.id, "host": host, **course_values(outcome.course)}


def _failing_since(outcome: PollOutcome) -> datetime | None:
    """Return since when a feed fails, or None."""
    return None if outcome.error is None else outcome.feed.failing_since_at or outcome.polled_at


def _keep_failure(connection: Connection, outcome: PollOutcome) -> None:
    """Open or close the span in which a feed fails."""
    feed = outcome.feed
    if outcome.error is None and not feed.failures:
        return
    open_span = (FAILURE.c.feed_id == feed.id) & FAILURE.c.until_at.is_(None)
    if outcome.error is None:
        connection.execute(update(FAILURE).where(open_span).values(until_at=outcome.polled_at))
    elif not connection.execute(update(FAILURE).where(open_span).values(error=outcome.error)).rowcount:
        span = {"feed_id": feed.id, "since_at": _failing_since(outcome), "error": outcome.error}
        connection.execute(insert(FAILURE), span)
