"""What hits say of entities: how often each is named, with whom, where and when.

Only what made a hit counts: an entity that is no hit by itself is seen where a rule held that speaks of it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from monitor.core.types import EntityRef, Kind, Severity
from monitor.store.database import Database
from monitor.store.feeds import FEED
from monitor.store.items import LEVELS
from monitor.store.polls import HIT, HIT_ENTITY
from monitor.store.stories import REPORT

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Naming:
    """A hit that an entity made."""

    hit_id: int
    item_id: int
    feed_id: int


@dataclass(frozen=True, slots=True)
class Company:
    """Who stands in the same items as an entity, and who publishes them, most often first.

    items        that were looked at, the newest
    companions   other entities with the number of items; themes are words, and no company
    feeds        (id, name) with the number of items
    publishers   likewise, where they are known
    """

    items: int
    companions: list[tuple[EntityRef, int]]
    feeds: list[tuple[tuple[int, str], int]]
    publishers: list[tuple[str, int]]


def counts(db: Database, *, since_at: datetime) -> dict[str, int]:
    """Return how many hits each entity made since then."""
    with db.read() as connection:
        first = _first_since(connection, since_at)
        if first is None:
            return {}
        query = select(HIT_ENTITY.c.entity, func.count()).where(HIT_ENTITY.c.hit_id >= first)
        return dict(connection.execute(query.group_by(HIT_ENTITY.c.entity)).all())


def _first_since(connection: Connection, since_at: datetime) -> int | None:
    """Return the id of the first hit made since then: ids count up with time, and stand in every index."""
    query = select(HIT.c.id).where(HIT.c.created_at >= since_at).order_by(HIT.c.created_at, HIT.c.id).limit(1)
    return connection.execute(query).scalar_one_or_none()


def last_called(db: Database, entity: str) -> EntityRef | None:
    """Return an entity as its newest hit called it; None when it made none that is kept."""
    query = select(HIT_ENTITY).where(HIT_ENTITY.c.entity == entity).order_by(HIT_ENTITY.c.hit_id.desc()).limit(1)
    with db.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else EntityRef(row.entity, row.name, Kind(row.kind))


def newest_namings(db: Database, entity: str, *, limit: int) -> list[Naming]:
    """Return the hits that an entity made, newest first, so many at most."""
    newest = select(HIT_ENTITY.c.hit_id).where(HIT_ENTITY.c.entity == entity)
    ids = newest.order_by(HIT_ENTITY.c.hit_id.desc()).limit(limit)
    query = select(HIT.c["id", "item_id", "feed_id"]).with_hint(HIT, "INDEXED BY ix_hit_look", "sqlite")
    with db.read() as connection:
        return [Naming(*row) for row in connection.execute(query.where(HIT.c.id.in_(ids)).order_by(HIT.c.id.desc()))]


def company(db: Database, entity: str, naming: Sequence[Naming], *, limit: int) -> Company:
    """Return who stands beside an entity in the items that name it."""
    items = list(dict.fromkeys(one.item_id for one in naming))
    feeds = Counter({one.item_id: one.feed_id for one in naming}.values())
    beside: Counter[str] = Counter()
    called: dict[str, EntityRef] = {}
    publishers: Counter[str] = Counter()
    with db.read() as connection:
        for start in range(0, len(items), CHUNK):
            some = items[start : start + CHUNK]
            of_items = HIT.join(HIT_ENTITY, HIT_ENTITY.c.hit_id == HIT.c.id)
            columns = (HIT.c.item_id, *HIT_ENTITY.c["entity", "name", "kind"])
            query = select(*columns).select_from(of_items).where(HIT.c.item_id.in_(some))
            seen = set()
            others = HIT_ENTITY.c.entity != entity, HIT_ENTITY.c.kind != Kind.THEME.value
            for item_id, other, name, kind in connection.execute(query.where(*others)):
                if (item_id, other) not in seen:
                    seen.add((item_id, other))
                    beside[other] += 1
                    called.setdefault(other, EntityRef(other, name, Kind(kind)))
            publishers.update(
                connection.execute(select(REPORT.c.publisher).where(REPORT.c.item_id.in_(some))).scalars()
            )
        most = feeds.most_common(limit)
        title = func.coalesce(func.nullif(FEED.c.name, ""), func.nullif(FEED.c.title, ""), FEED.c.url)
        asked = select(FEED.c.id, title).where(FEED.c.id.in_([feed_id for feed_id, _ in most]))
        names: dict[int, str] = dict(connection.execute(asked).all())
    return Company(
        len(items),
        [(called[other], count) for other, count in beside.most_common(limit)],
        [((feed_id, names.get(feed_id, "")), count) for feed_id, count in most],
        [(name, count) for name, count in publishers.most_common(limit) if name],
    )


def by_day(db: Database, *, since_at: datetime, entity: str | None = None) -> list[tuple[date, Severity, int]]:
    """Return how many hits of each severity were made on each day, in UTC, since then; of all, or by one entity."""
    with db.read() as connection:
        if db.dialect == "postgresql":
            day = func.to_char(func.timezone("UTC", HIT.c.created_at), "YYYY-MM-DD")
        else:
            day = func.substr(HIT.c.created_at, 1, 10)
        query = select(day, HIT.c.severity, func.count()).group_by(day, HIT.c.severity)
        if entity is None:
            query = query.where(HIT.c.created_at >= since_at)
        else:
            first = _first_since(connection, since_at)
            ids = select(HIT_ENTITY.c.hit_id).where(HIT_ENTITY.c.entity == entity, HIT_ENTITY.c.hit_id >= (first or 0))
            query = query.with_hint(HIT, "INDEXED BY ix_hit_look", "sqlite")
            query = query.where(HIT.c.id.in_(ids), HIT.c.created_at >= since_at)
        return [(date.fromisoformat(at), LEVELS[rank], count) for at, rank, count in connection.execute(query)]
