"""Whether an expression can hold, or fail, at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.matcher import compile_matcher, selects
from monitor.core.rules import Reference, parse
from monitor.core.satisfiable import can_fail, can_hold, holds_on_nothing
from monitor.core.types import Alias, Document, Entity, Kind, Rule, Severity, Watchlist

NAMES = ("alpha", "beta", "gamma")
ENTITIES = {
    name: Entity(
        name, Kind.PLACE, name, "list", Severity.LOW, aliases=(Alias(name),), tags=frozenset({"greek"}), alone=False
    )
    for name in NAMES
} | {"nobody": Entity("nobody", Kind.PERSON, "Nobody", "list", Severity.LOW, alone=False)}


def selected(reference: Reference) -> frozenset[str]:
    """Return who can be mentioned of those whom a reference stands for."""
    return frozenset(one.id for one in ENTITIES.values() if one.aliases and selects(reference, one))


@pytest.mark.parametrize(
    "expression",
    [
        "alpha AND NOT alpha",
        "alpha AND NOT tag:greek",
        'alpha AND "the words" AND NOT "The Words"',
        "TITLE(alpha) AND NOT alpha",
        "TITLE(alpha AND NOT alpha)",
        "SENTENCE(alpha, NOT alpha)",
        "SENTENCE(alpha, beta) AND NOT beta",
        "alpha NEAR/5 beta AND NOT (alpha OR gamma)",
        "COUNT(alpha) >= 3 AND NOT alpha",
        "alpha NEAR/5 beta AND NOT alpha NEAR/5 beta",
        "SENTENCE(alpha, beta) AND NOT SENTENCE(alpha, beta)",
        "(alpha OR beta) AND NOT (beta OR alpha OR gamma)",
        "lang:ur AND lang:fa",
        "lang:ur-PK AND NOT lang:ur",
        "feed:dawn AND NOT feed:Dawn",
        "nobody AND alpha",
        "kind:person",
    ],
)
def test_what_asks_for_something_and_forbids_it_can_never_hold(expression: str) -> None:
    assert not can_hold(parse(expression), selected)
    assert can_fail(parse(expression), selected)


@pytest.mark.parametrize(
    "expression",
    [
        "alpha AND NOT beta",
        "tag:greek AND NOT alpha",
        "alpha AND NOT TITLE(alpha)",
        "alpha AND NOT SENTENCE(alpha, beta)",
        "SENTENCE(alpha, NOT beta) AND beta",
        "SENTENCE(alpha, NOT TITLE(alpha))",
        "alpha AND beta AND NOT alpha NEAR/5 beta",
        "alpha NEAR/5 beta AND NOT alpha NEAR/3 beta",
        "alpha AND NOT COUNT(alpha) >= 2",
        "lang:en AND lang:en-GB",
        "feed:dawn AND feed:pakistan",
        "nobody OR alpha",
    ],
)
def test_what_only_looks_like_a_contradiction_can_hold_and_fail(expression: str) -> None:
    assert can_hold(parse(expression), selected)
    assert can_fail(parse(expression), selected)


@pytest.mark.parametrize("expression", ["alpha OR NOT alpha", "NOT (alpha AND NOT tag:greek)", "NOT kind:person"])
def test_what_is_true_of_everything_can_never_fail(expression: str) -> None:
    assert not can_fail(parse(expression), selected)


def test_an_expression_too_long_to_think_through_is_taken_for_a_good_one() -> None:
    pairs = " AND ".join(f'("{number} x" OR "{number} y")' for number in range(40))
    assert can_hold(parse(f"{pairs} AND alpha AND NOT alpha"), selected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("NOT alpha", True),
        ("alpha OR NOT beta", True),
        ("TITLE(NOT alpha)", True),
        ("SENTENCE(NOT alpha, NOT beta)", True),
        ("alpha AND NOT beta", False),
        ("lang:ur", False),
        ("feed:dawn AND NOT alpha", False),
        ("alpha NEAR/3 beta", False),
        ("COUNT(alpha) >= 2", False),
    ],
)
def test_only_what_asks_for_nothing_holds_on_nothing(expression: str, expected: bool) -> None:
    assert holds_on_nothing(parse(expression)) is expected


atoms = st.sampled_from([*NAMES, "tag:greek", '"delta"', "lang:ur", "lang:ur-PK", "lang:fa"])
places = st.sampled_from([*NAMES, "tag:greek", '"delta"'])
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT {}".format, inner),
        st.builds("TITLE({})".format, inner),
        st.builds("SENTENCE({}, {})".format, inner, inner),
        st.builds("({} NEAR/2 {})".format, places, places),
        st.builds("COUNT({}) >= {}".format, places, st.integers(1, 3)),
    ),
    max_leaves=6,
)
words = st.lists(st.sampled_from([*NAMES, "delta", "and", "so."]), max_size=6).map(" ".join)
documents = st.builds(Document, st.just("d"), words, words, st.sampled_from([None, "ur", "ur-PK", "fa"]))


@given(expression=expressions, document=documents)
def test_nothing_that_happens_is_called_impossible(expression: str, document: Document) -> None:
    rule = Rule("rule", "Rule", expression, "list", Severity.LOW)
    lists = [Watchlist("list", "List", Severity.LOW, entities=tuple(ENTITIES.values()), rules=(rule,))]
    holds = bool(compile_matcher(lists, version="").match(document).matches)
    assert can_hold(parse(expression), selected) or not holds
    assert can_fail(parse(expression), selected) or holds
