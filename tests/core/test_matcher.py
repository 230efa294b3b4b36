"""What is found in running text, and what is not."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.matcher import Matcher, compile_matcher
from monitor.core.text import fold
from monitor.core.types import Alias, Document, Entity, Kind, MatchResult, Rule, Severity, Tier, Watchlist


def entity(
    id_: str,
    *aliases: str | Alias,
    kind: Kind = Kind.ORGANISATION,
    context: str | None = None,
    variants: bool = False,
) -> Entity:
    """Return an entity; plain aliases have no options."""
    spelled = tuple(Alias(one) if isinstance(one, str) else one for one in aliases)
    return Entity(id_, kind, id_.title(), "test", Severity.MEDIUM, aliases=spelled, context=context, variants=variants)


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
    assert surfaces([Alias("TTP", not_before=("s",))], "TTPs and TTP's") == ["TTP"]


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
def test_a_russian_ending_that_is_only_added_is_cut(text: str, surface: str) -> None:
    assert surfaces(["Талибан"], f"бойцы {text} ушли") == [surface]


@pytest.mark.parametrize(
    ("alias", "text", "surface"),
    [
        ("Исламское государство", "боевики «Исламского государства» ушли", "Исламского государства"),
        ("Фазлур Рехман", "встреча с Фазлуром Рехманом", "Фазлуром Рехманом"),
        ("Саудовская Аравия", "в Саудовской Аравии", "Саудовской Аравии"),
        ("Техрик-е-Талибан Пакистан", "лидер «Техрик-е Талибан Пакистан»", "Техрик-е Талибан Пакистан"),
    ],
)
def test_words_inside_a_russian_name_are_declined_and_that_is_a_tier_of_its_own(
    alias: str, text: str, surface: str
) -> None:
    one = matcher([entity("x", alias)]).match(Document("1", text=text)).mentions
    assert [mention.surface for mention in one] == [surface]
    assert one[0].tier is (Tier.EXACT if fold(surface).letters == fold(alias).letters else Tier.INFLECTED)


def test_a_russian_word_that_goes_on_is_another_word() -> None:
    assert surfaces(["Талибан"], "Талибанистан") == []
    assert surfaces(["Хар"], "Хара") == []
    assert found(matcher([entity("kabul", "Кабул", kind=Kind.PLACE)]), "Замир Кабулов в Кабуле") == [("kabul", "Кабул")]


def test_an_acronym_in_russian_takes_small_endings_only() -> None:
    assert surfaces(["ИГИЛ"], "боевики ИГИЛа, ИГИЛОВ, ИГИЛ-Х") == ["ИГИЛ", "ИГИЛ"]


@pytest.mark.parametrize("text", ["IS K LEADER KILLED IN KABUL", "WHAT IS K POP DOING HERE"])
def test_parted_capitals_among_capitals_are_no_acronym(text: str) -> None:
    one = matcher([entity("isk", "IS-K")])
    assert found(one, text) == []
    assert found(one, text.replace("IS K", "IS-K")) == [("isk", "IS-K")]
    assert found(one, "fighters of IS K fled") == [("isk", "IS K")]


def test_an_acronym_that_is_a_common_word_needs_its_capitals_to_mean_something() -> None:
    assert surfaces(["WHO"], "the WHO said") == ["WHO"]
    assert surfaces(["WHO"], "TELL US WHO DID THIS") == []


@pytest.mark.parametrize("text", ["Dr Hussain", "Dr. Hussain", "Dr.\nHussain", "DR. HUSSAIN"])
def test_a_dot_after_an_abbreviation_ends_no_name(text: str) -> None:
    assert surfaces(["Dr Hussain"], f"said {text} today") == [text]


def test_a_dot_after_any_other_word_ends_a_name() -> None:
    assert surfaces(["Mazar Sharif"], "He lives in Mazar. Sharif said so.") == []
    assert surfaces(["A Q Khan"], "the A. Q. Khan network") == ["A. Q. Khan"]


def test_the_genitive_s_of_germanic_languages_is_left_outside() -> None:
    one = matcher([entity("afg", "Afghanistan", kind=Kind.PLACE)])
    assert found(one, "Afghanistans Regierung", lang="de") == [("afg", "Afghanistan")]
    assert found(one, "Afghanistans", lang="en") == []


def test_the_arabic_article_melts_into_the_particle_before_it() -> None:
    one = matcher([entity("aq", Alias("القاعدة", lang="ar"))])
    result = one.match(Document("1", text="من القاعدة وللقاعدة وبالقاعدة"))
    assert [(each.surface, each.tier) for each in result.mentions] == [
        ("القاعدة", Tier.EXACT),
        ("للقاعدة", Tier.INFLECTED),
        ("القاعدة", Tier.EXACT),
    ]


def test_tajik_adds_its_endings() -> None:
    one = matcher([entity("x", Alias("Толибон", lang="tg")), entity("igilk", "ИГИЛ-К")])
    assert found(one, "Сарвари Толибонро дид", lang="tg") == [("x", "Толибон")]
    assert found(one, "ИГИЛ-К угрожает") == [("igilk", "ИГИЛ-К")]


def test_a_particle_needs_arabic() -> None:
    assert surfaces([Alias("طالبان", lang="ar")], "وطالبان") == ["طالبان"]
    assert surfaces([Alias("طالبان", lang="ur")], "وطالبان") == []
    assert surfaces([Alias("طالبان", lang="ps")], "د طالبانو") == ["طالبان"]


def test_a_change_of_script_is_a_border_and_so_are_anti_and_non() -> None:
    assert surfaces(["TTP"], "ISIS-K وTTP: تحالف؛ ضدTTPی، TTPи") == ["TTP", "TTP"]
    assert surfaces([Alias("طالبان", lang="fa")], "جوانان ضدطالبان و غیرطالبان و بیطالبان") == ["طالبان", "طالبان"]


def test_scripts_without_spaces_have_no_borders_of_words() -> None:
    assert surfaces(["北京"], "他在北京市") == ["北京"]
    assert surfaces(["กรุงเทพ"], "ในกรุงเทพวันนี้") == ["กรุงเทพ"]


def test_title_and_text_are_apart() -> None:
    one = matcher([entity("x", "Mazar Sharif"), entity("y", Alias("Khar", not_after=("Hina",)))])
    result = one.match(Document("1", title="In Mazar", text="Sharif came. Khar, Mazar\nSharif"))
    assert [(each.field, each.start, each.surface) for each in result.mentions] == [
        ("text", 13, "Khar"),
        ("text", 19, "Mazar\nSharif"),
    ]


def test_case_can_be_exact() -> None:
    assert surfaces([Alias("Isis", exact_case=True)], "Isis, ISIS, isis") == ["Isis"]


def test_neighbours_can_be_forbidden_numbers_among_them() -> None:
    alias = Alias("ISK", not_before=("#", "krona"), not_after=("#", "Qila"))
    assert surfaces([alias], "ISK 12,000; 500 ISK; ISK krona; Qila ISK; by ISK men") == ["ISK"]


def test_words_of_another_sentence_are_no_neighbours() -> None:
    alias = Alias("Khyber", not_before=("Pass",), not_after=("Dr", "Hotel"))
    assert surfaces([alias], "in Khyber. Pass it on. The Khyber, Pass; Khyber's Pass") == ["Khyber", "Khyber"]
    assert surfaces([alias], "Dr. Khyber came. At the Hotel. Khyber was quiet") == ["Khyber"]


def rejections(result: MatchResult) -> dict[str, str]:
    """Return the reasons by surface."""
    return {one.mention.surface: one.reason for one in result.rejections}


def test_a_weak_alias_needs_its_context_and_the_reason_is_told() -> None:
    one = matcher([entity("ttp", Alias("TTP", context='pakistan OR "militants"')), entity("pakistan", "Pakistan")])
    assert found(one, "TTP in Pakistan") == [("ttp", "TTP"), ("pakistan", "Pakistan")]
    assert found(one, "TTP militants") == [("ttp", "TTP")]
    result = one.match(Document("1", text="ransomware TTP"), explain=True)
    assert result.mentions == ()
    assert rejections(result) == {"TTP": 'no context: pakistan OR "militants": not found'}


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
    result = one.match(Document("1", title="what is k", text="Pakistani Taliban"), explain=True)
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
    for mention in PLANTED.match(Document("1", title=text, text=text), explain=True).mentions:
        assert text[mention.start : mention.end] == mention.surface
        if mention.tier is Tier.EXACT:
            assert fold(mention.surface).letters == fold(mention.alias).letters


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.one_of(LETTERS, st.sampled_from(ALIASES)), max_size=4).map(" ".join), max_size=4))
def test_paragraphs_matched_one_by_one_give_what_they_give_together(paragraphs: list[str]) -> None:
    whole = PLANTED.match(Document("1", text="\n\n".join(paragraphs))).mentions
    apart, base = [], 0
    for paragraph in paragraphs:
        mentions = PLANTED.match(Document("1", text=paragraph)).mentions
        apart += [(one.entity, one.start + base, one.end + base, one.tier) for one in mentions]
        base += len(paragraph) + 2
    assert [(one.entity, one.start, one.end, one.tier) for one in whole] == sorted(apart, key=lambda one: one[1:3])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(LETTERS, st.lists(st.one_of(LETTERS, st.sampled_from(ALIASES)), max_size=4)), max_size=5))
def test_documents_matched_together_give_what_each_gives_by_itself(contents: list[tuple[str, list[str]]]) -> None:
    documents = [Document(str(n), title=title, text=" ".join(text)) for n, (title, text) in enumerate(contents)]
    assert PLANTED.match_each(documents) == [PLANTED.match(one) for one in documents]


def test_long_documents_are_matched_together_with_short_ones_and_groups_of_many() -> None:
    texts = ["Daesh", "", "far from IS-K " * 6_000, "", "IS-K", *["Daesh and Талибан"] * 9, "no name at all", "Talib"]
    documents = [Document(str(n), text=text) for n, text in enumerate(texts)]
    results = PLANTED.match_each(documents)
    assert [len(result.mentions) for result in results] == [1, 0, 6_000, 0, 1, *[2] * 9, 0, 0]
    assert results == [PLANTED.match(one) for one in documents]
    assert compile_matcher([], version="1").match_each(documents[:2]) == [MatchResult(), MatchResult()]


NESTED = ["Khyber", "Khyber Pakhtunkhwa", "Pakhtunkhwa", "Khyber Pakhtunkhwa Assembly", "Assembly"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*NESTED, "and", ","]), max_size=12).map(" ".join))
def test_no_mention_lies_inside_a_longer_one_of_its_kind(text: str) -> None:
    one = matcher([entity(f"e{number}", alias, kind=Kind.PLACE) for number, alias in enumerate(NESTED)])
    spans = [(each.start, each.end) for each in one.match(Document("1", text=text)).mentions]
    assert not [(a, b) for a in spans for b in spans if a != b and b[0] <= a[0] and a[1] <= b[1]]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ALIASES), st.sampled_from([" ", "\n", " (", '"', "، ", ". "]))
def test_an_alias_is_found_wherever_it_stands_between_words(alias: str, gap: str) -> None:
    text = f"xyz{gap}{alias}{gap}xyz"
    assert alias in [mention.surface for mention in PLANTED.match(Document("1", text=text)).mentions]


def test_a_name_inside_a_longer_word_does_not_keep_another_spelling_away() -> None:
    one = matcher([entity("fazl", "Fazlur Rehman", "Fazal", kind=Kind.PERSON, variants=True)])
    document = Document("1", title="Fazalur Rehman spoke in Peshawar")
    plain, explained = one.match(document), one.match(document, explain=True)
    assert [each.surface for each in plain.mentions] == ["Fazalur Rehman"]
    assert plain.mentions == explained.mentions


def test_a_not_holds_against_all_that_counts_in_the_end() -> None:
    one = matcher(
        [entity("a", Alias("Alpha", context="NOT b")), entity("b", Alias("Bravo", context="c")), entity("c", "Charlie")]
    )
    assert found(one, "Alpha and Charlie") == [("a", "Alpha"), ("c", "Charlie")]
    assert found(one, "Alpha, Bravo and Charlie") == [("b", "Bravo"), ("c", "Charlie")]


def test_what_vouched_for_others_and_falls_takes_them_along() -> None:
    one = matcher(
        [
            entity("a", Alias("Taliban", context="x")),
            entity("b", Alias("Pakistani Taliban", context="w")),
            entity("w", Alias("Waziri", context="a")),
            entity("x", "Xeno"),
        ]
    )
    assert found(one, "Pakistani Taliban met Waziri and Xeno") == [("a", "Taliban"), ("x", "Xeno")]


def test_small_particles_belong_to_names() -> None:
    one = matcher([entity("x", "Alghabass Ag Intalla", "Sidi Ould Mohamed", kind=Kind.PERSON, variants=True)])
    assert found(one, "with Alghabas ag Intallah and Sidi ould Mohammed") == [
        ("x", "Alghabas ag Intallah"),
        ("x", "Sidi ould Mohammed"),
    ]


def test_short_words_are_declined_among_others() -> None:
    one = matcher([entity("x", "Ияд Аг Гали", kind=Kind.PERSON), entity("y", "Амаду Куфа", kind=Kind.PERSON)])
    assert found(one, "боевики Ияда Аг Гали и Амаду Куфы") == [("x", "Ияда Аг Гали"), ("y", "Амаду Куфы")]


def test_a_german_genitive_is_no_other_name() -> None:
    one = matcher([entity("hama", "Hama", kind=Kind.PLACE), entity("kabul", "Kabul", kind=Kind.PLACE)])
    assert found(one, "Hamas in Kabuls Norden", lang="de") == [("kabul", "Kabul")]


def test_a_rule_that_misses_a_phrase_is_told_too() -> None:
    one = matcher([entity("wagner", "Wagner Group")], [rule('wagner AND "mercenaries"')])
    result = one.match(Document("1", text="Wagner Group enters Kidal"), explain=True)
    assert [(each.rule, each.reason) for each in result.misses] == [("r", '"mercenaries": not found')]


def test_a_matcher_is_shared_by_threads() -> None:
    one = matcher([entity(f"e{n}", f"Abdul {chr(65 + n)}ahman", kind=Kind.PERSON, variants=True) for n in range(20)])
    documents = [Document(str(n), text=f"Abdal {chr(65 + n % 20)}ahmaan went to Bajaur {n}") for n in range(200)]
    expected = [one.match(each) for each in documents]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one.match, documents * 4)) == expected * 4
