"""Hits that somebody looks for, newest first, a page at a time.

All that hits are chosen by stands in one narrow index, which is walked from the newest: a common choice is found at
once, and the rarest takes a walk through it all, 100,000 hits in some 30 ms of SQLite. The rows themselves are read for
one page only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, select

from monitor.core.search import Term
from monitor.core.types import Hit, Mark, Severity, Verdict
from monitor.store.database import Database
from monitor.store.items import hits_by_id
from monitor.store.polls import HIT, HIT_ENTITY
from monitor.store.words import holding, holding_between

NEWEST = 500
"""Hits among which words are looked for first: one in ten must hold them to fill a page of fifty. So many are read in
3 ms, and all items that such a common word stands in, in 80 ms of SQLite over a million items."""


@dataclass(frozen=True, slots=True)
class Search:
    """Which hits to show; what is None or empty does not matter.

    terms      stand in the item as it is now
    since_at, until_at   when the hit was made
    severity   that one and higher
    lang       first subtag, in lower case
    mark       what a person said, or whether anybody said anything
    verdict    what became of it; "waiting" when nothing did yet
    before     id of the hit after which the page begins
    """

    terms: tuple[Term, ...] = ()
    since_at: datetime | None = None
    until_at: datetime | None = None
    severity: Severity | None = None
    watchlist: str | None = None
    rule: str | None = None
    entity: str | None = None
    feed_id: int | None = None
    lang: str | None = None
    mark: Mark | Literal["any", "none"] | None = None
    verdict: Verdict | Literal["waiting"] | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, and `before` of the next one, None when this is the last."""

    hits: list[Hit]
    before: int | None


def look(db: Database, search: Search, *, limit: int) -> Found:
    """Return a page of hits; those of one item stand on one page, unless it has more than a page of them."""
    with db.read() as connection:
        rows = _rows(db, connection, search, limit + 1)
        shown = _whole(rows, limit)
        hits = hits_by_id(connection, [hit_id for hit_id, _ in shown])
    before = shown[-1][0] if len(shown) < len(rows) else None
    return Found(hits[::-1], before)


def _rows(db: Database, connection: Connection, search: Search, limit: int) -> list[tuple[int, int]]:
    """Return so many hits that a search finds, each with its item, newest first."""
    query = select(HIT.c.id, HIT.c.item_id).with_hint(HIT, "INDEXED BY ix_hit_look", "sqlite")
    query = query.where(*_conditions(search)).order_by(HIT.c.id.desc())
    if search.terms and replace(search, terms=(), before=None) == Search():
        newest = [(row.id, row.item_id) for row in connection.execute(query.limit(NEWEST))]
        of_items = [item_id for _, item_id in newest] or [0]
        within = holding_between(db, search.terms, min(of_items), max(of_items))
        items = set(connection.execute(within).scalars())
        found = [row for row in newest if row[1] in items][:limit]
        if len(found) == limit or len(newest) < NEWEST:
            return found
    if search.terms:
        query = query.where(HIT.c.item_id.in_(holding(db, search.terms)))
    return [(row.id, row.item_id) for row in connection.execute(query.limit(limit))]


def _whole(rows: Sequence[tuple[int, int]], limit: int) -> Sequence[tuple[int, int]]:
    """Return the rows of a page: (hit, item), without those of an item that goes on behind it."""
    if len(rows) <= limit:
        return rows
    whole = limit
    while whole and rows[whole - 1][1] == rows[limit][1]:
        whole -= 1
    return rows[: whole or limit]


def _conditions(search: Search) -> Iterator[ColumnElement[bool]]:
    """Yield what a search asks of a hit, but for the words of its item."""
    for column, wanted in (
        (HIT.c.watchlist, search.watchlist),
        (HIT.c.rule, search.rule),
        (HIT.c.feed_id, search.feed_id),
        (HIT.c.lang, search.lang),
    ):
        if wanted is not None:
            yield column == wanted
    if search.since_at is not None:
        yield HIT.c.created_at >= search.since_at
    if search.until_at is not None:
        yield HIT.c.created_at < search.until_at
    if search.severity is not None:
        yield HIT.c.severity >= search.severity.rank
    if search.mark is not None:
        yield {"any": HIT.c.mark.is_not(None), "none": HIT.c.mark.is_(None)}.get(search.mark, HIT.c.mark == search.mark)
    if search.verdict is not None:
        yield HIT.c.verdict.is_(None) if search.verdict == "waiting" else HIT.c.verdict == search.verdict.value
    if search.entity is not None:
        yield HIT.c.id.in_(select(HIT_ENTITY.c.hit_id).where(HIT_ENTITY.c.entity == search.entity))
    if search.before is not None:
        yield HIT.c.id < search.before
