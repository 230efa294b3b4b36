"""Whether an expression holds: told by the matcher as a whole, then against the plainest reading of the language."""

import dataclasses
import time
from functools import cache
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.evaluate import EVERYWHERE, Evidence, Facts, Occurrence, Window, evaluate, places
from monitor.core.expressions import Expression, Reference
from monitor.core.facts import Names
from monitor.core.matcher import compile_matcher
from monitor.core.rules import parse
from monitor.core.types import Alias, Document, Entity, Field, Kind, Rule, Severity, Watchlist
from tests.core.rule_cases import DOCUMENTS, EXPRESSIONS, FIELDS, IDS, facts_of, plain_spots
from tests.examples import sized, times


def hits(when: str, *, title: str = "", text: str = "", lang: str | None = None) -> bool:
    """Return whether a rule holds for a document; a, b and c are the words Alpha, Bravo and Charlie."""
    names = {"a": "Alpha", "b": "Bravo", "c": "Charlie"}
    entities = tuple(
        Entity(
            one,
            Kind.PLACE if one == "c" else Kind.PERSON,
            name,
            "w",
            Severity.LOW,
            aliases=(Alias(name),),
            tags=frozenset({f"t{one}"}),
        )
        for one, name in names.items()
    )
    rule = Rule("r", "R", when, "w", Severity.LOW)
    matcher = compile_matcher([Watchlist("w", "W", Severity.LOW, entities=entities, rules=(rule,))], version="1")
    document = Document("1", title, text, lang, feed="Dawn", feed_tags=frozenset({"pakistan"}))
    return "r" in {match.rule for match in matcher.match(document).matches}


@pytest.mark.parametrize(
    ("when", "text", "holds"),
    [
        ("a AND b", "Alpha Bravo", True),
        ("a AND b", "Alpha", False),
        ("a OR b", "Bravo", True),
        ("a AND NOT b", "Alpha", True),
        ("a AND NOT b", "Alpha Bravo", False),
        ("kind:person", "Bravo", True),
        ("kind:place", "Bravo", False),
        ("tag:ta", "Alpha", True),
        ("watchlist:w AND c", "Charlie", True),
        ('"quick brown fox"', "the Quick-brown FOX ran", True),
        ('"quick brown fox"', "the quick brown foxes", False),
        ("a NEAR/2 b", "Alpha one Bravo", True),
        ("a NEAR/2 b", "Bravo one Alpha", True),
        ("a NEAR/2 b", "Alpha one two Bravo", False),
        ('a NEAR/3 (b OR "fox")', "fox one two Alpha", True),
        ("SENTENCE(a, b)", "Alpha met Bravo. Charlie left.", True),
        ("SENTENCE(a, c)", "Alpha met Bravo. Charlie left.", False),
        ("SENTENCE(a, c)", "Alpha met Dr. Charlie.", True),
        ("SENTENCE(a, c)", "Alpha met Bravo\n\nCharlie left.", False),
        ("SENTENCE(a, NOT b)", "Alpha met Bravo. Alpha left.", True),
        ("COUNT(a) >= 2", "Alpha, Alpha", True),
        ("COUNT(a) >= 2", "Alpha", False),
        ("COUNT(a OR b) >= 2", "Alpha Bravo", True),
        ("lang:ur AND a", "Alpha", True),
        ("lang:fa AND a", "Alpha", False),
        ("feed:dawn AND a", "Alpha", True),
        ("feed:pakistan AND a", "Alpha", True),
        ("feed:tass AND a", "Alpha", False),
    ],
)
def test_expressions_over_a_text(when: str, text: str, holds: bool) -> None:
    assert hits(when, text=text, lang="ur") is holds


def test_title_looks_at_the_title_alone() -> None:
    assert hits("TITLE(a)", title="Alpha")
    assert not hits("TITLE(a)", text="Alpha")
    assert hits('TITLE(a AND "fox")', title="Alpha fox")
    assert not hits("TITLE(a AND b)", title="Alpha", text="Bravo")


def test_nearness_does_not_cross_from_title_to_text() -> None:
    assert not hits("a NEAR/50 b", title="Alpha", text="Bravo")


