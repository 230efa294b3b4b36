"""What is told of an expression without a document: its text, its names, the words it cannot hold without."""

import pytest
from hypothesis import given, settings

from monitor.core.evaluate import evaluate
from monitor.core.expressions import (
    And,
    Expression,
    Near,
    Phrase,
    Ref,
    Reference,
    children,
    references,
    required,
    share,
    spell,
)
from monitor.core.rules import MAX_DEPTH, parse
from monitor.core.types import Document
from tests.core.rule_cases import DOCUMENTS, EXPRESSIONS, IDS, facts_of, reference
from tests.examples import times


@settings(max_examples=times(3), deadline=None)
@given(EXPRESSIONS)
def test_an_expression_that_is_spelled_and_read_is_the_same(expression: Expression) -> None:
    assert parse(spell(expression)) == expression
    assert spell(parse(spell(expression))) == spell(expression)


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("(a   AND b) OR\n c", "a AND b OR c"),
        ("a AND (b OR c)", "a AND (b OR c)"),
        ("NOT (NOT (a NEAR/05 b))", "NOT NOT a NEAR/5 b"),
        ("a NEAR/5 (b NEAR/3 c)", "a NEAR/5 (b NEAR/3 c)"),
        ("(a NEAR/5 b) NEAR/3 c", "a NEAR/5 b NEAR/3 c"),
        ("(NOT a) AND (b)", "NOT a AND b"),
        ('SENTENCE( (a OR b), NOT " polio team" )', 'SENTENCE(a OR b, NOT "polio team")'),
        ("COUNT((a)) >= 003", "COUNT(a) >= 3"),
        ("“polio team” OR «Daesh»", '"polio team" OR "Daesh"'),
        ('feed:"Dawn News" AND tag:"x"', 'feed:"Dawn News" AND tag:x'),
    ],
)
def test_the_text_has_no_parenthesis_and_no_space_too_many(written: str, spelled: str) -> None:
    assert spell(parse(written)) == spelled


def test_expressions_are_equal_wherever_they_stand() -> None:
    assert parse("a AND b") == parse("  a   AND b")
    assert [one.column for one in references(parse("  a   AND b"))] == [2, 10]
    assert Phrase("x", 3) == Phrase("x", 5)
    assert Reference("id", "a", 1) != Reference("tag", "a", 1)


def test_equal_parts_can_be_made_one() -> None:
    pool: dict[Expression, Expression] = {}
    first = share(parse("a NEAR/5 b AND COUNT(c OR a NEAR/5 b) >= 2"), pool)
    second = share(parse("NOT TITLE(a NEAR/5 b)"), pool)
    near = children(first)[0]
    assert first == parse("a NEAR/5 b AND COUNT(c OR a NEAR/5 b) >= 2")
    assert isinstance(near, Near)
    assert children(children(children(first)[1])[0])[1] is near
    assert children(children(second)[0])[0] is near


COMMON = {"a": 3.0, "b": 1.0, "c": 5.0, '"p q"': 2.0, "aa": 1.0, "ab": 1.0, "over": 1.0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", {"a"}),
        ("a AND b", {"b"}),
        ("b AND a", {"b"}),
        ("tag:u AND a", {"a"}),
        ("tag:u AND c", {"c"}),
        ('a AND "p q"', {'"p q"'}),
        ("a OR b", {"a", "b"}),
        ('a OR "p q"', {"a", '"p q"'}),
        ("a OR NOT b", None),
        ("(a OR b) AND c", {"a", "b"}),
        ('"p q"', {'"p q"'}),
        ("NOT a", None),
        ("NOT a AND b", {"b"}),
        ("TITLE(tag:t)", {"a", "aa", "b"}),
        ("a NEAR/3 c", {"a"}),
        ("SENTENCE(c, a OR b)", {"a", "b"}),
        ("SENTENCE(NOT a)", None),
        ("COUNT(a) >= 2", {"a"}),
        ("lang:ur", None),
        ("lang:ur AND a", {"a"}),
        ("tag:none AND a", set()),
    ],
)
def test_the_rarest_words_that_an_expression_cannot_hold_without(text: str, expected: set[str] | None) -> None:
    keys = required(parse(text), IDS, COMMON.__getitem__)
    assert keys == (None if expected is None else frozenset(expected))


@settings(max_examples=times(3), deadline=None)
@given(EXPRESSIONS, DOCUMENTS)
def test_what_holds_has_one_of_its_required_words(expression: Expression, document: Document) -> None:
    facts = facts_of(document)
    keys = required(expression, IDS, lambda key: float(len(key)))
    if keys is not None and evaluate(expression, facts) is not None:
        assert keys & facts.found.keys()


DEEPEST = {
    "NOT": "NOT " * (MAX_DEPTH - 1) + "a",
    "NEAR": "a NEAR/1 " * (MAX_DEPTH - 1) + "a",
    "SENTENCE": "SENTENCE(" * (MAX_DEPTH - 1) + "a" + ")" * (MAX_DEPTH - 1),
    "COUNT": "COUNT(" * (MAX_DEPTH - 1) + "a" + ") >= 1" * (MAX_DEPTH - 1),
    "OR": "(b OR " * (MAX_DEPTH - 1) + "a" + ")" * (MAX_DEPTH - 1),
    "a mix": "COUNT(SENTENCE(b, TITLE(a AND (" * (MAX_DEPTH // 4 - 1) + "a" + ")))) >= 1" * (MAX_DEPTH // 4 - 1),
}


@pytest.mark.parametrize("text", DEEPEST.values(), ids=DEEPEST.keys())
def test_what_can_be_read_is_not_too_deep_for_anything_else(text: str) -> None:
    expression = parse(text)
    assert parse(spell(expression)) == expression
    assert share(expression, {}) == expression
    assert hash(expression) == hash(parse(text))
    assert repr(expression)
    required(expression, IDS, lambda _: 1.0)
    assert evaluate(And((expression, Ref(reference("id", "a").reference))), facts_of(Document("1", "a", "a"))) != ()
