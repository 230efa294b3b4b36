"""Why a rule holds, why it does not. Documents are words of one letter, see rule_cases.py."""

import pytest
from hypothesis import given, settings

from monitor.core.evaluate import Facts, Occurrence, evaluate
from monitor.core.expressions import Expression
from monitor.core.reasons import held, why_not
from monitor.core.rules import parse
from monitor.core.types import Document
from tests.core.rule_cases import DOCUMENTS, EXPRESSIONS, IDS, facts_of
from tests.examples import times


@pytest.mark.parametrize(
    ("when", "title", "text", "lines"),
    [
        ("a", "", "x a", ['a: "a" (text 2)']),
        ("a AND b", "b", "a", ['a: "a" (text 0)', 'b: "b" (title 0)']),
        ("tag:u NEAR/3 b AND NOT d", "", "b x c", ['tag:u NEAR/3 b: "c" (text 4), "b" (text 0)', "NOT d"]),
        ("a OR c OR b", "", "a b", ['a: "a" (text 0)', 'b: "b" (text 2)']),
        ("(a AND b) OR c", "", "b c", ['c: "c" (text 2)']),
        ('NOT TITLE("d") AND (a OR c)', "x", "c d", ['NOT TITLE("d")', 'c: "c" (text 0)']),
        ("lang:ar AND NOT feed:dawn AND a", "a", "", ["lang:ar", "NOT feed:dawn", 'a: "a" (title 0)']),
        ("SENTENCE(a OR c, b)", "", "a . b c", ['SENTENCE(a OR c, b): "c" (text 6), "b" (text 4)']),
        ("COUNT(a) >= 2", "a", "a", ['COUNT(a) >= 2: "a" (title 0), "a" (text 0)']),
        (
            "COUNT(a) >= 2",
            "",
            "a a a a a a a a",
            [
                'COUNT(a) >= 2: "a" (text 0), "a" (text 2), "a" (text 4), "a" (text 6), "a" (text 8), "a" (text 10) and 2 more'
            ],
        ),
        ("a AND b", "", "a", []),
    ],
)
def test_what_held_is_told_part_by_part_with_its_words(when: str, title: str, text: str, lines: list[str]) -> None:
    assert held(parse(when), facts_of(Document("1", title, text, "ar"))) == tuple(lines)


@pytest.mark.parametrize(
    ("when", "title", "text", "said"),
    [
        ("a AND b", "", "a", "b: not found"),
        ("a AND (b OR c)", "", "a", "b OR c: not found"),
        ("a AND (TITLE(a) OR c)", "", "a", 'TITLE(a): not in the title, only "a" in the text; c: not found'),
        ('a AND NOT TITLE("d")', "d x d", "a", 'NOT TITLE("d"): found "d" in the title'),
        ('a AND NOT (b AND "d")', "d", "a b", 'NOT (b AND "d"): found "b" in the text, "d" in the title'),
        (
            "NOT COUNT(tag:t) >= 2",
            "a",
            "a b a",
            'NOT COUNT(tag:t) >= 2: found "a" in the title, "a" in the text, "b" in the text',
        ),
        ("a AND NOT lang:ar", "", "a", "NOT lang:ar: lang:ar holds"),
        ("lang:ur", "", "a", "lang:ur: the item is in ar"),
        ("feed:dawn", "", "a", 'feed:dawn: the feed is "Tass", tagged moscow'),
        ("TITLE(a)", "", "", "TITLE(a): not found"),
        ("TITLE(a AND b)", "a", "b", 'TITLE(a AND b): b: not in the title, only "b" in the text'),
        ("a NEAR/2 b", "", "a x x b", 'a NEAR/2 b: "a" and "b" stand 3 words apart in the text'),
        ("a NEAR/2 b", "", "a x x x b x x a", 'a NEAR/2 b: "a" and "b" stand 3 words apart in the text'),
        ("a NEAR/9 b", "a", "b", 'a NEAR/9 b: "a" in the title, "b" in the text'),
        ("a NEAR/9 b", "a", "", "a NEAR/9 b: b: not found"),
        ("a NEAR/9 aa", "a", "", 'a NEAR/9 aa: both sides are the same words, "a" in the title'),
        ("a NEAR/9 (c OR NOT b)", "a", "", "a NEAR/9 (c OR NOT b): c OR NOT b stands at no place"),
        ("COUNT(a) >= 3", "a", "a", "COUNT(a) >= 3: found 2"),
        ("COUNT(a) >= 3", "", "", "COUNT(a) >= 3: found 0"),
        ("SENTENCE(a, c)", "", "a", "SENTENCE(a, c): c: not found"),
        ("SENTENCE(a, b, c)", "", "a . b c", 'SENTENCE(a, b, c): a: not in the sentence, only "a" in the text'),
        ('SENTENCE(a, b, NOT "d")', "", "a . a d b", 'SENTENCE(a, b, NOT "d"): NOT "d": found "d" in the text'),
        ('SENTENCE(NOT "d", a, b)', "", "d . a", 'SENTENCE(NOT "d", a, b): b: not found'),
        ("SENTENCE(NOT a)", "", "", "SENTENCE(NOT a): there is no sentence"),
        ("a OR NOT a", "", "", ""),
    ],
)
def test_what_failed_is_told_with_what_was_found_instead(when: str, title: str, text: str, said: str) -> None:
    document = Document("1", title, text, "ar", feed="Tass", feed_tags=frozenset({"moscow"}))
    assert why_not(parse(when), facts_of(document)) == said


def test_words_are_quoted_on_one_line_and_not_at_length() -> None:
    surfaces = {"a": "Abdul\n Hameed", "b": "b" * 90}
    found = {name: [Occurrence(name, "text", 0, len(text), text)] for name, text in surfaces.items()}
    facts = Facts(Document("1", text="x"), found, IDS, lambda _: [], lambda _, offset: offset)
    assert held(parse("a AND b"), facts) == ('a: "Abdul Hameed" (text 0)', f'b: "{"b" * 57}..." (text 0)')


@settings(max_examples=times(5), deadline=None)
@given(EXPRESSIONS, DOCUMENTS)
def test_a_rule_either_holds_or_is_told_why_not(expression: Expression, document: Document) -> None:
    facts = facts_of(document)
    lines, reason = held(expression, facts), why_not(expression, facts)
    if evaluate(expression, facts) is None:
        assert lines == ()
        assert ": " in reason
    else:
        assert lines
        assert reason == ""