def test_a_title_is_one_sentence() -> None:
    assert hits("SENTENCE(a, b)", title="Alpha: what now? Bravo")
    assert not hits("SENTENCE(a, b)", title="Alpha", text="Bravo")


NO_CLAIM = 'SENTENCE(a, "claimed" OR "claims responsibility", NOT ("no group" OR "denied"))'


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Alpha claimed the blast.", True),
        ("Alpha says no group has claimed the blast.", False),
        ("Alpha denied it. Alpha claims responsibility for another.", True),
        ("No group. Alpha claimed it.", True),
        ("Alpha spoke. Bravo claimed it.", False),
    ],
)
def test_a_claim_that_is_denied_in_its_sentence_is_none(text: str, holds: bool) -> None:
    assert hits(NO_CLAIM, text=text) is holds


@pytest.mark.parametrize(
    ("lang", "holds"), [("ar", True), ("ar-SA", True), ("AR_sa", True), ("arz", False), (None, False)]
)
def test_a_language_takes_in_its_regional_forms(lang: str | None, holds: bool) -> None:
    assert hits("a AND lang:ar", text="Alpha", lang=lang) is holds
    assert hits("a AND NOT lang:ar", text="Alpha", lang=lang) is not holds


def told(when: str, title: str = "", text: str = "", window: Window = EVERYWHERE) -> list[tuple[str, str, int]] | None:
    """Return name, field and start of the evidence in a document of words of one letter; see rule_cases.py."""
    found = evaluate(parse(when), facts_of(Document("1", title, text, "ar-SA")), window)
    return None if found is None else [(one.name, one.field, one.start) for one in found]


def test_evidence_is_the_first_place_of_each_part() -> None:
    assert told("b AND a", "x", "a b a b") == [("b", "text", 2), ("a", "text", 0)]
    assert told("b AND a", "a", "a b") == [("b", "text", 2), ("a", "title", 0)]
    assert told("c OR b OR a", "", "a b") == [("b", "text", 2)]
    assert told("NOT c", "", "a b") == []
    assert told("lang:ar", "", "a b") == []
    assert told("a AND a", "", "a") == [("a", "text", 0)]


def test_nearness_takes_the_first_of_the_left_side_and_the_nearest_of_the_right() -> None:
    assert told("a NEAR/4 b", "", "b x x a b a b") == [("a", "text", 6), ("b", "text", 8)]
    assert told("a NEAR/2 b", "", "b x x a x b") == [("a", "text", 6), ("b", "text", 10)]
    assert told("a NEAR/1 b", "a", "b") is None


def test_nearness_of_alternatives_and_of_nearness() -> None:
    assert told('(a OR c) NEAR/1 (b OR "d")', "", "a x c d") is not None
    assert told("(a NEAR/1 b) NEAR/3 c", "", "a b x x c") is not None
    assert told("(a NEAR/1 b) NEAR/3 c", "", "a x b x c") is None
    assert told("(a NEAR/1 b) NEAR/1 c", "", "a b x a x c a b c") is not None
    assert told('c NEAR/2 (a AND NOT "d")', "", "a x c") is not None
    assert told('c NEAR/2 (a AND NOT "d")', "", "a x c d") is None


def test_two_names_on_the_same_words_are_one_place() -> None:
    assert told("a NEAR/5 aa", "", "a x") is None
    assert told("a NEAR/5 a", "", "a x") is None
    assert told("a NEAR/5 aa", "", "a x a") == [("a", "text", 0), ("aa", "text", 4)]
    assert told("COUNT(a OR aa) >= 2", "", "a x") is None
    assert told("COUNT(tag:t) >= 2", "", "a x") is None
    assert told("COUNT(tag:t) >= 2", "", "a b") == [("a", "text", 0), ("b", "text", 2)]


def test_places_that_overlap_are_two_and_near_each_other() -> None:
    assert told("ab NEAR/1 b", "", "a b") == [("ab", "text", 0), ("b", "text", 2)]
    assert told("COUNT(ab OR b) >= 2", "", "a b") is not None


