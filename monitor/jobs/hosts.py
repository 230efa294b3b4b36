"""Who may ask whom now: the requests in flight of all jobs, in all and to each host, and the hosts that rest.

A request has a place: at one host at a time, and a turn among the `http.concurrency` that are in flight. One that a
redirect leads to another host gives both back before it waits for the next, so nobody waits holding what another one
waits for, and a slow host takes no more than its own places.
"""

import asyncio
import heapq
import math
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import structlog

from monitor.core import host_pause
from monitor.core.host_pause import HostCourse
from monitor.core.polling import rests
from monitor.core.types import HostRest
from monitor.errors import FetchError
from monitor.jobs.context import Current
from monitor.store import hosts

LED_SECONDS = 120.0
"""How long a request waits for a place at a host, as one that a redirect leads there does: some hundred answers of a
usual server."""

RECALL_SECONDS = 5.0
"""How old what is known of rests may be when a job begins: where several processes share the work, a shard moves."""

log = structlog.get_logger()


class Hosts:
    """The places of all jobs of this process; belongs to one event loop.

    async with hosts.place("news.example", since_at=due_at) as place:
        result = await fetcher.fetch(feed, going_to=place.move)
    """

    def __init__(self, current: Current) -> None:
        """Take the limits (`http.concurrency`, `http.per_host`) from the state of the house, anew each time."""
        self._current = current
        self._busy: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._in_flight = 0
        self._turns: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._number = count()  # of two that wait since the same instant the first goes first
        self._courses: dict[str, HostCourse] = {}
        self._departed = asyncio.Event()
        self._remembering = asyncio.Lock()
        self._recall_at = 0.0

    @property
    def in_flight(self) -> int:
        """Return how many requests have a turn."""
        return self._in_flight

    async def remember(self) -> None:
        """Know the hosts that rest, also those of which another process learnt. Raises StoreError.

        Every job calls it before it asks: an article or a hub may be at such a host as well as a feed. Where others
        share the work the rows are looked at again after RECALL_SECONDS; a process that is alone knows what it wrote.
        """
        async with self._remembering:
            now, context = asyncio.get_running_loop().time(), self._current()
            if now >= self._recall_at:
                self.recall(await asyncio.to_thread(hosts.list_rests, context.db))
                self._recall_at = now + (RECALL_SECONDS if context.settings.runtime.shared else math.inf)

    def recall(self, known: Mapping[str, HostRest]) -> None:
        """Take the rests of hosts from the rows, where those say more than is known here.

        Of two rests of one host the longer counts; one that is over and has no row any more was ended elsewhere, by an
        answer.
        """
        now = self._current().clock()
        ended = [one for one, course in self._courses.items() if course.rest and not rests(course.rest, now=now)]
        for host in [one for one in ended if one not in known]:
            del self._courses[host]
        for host, rest in known.items():
            own = self._courses.get(host, _FRESH).rest
            if own is None or own.until_at < rest.until_at:
                self._courses[host] = HostCourse(rest)

    def put_back(self, by: timedelta) -> None:
        """Bring the ends of rests nearer by as much as the clock was put back."""
        for host, course in self._courses.items():
            if course.rest is not None:
                rest = replace(course.rest, until_at=course.rest.until_at - by)
                self._courses[host] = replace(course, rest=rest)

    def judge(self, host: str | None, *, feed_id: int, error: FetchError | None) -> dict[str, HostRest | None]:
        """Learn from the answer of a feed at `host`, or its absence; return what is to be stored of the host's rest.

        Whoever waits for a host that rests from now on is told so. A host of `http.exempt_hosts` never rests.

        host    None, or "" for a file, tells nothing
        error   None when there was an answer that could be used
        """
        if not host or (error is None and host not in self._courses):  # nothing is known of it, and nothing to learn
            return {}
        if host in self._current().settings.http.exempt_hosts:
            return {}
        before = self._courses.get(host, _FRESH)
        after = host_pause.after_poll(before, feed_id=feed_id, error=error, now=self._current().clock())
        self._courses[host] = after
        if after == _FRESH:
            del self._courses[host]
        if after.rest == before.rest:
            return {}
        if after.rest is None:
            log.info("host answers again", host=host)
            self._serve(host)
        else:
            log.warning("host rests", host=host, until=after.rest.until_at.isoformat(), reason=after.rest.reason)
            for waiter in self._waiting.pop(host, ()):
                if not waiter.done():
                    waiter.set_exception(self._patience(host))
        return {host: after.rest}

    def rests(self, host: str) -> bool:
        """Return whether nobody may begin a request to `host` now."""
        if host not in self._courses or host in self._current().settings.http.exempt_hosts:
            return False
        return rests(self._courses[host].rest, now=self._current().clock())

    def has_room(self, host: str) -> bool:
        """Return whether a request to `host` may begin: a place is free, nobody waits for it, and it does not rest."""
        return self._free(host) and not self.rests(host)

    def enter(self, host: str, *, since_at: datetime) -> "Place":
        """Take a place at a host that has room; `async with` it waits for the turn, and gives both back."""
        self._busy[host] += 1
        return Place(self, host, since_at)

    @asynccontextmanager
    async def place(self, host: str, *, since_at: datetime) -> AsyncIterator["Place"]:
        """Wait for a place at `host` and keep it meanwhile. Raises FetchError when the host rests, or stays busy.

        since_at   since when the work is due; of all that wait for their turn, what is due longest goes first
        """
        place = Place(self, None, since_at)
        await place.move(host)
        try:
            yield place
        finally:
            place.leave()

    async def vacancy(self, seconds: float) -> None:
        """Wait until somebody leaves a host, or for so long."""
        self._departed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._departed.wait()

    async def turn(self, since_at: datetime) -> None:
        """Wait until one more request may be in flight, those that are due longest first; `pass_on` comes next."""
        if self._in_flight < self._current().settings.http.concurrency and not self._turns:
            self._in_flight += 1
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._turns, (since_at, next(self._number), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.pass_on()
            raise

    def pass_on(self) -> None:
        """Give a turn to who waits for one."""
        self._in_flight -= 1
        while self._turns and self._in_flight < self._current().settings.http.concurrency:
            _, _, turn = heapq.heappop(self._turns)
            if not turn.done():
                self._in_flight += 1
                turn.set_result(None)

    async def arrive(self, host: str) -> None:
        """Wait until `host` has room, and take it. Raises FetchError when it rests or has none for long."""
        if self.rests(host):
            raise self._patience(host)
        if self._free(host):
            self._busy[host] += 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(host, deque()).append(waiter)
        try:
            async with asyncio.timeout(LED_SECONDS):
                await waiter
        except (asyncio.CancelledError, TimeoutError) as error:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:  # the place came just then
                self.depart(host)
            if isinstance(error, asyncio.CancelledError):
                raise
            detail = f"others were asking {host} all the time; not asked"
            raise FetchError("host busy", detail) from error

    def depart(self, host: str) -> None:
        """Make room for another request to `host`."""
        self._busy[host] -= 1
        if not self._busy[host]:
            del self._busy[host]
        self._serve(host)
        self._departed.set()

    def _serve(self, host: str) -> None:
        """Give the free places at a host to those who wait for them."""
        waiting = self._waiting.get(host, deque())
        while waiting and self._busy[host] < self._limit(host):
            waiter = waiting.popleft()
            if not waiter.done():
                self._busy[host] += 1
                waiter.set_result(None)
        if not waiting:
            self._waiting.pop(host, None)

    def _free(self, host: str) -> bool:
        """Return whether a place at a host is free and nobody waits for it."""
        return host not in self._waiting and self._busy[host] < self._limit(host)

    def _limit(self, host: str) -> int:
        """Return how many requests a host takes: one, until it has answered after a rest."""
        on_trial = host in self._courses and self._courses[host].rest is not None
        return 1 if on_trial else self._current().settings.http.per_host

    def _patience(self, host: str) -> FetchError:
        """Return why a host is not asked now."""
        rest = self._courses[host].rest
        assert rest is not None
        left = (rest.until_at - self._current().clock()).total_seconds()
        detail = f"{host} is left alone for a while ({rest.reason}); not asked"
        return FetchError("host rests", detail, retry_after=max(left, 0.0))


_FRESH = HostCourse()


class Place:
    """One request's place: at `host` or, while it waits for another one, at none; and its turn."""

    def __init__(self, hosts: Hosts, host: str | None, since_at: datetime) -> None:
        """Use `Hosts.enter` or `Hosts.place`."""
        self.host = host
        self.since_at = since_at
        self._hosts = hosts
        self._has_turn = False

    async def __aenter__(self) -> "Place":
        """Wait for the turn."""
        try:
            await self._hosts.turn(self.since_at)
        except asyncio.CancelledError:
            self.leave()
            raise
        self._has_turn = True
        return self

    async def __aexit__(self, *error: object) -> None:
        """Give place and turn back."""
        self.leave()

    async def move(self, host: str) -> None:
        """Go where the next request goes: wait for a place there, holding none.

        Raises FetchError when `host` rests, or stays busy.
        """
        if host == self.host:
            return
        self.leave()
        await self._hosts.arrive(host)
        self.host = host
        await self.__aenter__()

    def leave(self) -> None:
        """Give back what is held."""
        if self._has_turn:
            self._has_turn = False
            self._hosts.pass_on()
        if self.host is not None:
            host, self.host = self.host, None
            self._hosts.depart(host)
