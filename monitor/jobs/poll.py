"""fetch -> split -> parse -> identify -> match -> [items, hits, feed state].

One call polls every due feed of a shard. Fetches run side by side on the event loop, reading and matching in threads;
whatever has come to its end meanwhile is committed in one transaction, so that a busy minute costs few commits and a
slow server delays no other feed. One failing feed is an outcome like any other.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import structlog

from monitor.core import websub
from monitor.core.types import Feed, PollOutcome
from monitor.errors import FetchError, StoreError
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import ALERT_KEY, WEBSUB_KEY
from monitor.jobs.reading import failed, read_answer
from monitor.store import feeds, items

DUE_LIMIT = 500
"""Due feeds read at a time; far above what one shard has in flight, so that one host's feeds do not hide the others."""

REFILL_SECONDS = 1.0
"""How long a slow fetch may keep the job from looking for further due feeds."""

HELD_BACK_SECONDS = 0.1
"""How long a shard waits that has nothing due but feeds whose host another shard is asking."""

COMMIT_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0)
"""Seconds between attempts to store what was fetched while the database is away: the publishers are not asked again."""

log = structlog.get_logger()


class PollJob:
    """Polls the due feeds of one shard; shared by all shards, which together keep to the limits of `http`."""

    def __init__(self, current: Current) -> None:
        """Take the state of the house anew for each round."""
        self._current = current
        self._slots: dict[int, asyncio.Semaphore] = {}
        self._hosts: Counter[str] = Counter()  # of all shards: a feed may have moved to the host of another one

    async def __call__(self, key: str) -> None:
        """Poll until nothing in shard `key` is due or under way."""
        async with aclosing(_Round(int(key), self._hosts)) as running:
            while True:
                context = self._current()
                held_back = await running.fill(context, self._slot(context.settings.http.concurrency))
                if running.tasks:
                    await running.harvest()
                elif held_back:
                    await asyncio.sleep(HELD_BACK_SECONDS)
                else:
                    return

    def _slot(self, concurrency: int) -> asyncio.Semaphore:
        """Return the semaphore for this limit; a reload may bring another one."""
        return self._slots.setdefault(concurrency, asyncio.Semaphore(concurrency))


