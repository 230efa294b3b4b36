"""Items have versions: the newest is in the item's row, those before it in a table beside it.

An edit is applied within the transaction of whoever found it, a poll or a second look at an article. Old words stay as
long as somebody may need them: the first ones, the recent ones, and those that a hit was made from.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    ScalarSelect,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from monitor.core.edits import headline_changed, may_tell
from monitor.core.types import Change, EditedItem, EntityRef, Version
from monitor.store.database import Database
from monitor.store.feeds import FEED
from monitor.store.held import is_told_elsewhere
from monitor.store.hits import HIT, ITEM, Matched, insert_hits
from monitor.store.tables import AlertHitRow, ItemVersionRow, clean
from monitor.store.words import refresh_words

ITEM_VERSION = ItemVersionRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
ALERT_HIT = AlertHitRow.__table__  # type: ignore[attr-defined]  # as above

RECENT = 12
"""Earlier versions that are kept beside the first one and those with hits: what an editor changes in a day. A live
report, or a page with a counter we do not know, is edited at every poll, and must end somewhere."""

CHUNK = 200
"""Items edited with one statement; each may hold 200,000 characters."""

WAS_TOLD = ALERT_HIT.c.told_at.is_not(None) | ALERT_HIT.c.change.is_not(None)
"""That the receiver of an alert was told of a hit, whatever is to be told again."""

_Rows = Mapping[int, RowMapping]
"""Items as they were before an edit, by id."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What edits did: the items that say something else now, their new hits, and how many hits are due to be told.

    stale   items that changed since their new words were put together, and were left alone
    """

    item_ids: tuple[int, ...] = ()
    hits: int = 0
    alerting: int = 0
    stale: frozenset[int] = frozenset()


def apply_edits(
    connection: Connection,
    edits: Sequence[EditedItem],
    *,
    watchlist_version: str,
    entities: Mapping[str, EntityRef],
    now: datetime,
) -> Edited:
    """Give items their new words, with hits for the rules they had none for; of two edits of an item the first counts.

    An item that says already what an edit says is left alone, so the same edits twice are applied once. A new headline
    is told to those who were told of the item, where `tell_again` allows. Where the text of an article is added to what
    the feed said, and nothing else changes, the item stays in its version: no word of it is another, and the mentions
    of its hits stand where they stood.
    """
    by_id = {edit.item_id: edit for edit in reversed(edits)}
    done, stale = [], set[int]()
    for ids in _chunks(list(by_id)):
        before = {row["id"]: row for row in connection.execute(_lock(ids)).mappings()}
        known = [by_id[one] for one in ids if one in before]
        stale |= {one.item_id for one in known if one.of_version not in (None, before[one.item_id]["version"])}
        fresh = [_with_article(before[one.item_id], one) for one in known if one.item_id not in stale]
        changed = [edit for edit in fresh if _differs(before[edit.item_id], edit)]
        if changed:
            longer = {edit.item_id for edit in changed if _is_longer(before[edit.item_id], edit)}
            _add_articles(connection, [edit for edit in changed if edit.item_id in longer])
            _replace_words(connection, [edit for edit in changed if edit.item_id not in longer], before, now=now)
            here = ITEM.c.id.in_([edit.item_id for edit in changed])
            connection.execute(update(ITEM).where(here).values(watchlist_version=watchlist_version))
            refresh_words(connection, [edit.item_id for edit in changed])
            matched = _without_hits(connection, changed, before, longer=longer)
            hits = insert_hits(connection, matched, watchlist_version=watchlist_version, entities=entities, now=now)
            renamed = [one.item_id for one in changed if headline_changed(before[one.item_id]["title"], one.title)]
            told = tell_again(connection, renamed, Change.HEADLINE)
            alerting = sum(len(one.matches) for one in matched if not one.old_news) + told
            done.append(Edited(tuple(edit.item_id for edit in changed), hits, alerting))
    return Edited(
        tuple(item_id for one in done for item_id in one.item_ids),
        sum(one.hits for one in done),
        sum(one.alerting for one in done),
        frozenset(stale),
    )


def withdraw(connection: Connection, item_ids: Collection[int], *, now: datetime) -> int:
    """Say that publishers took items back; return how many hits are to be told again. Withdrawn ones are left alone."""
    there = ITEM.c.id.in_(list(item_ids)) & ITEM.c.withdrawn_at.is_(None)
    gone = connection.execute(update(ITEM).where(there).values(withdrawn_at=now).returning(ITEM.c.id)).scalars().all()
    return tell_again(connection, gone, Change.WITHDRAWN)


def restore(connection: Connection, item_ids: Collection[int]) -> int:
    """Say that withdrawn items can be read again; return how many hits are to be told again. Others are left alone."""
    gone = ITEM.c.id.in_(list(item_ids)) & ITEM.c.withdrawn_at.is_not(None)
    back = connection.execute(update(ITEM).where(gone).values(withdrawn_at=None).returning(ITEM.c.id)).scalars().all()
    return tell_again(connection, back, Change.RESTORED)


def tell_again(
    connection: Connection, item_ids: Collection[int], change: Change, *, alert_id: str | None = None
) -> int:
    """Make due what was told of items that changed, in one alert or in all; return how many hits of alerts that are.

    Only for feeds with `full_text`, whose articles are looked at again, and only as often as `core/edits.py` allows:
    what counts is what is told, so a further change before that costs nothing. A hit nobody was told of yet will be
    told with the change, and one that was told with others that were held back is told again there. When the alert is
    due the alert job decides.
    """
    here = true() if alert_id is None else ALERT_HIT.c.alert_id == alert_id
    count = 0
    for ids in _chunks(list(item_ids)):
        query = (
            select(ALERT_HIT.c["alert_id", "hit_id", "told_at"], ITEM.c.id, ITEM.c.changes_told)
            .join(HIT, HIT.c.id == ALERT_HIT.c.hit_id)
            .join(ITEM, ITEM.c.id == HIT.c.item_id)
            .join(FEED, FEED.c.id == ITEM.c.feed_id)
            .where(ITEM.c.id.in_(ids), FEED.c.full_text, WAS_TOLD, here, ~is_told_elsewhere())
        )
        rows = [row for row in connection.execute(query) if row.told_at is None or may_tell(change, row.changes_told)]
        _make_untold(connection, [(row.alert_id, row.hit_id) for row in rows], change)
        counted = ITEM.c.id.in_({row.id for row in rows if row.told_at is not None})
        connection.execute(update(ITEM).where(counted).values(changes_told=ITEM.c.changes_told + 1))
        count += len(rows)
    return count


def _make_untold(connection: Connection, links: Sequence[tuple[str, int]], change: Change) -> None:
    """Say of hits in alerts that they are to be told because of a change."""
    if links:
        link = and_(ALERT_HIT.c.alert_id == bindparam("alert"), ALERT_HIT.c.hit_id == bindparam("hit"))
        rows = [{"alert": alert_id, "hit": hit_id} for alert_id, hit_id in links]
        connection.execute(update(ALERT_HIT).where(link).values(told_at=None, change=change.value), rows)


def history(db: Database, item_id: int) -> list[Version]:
    """Return what an item said, oldest first, its newest version last; [] for one that is not there."""
    earlier = select(ITEM_VERSION.c["number", "title", "text", "seen_at"]).where(ITEM_VERSION.c.item_id == item_id)
    newest = select(ITEM.c.version, ITEM.c.title, ITEM.c.text, _seen_at()).where(ITEM.c.id == item_id)
    with db.read() as connection:
        rows = connection.execute(earlier.order_by(ITEM_VERSION.c.number)).all()
        return [Version(*row) for row in (*rows, *connection.execute(newest).all())]


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield ids in order, so that two transactions never wait for each other, in chunks."""
    ordered = sorted(ids)
    yield from (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


def _lock(ids: Collection[int]) -> Any:  # noqa: ANN401 - a query of SQLAlchemy
    """Return the query of items about to be changed; on PostgreSQL no other transaction changes them meanwhile."""
    columns = ITEM.c["id", "title", "text", "own_chars", "url", "content_hash", "version", "story_id"]
    return select(*columns).where(ITEM.c.id.in_(ids)).order_by(ITEM.c.id).with_for_update()


def _differs(row: RowMapping, edit: EditedItem) -> bool:
    """Return whether an edit says anything else than the row."""
    return bool((row["title"], row["text"]) != (clean(edit.title), clean(edit.text)))


def _with_article(row: RowMapping, edit: EditedItem) -> EditedItem:
    """Return an edit that a feed shows with the article that was found while it was read; its own words stay first."""
    if edit.content_hash is None or edit.own_chars is not None or row["own_chars"] is None:
        return edit
    return replace(edit, text=edit.text + row["text"][row["own_chars"] :], own_chars=len(edit.text))


def _is_longer(row: RowMapping, edit: EditedItem) -> bool:
    """Return whether an edit adds an article to what the feed said, and changes nothing."""
    if row["own_chars"] is not None or edit.own_chars is None or row["title"] != clean(edit.title):
        return False
    return bool(row["text"] == clean(edit.text[: edit.own_chars]))


def _add_articles(connection: Connection, edits: Sequence[EditedItem]) -> None:
    """Put the text of articles behind what feeds said."""
    if edits:
        words: dict[str, Any] = {"text": bindparam("new_text"), "own_chars": bindparam("new_own")}
        rows = [{"item": edit.item_id, "new_text": edit.text, "new_own": edit.own_chars} for edit in edits]
        connection.execute(update(ITEM).where(ITEM.c.id == bindparam("item")).values(words), rows)


def _seen_at() -> Any:  # noqa: ANN401 - an expression of SQLAlchemy
    """Return when the newest version of an item was first seen."""
    return func.coalesce(ITEM.c.edited_at, ITEM.c.fetched_at, type_=ITEM.c.fetched_at.type)


def _replace_words(connection: Connection, edits: Sequence[EditedItem], before: _Rows, *, now: datetime) -> None:
    """Put the words of items aside and new ones in their place."""
    if not edits:
        return
    ids = [edit.item_id for edit in edits]
    _keep_words(connection, ids)
    _forget_words(connection, ids)
    statement = (
        update(ITEM)
        .where(ITEM.c.id == bindparam("item"))
        .values(
            title=bindparam("new_title"),
            text=bindparam("new_text"),
            url=bindparam("new_url"),
            content_hash=bindparam("new_hash"),
            own_chars=bindparam("new_own"),
            version=ITEM.c.version + 1,
            edited_at=now,
        )
    )
    rows = [
        {
            "item": edit.item_id,
            "new_title": edit.title,
            "new_text": edit.text,
            "new_url": edit.url or before[edit.item_id]["url"],
            "new_hash": edit.content_hash or before[edit.item_id]["content_hash"],
            "new_own": edit.own_chars,
        }
        for edit in edits
    ]
    connection.execute(statement, rows)


def _keep_words(connection: Connection, ids: Collection[int]) -> None:
    """Copy what items say to their history, unless it stands there: feeds that go back and forth keep both, once.

    Words that a hit was made from are kept under the number it names.
    """
    has_hit = select(HIT.c.id).where(HIT.c.item_id == ITEM.c.id, HIT.c.version == ITEM.c.version).exists()
    same = and_(
        ITEM_VERSION.c.item_id == ITEM.c.id, ITEM_VERSION.c.title == ITEM.c.title, ITEM_VERSION.c.text == ITEM.c.text
    )
    known = select(literal(1)).select_from(ITEM_VERSION).where(same).exists()
    words = select(ITEM.c.id, ITEM.c.version, ITEM.c.title, ITEM.c.text, ITEM.c.own_chars, _seen_at())
    query = words.where(ITEM.c.id.in_(ids), or_(has_hit, ~known))
    columns = ["item_id", "number", "title", "text", "own_chars", "seen_at"]
    connection.execute(insert(ITEM_VERSION).from_select(columns, query))


def _forget_words(connection: Connection, ids: Collection[int]) -> None:
    """Delete the versions of items that nobody needs."""
    has_hit = select(HIT.c.id).where(HIT.c.item_id == ITEM_VERSION.c.item_id, HIT.c.version == ITEM_VERSION.c.number)
    middle = (ITEM_VERSION.c.number > 1) & (_later() >= RECENT) & ~has_hit.exists()
    connection.execute(delete(ITEM_VERSION).where(ITEM_VERSION.c.item_id.in_(ids), middle))


def _later() -> ScalarSelect[int]:
    """Return how many kept versions of an item are newer than one."""
    other = ITEM_VERSION.alias("later")
    newer = and_(other.c.item_id == ITEM_VERSION.c.item_id, other.c.number > ITEM_VERSION.c.number)
    return select(func.count()).select_from(other).where(newer).scalar_subquery()


def _without_hits(
    connection: Connection, edits: Sequence[EditedItem], before: _Rows, *, longer: Set[int]
) -> list[Matched]:
    """Return what was found in new words that the items have no hit for; those of `longer` stay in their version."""
    ids = [edit.item_id for edit in edits if edit.matches]
    query = select(HIT.c.item_id, HIT.c.rule).where(HIT.c.item_id.in_(ids))
    known = {(row.item_id, row.rule) for row in connection.execute(query)}
    return [
        Matched(
            item_id=edit.item_id,
            matches=[match for match in edit.matches if (edit.item_id, clean(match.rule)) not in known],
            old_news=edit.old_news,
            version=before[edit.item_id]["version"] + (edit.item_id not in longer),
            story_id=before[edit.item_id]["story_id"],
        )
        for edit in edits
    ]
