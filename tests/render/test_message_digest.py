import json
from typing import Any

import pytest

from monitor.core.types import NoticeDigest
from monitor.render.digest import digest_mail, digest_title
from monitor.render.message import render
from tests.render.golden import check_golden
from tests.render.samples import CHATS, make_delivery
from tests.render.test_digest import WEEK

DIGEST: NoticeDigest = {
    "id": "dig_abcdefghijklmnopqrstuvwxyz",
    "name": "weekly",
    "title": "Weekly",
    "period_start": "2023-07-24T02:00:00Z",
    "period_end": "2023-07-31T02:00:00Z",
    "timezone": "Asia/Karachi",
    "items": 900,
    "hits": 12,
    "hits_before": 9,
    "watchlists": [{"id": "jui-f", "name": "JUI-F", "count": 12, "before": 9}],
    "entities": [{"id": "bajaur", "name": "Bajaur", "count": 12, "before": 9}],
    "stories": [
        {
            "title": f"Blast in Bajaur {number} <!channel> @here *bold*",
            "url": "https://news.example.org/1",
            "severity": "critical",
            "why": "rule attack-on-jui-f",
            "feeds": ["Sample Frontier Post"],
            "reports": 3,
            "first_at": "2023-07-30T11:15:00Z",
            "lang": "en",
        }
        for number in range(40)
    ],
    "stories_total": 40,
    "feeds_total": 20,
    "feeds_failed": [],
    "deliveries_failed": 0,
    "url": "https://monitor.example.org/digests/dig_abcdefghijklmnopqrstuvwxyz",
}

DELIVERY = make_delivery({"type": "digest.created", "timestamp": "2023-07-31T02:00:00Z", "data": {"digest": DIGEST}})


def test_a_digest_goes_to_a_mailbox_in_both_forms() -> None:
    message = render(DELIVERY, kind="email")
    assert message.title == digest_title(DELIVERY.notice)
    assert (message.html, message.text) == digest_mail(DELIVERY.notice)
    assert message.severity is None


def test_a_webhook_gets_the_digest_itself() -> None:
    assert render(DELIVERY, kind="webhook").body == DELIVERY.notice


@pytest.mark.parametrize("kind", CHATS)
def test_the_chat_message_of_a_week_is_as_it_was_looked_at(kind: str) -> None:
    body = render(make_delivery(WEEK), kind=kind).body
    check_golden(f"digest.{kind}.json", json.dumps(body, ensure_ascii=False, indent=2) + "\n")


@pytest.mark.parametrize("kind", CHATS)
def test_a_chat_gets_what_happened_the_first_stories_and_a_link_to_the_rest(kind: str) -> None:
    body: Any = render(DELIVERY, kind=kind).body
    shown = json.dumps(body, ensure_ascii=False)
    assert DIGEST["url"] is not None
    assert DIGEST["url"] in shown
    assert "12 hits in 900 items from 20 feeds" in shown.replace("\\", "")
    assert shown.count("Blast in Bajaur 4") >= 1
    assert "Blast in Bajaur 5" not in shown
    assert "and 35 more stories" in shown
    assert len(shown) < (12_000 if kind == "teams" else 7_000), "a screenful, and what surrounds each line in a card"
    assert "<!channel>" not in shown
    assert "@here" not in shown
