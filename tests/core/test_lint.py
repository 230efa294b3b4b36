"""Each finding: where it is told, and where it is not."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.core.findings import CODES, Example, Finding, Level
from monitor.core.lint import lint
from monitor.core.matcher import compile_matcher
from monitor.core.types import Alias, Document, Entity, Kind, Rule, Severity, Watchlist


def entity(name: str, *aliases: str | Alias, kind: Kind = Kind.PLACE, context: str | None = None) -> Entity:
    """Return an entity; its id is its name."""
    spelled = tuple(Alias(one) if isinstance(one, str) else one for one in aliases)
    return Entity(name, kind, name.title(), "list", Severity.LOW, aliases=spelled, context=context, alone=False)


KABUL = entity("kabul", "Kabul")
GROUP = entity("group", "Wilayat Khorasan", kind=Kind.ORGANISATION)


def check(*entities: Entity, rules: Iterable[str] = (), examples: Iterable[Example] = ()) -> list[Finding]:
    """Return the findings about entities and rules, whose ids are r0, r1, ...; those on missing examples aside."""
    made = tuple(Rule(f"r{number}", "Rule", when, "list", Severity.LOW) for number, when in enumerate(rules))
    lists = [Watchlist("list", "List", Severity.LOW, entities=entities, rules=made)]
    found = lint(lists, tuple(examples), compile_matcher(lists, version=""))
    return [one for one in found if one.code != "no-example"]


def codes(*entities: Entity, rules: Iterable[str] = ()) -> list[str]:
    """Return the codes of `check`."""
    return [one.code for one in check(*entities, rules=rules)]


def test_good_watchlists_have_no_findings() -> None:
    assert check(KABUL, GROUP, rules=["group AND kabul", "kabul AND NOT group"]) == []


# --- aliases ----------------------------------------------------------------------------------------------------------


def test_an_entity_that_nothing_can_match_is_told_unless_it_only_keeps_its_id() -> None:
    nobody = entity("nobody")
    [finding] = check(replace(nobody, alone=True))
    assert (finding.code, finding.level, finding.subject and finding.subject.id) == (
        "no-alias",
        Level.WARNING,
        "nobody",
    )
    assert check(nobody) == []


@pytest.mark.parametrize("text", ["Dir", "TTP", "روس"])
def test_a_short_alias_needs_something_that_keeps_it_apart(text: str) -> None:
    assert codes(entity("x", text)) == ["short-alias"]
    assert codes(KABUL, entity("x", Alias(text, context="kabul"))) == []
    assert codes(KABUL, entity("x", text, context="kabul")) == []
    assert codes(entity("x", Alias(text, not_before=("s",)))) == []
    assert codes(entity("x", Alias(text, not_after=("#",)))) == []


@pytest.mark.parametrize("text", ["IS-K", "中国", "Iran"])
def test_an_alias_is_long_enough_with_a_hyphen_or_in_a_script_of_whole_words(text: str) -> None:
    assert codes(entity("x", text)) == []


def test_an_alias_has_the_letters_of_one_script_in_each_word() -> None:
    [finding] = check(entity("x", "В\u0061гнер"))
    assert (finding.code, finding.level) == ("mixed-script", Level.WARNING)
    assert "'a' is LATIN SMALL LETTER A" in finding.what
    assert codes(entity("x", "Вагнер")) == []


@pytest.mark.parametrize("text", ["Wagner*", "[Ww]agner", "Wagner AND Mali"])
def test_an_alias_is_words_and_no_pattern(text: str) -> None:
    [finding] = check(entity("x", text))
    assert (finding.code, finding.level) == ("pattern-alias", Level.WARNING)
    assert "aliases are words, not patterns" in finding.advice


def test_a_theme_is_made_of_words() -> None:
    assert codes(entity("x", "gun", "attack", "old news", kind=Kind.THEME)) == []


def test_a_common_word_needs_something_that_keeps_it_apart() -> None:
    assert codes(entity("x", "People")) == ["common-word"]
    assert codes(KABUL, entity("x", Alias("People", context="kabul"))) == []
    assert codes(entity("x", "Peshawar")) == []


def test_two_common_words_are_worth_a_look() -> None:
    [finding] = check(entity("x", "Human Rights"))
    assert (finding.code, finding.level) == ("common-words", Level.NOTE)
    assert codes(entity("x", "Human Rights Watch"), entity("y", "Peshawar Rights")) == []


def test_the_second_spelling_that_folds_to_the_first_is_useless() -> None:
    [finding] = check(entity("x", "Da’esh", "Daesh"))
    assert (finding.code, finding.subject and finding.subject.alias) == ("duplicate-alias", 1)
    assert codes(entity("x", "Mazar-e-Sharif", "Mazar e Sharif")) == ["duplicate-alias"]
    assert codes(entity("x", "باجوڑ", Alias("باجوڑ", lang="ur"))) == ["duplicate-alias"]


def test_spellings_that_find_more_or_else_are_no_duplicates() -> None:
    assert codes(entity("x", "Mazar e Sharif", "Mazar-e-Sharif")) == []  # a hyphen may be missing in a text
    assert codes(entity("x", Alias("ISKP"), Alias("IS-KP"))) == []
    assert codes(entity("x", "Daesh", Alias("DAESH", exact_case=True), "Deash")) == ["duplicate-alias"]
    assert codes(entity("x", Alias("DAESH", exact_case=True), "Daesh")) == []
    assert codes(entity("x", Alias("Khyber", not_before=("Pass",)), Alias("Khyber", not_before=("Mail",)))) == []


def test_a_context_is_idle_beside_the_same_spelling_without() -> None:
    assert codes(KABUL, entity("x", Alias("Khalid", context="kabul"), "Khalid")) == ["idle-context"]
    assert codes(KABUL, entity("x", Alias("Khalid", context="kabul"), "Khaled")) == []


def test_one_spelling_of_two_entities_asks_which_one_is_meant() -> None:
    [finding] = check(entity("x", "Khost"), entity("y", "Khost"))
    assert (finding.code, finding.subject and finding.subject.id) == ("shared-alias", "y")
    assert "names y as well as x" in finding.what
    assert codes(entity("x", "Khost"), entity("y", "Khost", kind=Kind.PERSON)) == []
    assert codes(KABUL, entity("x", "Khost"), entity("y", Alias("Khost", context="kabul"))) == []
    themes = [entity(name, "strike", kind=Kind.THEME) for name in "xy"]
    assert codes(*themes) == []


def test_a_neighbour_of_several_words_keeps_nothing_away() -> None:
    assert codes(entity("x", Alias("Abu Hamza", not_before=("al-Masri",)))) == ["idle-neighbour"]
    assert codes(entity("x", Alias("Abu Hamza", not_after=("...",)))) == ["idle-neighbour"]
    assert codes(entity("x", Alias("Abu Hamza", not_before=("Masri", "#"), not_after=("Qila",)))) == []


def test_an_alias_without_letters_is_never_found() -> None:
    assert codes(entity("x", "Khost", "—")) == ["alias-never"]


# --- contexts and rules -----------------------------------------------------------------------------------------------


def test_a_context_that_contradicts_itself_is_told_at_its_alias() -> None:
    [finding] = check(KABUL, entity("x", "Khost", Alias("Host", context="kabul AND NOT kabul")))
    assert (finding.code, finding.subject and finding.subject.alias) == ("context-never", 1)
    assert codes(KABUL, entity("x", "Khost", Alias("Host", context='NOT "hotel"'))) == []


def test_names_that_can_only_support_each_other_are_never_mentioned() -> None:
    weak = [entity("x", "Khost", context="y"), entity("y", "Paktia", context="x")]
    assert codes(*weak) == ["entity-never", "entity-never"]
    assert codes(*weak, KABUL, replace(entity("z", "Zabul"), context="x")) == ["entity-never"] * 3
    assert codes(weak[0], replace(weak[1], context="x OR kabul"), KABUL) == []


def test_a_name_may_ask_for_its_own_stronger_spelling() -> None:
    assert codes(entity("x", "Surat Gul", Alias("Saifullah", context="x"))) == []


def test_a_rule_that_never_holds_is_an_error() -> None:
    [finding] = check(KABUL, GROUP, rules=["group AND NOT (kabul OR group)", "group AND NOT kabul"])
    assert (finding.code, finding.level, finding.subject and finding.subject.id) == ("rule-never", Level.ERROR, "r0")


def test_a_rule_that_asks_for_a_name_without_alias_never_holds() -> None:
    nobody = entity("nobody")
    assert codes(KABUL, nobody, rules=["nobody AND kabul"]) == ["rule-never"]
    assert codes(KABUL, nobody, rules=["nobody OR kabul"]) == []


def test_a_rule_that_always_holds_is_an_error() -> None:
    assert codes(KABUL, rules=["kabul OR NOT kabul"]) == ["rule-always"]


def test_a_rule_that_asks_only_for_what_is_missing_is_told() -> None:
    assert codes(KABUL, rules=["NOT kabul"]) == ["rule-without-words"]
    assert codes(KABUL, rules=["feed:dawn AND NOT kabul"]) == []


# --- examples ---------------------------------------------------------------------------------------------------------


def example(holds: bool, title: str, *, rule: str | None = None, entity: str | None = None) -> Example:
    """Return an example below a rule or an entity."""
    return Example(rule, entity, Document("example", title=title), holds, "a.yaml", 7)


def test_an_example_that_holds_is_no_finding() -> None:
    examples = [
        example(True, "Wilayat Khorasan in Kabul", rule="r0"),
        example(False, "Rain in Kabul", rule="r0"),
        example(True, "Rain in Kabul", entity="kabul"),
        example(False, "Rain in Herat", entity="kabul"),
    ]
    assert check(KABUL, GROUP, rules=["group AND kabul"], examples=examples) == []


@pytest.mark.parametrize(
    ("failing", "expected"),
    [
        (
            example(True, "Rain in Kabul", rule="r0"),
            "rule r0 does not hit: Rain in Kabul | group: not found; found kabul ('Kabul')",
        ),
        (example(False, "Wilayat Khorasan in Kabul", rule="r0"), "rule r0 hits: Wilayat Khorasan in Kabul | rule r0: "),
        (example(True, "Rain", entity="kabul"), "kabul is not mentioned: Rain | found nothing"),
        (example(False, "Rain in Kabul", entity="kabul"), "kabul is mentioned: Rain in Kabul | found kabul ('Kabul')"),
    ],
)
def test_an_example_that_fails_says_where_and_what_was_found_instead(failing: Example, expected: str) -> None:
    [finding] = check(KABUL, GROUP, rules=["group AND kabul"], examples=[failing])
    assert (finding.code, finding.file, finding.line) == ("example-fails", "a.yaml", 7)
    assert finding.what.startswith(expected)


def test_an_example_of_a_rule_that_fails_says_which_part_of_it_did() -> None:
    titles = ["Wilayat Khorasan in Kabul", "Wilayat Khorasan: no film was made in Kabul"]
    examples = [example(True, title, rule="r0") for title in titles]
    rules = ['SENTENCE(group, kabul) AND NOT "no film"']
    [finding] = check(KABUL, GROUP, rules=rules, examples=examples)
    assert 'NOT "no film": found "no film"' in finding.what


def test_an_example_that_fails_for_want_of_context_says_so() -> None:
    weak = entity("x", Alias("Khar", context="kabul"))
    [finding] = check(KABUL, weak, examples=[example(True, "Rain in Khar", entity="x")])
    assert "'Khar' does not count, no context: kabul" in finding.what


def test_a_long_example_is_cut_short() -> None:
    [finding] = check(KABUL, examples=[example(True, "rain " * 100, entity="kabul")])
    assert len(finding.what) < 300


def test_a_rule_without_an_example_of_each_sort_is_noted() -> None:
    rule = Rule("r", "Rule", "kabul", "list", Severity.LOW)
    lists = [Watchlist("list", "List", Severity.LOW, entities=(KABUL,), rules=(rule,))]
    matcher = compile_matcher(lists, version="")
    shown = (example(True, "Kabul", rule="r"), example(False, "Rain", rule="r"))
    assert [one.what for one in lint(lists, (), matcher)] == ["rule r has no example: match and no_match"]
    assert [one.what for one in lint(lists, shown[:1], matcher)] == ["rule r has no example: no_match"]
    assert list(lint(lists, shown, matcher)) == []


def test_every_code_has_a_level_and_the_worst_comes_first() -> None:
    assert {one.level.rank for one in (Finding(code, "", "") for code in CODES)} == {0, 1, 2}
    assert Level.ERROR.rank < Level.WARNING.rank < Level.NOTE.rank


def test_the_manual_tells_every_code_with_its_level() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "watchlists.md").read_text()
    assert [code for code, level in CODES.items() if f"| `{code}` | {level.value} |" not in manual] == []
