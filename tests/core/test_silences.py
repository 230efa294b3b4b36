"""What a silence hides, and how it stands."""

from datetime import timedelta

import pytest

from monitor.core.silences import SilenceState, preview, silence_of, spell, state_of, unknown_names
from monitor.core.types import Entity, Kind, RouteMatch, Rule, Severity, Silence, Watchlist
from tests.render.samples import NOW, make_hit, make_item

HOUR = timedelta(hours=1)
JUI_F = RouteMatch(watchlist=frozenset({"jui-f"}))


def make_silence(id_: int = 1, match: RouteMatch = JUI_F, *, hours: int = 1) -> Silence:
    return Silence(id_, match, NOW, NOW + hours * HOUR, "ana", "why", "added", NOW)


def test_names_that_no_watchlist_knows_are_found_with_what_was_meant() -> None:
    eyl = Entity("eyl", Kind.PLACE, "Eyl", "piracy", Severity.HIGH)
    hijack = Rule("hijack", "Hijacking", "eyl", "piracy", Severity.HIGH)
    lists = [Watchlist("piracy", "Piracy", Severity.HIGH, entities=(eyl,), rules=(hijack,))]
    fine = RouteMatch(watchlist=frozenset({"piracy"}), rule=frozenset({"hijack", "entity:eyl"}), feed=frozenset({"x"}))
    assert unknown_names(fine, lists) == []
    wrong = RouteMatch(
        entity=frozenset({"eyll", "eyl"}), rule=frozenset({"entity:eyll"}), watchlist=frozenset({"is-k"})
    )
    assert unknown_names(wrong, lists) == [
        ("watchlist", "is-k", ""),
        ("rule", "entity:eyll", "entity:eyl"),
        ("entity", "eyll", "eyl"),
    ]


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (-HOUR, SilenceState.PENDING),
        (timedelta(0), SilenceState.ACTIVE),
        (HOUR - timedelta(seconds=1), SilenceState.ACTIVE),
        (HOUR, SilenceState.EXPIRED),
    ],
)
def test_how_a_silence_stands_follows_from_its_times(after: timedelta, state: SilenceState) -> None:
    assert state_of(make_silence(), now=NOW + after) is state


def test_a_hit_is_hidden_by_an_active_silence_that_matches_the_one_that_ends_last() -> None:
    other = RouteMatch(watchlist=frozenset({"isk-leaders"}))
    silences = [make_silence(1), make_silence(2, hours=2), make_silence(3, other, hours=9)]
    hidden_by = silence_of(silences, make_hit(), publishers=1, now=NOW)
    assert hidden_by is not None
    assert hidden_by.id == 2
    assert silence_of(silences, make_hit(), publishers=1, now=NOW + 2 * HOUR) is None
    assert silence_of([], make_hit(), publishers=1, now=NOW) is None


def test_a_preview_looks_at_past_hits_as_the_silence_would() -> None:
    hits = [make_hit(1), make_hit(2, watchlist="isk-leaders"), make_hit(3, make_item(story_id=None))]
    assert [hit.id for hit in preview(JUI_F, hits, publishers={})] == [1, 3]
    assert [hit.id for hit in preview(RouteMatch(publishers=2), hits, publishers={12: 2})] == [1, 2]


def test_conditions_are_told_in_words() -> None:
    match = RouteMatch(severity=frozenset({Severity.LOW, Severity.MEDIUM}), feed=frozenset({"Dawn"}), publishers=2)
    assert spell(match) == "severity low or medium, feed Dawn, publishers >=2"
    assert spell(RouteMatch()) == "everything"
