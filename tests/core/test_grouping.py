import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.grouping import SUMMARY_CHARS, alert_id, alert_notice, delivery_id, group_of, notify_at, timestamp
from monitor.core.occasion import Occasion
from monitor.core.types import GROUP_KEYS, Mention, Route, Severity
from tests.render.samples import NOW, english_hits, make_alert, make_hit, make_item, make_notice, urdu_hit

ROUTE = Route("0", "desk", group_wait=timedelta(seconds=30), group_interval=timedelta(minutes=5))


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_reports_of_one_story_share_a_group_wherever_the_route_stands() -> None:
    first, second = make_hit(1, make_item(1)), make_hit(2, make_item(2), rule="other", severity=Severity.LOW)
    assert group_of(ROUTE, first) == group_of(replace(ROUTE, path="3.1"), second)
    assert group_of(ROUTE, first).label == "story 12"


def test_receivers_and_stories_have_groups_of_their_own() -> None:
    keys = {
        group_of(ROUTE, make_hit()).key,
        group_of(replace(ROUTE, receiver="pager"), make_hit()).key,
        group_of(ROUTE, make_hit(1, make_item(story_id=13))).key,
        group_of(ROUTE, make_hit(1, make_item(12, story_id=None))).key,
    }
    assert len(keys) == 4


def test_hits_of_an_item_without_a_story_are_told_together() -> None:
    item = make_item(7, story_id=None)
    assert group_of(ROUTE, make_hit(1, item)) == group_of(ROUTE, make_hit(2, item, rule="other"))
    assert group_of(ROUTE, make_hit(1, item)).label == "item 7"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("rule", "rule attack-on-jui-f"),
        ("watchlist", "watchlist jui-f"),
        ("entity", "Jamiat Ulema-e-Islam (F)"),
        ("feed", "feed Sample Frontier Post"),
        ("severity", "severity critical"),
    ],
)
def test_a_group_can_be_told_by_each_key(name: str, label: str) -> None:
    assert group_of(replace(ROUTE, group_by=(name,)), make_hit()).label == label


def test_every_key_of_the_configuration_is_known() -> None:
    assert group_of(replace(ROUTE, group_by=GROUP_KEYS), make_hit(entities=())).key


def test_the_order_of_group_by_does_not_matter() -> None:
    one, other = replace(ROUTE, group_by=("rule", "feed")), replace(ROUTE, group_by=("feed", "rule"))
    assert group_of(one, make_hit()) == group_of(other, make_hit())


def test_no_group_by_gathers_everything_of_a_receiver() -> None:
    route = replace(ROUTE, group_by=())
    assert group_of(route, make_hit()) == group_of(route, urdu_hit())
    assert group_of(route, make_hit()).label == "everything"


@settings(deadline=None)
@given(first=st.tuples(st.text(), st.text()), second=st.tuples(st.text(), st.text()))
def test_no_names_make_two_groups_one(first: tuple[str, str], second: tuple[str, str]) -> None:
    def key(receiver: str, rule: str) -> str:
        return group_of(replace(ROUTE, receiver=receiver, group_by=("rule",)), make_hit(rule=rule)).key

    assert (key(*first) == key(*second)) == (first == second)


def test_the_first_notification_waits_for_the_group() -> None:
    at = notify_at(ROUTE, hit_at=NOW, notified_at=None, pending_at=None, now=NOW + seconds(2))
    assert at == NOW + seconds(30)


def test_a_route_without_group_wait_is_due_at_once() -> None:
    route = replace(ROUTE, group_wait=timedelta(0))
    assert notify_at(route, hit_at=NOW, notified_at=None, pending_at=None, now=NOW) == NOW


def test_later_notifications_keep_the_interval() -> None:
    soon = notify_at(ROUTE, hit_at=NOW + seconds(60), notified_at=NOW, pending_at=None, now=NOW + seconds(60))
    late = notify_at(ROUTE, hit_at=NOW + seconds(900), notified_at=NOW, pending_at=None, now=NOW + seconds(900))
    assert (soon, late) == (NOW + seconds(300), NOW + seconds(900))


def test_further_hits_never_put_a_notification_off_but_may_bring_it_forward() -> None:
    urgent = replace(ROUTE, group_wait=timedelta(0))
    later = NOW + seconds(20)
    pending_at = NOW + seconds(30)
    assert notify_at(ROUTE, hit_at=later, notified_at=None, pending_at=pending_at, now=later) == pending_at
    assert notify_at(urgent, hit_at=later, notified_at=None, pending_at=pending_at, now=later) == later


def test_a_clock_ahead_of_ours_delays_nothing() -> None:
    at = notify_at(ROUTE, hit_at=NOW + timedelta(days=1), notified_at=None, pending_at=None, now=NOW)
    assert at == NOW + seconds(30)


def test_ids_follow_from_what_they_name() -> None:
    assert alert_id("key", 1, NOW) == alert_id("key", 1, NOW.astimezone(timezone(timedelta(hours=5))))
    ids = {
        alert_id("key", 1, NOW),
        alert_id("key", 2, NOW),
        alert_id("other", 1, NOW),
        alert_id("key", 1, NOW + seconds(1)),
        delivery_id("alr_x", "desk/slack", ["1"], NOW),
        delivery_id("alr_x", "desk/slack", ["1", "2"], NOW),
        delivery_id("alr_x", "desk/slack", ["12"], NOW),
        delivery_id("alr_x", "desk/email", ["1"], NOW),
    }
    assert len(ids) == 8
    assert all(re.fullmatch(r"(alr|dlv)_[a-z2-7]{26}", one) for one in ids)


