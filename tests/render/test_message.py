import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.grouping import alert_notice
from monitor.core.occasion import Standing, repeated
from monitor.core.types import Delivery, Message, Notice, Severity
from monitor.render.message import CHAT_REPORTS, MAIL_REPORTS, render
from tests.render.golden import check_golden
from tests.render.samples import (
    CHATS,
    NOW,
    alert_delivery,
    english_hits,
    make_alert,
    make_delivery,
    make_hit,
    make_item,
    make_notice,
    mark,
    urdu_hit,
)

KINDS = ("console", "webhook", "email", "nats", "apprise", *CHATS)
every_kind = pytest.mark.parametrize("kind", KINDS)
chats = pytest.mark.parametrize("kind", CHATS)


def whole(message: Message) -> str:
    """Return everything a reader may see of a message."""
    return "\n".join([message.title, message.text, message.html, json.dumps(message.body, ensure_ascii=False)])


def note(type_: str, text: str) -> Delivery:
    notice: Any = {"type": type_, "timestamp": "2023-07-30T12:00:00Z", "data": {"message": text}}
    return make_delivery(notice)


def strings(value: object) -> list[str]:
    """Return every string in a JSON value."""
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []


class Tags(HTMLParser):
    """Collects the elements of a page and their links; a void or closed element is told by the parser."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.marked: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "mark":
            self.marked.append(data)


def test_the_mail_of_an_alert_is_as_it_was_looked_at() -> None:
    message = render(alert_delivery(), kind="email")
    check_golden("alert.html", message.html)
    check_golden("alert.txt", f"{message.title}\n\n{message.text}")


@chats
def test_the_chat_message_of_an_alert_is_as_it_was_looked_at(kind: str) -> None:
    body = render(alert_delivery(), kind=kind).body
    check_golden(f"alert.{kind}.json", json.dumps(body, ensure_ascii=False, indent=2) + "\n")


def update() -> Delivery:
    """Return the update of an alert that names an entity nobody was told of."""
    return make_delivery(make_notice(english_hits(), updated=True, public_url="https://monitor.example.org/"))


def test_the_mail_of_an_update_is_as_it_was_looked_at() -> None:
    message = render(update(), kind="email")
    check_golden("alert-updated.html", message.html)
    check_golden("alert-updated.txt", f"{message.title}\n\n{message.text}")


@chats
def test_the_chat_message_of_an_update_is_as_it_was_looked_at(kind: str) -> None:
    body = render(update(), kind=kind).body
    check_golden(f"alert-updated.{kind}.json", json.dumps(body, ensure_ascii=False, indent=2) + "\n")


@pytest.mark.parametrize("kind", ["console", "slack", "mattermost", "email"])
def test_every_message_says_why_it_comes_now_unless_it_is_the_first(kind: str) -> None:
    reason = "first mention of Islamic State in Khorasan; now 7 reports from 4 publishers"
    assert reason in whole(render(update(), kind=kind)).replace("\\", "")
    assert "first report" not in whole(render(alert_delivery(), kind=kind))


@pytest.mark.parametrize("kind", ["console", "slack", "mattermost", "email"])
def test_what_is_told_again_is_not_called_new(kind: str) -> None:
    alert = make_alert(notified_at=NOW)
    occasion = repeated(Standing(7, 4), since=timedelta(hours=4))
    notice = alert_notice(alert, english_hits(), occasion=occasion, public_url=None, now=NOW)
    message = render(make_delivery(notice), kind=kind)
    told = "" if kind == "email" else ", not acknowledged"  # a mail says so below its subject, which stays the same
    assert message.title == f"Critical{told}: Blast at JUI-F convention in Bajaur kills at least 40"
    assert "1 report from 1 feed; not acknowledged in 4 h" in whole(message)


@every_kind
def test_a_notice_from_before_reasons_is_told_without_one(kind: str) -> None:
    notice = make_notice(english_hits(), updated=True)
    for key in ("reports", "publishers", "quiet", "reason", "ack_url", "repeated", "story_title"):
        del notice["data"]["alert"][key]  # type: ignore[misc]  # the key is one of those that may lack
    assert "Critical, 1 new report" in whole(render(make_delivery(notice), kind=kind)) or kind == "webhook"


@every_kind
def test_every_message_carries_the_deliverys_identity(kind: str) -> None:
    delivery = alert_delivery()
    message = render(delivery, kind=kind)
    assert (message.id, message.thread, message.created_at) == (delivery.id, delivery.thread, delivery.created_at)
    assert (message.type, message.severity) == ("alert.created", Severity.CRITICAL)
    assert render(delivery, kind=kind) == message


def test_a_webhook_gets_the_notice_itself() -> None:
    assert render(alert_delivery(), kind="webhook").body == alert_delivery().notice


@every_kind
def test_every_message_says_why_where_when_and_how_bad(kind: str) -> None:
    shown = whole(render(alert_delivery(), kind=kind)).replace("\\", "").replace("&#34;", '"').replace("&#39;", "'")
    for fact in (
        "attack-on-jui-f",
        "entity:is-k",
        "in the text names",
        "Sample Frontier Post",
        "news.example.org/stories/1",
    ):
        assert fact in shown
    assert "2023-07-30T11:15:00Z" in shown or "30 Jul 2023, 11:15 UTC" in shown
    assert "critical" in shown.lower()


@pytest.mark.parametrize("kind", ["console", "email", "apprise", *CHATS])
def test_an_update_says_how_many_reports_are_new(kind: str) -> None:
    message = render(alert_delivery(updated=True), kind=kind)
    told = "" if kind == "email" else ", 2 new reports"  # as above
    assert message.title == f"Critical{told}: Blast at JUI-F convention in Bajaur kills at least 40"
    assert "2 new reports from 2 feeds" in whole(message)


def test_one_report_is_not_counted_in_the_title() -> None:
    title = render(make_delivery(make_notice(english_hits())), kind="email").title
    assert title == "Critical: Blast at JUI-F convention in Bajaur kills at least 40"


def test_several_hits_of_an_item_are_one_report_with_several_reasons() -> None:
    text = render(make_delivery(make_notice(english_hits())), kind="console").text
    assert text.count("https://news.example.org/stories/1") == 1
    assert [line for line in text.splitlines() if line.startswith("- ")] == [f"- {hit.why}" for hit in english_hits()]


def test_the_words_that_counted_are_marked_in_the_mail() -> None:
    marked = Tags(render(alert_delivery(), kind="email").html).marked
    assert marked[:2] == ["JUI-F", "Bajaur"]
    assert "Islamic State's Khorasan branch" in marked
    assert marked[-3:] == ["باجوڑ", "جے یو آئی ف", "باجوڑ"]


def test_the_excerpt_shows_the_first_word_that_counted() -> None:
    item = make_item(text="Nothing of note. " * 50 + "Then a blast in Bajaur was heard." + " More followed." * 5)
    hit = make_hit(1, item, mentions=(mark(item, "bajaur", "text", "Bajaur"),))
    text = render(make_delivery(make_notice([hit])), kind="console").text
    excerpt = next(line for line in text.splitlines() if "*Bajaur*" in line)
    assert excerpt.startswith("… ")
    assert len(excerpt) < 340


def test_a_text_that_repeats_the_title_is_not_shown_twice() -> None:
    item = make_item(text="Blast at JUI-F convention in Bajaur kills at least 40\n")
    text = render(make_delivery(make_notice([make_hit(1, item)])), kind="console").text
    assert text.count("convention") == 1


def test_an_item_without_a_title_is_told_by_its_text() -> None:
    item = make_item(title="")
    text = render(make_delivery(make_notice([make_hit(1, item, mentions=())])), kind="console").text
    assert "KHAR: A suicide bomber" in text.splitlines()[2]


def test_a_title_gone_wild_is_cut() -> None:
    item = make_item(title="Bajaur " + "word " * 10_000)
    message = render(make_delivery(make_notice([make_hit(1, item)])), kind="email")
    assert len(message.html) < 10_000
    assert "word …" in message.html


def test_right_to_left_titles_are_set_apart() -> None:
    notice = make_notice([urdu_hit()])
    notice["data"]["alert"]["story_title"] = urdu_hit().item.title
    message = render(make_delivery(notice), kind="email")
    assert message.title == f"Critical: \u2068{urdu_hit().item.title}\u2069"
    assert '<h1 class="ink" dir="auto" lang="ur"' in message.html


def hostile(text: str) -> Delivery:
    """Return the delivery of an alert in which everything a feed can choose is `text`."""
    item = make_item(title=text, text=f"{text} {text}", feed_name=text, url=text, lang=text)
    return make_delivery(make_notice([make_hit(1, item, mentions=(), why=text)]))


ATTACKS = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!channel> <!here> <@U123> <#C123|general> @everyone @here @channel @all",
    "</title></style><b>*bold* _it_ `code` ~~x~~ [link](javascript:alert(1)) ![i](http://evil.example/p.png)",
    "evil \u202egnp.exe\u2066 \x1b[2J \x00 line\r\nBcc: everybody@example.org",
    "javascript:alert(document.domain)",
    "{{ 7 * 7 }} {% raw %} ${x}",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_markup_of_a_feed_does_nothing_in_a_mail(attack: str) -> None:
    message = render(hostile(attack), kind="email")
    plain = render(make_delivery(make_notice([make_hit()])), kind="email")
    found, usual = Tags(message.html), Tags(plain.html)
    assert found.tags <= usual.tags
    assert found.attributes <= usual.attributes
    assert found.links == []
    assert not set(message.title + message.text + message.html) & set("\u202e\u2066\x1b\x00\r")
    assert "\n" not in message.title


@chats
@pytest.mark.parametrize("attack", ATTACKS)
def test_markup_and_mentions_of_a_feed_do_nothing_in_a_chat(kind: str, attack: str) -> None:
    body: Any = render(hostile(attack), kind=kind).body
    for text in strings(body):
        assert not re.search(r"@(?!\u200b)", text)
        assert not re.search(r"<[!@#]", text)
        assert not set(text) & set("\u202e\u2066\x1b\x00\r")
    shown = [body["text"], *(attachment["text"] for attachment in body["attachments"])] if kind == "mattermost" else []
    assert not any(re.search(r"(?<!\\)\]\(", text) for text in shown)


def test_slack_shows_what_feeds_write_in_literal_elements_only() -> None:
    kinds = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            kinds.add(value.get("type"))
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    body: dict[str, Any] = dict(render(hostile(ATTACKS[1]), kind="slack").body)
    assert "<" not in body["text"]
    walk(body["blocks"])
    walk(body["attachments"])
    assert kinds <= {"rich_text", "rich_text_section", "rich_text_quote", "rich_text_list", "text", "link", None}


def test_mattermost_formats_nothing_that_a_feed_writes() -> None:
    body: Any = render(hostile("*a* _b_ `c` [d](https://evil.example) <e> # f | ~g"), kind="mattermost").body
    attachment = body["attachments"][0]
    shown = r"\*a\* \_b\_ \`c\` \[d\]\(https:-//evil\.-example\) &lt;-e&gt; \# f \| \~g"
    assert attachment["title"] == shown.replace("-", "\u200b"), "an address is none any more by what stands in it"
    assert "title_link" not in attachment


@settings(deadline=None, max_examples=50)
@given(st.text())
def test_no_text_of_a_feed_breaks_a_message(text: str) -> None:
    for kind in KINDS:
        message = render(hostile(text), kind=kind)
        assert "\n" not in message.title
        if kind != "webhook":
            whole(message).encode()
        for string in strings(message.body.get("blocks")):
            assert string


def flood(number: int) -> Notice:
    """Return the notice of many long reports with many reasons each."""
    hits = []
    for index in range(number):
        item = make_item(index + 1, title=f"Report {index} " + "word " * 60, text="long text, " * 200)
        hits += [make_hit(index * 10 + n, item, mentions=(), rule=f"rule-{n}", why="because " * 100) for n in range(9)]
    return make_notice(hits, public_url="https://monitor.example.org")


def test_a_flood_of_reports_is_cut_and_the_rest_counted() -> None:
    message = render(make_delivery(flood(60)), kind="email")
    assert len(message.html.encode()) < 102_000
    assert message.html.count("Read the report") == MAIL_REPORTS
    assert f"and {60 - MAIL_REPORTS} more reports" in message.html
    assert f"and {60 - MAIL_REPORTS} more reports" in message.text
    assert "and 4 more" in message.text


def test_a_flood_stays_within_the_limits_of_slack() -> None:
    body: Any = render(make_delivery(flood(60)), kind="slack").body
    blocks = [*body["blocks"], *body["attachments"][0]["blocks"]]
    assert 0 < len(blocks) - 2 <= CHAT_REPORTS, "beside the reports there are the head and the closing"
    assert f"and {60 - (len(blocks) - 2)} more" in json.dumps(body)
    assert len(json.dumps(blocks, ensure_ascii=False)) <= 12_000
    assert max(map(len, strings(body))) <= 3_000


@every_kind
def test_a_notice_in_words_is_told_as_it_stands(kind: str) -> None:
    message = render(note("test", "Feed <Dawn> & more:\nhttp 503 since 11:15."), kind=kind)
    assert (message.title, message.severity) == ("Test message from Event Monitor", None)
    shown = whole(message).replace("\\", "")
    assert "http 503 since 11:15." in shown
    assert "Dawn" in shown


@chats
def test_a_long_notice_is_cut_for_a_chat(kind: str) -> None:
    body = render(note("test", "line of words\n" * 1_000), kind=kind).body
    assert max(map(len, strings(body))) <= 4_000
    assert "…" in json.dumps(body, ensure_ascii=False)


def test_an_unknown_kind_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        render(alert_delivery(), kind="pigeon")


def test_no_link_to_the_dashboard_where_it_has_no_address() -> None:
    delivery = replace(alert_delivery(), notice=make_notice(english_hits()))
    assert "Alert alr_" in render(delivery, kind="console").text
    assert "Open the alert" not in whole(render(delivery, kind="slack"))
