"""Subscriptions and pushes as rows, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from monitor.core.types import Course, EditedItem, Feed, FeedSpec, HubMode, Push, PushOutcome, Subscription
from monitor.store import feeds, items, pushes, subscriptions
from monitor.store.database import Database
from monitor.store.due import still_due
from monitor.store.subscriptions import Due, HubRequest
from tests.store.rows import ENTITIES, NOW, make_feed, make_item, make_match, make_outcome, record

HUB, OTHER = "https://hub.example/", "https://other.example/hub"
TOPIC = "https://news.example/rss"
BASE = "https://monitor.example/websub/"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def again(db: Database, feed: Feed) -> Feed:
    """Return a feed as it is stored now."""
    found = feeds.find_feed(db, feed.url)
    assert found is not None
    return found


def named(db: Database, feed: Feed) -> Subscription:
    """Return the subscription of a feed."""
    found = again(db, feed).subscription
    assert found is not None
    return found


def offered(db: Database, feed: Feed, hub: str = HUB, topic: str = TOPIC) -> Feed:
    """Poll a feed that names a hub; return it as it is stored then."""
    record(db, replace(make_outcome(again(db, feed)), offer=(hub, topic)))
    return again(db, feed)


def due(db: Database, *, base: str | None = BASE, after: timedelta = timedelta(0)) -> list[Due]:
    """Return what is due."""
    return subscriptions.due_subscriptions(db, base=base, now=NOW + after, limit=10)


def ask(db: Database, one: Due, mode: HubMode = HubMode.SUBSCRIBE, *, base: str = BASE, token: str = "t") -> None:
    """Note that a hub is asked, and again in an hour."""
    token = one.token or token
    request = HubRequest(mode, token, "s", base + token)
    subscriptions.ask(db, one.subscription.id, request, attempts=1, next_attempt_at=NOW + HOUR)


def verify(db: Database, feed: Feed) -> None:
    """Let the hub verify for ten days, to be renewed after eight."""
    subscriptions.verify(
        db, named(db, feed).id, lease_until_at=NOW + 10 * DAY, next_attempt_at=NOW + 8 * DAY, now=NOW + MINUTE
    )


def subscribed(db: Database, url: str = TOPIC) -> Feed:
    """Return a feed with a verified subscription under the token "t"."""
    feed = offered(db, make_feed(db, url))
    ask(db, due(db)[0])
    verify(db, feed)
    return again(db, feed)


def test_a_hub_that_a_feed_names_is_due_at_once_and_stays_known_over_polls_that_read_nothing(db: Database) -> None:
    feed = offered(db, make_feed(db))
    [one] = due(db)
    assert one == Due(named(db, feed), True, None, None, None)
    assert (one.subscription.hub, one.subscription.topic, one.subscription.asking) == (HUB, TOPIC, None)
    record(db, make_outcome(feed))
    offered(db, feed)
    assert named(db, feed) == one.subscription
    assert [row.subscription for row in feeds.list_feeds(db)] == [one.subscription]
    assert [row.subscription for row in still_due(db, [feed.id], now=NOW + DAY)] == [one.subscription]


def shard_of(db: Database, feed: Feed) -> int:
    """Return the shard of a feed."""
    with db.read() as connection:
        return int(connection.execute(text("SELECT shard FROM feed WHERE id = :id"), {"id": feed.id}).scalar_one())


def test_a_feed_that_names_no_hub_costs_no_row(db: Database) -> None:
    feed = offered(db, make_feed(db), "", "")
    assert again(db, feed).subscription is None
    assert due(db) == []


def test_another_hub_takes_the_place_of_the_one_before_which_is_given_up_and_may_come_back(db: Database) -> None:
    feed = subscribed(db)
    first = named(db, feed)
    offered(db, feed, OTHER)
    second = named(db, feed)
    assert (second.hub, second.id != first.id) == (OTHER, True)
    assert {(one.subscription.hub, one.wanted) for one in due(db)} == {(HUB, False), (OTHER, True)}
    offered(db, feed, HUB)
    back = named(db, feed)
    assert (back.id, back.attempts, back.next_attempt_at) == (first.id, 0, NOW)
    offered(db, feed, "", "")
    assert again(db, feed).subscription is None
    assert [one.wanted for one in due(db)] == [False, False]


def test_what_is_asked_is_asked_again_at_its_time_and_never_meanwhile(db: Database) -> None:
    feed = offered(db, make_feed(db))
    ask(db, due(db)[0])
    assert due(db) == []
    [one] = due(db, after=HOUR)
    assert (one.token, one.secret, one.callback) == ("t", "s", f"{BASE}t")
    assert (one.subscription.asking, one.subscription.attempts) == (HubMode.SUBSCRIBE, 1)
    subscriptions.refused(db, one.subscription.id, error="http 500", next_attempt_at=NOW + DAY)
    assert due(db, after=HOUR) == []
    assert named(db, feed).error == "http 500"


def test_a_verification_during_the_request_is_not_undone_by_what_the_hub_answers_to_it(db: Database) -> None:
    feed = offered(db, make_feed(db))
    ask(db, due(db)[0])
    verify(db, feed)
    subscriptions.refused(db, named(db, feed).id, error="timeout", next_attempt_at=NOW)
    one = named(db, feed)
    assert (one.asking, one.attempts, one.error) == (None, 0, None)
    assert (one.lease_until_at, one.next_attempt_at) == (NOW + 10 * DAY, NOW + 8 * DAY)
    assert due(db, after=7 * DAY) == []
    assert len(due(db, after=8 * DAY)) == 1


def test_a_denial_ends_a_lease(db: Database) -> None:
    feed = subscribed(db)
    subscriptions.deny(db, named(db, feed).id, error="the hub denied it", next_attempt_at=NOW + 7 * DAY, now=NOW)
    one = named(db, feed)
    assert (one.lease_until_at, one.denied_at, one.error) == (None, NOW, "the hub denied it")
    assert due(db) == []
    verify(db, feed)
    assert (named(db, feed).denied_at, named(db, feed).error) == (None, None)


def test_the_subscription_of_a_feed_that_is_polled_no_more_is_due_at_once_until_the_hub_is_asked(db: Database) -> None:
    feed = subscribed(db)
    assert due(db) == []
    feeds.remove_feed(db, feed.url)
    [one] = due(db)
    assert not one.wanted
    ask(db, one, HubMode.UNSUBSCRIBE)
    assert due(db) == []
    assert [one.wanted for one in due(db, after=HOUR)] == [False]
    feeds.add_feed(db, FeedSpec(feed.url), shards=8, now=NOW)
    assert [one.wanted for one in due(db, after=HOUR)] == [True]


def test_the_subscription_of_a_retired_feed_is_wanted_no_more(db: Database) -> None:
    feed = subscribed(db)
    record(db, replace(make_outcome(feed, error="http 410"), course=Course(retired_at=NOW)))
    assert [one.wanted for one in due(db)] == [False]


def test_a_new_public_address_makes_subscriptions_due_and_none_gives_them_up(db: Database) -> None:
    subscribed(db)
    offered(db, make_feed(db, "https://second.example/rss"))
    moved = "https://new.example/websub/"
    assert [(one.wanted, one.callback) for one in due(db, base=moved, after=-MINUTE)] == [(True, f"{BASE}t")]
    [gone] = due(db, base=None)
    assert (gone.wanted, gone.callback) == (False, f"{BASE}t")
    ask(db, gone, HubMode.UNSUBSCRIBE)
    assert due(db, base=None) == []


def test_an_address_with_the_signs_of_patterns_is_taken_as_it_is(db: Database) -> None:
    offered(db, make_feed(db))
    ask(db, due(db)[0], base="https://a_b.example/100%25/websub/")
    assert due(db, base="https://a_b.example/100%25/websub/") == []
    assert len(due(db, base="https://aXb.example/100%25/websub/")) == 1


def test_a_token_leads_to_its_subscription_and_to_no_other(db: Database) -> None:
    feed = subscribed(db)
    known = subscriptions.find(db, "t")
    assert known is not None
    assert (known.subscription, known.feed) == (named(db, feed), feed)
    assert (known.secret, known.waiting, known.shard) == ("s", 0, shard_of(db, feed))
    assert subscriptions.find(db, "T") is None
    subscriptions.forget(db, known.subscription.id)
    assert subscriptions.find(db, "t") is None


def test_subscriptions_are_counted_by_state(db: Database) -> None:
    assert set(subscriptions.count_states(db, now=NOW).values()) == {0}
    feed = subscribed(db)
    offered(db, make_feed(db, "https://second.example/rss"), OTHER)
    offered(db, make_feed(db, "https://third.example/rss"), OTHER)
    ask(db, due(db)[0], token="u")
    found = subscriptions.count_states(db, now=NOW)
    assert {state.value: count for state, count in found.items() if count} == {"active": 1, "asked": 1, "found": 1}
    subscriptions.deny(db, named(db, feed).id, error="", next_attempt_at=NOW, now=NOW)
    later = subscriptions.count_states(db, now=NOW + 99 * DAY)
    assert {state.value: count for state, count in later.items() if count} == {"denied": 1, "asked": 1, "found": 1}


def test_trouble_is_noted_for_the_operator(db: Database) -> None:
    feed = subscribed(db)
    subscriptions.note_trouble(db, named(db, feed), "not signed")
    subscriptions.note_trouble(db, named(db, feed), "not signed")
    assert named(db, feed).error == "not signed"


def add(db: Database, feed: Feed, body: bytes = b"<rss/>") -> None:
    """Keep a push of a feed's subscription."""
    headers = {"content-type": "application/rss+xml"}
    pushes.add_push(db, named(db, feed).id, headers=headers, body=body, now=NOW)


