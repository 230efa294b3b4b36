"""Words of many languages that mean the same, and names that sound the same."""

import pytest

from monitor.core.glossary import Glossary
from monitor.core.happenings import kind_of_word, number_of_word
from monitor.core.lands import land_of, place_of, sets_the_stage
from monitor.core.sounds_alike import rough_key
from monitor.core.subjects import subject_of_word, weekday_of_word
from monitor.core.text import fold


def folded(word: str) -> str:
    return fold(word).letters


def test_a_beginning_stands_for_all_its_words_and_the_longest_counts() -> None:
    words = Glossary({"attack": "attack", "heart": "attackheart", "bomb": "ied$ بم"})
    assert words.meaning("attackers") == "attack"
    assert words.meaning("attackhearts") == "heart"
    assert words.meaning("ied") == "bomb"
    assert words.meaning("iedereen") is None
    assert words.meaning(folded("بم")) == "bomb"
    assert words.meaning(folded("بمب")) is None


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("blast", "explosion دھماکا انفجار взрыва विस्फोट Explosion"),
        ("kill", "killed ہلاک کشته погибли मारे getötet morts"),
        ("arrest", "arrested گرفتار بازداشت задержан गिरफ्तार verhaftet"),
    ],
)
def test_a_kind_of_happening_is_the_same_in_every_language(kind: str, words: str) -> None:
    assert {kind_of_word(folded(word)) for word in words.split()} == {kind}


@pytest.mark.parametrize(
    ("subject", "words"), [("police", "policemen پولیس полицейских पुलिस"), ("train", "train ٹرین поезд ट्रेन")]
)
def test_a_subject_is_the_same_in_every_language(subject: str, words: str) -> None:
    assert {subject_of_word(folded(word)) for word in words.split()} == {subject}


def test_numbers_and_weekdays_are_read_in_words() -> None:
    assert [number_of_word(folded(word)) for word in "five پانچ пять पांच fünf fifty-four many".split()] == [
        5,
        5,
        5,
        5,
        5,
        54,
        None,
    ]
    assert {weekday_of_word(folded(word)) for word in "Monday پیر دوشنبه понедельник सोमवार".split()} == {0}


@pytest.mark.parametrize("word", ["Bajaur", "باجوڑ", "باجوړ", "Баджауре", "बाजौर"])
def test_a_name_sounds_the_same_in_every_script(word: str) -> None:
    assert rough_key(folded(word)) == rough_key("bajaur") != ""
    assert place_of(folded(word), by_sound=True) == "bajaur"


def test_of_a_short_word_too_little_is_heard() -> None:
    assert rough_key("o") == ""


def test_a_place_lies_in_its_country_and_a_country_is_no_place() -> None:
    assert (place_of("kabul", by_sound=False), land_of("kabul", by_sound=False)) == ("kabul", "af")
    assert (place_of("afghanistan", by_sound=False), land_of("afghanistan", by_sound=False)) == (None, "af")
    assert place_of(folded("بدمشق"), by_sound=False) == "damascus"


def test_names_of_every_second_report_tell_none_from_another() -> None:
    assert sets_the_stage(rough_key("pakistan"))
    assert not sets_the_stage(rough_key("bajaur"))
