"""Digests: which periods have one, and what the rows say of a period."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from monitor.core.digest import STORIES, Counts, DigestMaterial, FailureMaterial, StoryMaterial
from monitor.core.types import Delivery, DeliveryState, Notice, Period
from monitor.store.database import Database
from monitor.store.deliveries import DELIVERY, insert_deliveries
from monitor.store.feeds import FEED, FeedFailure, failures_between
from monitor.store.items import LEVELS
from monitor.store.polls import HIT, HIT_ENTITY, ITEM, insert_new
from monitor.store.tables import DigestRow
from monitor.store.uncovered import uncovered

DIGEST = DigestRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes


def last_period(db: Database, name: str) -> Period | None:
    """Return the newest period that has a digest of this name."""
    query = select(DIGEST.c.start_at, DIGEST.c.end_at).where(DIGEST.c.name == name).order_by(DIGEST.c.end_at.desc())
    with db.read() as connection:
        row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else Period(row.start_at, row.end_at)


def record(
    db: Database,
    digest_id: str,
    name: str,
    period: Period,
    notice: Notice,
    deliveries: Sequence[Delivery],
    *,
    now: datetime,
) -> bool:
    """Store a digest and its deliveries in one transaction; False, and nothing stored, when the period has one."""
    row = {
        "id": digest_id,
        "name": name,
        "start_at": period.start_at,
        "end_at": period.end_at,
        "notice": notice,
        "created_at": now,
    }
    with db.write() as connection:
        statement = insert_new(connection, DIGEST).returning(DIGEST.c.id)
        new = connection.execute(statement, row).first() is not None
        if new:
            insert_deliveries(connection, deliveries)
    return new


def list_digests(db: Database, *, limit: int) -> list[Notice]:
    """Return what the newest digests said, newest first."""
    query = select(DIGEST.c.notice).order_by(DIGEST.c.end_at.desc()).limit(limit)
    with db.read() as connection:
        return list(connection.execute(query).scalars())


def material_of(db: Database, period: Period) -> DigestMaterial:
    """Return what the rows say of a period, and of one of the same length before it."""
    before = Period(period.start_at - (period.end_at - period.start_at), period.start_at)
    with db.read() as connection:
        counts, counts_before = _counts(connection, period), _counts(connection, before)
        stories = _stories(connection, period)
        failed = DELIVERY.c.state == DeliveryState.DEAD.value
        lacking = uncovered(connection, period)
        has_hit = select(HIT.c.id).where(HIT.c.item_id == ITEM.c.id).exists()
        return DigestMaterial(
            items=_count(connection, _within(ITEM.c.fetched_at, period)),
            now=counts,
            before=counts_before,
            entity_names=_names(connection, before.start_at, period.end_at),
            stories=stories[:STORIES],
            stories_total=len(stories),
            feeds_total=_count(connection, FEED.c.active),
            feeds_failed=_spans(failures_between(connection, period)),
            deliveries_failed=_count(connection, _within(DELIVERY.c.created_at, period) & failed),
            edited=_count(connection, _within(ITEM.c.edited_at, period) & has_hit),
            withdrawn=_count(connection, _within(ITEM.c.withdrawn_at, period) & has_hit),
            feeds_quiet=_spans(lacking.quiet),
            feeds_missed=_spans(lacking.missed),
            feeds_retired=_spans(lacking.retired),
        )


def _spans(found: Sequence[FeedFailure]) -> list[FailureMaterial]:
    """Return spans as a digest takes them."""
    return [FailureMaterial(one.name, one.url, one.error, one.since_at, one.until_at) for one in found]


def _within(column: ColumnElement[datetime], period: Period) -> ColumnElement[bool]:
    """Return the condition that an instant lies in a period."""
    return (column >= period.start_at) & (column < period.end_at)


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    """Return how many rows meet a condition."""
    return connection.execute(select(func.count()).where(condition)).scalar_one()


def _counts(connection: Connection, period: Period) -> Counts:
    """Return the hits of a period: all, by watchlist, by entity."""
    within = _within(HIT.c.created_at, period)
    by_list = select(HIT.c.watchlist, func.count()).where(within).group_by(HIT.c.watchlist)
    by_entity = (
        select(HIT_ENTITY.c.entity, func.count(func.distinct(HIT.c.item_id)))
        .join(HIT, HIT.c.id == HIT_ENTITY.c.hit_id)
        .where(within)
        .group_by(HIT_ENTITY.c.entity)
    )
    watchlists: dict[str, int] = dict(connection.execute(by_list).all())
    entities: dict[str, int] = dict(connection.execute(by_entity).all())
    return Counts(hits=sum(watchlists.values()), watchlists=watchlists, entities=entities)


def _names(connection: Connection, start_at: datetime, end_at: datetime) -> dict[str, str]:
    """Return what the entities of a span's hits were called, the latest name of each."""
    query = (
        select(HIT_ENTITY.c.entity, HIT_ENTITY.c.name, func.max(HIT_ENTITY.c.hit_id).label("newest"))
        .join(HIT, HIT.c.id == HIT_ENTITY.c.hit_id)
        .where(_within(HIT.c.created_at, Period(start_at, end_at)))
        .group_by(HIT_ENTITY.c.entity, HIT_ENTITY.c.name)
        .order_by("newest")
    )
    return {row.entity: row.name for row in connection.execute(query)}


def _stories(connection: Connection, period: Period) -> list[StoryMaterial]:
    """Return the stories of a period, gravest first, then most reports; told by their gravest, then first hit."""
    query = (
        select(
            ITEM.c.id.label("item_id"),
            ITEM.c.story_id,
            ITEM.c.title,
            ITEM.c.url,
            ITEM.c.lang,
            ITEM.c.published_at,
            ITEM.c.fetched_at,
            HIT.c.severity,
            HIT.c.why,
            func.coalesce(func.nullif(FEED.c.name, ""), FEED.c.title, FEED.c.url).label("feed"),
        )
        .select_from(HIT.join(ITEM, ITEM.c.id == HIT.c.item_id).join(FEED, FEED.c.id == ITEM.c.feed_id))
        .where(_within(HIT.c.created_at, period))
        .order_by(HIT.c.severity.desc(), HIT.c.id)
    )
    grouped: dict[tuple[str, int], list[RowMapping]] = {}
    for row in connection.execute(query).mappings():
        key = ("item", row["item_id"]) if row["story_id"] is None else ("story", row["story_id"])
        grouped.setdefault(key, []).append(row)
    stories = [
        StoryMaterial(
            title=rows[0]["title"],
            url=rows[0]["url"],
            severity=LEVELS[rows[0]["severity"]],
            why=rows[0]["why"],
            feeds=tuple(dict.fromkeys(row["feed"] for row in rows)),
            reports=len({row["item_id"] for row in rows}),
            first_at=min(row["published_at"] or row["fetched_at"] for row in rows),
            lang=rows[0]["lang"],
        )
        for rows in grouped.values()
    ]
    return sorted(stories, key=lambda story: (-story.severity.rank, -story.reports, story.first_at))