def taken(db: Database, feed: Feed) -> Push:
    """Return the push that is read next."""
    push = pushes.next_push(db, shard_of(db, feed))
    assert push is not None
    return push


def test_pushes_are_read_in_the_order_in_which_they_came_each_with_its_feed(db: Database) -> None:
    feed = subscribed(db)
    for body in (b"one", b"two \xff\x00"):
        add(db, feed, body)
    known = subscriptions.find(db, "t")
    assert known is not None
    assert known.waiting == 2
    first = taken(db, feed)
    assert (first.feed, first.received_at, first.body) == (again(db, feed), NOW, b"one")
    assert first.headers == {"content-type": "application/rss+xml"}
    assert pushes.next_push(db, (shard_of(db, feed) + 1) % 8) is None
    pushes.drop_push(db, first)
    assert taken(db, feed).body == b"two \xff\x00"


def read(db: Database, push: Push, *new: str, edits: tuple[EditedItem, ...] = ()) -> items.Recorded:
    """Store what was in a push."""
    found = tuple(make_item(guid, matches=[make_match()]) for guid in new)
    outcome = PushOutcome(push, found, edits, beats=(NOW + MINUTE,))
    return pushes.record_push(db, outcome, watchlist_version="v1", entities=ENTITIES, now=NOW)


