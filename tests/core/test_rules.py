"""The rule language: what is read. What is said of mistakes stands in test_slips.py."""

import pytest

from monitor.core.expressions import walk
from monitor.core.rules import And, Count, Near, Not, Or, Phrase, Ref, Sentence, Title, parse, references
from monitor.core.rules import Reference as Name


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
    assert [one.column for one in walk(expression) if isinstance(one, Phrase)] == [24]


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


@pytest.mark.parametrize("text", ['"polio team"', "“polio team”", "„polio team“", "«polio team»", "« polio team »"])
def test_phrases_may_be_in_the_quotation_marks_of_a_word_processor(text: str) -> None:
    assert parse(f"a AND {text}") == parse('a AND "polio team"')
    assert parse("feed:“Dawn News”") == Ref(Name("feed", "Dawn News", 0))


def test_an_expression_over_several_lines_is_one() -> None:
    assert parse("a AND\n  b") == parse("a AND   b")
