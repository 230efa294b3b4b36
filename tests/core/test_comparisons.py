"""What two reports have in common, and what speaks against their telling one story."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.comparisons import AGAINST, FOR, FREE, compare, reasons
from monitor.core.sketches import Sketch, sketch
from monitor.core.story_weights import WEIGHTS

NOW = datetime(2023, 7, 30, 12, tzinfo=UTC)
NAMES = [name for reason in (*FOR, *AGAINST) for name in reason.names]


def told(title: str, text: str = "", *, hours: float = 0) -> Sketch:
    return sketch(title, text, lang="en", entities=["is-k"], at=NOW + timedelta(hours=hours))


BLAST = told("Five killed as bomb hits police van in Bajaur", "Khalil Haqqani spoke of 11 injured on Sunday.")


@pytest.mark.parametrize(
    ("title", "text", "name"),
    [
        ("Explosion in Bajaur", "", "scene"),
        ("Khalil Haqqani laid to rest", "", "named"),
        ("Bomb goes off", "", "kind"),
        ("Police van struck", "", "theme"),
        ("Toll rises", "Doctors speak of 11.", "numbers"),
        ("Five killed", "", "toll"),
        ("Mourning", "The attack on Sunday shocked many.", "day"),
    ],
)
def test_what_is_in_common_counts(title: str, text: str, name: str) -> None:
    assert compare(BLAST, told(title, text))[name] > 0
    assert compare(BLAST, told("Weather"))[name] == 0


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Five killed in Kabul", "elsewhere"),
        ("Five killed in Kabul", "abroad"),
        ("Gunmen shoot dead cleric", "matter"),
        ("Judge frees journalist", "whatever"),
        ("Fifty killed in bombing", "growth"),
        ("Another bomb hits police", "again"),
        ("Analysis: why bombs hit police", "analysis"),
    ],
)
def test_what_differs_counts(title: str, name: str) -> None:
    assert compare(BLAST, told(title))[name] > 0
    assert compare(BLAST, BLAST)[name] == 0


def test_time_tells_for_and_against() -> None:
    near, far = compare(BLAST, told("Blast", hours=1)), compare(BLAST, told("Blast", hours=48))
    assert near["soon"] > far["soon"]
    assert near["hours"] < far["hours"]


def test_every_comparison_has_one_weight_and_its_sign() -> None:
    assert sorted(compare(BLAST, BLAST)) == sorted(WEIGHTS) == sorted([*FREE, *NAMES])
    assert all(WEIGHTS[name] >= 0 for reason in FOR for name in reason.names)
    assert all(WEIGHTS[name] <= 0 for reason in AGAINST for name in reason.names)


TEXTS = st.lists(
    st.sampled_from(
        "bomb kills five Bajaur Kabul police judge shot dead again 11 hurt on Sunday Omari پولیس Взрыв".split()
    ),
    max_size=12,
).map(" ".join)


@settings(deadline=None)  # the first one reads the lists of words
@given(TEXTS, TEXTS, st.floats(0, 100))
def test_comparing_is_the_same_both_ways_and_finite(one: str, other: str, hours: float) -> None:
    first, second = told(one), told(other, hours=hours)
    assert compare(first, second) == compare(second, first)
    assert all(math.isfinite(value) and 0 <= value <= 2 for value in compare(first, second).values())


def test_reasons_are_said_in_words_the_weightiest_first() -> None:
    other = told("Bajaur: bomb kills five of police")
    said = reasons(FOR, compare(BLAST, other), WEIGHTS, (BLAST, other))
    assert "same place (bajaur)" in said
    assert "same kind of happening (blast, kill)" in said
    assert "same toll (5)" in said
    kabul = told("Five killed in Kabul", hours=30)
    assert {"other places", "other country", "told far apart (30 h)"} <= set(
        reasons(AGAINST, compare(BLAST, kabul), WEIGHTS, (BLAST, kabul))
    )
