"""Texts, lists and rules that were made to break the matcher.

What is asserted is the answer; one that takes ten seconds has hung, for none needs one. benchmarks/hostile.py has the
same cases at full size, with a clock.
"""

from collections.abc import Sequence
from itertools import pairwise, zip_longest

import pytest

from monitor.core.matcher import Matcher, compile_matcher
from monitor.core.rules import MAX_CHARS, MAX_DEPTH, And, Or, parse
from monitor.core.scan import CHUNK
from monitor.core.types import Alias, Document, Entity, Kind, MatchResult, Rule, Severity, Watchlist
from monitor.errors import RuleSyntaxError
from tests.examples import sized

pytestmark = pytest.mark.timeout(10)

SIZE = sized(500_000, quick=200_000)
"""Characters of a text: a hundred times a newspaper's article."""

RULES = (
    Rule("near", "Near", "target NEAR/5 bajaur", "test", Severity.LOW),
    Rule("sentence", "Sentence", "SENTENCE(target, bajaur)", "test", Severity.LOW),
    Rule("often", "Often", "COUNT(target) >= 1000", "test", Severity.LOW),
    Rule("absent", "Absent", 'NOT SENTENCE("no such", target)', "test", Severity.LOW),
)


def entity(id_: str, *aliases: str, context: str | None = None) -> Entity:
    """Return an organisation."""
    return Entity(
        id_,
        Kind.ORGANISATION,
        id_,
        "test",
        Severity.LOW,
        aliases=tuple(map(Alias, aliases)),
        context=context,
        alone=False,
    )


def matcher(*entities: Entity, rules: tuple[Rule, ...] = ()) -> Matcher:
    """Return the matcher of one watchlist."""
    return compile_matcher([Watchlist("test", "Test", Severity.LOW, entities=entities, rules=rules)], version="1")


WATCHING = matcher(entity("target", "Target"), entity("bajaur", "Bajaur"), rules=RULES)


def match(text: str, title: str = "", *, one: Matcher = WATCHING) -> MatchResult:
    """Return what is found, after checking every offset."""
    document = Document("1", title, text)
    result = one.match(document)
    for mention in result.mentions:
        assert getattr(document, mention.field)[mention.start : mention.end] == mention.surface
    return result


def difference(found: Sequence[object], wanted: Sequence[object]) -> tuple[object, ...] | None:
    """Return where two lists begin to differ, or None; pytest would print both, which takes longer than the test."""
    pairs = enumerate(zip_longest(found, wanted))
    return next(((place, *pair) for place, pair in pairs if pair[0] != pair[1]), None)


def rules_of(result: MatchResult) -> set[str]:
    """Return the ids of the rules that hold."""
    return {one.rule for one in result.matches}


