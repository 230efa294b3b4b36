"""The articles behind items: which are due, and what a look at one changes, committed as one.

A row is born with its item, in one transaction, so that a kill loses no article; it stays due until a look is stored.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, case, func, insert, select, update

from monitor.core import articles
from monitor.core.addresses import host_of
from monitor.core.types import (
    ArticleCourse,
    ArticleLook,
    ArticleState,
    EntityRef,
    NewItem,
    StoredArticle,
)
from monitor.store.database import Database
from monitor.store.feeds import FEED
from monitor.store.hits import ITEM
from monitor.store.tables import ArticleRow
from monitor.store.versions import Edited, apply_edits, restore, withdraw

ARTICLE = ArticleRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes

NAMED = 500
"""Ids in one query."""


_COLUMNS: tuple[Any, ...] = (
    *ARTICLE.c["item_id", "host", "alerting", "state", "attempts", "missing_since_at", "told_at"],
    *ARTICLE.c["etag", "last_modified", "headline", "error"],
    ITEM.c.url,
    ITEM.c.guid,
    ITEM.c.lang,
    ITEM.c.withdrawn_at,
    ITEM.c.old_news,
    func.coalesce(func.nullif(FEED.c.name, ""), FEED.c.title).label("feed_name"),
    FEED.c.url.label("feed_url"),
    FEED.c.tags.label("feed_tags"),
    (FEED.c.active & FEED.c.full_text).label("wanted"),
)


def _due() -> Select[Any]:
    """Return the query for what is due: one article of each host, found in the index alone."""
    order = (ARTICLE.c.alerting.desc(), ARTICLE.c.next_look_at, ARTICLE.c.item_id)
    place = func.row_number().over(partition_by=ARTICLE.c.host, order_by=order)
    ranked = (
        select(ARTICLE.c.item_id, ARTICLE.c.next_look_at, place.label("place"))
        .where(ARTICLE.c.next_look_at <= bindparam("now"), ARTICLE.c.next_look_at.is_not(None))
        .where(ARTICLE.c.host.not_in(bindparam("without", expanding=True)))
        .where(ARTICLE.c.item_id.not_in(bindparam("busy", expanding=True)))
        .subquery()
    )
    by_time = (ranked.c.next_look_at, ranked.c.item_id)
    first = select(ranked.c.item_id).where(ranked.c.place == 1).order_by(*by_time).limit(bindparam("limit"))
    return (
        select(*_COLUMNS)
        .join(ITEM, ITEM.c.id == ARTICLE.c.item_id)
        .join(FEED, FEED.c.id == ITEM.c.feed_id)
        .where(ARTICLE.c.item_id.in_(first))
        .order_by(ARTICLE.c.next_look_at, ARTICLE.c.item_id)
    )


_DUE = _due()
"""Made once: to put a query together takes longer than to run it when nothing is due."""


def insert_articles(connection: Connection, new: Sequence[tuple[int, NewItem]], *, now: datetime) -> None:
    """Make the articles of new items due, each by its item's id; an item without an address on the web has none."""
    rows = [
        {
            "item_id": item_id,
            "host": host,
            "alerting": item.alerting,
            "state": ArticleState.WAITING.value,
            "next_look_at": now if item.alerting else now + articles.OLD_NEWS_AFTER,
            "attempts": 0,
            "headline": "",
        }
        for item_id, item in new
        if (host := _host(item.entry.url))
    ]
    if rows:
        connection.execute(insert(ARTICLE), rows)


def _host(url: str) -> str:
    """Return the host of an address; "" for none that can be asked."""
    try:
        return host_of(url)
    except ValueError:
        return ""


def due_articles(
    db: Database,
    *,
    now: datetime,
    limit: int,
    busy: Collection[int] = (),
    without: Collection[str] = (),
) -> list[StoredArticle]:
    """Return one due article of each host, of the longest due hosts; news goes before old news.

    busy      ids of items that are left out
    without   hosts that are left out
    """
    values = {"now": now, "limit": limit, "busy": list(busy), "without": list(without)}
    with db.read() as connection:
        return [_article(row) for row in connection.execute(_DUE, values).mappings()]


