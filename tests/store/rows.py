"""Small values for the store's tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.core.types import (
    Alert,
    Delivery,
    DeliveryState,
    EntityRef,
    Entry,
    Feed,
    FeedSpec,
    Hit,
    Kind,
    Match,
    Mention,
    NewItem,
    PollOutcome,
    Severity,
    Verdict,
)
from monitor.store import alerts, due, feeds, items
from monitor.store.alerts import AlertLink, HitVerdict, NewAlert, RoutingBatch
from monitor.store.database import Database

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
ENTITIES = {"is-k": EntityRef("is-k", "IS-K", Kind.ORGANISATION), "bajaur": EntityRef("bajaur", "Bajaur", Kind.PLACE)}


def make_feed(db: Database, url: str = "https://news.example/rss") -> Feed:
    """Add a feed and return it."""
    return feeds.add_feed(db, FeedSpec(url, "Paper", ("pakistan",)), shards=8, now=NOW)


def due_in(db: Database, shard: int, *, now: datetime = NOW, busy: Sequence[int] = ()) -> list[Feed]:
    """Return the feeds of a shard that are due, longest due first."""
    found = due.due_feeds(db, shard, now=now, each=10, limit=10, busy=busy).feeds
    order = [one.id for one in sorted(found, key=lambda one: one.at)]
    return sorted(due.still_due(db, order, now=now), key=lambda feed: order.index(feed.id))


def make_match(rule: str = "entity:is-k", *entities: str, severity: Severity = Severity.HIGH) -> Match:
    """Return what the matcher would have found."""
    names = entities or ("is-k",)
    mentions = (Mention(names[0], "title", 0, 4, "IS-K", "IS-K"),)
    return Match(rule, rule.title(), "is-k", severity, frozenset({"is-k"}), names, mentions, "the reason")


def make_item(guid: str, title: str = "", *, matches: Sequence[Match] = (), old_news: str = "") -> NewItem:
    """Return an item about to be stored."""
    entry = Entry(guid, title or f"IS-K {guid}", "text", f"https://news.example/{guid}", NOW, "en")
    return NewItem(entry, "hash", tuple(matches), old_news)


def make_outcome(
    feed: Feed,
    *new: NewItem,
    error: str | None = None,
    at: datetime = NOW,
    shown: frozenset[int] | None = None,
) -> PollOutcome:
    """Return what a poll found."""
    return PollOutcome(
        feed=feed,
        polled_at=at,
        next_poll_at=at + timedelta(minutes=15),
        wait_reason="every 15m",
        status=None if error else 200,
        error=error,
        etag='"v1"',
        last_modified="Sun, 30 Jul 2023 11:00:00 GMT",
        body_hash="b",
        feed_title="The Paper",
        items=new,
        shown=shown,
    )


def record(db: Database, *outcomes: PollOutcome, now: datetime = NOW) -> items.Recorded:
    """Store outcomes."""
    return items.record_polls(db, outcomes, watchlist_version="v1", entities=ENTITIES, now=now)


def make_hits(db: Database, count: int = 1, url: str = "https://news.example/rss") -> list[Hit]:
    """Store items with one hit each and return the hits, oldest first."""
    feed = make_feed(db, url)
    record(db, make_outcome(feed, *(make_item(f"g{n}", f"IS-K {n}", matches=[make_match()]) for n in range(count))))
    return items.unrouted_hits(db, limit=100)


def make_alert(
    db: Database, hits: Sequence[Hit], *, id_: str = "alr_1", key: str = "k", notify_at: datetime = NOW
) -> Alert:
    """Store an alert over hits and return it."""
    alert = Alert(id_, "desk", "0", "story 1", "IS-K", Severity.HIGH, hits[0].item.story_id, NOW, NOW, notify_at, None)
    batch = RoutingBatch(
        verdicts=tuple(HitVerdict(hit.id, Verdict.ALERTED, "desk") for hit in hits),
        new_alerts=(NewAlert(alert, key),),
        links=tuple(AlertLink(id_, hit.id) for hit in hits),
        notify_at={id_: notify_at},
        severities={id_: Severity.HIGH},
    )
    alerts.apply_routing(db, batch, now=NOW)
    return alert


def make_delivery(id_: str = "dlv_1", *, channel: str = "desk/webhook", at: datetime = NOW) -> Delivery:
    """Return a delivery that is due."""
    notice = {"type": "test", "timestamp": "2023-07-30T12:00:00Z", "data": {"message": "x"}}
    return Delivery(id_, channel, "desk", "test", notice, "alr_1", DeliveryState.PENDING, 0, at, at)  # type: ignore[arg-type]  # a plain dict


def again(feed: Feed, **changes: object) -> Feed:
    """Return a feed with some changes."""
    return replace(feed, **changes)  # type: ignore[arg-type]  # as the caller says
