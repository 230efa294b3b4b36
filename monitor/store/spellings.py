"""By which spellings entities were found for the first time."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from monitor.core.text import fold_all
from monitor.core.types import EntityRef, Kind, Mention
from monitor.store.inserts import insert_new
from monitor.store.tables import SpellingRow

SPELLING = SpellingRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes


def keep_spellings(
    connection: Connection,
    found: Iterable[tuple[int, Mention]],
    entities: Mapping[str, EntityRef],
    *,
    now: datetime,
) -> None:
    """Keep the spellings of mentions (with their item's id) that are there for the first time.

    A spelling is what is left of the words when they are folded: "IS-K" and "IS–K" are one. Themes have none: that a
    report says "blast" for the first time is no news.
    """
    by_words = {
        (mention.entity, mention.surface): item_id
        for item_id, mention in reversed(list(found))
        if mention.entity in entities and entities[mention.entity].kind is not Kind.THEME
    }
    folded = fold_all([surface for _, surface in by_words])
    rows = {
        (entity, letters): {
            "entity": entity,
            "folded": letters,
            "surface": surface,
            "item_id": item_id,
            "first_at": now,
        }
        for ((entity, surface), item_id), letters in zip(by_words.items(), folded, strict=True)
    }
    if rows:
        ordered = [rows[key] for key in sorted(rows)]  # in one order, or two writers could wait for each other
        connection.execute(insert_new(connection, SPELLING), ordered)
