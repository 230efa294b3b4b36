"""Watchlist files: what is read, and what is refused."""

import re
from pathlib import Path

import pytest

from monitor.config import problems, watchlists
from monitor.config.watchlists import load_watchlists
from monitor.core.types import Document, Kind, Severity
from monitor.errors import ConfigError

LIST = """\
watchlist: isk-leaders
title: Leaders
severity: high
tags: [is-k]
entities:
  - id: abbas-omari
    kind: person
    type: leader
    name: Abbas Omari
    aliases:
      - Abas Omari
      - {text: "عباس عمری", lang: fa, context: "kabul"}
      - {text: AO, case: exact, not_before: [1, "#"], not_after: [Mr]}
    notes: Military and intelligence head.
    source: [https://a.example, https://b.example]
    examples:
      match: [Abbas Omari seen in Kabul, {title: Kabul, text: "Abas Omari was there.", lang: en}]
      no_match: [{text: "Omari, a grocer"}]
    lint: {ignore: {short-alias: the way he signs}}
  - {id: kabul, kind: place, name: Kabul city, name_alias: false, aliases: [Kabul], severity: low, alone: false, tags: [city], location: [34.53, 69]}
rules:
  - id: leader-in-kabul
    title: A leader in Kabul
    when: abbas-omari AND tag:city
    severity: critical
    examples: {match: [Abbas Omari seen in Kabul], no_match: [Kabul]}
"""


