"""What counts as an edit, and what of it is told again."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.edits import (
    CHANGES_TOLD,
    HEADLINES_TOLD,
    headline_changed,
    is_edit,
    is_other_report,
    may_tell,
    wording,
)
from monitor.core.types import Change

NOISE = [
    ("Blast in Khar. Updated 5 minutes ago", "Blast in Khar. Updated 2 hours ago"),
    ("Blast in Khar, an hour ago", "Blast in Khar, 3 hours ago"),
    (
        "Blast in Khar. Last updated: 12:05 PM PKT, July 30, 2023",
        "Blast in Khar. Last updated: Mon, 31 Jul 2023 02:10 GMT",
    ),
    ("Blast in Khar (12 comments)", "Blast in Khar (1,204 comments)"),
    ("Blast in Khar. Comments: 3. No shares", "Blast in Khar. Comments: 17. 2 shares"),
    ("Blast in Khar. Views 1.2K", "Blast in Khar. Views 1.2K"),
    ("3 min read. Blast in Khar", "4-minute read. Blast in Khar"),
    ("Blast in Khar, see https://x.example/a?s=1#b", "Blast in Khar, see https://x.example/a?utm_source=rss"),
    ("خار میں دھماکا، 5 منٹ پہلے", "خار میں دھماکا، 12 منٹ پہلے"),
    ("انفجار في خار منذ 5 دقائق", "انفجار في خار منذ ساعة"),
    ("Взрыв в Харе, 5 минут назад", "Взрыв в Харе, 2 часа назад"),
    ("खार में धमाका, 5 मिनट पहले", "खार में धमाका, 3 घंटे पहले"),
    ("It’s “over” – police…", 'It\'s "over" - police...'),
    ("Blast\u00a0in\u200b Khar\n", "Blast in Khar"),
]

EDITS = [
    ("At least 40 killed in Bajaur", "At least 54 killed in Bajaur"),
    ("IS-K blamed", "is-k blamed"),
    ("Police deny it", "Police do not deny it"),
    ("Blast 5 km from Khar", "Blast 50 km from Khar"),
    ("The ceasefire, updated at Doha", "The ceasefire, updated at Kabul"),
    ("", "Blast"),
]


@pytest.mark.parametrize(("old", "new"), NOISE)
def test_counters_clocks_and_typography_are_no_edit(old: str, new: str) -> None:
    assert not is_edit("Title", old, "Title", new)


@pytest.mark.parametrize(("old", "new"), EDITS)
def test_any_other_word_is_an_edit_of_title_or_text(old: str, new: str) -> None:
    assert is_edit("Title", old, "Title", new)
    assert is_edit(old, "Text", new, "Text")


@given(st.text(), st.sampled_from([" ", "\n", "\u00a0"]))
def test_how_a_text_is_spaced_never_matters(text: str, space: str) -> None:
    assert not is_edit(text, text, f"{space}{text}{space}", f"{text}{space}")


@given(st.text())
def test_a_clock_behind_any_text_never_matters(text: str) -> None:
    assert wording(f"{text} 5 minutes ago") == wording(f"{text} 19 hours ago")


def test_no_text_takes_long() -> None:
    began = time.process_time()
    for hostile in (
        "1" * 200_000,
        "updated " * 25_000,
        "Updated 1 " + "1 . " * 50_000,
        "https://x" * 20_000,
        "1,111" * 40_000,
    ):
        wording(hostile)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Blast in Bajaur kills 40", "BREAKING: Blast in Bajaur kills 40"),
        ("Blast in Bajaur kills 40", "Blast in Bajaur kills 40 - Dawn"),
        ("Update 2 - Blast in Bajaur kills 40", "Update 3 - Blast in Bajaur kills 40"),
        ("Blast in Bajaur kills 40", "Blast in Bajáur kills 40!"),
        ("LIVE", "Live"),
        ("", " "),
    ],
)
def test_labels_outlets_case_and_marks_make_no_new_headline(old: str, new: str) -> None:
    assert not headline_changed(old, new)
    assert not headline_changed(new, old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Blast in Bajaur kills 40", "Blast in Bajaur kills 54"),
        ("JUI-F accuses IS-K", "IS-K accuses JUI-F"),
        ("IS-K claims attack", "IS-K does not claim attack"),
        ("Blast in Bajaur", ""),
        ("باجوڑ میں دھماکا", "باجوڑ میں خودکش دھماکا"),
    ],
)
def test_other_words_or_another_order_make_a_new_headline(old: str, new: str) -> None:
    assert headline_changed(old, new)
    assert headline_changed(new, old)


FIRST = (
    "https://x.example/1",
    "Blast in Bajaur kills 40",
    "A suicide bomber struck a convention of the JUI-F in Khar.",
)


@pytest.mark.parametrize(
    ("new", "other"),
    [
        (
            ("https://x.example/2", "Minister opens a road in Swat", "The road links two valleys, the minister said."),
            True,
        ),
        (
            ("https://x.example/2", "Blast in Bajaur kills 54", "The minister said nothing of roads in two valleys."),
            False,
        ),
        (
            (
                "https://x.example/2",
                "Carnage",
                "A suicide bomber struck a convention of the JUI-F in Khar, police say.",
            ),
            False,
        ),
        (("https://X.example/1?utm_source=rss", "Minister opens a road", "Two valleys."), False),
        (("", "Minister opens a road", "Two valleys."), False),
    ],
)
def test_an_id_with_another_address_and_other_words_is_another_report(new: tuple[str, str, str], other: bool) -> None:
    assert is_other_report(FIRST, new) is other
    assert is_other_report(new, FIRST) is other


def test_a_headline_that_goes_back_and_forth_is_told_a_few_times_and_leaves_room_for_a_withdrawal() -> None:
    assert [may_tell(Change.HEADLINE, told) for told in range(5)] == [True, True, True, False, False]
    assert may_tell(Change.WITHDRAWN, HEADLINES_TOLD)
    assert may_tell(Change.RESTORED, HEADLINES_TOLD + 1)
    assert not may_tell(Change.WITHDRAWN, CHANGES_TOLD)
