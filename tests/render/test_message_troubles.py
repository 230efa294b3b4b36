"""What a reader is told of feeds in trouble, in every kind of channel."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from monitor.core.trouble_notice import FEEDS_LISTED, Head, Mended, mended_notice, outage_notice, telling_notice
from monitor.core.troubles import Telling, TroubleKind
from monitor.core.types import Feed, Message, Notice, Severity
from monitor.render.message import CHAT_FEEDS, MAIL_FEEDS, render
from tests.core.feeds_in_trouble import HOUR, NOW, case_of, failing, make_feed, missed, quiet, retired
from tests.render.golden import check_golden
from tests.render.samples import CHATS, make_delivery

THREAD = "trb_abcdefghijklmnopqrstuvwxyz"
HEAD = Head("desk", "https://monitor.example.org/", 40)
CLIPPED_BYTES = 102_000
"""Size from which Gmail hides the rest of a mail."""

every_kind = pytest.mark.parametrize("kind", ["console", "webhook", "email", "apprise", *CHATS])
chats = pytest.mark.parametrize("kind", CHATS)


def not_a_feed(id_: int = 1) -> Feed:
    return failing(id_, error="not a feed: the answer begins 'Domain for sale' (a web page)")


def telling(*feeds: Feed, kind: TroubleKind = TroubleKind.FAILING, again: bool = False, head: Head = HEAD) -> Notice:
    """Return the notice that tells of feeds."""
    return telling_notice(Telling(THREAD, tuple(case_of(feed, kind) for feed in feeds), again), head, now=NOW)


def several() -> Notice:
    """Return the notice of a bad day: one feed of each kind of trouble."""
    cases = (
        case_of(failing(1)),
        case_of(replace(not_a_feed(2), name="روزنامہ نمونہ", url="https://u:pw@urdu.example.org/rss?a=1&b=2")),
        case_of(retired(3)),
        case_of(quiet(4), TroubleKind.QUIET),
        case_of(missed(5), TroubleKind.MISSED),
    )
    return telling_notice(Telling(THREAD, cases, again=False), HEAD, now=NOW)


def outage(count: int = 37) -> Notice:
    feeds = [failing(number, error="dns: the host's name is not known") for number in range(1, min(count, 100) + 1)]
    return outage_notice(THREAD, [case_of(feed) for feed in feeds], count, HEAD, now=NOW)


def mended(*feeds: Feed, still: tuple[Feed, ...] = (), kind: TroubleKind = TroubleKind.FAILING) -> Notice:
    found = [Mended(feed, kind, NOW - 5 * HOUR, NOW - HOUR / 2) for feed in feeds]
    lasting = [case_of(feed) for feed in still]
    return mended_notice(THREAD, found, len(found), lasting, len(lasting), HEAD, now=NOW)


NOTICES = {
    "troubles": several(),
    "outage": outage(),
    "mended": mended(make_feed(1), make_feed(2), still=(failing(3),)),
}


def message_of(notice: Notice, kind: str) -> Message:
    return render(make_delivery(notice), kind=kind)


def whole(message: Message) -> str:
    """Return everything a reader may see of a message."""
    return "\n".join([message.title, message.text, message.html, json.dumps(message.body, ensure_ascii=False)])


@pytest.mark.parametrize("name", NOTICES)
def test_the_mail_is_as_it_was_looked_at(name: str) -> None:
    message = message_of(NOTICES[name], "email")
    check_golden(f"{name}.html", message.html)
    check_golden(f"{name}.txt", f"{message.title}\n\n{message.text}")


@chats
@pytest.mark.parametrize("name", NOTICES)
def test_the_chat_message_is_as_it_was_looked_at(name: str, kind: str) -> None:
    body = message_of(NOTICES[name], kind).body
    check_golden(f"{name}.{kind}.json", json.dumps(body, ensure_ascii=False, indent=2) + "\n")


def test_a_webhook_gets_the_notice_itself() -> None:
    check_golden(
        "troubles.webhook.json", json.dumps(message_of(several(), "webhook").body, ensure_ascii=False, indent=2) + "\n"
    )
    assert message_of(several(), "webhook").body == several()


@every_kind
def test_every_message_says_which_feed_since_when_what_it_answered_and_what_to_do(kind: str) -> None:
    shown = whole(message_of(telling(failing(1)), kind)).replace("\\", "")
    for fact in ("Sample Paper 1", "paper1.example.org/rss", "http 503: Service Unavailable"):
        assert fact in shown
    for instant in (NOW - 2 * HOUR, NOW - 2.25 * HOUR, NOW + 2 * HOUR):  # since, last worked, asked next
        assert f"{instant:%d %b %Y, %H:%M} UTC" in shown or f"{instant:%Y-%m-%dT%H:%M:%SZ}" in shown
    assert kind == "webhook" or "monitor feeds show https://paper1.example.org/rss" in shown


@pytest.mark.parametrize(
    ("notice", "title", "severity"),
    [
        (telling(failing(1)), "Feed fails: Sample Paper 1", Severity.MEDIUM),
        (telling(failing(1), again=True), "Feed fails again: Sample Paper 1", Severity.MEDIUM),
        (telling(not_a_feed(1)), "Not a feed any more: Sample Paper 1", Severity.MEDIUM),
        (telling(retired(1)), "Feed given up: Sample Paper 1", Severity.MEDIUM),
        (telling(quiet(1), kind=TroubleKind.QUIET), "Feed gone quiet: Sample Paper 1", Severity.LOW),
        (telling(missed(1), kind=TroubleKind.MISSED), "Items may have been missed: Sample Paper 1", Severity.LOW),
        (telling(failing(1), failing(2), retired(3)), "2 feeds fail, 1 feed given up", Severity.MEDIUM),
        (
            telling(*(replace(failing(number), url=f"https://x.example/{number}") for number in range(3))),
            "3 feeds fail, all of x.example",
            Severity.MEDIUM,
        ),
        (outage(), "37 of 40 feeds cannot be reached", Severity.HIGH),
        (mended(make_feed(1)), "Feed works again: Sample Paper 1", Severity.LOW),
        (mended(make_feed(1), kind=TroubleKind.QUIET), "Feed has news again: Sample Paper 1", Severity.LOW),
        (mended(make_feed(1), make_feed(2)), "All 2 feeds work again", Severity.LOW),
        (NOTICES["mended"], "2 of 3 feeds work again", Severity.LOW),
    ],
)
@every_kind
def test_the_title_says_what_happened(notice: Notice, title: str, severity: Severity, kind: str) -> None:
    message = message_of(notice, kind)
    assert (message.title.replace("\u200b", ""), message.severity) == (title, severity)


@every_kind
def test_user_and_password_of_an_address_stay_here(kind: str) -> None:
    assert "pw@" not in whole(message_of(several(), kind))
    assert "urdu.example.org" in whole(message_of(several(), kind)).replace("\\", "")


def test_an_address_is_quoted_for_the_shell_it_is_pasted_into() -> None:
    text = message_of(telling(replace(failing(1), url="https://x.example/?a=1&b=$(reboot)")), "email").text
    assert "  monitor feeds show 'https://x.example/?a=1&b=$(reboot)'\n" in text


ATTACKS = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!channel> <!here> <@U123> @everyone @here @channel [click](https://evil.example)",
    "\u202eevil\u202c\u2066x\u2069 \x1b[31m\x00\r\nSecond line",
)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("kind", ["console", "email", "apprise", *CHATS])
def test_nothing_that_a_feed_writes_acts(attack: str, kind: str) -> None:
    feed = replace(
        failing(1, error=f"not a feed: the answer begins {attack}"), name=attack, url=f"https://x.example/{attack}"
    )
    for notice in (
        telling(feed),
        mended(feed, still=(feed,)),
        outage_notice(THREAD, [case_of(feed)], 9, HEAD, now=NOW),
    ):
        message = message_of(notice, kind)
        shown: Any = message.body
        assert "<script" not in message.html
        assert "<img" not in message.html
        assert "\n" not in message.title
        assert not set(whole(message)) & set("\u202e\u2066\x1b\x00\r")
        links = set(re.findall(r'(?:href|src)="([^"]*)"', message.html))
        assert links <= {"https://monitor.example.org/feeds"}
        if kind in CHATS:
            texts = json.dumps(shown, ensure_ascii=False)
            assert not re.search(r"@(?!\u200b)", texts)
            assert not re.search(r"<[!@#]", texts)
        if kind == "mattermost":
            parts = [shown["text"], *(text for one in shown["attachments"] for text in (one["title"], one["text"]))]
            assert not any("click](" in re.sub(r"\\.", "", part) for part in parts)


def test_many_feeds_are_cut_and_the_rest_counted() -> None:
    long = "word " * 300
    feeds = [
        replace(failing(number, error=long), name=long, url=f"https://x.example/{'y' * 900}") for number in range(300)
    ]
    notice = telling(*feeds)
    data = notice["data"]
    assert (len(data["feeds"]), data["feeds_count"], data["feeds_total"]) == (FEEDS_LISTED, 300, 40)
    mail = message_of(notice, "email")
    assert mail.title == "300 feeds fail, all of x.example"
    assert len(mail.html.encode()) < CLIPPED_BYTES
    assert f"and {300 - MAIL_FEEDS} more feeds" in mail.text
    body: Any = message_of(notice, "slack").body
    assert len(body["attachments"][0]["blocks"]) == CHAT_FEEDS + 1
    assert f"and {300 - CHAT_FEEDS} more" in json.dumps(body)


def test_an_outage_of_a_hundred_thousand_feeds_is_a_short_message() -> None:
    notice = outage(100_000)
    assert len(json.dumps(notice)) < 60_000
    assert "and 99,990 more" in message_of(notice, "console").text
    assert "name server" in message_of(notice, "console").text


def test_without_a_dashboard_the_command_is_named() -> None:
    message = message_of(telling(failing(1), head=Head("desk", None, 1)), "email")
    assert message.text.rstrip().endswith("All feeds: monitor feeds list")
    assert "href" not in message.html
