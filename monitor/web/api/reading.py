"""Looking from programs: items, hits, stories, alerts, deliveries, digests, feeds, silences, as lists and one by one.

A list goes on by the `next` of its answer, which names the last row and not a page: what comes in meanwhile is neither
shown twice nor pushed out of sight.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from monitor.core.polling import state_of
from monitor.core.silences import as_row
from monitor.core.types import Acknowledgement, Feed, FeedState
from monitor.errors import UnknownIdError
from monitor.store import acks, alerts, coverage, deliveries, digests, feeds, items, silences, told_stories
from monitor.web.api import shapes
from monitor.web.api.asked import (
    AskedAlerts,
    AskedDeliveries,
    AskedDigests,
    AskedFeeds,
    AskedHits,
    AskedItems,
    AskedSilences,
    cursor_of,
    moment,
    number,
    place_in_time,
    place_of_id,
)
from monitor.web.api.operations import Call, Nothing, Operations

DETAIL = 500
"""Most deliveries and hits that are shown with one alert or story."""

T = TypeVar("T")

ops = Operations()


@ops.add("GET", "items", asked=AskedItems, answers=shapes.ItemPage)
def list_items(call: Call[AskedItems, Nothing]) -> shapes.ItemPage:
    """List items, newest first."""
    now = call.status.clock()
    found = items.list_items(
        call.status.db,
        since_at=moment(call.asked.since, now),
        until_at=moment(call.asked.until, now),
        feed=call.asked.feed,
        lang=call.asked.lang,
        before_id=place_of_id(call.asked.cursor),
        limit=call.asked.limit + 1,
    )
    shown, after = _part(found, call.asked.limit, lambda item: cursor_of(item.id))
    return shapes.ItemPage(items=[shapes.ItemShape.of(item) for item in shown], next=after)


@ops.add("GET", "items/{item_id}", answers=shapes.ItemShape)
def show_item(call: Call[Nothing, Nothing]) -> shapes.ItemShape:
    """Show an item."""
    found = items.find_item(call.status.db, number(call.word("item_id"), "item"))
    if found is None:
        raise UnknownIdError(f"no item {call.word('item_id')}")
    return shapes.ItemShape.of(found)


@ops.add("GET", "hits", asked=AskedHits, answers=shapes.HitPage)
def list_hits(call: Call[AskedHits, Nothing]) -> shapes.HitPage:
    """List hits with their reasons, newest first."""
    wanted = call.asked.filter(
        call.status.clock(), before_id=place_of_id(call.asked.cursor), limit=call.asked.limit + 1
    )
    found = items.list_hits(call.status.db, wanted)
    shown, after = _part(found, call.asked.limit, lambda hit: cursor_of(hit.id))
    return shapes.HitPage(hits=[shapes.HitShape.of(hit) for hit in shown], next=after)


@ops.add("GET", "hits/{hit_id}", answers=shapes.HitShape)
def show_hit(call: Call[Nothing, Nothing]) -> shapes.HitShape:
    """Show a hit."""
    found = items.list_hits(call.status.db, items.HitFilter(hit_ids=(number(call.word("hit_id"), "hit"),), limit=1))
    if not found:
        raise UnknownIdError(f"no hit {call.word('hit_id')}")
    return shapes.HitShape.of(found[0])


@ops.add("GET", "stories", asked=AskedHits, answers=shapes.StoryPage)
def list_stories(call: Call[AskedHits, Nothing]) -> shapes.StoryPage:
    """List the stories that have such hits, the one that began last first."""
    now = call.status.clock()
    wanted = told_stories.StoryFilter(
        since_at=moment(call.asked.since, now),
        until_at=moment(call.asked.until, now),
        severity=call.asked.severity,
        rule=call.asked.rule,
        watchlist=call.asked.watchlist,
        entity=call.asked.entity,
        feed=call.asked.feed,
        lang=call.asked.lang,
        before_id=place_of_id(call.asked.cursor),
        limit=call.asked.limit + 1,
    )
    found = told_stories.list_stories(call.status.db, wanted)
    shown, after = _part(found, call.asked.limit, lambda story: cursor_of(story.id))
    return shapes.StoryPage(stories=[shapes.StoryShape.of(story) for story in shown], next=after)


@ops.add("GET", "stories/{story_id}", answers=shapes.StoryDetail)
def show_story(call: Call[Nothing, Nothing]) -> shapes.StoryDetail:
    """Show a story with its hits and alerts."""
    found = told_stories.find_story(call.status.db, number(call.word("story_id"), "story"))
    if found is None:
        raise UnknownIdError(f"no story {call.word('story_id')}")
    hits = items.list_hits(call.status.db, items.HitFilter(story_id=found.id, limit=DETAIL))
    told = alerts.list_alerts(call.status.db, story_id=found.id, limit=DETAIL)
    return shapes.StoryDetail(
        **shapes.StoryShape.of(found).model_dump(),
        hits=[shapes.HitShape.of(hit) for hit in hits],
        alerts=[shapes.AlertShape.of(one) for one in told],
    )


@ops.add("GET", "alerts", asked=AskedAlerts, answers=shapes.AlertPage)
def list_alerts(call: Call[AskedAlerts, Nothing]) -> shapes.AlertPage:
    """List alerts, newest first."""
    now = call.status.clock()
    found = alerts.list_alerts(
        call.status.db,
        since_at=moment(call.asked.since, now),
        until_at=moment(call.asked.until, now),
        severity=call.asked.severity,
        receiver=call.asked.receiver,
        story_id=call.asked.story,
        before=place_in_time(call.asked.cursor),
        limit=call.asked.limit + 1,
    )
    shown, after = _part(found, call.asked.limit, lambda one: cursor_of(one.created_at, one.id))
    return shapes.AlertPage(alerts=[shapes.AlertShape.of(one) for one in shown], next=after)


@ops.add("GET", "alerts/{alert_id}", answers=shapes.AlertDetail)
def show_alert(call: Call[Nothing, Nothing]) -> shapes.AlertDetail:
    """Show an alert with its hits, who knows of it, and its deliveries."""
    found = alerts.find_alert(call.status.db, call.word("alert_id"))
    if found is None:
        raise UnknownIdError(f"no alert {call.word('alert_id')[:50]}")
    sent = deliveries.list_deliveries(call.status.db, thread=found.id, limit=DETAIL)
    return shapes.AlertDetail(
        **shapes.AlertShape.of(found).model_dump(),
        hit_list=[shapes.HitShape.of(hit) for hit in alerts.hits_of(call.status.db, found.id)[:DETAIL]],
        acknowledgements=[ack_shape(one) for one in acks.acks_of(call.status.db, found)],
        deliveries=[shapes.DeliveryShape.of(one) for one in sent],
    )


def ack_shape(ack: Acknowledgement) -> shapes.AckShape:
    """Return an acknowledgement as programs get it."""
    return shapes.AckShape(**{name: getattr(ack, name) for name in shapes.AckShape.model_fields})


@ops.add("GET", "deliveries", asked=AskedDeliveries, answers=shapes.DeliveryPage)
def list_deliveries(call: Call[AskedDeliveries, Nothing]) -> shapes.DeliveryPage:
    """List deliveries, newest first."""
    now = call.status.clock()
    found = deliveries.list_deliveries(
        call.status.db,
        state=call.asked.state,
        channel=call.asked.channel,
        thread=call.asked.thread,
        since_at=moment(call.asked.since, now),
        until_at=moment(call.asked.until, now),
        before=place_in_time(call.asked.cursor),
        limit=call.asked.limit + 1,
    )
    shown, after = _part(found, call.asked.limit, lambda one: cursor_of(one.created_at, one.id))
    return shapes.DeliveryPage(deliveries=[shapes.DeliveryShape.of(one) for one in shown], next=after)


@ops.add("GET", "deliveries/{delivery_id}", answers=shapes.DeliveryShape)
def show_delivery(call: Call[Nothing, Nothing]) -> shapes.DeliveryShape:
    """Show a delivery."""
    found = deliveries.find(call.status.db, call.word("delivery_id"))
    if found is None:
        raise UnknownIdError(f"no delivery {call.word('delivery_id')[:50]}")
    return shapes.DeliveryShape.of(found)


@ops.add("GET", "digests", asked=AskedDigests, answers=shapes.DigestPage)
def list_digests(call: Call[AskedDigests, Nothing]) -> shapes.DigestPage:
    """List digests, the one whose period ended last first."""
    now = call.status.clock()
    found = digests.list_digests(
        call.status.db,
        name=call.asked.name,
        since_at=moment(call.asked.since, now),
        until_at=moment(call.asked.until, now),
        before=place_in_time(call.asked.cursor),
        limit=call.asked.limit + 1,
    )
    shown, after = _part(found, call.asked.limit, lambda one: cursor_of(one.end_at, one.id))
    return shapes.DigestPage(digests=[shapes.DigestShape.of(one) for one in shown], next=after)


@ops.add("GET", "digests/{digest_id}", answers=shapes.DigestDetail)
def show_digest(call: Call[Nothing, Nothing]) -> shapes.DigestDetail:
    """Show a digest with all it says."""
    found = digests.find_digest(call.status.db, call.word("digest_id"))
    if found is None:
        raise UnknownIdError(f"no digest {call.word('digest_id')[:50]}")
    said = found.notice["data"]["digest"]
    return shapes.DigestDetail(**shapes.DigestShape.of(found).model_dump(), digest=dict(said))


@ops.add("GET", "feeds", asked=AskedFeeds, answers=shapes.FeedPage)
def list_feeds(call: Call[AskedFeeds, Nothing]) -> shapes.FeedPage:
    """List the feeds that are polled, in the order in which they were added."""
    now, last = call.status.clock(), place_of_id(call.asked.cursor) or 0
    ids = [one for one in _feeds_like(call) if one > last][: call.asked.limit + 1]
    found: list[Feed] = feeds.feeds_by_id(call.status.db, ids)
    shown, after = _part(found, call.asked.limit, lambda feed: cursor_of(feed.id))
    return shapes.FeedPage(feeds=[shapes.FeedShape.of(feed, now=now) for feed in shown], next=after)


def _feeds_like(call: Call[AskedFeeds, Nothing]) -> list[int]:
    """Return the ids of the feeds that are as asked, lowest first."""
    asked, db, now = call.asked, call.status.db, call.status.clock()
    words = (asked.text or "").casefold()
    states: dict[int, FeedState] = {}
    if asked.state is not None:
        states = {pulse.id: state_of(pulse, now=now) for pulse in coverage.read_pulses(db, now=now)[0]}
    return sorted(
        label.id
        for label in coverage.labels(db)
        if (asked.tag is None or asked.tag in label.tags)
        and (words in label.name.casefold() or words in label.url.casefold())
        and (asked.state is None or states.get(label.id, FeedState.HEALTHY) == asked.state)
    )


@ops.add("GET", "feeds/{feed_id}", answers=shapes.FeedShape)
def show_feed(call: Call[Nothing, Nothing]) -> shapes.FeedShape:
    """Show a feed."""
    found = feeds.feeds_by_id(call.status.db, [number(call.word("feed_id"), "feed")])
    if not found:
        raise UnknownIdError(f"no feed {call.word('feed_id')}")
    return shapes.FeedShape.of(found[0], now=call.status.clock())


@ops.add("GET", "silences", asked=AskedSilences, answers=shapes.SilencePage)
def list_silences(call: Call[AskedSilences, Nothing]) -> shapes.SilencePage:
    """List silences that are not over, or all, in the order in which they were made."""
    now, last = call.status.clock(), place_of_id(call.asked.cursor) or 0
    known = silences.list_silences(call.status.db, ending_after=None if call.asked.all else now)
    found = sorted((one for one in known if one.id > last), key=lambda one: one.id)[: call.asked.limit + 1]
    shown, after = _part(found, call.asked.limit, lambda one: cursor_of(one.id))
    return shapes.SilencePage(silences=[shapes.SilenceShape(**as_row(one, now=now)) for one in shown], next=after)


@ops.add("GET", "silences/{silence_id}", answers=shapes.SilenceShape)
def show_silence(call: Call[Nothing, Nothing]) -> shapes.SilenceShape:
    """Show a silence."""
    found = silences.find_silence(call.status.db, number(call.word("silence_id"), "silence"))
    if found is None:
        raise UnknownIdError(f"no silence {call.word('silence_id')}")
    return shapes.SilenceShape(**as_row(found, now=call.status.clock()))


def _part(found: Sequence[T], limit: int, place: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """Return the rows to show, of one more than that, and the cursor of what follows, or None."""
    return (found, None) if len(found) <= limit else (found[:limit], place(found[limit - 1]))
