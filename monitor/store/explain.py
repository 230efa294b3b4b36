"""What is stored of an item and of all that came of it, and which item somebody means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from monitor.core.explanation import Facts, Telling
from monitor.core.identity import same_page
from monitor.core.types import Decision
from monitor.store import acks, alerts, articles, deliveries, feeds, items, stories, versions
from monitor.store.alerts import ALERT, ALERT_HIT
from monitor.store.database import Database
from monitor.store.decisions import read_decision
from monitor.store.feeds import FEED
from monitor.store.polls import HIT, ITEM, STORY
from monitor.store.tables import clean_key

HITS = 1_000
"""Hits of one item that are told of; a watchlist has fewer rules that hold for one text."""

DELIVERIES = 500
"""Deliveries of one alert among which those of an item are looked for, newest first."""

ALIKE = 20
"""Items of like addresses that are compared letter by letter, newest first."""

NEAR = 3
"""Items named to whoever asks for one that is not there."""


# --- which item is meant ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Meant:
    """The items that a question means, the one to explain first; `near` are those of like addresses when it is none."""

    ids: tuple[int, ...] = ()
    near: tuple[tuple[int, str], ...] = ()


def of_item(db: Database, item_id: int) -> Meant:
    """Return the item with an id."""
    with db.read() as connection:
        return Meant(tuple(connection.execute(select(ITEM.c.id).where(ITEM.c.id == item_id)).scalars()))


def of_hit(db: Database, hit_id: int) -> Meant:
    """Return the item of a hit."""
    with db.read() as connection:
        return Meant(tuple(connection.execute(select(HIT.c.item_id).where(HIT.c.id == hit_id)).scalars()))


def of_alert(db: Database, alert_id: str) -> Meant:
    """Return the items that an alert tells of, the one that opened it first."""
    query = select(HIT.c.item_id).join(ALERT_HIT, ALERT_HIT.c.hit_id == HIT.c.id)
    with db.read() as connection:
        found = connection.execute(query.where(ALERT_HIT.c.alert_id == alert_id).order_by(HIT.c.id)).scalars()
        return Meant(tuple(dict.fromkeys(found)))


def of_words(db: Database, words: str, *, feed_url: str | None = None) -> Meant:
    """Return the items whose guid or address this is, newest first, of any feed or of one.

    The guid is found by its index. Addresses have none, which every poll would pay for and few would use: all items are
    looked through, a million in about a second of SQLite.
    """
    here = () if feed_url is None else (FEED.c.url == feed_url,)
    of_feed = select(ITEM.c.id).select_from(FEED.join(ITEM, ITEM.c.feed_id == FEED.c.id))
    by_guid = of_feed.where(ITEM.c.guid == clean_key(words), *here)  # ordered here, SQLite would walk by id instead
    with db.read() as connection:
        if ids := sorted(connection.execute(by_guid).scalars(), reverse=True):
            return Meant(tuple(ids))
        page = same_page(words)
        if "/" not in page:
            return Meant()
        alike = _alike(connection, page, here)
        if same := tuple(row.id for row in alike if same_page(row.url) == page):
            return Meant(same)
        near = alike or _alike(connection, page.partition("?")[0], here)
        return Meant(near=tuple((row.id, row.title) for row in near[:NEAR]))


def _alike(connection: Connection, part: str, here: Iterable[Any]) -> Sequence[Any]:
    """Return the newest items whose address holds a part."""
    query = select(ITEM.c["id", "url", "title"]).select_from(FEED.join(ITEM, ITEM.c.feed_id == FEED.c.id))
    query = query.where(ITEM.c.url.contains(part, autoescape=True), *here)
    return connection.execute(query.order_by(ITEM.c.id.desc()).limit(ALIKE)).all()


# --- what is stored of it ---------------------------------------------------------------------------------------------


def facts_of(db: Database, item_id: int) -> Facts | None:
    """Return what is stored of an item, or None when it is gone."""
    item = items.find_item(db, item_id)
    if item is None:
        return None
    hits = sorted(items.list_hits(db, items.HitFilter(item_id=item_id, limit=HITS)), key=lambda hit: hit.id)
    with db.read() as connection:
        kept = connection.execute(_kept(item_id)).one()
        decided = _decisions(connection, item_id)
        story, reports, first = _story(connection, item.story_id)
        links = _links(connection, item_id)
    return Facts(
        item=item,
        versions=versions.history(db, item_id),
        watchlist_version=kept.watchlist_version,
        old_news=kept.old_news,
        feed=next(iter(feeds.feeds_by_id(db, [item.feed_id])), None),
        article=articles.find_article(db, item_id),
        hits=hits,
        decisions=decided,
        story=story,
        reports=reports,
        publishers=items.publishers(db, [item.story_id or 0]).get(item.story_id or 0, 0),
        first_item=first,
        placed=placed.why if (placed := stories.find_placed(db, item_id)) else "",
        tellings=[telling for alert_id, rows in links.items() if (telling := _telling(db, alert_id, rows))],
    )


def _kept(item_id: int) -> Select[Any]:
    return select(ITEM.c["watchlist_version", "old_news"]).where(ITEM.c.id == item_id)


def _decisions(connection: Connection, item_id: int) -> dict[int, list[Decision]]:
    """Return what was decided of the hits of an item, by their id."""
    rows = connection.execute(select(HIT.c.id, HIT.c.decisions).where(HIT.c.item_id == item_id))
    return {row.id: [read_decision(one) for one in row.decisions] for row in rows}


def _story(connection: Connection, story_id: int | None) -> tuple[str | None, int, int | None]:
    """Return the title of a story, how many items tell it, and the first of them."""
    title = connection.execute(select(STORY.c.title).where(STORY.c.id == story_id)).scalar()
    counted = select(func.count(), func.min(ITEM.c.id)).where(ITEM.c.story_id == story_id)
    reports, first = connection.execute(counted).one()
    return title, reports, first


def _links(connection: Connection, item_id: int) -> dict[str, list[Any]]:
    """Return how the hits of an item stand in alerts, by alert, oldest first."""
    query = (
        select(ALERT_HIT.c["alert_id", "hit_id", "told_at", "change"])
        .join(HIT, HIT.c.id == ALERT_HIT.c.hit_id)
        .join(ALERT, ALERT.c.id == ALERT_HIT.c.alert_id)
        .where(HIT.c.item_id == item_id)
        .order_by(ALERT.c.created_at, ALERT.c.id, HIT.c.id)
    )
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.alert_id, []).append(row)
    return found


def _telling(db: Database, alert_id: str, rows: Sequence[Any]) -> Telling | None:
    """Return an alert with hits of the item, or None when it went meanwhile."""
    alert = alerts.find_alert(db, alert_id)
    if alert is None:
        return None
    return Telling(
        alert=alert,
        told_at={row.hit_id: row.told_at for row in rows},
        again=frozenset(row.hit_id for row in rows if row.told_at is None and row.change is not None),
        deliveries=deliveries.list_deliveries(db, thread=alert_id, limit=DELIVERIES),
        acks=acks.acks_of(db, alert),
    )
