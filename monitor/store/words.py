"""The words of items with hits, kept and looked for.

SQLite has FTS5 and PostgreSQL its text search for it; both get words that are folded and parted by us (core/search.py),
so that the same search finds the same items. What maintains the indexes is in migration 0018.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Select, column, func, literal_column, select, table
from sqlalchemy.dialects import postgresql, sqlite

from monitor.core.search import Term, searched
from monitor.store.database import Database
from monitor.store.tables import ItemRow, ItemWordsRow

ITEM = ItemRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
WORDS = ItemWordsRow.__table__  # type: ignore[attr-defined]  # as above

CHUNK = 200
"""Items whose texts are held at a time."""

_SIMPLE: ColumnElement[str] = literal_column("'simple'::regconfig")
"""PostgreSQL's configuration that takes words as they are (postgresql.org, "Simple Dictionary")."""

_FTS = table("item_words_fts", column("rowid"), column("item_words_fts"))


def keep_words(connection: Connection, item_ids: Sequence[int]) -> None:
    """Keep what items say now, for people who look for it."""
    for start in range(0, len(item_ids), CHUNK):
        query = select(ITEM.c["id", "title", "text"]).where(ITEM.c.id.in_(item_ids[start : start + CHUNK]))
        rows = [
            {"item_id": row.id, "words": searched(row.title, row.text)}
            for row in connection.execute(query.order_by(ITEM.c.id))
        ]
        if rows:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            statement = dialect.insert(WORDS)
            said = {"words": statement.excluded.words}
            connection.execute(statement.on_conflict_do_update(index_elements=["item_id"], set_=said), rows)


def refresh_words(connection: Connection, item_ids: Sequence[int]) -> None:
    """Keep what items say now, of those whose words are kept."""
    kept = select(WORDS.c.item_id).where(WORDS.c.item_id.in_(item_ids))
    keep_words(connection, connection.execute(kept).scalars().all())


def holding(db: Database, terms: Sequence[Term]) -> Select[tuple[int]]:
    """Return the query of the items in which all terms stand."""
    if db.dialect == "sqlite":
        asked = " ".join('"' + " ".join(term.words) + ('" *' if term.open else '"') for term in terms)
        return select(_FTS.c.rowid).where(_FTS.c.item_words_fts.op("MATCH")(asked))
    vector, query = func.to_tsvector(_SIMPLE, WORDS.c.words), func.to_tsquery(_SIMPLE, _tsquery(terms))
    return select(WORDS.c.item_id).where(vector.op("@@")(query))


def holding_between(db: Database, terms: Sequence[Term], first: int, last: int) -> Select[tuple[int]]:
    """Return the query of those with an id of that range."""
    item_id = _FTS.c.rowid if db.dialect == "sqlite" else WORDS.c.item_id
    return holding(db, terms).where(item_id.between(first, last))


def _tsquery(terms: Sequence[Term]) -> str:
    """Return terms as PostgreSQL's to_tsquery has them; folded words hold letters and digits only."""
    each = [[f"'{word}'" for word in term.words] for term in terms]
    for term, words in zip(terms, each, strict=True):
        if term.open:
            words[-1] += ":*"
    return " & ".join(f"({' <-> '.join(words)})" for words in each)
