"""fetch -> split -> parse -> identify -> match -> [items, hits, feed state].

One call polls every due feed of a shard. Fetches run side by side on the event loop, reading and matching in threads;
whatever has come to its end meanwhile is committed in one transaction, so that a busy minute costs few commits and a
slow server delays no other feed. One failing feed is an outcome like any other.
"""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

import structlog

from monitor.core import freshness, identity, polling, rhythm
from monitor.core.types import Document, Entry, Feed, FetchResult, NewItem, ParsedFeed, PollOutcome
from monitor.errors import FetchError, StoreError
from monitor.feeds.parse import parse_feed, split_feed
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import ALERT_KEY
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
        outcome = await asyncio.to_thread(read, context, feed, result, polled_at=polled_at)
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
    metrics.POLLS.labels("failed" if outcome.error else "new" if outcome.items else "unchanged").inc()
    _tell(feed, outcome, seconds)
    return outcome


def read(context: Context, feed: Feed, result: FetchResult, *, polled_at: datetime) -> PollOutcome:
    """Return the outcome of an answer.

    A 304 and an equal body cost nothing; of a new body, the entries that the last one did not show are parsed and
    matched.

    An address that the feed moved to is kept once a feed was seen there, which a 304 does not show.
    """
    body_hash = hashlib.sha256(result.body).hexdigest()
    unchanged = result.not_modified or body_hash == feed.body_hash
    parsed = None if unchanged else parse_new(context, feed, result, polled_at=polled_at)
    new = new_items(context, feed, parsed.entries, polled_at=polled_at) if parsed else []
    course = feed.course if result.not_modified else replace(feed.course, moved_to=result.moved_to)
    if parsed is not None:
        guids = [item.entry.guid for item in new]
        first = feed.first_polled_at is None
        shown = None if parsed.shown is None else len(parsed.shown)
        course = rhythm.learn(course, parsed.entries, guids, now=polled_at, first=first, shown=shown)
    terms = freshness.terms_after(
        course.terms, result.headers, parsed=parsed, not_modified=result.not_modified, now=polled_at
    )
    plan = polling.after_success(
        feed,
        replace(course, terms=terms),
        asked=freshness.asked_wait(terms, result.headers),
        now=context.clock(),
        bounds=_bounds(context),
        jitter=context.jitter(),
    )
    return PollOutcome(
        feed=feed,
        polled_at=polled_at,
        next_poll_at=plan.at,
        wait_reason=plan.reason,
        status=result.status,
        etag=result.etag,
        last_modified=result.last_modified,
        body_hash=feed.body_hash if unchanged else body_hash,
        feed_title=parsed.title if parsed else "",
        items=tuple(new),
        shown=parsed.shown if parsed else None,
        course=plan.course,
    )


def parse_new(context: Context, feed: Feed, result: FetchResult, *, polled_at: datetime) -> ParsedFeed:
    """Return what a body holds without the entries that are known, or all of it when it could not be cut."""
    pieces = split_feed(result)
    seen = items.known_hashes(context.db, feed.id) if pieces else frozenset()
    return parse_feed(result, pieces, seen, now=polled_at)


def failed(context: Context, feed: Feed, error: FetchError, *, polled_at: datetime) -> PollOutcome:
    """Return the outcome of a poll that failed; the validators stay as they were.

    Waits count from the answer, not from the question: a slow server is not asked too soon.
    """
    plan = polling.after_failure(
        feed, error=error, now=context.clock(), bounds=_bounds(context), jitter=context.jitter()
    )
    return PollOutcome(
        feed=feed,
        polled_at=polled_at,
        next_poll_at=plan.at,
        wait_reason=plan.reason,
        status=error.status,
        error=str(error),
        etag=feed.etag,
        last_modified=feed.last_modified,
        body_hash=feed.body_hash,
        course=plan.course,
    )


def _bounds(context: Context) -> polling.Bounds:
    """Return the waits that the operator decided."""
    settings = context.settings.polling
    return polling.Bounds(settings.interval, settings.min_interval, settings.max_interval)


def _tell(feed: Feed, outcome: PollOutcome, seconds: float) -> None:
    """Log a poll, and what an operator should know of the feed from here on."""
    tell = log.warning if outcome.error else log.info if outcome.items else log.debug
    tell(
        "poll",
        feed=feed.name or feed.url,
        status=outcome.status,
        new=len(outcome.items),
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


def new_items(context: Context, feed: Feed, entries: Sequence[Entry], *, polled_at: datetime) -> list[NewItem]:
    """Return the entries that are not stored yet, matched, oldest first."""
    known = items.known_guids(context.db, feed.id, [entry.guid for entry in entries]) if entries else set()
    settings = context.settings
    first = feed.first_polled_at is None
    since_at = polled_at - (settings.polling.first_poll_alerts if first else settings.retention.items)
    new = [entry for entry in reversed(entries) if entry.guid not in known]
    return [_new_item(context, feed, entry, since_at, first=first) for entry in new]


def _new_item(context: Context, feed: Feed, entry: Entry, since_at: datetime, *, first: bool) -> NewItem:
    """Return one entry matched.

    News from before `since_at` does not alert: on a first poll it is old, later it is an item past its retention that
    the feed still shows. On a first poll that goes for entries without a date, too.
    """
    document = Document(
        id=entry.guid,
        title=entry.title,
        text=entry.text,
        lang=entry.lang,
        feed=feed.name,
        feed_tags=frozenset(feed.tags),
    )
    result = context.matcher.match(document)
    if result.unread:
        log.warning("item not read to its end", url=entry.url, feed=feed.url, characters=result.unread)
    return NewItem(
        entry=entry,
        content_hash=identity.content_hash(entry.title, entry.text),
        matches=result.matches,
        alerting=not first if entry.published_at is None else entry.published_at >= since_at,
    )


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
    """Store what the polls found in one transaction, then tell the alert job."""
    recorded = items.record_polls(
        context.db,
        outcomes,
        watchlist_version=context.matcher.version,
        entities=context.entities,
        now=context.clock(),
    )
    metrics.ITEMS.inc(recorded.items)
    metrics.HITS.inc(recorded.hits)
    if recorded.alerting:
        context.ring("alert", ALERT_KEY)
