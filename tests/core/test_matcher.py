"""What is found in running text, and what is not."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.matcher import Matcher, compile_matcher
from monitor.core.text import fold
from monitor.core.types import Alias, Document, Entity, Kind, MatchResult, Rule, Severity, Watchlist


def entity(id_: str, *aliases: str | Alias, kind: Kind = Kind.ORGANISATION, context: str | None = None) -> Entity:
    """Return an entity; plain aliases have no options."""
    spelled = tuple(Alias(one) if isinstance(one, str) else one for one in aliases)
    return Entity(id_, kind, id_.title(), "test", Severity.MEDIUM, aliases=spelled, context=context)


def matcher(entities: Sequence[Entity], rules: Sequence[Rule] = ()) -> Matcher:
    """Return the matcher of one watchlist."""
    return compile_matcher(
        [Watchlist("test", "Test", Severity.MEDIUM, entities=tuple(entities), rules=tuple(rules))], version="1"
    )


def found(one: Matcher, text: str, **more: str) -> list[tuple[str, str]]:
    """Return (entity, surface) of the mentions in a text, after checking their offsets."""
    result = one.match(Document("1", text=text, **more))  # type: ignore[arg-type]  # lang and feed
    for mention in result.mentions:
        assert text[mention.start : mention.end] == mention.surface
    return [(mention.entity, mention.surface) for mention in result.mentions]


def surfaces(aliases: Sequence[str | Alias], text: str) -> list[str]:
    """Return what is found of one entity in a text."""
    return [surface for _, surface in found(matcher([entity("x", *aliases)]), text)]


@pytest.mark.parametrize(
    "text", ["Da'esh", "Daesh", "Da’esh", "Da;esh", "Daʿesh", "Da‘esh", "DAESH", "Dáesh", "Da-esh"]
)
def test_one_word_broken_by_punctuation_is_one_word(text: str) -> None:
    assert surfaces(["Daesh"], f"the {text} group") == [text]
    assert surfaces(["Da’esh"], f"the {text} group") == [text]


@pytest.mark.parametrize("text", ["IS-K", "IS–K", "IS‑K", "IS—K", "IS K", "IS/K", "IS\nK"])
def test_an_acronym_with_a_hyphen_is_found_however_the_hyphen_looks(text: str) -> None:
    assert surfaces(["IS-K"], f"fighters of {text} fled") == [text]


@pytest.mark.parametrize(
    "text",
    [
        "what is k in physics",
        "is-k",
        "ISKCON temple",
        "the ISK fell",
        "RISK-averse",
        "IS\n\nK",
        "IS. K",
        "IS, K",
        "Is K",
    ],
)
def test_what_only_looks_like_the_acronym_is_not_found(text: str) -> None:
    assert surfaces(["IS-K"], text) == []


def test_a_possessive_and_a_plural_are_not_part_of_the_mention() -> None:
    assert surfaces(["IS-K", "TTP"], "IS-K's and IS-K’s men, TTPs everywhere") == ["IS-K", "IS-K", "TTP"]


def test_a_plural_can_be_refused() -> None:
    assert surfaces([Alias("TTP", not_before=("s",))], "TTPs and TTP") == ["TTP"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mazar\ne Sharif", ["Mazar\ne Sharif"]),
        ("Mazar-e-Sharif", ["Mazar-e-Sharif"]),
        ("Mazar e\tSharif", ["Mazar e\tSharif"]),
        ("Mazar\n\ne Sharif", []),
        ("Mazar. E Sharif", []),
        ('Mazar "e Sharif"', []),
        ("Mazareesharif", []),
    ],
)
def test_names_cross_a_line_break_but_no_sentence_paragraph_or_quotation(text: str, expected: list[str]) -> None:
    assert surfaces(["Mazar-e-Sharif"], text) == expected


def test_a_space_does_not_make_a_name_of_two_words() -> None:
    assert surfaces(["Asad"], "as ad breaks go") == []
    assert surfaces(["Surat Gul"], "Suratgul") == []


def test_a_mention_begins_and_ends_at_the_border_of_a_word() -> None:
    assert surfaces(["Khar"], "Kharkiv, Sokhar, Khar9, Khar-born, (Khar).") == ["Khar", "Khar"]


def test_a_longer_name_of_the_same_kind_owns_what_lies_inside_it() -> None:
    one = matcher([entity("afghan", "Taliban"), entity("ttp", "Pakistani Taliban")])
    assert found(one, "Pakistani Taliban and Taliban") == [("ttp", "Pakistani Taliban"), ("afghan", "Taliban")]


def test_an_event_leaves_the_place_inside_its_name_alone() -> None:
    one = matcher([entity("bajaur", "Bajaur", kind=Kind.PLACE), entity("blast", "Bajaur blast", kind=Kind.EVENT)])
    assert found(one, "the Bajaur blast") == [("bajaur", "Bajaur"), ("blast", "Bajaur blast")]


def test_a_longer_name_without_its_context_owns_nothing() -> None:
    entities = [
        entity("district", "Khyber", kind=Kind.PLACE),
        entity("mail", Alias("Khyber Mail", context="train"), kind=Kind.PLACE),
        entity("train", "train"),
    ]
    assert found(matcher(entities), "The Khyber Mail") == [("district", "Khyber")]
    assert found(matcher(entities), "The Khyber Mail train") == [("mail", "Khyber Mail"), ("train", "train")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("داعش خراسان", ["داعش"]),
        ("وداعش قال", ["داعش"]),
        ("لداعش", ["داعش"]),
        ("داعشي", []),
        ("د-اعش", ["د-اعش"]),
        ("دَاعِش", ["دَاعِش"]),
        ("داعــش", ["داعــش"]),
    ],
)
def test_arabic_particles_vowel_signs_and_tatweel(text: str, expected: list[str]) -> None:
    assert surfaces([Alias("داعش", lang="ar")], text) == expected


def test_letters_of_arabic_keyboards_are_one() -> None:
    assert surfaces(["کابل"], "كابل") == ["كابل"]
    assert surfaces(["تی‌تی‌پی"], "تی تی پی، تی‌تی‌پی، تیتیپی") == ["تی تی پی", "تی‌تی‌پی", "تیتیپی"]


@pytest.mark.parametrize(
    ("text", "surface"), [("Талибана", "Талибан"), ("Талибаном", "Талибан"), ("ТАЛИБАН", "ТАЛИБАН")]
)
def test_russian_endings_are_cut(text: str, surface: str) -> None:
    assert surfaces(["Талибан"], f"бойцы {text} ушли") == [surface]


def test_a_russian_word_that_goes_on_is_another_word() -> None:
    assert surfaces(["Талибан"], "Талибанистан") == []
    assert surfaces(["Хар"], "Хара") == []


def test_case_can_be_exact() -> None:
    assert surfaces([Alias("Isis", exact_case=True)], "Isis, ISIS, isis") == ["Isis"]


def test_neighbours_can_be_forbidden_numbers_among_them() -> None:
    alias = Alias("ISK", not_before=("#", "krona"), not_after=("#", "Qila"))
    assert surfaces([alias], "ISK 12,000; 500 ISK; ISK krona; Qila ISK; by ISK men") == ["ISK"]


def rejections(result: MatchResult) -> dict[str, str]:
    """Return the reasons by surface."""
    return {one.mention.surface: one.reason for one in result.rejections}


def test_a_weak_alias_needs_its_context_and_the_reason_is_told() -> None:
    one = matcher([entity("ttp", Alias("TTP", context='pakistan OR "militants"')), entity("pakistan", "Pakistan")])
    assert found(one, "TTP in Pakistan") == [("ttp", "TTP"), ("pakistan", "Pakistan")]
    assert found(one, "TTP militants") == [("ttp", "TTP")]
    result = one.match(Document("1", text="ransomware TTP"))
    assert result.mentions == ()
    assert rejections(result) == {"TTP": 'no context: pakistan OR "militants"'}


def test_two_weak_aliases_do_not_hold_each_other_up() -> None:
    one = matcher(
        [
            entity("a", Alias("Alpha", context="b")),
            entity("b", Alias("Bravo", context="a OR c")),
            entity("c", "Charlie"),
        ]
    )
    assert found(one, "Alpha Bravo") == []
    assert found(one, "Alpha Bravo Charlie") == [("a", "Alpha"), ("b", "Bravo"), ("c", "Charlie")]


def test_a_context_of_the_entity_goes_for_all_its_aliases() -> None:
    one = matcher([entity("omari", "Abbas Omari", context="kabul AND NOT lang:fr"), entity("kabul", "Kabul")])
    assert found(one, "Abbas Omari in Kabul") == [("omari", "Abbas Omari"), ("kabul", "Kabul")]
    assert found(one, "Abbas Omari in Kabul", lang="fr") == [("kabul", "Kabul")]


def test_rejections_say_what_was_in_the_way() -> None:
    one = matcher([entity("isk", "IS-K"), entity("afghan", "Taliban"), entity("ttp", "Pakistani Taliban")])
    result = one.match(Document("1", title="what is k", text="Pakistani Taliban"))
    assert rejections(result) == {
        "is k": "case: IS-K has capitals",
        "Taliban": "inside a longer name: Pakistani Taliban",
    }


def rule(when: str, severity: Severity = Severity.CRITICAL) -> Rule:
    """Return a rule."""
    return Rule("r", "A rule", when, "test", severity, frozenset({"tag"}))


def test_a_hit_names_rule_words_and_entities() -> None:
    one = matcher(
        [entity("isk", "IS-K"), entity("bajaur", "Bajaur", kind=Kind.PLACE)], [rule('isk AND bajaur AND "polio team"')]
    )
    result = one.match(Document("1", title="IS-K", text="In Bajaur the polio team of Bajaur"))
    first, *rest = result.matches
    assert (first.rule, first.severity, first.entities) == ("r", Severity.CRITICAL, ("isk", "bajaur"))
    assert first.why == 'rule r: "IS-K" (isk, title), "Bajaur" (bajaur, text), "polio team" (text)'
    assert [mention.surface for mention in first.mentions] == ["IS-K", "Bajaur", "Bajaur"]
    assert {match.rule for match in rest} == {"entity:isk", "entity:bajaur"}
    assert rest[0].why == '"Bajaur" in the text and 1 more: Bajaur (bajaur)'


def test_an_entity_that_does_not_stand_alone_is_a_mention_but_no_hit() -> None:
    alone = Entity("x", Kind.THEME, "X", "test", Severity.LOW, aliases=(Alias("blast"),), alone=False)
    result = matcher([alone]).match(Document("1", text="a blast"))
    assert [mention.entity for mention in result.mentions] == ["x"]
    assert result.matches == ()


def test_a_rule_without_any_entity_is_asked_too() -> None:
    one = matcher([entity("x", "X-ray")], [rule('"workers convention" AND NOT x')])
    assert [match.rule for match in one.match(Document("1", text="a workers’ convention")).matches] == []
    assert [match.rule for match in one.match(Document("1", text="a workers convention")).matches] == ["r"]


LETTERS = st.text(alphabet=st.characters(exclude_categories=[]), max_size=80)
ALIASES = ["Daesh", "IS-K", "داعش", "Талибан", "Straße", "ﷲ", "तालिबान", "Mazar-e-Sharif", "𝔸𝔹"]
PLANTED = matcher([entity(f"e{number}", alias) for number, alias in enumerate(ALIASES)])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(LETTERS, st.sampled_from(ALIASES)), max_size=8))
def test_any_text_is_answered_with_exact_offsets(parts: list[str]) -> None:
    text = " ".join(parts)
    for mention in PLANTED.match(Document("1", title=text, text=text)).mentions:
        assert text[mention.start : mention.end] == mention.surface
        assert fold(mention.surface).letters == fold(mention.alias).letters


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ALIASES), st.sampled_from([" ", "\n", " (", '"', "، ", ". "]))
def test_an_alias_is_found_wherever_it_stands_between_words(alias: str, gap: str) -> None:
    text = f"xyz{gap}{alias}{gap}xyz"
    assert alias in [mention.surface for mention in PLANTED.match(Document("1", text=text)).mentions]