def test_what_is_in_a_push_is_stored_as_a_poll_would_and_nothing_of_polling_changes_but_the_rhythm(
    db: Database,
) -> None:
    feed = subscribed(db)
    record(db, make_outcome(feed, shown=frozenset({1, 2})))
    before = again(db, feed)
    add(db, feed)
    recorded = read(db, taken(db, feed), "a", "b")
    assert (recorded.items, recorded.hits, recorded.alerting) == (2, 2, 2)
    assert [hit.item.guid for hit in items.unrouted_hits(db, limit=9)] == ["a", "b"]
    after = again(db, feed)
    assert after.subscription == replace(named(db, before), pushed_at=NOW)
    assert replace(after, subscription=before.subscription, course=before.course) == before
    assert after.course == replace(before.course, beats=(NOW + MINUTE,))
    assert items.known_hashes(db, feed.id) == frozenset({1, 2})
    assert pushes.next_push(db, shard_of(db, feed)) is None


def test_a_push_of_news_puts_off_when_its_feed_counts_as_quiet(db: Database) -> None:
    feed = subscribed(db)
    beats = tuple(NOW - number * DAY for number in range(1, 6))
    record(db, replace(make_outcome(feed), course=Course(beats=beats)))
    add(db, feed)
    push = taken(db, feed)
    outcome = PushOutcome(push, (make_item("a"),), (), beats=(NOW, *beats))
    pushes.record_push(db, outcome, watchlist_version="v1", entities=ENTITIES, now=NOW)
    with db.read() as connection:
        assert connection.execute(select(feeds.FEED.c.quiet_at)).scalar_one() == NOW + 3 * DAY


def test_the_same_push_twice_stores_once(db: Database) -> None:
    feed = subscribed(db)
    add(db, feed)
    push = taken(db, feed)
    assert read(db, push, "a").items == 1
    assert read(db, push, "a").items == 0
    assert len(items.unrouted_hits(db, limit=9)) == 1


def test_news_that_a_poll_finds_first_is_a_miss_of_a_hub_that_pushed_before(db: Database) -> None:
    feed = subscribed(db)
    record(db, make_outcome(feed, make_item("a"), at=NOW + MINUTE))
    assert named(db, feed).missed_at is None, "nothing was pushed yet, so nothing is relied on"
    add(db, feed)
    read(db, taken(db, feed), "b")
    record(db, make_outcome(again(db, feed), make_item("a"), make_item("b"), at=NOW + 2 * MINUTE))
    assert named(db, feed).missed_at is None, "all of it was stored"
    record(db, make_outcome(again(db, feed), make_item("c"), at=NOW + 3 * MINUTE))
    assert named(db, feed).missed_at == NOW + 3 * MINUTE


def test_a_push_that_was_on_its_way_takes_the_miss_back(db: Database) -> None:
    feed = subscribed(db)
    add(db, feed)
    read(db, taken(db, feed), "a")
    record(db, make_outcome(again(db, feed), make_item("b"), at=NOW + MINUTE))
    assert named(db, feed).missed_at == NOW + MINUTE
    add(db, feed)
    read(db, taken(db, feed), "b")
    assert named(db, feed).missed_at is None


def test_a_push_that_is_not_read_makes_its_feed_due_and_goes(db: Database) -> None:
    feed = subscribed(db)
    add(db, feed)
    pushes.poll_instead(db, taken(db, feed), poll_at=NOW + MINUTE)
    assert again(db, feed).next_poll_at == NOW + MINUTE
    assert pushes.next_push(db, shard_of(db, feed)) is None


@pytest.mark.parametrize("table", ["feed", "subscription"])
def test_what_waits_goes_with_its_subscription_and_that_with_its_feed(db: Database, table: str) -> None:
    feed = subscribed(db)
    add(db, feed)
    with db.write() as connection:
        connection.execute(text(f"DELETE FROM {table}"))
        assert connection.execute(text("SELECT count(*) FROM subscription")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM push")).scalar_one() == 0