def record_looks(
    db: Database,
    looks: Sequence[ArticleLook],
    *,
    patience: Mapping[str, timedelta],
    watchlist_version: str,
    entities: Mapping[str, EntityRef],
    now: datetime,
) -> Edited:
    """Store everything that looks at articles changed, in one transaction; return what became of the items.

    An article stays due whose item was edited meanwhile. One that was pruned meanwhile is no more.

    patience   hosts that asked to be left alone, and for how long: none of their articles is due before
    """
    with db.write() as connection:
        edits = [look.edit for look in looks if look.edit is not None]
        edited = apply_edits(connection, edits, watchlist_version=watchlist_version, entities=entities, now=now)
        stored = [look for look in looks if look.item_id not in edited.stale]
        again = withdraw(connection, [look.item_id for look in stored if look.withdrawn is True], now=now)
        again += restore(connection, [look.item_id for look in stored if look.withdrawn is False])
        _update_rows(connection, stored, now=now)
        for host, span in patience.items():
            soon = (ARTICLE.c.host == host) & (ARTICLE.c.next_look_at < now + span)
            connection.execute(update(ARTICLE).where(soon).values(next_look_at=now + span))
    return Edited(edited.item_ids, edited.hits, edited.alerting + again, edited.stale)


def _update_rows(connection: Connection, looks: Sequence[ArticleLook], *, now: datetime) -> None:
    """Store what is known of articles, and when the next look at each is, as somebody may have been told meanwhile."""
    if not looks:
        return
    locked = select(ARTICLE.c.item_id, ARTICLE.c.told_at).where(ARTICLE.c.item_id.in_([one.item_id for one in looks]))
    found = connection.execute(locked.order_by(ARTICLE.c.item_id).with_for_update())
    told: dict[int, datetime | None] = {row.item_id: row.told_at for row in found}
    rows = [
        {
            "item": look.item_id,
            "next_look_at": look.again_at or articles.next_look_at(told.get(look.item_id), now=now),
            "looked_at": look.looked_at,
            "state": look.course.state.value,
            "attempts": look.course.attempts,
            "missing_since_at": look.course.missing_since_at,
            "etag": look.course.etag,
            "last_modified": look.course.last_modified,
            "headline": look.course.headline,
            "error": look.course.error,
        }
        for look in looks
    ]
    values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "item"}
    connection.execute(update(ARTICLE).where(ARTICLE.c.item_id == bindparam("item")).values(values), rows)


def watch(connection: Connection, item_ids: Collection[int], *, now: datetime) -> None:
    """Look again at the articles of items that somebody is told of now for the first time."""
    first_at = articles.next_look_at(now, now=now)
    ids = sorted(item_ids)
    for start in range(0, len(ids), NAMED):
        here = ARTICLE.c.item_id.in_(ids[start : start + NAMED]) & ARTICLE.c.told_at.is_(None)
        due = case((ARTICLE.c.next_look_at.is_(None), first_at), else_=ARTICLE.c.next_look_at)
        connection.execute(update(ARTICLE).where(here).values(told_at=now, next_look_at=due))


def counts(db: Database, feed_id: int) -> dict[ArticleState, int]:
    """Return how many articles of a feed's items are in each state; states that none is in are left out."""
    query = (
        select(ARTICLE.c.state, func.count())
        .join(ITEM, ITEM.c.id == ARTICLE.c.item_id)
        .where(ITEM.c.feed_id == feed_id)
        .group_by(ARTICLE.c.state)
    )
    with db.read() as connection:
        return {ArticleState(state): count for state, count in connection.execute(query)}


def find_article(db: Database, item_id: int) -> StoredArticle | None:
    """Return the article of an item, or None."""
    query = (
        select(*_COLUMNS)
        .join(ITEM, ITEM.c.id == ARTICLE.c.item_id)
        .join(FEED, FEED.c.id == ITEM.c.feed_id)
        .where(ARTICLE.c.item_id == item_id)
    )
    with db.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _article(row)


def _article(row: RowMapping) -> StoredArticle:
    """Return a row as a value."""
    return StoredArticle(
        item_id=row["item_id"],
        url=row["url"],
        host=row["host"],
        guid=row["guid"],
        lang=row["lang"],
        feed_name=row["feed_name"],
        feed_tags=tuple(row["feed_tags"]),
        feed_url=row["feed_url"],
        alerting=row["alerting"],
        wanted=bool(row["wanted"]),
        course=ArticleCourse(
            state=ArticleState(row["state"]),
            attempts=row["attempts"],
            missing_since_at=row["missing_since_at"],
            etag=row["etag"],
            last_modified=row["last_modified"],
            headline=row["headline"],
            error=row["error"],
        ),
        told_at=row["told_at"],
        withdrawn_at=row["withdrawn_at"],
        old_news=row["old_news"],
    )
