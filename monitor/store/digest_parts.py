"""What stands behind the counts of a digest: articles, names that are new, changed reports, channels in trouble."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from monitor.core.digest_material import ArticleMaterial, ChangeMaterial, ChannelMaterial, NameMaterial
from monitor.core.edits import headline_changed
from monitor.core.types import Change, DeliveryState, Period
from monitor.store.deliveries import DELIVERY
from monitor.store.digest_counts import within
from monitor.store.feeds import FEED
from monitor.store.polls import HIT, HIT_ENTITY, ITEM
from monitor.store.spellings import SPELLING
from monitor.store.stories import REPORT
from monitor.store.versions import ITEM_VERSION

ARTICLES = 5
"""Articles under a surge: who reads more opens the dashboard."""

CHANGES = 20
"""Changed reports told one by one: withdrawn ones first."""

FEED_LABEL = func.coalesce(func.nullif(FEED.c.name, ""), func.nullif(FEED.c.title, ""), FEED.c.url)
"""What a feed is called."""

ARTICLE = (
    ITEM.c.id.label("item_id"),
    ITEM.c.title,
    ITEM.c.url,
    ITEM.c.lang,
    func.coalesce(ITEM.c.published_at, ITEM.c.fetched_at).label("at"),
    FEED_LABEL.label("feed"),
)
"""Columns of an article."""


def read_article(row: RowMapping) -> ArticleMaterial:
    """Return a row with the columns ARTICLE."""
    return ArticleMaterial(row["item_id"], row["title"], row["url"], row["feed"], row["at"], row["lang"])


def articles_naming(connection: Connection, entity: str, period: Period) -> list[ArticleMaterial]:
    """Return the first articles of a period that name an entity, of as many publishers as there are."""
    query = (
        select(*ARTICLE, REPORT.c.publisher, REPORT.c.copy_of)
        .select_from(
            HIT_ENTITY.join(HIT, HIT.c.id == HIT_ENTITY.c.hit_id)
            .join(ITEM, ITEM.c.id == HIT.c.item_id)
            .join(FEED, FEED.c.id == ITEM.c.feed_id)
            .outerjoin(REPORT, REPORT.c.item_id == ITEM.c.id)
        )
        .where(HIT_ENTITY.c.entity == entity, within(HIT.c.created_at, period))
        .order_by(HIT.c.id)
    )
    rows = {row["item_id"]: row for row in connection.execute(query).mappings()}
    first_of: dict[str, RowMapping] = {}
    for row in rows.values():
        if row["copy_of"] is None:
            first_of.setdefault(row["publisher"] or f"feed {row['feed']}", row)
    chosen = {row["item_id"]: row for row in (*first_of.values(), *rows.values())}
    return [read_article(row) for row in list(chosen.values())[:ARTICLES]]


def new_names(connection: Connection, period: Period) -> tuple[list[NameMaterial], list[NameMaterial]]:
    """Return entities found for the first time, and spellings of others, first ones first.

    Nothing is new where nothing was found before the period: then everything would be.
    """
    if (
        connection.execute(select(SPELLING.c.entity).where(SPELLING.c.first_at < period.start_at).limit(1)).first()
        is None
    ):
        return [], []
    query = (
        select(SPELLING.c["entity", "surface", "first_at"], SPELLING.c.item_id.label("number"), *ARTICLE)
        .select_from(
            SPELLING.outerjoin(ITEM, ITEM.c.id == SPELLING.c.item_id).outerjoin(FEED, FEED.c.id == ITEM.c.feed_id)
        )
        .where(within(SPELLING.c.first_at, period))
        .order_by(SPELLING.c.first_at, SPELLING.c.item_id, SPELLING.c.entity, SPELLING.c.folded)
    )
    rows = connection.execute(query).mappings().all()
    known = _known_before(connection, {row["entity"] for row in rows}, period)
    entities: dict[str, NameMaterial] = {}
    spellings = []
    for row in rows:
        article = None if row["item_id"] is None else read_article(row)
        one = NameMaterial(row["entity"], row["surface"], row["first_at"], article)
        if row["entity"] in known:
            spellings.append(one)
        else:
            entities.setdefault(row["entity"], one)
    return list(entities.values()), spellings


def _known_before(connection: Connection, entities: Collection[str], period: Period) -> frozenset[str]:
    """Return which of the entities were found before a period."""
    query = (
        select(SPELLING.c.entity)
        .distinct()
        .where(SPELLING.c.entity.in_(list(entities)), SPELLING.c.first_at < period.start_at)
    )
    return frozenset(connection.execute(query).scalars())


def changes(connection: Connection, period: Period) -> list[ChangeMaterial]:
    """Return items with hits that were withdrawn in a period, then those whose headline became another in it."""
    gone = _changed().where(within(ITEM.c.withdrawn_at, period)).order_by(ITEM.c.withdrawn_at.desc()).limit(CHANGES)
    found = [ChangeMaterial(Change.WITHDRAWN, "", read_article(row)) for row in connection.execute(gone).mappings()]
    edited = _changed().where(within(ITEM.c.edited_at, period), ITEM.c.withdrawn_at.is_(None))
    rows = connection.execute(edited.order_by(ITEM.c.edited_at.desc())).mappings().all()
    before = _titles_before(connection, [row["item_id"] for row in rows], period)
    for row in rows:
        was = before.get(row["item_id"])
        if was is not None and headline_changed(was, row["title"]):
            found.append(ChangeMaterial(Change.HEADLINE, was, read_article(row)))
    return found[:CHANGES]


def _changed() -> Select[Any]:
    """Return the query of articles with hits."""
    has_hit = select(HIT.c.id).where(HIT.c.item_id == ITEM.c.id).exists()
    return select(*ARTICLE).select_from(ITEM.join(FEED, FEED.c.id == ITEM.c.feed_id)).where(has_hit)


def _titles_before(connection: Connection, item_ids: Sequence[int], period: Period) -> dict[int, str]:
    """Return what items were headed when a period began; the first title of those that are younger."""
    titles: dict[int, str] = {}
    for start in range(0, len(item_ids), 500):
        query = (
            select(ITEM_VERSION.c["item_id", "title", "seen_at"])
            .where(ITEM_VERSION.c.item_id.in_(item_ids[start : start + 500]))
            .order_by(ITEM_VERSION.c.item_id, ITEM_VERSION.c.number)
        )
        for row in connection.execute(query):
            if row.item_id not in titles or row.seen_at < period.start_at:
                titles[row.item_id] = row.title
    return titles


def channels_in_trouble(connection: Connection, period: Period) -> list[ChannelMaterial]:
    """Return the channels of a period's deliveries that were given up, or that failed and wait; worst first."""
    dead = DELIVERY.c.state == DeliveryState.DEAD.value
    waiting = (DELIVERY.c.state == DeliveryState.PENDING.value) & DELIVERY.c.error.is_not(None)
    query = (
        select(
            DELIVERY.c.channel,
            func.count().filter(dead).label("dead"),
            func.count().filter(waiting).label("waiting"),
            func.max(DELIVERY.c.error).label("error"),
        )
        .where(within(DELIVERY.c.created_at, period), dead | waiting)
        .group_by(DELIVERY.c.channel)
    )
    found = [ChannelMaterial(row.channel, row.dead, row.waiting, row.error or "") for row in connection.execute(query)]
    return sorted(found, key=lambda one: (-one.dead, -one.waiting, one.channel))
