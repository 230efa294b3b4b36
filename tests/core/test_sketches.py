"""What of a report is kept to be compared."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.sketches import Sketch, signature, sketch

NOW = datetime(2023, 7, 30, 12, tzinfo=UTC)  # a Sunday


def told(title: str, text: str = "", *, lang: str = "en", url: str = "") -> Sketch:
    return sketch(title, text, lang=lang, entities=["is-k"], at=NOW, url=url)


@pytest.mark.parametrize(
    ("title", "dead", "hurt"),
    [
        ("At least 54 killed and 200 injured in Bajaur blast", 54, 200),
        ("Fifty-four dead in Bajaur", 54, None),
        ("باجوڑ دھماکے میں 54 افراد ہلاک، 90 زخمی", 54, 90),
        ("При взрыве погибли пять человек", 5, None),
        ("Death toll in van blast climbs to five", 5, None),
        ("Talks open in Doha", None, None),
    ],
)
def test_tolls_are_read_in_words_and_digits_of_many_languages(title: str, dead: int | None, hurt: int | None) -> None:
    found = told(title)
    assert (found.dead, found.hurt) == (dead, hurt)


@pytest.mark.parametrize(
    "title", ["Blast in Bajaur", "باجوڑ میں دھماکا", "Взрыв в Баджауре", "बाजौर में धमाका", "انفجار في باجور"]
)
def test_a_place_and_what_happened_there_are_the_same_in_every_script(title: str) -> None:
    found = told(title)
    assert [set(one) for one in (found.scene, found.lands, found.headline)] == [{"bajaur"}, {"pk"}, {"blast"}]


def test_ordinary_words_are_no_places_however_they_sound() -> None:
    assert told("Bombing and travelling in the northwest, nationwide").places == frozenset()


def test_places_of_the_text_are_no_scene() -> None:
    found = told("Five killed in Bajaur", "The injured were taken to Peshawar.")
    assert [set(one) for one in (found.scene, found.places)] == [{"bajaur"}, {"bajaur", "peshawar"}]


def test_a_weekday_is_the_last_one_before_the_report() -> None:
    assert told("Blast", "It went off on Friday").days == {(NOW - timedelta(days=2)).toordinal()}
    assert told("Blast", "It went off on Sunday").days == {NOW.toordinal()}


def test_the_name_of_the_outlet_says_nothing() -> None:
    assert told("Blast kills five in Bajaur - The Kabul Times").scene == {"bajaur"}


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://DAWN.com/news/1?utm_source=rss#top", "https://dawn.com/news/1"),
        ("https://dawn.com/", ""),
        ("https://dawn.com", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_a_page_is_known_by_its_canonical_address_and_a_front_page_is_none(url: str, page: str) -> None:
    assert told("Blast", url=url).address == page


WORDS = st.lists(st.sampled_from([f"w{number}" for number in range(200)]), min_size=30, max_size=60, unique=True)


@settings(deadline=None)  # the first one reads the lists of words
@given(WORDS)
def test_a_signature_is_the_same_for_the_same_words_and_hardly_any_for_others(words: list[str]) -> None:
    assert signature(words) == signature(list(words))
    others = [f"other-{word}" for word in words]
    same = sum(map(int.__eq__, signature(words), signature(others)))
    assert same <= 5


def test_a_signature_tells_the_share_of_shingles_in_common() -> None:
    words = [f"w{number}" for number in range(100)]
    for changed in (5, 20, 50):
        other = [*words[: 100 - changed], *(f"x{number}" for number in range(changed))]
        shared = 98 - changed
        share = shared / (2 * 98 - shared)
        found = sum(map(int.__eq__, signature(words), signature(other))) / len(signature(words))
        assert abs(found - share) < 0.25


@settings(deadline=None)  # the first one reads the lists of words
@given(st.text(max_size=80), st.text(max_size=300))
def test_every_text_has_a_sketch(title: str, text: str) -> None:
    found = told(title, text)
    assert found.scene <= found.places
    assert found.headed <= found.names
    assert found.headline <= found.kinds
    assert found.theme <= found.subjects
