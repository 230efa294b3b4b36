"""Ordinary words are told from names."""

import base64
import zlib

import pytest

from monitor.core import common, common_data
from monitor.core.common import is_common
from monitor.core.text import fold

ORDINARY = (
    "is Who people Attack don't اور وزیر کې حكومة الشرطة правительство सरकार saldırı président Straße Pech año".split()
)
NAMES = (
    "Kabul Hussain Zia Fateh Bajaur Khan Turkey China Москва کابل باجوڑ طالبان خراسان काबुल ISIS TTP Guinea Jack".split()
)


@pytest.mark.parametrize("word", ORDINARY)
def test_words_of_running_text_are_common_however_they_are_written(word: str) -> None:
    assert is_common(fold(word).letters)


@pytest.mark.parametrize("name", [*NAMES, ""])
def test_names_of_people_places_and_groups_are_not(name: str) -> None:
    assert not is_common(fold(name).letters)


def test_every_word_of_the_list_is_found_when_it_is_folded_alone() -> None:
    words = zlib.decompress(base64.b85decode(common_data.PACKED)).decode().split("\n")
    assert len(words) == common_data.COUNT
    assert {fold(word).letters for word in words} == common._words()
