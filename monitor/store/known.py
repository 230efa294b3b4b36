"""What is stored already of what a feed shows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from monitor.core.renamed import Report
from monitor.store.database import Database
from monitor.store.polls import ITEM, seen_entries
from monitor.store.tables import clean_key

CHUNK = 500
"""Values in one IN list; SQLite allows 32,766 and PostgreSQL 65,535 parameters, and plans short lists best."""


NEWEST = 500
"""Items of a feed among which one is looked for by its title: more than any feed lists. Titles have no index, and this
bounds what a look-up reads however old the feed is."""


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item that is stored, the hash of what its feed last said, and how many versions it has had."""

    id: int
    content_hash: str
    version: int


@dataclass(frozen=True, slots=True)
class StoredWords:
    """What an item says now. The first `own_chars` characters of the text are the feed's own; None means all."""

    title: str
    text: str
    url: str
    own_chars: int | None
    version: int = 1


def known_guids(db: Database, feed_id: int, guids: Collection[str]) -> set[str]:
    """Return those of `guids` that are stored for the feed."""
    return set(known_items(db, feed_id, guids))


def known_items(db: Database, feed_id: int, guids: Collection[str]) -> dict[str, KnownItem]:
    """Return the items that are stored for the feed under those of `guids` that are; several may lead to one."""
    stored: dict[str, list[str]] = {}
    for guid in guids:
        stored.setdefault(clean_key(guid), []).append(guid)
    names = list(stored)
    found: dict[str, KnownItem] = {}
    columns = ITEM.c["guid", "id", "content_hash", "version"]
    with db.read() as connection:
        for start in range(0, len(names), CHUNK):
            chunk = ITEM.c.guid.in_(names[start : start + CHUNK])
            for key, *values in connection.execute(select(*columns).where(ITEM.c.feed_id == feed_id, chunk)):
                found |= dict.fromkeys(stored[key], KnownItem(*values))
    return found


def stored_words(db: Database, item_ids: Collection[int]) -> Mapping[int, StoredWords]:
    """Return what items say now, by id."""
    ids, found = list(item_ids), dict[int, StoredWords]()
    columns = ITEM.c["id", "title", "text", "url", "own_chars", "version"]
    with db.read() as connection:
        for start in range(0, len(ids), CHUNK):
            query = select(*columns).where(ITEM.c.id.in_(ids[start : start + CHUNK]))
            found |= {item_id: StoredWords(*values) for item_id, *values in connection.execute(query)}
    return found


def reports_titled(db: Database, feed_id: int, titles: Collection[str]) -> list[tuple[Report, KnownItem]]:
    """Return the feed's newest items that have one of these titles, each as the report it is and as an item."""
    newest = select(ITEM.c.id).where(ITEM.c.feed_id == feed_id).order_by(ITEM.c.id.desc()).limit(NEWEST)
    columns = ITEM.c["id", "url", "title", "text", "published_at", "own_chars", "content_hash", "version"]
    wanted, found = list(titles), list[tuple[Report, KnownItem]]()
    with db.read() as connection:
        for start in range(0, len(wanted), CHUNK):
            titled = ITEM.c.title.in_(wanted[start : start + CHUNK])
            for row in connection.execute(select(*columns).where(ITEM.c.id.in_(newest), titled)):
                report = Report(row.id, row.url, row.title, row.text[: row.own_chars], row.published_at)
                found.append((report, KnownItem(row.id, row.content_hash, row.version)))
    return found


def known_hashes(db: Database, feed_id: int) -> frozenset[int]:
    """Return the hashes of the entries that the feed showed at its last poll, all of which are stored."""
    with db.read() as connection:
        return seen_entries(connection, feed_id)
