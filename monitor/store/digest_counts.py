"""How often watchlists and names were found in a period, and in those before it that were watched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, String, cast, func, literal, select

from monitor.core.digest_material import Counts
from monitor.core.surge import PAST
from monitor.core.types import Period
from monitor.store.feeds import FEED
from monitor.store.polls import HIT, HIT_ENTITY, ITEM
from monitor.store.stories import REPORT


@dataclass(frozen=True, slots=True)
class Watched:
    """A period that was watched from its beginning: its counts, and by how many feeds."""

    counts: Counts
    feeds: int


def before(period: Period, number: int = 1) -> Period:
    """Return the period of the same length that ended `number - 1` such lengths before this one began."""
    length = period.end_at - period.start_at
    return Period(period.start_at - number * length, period.start_at - (number - 1) * length)


def watched_before(connection: Connection, period: Period) -> list[Watched]:
    """Return the PAST periods before `period`, oldest first, without those in which nothing could be found.

    A period in which no feed had been polled before it began, or in which no item came at all, says nothing of what is
    usual: the daemon was not there yet, or away.
    """
    found = []
    for number in range(PAST, 0, -1):
        one = before(period, number)
        feeds = feeds_at(connection, one.start_at)
        if feeds and (counts := counts_of(connection, one)).hits + _items(connection, one):
            found.append(Watched(counts, feeds))
    return found


def feeds_at(connection: Connection, at: datetime) -> int:
    """Return how many of the feeds that are polled now had been polled by an instant."""
    return connection.execute(select(func.count()).where(FEED.c.active, FEED.c.first_polled_at <= at)).scalar_one()


def counts_of(connection: Connection, period: Period) -> Counts:
    """Return the hits of a period: all, by watchlist, by entity, with the publishers that tell of each entity.

    An item without a report, from before there were any, is told by its feed. Copies have no publisher of their own.
    """
    during = within(HIT.c.created_at, period)
    by_list = select(HIT.c.watchlist, func.count()).where(during).group_by(HIT.c.watchlist)
    publisher = func.coalesce(REPORT.c.publisher, literal("feed ") + cast(ITEM.c.feed_id, String))
    by_entity = (
        select(
            HIT_ENTITY.c.entity,
            func.count(func.distinct(HIT.c.item_id)),
            func.count(func.distinct(publisher)).filter(REPORT.c.copy_of.is_(None)),
        )
        .select_from(
            HIT_ENTITY.join(HIT, HIT.c.id == HIT_ENTITY.c.hit_id)
            .join(ITEM, ITEM.c.id == HIT.c.item_id)
            .outerjoin(REPORT, REPORT.c.item_id == HIT.c.item_id)
        )
        .where(during)
        .group_by(HIT_ENTITY.c.entity)
    )
    watchlists: dict[str, int] = dict(connection.execute(by_list).all())
    rows: Sequence[tuple[str, int, int]] = connection.execute(by_entity).all()
    return Counts(
        hits=sum(watchlists.values()),
        watchlists=watchlists,
        entities={entity: items for entity, items, _ in rows},
        publishers={entity: publishers for entity, _, publishers in rows},
    )


def within(column: ColumnElement[datetime], period: Period) -> ColumnElement[bool]:
    """Return the condition that an instant lies in a period."""
    return (column >= period.start_at) & (column < period.end_at)


def _items(connection: Connection, period: Period) -> int:
    """Return 1 when an item was stored in a period, else 0."""
    query = select(ITEM.c.id).where(within(ITEM.c.fetched_at, period)).limit(1)
    return int(connection.execute(query).first() is not None)
