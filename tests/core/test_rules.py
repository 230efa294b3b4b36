"""The rule language: what is read, and what is said of a mistake."""

import pytest

from monitor.core.rules import And, Count, Near, Not, Or, Phrase, Ref, Sentence, Title, parse, references, required
from monitor.core.rules import Reference as Name
from monitor.errors import RuleSyntaxError


def test_from_loosest_to_tightest_or_and_not_near() -> None:
    expression = parse('a OR b AND NOT c NEAR/5 "d e"')
    assert isinstance(expression, Or)
    _, both = expression.parts
    assert isinstance(both, And)
    _, opposite = both.parts
    assert isinstance(opposite, Not)
    assert isinstance(opposite.part, Near)
    assert opposite.part.words == 5
    assert opposite.part.right == Phrase("d e", 24)


def test_every_construct_is_read() -> None:
    expression = parse('SENTENCE(a, "b", c OR d) AND TITLE(e) AND COUNT(f OR g) >= 3 AND (h)')
    assert isinstance(expression, And)
    sentence, title, count, ref = expression.parts
    assert isinstance(sentence, Sentence)
    assert len(sentence.parts) == 3
    assert isinstance(title, Title)
    assert isinstance(count, Count)
    assert count.least == 3
    assert ref == Ref(Name("id", "h", 66))


def test_selectors_and_their_columns() -> None:
    text = 'theme:attack OR tag:is-k OR watchlist:x OR kind:person OR feed:"Dawn News" OR lang:ur'
    assert [(one.kind, one.value, text[one.column :].split(":", maxsplit=1)[0]) for one in references(parse(text))] == [
        ("theme", "attack", "theme"),
        ("tag", "is-k", "tag"),
        ("watchlist", "x", "watchlist"),
        ("kind", "person", "kind"),
        ("feed", "Dawn News", "feed"),
        ("lang", "ur", "lang"),
    ]


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("", 0, "empty"),
        ("a AND", 5, "something must follow"),
        ("(a OR b", 7, "1 closing parenthesis missing"),
        ("a AND )", 6, "closing parenthesis that nothing opened"),
        ("a b", 2, "found b where AND, OR or NEAR/n was expected"),
        ("a and b", 2, "write AND in capitals"),
        ("not a", 4, "write NOT in capitals"),
        ("Taliban", 0, "put words to search into quotes"),
        ("name:x", 0, "unknown selector name:; there are theme:"),
        ('a AND "b', 6, "quotation mark without its partner"),
        ("a NEAR b", 2, "expected NEAR/n"),
        ("a AND AND b", 6, "did not expect AND"),
        ("(" * 200 + "a" + ")" * 200, 60, "nested deeper than 100"),
        ("NOT " * 200 + "a", 0, "nested deeper than 100"),
        ("a OR " * 5_000 + "a", 0, "longer than 20,000 characters"),
    ],
)
def test_a_mistake_is_told_with_its_column_and_a_hint(text: str, column: int, said: str) -> None:
    with pytest.raises(RuleSyntaxError) as error:
        parse(text)
    assert error.value.column == column
    assert said in error.value.message


def test_many_nots_side_by_side_are_not_deep() -> None:
    assert isinstance(parse(" AND ".join(["NOT a"] * 300)), And)


def test_an_expression_over_several_lines_is_one() -> None:
    assert parse("a AND\n  b") == parse("a AND   b")


IDS = {Name("id", name, 0): frozenset({name}) for name in "abc"} | {Name("tag", "t", 0): frozenset("xyz")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", {"a"}),
        ("tag:t AND a", {"a"}),
        ("a OR b", {"a", "b"}),
        ('a OR "p"', None),
        ('"p"', None),
        ("NOT a", None),
        ("NOT a AND b", {"b"}),
        ("TITLE(tag:t)", {"x", "y", "z"}),
        ("tag:t NEAR/3 c", {"c"}),
        ("SENTENCE(tag:t, a OR b)", {"a", "b"}),
        ("COUNT(a) >= 2", {"a"}),
        ("lang:ur", None),
    ],
)
def test_what_an_expression_cannot_hold_without(text: str, expected: set[str] | None) -> None:
    ids = {
        Name(one.kind, one.value, one.column): IDS[Name(one.kind, one.value, 0)]
        for one in references(parse(text))
        if one.kind != "lang"
    }
    assert required(parse(text), ids) == (None if expected is None else frozenset(expected))
