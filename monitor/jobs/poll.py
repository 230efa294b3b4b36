"""fetch -> split -> parse -> identify -> match -> [items, hits, feed state].

One call polls every due feed of a shard. Fetches run side by side on the event loop, reading and matching in threads;
whatever comes to its end within a moment is committed in one transaction, so that a busy minute costs few commits and a
slow server delays no other feed. Feeds are taken longest due first, at no host more than it has places for, so that a
slow or huge host delays none but its own. One failing feed is an outcome like any other.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Sequence, Set
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.core.types import Feed
from monitor.jobs.asking import poll_feed
from monitor.jobs.context import Context, Current
from monitor.jobs.hosts import Hosts, Place
from monitor.jobs.record import Recorder
from monitor.store import due
from monitor.store.due import Due

AHEAD = 64
"""Feeds of one host that one look finds: some seconds of work, for a look at a host with 10,000 takes 20 ms."""

LOOK_LIMIT = 1000
"""Feeds that one look finds; those of more hosts than that are seen when these have been asked."""

REFILL_SECONDS = 1.0
"""How long a shard that is at work goes without looking for further due feeds, and how old what it knows of a feed may
be when its poll begins."""

LINGER_SECONDS = 0.02
"""How long a place stays empty so that others become free, too: to fill ten takes little longer than to fill one, and
the answer of a server takes ten times as long."""

READ_AHEAD = 64
"""Hosts of which the next feed is read along: to ask the database takes as long as several polls."""

GIVE_WAY = timedelta(minutes=1)
"""By how much a feed that failed lets others go first: its answer may again take the whole of http.timeout, and so many
at once would hold every turn."""

UNSTORED = 400
"""New and edited items of one shard that may wait to be stored, a poll without any counting as one: they are in memory
until then, some 5 kB each."""


class PollJob:
    """Polls the due feeds of one shard; shared by all shards, which together keep to the limits of `http`."""

    def __init__(self, current: Current, places: Hosts, *, turn_seconds: float = math.inf) -> None:
        """Take the state of the house anew for each round.

        places         at the hosts, where other jobs ask them, too
        turn_seconds   after how long a call begins no further poll, because others can go on with its shard
        """
        self._current = current
        self._places = places
        self._turn_seconds = turn_seconds
        self._recorder = Recorder()

    async def __call__(self, key: str) -> None:
        """Poll until nothing in shard `key` is due or under way, or the turn is over."""
        await self._places.remember()
        until = asyncio.get_running_loop().time() + self._turn_seconds
        async with aclosing(_Round(int(key), self._places, self._recorder)) as running:
            while True:
                context = self._current()
                held_back = asyncio.get_running_loop().time() < until and await running.fill(context)
                if running.tasks:
                    await running.harvest()
                elif held_back:
                    await self._places.vacancy(REFILL_SECONDS)
                else:
                    return


@dataclass(frozen=True, slots=True)
class _Running:
    """A poll that is under way."""

    feed: Feed
    context: Context
    place: Place


@dataclass
class _Round:
    """The polls of one shard that are under way, and what is due besides.

    queue     what was found due, in the order of its turns
    more      hosts that may have further feeds due, and `cut` whether hosts that were not found may have some
    look_at   when to look again for what is due, by the clock of the event loop
    left      set when a poll has left its place, or has come to its end
    unstored  how many items have been found and are not stored yet, as UNSTORED counts
    ahead     feeds that were read before their turn, and `ahead_until` when that is too long ago
    """

    shard: int
    places: Hosts
    recorder: Recorder
    tasks: dict[asyncio.Task[None], _Running] = field(default_factory=dict)
    queue: list[Due] = field(default_factory=list)
    more: frozenset[str] = frozenset()
    cut: bool = False
    look_at: float = 0.0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    unstored: int = 0
    ahead: dict[int, Feed] = field(default_factory=dict)
    ahead_until: float = 0.0

    async def fill(self, context: Context) -> bool:
        """Start a poll for every due feed whose host has room; return whether some are held back.

        Those that wait at a host they were led to do not count: they hold nothing.
        """
        asking = sum(one.place.host is not None for one in self.tasks.values())
        room = min(context.settings.http.concurrency - asking, UNSTORED - self.unstored)
        if room > 0:
            if self._wants_look():
                await self._look(context)
            await self._start(context, self._pick(room))
        return bool(self.queue)

    def _wants_look(self) -> bool:
        """Return whether the time has come, or what a look found is all asked, and there was more."""
        left = {one.host for one in self.queue}
        dry = any(host not in left and self.places.has_room(host) for host in self.more)
        return dry or (self.cut and not self.queue) or asyncio.get_running_loop().time() >= self.look_at

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
        self.queue = sorted((*kept, *found.feeds), key=_turn_at)
        self.cut = found.cut

    def _pick(self, room: int) -> list[tuple[Due, Place]]:
        """Take places for what is due longest, and out of the queue what rests."""
        picked: list[tuple[Due, Place]] = []
        left: list[Due] = []
        for number, one in enumerate(self.queue):
            if len(picked) == room:
                left += self.queue[number:]
                break
            if self.places.has_room(one.host):
                picked.append((one, self.places.enter(one.host, since_at=_turn_at(one))))
            elif not self.places.rests(one.host):
                left.append(one)
        self.queue = left
        return picked

    async def _start(self, context: Context, picked: Sequence[tuple[Due, Place]]) -> None:
        """Start the polls of what was picked, as it stands in the rows."""
        if not picked:
            return
        places = {one.id: place for one, place in picked}
        try:
            await self._read(context, places.keys())
            for feed in [self.ahead.pop(one) for one in list(places) if one in self.ahead]:
                place = places.pop(feed.id)
                task = asyncio.create_task(self._poll(context, feed, place))
                task.add_done_callback(lambda _: self.left.set())
                self.tasks[task] = _Running(feed, context, place)
        finally:
            for place in places.values():
                place.leave()

    async def _read(self, context: Context, ids: Set[int]) -> None:
        """Know these feeds, if they are still due, and those whose turns come next."""
        now = asyncio.get_running_loop().time()
        if now < self.ahead_until and ids <= self.ahead.keys():
            return
        nexts: dict[str, int] = {}
        for one in self.queue:
            nexts.setdefault(one.host, one.id)
            if len(nexts) == READ_AHEAD:
                break
        wanted = ids | set(nexts.values())
        feeds = await asyncio.to_thread(due.still_due, context.db, wanted, now=context.clock())
        self.ahead, self.ahead_until = {feed.id: feed for feed in feeds}, now + REFILL_SECONDS

    async def _poll(self, context: Context, feed: Feed, place: Place) -> None:
        """Poll one feed when its turn has come, and store what was found with the watchlists it was matched against.

        One whose host began to rest meanwhile stays due.
        """
        host = place.host
        async with place:
            if host is not None and self.places.rests(host):
                return
            outcome = await poll_feed(context, feed, self.places, place)
        self.left.set()
        waiting = max(len(outcome.items) + len(outcome.edits), 1)
        self.unstored += waiting
        try:
            await self.recorder.record(context, outcome)
        finally:
            self.unstored -= waiting

    async def harvest(self) -> None:
        """Wait until some poll leaves its place, and forget those that have come to their end. Raises StoreError."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REFILL_SECONDS):
                await self.left.wait()
        if len(self.tasks) > 1:
            await asyncio.sleep(LINGER_SECONDS)
        self.left.clear()
        for task in [task for task in self.tasks if task.done()]:
            del self.tasks[task]
            task.result()

    async def aclose(self) -> None:
        """Cancel what is still under way; its feeds stay due."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for one in self.tasks.values():
            one.place.leave()  # of one that never began


def _turn_at(one: Due) -> datetime:
    """Return since when a feed waits for its turn, as others see it."""
    return one.at + GIVE_WAY if one.failing else one.at