@dataclass
class _Round:
    """The polls of one shard that are under way, and how many requests of all shards each host has."""

    shard: int
    hosts: Counter[str]
    tasks: dict[asyncio.Task[PollOutcome], tuple[Feed, Context]] = field(default_factory=dict)

    async def fill(self, context: Context, slot: asyncio.Semaphore) -> bool:
        """Start a poll for every due feed whose host has room; return whether some were held back."""
        busy = [feed.id for feed, _ in self.tasks.values()]
        due = await asyncio.to_thread(
            feeds.due_feeds, context.db, self.shard, now=context.clock(), limit=DUE_LIMIT, busy=busy
        )
        for feed in due:
            if self.hosts[_host(feed)] < context.settings.http.per_host:
                self.hosts[_host(feed)] += 1
                self.tasks[asyncio.create_task(_poll_within(slot, context, feed))] = feed, context
        return len(self.tasks) < len(busy) + len(due)

    async def harvest(self) -> None:
        """Wait for some poll to end, then commit every one that has, with the watchlists it was matched against."""
        done, _ = await asyncio.wait(self.tasks, timeout=REFILL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        made: dict[int, tuple[Context, list[PollOutcome]]] = {}
        for task in done:
            context = self.tasks[task][1]
            made.setdefault(id(context), (context, []))[1].append(task.result())
        for context, outcomes in made.values():
            await commit_patiently(context, outcomes)
        for task in done:
            self._forget(task)

    def _forget(self, task: asyncio.Task[PollOutcome]) -> None:
        """Make room for another request to the host of a poll."""
        host = _host(self.tasks.pop(task)[0])
        self.hosts[host] -= 1
        if not self.hosts[host]:
            del self.hosts[host]

    async def aclose(self) -> None:
        """Cancel what is still under way; its feeds stay due."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for task in list(self.tasks):
            self._forget(task)


def _host(feed: Feed) -> str:
    """Return the host that a feed's requests go to."""
    return urlsplit(feed.course.moved_to or feed.url).hostname or ""


async def _poll_within(slot: asyncio.Semaphore, context: Context, feed: Feed) -> PollOutcome:
    """Poll one feed when there is room for another request."""
    async with slot:
        return await poll_feed(context, feed)


async def poll_feed(context: Context, feed: Feed) -> PollOutcome:
    """Return what one poll of `feed` found; never raises for anything the feed or its server did."""
    began, polled_at = time.perf_counter(), context.clock()
    try:
        result = await context.fetcher.fetch(feed)
        outcome = await read_answer(context, feed, result, polled_at=polled_at)
    except FetchError as error:
        outcome = failed(context, feed, error, polled_at=polled_at)
    except StoreError:
        raise  # the database's trouble is not the feed's
    except Exception as error:  # a document that trips our reader must not stop the other feeds
        log.exception("poll crashed", feed=feed.url)
        trouble = FetchError("internal error", f"{type(error).__name__} while reading; please report this feed")
        outcome = failed(context, feed, trouble, polled_at=polled_at)
    seconds = time.perf_counter() - began
    metrics.POLL_SECONDS.observe(seconds)
    metrics.POLLS.labels(
        "failed" if outcome.error else "new" if outcome.items else "edited" if outcome.edits else "unchanged"
    ).inc()
    _tell(feed, outcome, seconds)
    return outcome


def _tell(feed: Feed, outcome: PollOutcome, seconds: float) -> None:
    """Log a poll, and what an operator should know of the feed from here on."""
    tell = log.warning if outcome.error else log.info if outcome.items or outcome.edits else log.debug
    tell(
        "poll",
        feed=feed.name or feed.url,
        status=outcome.status,
        new=len(outcome.items),
        edited=len(outcome.edits),
        hits=sum(len(item.matches) for item in outcome.items),
        error=outcome.error,
        seconds=round(seconds, 3),
    )
    before, after = feed.course, outcome.course
    if after.retired_at is not None and before.retired_at is None:
        log.warning("feed retired", feed=feed.url, reason=outcome.wait_reason)
    if after.rolled_over_at is not None and after.rolled_over_at != before.rolled_over_at:
        log.warning("feed rolled over", feed=feed.url, reason="all it shows is new, items before may have been missed")
    if after.moved_to is not None and after.moved_to != before.moved_to:
        log.info("feed moved", feed=feed.url, host=urlsplit(after.moved_to).hostname)


async def commit_patiently(context: Context, outcomes: Sequence[PollOutcome]) -> None:
    """Store what the polls found, trying again for some two minutes; then raise StoreError, and the feeds stay due."""
    for pause in COMMIT_PAUSES:
        try:
            await asyncio.to_thread(commit, context, outcomes)
        except StoreError as error:
            log.warning("not stored yet", polls=len(outcomes), error=str(error), again_in=pause)
            await asyncio.sleep(pause)
        else:
            return
    await asyncio.to_thread(commit, context, outcomes)


def commit(context: Context, outcomes: Sequence[PollOutcome]) -> None:
    """Store what the polls found in one transaction, then tell the jobs that go on with it."""
    recorded = items.record_polls(
        context.db,
        outcomes,
        watchlist_version=context.matcher.version,
        entities=context.entities,
        now=context.clock(),
    )
    metrics.ITEMS.inc(recorded.items)
    metrics.EDITS.inc(recorded.edits)
    metrics.HITS.inc(recorded.hits)
    if recorded.alerting:
        context.ring("alert", ALERT_KEY)
    if any(websub.is_other_offer(outcome.feed.subscription, outcome.offer) for outcome in outcomes):
        context.ring("websub", WEBSUB_KEY)
