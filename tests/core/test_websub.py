"""What to do with a hub, what to confirm, what to believe, and when polls may be seldom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import websub
from monitor.core.freshness import LONGEST_ASKED
from monitor.core.polling import PUSHED_WAIT, Bounds, after_success
from monitor.core.types import Course, Feed, HubMode, ParsedFeed, Subscription, SubscriptionState
from monitor.core.websub import Step
from tests.servers.hub import sign

NOW = datetime(2023, 7, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TOPIC = "https://news.example/rss"
FOUND = Subscription(1, "https://hub.example/", TOPIC, True, None, 0, NOW)
ASKED = replace(FOUND, asking=HubMode.SUBSCRIBE, attempts=1)
ACTIVE = replace(FOUND, lease_until_at=NOW + DAY, verified_at=NOW - DAY)
DELIVERING = replace(ACTIVE, pushed_at=NOW - HOUR)
LEAVING = replace(ACTIVE, named=False, asking=HubMode.UNSUBSCRIBE, attempts=1)
FEED = Feed(1, TOPIC, "Paper", (), None, False, {}, "config", True, NOW + HOUR, polled_at=NOW - MINUTE)


@pytest.mark.parametrize(
    ("public_url", "allow_private", "base"),
    [
        (None, True, None),
        ("https://monitor.example", False, "https://monitor.example/websub/"),
        ("https://monitor.example/", False, "https://monitor.example/websub/"),
        ("https://monitor.example/news/?a=b#c", False, "https://monitor.example/news/websub/"),
        ("http://monitor.example:8080", False, "http://monitor.example:8080/websub/"),
        ("http://127.0.0.1:8080", False, None),
        ("http://[::1]:8080", False, None),
        ("http://localhost:8080", False, None),
        ("http://10.0.0.1", False, None),
        ("http://1.2.3.256", False, None),
        ("http://8.8.8.8", False, "http://8.8.8.8/websub/"),
        ("http://127.0.0.1:8080", True, "http://127.0.0.1:8080/websub/"),
    ],
)
def test_callbacks_are_below_the_public_address_where_a_hub_can_reach_it(
    public_url: str | None, allow_private: bool, base: str | None
) -> None:
    assert websub.callback_base(public_url, allow_private=allow_private) == base


def test_a_hub_counts_only_with_the_topic_to_ask_it_for() -> None:
    assert websub.offer_of(ParsedFeed("", (), hub="https://hub.example/", topic=TOPIC)) == (
        "https://hub.example/",
        TOPIC,
    )
    assert websub.offer_of(ParsedFeed("", (), hub="https://hub.example/")) == ("", "")
    assert websub.offer_of(ParsedFeed("", (), topic=TOPIC)) == ("", "")


def test_a_hub_that_was_named_before_is_no_news() -> None:
    same = (FOUND.hub, FOUND.topic)
    assert websub.is_other_offer(None, same)
    assert not websub.is_other_offer(FOUND, same)
    assert not websub.is_other_offer(FOUND, None)
    assert not websub.is_other_offer(None, ("", ""))
    assert websub.is_other_offer(FOUND, ("", ""))
    assert websub.is_other_offer(FOUND, ("https://other.example/", TOPIC))
    assert websub.is_other_offer(FOUND, (FOUND.hub, "https://other.example/rss"))


@pytest.mark.parametrize(
    ("subscription", "wanted", "step"),
    [
        (FOUND, True, Step.SUBSCRIBE),
        (ACTIVE, True, Step.SUBSCRIBE),
        (LEAVING, True, Step.SUBSCRIBE),
        (FOUND, False, Step.FORGET),
        (ASKED, False, Step.FORGET),
        (ACTIVE, False, Step.UNSUBSCRIBE),
        (LEAVING, False, Step.UNSUBSCRIBE),
        (replace(LEAVING, attempts=websub.LEAVE_ATTEMPTS), False, Step.FORGET),
        (replace(LEAVING, lease_until_at=NOW), False, Step.FORGET),
        (replace(ACTIVE, attempts=websub.LEAVE_ATTEMPTS), False, Step.UNSUBSCRIBE),
    ],
)
def test_what_to_do_depends_on_whether_it_is_wanted_and_what_the_hub_holds(
    subscription: Subscription, wanted: bool, step: Step
) -> None:
    assert websub.next_step(subscription, wanted=wanted, now=NOW) is step


def test_waits_double_from_five_minutes_to_a_day_and_a_hub_may_ask_for_more() -> None:
    waits = [websub.ask_again_at(n, now=NOW, jitter=0.0) - NOW for n in range(1, 12)]
    assert waits[:4] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert waits[-1] == DAY
    assert websub.ask_again_at(1, now=NOW, jitter=0.0, asked=HOUR) - NOW == HOUR
    assert websub.ask_again_at(1, now=NOW, jitter=0.0, asked=999 * DAY) - NOW == LONGEST_ASKED


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True), st.none() | st.timedeltas(timedelta(0), 99 * DAY))
def test_a_hub_is_never_asked_again_at_once_nor_forgotten(
    attempts: int, jitter: float, asked: timedelta | None
) -> None:
    wait = websub.ask_again_at(attempts, now=NOW, jitter=jitter, asked=asked) - NOW
    assert websub.FIRST_WAIT <= wait <= max(LONGEST_ASKED, websub.LONGEST_WAIT * (1 + websub.JITTER_SHARE))


@pytest.mark.parametrize(
    ("seconds", "lease"),
    [
        ("864000", 10 * DAY),
        (None, websub.LEASE),
        ("", websub.LEASE),
        ("-5", websub.LEASE),
        ("1e9", websub.LEASE),
        ("²", websub.LEASE),
        ("0", timedelta(0)),
        ("9" * 500, websub.LONGEST_LEASE),
    ],
)
def test_a_lease_is_what_the_hub_says_within_reason(seconds: str | None, lease: timedelta) -> None:
    assert websub.lease_of(seconds) == lease


@given(st.timedeltas(timedelta(0), websub.LONGEST_LEASE), st.floats(0, 1, exclude_max=True))
def test_a_lease_is_renewed_before_its_end_and_never_in_a_hurry(lease: timedelta, jitter: float) -> None:
    at = websub.renew_at(lease, now=NOW, jitter=jitter)
    assert at >= NOW + websub.SOONEST_RENEWAL
    if lease > 10 * MINUTE:
        assert at <= NOW + lease * 0.8


@pytest.mark.parametrize(
    ("subscription", "mode", "topic", "confirmed"),
    [
        (ASKED, "subscribe", TOPIC, True),
        (ACTIVE, "subscribe", TOPIC, True),
        (replace(ACTIVE, asking=HubMode.SUBSCRIBE), "subscribe", TOPIC, True),
        (FOUND, "subscribe", TOPIC, False),
        (replace(ACTIVE, lease_until_at=NOW), "subscribe", TOPIC, False),
        (replace(ASKED, named=False), "subscribe", TOPIC, False),
        (LEAVING, "subscribe", TOPIC, False),
        (LEAVING, "unsubscribe", TOPIC, True),
        (ACTIVE, "unsubscribe", TOPIC, False),
        (ASKED, "unsubscribe", TOPIC, False),
        (ASKED, "subscribe", "https://other.example/rss", False),
        (LEAVING, "unsubscribe", "https://other.example/rss", False),
        (ASKED, "subscribe", None, False),
        (ASKED, "publish", TOPIC, False),
        (ASKED, None, TOPIC, False),
    ],
)
def test_only_what_was_meant_is_confirmed(
    subscription: Subscription, mode: str | None, topic: str | None, confirmed: bool
) -> None:
    assert websub.confirms(subscription, mode, topic, now=NOW) is confirmed


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_all_four_methods_of_the_standard_sign(method: str) -> None:
    signature = sign("secret", b"body", method)
    assert websub.is_signed("secret", signature, b"body")
    assert websub.is_signed("secret", f"{method.upper()}={signature.partition('=')[2].upper()}", b"body")
    assert not websub.is_signed("secret", signature, b"another body")
    assert not websub.is_signed("another", signature, b"body")


@pytest.mark.parametrize(
    "signature", [None, "", "=", "sha256", "sha256=", "md5=5f", "sha256=\ud800", "sha256=é", sign("x", b"body")[7:]]
)
def test_anything_else_signs_nothing(signature: str | None) -> None:
    assert not websub.is_signed("x", signature, b"body")


@given(st.text(), st.text(), st.binary(max_size=50))
def test_a_signature_of_any_form_is_no_error(method: str, value: str, body: bytes) -> None:
    assert not websub.is_signed("secret", f"{method}={value}", body)


@pytest.mark.parametrize(
    ("hub", "feed", "safe"),
    [("https", "https", True), ("https", "http", True), ("http", "http", True), ("http", "https", False)],
)
def test_a_push_is_believed_where_its_secret_went_as_safely_as_the_feed_comes(hub: str, feed: str, safe: bool) -> None:
    subscription = replace(ACTIVE, hub=f"{hub}://hub.example/")
    assert websub.is_as_safe(subscription, replace(FEED, url=f"{feed}://news.example/rss")) is safe


@pytest.mark.parametrize(
    ("subscription", "state"),
    [
        (FOUND, SubscriptionState.FOUND),
        (ASKED, SubscriptionState.ASKED),
        (ACTIVE, SubscriptionState.ACTIVE),
        (replace(ACTIVE, asking=HubMode.SUBSCRIBE), SubscriptionState.ACTIVE),
        (replace(ACTIVE, lease_until_at=NOW), SubscriptionState.LAPSED),
        (replace(FOUND, denied_at=NOW), SubscriptionState.DENIED),
        (LEAVING, SubscriptionState.LEAVING),
    ],
)
def test_every_state_has_its_name(subscription: Subscription, state: SubscriptionState) -> None:
    assert websub.state_of(subscription, now=NOW) is state


def test_a_hub_is_relied_on_once_it_pushed_within_its_lease() -> None:
    assert not websub.delivers(None, now=NOW)
    assert not websub.delivers(ACTIVE, now=NOW)
    assert websub.delivers(DELIVERING, now=NOW)
    assert not websub.delivers(replace(DELIVERING, lease_until_at=NOW), now=NOW)
    assert not websub.delivers(replace(DELIVERING, named=False), now=NOW)


def test_after_news_that_no_push_told_a_hub_has_a_day_to_prove_itself() -> None:
    missed = replace(DELIVERING, missed_at=NOW)
    assert not websub.delivers(missed, now=NOW)
    soon = websub.after_push(missed, received_at=NOW + HOUR, brought=True)
    assert not websub.delivers(replace(soon, lease_until_at=NOW + 9 * DAY), now=NOW + HOUR)
    later = websub.after_push(soon, received_at=NOW + 25 * HOUR, brought=True)
    assert websub.delivers(replace(later, lease_until_at=NOW + 9 * DAY), now=NOW + 25 * HOUR)


def test_a_push_that_was_on_its_way_when_a_poll_found_the_news_is_no_miss() -> None:
    missed = replace(DELIVERING, missed_at=NOW)
    on_its_way = websub.after_push(missed, received_at=NOW + MINUTE, brought=False)
    assert websub.delivers(on_its_way, now=NOW + MINUTE)
    assert on_its_way.missed_at is None
    assert websub.after_push(missed, received_at=NOW + MINUTE, brought=True).missed_at == NOW
    assert websub.after_push(missed, received_at=NOW + 3 * MINUTE, brought=False).missed_at == NOW


def test_a_hint_makes_a_feed_due_as_soon_as_is_polite_and_no_later_than_it_was() -> None:
    assert websub.poll_at(FEED, now=NOW, minimum=5 * MINUTE) == NOW + 4 * MINUTE
    assert websub.poll_at(FEED, now=NOW, minimum=MINUTE) == NOW
    asked = replace(FEED, course=Course(not_before_at=NOW + 30 * MINUTE))
    assert websub.poll_at(asked, now=NOW, minimum=MINUTE) == NOW + 30 * MINUTE
    patient = replace(FEED, course=Course(patience=20 * MINUTE), next_poll_at=NOW + HOUR)
    assert FEED.polled_at is not None
    assert websub.poll_at(patient, now=NOW, minimum=MINUTE) == FEED.polled_at + 20 * MINUTE
    assert websub.poll_at(replace(FEED, next_poll_at=NOW - HOUR), now=NOW, minimum=5 * MINUTE) == NOW - HOUR


BOUNDS = Bounds(15 * MINUTE, 5 * MINUTE, DAY)


@pytest.mark.parametrize(
    ("interval", "course", "wait"),
    [
        (None, Course(), PUSHED_WAIT),
        (10 * MINUTE, Course(), 10 * MINUTE),
        (None, Course(window=40 * MINUTE), 20 * MINUTE),
        (None, Course(rolled_over_at=NOW), 7.5 * MINUTE),
        (None, Course(beats=tuple(NOW - n * DAY for n in range(1, 13))), 2.4 * HOUR),
    ],
)
def test_beside_pushes_polls_are_seldom_but_bounded(
    interval: timedelta | None, course: Course, wait: timedelta
) -> None:
    feed = replace(FEED, interval=interval)
    plan = after_success(feed, course, asked=None, now=NOW, bounds=BOUNDS, jitter=0.0, pushed=True)
    assert plan.at - NOW == wait
    assert plan.reason.startswith("its hub tells") is (wait in (PUSHED_WAIT, 20 * MINUTE))


def test_the_operators_maximum_holds_beside_pushes() -> None:
    bounds = Bounds(15 * MINUTE, 5 * MINUTE, 30 * MINUTE)
    plan = after_success(FEED, Course(), asked=None, now=NOW, bounds=bounds, jitter=0.0, pushed=True)
    assert plan.at - NOW == 30 * MINUTE
