"""What a mail says beyond what every message says, and that it stays small."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.grouping import alert_notice
from monitor.core.occasion import Standing, occasion_of, repeated
from monitor.core.types import Delivery, Hit, Message, Notice, Severity
from monitor.render.environment import MAIL_BYTES
from monitor.render.message import MAIL_REPORTS, render
from tests.render.golden import check_golden
from tests.render.samples import (
    NOW,
    changed_hits,
    english_hits,
    make_alert,
    make_delivery,
    make_hit,
    make_item,
    make_notice,
    pashto_hit,
    persian_hit,
    urdu_hit,
)
from tests.render.test_message import ATTACKS, flood, hostile

PUBLIC_URL = "https://monitor.example.org/"


def told(hits: list[Hit], *, updated: bool = False) -> Delivery:
    return make_delivery(make_notice(hits, updated=updated, public_url=PUBLIC_URL))


def many() -> list[Hit]:
    """Return the hits of twenty reports of four severities."""
    return [
        make_hit(number, make_item(number, title=f"Report {number} of the blast at a JUI-F convention in Bajaur"))
        for number in range(1, 17)
    ] + [
        make_hit(number, make_item(number), severity=severity)
        for number, severity in enumerate([Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.LOW], start=17)
    ]


MAILS = {
    "single": told([make_hit()]),
    "update": told(changed_hits(), updated=True),
    "many": told(many()),
    "right-to-left": told([urdu_hit(), persian_hit(), pashto_hit()]),
    "hostile": hostile("".join(ATTACKS)),
}


@pytest.mark.parametrize("name", MAILS)
def test_mails_are_as_they_were_looked_at(name: str) -> None:
    message = mail(MAILS[name])
    check_golden(f"mail-{name}.html", message.html)
    check_golden(f"mail-{name}.txt", f"{message.title}\n\n{message.text}")


def mail(delivery: Delivery) -> Message:
    return render(delivery, kind="email")


def test_a_subject_begins_with_severity_and_news() -> None:
    assert mail(told([make_hit()])).title[:40] == "Critical: Blast at JUI-F convention in B"


def test_all_mails_of_a_story_have_one_subject() -> None:
    """Gmail keeps in one conversation only what has one subject."""
    first = mail(told([*english_hits(), urdu_hit()])).title
    again = alert_notice(
        make_alert(notified_at=NOW),
        [urdu_hit()],
        occasion=repeated(Standing(7, 4), since=timedelta(hours=4)),
        public_url=None,
        now=NOW,
    )
    assert first == "Critical: Blast at JUI-F convention in Bajaur kills at least 40"
    assert mail(told([urdu_hit()], updated=True)).title == first
    assert mail(told(changed_hits(), updated=True)).title == first
    assert mail(make_delivery(again)).title == first


def test_a_story_that_gets_graver_gets_another_subject() -> None:
    assert mail(make_delivery(rising(Severity.HIGH))).title.startswith("High: Blast")
    assert mail(make_delivery(rising(Severity.CRITICAL))).title.startswith("Critical: Blast")


def rising(severity: Severity) -> Notice:
    alert, hits = make_alert(severity=severity, notified_at=NOW), [make_hit(severity=severity)]
    occasion = occasion_of(alert, hits, Standing(2, 2, Severity.HIGH, frozenset()))
    return alert_notice(alert, hits, occasion=occasion, public_url=None, now=NOW)


def test_an_alert_about_several_stories_has_the_subject_of_its_news() -> None:
    alert = make_alert(story_id=None, group="watchlist jui-f", notified_at=NOW)
    hits = [make_hit(9, make_item(9, title="JUI-F leader shot in Khar"))]
    notice = alert_notice(alert, hits, occasion=occasion_of(alert, hits, Standing()), public_url=None, now=NOW)
    assert mail(make_delivery(notice)).title == "Critical, 1 new report: JUI-F leader shot in Khar"


def test_a_list_of_mails_shows_what_the_subject_does_not() -> None:
    assert preview(told([make_hit()])).startswith("Sample Frontier Post. KHAR: A suicide bomber struck")
    shown = preview(told([urdu_hit()], updated=True))
    assert shown.startswith("1 new report from 1 feed; now 7 reports from 4 publishers. \u2068باجوڑ: ")


def preview(delivery: Delivery) -> str:
    found = re.search(r'<div style="display:none[^"]*">([^<]*)</div>', mail(delivery).html)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_mail_says_how_to_acknowledge_and_to_be_told_less(part: str) -> None:
    linked, unlinked = (
        getattr(mail(one), part) for one in (told([make_hit()]), make_delivery(make_notice([make_hit()])))
    )
    assert "https://monitor.example.org/ack/alr_abcdefghijklmnopqrstuvwxyz/token" in linked
    assert "monitor silence add --rule attack-on-jui-f --for 6h --reason WHY" in linked
    assert "monitor alerts ack alr_abcdefghijklmnopqrstuvwxyz --by NAME" in unlinked
    assert "/ack/" not in unlinked


def test_a_reason_runs_to_the_right_whatever_name_it_begins_with() -> None:
    message = mail(told([persian_hit()]))
    assert '- \u2068\u200e"داعش خراسان" in the title names Islamic State in Khorasan (is-k)\u2069' in message.text
    assert re.search(r'dir="ltr" style="[^"]*">&#34;داعش خراسان&#34; in the title', message.html)


def test_of_large_reports_as_many_are_shown_as_fit() -> None:
    url = "https://news.example.org/?" + "&" * 1_900
    hits = [
        replace(
            make_hit(10 * n + rule, make_item(n, title="<" * 300, text="'" * 900, url=url)),
            rule=f"r{rule}",
            why="&" * 400,
        )
        for n in range(1, 20)
        for rule in range(6)
    ]
    message = mail(told(hits))
    shown = message.html.count("Read the report")
    assert 1 <= shown < MAIL_REPORTS
    assert len(message.html.encode()) <= MAIL_BYTES
    assert f"and {19 - shown} more reports" in message.html
    assert f"and {19 - shown} more reports" in message.text
    assert mail(make_delivery(flood(60))).html.count("Read the report") == MAIL_REPORTS


@settings(deadline=None, max_examples=25)  # a machine under load must not fail it
@given(letter=st.sampled_from("&<'\"آ\U0001f4f0x "), size=st.integers(0, 3_000))
def test_no_mail_is_so_large_that_gmail_cuts_it(letter: str, size: int) -> None:
    text = letter * size
    items = [
        make_item(n, title=text, text=text, feed_name=text, url=f"https://e.org/{text}", lang=text)
        for n in range(1, 20)
    ]
    hits = [make_hit(n, item, mentions=(), why=text, rule=text or "r") for n, item in enumerate(items)]
    assert len(mail(told(hits)).html.encode()) <= MAIL_BYTES