@pytest.mark.parametrize(
    "piece",
    [".", "\n", " ", "\n ", "'", "’", "-", "a", "a.", "a ", "word ", "\u0301", "\u200c", "“", "(", "\0", "。", "😀"],
)
def test_nothing_is_found_in_one_thing_repeated(piece: str) -> None:
    result = match(piece * (SIZE // len(piece)))
    assert (result.mentions, rules_of(result)) == ((), {"absent"})


@pytest.mark.parametrize("piece", [".", "\n", " ", "\n ", "-", "a ", "word ", "“", "(", "。", "😀"])
def test_names_on_both_sides_of_one_thing_repeated_are_found(piece: str) -> None:
    between = f" {piece * (SIZE // len(piece))} "
    result = match(f"Target{between}Bajaur")
    assert [(one.entity, one.start) for one in result.mentions] == [("target", 0), ("bajaur", 6 + len(between))]
    assert "near" not in rules_of(result) or piece.strip() not in ("a", "word")


def test_an_alias_repeated_is_found_each_time() -> None:
    count = SIZE // 8
    result = match("Target. " * count)
    assert difference([one.start for one in result.mentions], range(0, 8 * count, 8)) is None
    assert rules_of(result) == {"often", "absent"}


def test_a_document_that_names_more_than_any_news_is_answered_and_says_how_much_was_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("monitor.core.scan.MOST_FINDS", 2_000)
    count = 10_000
    result = match("Target. " * count)
    assert 2_000 <= len(result.mentions) < count
    assert result.mentions[-1].end + result.unread >= 8 * count - 8 * CHUNK
    assert rules_of(result) == {"often", "absent"}
    assert match("Target. ").unread == 0


def test_names_that_stand_often_but_far_apart_are_not_near_each_other() -> None:
    count = SIZE // 100
    result = match("Target, " * count + "word " * 10 + "Bajaur. " * count)
    assert len(result.mentions) == 2 * count
    assert "near" not in rules_of(result)


def test_an_alias_broken_by_apostrophes_is_found_each_time() -> None:
    piece = "T'a'r'g'e't, "
    result = match(piece * (SIZE // 20 // len(piece)))
    assert len(result.mentions) == SIZE // 20 // len(piece)


def test_the_marks_of_a_letter_belong_to_it_however_many() -> None:
    word = "Target" + "\u0301" * (SIZE // 10)
    result = match(f"{word} in Bajaur")
    assert [len(one.surface) for one in result.mentions] == [len(word), len("Bajaur")]
    assert rules_of(result) == {"near", "sentence", "absent"}


def test_an_alias_of_300_characters_is_found_each_time() -> None:
    alias = " ".join(["Tehrik", "Jaysh", "Hizb", "Ansar", "Ahrar", "Katiba"] * 8)[:300].strip()
    count = SIZE // 2 // len(alias)
    result = match(f"{alias}. " * count, one=matcher(entity("long", alias)))
    assert difference([one.surface for one in result.mentions], [alias] * count) is None


def test_a_title_may_be_as_long_as_a_text() -> None:
    piece = "Target of Bajaur, "
    result = match("", piece * (SIZE // 10 // len(piece)))
    assert len(result.mentions) == 2 * (SIZE // 10 // len(piece))
    assert {one.field for one in result.mentions} == {"title"}


@pytest.mark.parametrize(
    "odd",
    ["\ud800", "\udfff", "\ud800\udfff", "\udfff\ud800", "\U0010ffff", "\ufdfa", "\0"],  # noqa: PT014 - surrogates differ
)
def test_what_is_no_letter_or_many_leaves_the_offsets_exact(odd: str) -> None:
    piece = f"{odd} Target {odd} "
    result = match(piece * 1000)
    wanted = [n * len(piece) + len(odd) + 1 for n in range(1000)]
    assert difference([one.start for one in result.mentions], wanted) is None


def test_letters_beyond_the_first_plane_are_found() -> None:
    assert difference([one.surface for one in match("𝕋arget 😀 " * 1000).mentions], ["𝕋arget"] * 1000) is None


def ladder(top: int) -> Matcher:
    """Return the matcher of a, aa, aaa, ..."""
    return matcher(*(entity(f"e{length}", "a" * length) for length in range(1, top + 1)))


def test_of_aliases_that_begin_each_other_only_the_whole_word_is_found() -> None:
    lengths = [1, 2, 150, 300, 301, 299]
    result = match(" , ".join("a" * length for length in lengths), one=ladder(300))
    assert [one.entity for one in result.mentions] == ["e1", "e2", "e150", "e300", "e299"]


def test_a_long_word_of_the_letters_of_many_aliases_is_none_of_them() -> None:
    assert match("a" * (SIZE // 250), one=ladder(300)).mentions == ()


@pytest.mark.parametrize("backwards", [False, True])
def test_names_that_wait_for_each_other_in_a_chain_count_from_its_beginning(backwards: bool) -> None:
    names = [f"Node{number:04d}" for number in range(5000)]
    chain = [entity("node0000", names[0])]
    chain += [entity(two.lower(), two, context=one.lower()) for one, two in pairwise(names)]
    text = " and ".join(reversed(names) if backwards else names)
    found = sorted(one.entity for one in match(text, one=matcher(*chain)).mentions)
    assert difference(found, [name.lower() for name in names[: len(found)]]) is None
    assert len(found) >= 3  # a chain may be cut, not before people stop writing them


def test_names_that_wait_for_each_other_in_a_ring_do_not_count() -> None:
    ring = [entity(f"e{n}", f"Node{n:03d}", context=f"e{(n + 1) % 500}") for n in range(500)]
    assert match(" and ".join(f"Node{n:03d}" for n in range(500)), one=matcher(*ring)).mentions == ()


def test_five_thousand_names_of_which_each_needs_the_same_context_are_found() -> None:
    many = [entity(f"e{n}", f"Node{n:04d}", context="target") for n in range(5000)]
    text = "Target " + " and ".join(f"Node{n:04d}" for n in range(5000))
    assert len(match(text, one=matcher(entity("target", "Target"), *many)).mentions) == 5001


@pytest.mark.parametrize(
    "expression", ["(" * 1000 + "a" + ")" * 1000, "NOT " * 1000 + "a", "TITLE(" * 500 + "a" + ")" * 500]
)
def test_an_expression_nested_too_deep_is_refused(expression: str) -> None:
    with pytest.raises(RuleSyntaxError, match=f"nested deeper than {MAX_DEPTH} levels"):
        parse(expression)


def test_an_expression_too_long_is_refused() -> None:
    with pytest.raises(RuleSyntaxError, match="longer than 20,000 characters"):
        parse(" OR ".join(["entity"] * 10_000))


def test_the_longest_and_the_deepest_expression_are_read_and_asked() -> None:
    names = [f"n{number}" for number in range(1000)]
    long = " OR ".join([*names, *names])
    deep = "(" * MAX_DEPTH + "target AND bajaur" + ")" * MAX_DEPTH
    assert len(long) <= MAX_CHARS
    assert (type(parse(long)), type(parse(deep))) == (Or, And)
    rules = tuple(Rule(f"r{n}", "Rule", when, "test", Severity.LOW) for n, when in enumerate((long, deep)))
    one = matcher(entity("target", "Target"), entity("bajaur", "Bajaur"), entity("n999", "Waziristan"), rules=rules)
    assert rules_of(match("Target of Bajaur", one=one)) == {"r1"}
    assert rules_of(match("Waziristan", one=one)) == {"r0"}


def test_what_was_not_read_is_said_also_where_nothing_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.core.scan.MOST_PROPOSALS", 1000)
    result = match("xtargetx" * CHUNK + " Target")
    assert (result.mentions, result.unread > CHUNK) == ((), True)
