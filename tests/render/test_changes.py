"""What is told of reports that changed after they were told."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from monitor.core.types import Change, Hit, Message
from monitor.render.message import render
from tests.render.golden import check_golden
from tests.render.samples import (
    CHATS,
    NOW,
    changed_hits,
    make_delivery,
    make_hit,
    make_item,
    make_notice,
    mark,
    urdu_hit,
)
from tests.render.test_message import ATTACKS, Tags, whole

shown = pytest.mark.parametrize("kind", ["console", "email", "apprise", *CHATS])
titled = pytest.mark.parametrize("kind", ["console", "apprise", *CHATS])  # mails of a story have one subject


def told(hits: Sequence[Hit], kind: str = "email") -> Message:
    """Return the message of an update about hits."""
    return render(make_delivery(make_notice(hits, updated=True, public_url="https://monitor.example.org/")), kind=kind)


def test_the_mail_of_changes_is_as_it_was_looked_at() -> None:
    message = told(changed_hits())
    check_golden("alert-changed.html", message.html)
    check_golden("alert-changed.txt", f"{message.title}\n\n{message.text}")


@pytest.mark.parametrize("kind", CHATS)
def test_the_chat_message_of_changes_is_as_it_was_looked_at(kind: str) -> None:
    body = told(changed_hits(), kind).body
    check_golden(f"alert-changed.{kind}.json", json.dumps(body, ensure_ascii=False, indent=2) + "\n")


@titled
def test_the_title_of_an_update_counts_what_is_new_and_what_changed(kind: str) -> None:
    assert told(changed_hits(), kind).title == (
        "Critical, 1 new report, 1 report withdrawn, 1 report published again, 1 headline changed: "
        "Blast at JUI-F convention in Bajaur kills at least 40"
    )


@shown
def test_an_update_counts_what_is_new_and_what_changed(kind: str) -> None:
    counted = "1 new report from 1 feed, 1 report withdrawn, 1 report published again, 1 headline changed"
    assert counted in whole(told(changed_hits(), kind))


@pytest.mark.parametrize(
    ("hit", "title"),
    [
        (0, "Critical, headline changed: Blast at JUI-F convention in Bajaur kills at least 54"),
        (2, "Critical, withdrawn by the publisher: IS-K claims the attack in Bajaur, channel says"),
        (3, "Critical, published again: JUI-F leader among the dead in Khar"),
    ],
)
@titled
def test_an_update_that_tells_one_change_has_it_in_its_title(kind: str, hit: int, title: str) -> None:
    assert told([changed_hits()[hit]], kind).title == title


@shown
def test_what_became_of_a_report_stands_beside_it(kind: str) -> None:
    words = whole(told(changed_hits(), kind)).replace("\\", "")
    for note in (
        "Headline changed, now:",
        "Blast at JUI-F convention in Bajaur kills at least 54",
        "Withdrawn by the publisher",
        "found 30 Jul 2023, 18:40 UTC",
        "Published again",
    ):
        assert note in words


def test_a_known_report_with_a_new_reason_is_new_and_shown_in_its_newest_words() -> None:
    old = changed_hits()[0]
    item = make_item(title="IS-K blamed for blast in Bajaur", version=3, newest_version=3, edited_at=NOW)
    new = make_hit(9, item, rule="entity:is-k", mentions=(mark(item, "is-k", "title", "IS-K"),), why="names IS-K")
    renamed = replace(old, item=replace(old.item, headline=item.title))
    message = told([renamed, new])
    assert "Critical: 1 new report from 1 feed" in message.text
    assert Tags(message.html).marked == ["IS-K"]
    assert "Headline changed, before: Blast at JUI-F convention in Bajaur kills at least 40" in message.text
    assert "names IS-K" in message.text
    assert old.why in message.text


def test_a_headline_that_is_back_is_told_so() -> None:
    hit = replace(make_hit(), change=Change.HEADLINE)
    assert "Headline changed back" in told([hit]).text


def test_a_report_told_for_the_first_time_says_what_became_of_it_and_counts_as_a_report() -> None:
    hits = [replace(hit, change=None) for hit in changed_hits()[:3]]
    message = render(make_delivery(make_notice(hits)), kind="console")
    assert message.title == "Critical: Blast at JUI-F convention in Bajaur kills at least 40 (3 reports)"
    assert "Headline changed, now: Blast at JUI-F convention in Bajaur kills at least 54" in message.text


@pytest.mark.parametrize("attack", ATTACKS)
@shown
def test_markup_in_a_new_headline_does_nothing(kind: str, attack: str) -> None:
    hit = changed_hits()[0]
    message = told([replace(hit, item=replace(hit.item, headline=attack))], kind)
    assert Tags(message.html).tags <= Tags(told([changed_hits()[0]], kind).html).tags
    assert not set(whole(message)) & set("\u202e\u2066\x1b\x00\r")
    if kind in CHATS:
        body: Any = message.body
        assert "@here" not in json.dumps(body)
        assert "<!" not in json.dumps(body)


@shown
def test_a_notice_from_before_versions_is_rendered_as_ever(kind: str) -> None:
    notice: Any = make_notice([make_hit(), urdu_hit()], updated=True)
    before = render(make_delivery(notice), kind=kind)
    for hit in notice["data"]["hits"]:
        for key in ("version", "headline", "edited_at", "withdrawn_at", "change"):
            del hit["item"][key]
    assert render(make_delivery(notice), kind=kind) == before
