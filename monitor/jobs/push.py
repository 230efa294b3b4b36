"""What hubs pushed, read as polls are: parse, identify, match -> [items, hits]. The state of polling stays as it was.

A push may hold the new entries alone, so nothing is learnt from what is not in it. One that cannot be read, or be
believed, is a hint at the least: the feed is polled instead, as soon as that is polite.
"""

import asyncio

import structlog

from monitor.core import rhythm, websub
from monitor.core.types import Feed, FetchResult, Push, PushOutcome
from monitor.errors import FetchError, StoreError
from monitor.feeds.apart import READ_SECONDS
from monitor.feeds.parse import read_feed
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import ALERT_KEY
from monitor.jobs.matching import in_turn
from monitor.jobs.reading import edited_items, new_items, sort_out
from monitor.store import items, pushes

log = structlog.get_logger()


class PushJob:
    """Reads the pushes for feeds of one shard, oldest first."""

    def __init__(self, current: Current) -> None:
        """Take the state of the house anew for each push."""
        self._current = current

    async def __call__(self, key: str) -> None:
        """Read until no push for shard `key` is left."""
        while True:
            context = self._current()
            push = await asyncio.to_thread(pushes.next_push, context.db, int(key))
            if push is None:
                return
            await _take(context, push, shard=key)


async def _take(context: Context, push: Push, *, shard: str) -> None:
    """Store what is in a push, or poll its feed instead; a feed that is asked no more is not read either."""
    feed = push.feed
    if not feed.active or feed.course.retired_at is not None or feed.paused is not None:
        await asyncio.to_thread(pushes.drop_push, context.db, push)
        return
    assert feed.subscription is not None
    trouble = "its hub is asked without encryption, so anybody may have sent it"
    if websub.is_as_safe(feed.subscription, feed):
        try:
            outcome = await _read(context, push)
        except FetchError as error:
            trouble = str(error)
        except StoreError:
            raise  # the push stays until the database is back
        except Exception as error:  # it would trip us at every attempt
            log.exception("push crashed", feed=feed.url)
            trouble = f"{type(error).__name__} while reading"
        else:
            await asyncio.to_thread(_commit, context, outcome)
            return
    metrics.PUSHES.labels("unread").inc()
    minimum = context.settings.polling.min_interval
    poll_at = websub.poll_at(feed, now=context.clock(), minimum=minimum)
    log.info("push not read", feed=feed.name or feed.url, reason=trouble, poll_at=poll_at.isoformat())
    await asyncio.to_thread(pushes.poll_instead, context.db, push, poll_at=poll_at)
    context.ring("poll", shard)


async def _read(context: Context, push: Push) -> PushOutcome:
    """Return what is in a push. Raises FetchError for what is no feed, or takes too long to read."""
    seen = await asyncio.to_thread(items.known_hashes, context.db, push.feed.id)
    result = FetchResult(200, _address(push.feed), push.headers, push.body, None, None)
    parsed = await context.apart.run(read_feed, READ_SECONDS, result, seen, now=push.received_at)

    def sort() -> PushOutcome:
        found = sort_out(context, push.feed, parsed)
        new = new_items(context, push.feed, found.new, polled_at=push.received_at)
        guids = [item.entry.guid for item in new]
        course = rhythm.learn(
            push.feed.course,
            parsed.entries,
            guids,
            now=push.received_at,
            first=False,
            shown=len(parsed.entries) + 1,  # more may be in the feed than in the push
        )
        edits = edited_items(context, push.feed, found.changed, polled_at=push.received_at)
        return PushOutcome(push, tuple(new), tuple(edits), course.beats)

    return await in_turn(sort)


def _address(feed: Feed) -> str:
    """Return where relative links of a push start, as in polls: an entry must have one identity on both ways."""
    return feed.course.moved_to or feed.url


def _commit(context: Context, outcome: PushOutcome) -> None:
    """Store what was in a push in one transaction, then tell the alert job."""
    recorded = pushes.record_push(
        context.db,
        outcome,
        watchlist_version=context.matcher.version,
        entities=context.entities,
        now=context.clock(),
    )
    metrics.PUSHES.labels("new" if recorded.items else "edited" if recorded.edits else "unchanged").inc()
    metrics.ITEMS.inc(recorded.items)
    metrics.EDITS.inc(recorded.edits)
    metrics.HITS.inc(recorded.hits)
    tell = log.info if recorded.items or recorded.edits else log.debug
    feed = outcome.feed
    tell("push", feed=feed.name or feed.url, new=recorded.items, edited=recorded.edits, hits=recorded.hits)
    if recorded.alerting:
        context.ring("alert", ALERT_KEY)