def test_a_list_becomes_values(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(LIST)
    loaded = load_watchlists(tmp_path)
    [watchlist] = loaded.watchlists
    leader, city = watchlist.entities
    assert (leader.kind, leader.severity, leader.variants, leader.alone) == (Kind.PERSON, Severity.HIGH, True, True)
    assert [alias.text for alias in leader.aliases] == ["Abbas Omari", "Abas Omari", "عباس عمری", "AO"]
    assert leader.aliases[2].context == "kabul"
    assert (leader.aliases[3].exact_case, leader.aliases[3].not_before) == (True, ("1", "#"))
    assert leader.source == "https://a.example; https://b.example"
    assert [alias.text for alias in city.aliases] == ["Kabul"]
    assert (city.severity, city.alone, city.tags) == (Severity.LOW, False, frozenset({"is-k", "city"}))
    assert (leader.location, city.location) == (None, (34.53, 69.0))
    assert (watchlist.rules[0].severity, watchlist.rules[0].tags) == (Severity.CRITICAL, frozenset({"is-k"}))
    assert [(one.entity or one.rule, one.text, one.holds, one.line) for one in loaded.examples] == [
        ("abbas-omari", "Abbas Omari seen in Kabul", True, 17),
        ("abbas-omari", "Kabul / Abas Omari was there.", True, 17),
        ("abbas-omari", "Omari, a grocer", False, 18),
        ("leader-in-kabul", "Abbas Omari seen in Kabul", True, 26),
        ("leader-in-kabul", "Kabul", False, 26),
    ]
    assert loaded.examples[1].document == Document("example", "Kabul", "Abas Omari was there.", "en")


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(LIST)
    before = load_watchlists(tmp_path).version
    assert load_watchlists(tmp_path).version == before
    (tmp_path / "a.yaml").write_text(LIST + "# a comment\n")
    assert load_watchlists(tmp_path).version != before


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("kind: person", "kind: human", r"a.yaml:7: entities\[0\].kind: .*'person', .*found 'human'"),
        ("aliases:\n", "alias:\n", r"a.yaml:10: entities\[0\].alias: unknown key; did you mean 'aliases'\?.*"),
        ("id: kabul,", "id: abbas-omari,", r"a.yaml:20: entities\[1\].id: entity 'abbas-omari' stands already in .*a.yaml:6.*"),
        ("abbas-omari AND tag:city", "abbas-omari AND (tag:city", r"a.yaml:24: rules\[0\].when: .*1 closing parenthesis missing.*"),
        ("abbas-omari AND tag:city", "abas-omari AND tag:city", r"a.yaml:24: rules\[0\].when: unknown entity 'abas-omari'; did you mean 'abbas-omari'\?.*"),
        ("abbas-omari AND tag:city", "abbas-omari AND tag:town", r"a.yaml:24: rules\[0\].when: unknown tag 'town'.*"),
        ("abbas-omari AND tag:city", "tag:citty", r"a.yaml:24: rules\[0\].when: unknown tag 'citty'; did you mean 'city'\?"),
        ("abbas-omari AND tag:city", "tag:zzz", r"a.yaml:24: rules\[0\].when: unknown tag 'zzz'; the nearest known: (city, is-k|is-k, city) at"),
        ("abbas-omari AND tag:city", "tag:abbas-omari", r"a.yaml:24: rules\[0\].when: unknown tag 'abbas-omari'; it is an entity; write abbas-omari without tag: before it"),
        ("abbas-omari AND tag:city", "theme:attack", r"a.yaml:24: rules\[0\].when: unknown theme 'attack'; no watchlist has an entity of kind theme; the shipped ones stand in themes.yaml at"),
        ("abbas-omari AND tag:city", "watchlist:leaders", r"a.yaml:24: rules\[0\].when: unknown watchlist 'leaders'; did you mean 'isk-leaders'\?"),
        ("abbas-omari AND tag:city", "kind:group", r"a.yaml:24: rules\[0\].when: unknown kind 'group'; expected one of: person, organisation, place, event, theme at"),
        ("abbas-omari AND tag:city", "kind:event", r"a.yaml:24: rules\[0\].when: unknown kind 'event'; no entity has it; expected one of: person, "),
        ('context: "kabul"', 'context: "cabul"', r"a.yaml:12: entities\[0\].aliases\[1\].context: unknown entity 'cabul'.*"),
        ('{text: "Omari, a grocer"}', "{lang: en}", r"a.yaml:18: entities\[0\].examples.no_match\[0\]: expected a sentence, or title or text"),
        ("short-alias: the", "short-name: the", r"a.yaml:19: entities\[0\].lint.ignore.short-name: expected 'common-word', .*"),
        ("short-alias: the", "example-fails: the", r"a.yaml:19: entities\[0\].lint.ignore.example-fails: expected 'common-word', .*"),
        ("match: [Abbas Omari seen in Kabul], no", "match: [Alert: Omari's here], no", r"a.yaml:26: rules\[0\].examples.match\[0\]: a colon makes a key of 'Alert'; put the headline into quotes: 'Alert: Omari''s here'$"),
        ("- Abas Omari", "- Mullah: Omari", r"a.yaml:11: entities\[0\].aliases\[0\]: a colon makes a key of 'Mullah'; put the alias into quotes: 'Mullah: Omari'$"),
        ("match: [Abbas Omari seen in Kabul], no", "match: [titel: Omari], no", r"a.yaml:26: rules\[0\].examples.match\[0\].titel: unknown key; did you mean 'title'\?"),
        ("id: leader-in-kabul", "id: Leader", r"a.yaml:22: rules\[0\].id: expected lower-case letters, digits and hyphens, such as wagner-in-kidal; found 'Leader'$"),
        ("aliases: [Kabul]", "aliases: Kabul town", r"a.yaml:20: entities\[1\].aliases: expected a list: \[Kabul town\]$"),
        ("- Abas Omari", "- #Omari", r"a.yaml:11: entities\[0\].aliases\[0\]: an empty entry; # begins a comment: put a text that begins with it into quotes$"),
        ("alone: false", "alone: no", r"a.yaml:20: entities\[1\].alone: expected true or false; found 'no'$"),
        ("alone: false", "variants: maybe", r"a.yaml:20: entities\[1\].variants: expected true or false; found 'maybe'$"),
        ("[34.53, 69]", "[69, 534.53]", r"a.yaml:20: entities\[1\].location\[1\]: expected at most 180.0; found 534.53$"),
        ("[34.53, 69]", "[34.53]", r"a.yaml:20: entities\[1\].location\[1\]: is missing; it is required here$"),
        ("name: Abbas Omari", "name: 2020", r"a.yaml:9: entities\[0\].name: expected a text; put it into quotes; found 2020$"),
        ("name: Abbas Omari", "name:", r"a.yaml:9: entities\[0\].name: is empty; expected a text$"),
        ("tags: [is-k]", "tags:", r"a.yaml:4: tags: is empty; expected a list$"),
        ("tags: [is-k]", "tags: {is-k: x}", r"a.yaml:4: tags: expected a list$"),
        ("name: Abbas Omari", 'name: ""', r"a.yaml:9: entities\[0\].name: is empty; write a text, or take the key away; found ''$"),
        ("lint: {ignore: {short-alias: the way he signs}}", "lint: short-alias", r"a.yaml:19: entities\[0\].lint: expected keys and values, such as `key: value`$"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_problem_with_its_place(tmp_path: Path, before: str, after: str, expected: str) -> None:
    assert before in LIST
    text = LIST.replace(before, after, 1)
    if after.startswith("id: abbas"):
        text = text.replace('context: "kabul"', 'context: "abbas-omari"')
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ConfigError) as error:
        load_watchlists(tmp_path)
    found = [str(problem).replace(f"{tmp_path}/", "") for problem in error.value.problems]
    assert len(found) == 1, found
    assert re.match(expected, found[0], re.DOTALL), found[0]


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(LIST)
    (tmp_path / "b.yaml").write_text("watchlist: b\ntitle: B\nentities: [{id: kabul, kind: place, name: Kabul}]\n")
    with pytest.raises(ConfigError, match=r"b.yaml:3: entities\[0\].id: entity 'kabul' stands already in .*a.yaml:20"):
        load_watchlists(tmp_path)


def test_a_folder_that_fits_into_no_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text(LIST)
    monkeypatch.setattr(watchlists, "MAX_BYTES", len(LIST.encode()))
    assert load_watchlists(tmp_path).watchlists
    (tmp_path / "b.yaml").write_text("x")
    with pytest.raises(ConfigError, match="keep what is to be searched for, or run a second Event Monitor for a part"):
        load_watchlists(tmp_path)


def test_among_very_many_names_the_one_that_begins_alike_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "MANY", 1)
    (tmp_path / "a.yaml").write_text(LIST.replace("abbas-omari AND", "abbas-omary AND"))
    with pytest.raises(ConfigError, match=r"unknown entity 'abbas-omary'; did you mean 'abbas-omari'\?"):
        load_watchlists(tmp_path)


def test_the_same_wrong_context_is_told_for_every_alias_that_has_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "watchlist: a\ntitle: A\nentities:\n  - id: one\n    kind: place\n    name: One\n    aliases:\n"
        "      - {text: Uno, context: &there nowhere}\n      - {text: Un, context: *there}\n"
    )
    with pytest.raises(ConfigError) as error:
        load_watchlists(tmp_path)
    assert [problem.line for problem in error.value.problems] == [8, 9]


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no watchlist \(\*.yaml\); make a starter set with: monitor init"):
        load_watchlists(tmp_path)


def test_a_list_of_very_many_names_must_say_which_have_other_spellings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchlists, "MAX_VARIED", 3)
    text = (
        "watchlist: a\ntitle: A\nentities:\n  - {id: x, kind: person, name: Ali Khan, aliases: [A Khan, Ali K, A K]}\n"
    )
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"a\.yaml:3: entities: 4 aliases have `variants: true`.*`variants: false`"):
        load_watchlists(tmp_path)
    (tmp_path / "a.yaml").write_text(text.replace("kind: person", "kind: person, variants: false"))
    assert len(load_watchlists(tmp_path).watchlists) == 1
