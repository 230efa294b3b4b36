"""Which reports tell the same story."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.sketches import Sketch, sketch
from monitor.core.stories import COPY, KEYS, OPEN, choose, decide, is_copy, keys, resemblance

NOW = datetime(2023, 7, 30, 12, tzinfo=UTC)


def told(title: str, text: str = "", *, hours: float = 0, url: str = "", entities: Sequence[str] = ()) -> Sketch:
    return sketch(title, text, lang="en", entities=entities, at=NOW + timedelta(hours=hours), url=url)


WIRE = (
    "A bomb went off among party workers gathered under a tent in Khar on Sunday afternoon and killed twenty of them, the "
    "district emergency officer said. More than fifty wounded people were moved to hospitals in Bajaur and Timergara."
)
BLAST = told("20 killed as bomb hits JUI-F convention in Bajaur", WIRE)


@pytest.mark.parametrize(
    "report",
    [
        told("At least 20 die as explosion rips through JUI-F convention in Bajaur", hours=2),
        told("باجوڑ: جے یو آئی ف کے کنونشن میں بم دھماکا، 20 ہلاک", hours=1),
        told("Взрыв на съезде партии в Баджауре: 20 погибших", hours=3),
        told("Party convention in Pakistan hit by blast", WIRE.replace("gathered", "who had met"), hours=1),
    ],
)
def test_one_event_in_other_words_or_another_language_is_one_story(report: Sketch) -> None:
    assert decide(report, {7: [BLAST]}) == 7


@pytest.mark.parametrize(
    "report",
    [
        told("Two policemen shot dead at Mamund check post in Bajaur", "Gunmen fired on them on Sunday.", hours=5),
        told("Bomb hits army convoy in Quetta, 3 soldiers killed", hours=1),
        told("Karachi traders protest new tax", hours=1),
        told("20 killed as bomb hits JUI-F convention in Bajaur", WIRE, hours=73),
    ],
)
def test_another_event_is_another_story(report: Sketch) -> None:
    assert decide(report, {7: [BLAST]}) is None


def test_the_most_alike_story_is_joined_and_why_is_said() -> None:
    kabul = told("Suicide bomber kills 20 at mosque in Kabul", hours=1)
    choice = choose(told("Toll of Bajaur convention bombing rises to 23", hours=3), {1: [kabul], 2: [BLAST]})
    assert (choice.story, choice.like) == (2, BLAST)
    assert "same place (bajaur)" in choice.why
    assert choose(BLAST, {}).why == ()


def test_the_same_text_joins_whatever_its_headline_and_says_so() -> None:
    copy = told(
        "Carnage at a political rally", WIRE.replace("the district emergency officer said", "officials said"), hours=4
    )
    assert is_copy(copy, BLAST)
    assert choose(copy, {1: [BLAST]}).why == ("same words",)


def test_texts_made_after_one_pattern_with_other_places_are_no_copies() -> None:
    one, other = (
        told(f"Security forces kill {toll} in {place}", f"They were killed in an operation in {place}, the army said.")
        for toll, place in (("five", "Bannu"), ("four", "Khyber"))
    )
    assert decide(one, {1: [other]}) is None


def test_one_page_is_one_story_but_not_all_that_a_site_links_to_one_page() -> None:
    page = "https://dawn.com/live/1"
    first = told("Explosion heard in Khar", url=page)
    assert choose(told("Explosion heard in Khar, say residents", url=page, hours=9), {1: [first]}).why == (
        "same address",
    )
    assert decide(told("Traders end strike over tax", url=page, hours=9), {1: [first]}) is None


def test_one_watched_name_within_the_hour_is_not_enough() -> None:
    first = told("Omari seen near border", entities=["omari"])
    assert decide(told("Interview of the week", entities=["omari"], hours=0.5), {1: [first]}) is None


def test_a_story_is_open_until_it_had_no_report_for_three_days() -> None:
    copy = told("20 killed as bomb hits JUI-F convention in Bajaur", WIRE, hours=70)
    late = told("20 killed as bomb hits JUI-F convention in Bajaur", WIRE, hours=100)
    assert decide(late, {1: [BLAST]}) is None
    assert decide(late, {1: [BLAST, copy]}) == 1
    assert timedelta(hours=72) == OPEN


TEXTS = st.lists(st.sampled_from("bomb kills five Bajaur Kabul police judge Omari again 11".split()), max_size=9).map(
    " ".join
)


@settings(deadline=None)  # the first one reads the lists of words
@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
def test_the_order_of_stories_and_reports_changes_nothing(titles: list[str], title: str) -> None:
    reports = [told(one, hours=number) for number, one in enumerate(titles)]
    stories = {number: [one, BLAST] for number, one in enumerate(reports)}
    backwards = {number: one[::-1] for number, one in reversed(stories.items())}
    assert decide(told(title), stories) == decide(told(title), backwards)


@settings(deadline=None)  # the first one reads the lists of words
@given(TEXTS, TEXTS)
def test_resemblance_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    first, second = told(one), told(other)
    assert resemblance(first, first) == 1 > COPY
    assert 0 <= resemblance(first, second) == resemblance(second, first) <= 1


@settings(deadline=None)  # the first one reads the lists of words
@given(st.text(max_size=60), st.text(max_size=2_000))
def test_keys_are_few_and_fit_a_database(title: str, text: str) -> None:
    found = keys(told(title, text))
    assert 0 < len(found) <= KEYS
    assert all(-(2**63) <= key < 2**63 for key in found)


def test_reports_in_two_languages_lead_to_each_other() -> None:
    assert keys(BLAST) & keys(told("Взрыв в Баджауре: 20 погибших"))
