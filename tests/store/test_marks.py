"""What people said of hits is kept with them."""

from datetime import timedelta

from monitor.core.types import Mark
from monitor.store.database import Database
from monitor.store.marks import mark_hit, marked_hits
from tests.store.rows import NOW, make_hits


def test_the_last_word_counts_and_can_be_taken_back(db: Database) -> None:
    first, second = make_hits(db, 2)
    assert mark_hit(db, first.id, Mark.WRONG, who="ana", now=NOW)
    assert mark_hit(db, first.id, Mark.RIGHT, who="ben", now=NOW + timedelta(hours=1))
    assert mark_hit(db, second.id, Mark.WRONG, who="ana", now=NOW)
    assert [(hit.id, hit.mark, hit.marked_by) for hit in marked_hits(db)] == [
        (first.id, Mark.RIGHT, "ben"),
        (second.id, Mark.WRONG, "ana"),
    ]
    assert mark_hit(db, second.id, None, who="ana", now=NOW)
    [left] = marked_hits(db)
    assert (left.id, left.marked_at) == (first.id, NOW + timedelta(hours=1))


def test_a_hit_that_is_not_there_is_not_marked(db: Database) -> None:
    assert not mark_hit(db, 7, Mark.RIGHT, who="ana", now=NOW)
    assert marked_hits(db) == []
