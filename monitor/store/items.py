"""Items and hits, read."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, case, func, or_, select

from monitor.core.edits import headline_changed
from monitor.core.types import KEPT_BACK, EntityRef, Field, Hit, Item, Kind, Mark, Mention, Severity, Tier, Verdict
from monitor.store.database import Database
from monitor.store.feeds import FEED
from monitor.store.known import (
    CHUNK,
    KnownItem,
    StoredWords,
    known_guids,
    known_hashes,
    known_items,
    reports_titled,
    stored_words,
)
from monitor.store.polls import HIT, HIT_ENTITY, ITEM, Recorded, record_polls
from monitor.store.stories import REPORT
from monitor.store.tables import AlertRow
from monitor.store.versions import ITEM_VERSION

__all__ = [
    "LEVELS",
    "HitFilter",
    "KnownItem",
    "Recorded",
    "StoredWords",
    "counts",
    "find_item",
    "known_guids",
    "known_hashes",
    "known_items",
    "list_hits",
    "list_items",
    "newest_hit_id",
    "newest_items",
    "publishers",
    "record_polls",
    "reports_titled",
    "severities",
    "stored_words",
]

LEVELS = tuple(Severity)


@dataclass(frozen=True, slots=True)
class HitFilter:
    """Which hits to list; what is None or empty does not matter.

    severity       that one and higher
    kept_back_of   a story: those of it that somebody would have been told of, had not something kept them back
    feed           name or address of the item's feed
    before_id      those that were stored before that one
    after_id       those that were stored after that one, oldest first
    """

    since_at: datetime | None = None
    until_at: datetime | None = None
    rule: str | None = None
    entity: str | None = None
    watchlist: str | None = None
    severity: Severity | None = None
    item_id: int | None = None
    hit_ids: tuple[int, ...] = ()
    verdict: Verdict | None = None
    kept_back_of: int | None = None
    feed: str | None = None
    lang: str | None = None
    story_id: int | None = None
    before_id: int | None = None
    after_id: int | None = None
    limit: int = 100


def find_item(db: Database, item_id: int) -> Item | None:
    """Return one item in its newest version."""
    query = select(*_ITEM_COLUMNS, *_NEWEST_WORDS).join(FEED, FEED.c.id == ITEM.c.feed_id).where(ITEM.c.id == item_id)
    with db.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _item(row)


def newest_items(db: Database, feed_id: int, *, limit: int) -> list[Item]:
    """Return the items of a feed that were stored last, newest first."""
    query = select(*_ITEM_COLUMNS, *_NEWEST_WORDS).join(FEED, FEED.c.id == ITEM.c.feed_id)
    query = query.where(ITEM.c.feed_id == feed_id).order_by(ITEM.c.id.desc()).limit(limit)
    with db.read() as connection:
        return [_item(row) for row in connection.execute(query).mappings()]


def list_hits(db: Database, wanted: HitFilter) -> list[Hit]:
    """Return hits, newest first; those after an id oldest first."""
    order = HIT.c.id.desc() if wanted.after_id is None else HIT.c.id
    query = select_hits().where(*_conditions(wanted)).order_by(order).limit(wanted.limit)
    with db.read() as connection:
        return load_hits(connection, query)


def _conditions(wanted: HitFilter) -> Iterator[ColumnElement[bool]]:
    """Yield what a filter asks of a hit."""
    for name, condition in _ASKED.items():
        value = getattr(wanted, name)
        if value is not None and value != ():
            yield condition(value)


def of_feed(asked: str) -> ColumnElement[bool]:
    """Return the condition that a feed has this name or address."""
    named: ColumnElement[bool] = func.coalesce(func.nullif(FEED.c.name, ""), FEED.c.title) == asked
    return or_(named, FEED.c.url == asked)


def _kept_back_of(story_id: int) -> ColumnElement[bool]:
    """Return the condition that something kept a hit of a story back."""
    kept_back: ColumnElement[bool] = HIT.c.verdict.in_([verdict.value for verdict in KEPT_BACK])
    return and_(kept_back, ITEM.c.story_id == story_id)


_ASKED: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "since_at": lambda at: HIT.c.created_at >= at,
    "until_at": lambda at: HIT.c.created_at < at,
    "rule": lambda rule: HIT.c.rule == rule,
    "watchlist": lambda watchlist: HIT.c.watchlist == watchlist,
    "severity": lambda severity: HIT.c.severity >= severity.rank,
    "item_id": lambda item_id: HIT.c.item_id == item_id,
    "hit_ids": HIT.c.id.in_,
    "verdict": lambda verdict: HIT.c.verdict == verdict.value,
    "kept_back_of": _kept_back_of,
    "entity": lambda entity: HIT.c.id.in_(select(HIT_ENTITY.c.hit_id).where(HIT_ENTITY.c.entity == entity)),
    "feed": of_feed,
    "lang": lambda lang: ITEM.c.lang == lang,
    "story_id": lambda story_id: ITEM.c.story_id == story_id,
    "before_id": lambda hit_id: HIT.c.id < hit_id,
    "after_id": lambda hit_id: HIT.c.id > hit_id,
}
"""What each part of a HitFilter asks of a hit."""


def newest_hit_id(db: Database, *, until_at: datetime | None = None) -> int:
    """Return the id of the newest hit, of those from before an instant; 0 when there is none."""
    query = select(HIT.c.id).order_by(HIT.c.id.desc()).limit(1)
    if until_at is not None:
        query = query.where(HIT.c.created_at < until_at)
    with db.read() as connection:
        return connection.execute(query).scalar_one_or_none() or 0


def list_items(
    db: Database,
    *,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
    feed: str | None = None,
    lang: str | None = None,
    before_id: int | None = None,
    limit: int,
) -> list[Item]:
    """Return items, newest first: those fetched in a span, of a feed by name or address, in a language."""
    query = select(*_ITEM_COLUMNS, *_NEWEST_WORDS).join(FEED, FEED.c.id == ITEM.c.feed_id)
    if since_at is not None:
        query = query.where(ITEM.c.fetched_at >= since_at)
    if until_at is not None:
        query = query.where(ITEM.c.fetched_at < until_at)
    if feed is not None:
        query = query.where(of_feed(feed))
    if lang is not None:
        query = query.where(ITEM.c.lang == lang)
    if before_id is not None:
        query = query.where(ITEM.c.id < before_id)
    with db.read() as connection:
        return [_item(row) for row in connection.execute(query.order_by(ITEM.c.id.desc()).limit(limit)).mappings()]


def unrouted_hits(db: Database, *, limit: int) -> list[Hit]:
    """Return the hits that the alert job has not seen, oldest first."""
    query = select_hits().where(HIT.c.verdict.is_(None)).order_by(HIT.c.id).limit(limit)
    with db.read() as connection:
        return load_hits(connection, query)


def hits_by_id(connection: Connection, ids: Sequence[int]) -> list[Hit]:
    """Return the hits with these ids, oldest first."""
    hits: list[Hit] = []
    for start in range(0, len(ids), CHUNK):
        chunk = list(ids[start : start + CHUNK])
        hits += load_hits(connection, select_hits().where(HIT.c.id.in_(chunk)).order_by(HIT.c.id))
    return hits


def hits_of_stories(db: Database, story_ids: Collection[int]) -> dict[int, list[Hit]]:
    """Return the hits of each story, oldest first."""
    found: dict[int, list[Hit]] = {}
    with db.read() as connection:
        for hit in load_hits(connection, select_hits().where(ITEM.c.story_id.in_(list(story_ids))).order_by(HIT.c.id)):
            found.setdefault(hit.item.story_id or 0, []).append(hit)
    return found


def publishers(db: Database, story_ids: Collection[int]) -> dict[int, int]:
    """Return how many different publishers tell each story on their own; a copy counts with the report it copies."""
    query = (
        select(REPORT.c.story_id, func.count(func.distinct(REPORT.c.publisher)))
        .where(REPORT.c.story_id.in_(list(story_ids)), REPORT.c.copy_of.is_(None))
        .group_by(REPORT.c.story_id)
    )
    with db.read() as connection:
        return dict(connection.execute(query).all())


def counts(db: Database, *, but: Collection[str] = ()) -> dict[str, int]:
    """Return how many rows there are: feeds (polled), failing (of them), items, hits, unrouted (of them), alerts.

    but   what is not counted: a million items take some 50 ms of SQLite, which counts them one by one
    """
    queries = {
        "feeds": select(func.count()).where(FEED.c.active),
        "failing": select(func.count()).where(FEED.c.active, FEED.c.failures > 0),
        "items": select(func.count()).select_from(ITEM),
        "hits": select(func.count()).select_from(HIT),
        "unrouted": select(func.count()).where(HIT.c.verdict.is_(None)),
        "alerts": select(func.count()).select_from(AlertRow),
    }
    with db.read() as connection:
        return {name: connection.execute(query).scalar_one() for name, query in queries.items() if name not in but}


def stored_since(db: Database, *, since_at: datetime) -> int:
    """Return how many items were stored since then."""
    with db.read() as connection:
        return connection.execute(select(func.count()).where(ITEM.c.fetched_at >= since_at)).scalar_one()


def severities(db: Database, *, since_at: datetime) -> dict[Severity, int]:
    """Return how many hits there are of each severity since then."""
    query = select(HIT.c.severity, func.count()).where(HIT.c.created_at >= since_at).group_by(HIT.c.severity)
    with db.read() as connection:
        return {LEVELS[level]: count for level, count in connection.execute(query)}


_ITEM_COLUMNS = (
    ITEM.c.id.label("item_id"),
    ITEM.c.feed_id,
    ITEM.c.guid,
    ITEM.c.url,
    ITEM.c.published_at,
    ITEM.c.fetched_at,
    ITEM.c.lang,
    ITEM.c.story_id,
    ITEM.c.title.label("newest_title"),
    ITEM.c.version.label("newest_version"),
    ITEM.c.edited_at,
    ITEM.c.withdrawn_at,
    func.coalesce(func.nullif(FEED.c.name, ""), FEED.c.title).label("feed_name"),
    FEED.c.url.label("feed_url"),
    FEED.c.tags.label("feed_tags"),
)


_NEWEST_WORDS = (ITEM.c.title, ITEM.c.text, ITEM.c.own_chars, ITEM.c.version)
"""What an item says now."""

_HIT_WORDS = (
    func.coalesce(ITEM_VERSION.c.title, ITEM.c.title).label("title"),
    func.coalesce(ITEM_VERSION.c.text, ITEM.c.text).label("text"),
    case((ITEM_VERSION.c.number.is_(None), ITEM.c.own_chars), else_=ITEM_VERSION.c.own_chars).label("own_chars"),
    HIT.c.version,
)
"""What an item said in the version that a hit was made from; one that is not in the history is the newest."""


def select_hits() -> Select[tuple[object, ...]]:
    """Return the query of hits with their items, in the version they were made from, and feeds."""
    of_version = and_(ITEM_VERSION.c.item_id == HIT.c.item_id, ITEM_VERSION.c.number == HIT.c.version)
    return select(
        HIT.c.id.label("hit_id"),
        HIT.c.rule,
        HIT.c.rule_title,
        HIT.c.watchlist,
        HIT.c.severity,
        HIT.c.tags,
        HIT.c.mentions,
        HIT.c.tier,
        HIT.c.held,
        HIT.c.why,
        HIT.c.watchlist_version,
        HIT.c.created_at,
        HIT.c.verdict,
        HIT.c.verdict_note,
        *HIT.c["mark", "marked_by", "marked_at"],
        *_ITEM_COLUMNS,
        *_HIT_WORDS,
    ).select_from(
        HIT.join(ITEM, ITEM.c.id == HIT.c.item_id)
        .join(FEED, FEED.c.id == ITEM.c.feed_id)
        .outerjoin(ITEM_VERSION, of_version)
    )


def load_hits(connection: Connection, query: Select[tuple[object, ...]]) -> list[Hit]:
    """Return the hits of a query made by `select_hits`, with their entities."""
    rows = connection.execute(query).mappings().all()
    named: dict[int, list[EntityRef]] = {row["hit_id"]: [] for row in rows}
    ids = list(named)
    for start in range(0, len(ids), CHUNK):
        entities = (
            select(HIT_ENTITY)
            .where(HIT_ENTITY.c.hit_id.in_(ids[start : start + CHUNK]))
            .order_by(HIT_ENTITY.c.hit_id, HIT_ENTITY.c.position)
        )
        for one in connection.execute(entities):
            named[one.hit_id].append(EntityRef(one.entity, one.name, Kind(one.kind)))
    return [_hit(row, tuple(named[row["hit_id"]])) for row in rows]


def _hit(row: RowMapping, entities: tuple[EntityRef, ...]) -> Hit:
    """Return a row as a value."""
    return Hit(
        id=row["hit_id"],
        item=_item(row),
        rule=row["rule"],
        rule_title=row["rule_title"],
        watchlist=row["watchlist"],
        severity=LEVELS[row["severity"]],
        tags=frozenset(row["tags"]),
        entities=entities,
        mentions=tuple(_mention(*mention) for mention in row["mentions"]),
        why=row["why"],
        watchlist_version=row["watchlist_version"],
        created_at=row["created_at"],
        verdict=None if row["verdict"] is None else Verdict(row["verdict"]),
        verdict_note=row["verdict_note"],
        held=tuple(row["held"]),
        tier=Tier(row["tier"]),
        mark=None if row["mark"] is None else Mark(row["mark"]),
        marked_by=row["marked_by"],
        marked_at=row["marked_at"],
    )


def _headline(title: str, newest: str) -> str | None:
    """Return the newest headline where it says something else; nearly all are as they were, which is seen at once."""
    return newest if title != newest and headline_changed(title, newest) else None


def _mention(
    entity: str,
    field: Field,
    start: int,
    end: int,
    surface: str,
    alias: str,
    tier: str = Tier.EXACT.value,
    context: str | None = None,
) -> Mention:
    """Return a stored mention; one from before tiers were told was exact."""
    return Mention(entity, field, start, end, surface, alias, Tier(tier), context)


def _item(row: RowMapping) -> Item:
    """Return a row as a value."""
    return Item(
        id=row["item_id"],
        feed_id=row["feed_id"],
        feed_name=row["feed_name"],
        feed_url=row["feed_url"],
        feed_tags=tuple(row["feed_tags"]),
        guid=row["guid"],
        title=row["title"],
        text=row["text"],
        url=row["url"],
        published_at=row["published_at"],
        fetched_at=row["fetched_at"],
        lang=row["lang"],
        story_id=row["story_id"],
        version=row["version"],
        newest_version=row["newest_version"],
        headline=_headline(row["title"], row["newest_title"]),
        edited_at=row["edited_at"],
        withdrawn_at=row["withdrawn_at"],
        own_chars=row["own_chars"],
    )
