"""Which titles say the same in other words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.headlines import likeness, title_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IS-K claims bombing of election rally in Bajaur", "IS-K claims the bombing of an election rally in Bajaur"),
        ("Toll of Bajaur bombing rises to 54 - Sample Post", "Toll of Bajaur bombing rises to 54 | Wire Service"),
        (
            "Explosion at JUI-F convention in Bajaur",
            "Explosion at JUI-F convention in Bajaur, dozens feared dead in Khar",
        ),
        ("باجوڑ خودکش دھماکے کی ذمہ داری داعش نے قبول کر لی", "داعش نے باجوڑ خودکش دھماکے کی ذمہ داری قبول کی"),
    ],
)
def test_wordings_of_one_event_are_alike(one: str, other: str) -> None:
    assert likeness(title_words(one), title_words(other)) > 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Two policemen killed in Bannu", "Two policemen killed in Tank district, three hurt near the market"),
        ("Blast in Bajaur", "Blast in Quetta"),
        ("IS-K claims attack in Kabul", "IS-K denies attack on mosque in Herat province"),
        ("", ""),
        ("The", "The"),
    ],
)
def test_different_events_are_not(one: str, other: str) -> None:
    assert likeness(title_words(one), title_words(other)) == 0


WORDS = st.frozensets(st.sampled_from([f"w{number}" for number in range(12)]), max_size=8)


@given(WORDS, WORDS)
def test_likeness_is_the_same_in_both_directions_and_between_nothing_and_one(
    one: frozenset[str], other: frozenset[str]
) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1
    assert not one or likeness(one, one) == 1
