"""fetch -> split -> parse -> identify -> match -> [items, hits, feed state].

One call polls every due feed of a shard. Fetches run side by side on the event loop, reading and matching in threads;
whatever has come to its end meanwhile is committed in one transaction, so that a busy minute costs few commits and a
slow server delays no other feed. Feeds are taken longest due first, at no host more than it has places for, so that a
slow or huge host delays none but its own. One failing feed is an outcome like any other.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from monitor.core.types import Feed, PollOutcome
from monitor.errors import StoreError
from monitor.jobs import metrics
from monitor.jobs.asking import poll_feed
from monitor.jobs.context import Context, Current
from monitor.jobs.hosts import Hosts, Place
from monitor.jobs.keys import ALERT_KEY
from monitor.store import due, hosts, items
from monitor.store.due import Due

AHEAD = 64
"""Feeds of one host that one look finds: some seconds of work, for a look at a host with 10,000 takes 20 ms."""

LOOK_LIMIT = 1000
"""Feeds that one look finds; those of more hosts than that are seen when these have been asked."""

REFILL_SECONDS = 1.0
"""How long a shard that is at work goes without looking for further due feeds."""

YIELD = timedelta(minutes=1)
"""By how much a feed that failed lets others go first: its answer may again take the whole of http.timeout, and so many
at once would hold every turn."""

COMMIT_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0)
"""Seconds between attempts to store what was fetched while the database is away: the publishers are not asked again."""

log = structlog.get_logger()


class PollJob:
    """Polls the due feeds of one shard; shared by all shards, which together keep to the limits of `http`."""

    def __init__(self, current: Current, places: Hosts | None = None) -> None:
        """Take the state of the house anew for each round.

        places   at the hosts, where other jobs ask them, too
        """
        self._current = current
        self._places = places or Hosts(current)
        self._recalling = asyncio.Lock()
        self._recalled = False

    async def __call__(self, key: str) -> None:
        """Poll until nothing in shard `key` is due or under way."""
        await self._recall()
        async with aclosing(_Round(int(key), self._places)) as running:
            while True:
                held_back = await running.fill(self._current())
                if running.tasks:
                    await running.harvest()
                elif held_back:
                    await self._places.vacancy(REFILL_SECONDS)
                else:
                    return

    async def _recall(self) -> None:
        """Know, once, the hosts that were resting when the last process ended."""
        async with self._recalling:
            if not self._recalled:
                self._places.recall(await asyncio.to_thread(hosts.list_rests, self._current().db))
                self._recalled = True


@dataclass(frozen=True, slots=True)
class _Running:
    """A poll that is under way."""

    feed: Feed
    context: Context
    place: Place


@dataclass
class _Round:
    """The polls of one shard that are under way, and what is due besides.

    queue     longest due first
    more      hosts that may have further feeds due
    look_at   when to look again for what is due, by the clock of the event loop
    """

    shard: int
    places: Hosts
    tasks: dict[asyncio.Task[PollOutcome | None], _Running] = field(default_factory=dict)
    queue: list[Due] = field(default_factory=list)
    more: frozenset[str] = frozenset()
    look_at: float = 0.0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def fill(self, context: Context) -> bool:
        """Start a poll for every due feed whose host has room; return whether some are held back.

        Those that wait at a host they were led to do not count: they hold nothing.
        """
        room = context.settings.http.concurrency - sum(one.place.host is not None for one in self.tasks.values())
        if room > 0:
            if self._wants_look():
                await self._look(context)
            await self._start(context, self._pick(room))
        return bool(self.queue)

    def _wants_look(self) -> bool:
        """Return whether the time has come, or all is asked of what a look found of a host that had more."""
        left = {one.host for one in self.queue}
        dry = any(host not in left and self.places.has_room(host) for host in self.more)
        return dry or asyncio.get_running_loop().time() >= self.look_at

    async def _look(self, context: Context) -> None:
        """Find what is due; hosts that have more than was asked so far need no look."""
        waiting = Counter(one.host for one in self.queue)
        known = [host for host in self.more if waiting[host]]
        busy = [one.feed.id for one in self.tasks.values()]
        self.look_at = asyncio.get_running_loop().time() + REFILL_SECONDS
        found = await asyncio.to_thread(
            due.due_feeds,
            context.db,
            self.shard,
            now=context.clock(),
            each=AHEAD,
            limit=LOOK_LIMIT,
            busy=busy,
            known=known,
        )
        self.more = found.more.union(known)
        kept = [one for one in self.queue if one.host in known]
        self.queue = sorted((*kept, *found.feeds), key=lambda one: one.at)
        if found.cut:
            self.look_at = 0.0

    def _pick(self, room: int) -> list[tuple[Due, Place]]:
        """Take places for what is due longest, and out of the queue what rests."""
        picked: list[tuple[Due, Place]] = []
        left = []
        for one in self.queue:
            if len(picked) < room and self.places.has_room(one.host):
                picked.append((one, self.places.enter(one.host, since_at=one.at)))
            elif not self.places.rests(one.host):
                left.append(one)
        self.queue = left
        return picked

    async def _start(self, context: Context, picked: Sequence[tuple[Due, Place]]) -> None:
        """Start the polls of what was picked, as it stands in the rows now."""
        if not picked:
            return
        places = {one.id: place for one, place in picked}
        try:
            feeds = await asyncio.to_thread(due.still_due, context.db, list(places), now=context.clock())
            for feed in feeds:
                place = places.pop(feed.id)
                place.since_at += YIELD if feed.failures else timedelta(0)
                task = asyncio.create_task(_poll_within(context, feed, self.places, place))
                task.add_done_callback(lambda _: self.ended.set())
                self.tasks[task] = _Running(feed, context, place)
        finally:
            for place in places.values():
                place.leave()

    async def harvest(self) -> None:
        """Wait for some poll to end, then commit every one that has, with the watchlists it was matched against."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REFILL_SECONDS):
                await self.ended.wait()
        self.ended.clear()
        done = [task for task in self.tasks if task.done()]
        made: dict[int, tuple[Context, list[PollOutcome]]] = {}
        for task in done:
            context, outcome = self.tasks[task].context, task.result()
            if outcome is not None:
                made.setdefault(id(context), (context, []))[1].append(outcome)
        for context, outcomes in made.values():
            await commit_patiently(context, outcomes)
        for task in done:
            del self.tasks[task]

    async def aclose(self) -> None:
        """Cancel what is still under way; its feeds stay due."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for one in self.tasks.values():
            one.place.leave()  # of one that never began


async def _poll_within(context: Context, feed: Feed, places: Hosts, place: Place) -> PollOutcome | None:
    """Poll one feed when its turn has come; None when its host began to rest meanwhile, and it stays due."""
    host = place.host
    async with place:
        if host is not None and places.rests(host):
            return None
        return await poll_feed(context, feed, places, place)


async def commit_patiently(context: Context, outcomes: Sequence[PollOutcome]) -> None:
    """Store what the polls found, see `patiently`."""
    await patiently(lambda: commit(context, outcomes), len(outcomes))


async def patiently(store: Callable[[], None], answers: int) -> None:
    """Store what was fetched, trying again for some two minutes; then raise StoreError, and it stays due."""
    for pause in COMMIT_PAUSES:
        try:
            await asyncio.to_thread(store)
        except StoreError as error:
            log.warning("not stored yet", answers=answers, error=str(error), again_in=pause)
            await asyncio.sleep(pause)
        else:
            return
    await asyncio.to_thread(store)


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
    metrics.EDITS.inc(recorded.edits)
    metrics.HITS.inc(recorded.hits)
    if recorded.alerting:
        context.ring("alert", ALERT_KEY)