def test_count_counts_within_its_window() -> None:
    assert told("COUNT(a) >= 2", "a", "a") == [("a", "title", 0), ("a", "text", 0)]
    assert told("TITLE(COUNT(a) >= 2)", "a", "a a") is None
    assert told("SENTENCE(COUNT(a) >= 2, b)", "", "a . a b") is None
    assert told("SENTENCE(COUNT(a) >= 2, b)", "", "a . a b a") is not None
    assert told("COUNT(SENTENCE(a, b)) >= 3", "", "a b . a . a") is None
    assert told("COUNT(SENTENCE(a, b)) >= 3", "", "a b . a a . a b") is not None
    assert told("COUNT(a NEAR/1 b) >= 3", "", "a b x a b") is not None


def test_not_is_asked_within_the_window_around_it() -> None:
    assert told("TITLE(NOT a)", "b", "a") == []
    assert told("TITLE(NOT a)", "a", "") is None
    assert told("SENTENCE(NOT a)", "a", "a b . b") == []
    assert told("SENTENCE(NOT a)", "a", "a b .") is None
    assert told("SENTENCE(a, NOT b)", "", "a b . a") == [("a", "text", 6)]
    assert told("NOT SENTENCE(a, b)", "", "a . b") == []
    assert told("SENTENCE(a, NOT SENTENCE(b))", "", "a b . a c") == [("a", "text", 6)]


def test_a_title_within_a_sentence_is_the_title_itself() -> None:
    assert told("SENTENCE(a, TITLE(b))", "a b", "") is not None
    assert told("SENTENCE(a, TITLE(b))", "b", "a") is None
    assert told("TITLE(SENTENCE(a, b))", "a b", "") is not None


def test_an_expression_can_be_asked_of_one_window() -> None:
    assert told("a", "", "a x a", Window("text", 2, 5)) == [("a", "text", 4)]
    assert told("ab", "", "x a b", Window("text", 0, 4)) is None
    assert told("a", "a", "", Window("text", 0, 9)) is None


@settings(max_examples=times(6), deadline=None)
@given(EXPRESSIONS, DOCUMENTS, st.sampled_from(FIELDS), st.integers(0, 9), st.integers(0, 20))
@example(parse("(a NEAR/2 b) NEAR/1 (a OR ab)"), Document("1", "a b", "a a b . a b"), "text", 1, 9)
@example(parse("SENTENCE(a)"), Document("1", "a b", "a b . a"), "text", 2, 20)
@example(parse("SENTENCE(NOT c)"), Document("1", "c", "c . a b"), "text", 3, 2)
@example(parse("COUNT(over OR a) >= 2"), Document("1", "", "a b . a"), "text", 0, 5)
def test_it_agrees_with_trying_everything(
    expression: Expression, document: Document, field: Field, start: int, length: int
) -> None:
    facts = facts_of(document)
    spots = plain_spots(expression, facts, EVERYWHERE)
    assert (evaluate(expression, facts) is not None) is (spots is not None)
    found = places(expression, facts, *facts.span(EVERYWHERE))
    assert (found is None) is (spots is None)
    listed = [(one.field, one.start, one.end) for _, _, one in found or ()]
    assert listed == sorted(spots or (), key=lambda spot: (spot[0] != "title", *spot[1:]))
    end = len(getattr(document, field))
    for window in (*facts.sentences("text"), Window(field, min(start, end), min(start + length, end))):
        holds = plain_spots(expression, facts, window) is not None
        assert (evaluate(expression, facts, window) is not None) is holds


@settings(max_examples=times(2), deadline=None)
@given(EXPRESSIONS, DOCUMENTS)
def test_evidence_is_the_same_every_time_and_is_where_it_says(expression: Expression, document: Document) -> None:
    facts = facts_of(document)
    found = evaluate(expression, facts)
    assert found == evaluate(expression, facts) == evaluate(expression, facts_of(document))
    for one in found or ():
        assert getattr(document, one.field)[one.start : one.end] == one.surface
        assert one in facts.found[one.name]
    assert len(set(found or ())) == len(found or ())


SENTENCES = sized(100_000, quick=20_000)
SENTENCE_CHARS = 100


