"""Folding: what is left of a text, and the way back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.text import (
    ABBREVIATED,
    BRACKETED,
    DASHED,
    HYPHENED,
    JOIN,
    NONE,
    QUIRK,
    SHUT,
    SPACED,
    fold,
    fold_each,
    sentences,
)
from tests.examples import times


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Straße", "strasse"),
        ("ﬁre", "fire"),
        ("ﻻ ﷲ", "لااللہ".replace("ہ", "ه")),
        ("كابل ي ى ئ", "کابلییی"),
        ("أإآٱا", "ااااا"),
        ("٣۳3३", "3333"),
        ("𝔸𝕓", "ab"),
        ("Ёлка", "елка"),
        ("José Łódź", "joselodz"),
        ("ʿAbd-al", "abdal"),
        ("تـــ", "ت"),
        ("तालिबान", "तालिबान"),
        ("क़लम", "कलम"),
        ("a\u200db\u00adc", "abc"),
        ("", ""),
        ("!?", ""),
    ],
)
def test_letters_that_are_left(text: str, letters: str) -> None:
    assert fold(text).letters == letters


def test_vowel_signs_of_hindi_tell_words_apart() -> None:
    assert fold("कल").letters != fold("काल").letters


@pytest.mark.parametrize(
    ("gap", "kind"),
    [
        ("", NONE),
        ("\u200c", JOIN),
        ("'", QUIRK),
        ("’", QUIRK),
        (";", QUIRK),
        ("; ", SHUT),
        ("-", HYPHENED),
        ("–", HYPHENED),
        ("/", HYPHENED),
        (" - ", DASHED),
        (" ", SPACED),
        ("\u00a0", SPACED),
        ("\n", SPACED),
        ("\r\n", SPACED),
        ("\n\n", SHUT),
        (" (", BRACKETED),
        (". ", ABBREVIATED),
        (". (", SHUT),
        ("، ", SHUT),
        (' "', SHUT),
        (" '", SHUT),
    ],
)
def test_kinds_of_gaps(gap: str, kind: int) -> None:
    assert fold(f"a{gap}b").kind(1) == kind


def test_offsets_lead_back_through_expanding_letters_and_beyond_the_first_plane() -> None:
    text = "x𝔸ßﷲé\u0301y"
    folded = fold(text)
    assert [text[folded.offset(number)] for number in range(len(folded.letters))] == list("x𝔸ßßﷲﷲﷲﷲéy")
    assert folded.end_offset(8) == text.index("y"), "a mark belongs to the letter before it"


@settings(max_examples=times(3), deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=60))
def test_any_text_folds_and_its_letters_fold_to_themselves(text: str) -> None:
    folded = fold(text)
    assert len(folded.letters) == len(folded.origin) == len(folded.borders) - 1
    assert fold(folded.letters).letters == folded.letters
    assert all(0 <= offset < len(text) for offset in folded.origin.tolist())


@settings(max_examples=times(1), deadline=None)
@given(st.lists(st.text(alphabet=st.characters(exclude_categories=[]), max_size=30), min_size=1, max_size=6))
def test_texts_folded_together_are_folded_as_each_is_by_itself(texts: list[str]) -> None:
    for together, text in zip(fold_each(texts), texts, strict=True):
        alone = fold(text)
        assert (together.letters, together.borders, together.text) == (alone.letters, alone.borders, text)
        assert together.origin.tolist() == alone.origin.tolist()
        assert [together.kind(n) for n in range(len(alone.borders))] == [
            alone.kind(n) for n in range(len(alone.borders))
        ]


@pytest.mark.parametrize("word", ["Dr", "Brig", "Md", "A"])
def test_a_title_that_begins_a_sentence_ends_none(word: str) -> None:
    text = f"He left. {word}. Hussain was shot. So they say."
    assert [text[start:end].strip() for start, end in sentences(text)] == [
        "He left.",
        f"{word}. Hussain was shot.",
        "So they say.",
    ]


def test_sentences_cover_the_text_and_know_titles_and_other_scripts() -> None:
    text = "Dr. Khan of the U.S. Army left. He said: “Go!” ہم آئے۔ वे गए। Fin"
    spans = sentences(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert [text[start:end].strip() for start, end in spans] == [
        "Dr. Khan of the U.S. Army left.",
        "He said: “Go!”",
        "ہم آئے۔",
        "वे गए।",
        "Fin",
    ]
