"""Names in Cyrillic script through the grammatical cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.inflect import MIN_STEM, declension
from monitor.core.text import fold


def forms(word: str, *, plural: bool = False) -> set[str]:
    """Return all forms of a word, folded."""
    found = declension(fold(word).letters, plural=plural)
    return {word} if found is None else {found.stem + ending for ending in found.endings}


@pytest.mark.parametrize(
    ("word", "cases"),
    [
        ("Кабул", "Кабула Кабулу Кабулом Кабуле"),
        ("Россия", "России Россию Россией"),
        ("Джелалабад", "Джелалабада Джелалабадом"),
        ("Мазари", "Мазари"),
        ("Исламское", "Исламского Исламскому Исламским Исламском"),
        ("государство", "государства государству государством государстве"),
        ("Саудовская", "Саудовской Саудовскую"),
        ("Аравия", "Аравии Аравию Аравией"),
        ("Акундзада", "Акундзады Акундзаде Акундзаду Акундзадой"),
        ("Казань", "Казани Казанью"),
        ("Кандагар", "Кандагарі Кандагарові"),
        ("Лавров", "Лаврова Лавровым Лаврове"),
        ("Махачкала", "Махачкалы Махачкалой"),
        ("Зелёный", "Зелёного Зелёным"),
        ("Ісламська", "Ісламської Ісламській"),
    ],
)
def test_cases_of_the_singular(word: str, cases: str) -> None:
    folded = forms(word)
    assert {fold(one).letters for one in cases.split()} <= {fold(one).letters for one in folded}


@pytest.mark.parametrize(
    ("word", "other"),
    [("Кабул", "Кабулов"), ("Рахман", "Рахманов"), ("Хорасан", "Хорасани"), ("Афган", "Афганский"), ("Хар", "Хара")],
)
def test_people_and_places_have_no_plural_and_derived_words_are_other_words(word: str, other: str) -> None:
    assert fold(other).letters not in {fold(one).letters for one in forms(word)}


def test_groups_and_things_have_a_plural() -> None:
    assert {"талибы", "талибов", "талибам", "талибами", "талибах"} <= forms("талиб", plural=True)
    assert {"боевики", "боевиков", "боевиками"} <= forms("боевик", plural=True)


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=20), st.booleans())
def test_the_nominative_is_among_the_forms_and_the_stem_is_long_enough(word: str, plural: bool) -> None:
    folded = fold(word).letters
    found = declension(folded, plural=plural)
    if found is not None:
        assert folded in {found.stem + ending for ending in found.endings}
        assert len(found.stem) >= MIN_STEM
        assert list(found.endings) == sorted(set(found.endings), key=lambda one: (-len(one), one))