@cache
def found_in_large() -> dict[str, list[Occurrence]]:
    """Return what stands in a text of 10 MB: in each sentence two themes far apart, and the phrase "x" behind them."""
    places = {"a1": (0, 2, 0), "a2": (1, 2, 0), "b1": (0, 1, 50), "c1": (0, 1, 50), '"x"': (0, 1, 80)}
    return {
        name: [
            Occurrence(name, "text", start, start + 4, "word")
            for start in range(first * SENTENCE_CHARS + shift, SENTENCES * SENTENCE_CHARS, step * SENTENCE_CHARS)
        ]
        for name, (first, step, shift) in places.items()
    }


class Large:
    """The facts of that text, with a counter of the words looked up."""

    def __init__(self) -> None:
        self.looked_up = count()
        self.facts = Facts(
            Document("1", text=("word " * (SENTENCE_CHARS // 5)) * SENTENCES),
            found_in_large(),
            {Reference("theme", one, 0): frozenset({f"{one}1", f"{one}2"}) for one in "abc"},
            lambda field: [
                Window("text", start, start + SENTENCE_CHARS)
                for start in range(0, SENTENCES * SENTENCE_CHARS, SENTENCE_CHARS)
                if field == "text"
            ],
            self.word_at,
        )

    def word_at(self, field: Field, offset: int) -> int:
        next(self.looked_up)
        return offset // 5


@pytest.mark.parametrize(
    "when",
    [
        'SENTENCE(theme:a, theme:b, NOT "x") AND theme:a NEAR/3 theme:c',
        'SENTENCE(theme:a, theme:b, NOT "x") OR theme:a NEAR/3 theme:c',
        'SENTENCE(theme:a NEAR/3 theme:b, NOT "x")',
        "COUNT(SENTENCE(theme:a, theme:b) NEAR/3 theme:c) >= 999999",
        'SENTENCE(SENTENCE((theme:a OR "y"), NOT "x"))',
        "SENTENCE(NOT theme:a)",
        "(theme:a NEAR/5 theme:b) NEAR/2 (theme:b NEAR/5 theme:c)",
    ],
)
def test_ten_megabytes_full_of_names_are_no_match_and_no_wait(when: str) -> None:
    large = Large()
    expression = parse(when)
    begun = time.process_time()
    assert evaluate(expression, large.facts) is None
    assert time.process_time() - begun < 15.0  # a second or so on an idle machine; hours if lists were multiplied
    assert next(large.looked_up) <= 20 * SENTENCES


def test_a_sentence_is_looked_for_where_its_rarest_name_stands() -> None:
    large = Large()
    rare = Occurrence('"rare"', "text", 80, 84, "word")
    facts = dataclasses.replace(large.facts, found={**found_in_large(), '"rare"': [rare]})
    evaluate(parse("theme:a"), facts)
    begun = time.process_time()
    for number in range(200):
        assert evaluate(parse(f'SENTENCE(theme:a, theme:b NEAR/{number + 1} theme:z, "rare")'), facts) is None
    assert time.process_time() - begun < 10.0  # well below a second; minutes if all sentences were walked


def test_what_is_known_of_an_expression_is_worked_out_once() -> None:
    large = Large()
    expression = parse("theme:a NEAR/3 theme:c")
    answers: set[Evidence | None] = {evaluate(expression, large.facts) for _ in range(100)}
    assert answers == {None}
    assert next(large.looked_up) <= 6 * SENTENCES


def test_names_made_once_serve_all_documents_and_rules() -> None:
    names = Names(IDS)
    rules = [parse(when) for when in ("tag:t OR c", '"b c" AND tag:u', "COUNT(tag:t OR tag:u) >= 2")]
    for text in ("a b c", "c", "x", "b c . a"):
        alone = facts_of(Document("1", text=text))
        shared = dataclasses.replace(alone, ids=names)
        assert [evaluate(rule, shared) for rule in rules] == [evaluate(rule, alone) for rule in rules]
    assert names.of(rules[0]) == frozenset({"a", "aa", "b", "c"})
    assert names.of(rules[1]) is None
