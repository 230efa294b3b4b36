"""The short lives of the house: one round for cron, a trial poll, a test message."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import TypedDict

from monitor.app import compile_lists, make_client, make_fetcher, open_house, utcnow
from monitor.config.settings import Settings
from monitor.core.grouping import delivery_id, timestamp
from monitor.core.types import Delivery, DeliveryState, Document, Feed, Notice
from monitor.errors import DatabaseBusyError, DeliveryError
from monitor.feeds.apart import READ_SECONDS, Apart
from monitor.feeds.parse import parse_feed
from monitor.jobs.alert import AlertJob, notify_new
from monitor.jobs.article import ArticleJob
from monitor.jobs.context import Clock
from monitor.jobs.deliver import DeliverJob
from monitor.jobs.digest import DigestJob
from monitor.jobs.health import HealthJob
from monitor.jobs.hosts import Hosts
from monitor.jobs.keys import ALERT_KEY, ARTICLE_KEY, DIGEST_KEY, HEALTH_KEY, keys_of
from monitor.jobs.poll import PollJob
from monitor.jobs.push import PushJob
from monitor.outgoing import build_channels
from monitor.render.message import render
from monitor.store import deliveries, feeds, items
from monitor.store.database import Database

ARTICLES_SECONDS = 300.0
"""Longest time for the articles of one round: an article a second of each host; the others are due in the next one."""


async def run_once(settings: Settings, *, clock: Clock = utcnow) -> dict[str, int]:
    """Poll what is due, read the articles, match, deliver; return what was done, for a person.

    Keys: feeds and failed (polled now), items and hits (new), delivered (now), waiting and dead (all deliveries).
    """
    async with open_house(settings, ring=_no_bell, clock=clock) as house:
        context, began_at = house.current(), clock()
        before = await asyncio.to_thread(_totals, context.db)
        places, push = Hosts(house.current), PushJob(house.current)
        poll, deliver = PollJob(house.current, places), DeliverJob(house.current)
        await asyncio.gather(*(push(shard) for shard in keys_of(settings.runtime.shards)))  # what a daemon left
        await asyncio.gather(*(poll(shard) for shard in keys_of(settings.runtime.shards)))
        with suppress(TimeoutError):
            async with asyncio.timeout(ARTICLES_SECONDS):
                await ArticleJob(house.current, places)(ARTICLE_KEY)
        await AlertJob(house.current)(ALERT_KEY)
        await asyncio.to_thread(notify_new, context)
        await DigestJob(house.current)(DIGEST_KEY)
        await HealthJob(house.current)(HEALTH_KEY)
        await asyncio.gather(*(deliver(lane) for lane in keys_of(settings.runtime.lanes)))
        after = await asyncio.to_thread(_totals, context.db)
        polled = [feed for feed in feeds.list_feeds(context.db) if feed.polled_at and feed.polled_at >= began_at]
    return {
        "feeds": len(polled),
        "failed": sum(feed.error is not None for feed in polled),
        "items": after["items"] - before["items"],
        "hits": after["hits"] - before["hits"],
        "delivered": after["sent"] - before["sent"],
        "waiting": after["pending"],
        "dead": after["dead"],
    }


async def deliver_due(settings: Settings) -> bool:
    """Send what is due, unless a daemon runs that does; return whether it was done here.

    On PostgreSQL nobody can say whether a daemon runs, so what is due is left to it.
    """
    if not settings.database.startswith("sqlite"):
        return False
    try:
        async with open_house(settings, ring=_no_bell) as house:
            deliver = DeliverJob(house.current)
            await asyncio.gather(*(deliver(lane) for lane in keys_of(settings.runtime.lanes)))
    except DatabaseBusyError:
        return False
    return True


def _no_bell(kind: str, key: str) -> None:
    """Ring nothing: every job is called in turn."""


def _totals(db: Database) -> Counter[str]:
    """Return how many items, hits and deliveries of each state there are."""
    totals = Counter(items.counts(db))
    for (_, state), count in deliveries.counts(db).items():
        totals[state] += count
    return totals


class TrialEntry(TypedDict):
    """An entry of a trial poll and the rules that would hit."""

    title: str
    url: str
    published_at: datetime | None
    hits: list[str]


class Trial(TypedDict):
    """What a trial poll found."""

    title: str
    status: int
    entries: list[TrialEntry]
    unread: list[str]


async def try_feed(settings: Settings, url: str) -> Trial:
    """Fetch a feed and match it without storing anything. Raises FetchError and ConfigError."""
    _, matcher = await asyncio.to_thread(compile_lists, settings)
    feed = Feed(0, url, "", (), None, False, {}, "added", True, utcnow())
    with Apart(1) as apart:
        async with make_fetcher(settings) as fetcher:
            result = await fetcher.fetch(feed)
        parsed = await apart.run(parse_feed, READ_SECONDS, result)
    entries: list[TrialEntry] = []
    for entry in parsed.entries:
        document = Document(id=entry.guid, title=entry.title, text=entry.text, lang=entry.lang)
        rules = [match.rule for match in matcher.match(document).matches]
        entries.append({"title": entry.title, "url": entry.url, "published_at": entry.published_at, "hits": rules})
    return {"title": parsed.title, "status": result.status, "entries": entries, "unread": list(parsed.unread)}


async def send_tests(settings: Settings) -> dict[str, str]:
    """Send a test message through every channel that works; return its error by channel, "" when it was taken."""
    now = utcnow()
    notice: Notice = {
        "type": "test",
        "timestamp": timestamp(now),
        "data": {"message": "This is a test. Alerts for this receiver arrive here."},
    }
    results = {}
    async with make_client(settings) as client:
        for key, channel in build_channels(settings, client, clock=utcnow).items():
            id_ = delivery_id("test", key, [], now)
            state = DeliveryState.PENDING
            delivery = Delivery(id_, key, key.partition("/")[0], "test", notice, "test", state, 0, now, now)
            try:
                await channel.send(render(delivery, kind=channel.kind))
            except DeliveryError as error:
                results[key] = str(error)
            else:
                results[key] = ""
    return results
