"""Letters of an alias that only look like others, and patterns that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.lint_letters import foreign_letters, mixed_words, pattern_in

CYRILLIC = st.text("абвгдежзиклмнопрстуфхц", min_size=1)
LATIN = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1)


@given(CYRILLIC, LATIN)
def test_a_word_of_two_scripts_is_mixed_and_two_words_are_not(one: str, other: str) -> None:
    assert mixed_words(one + other) == [one + other]
    assert mixed_words(f"{one} {other}") == []


@pytest.mark.parametrize(
    "text", ["IS-K", "Вагнер", "Баджаур-2", "RT-Россия", "Müller", "داعش", "IS खुरासान", "Σύριζα", "Т-72"]
)
def test_one_script_to_a_word_is_fine(text: str) -> None:
    assert mixed_words(text) == []


@pytest.mark.parametrize("text", ["IS-К", "К-pop"])
def test_a_single_letter_of_another_script_beside_a_hyphen_is_a_slip(text: str) -> None:
    assert mixed_words(text) == [text]


def test_the_letters_that_are_fewer_are_named() -> None:
    assert foreign_letters("В\u0061гнер") == "'a' is LATIN SMALL LETTER A"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Wagn*", "*"),
        ("Wagner?", "?"),
        ("[Ww]agner", "["),
        ("Wagner|Vagner", "|"),
        ("Wagner AND Mali", "AND"),
        ("a OR b", "OR"),
    ],
)
def test_a_pattern_or_an_expression_is_told_by_its_sign(text: str, found: str) -> None:
    assert pattern_in(text) == found


@pytest.mark.parametrize(
    "text", ["Sword and Shield", "PEACE AND JUSTICE PARTY", "Yahoo!", "A.B.", "ORANGE", "al-Qa'ida (AQ)"]
)
def test_a_name_is_no_pattern(text: str) -> None:
    assert pattern_in(text) is None
