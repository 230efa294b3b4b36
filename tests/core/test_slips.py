"""Mistakes in expressions: each is shown at its column, counted from 0 here, with its cure."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.rules import MAX_CHARS, MAX_DEPTH, parse
from monitor.errors import RuleSyntaxError
from tests.examples import times

OPERATORS = [
    ("a and b", 2, "write AND in capitals"),
    ("a Or b", 2, "write OR in capitals"),
    ("not a", 0, "write NOT in capitals"),
    ("a AND not b", 6, "write NOT in capitals"),
    ("and", 0, "write AND in capitals"),
    ("a AND AND b", 6, "did not expect AND here, a part is missing after AND"),
    ("AND b", 0, "did not expect AND here, a part is missing on its left"),
    ("a AND", 5, "something must follow AND"),
    ("a AND NOT", 9, "something must follow NOT"),
    ("NOT", 3, "something must follow NOT"),
    ("a NOT b", 2, "write AND NOT"),
    ("a ANDNOT b", 2, "write AND NOT"),
    ("a & b", 2, "write AND for &"),
    ("a && b", 2, "write AND for &&"),
    ("a + b", 2, "write AND for +"),
    ("a | b", 2, "write OR for |"),
    ("a || b", 2, "write OR for ||"),
    ("a AND !b", 6, "write NOT for !"),
    ("-a", 0, "write NOT for -"),
    ("AND(a, b)", 0, "did not expect AND here"),
]

NEARNESS = [
    ("a NEAR b", 2, "expected NEAR/n"),
    ("a NEAR 5 b", 2, "write NEAR/5, with a slash and no spaces"),
    ("a NEAR5 b", 2, "write NEAR/5, with a slash and no spaces"),
    ("a NEAR/ 5 b", 2, "write NEAR/5, with a slash and no spaces"),
    ("a near/5 b", 2, "write NEAR/5 in capitals"),
    ("near/5 b", 0, "for words close by write a NEAR/5 b"),
    ("a near b", 2, "write NEAR/n in capitals"),
    ("a W/5 b", 2, "for words close by write NEAR/5"),
    ("a ~5 b", 2, "for words close by write NEAR/5"),
    ("a NEAR/0 b", 2, "NEAR/1 are neighbours"),
    ("a NEAR/12345 b", 2, "up to 9999 words"),
    ("a NEAR/5b", 2, "write a space after NEAR/5"),
    ("NEAR/5 b", 0, "did not expect NEAR/5 here, a part is missing on its left"),
    ("a NEAR/5", 8, "something must follow NEAR/5"),
    ("a NEAR/5 AND b", 9, "did not expect AND here, a part is missing after NEAR/5"),
    ("a NEAR/5 NOT b", 9, "write a AND NOT a NEAR/5 b"),
    ("a NEAR/5 (NOT b)", 14, "nothing can be near NOT b, which stands at no place"),
    ("lang:ur NEAR/5 b", 0, "nothing can be near lang:ur"),
]

COUNTS = [
    ("COUNT(a) > 3", 9, "write >= 4"),
    ("COUNT(a) = 3", 9, "COUNT knows at least only: write >= 3"),
    ("COUNT(a) == 3", 9, "COUNT knows at least only: write >= 3"),
    ("COUNT(a) ≥ 3", 9, "write >= 3"),
    ("COUNT(a) => 3", 9, "write >= 3"),
    ("COUNT(a) < 3", 9, "write NOT COUNT(...) >= 3"),
    ("COUNT(a) <= 3", 9, "write NOT COUNT(...) >= 4"),
    ("COUNT(a)", 8, "must be followed by >= and a number"),
    ("COUNT(a) AND b", 9, "must be followed by >= and a number"),
    ("COUNT(a) >=", 11, "a number from 1 to 999999 must follow >="),
    ("COUNT(a) >= x", 12, "a number from 1 to 999999 must follow >="),
    ("COUNT(a) >= 0", 12, "for no mention write NOT"),
    ("COUNT a >= 3", 6, "parentheses must follow COUNT: COUNT(a) >= 3"),
    ("COUNT", 0, "parentheses must follow COUNT"),
    ("a >= 3", 2, "only COUNT is compared with a number"),
    ("COUNT(a, b) >= 3", 7, "write AND or OR"),
    ("COUNT(NOT a) >= 2", 10, "nothing can be counted of NOT a, which stands at no place"),
]

PARENTHESES = [
    ("(a OR b", 7, "1 closing parenthesis missing; the last one open is at column 1"),
    ("a OR (b AND (c OR d)", 20, "1 closing parenthesis missing; the last one open is at column 6"),
    ("((a", 3, "2 closing parentheses missing; the last one open is at column 2"),
    ("a)", 1, "found a closing parenthesis that nothing opened"),
    ("a AND )", 6, "a part is missing between AND and )"),
    ("a AND ()", 6, "nothing between the parentheses"),
    ("TITLE()", 5, "nothing between the parentheses"),
    ("[a OR b]", 0, "write ( for ["),
    ("a, b", 1, "a comma stands between the parts of SENTENCE(a, b) only"),
    ("TITLE(a, b)", 7, "a comma stands between the parts of SENTENCE(a, b) only"),
    ("SENTENCE((a, b))", 11, "a comma stands between the parts of SENTENCE(a, b) only"),
    ("SENTENCE(a,)", 11, "a part is missing between , and )"),
    ("SENTENCE(,a)", 9, "a part is missing before the comma"),
    ("SENTENCE a, b", 9, "parentheses must follow SENTENCE: SENTENCE(a, b)"),
    ("sentence(a, b)", 0, "write SENTENCE in capitals"),
    ("a AND Title(b)", 6, "write TITLE in capitals"),
    ("SENTENC(a, b)", 0, "did you mean SENTENCE?"),
    ("a AND any(b)", 6, "any(...) is unknown; there are SENTENCE, TITLE, COUNT"),
]

NAMES = [
    ("", 0, "the expression is empty"),
    ("a b", 2, 'found b where AND, OR or NEAR/n was expected; words that belong together go into quotes: "a b"'),
    ('"a" b', 4, "found b where AND, OR or NEAR/n was expected"),
    ("a (b)", 2, "found ( where AND, OR or NEAR/n was expected"),
    ("IS-K", 0, "write is-k, or put words to search into quotes"),
    ("is-K AND b", 0, "write is-k, or"),
    ("is_k", 0, "write is-k, or"),
    ("a AND Taliban", 6, 'write taliban, or put words to search into quotes: "Taliban"'),
    ("a OR داعش", 5, 'put words to search into quotes: "داعش"'),
    ("tag: x", 0, "no space after the colon: tag:x"),
    ("tag :x", 4, "no space before the colon: tag:x"),
    ("tag:", 0, "a name must follow tag:"),
    ("tag:(a OR b)", 0, "for several repeat the selector"),
    ("Tag:x", 0, "selectors are in lower case: tag:x"),
    ("tags:x", 0, "did you mean tag:?"),
    ("name:x", 0, "unknown selector name:; there are theme:"),
    ("title:x", 0, "write TITLE(x)"),
    ("entity:is-k", 0, "write the id alone: is-k"),
    ("bomb*", 0, "there are no wildcards"),
    ('a OR "bomb* threat"', 5, "there are no wildcards"),
    ('a AND "b', 6, "a quotation mark without its partner"),
    ("“polio", 0, "a quotation mark without its partner"),
    ('“polio"', 0, "a quotation mark without its partner"),
    ('feed:"Dawn', 5, "a quotation mark without its partner"),
    ("'polio team'", 0, 'put words to search for into double quotes: "polio team"'),
    ('a AND ""', 6, "nothing to search for between the quotation marks"),
    ('a AND "--"', 6, "nothing to search for between the quotation marks"),
    ("a AND\u200f b", 5, "an invisible character, U+200F; delete it"),
    ("a; b", 1, "did not expect ';' here"),
]


@pytest.mark.parametrize(("text", "column", "said"), [*OPERATORS, *NEARNESS, *COUNTS, *PARENTHESES, *NAMES])
def test_a_mistake_is_told_with_its_column_and_its_cure(text: str, column: int, said: str) -> None:
    with pytest.raises(RuleSyntaxError) as error:
        parse(text)
    assert (error.value.column, error.value.expression) == (column, text)
    assert said in error.value.message


TOO_DEEP = {
    "one parenthesis": "(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1),
    "one NOT": "NOT " * MAX_DEPTH + "a",
    "one NEAR": "a NEAR/5 " * MAX_DEPTH + "a",
    "parentheses": "(" * 1000 + "a" + ")" * 1000,
    "parentheses not closed": "(" * 1000,
    "NOT": "NOT " * 1000 + "a",
    "NOT and parentheses by turns": ("(" + "NOT " * 99) * 40 + "a" + ")" * 40,
    "NEAR": "a NEAR/5 " * 1000 + "a",
    "SENTENCE": "SENTENCE(" * 1000 + "a" + ")" * 1000,
    "COUNT": "COUNT(" * 1000 + "a" + ") >= 1" * 1000,
    "a mix": "COUNT(NOT SENTENCE((TITLE(" * 200 + "a" + ")))) >= 1" * 200,
}


@pytest.mark.parametrize("text", TOO_DEEP.values(), ids=TOO_DEEP.keys())
def test_an_expression_that_is_too_deep_is_refused_at_the_place(text: str) -> None:
    with pytest.raises(RuleSyntaxError, match="nested deeper than 100 levels") as error:
        parse(text)
    assert 0 <= error.value.column < len(text)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize("text", ["a OR " * 20_000 + "a", "(" * 100_000, '"' * 100_000, "« " * 50_000])
def test_an_expression_that_is_too_long_is_refused(text: str) -> None:
    with pytest.raises(RuleSyntaxError, match="longer than 20,000 characters"):
        parse(text)


def test_many_parts_side_by_side_are_not_deep() -> None:
    parse(" AND ".join(["NOT a"] * 300))
    parse(" OR ".join(["(a)"] * 300))


def test_a_long_expression_is_shown_around_the_mistake() -> None:
    with pytest.raises(RuleSyntaxError) as error:
        parse("a OR " * 200 + "b and c" + " OR d" * 200)
    said, shown, caret = str(error.value).split("\n")
    assert said.endswith("at column 1003")
    assert len(shown) <= 2 + 3 + 100 + 3
    assert shown[caret.index("^") :].startswith("and c OR")


PIECES = st.sampled_from(
    "a b is-k IS-K AND OR NOT and not NEAR/5 NEAR 5 ( ) , \" “ ” « » SENTENCE( TITLE( COUNT( >= > 3 tag:x tag: : * & | ! - ' داعش \u200f".split(
        " "
    )
)


@settings(max_examples=times(4), deadline=None)
@given(
    st.one_of(
        st.text(max_size=30), st.lists(PIECES, max_size=12).map(" ".join), st.lists(PIECES, max_size=12).map("".join)
    )
)
def test_whatever_is_written_is_read_or_explained(text: str) -> None:
    error = refusal(text)
    assert error is None or (0 <= error.column <= len(text) and error.message)


def refusal(text: str) -> RuleSyntaxError | None:
    """Return what is said of an expression that cannot be read; any other error is for the test to fail with."""
    try:
        parse(text)
    except RuleSyntaxError as error:
        return error
    return None


@pytest.mark.parametrize(
    "piece", ["(", "NOT ", "a ", "«", "“", '"', "a AND ", "a NEAR/5 ", "SENTENCE(", "COUNT(", "'", "a*", "&", ">= "]
)
def test_the_longest_mistake_is_told_at_once(piece: str) -> None:
    text = (piece * MAX_CHARS)[: MAX_CHARS - 4] + " AND"
    begun = time.process_time()
    with pytest.raises(RuleSyntaxError):
        parse(text)
    assert time.process_time() - begun < 2.0
