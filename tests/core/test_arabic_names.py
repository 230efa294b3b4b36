"""Names in Arabic script are found in other spellings, and names that are only near are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.arabic_likeness import are_alike, price
from monitor.core.arabic_names import ArabicSpellings, arabic_keys, words_of
from monitor.core.arabic_words import LETTERS, key_of, segments_of, word_of
from monitor.core.common import is_common
from monitor.core.names import Spellings, keys_of_alias
from monitor.core.text import fold
from tests.core import arabic_data
from tests.core.names_data import half, parse_friends, parse_variants


def letters(name: str) -> list[str]:
    """Return the folded letters of each word of a name."""
    return [fold(word).letters for word in name.split()]


SPELLED = parse_variants(arabic_data.VARIANTS)
VARIANTS = [pair for pair in SPELLED if letters(pair[0]) != letters(pair[1])]
"""Without the pairs that folding alone makes equal."""
FRIENDS = parse_friends(arabic_data.FRIENDS)
NAMES = sorted({name for pair in VARIANTS for name in pair if arabic_keys(name)})
GIVEN = st.sampled_from(NAMES)
SPELLINGS = ArabicSpellings(NAMES, is_common=is_common)
SEGMENT = st.text(LETTERS, min_size=1, max_size=9)


def found_in(text: str, *aliases: str) -> list[tuple[str, str]]:
    """Return (alias, words of the text) of what is found."""
    spellings = Spellings(aliases, is_common=is_common)
    return [(aliases[alias], text[start:end]) for alias, start, end in spellings.find(text)]


def is_found(name: str, other: str) -> bool:
    """Return whether a text that is only `other` counts as `name` in another spelling."""
    return bool(found_in(other, name))


# --- the evidence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("part", "recall", "precision"), [(0, 0.94, 0.97), (1, 0.91, 0.97)], ids=["tuned", "held out"])
def test_most_spellings_are_found_and_few_neighbours(part: int, recall: float, precision: float) -> None:
    same = [is_found(*pair) for pair in VARIANTS if half(pair[0]) == part]
    false = [is_found(*pair) for pair in FRIENDS if half(pair[0]) == part]
    right = sum(same)
    print(
        f"half {part}: {len(same)} spellings, {len(false)} neighbours, "
        f"recall {right / len(same):.3f}, precision {right / (right + sum(false)):.3f}"
    )
    assert right / len(same) >= recall
    assert right / (right + sum(false)) >= precision


def test_the_evidence_is_large_and_says_nothing_twice() -> None:
    assert len(VARIANTS) == len(set(VARIANTS)) >= 150
    assert len(SPELLED) == len(set(SPELLED))
    assert len(FRIENDS) == len(set(FRIENDS)) >= 120


# --- names, one by one ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("اعجاز احمد آہنگر", "إعجاز أحمد أهانغر"),
        ("ضیا الدین حکیم", "ضیاءالدین حکیم"),
        ("عبید اللہ متوکل", "عبيد الله المتوكل"),
        ("داکتر حسین", "الدكتور حسين"),
        ("باجوڑ", "باجاور"),
        ("سورت گل", "صورت غل"),
        ("نور ولی محسود", "نورولی محسود"),
        ("هبت الله آخندزاده", "هبة الله أخوند زاده"),
    ],
)
def test_another_spelling_is_found_whole_in_a_sentence(name: str, other: str) -> None:
    assert found_in(f"قال إن «{other}»، قتل", name) == [(name, other)]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("حسن روحانی", "حسين الروحاني"),
        ("خراسان", "الخراساني"),
        ("القاعدة", "قاعدة"),
        ("القاعدة", "القاعده"),
        ("سلیمان خان", "سلمان خان"),
        ("عبیدالله خان", "عبد الله خان"),
    ],
)
def test_a_neighbour_a_common_noun_and_the_name_itself_are_no_other_spelling(name: str, other: str) -> None:
    assert found_in(other, name) == []


@pytest.mark.parametrize("alias", ["ملا عمر", "داعش", "کابل", "خان", "وزیر صحت", "العراق 20"])
def test_short_names_and_common_words_have_no_other_spellings(alias: str) -> None:
    assert found_in(alias.replace("ا", "أ").replace("ک", "ق"), alias) == []


def test_titles_are_neither_needed_nor_in_the_way() -> None:
    assert found_in("التقى ضياءالدين حكيم", "مولوی ضیا الدین حکیم") == [("مولوی ضیا الدین حکیم", "ضياءالدين حكيم")]
    assert found_in("المولوي ضياءالدين حكيم", "ضیا الدین حکیم") == [("ضیا الدین حکیم", "ضياءالدين حكيم")]


@pytest.mark.parametrize("gap", ["، ", ". ", "\n\n", " «", "؛ ", " (", "     "])
def test_a_name_does_not_go_on_across_what_ends_a_phrase(gap: str) -> None:
    assert found_in(f"ذبیح{gap}الله{gap}المجاهد", "ذبیح الله مجاهد") == []


@pytest.mark.parametrize("gap", [" ", "\n", " \n ", "\u00a0", " \u200f"])
def test_a_name_goes_on_across_a_space_and_a_line_break(gap: str) -> None:
    assert found_in(f"ذبیح الله{gap}المجاهد", "ذبیح الله مجاهد") == [("ذبیح الله مجاهد", f"ذبیح الله{gap}المجاهد")]


def test_names_in_all_scripts_are_found_in_one_text() -> None:
    aliases = ("Fazlur Rehman", "فضل الله المجاهد")
    assert found_in("Fazal-ur-Rahman (فضل‌الله مجاهد)", *aliases) == [
        ("Fazlur Rehman", "Fazal-ur-Rahman"),
        ("فضل الله المجاهد", "فضل‌الله مجاهد"),
    ]


# --- laws -------------------------------------------------------------------------------------------------------------


@given(GIVEN)
def test_a_name_is_never_another_spelling_of_itself(name: str) -> None:
    segments = segments_of(words_of(name))
    assert (name, name) not in found_in(f"قال {name} هنا", name)
    assert are_alike(segments, segments)


@given(GIVEN, st.sampled_from(["ي", "ى", "ی"]), st.sampled_from(["ك", "ک"]))
def test_the_keyboard_changes_no_key(name: str, yeh: str, kaf: str) -> None:
    assert keys_of_alias(name.replace("ی", yeh).replace("ک", kaf)) == keys_of_alias(name)


@given(GIVEN, GIVEN, st.sampled_from(["، ", ". ", "» «", "\n\n"]))
def test_what_is_found_lies_between_gaps_that_may_be_crossed(one: str, other: str, gap: str) -> None:
    text = f"{one}{gap}{other}"
    for _, start, end in SPELLINGS.find(text):
        assert gap not in text[start:end]
        assert text[start:end].split() == text[start:end].strip("،.«»").split()


@given(st.text(LETTERS + " \u200c،.\n\u064ea", max_size=60))
def test_offsets_lie_in_order_inside_any_text(text: str) -> None:
    found = SPELLINGS.find(text)
    assert all(0 <= start < end <= len(text) for _, start, end in found)
    assert found == sorted(found, key=lambda one: (one[1], one[2], one[0]))


@given(st.text("خبر \n،a", max_size=20), st.text(" \n،a", max_size=9))
def test_a_spelling_is_found_where_it_stands_whatever_is_around_it(before: str, after: str) -> None:
    text = f"{before} ، ضياءالدين حكيم {after}"
    found = Spellings(["ضیا الدین حکیم"]).find(text)
    assert [text[start:end] for _, start, end in found] == ["ضياءالدين حكيم"]


@given(SEGMENT, SEGMENT, st.booleans())
def test_a_price_is_the_same_both_ways_and_nothing_for_the_same(left: str, right: str, vowels: bool) -> None:
    assert price(left, right, vowels=vowels) == pytest.approx(price(right, left, vowels=vowels))
    assert price(left, left, vowels=vowels) == 0 <= price(left, right, vowels=vowels)


@given(SEGMENT)
def test_every_word_of_the_script_has_segments_and_keys(written: str) -> None:
    word = word_of(written)
    assert word is not None
    assert word.segments
    assert word.keys == tuple(map(key_of, word.segments))


@pytest.mark.parametrize(
    "text", ["ا" * 10**6, "محمد " * 100_000, "ابو" * 300_000, "نور ولی " * 60_000, "خان‌" * 200_000, "«" * 10**6 + " ا"]
)
def test_time_is_linear_in_any_text(text: str) -> None:
    assert SPELLINGS.find(text) == []
