"""How often the watchlists were right."""

from monitor.core.marks import Score, scores
from monitor.core.types import Mark
from tests.render.samples import english_hits, make_hit


def test_marked_hits_count_for_what_made_them() -> None:
    by_rule, by_name = english_hits()
    hits = [make_hit(mark=Mark.RIGHT), make_hit(2, mark=Mark.WRONG), make_hit(3, mark=Mark.RIGHT), by_rule, by_name]
    found = scores(hits)
    twice = Score(2, 1)
    assert found.watchlists == {"jui-f": twice}
    assert found.rules == {("jui-f", "attack-on-jui-f"): twice}
    assert found.feeds == {("jui-f", "Sample Frontier Post"): twice}
    assert found.aliases == {("jui-f", "JUI-F"): twice, ("bajaur", "Bajaur"): twice}


def test_an_alias_that_stands_twice_in_an_item_counts_once() -> None:
    hit = make_hit(mark=Mark.WRONG)
    twice = make_hit(mark=Mark.WRONG, mentions=hit.mentions + hit.mentions)
    assert scores([twice]).aliases == scores([hit]).aliases


def test_precision_is_known_of_what_somebody_looked_at() -> None:
    assert (Score(3, 1).precision, Score(0, 2).precision, Score().precision) == (0.75, 0.0, None)