def test_a_notice_has_exactly_the_shape_that_receivers_rely_on() -> None:
    notice = make_notice([english_hits()[1]], public_url="https://monitor.example.org/")
    item = make_item()
    assert notice == {
        "type": "alert.created",
        "timestamp": "2023-07-30T12:00:00Z",
        "data": {
            "alert": {
                "id": "alr_abcdefghijklmnopqrstuvwxyz",
                "title": "Blast at JUI-F convention in Bajaur kills at least 40",
                "severity": "critical",
                "receiver": "desk",
                "story": "12",
                "created_at": "2023-07-30T12:00:00Z",
                "url": "https://monitor.example.org/alerts/alr_abcdefghijklmnopqrstuvwxyz",
                "reports": 7,
                "publishers": 4,
                "quiet": False,
                "reason": "first report",
                "ack_url": "https://monitor.example.org/ack/alr_abcdefghijklmnopqrstuvwxyz/token",
                "repeated": False,
                "story_title": "Blast at JUI-F convention in Bajaur kills at least 40",
            },
            "hits": [
                {
                    "id": "2",
                    "rule": "entity:is-k",
                    "watchlist": "isk-leaders",
                    "severity": "high",
                    "why": '"Islamic State\'s Khorasan branch" in the text names Islamic State in Khorasan (is-k)',
                    "entities": [{"id": "is-k", "name": "Islamic State in Khorasan", "kind": "organisation"}],
                    "mentions": [
                        {
                            "entity": "is-k",
                            "field": "text",
                            "start": 297,
                            "end": 328,
                            "surface": "Islamic State's Khorasan branch",
                        }
                    ],
                    "item": {
                        "id": "1",
                        "title": item.title,
                        "url": "https://news.example.org/stories/1?from=rss&page=1",
                        "published_at": "2023-07-30T11:15:00Z",
                        "lang": "en",
                        "summary": item.text,
                        "feed": {"name": "Sample Frontier Post", "url": "https://feeds.example.org/1.xml"},
                        "version": 1,
                        "headline": None,
                        "edited_at": None,
                        "withdrawn_at": None,
                        "change": None,
                    },
                }
            ],
        },
    }
    assert json.loads(json.dumps(notice)) == notice


def test_what_is_not_known_is_null() -> None:
    item = make_item(story_id=None, published_at=None, lang=None)
    told = make_alert(story_id=None, notified_at=NOW)
    notice = alert_notice(told, [make_hit(1, item)], occasion=Occasion(1, 1, True, "why"), public_url=None, now=NOW)
    alert, hit = notice["data"]["alert"], notice["data"]["hits"][0]
    assert notice["type"] == "alert.updated"
    assert (alert["story"], alert["url"]) == (None, None)
    assert (hit["item"]["published_at"], hit["item"]["lang"]) == (None, None)


def test_hits_stand_highest_severity_first_and_the_first_gives_the_title() -> None:
    low = make_hit(1, make_item(1, title="Weather"), severity=Severity.LOW, mentions=())
    high = make_hit(2, make_item(2, title="A\r\nblast \x00 in\u202e Khar"), severity=Severity.HIGH, mentions=())
    notice = make_notice([low, high, replace(low, id=3)])
    assert [hit["id"] for hit in notice["data"]["hits"]] == ["2", "1", "3"]
    assert notice["data"]["alert"]["title"] == "A blast in Khar"


def test_a_long_title_is_cut_and_a_missing_one_replaced() -> None:
    long = make_notice([make_hit(1, make_item(title="word " * 100), mentions=())])["data"]["alert"]["title"]
    assert (len(long), long[-1]) == (200, "…")
    hit = make_hit(1, make_item(title=" \n"), mentions=())
    occasion = Occasion(1, 1, False, "why")
    none = alert_notice(make_alert(title=""), [hit], occasion=occasion, public_url=None, now=NOW)
    assert none["data"]["alert"]["title"] == "story 12"


def test_a_joiner_that_a_script_needs_stays_in_the_title() -> None:
    title = "طالبان می‌گویند"
    assert make_notice([make_hit(1, make_item(title=title), mentions=())])["data"]["alert"]["title"] == title


def test_no_password_in_the_address_of_a_feed_leaves_the_house() -> None:
    hit = make_hit(1, make_item(feed_name="", feed_url="https://reader:s3cret@feeds.example.org/1.xml"))
    assert make_notice([hit])["data"]["hits"][0]["item"]["feed"]["url"] == "https://feeds.example.org/1.xml"
    assert group_of(replace(ROUTE, group_by=("feed",)), hit).label == "feed https://feeds.example.org/1.xml"


def test_words_beyond_the_summary_are_left_to_the_reason() -> None:
    item = make_item(text="x " * 495 + "Bajaur and later again Bajaur")
    places = [Mention("bajaur", "text", start, start + 6, "Bajaur", "Bajaur") for start in (990, 1013)]
    hit = make_notice([make_hit(1, item, mentions=tuple(places))])["data"]["hits"][0]
    assert len(hit["item"]["summary"]) == SUMMARY_CHARS
    assert [mention["start"] for mention in hit["mentions"]] == [990]


def test_offsets_point_at_the_words_in_title_and_summary() -> None:
    for hit in make_notice([*english_hits(), urdu_hit()])["data"]["hits"]:
        fields = {"title": hit["item"]["title"], "text": hit["item"]["summary"]}
        for mention in hit["mentions"]:
            assert fields[mention["field"]][mention["start"] : mention["end"]] == mention["surface"]


def test_timestamps_are_in_utc() -> None:
    karachi = datetime(2023, 7, 30, 16, 15, 0, 999_999, tzinfo=timezone(timedelta(hours=5)))
    assert timestamp(karachi) == "2023-07-30T11:15:00Z"
    assert timestamp(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"
