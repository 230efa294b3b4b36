"""Who may ask whom now: the requests in flight of all jobs, in all and to each host, and the hosts that rest.

A request has a place: at one host at a time, and among the `http.concurrency` that are in flight. One that a redirect
leads to another host gives its place back before it waits for the next, so nobody waits holding what another one waits
for, and a slow host takes no more than its own places.
"""

import asyncio
import heapq
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count

from monitor.errors import FetchError
from monitor.jobs.context import Current


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
        self._resting: dict[str, datetime] = {}

    @property
    def in_flight(self) -> int:
        """Return how many requests have a place."""
        return self._in_flight

    def has_room(self, host: str) -> bool:
        """Return whether a request to `host` may begin: a place is free, nobody waits for it, and it does not rest."""
        return self._free(host) and host not in self._resting

    def rest(self, host: str, until_at: datetime) -> None:
        """Let nobody begin a request to a host that asked for patience; whoever waits for it is told so."""
        self._resting[host] = until_at
        for waiter in self._waiting.pop(host, ()):
            if not waiter.done():
                waiter.set_exception(self._patience(host))

    def resting(self, known: Mapping[str, datetime]) -> None:
        """Take the hosts that rest from what is stored, in place of those known so far."""
        self._resting = dict(known)

    async def turn(self, since_at: datetime) -> None:
        """Wait until one more request may be in flight, those that are due longest first; `enter` or `pass_on` next."""
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

    def enter(self, host: str, *, since_at: datetime) -> "Place":
        """Return the place of a request to a host that has room, for one whose turn it is."""
        self._busy[host] += 1
        return Place(self, host, since_at)

    @asynccontextmanager
    async def place(self, host: str, *, since_at: datetime) -> AsyncIterator["Place"]:
        """Wait for a place at `host` and keep it meanwhile. Raises FetchError when the host rests.

        since_at   since when the work is due; of all that wait for their turn, what is due longest goes first
        """
        place = Place(self, None, since_at)
        await place.move(host)
        try:
            yield place
        finally:
            place.leave()

    async def arrive(self, host: str) -> None:
        """Wait until `host` has room, and take it. Raises FetchError when it rests."""
        if host in self._resting:
            raise self._patience(host)
        if self._free(host):
            self._busy[host] += 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(host, deque()).append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.depart(host)
            raise

    def depart(self, host: str) -> None:
        """Make room for another request to `host`."""
        self._busy[host] -= 1
        if not self._busy[host]:
            del self._busy[host]
        waiting = self._waiting.get(host, deque())
        while waiting and self._busy[host] < self._current().settings.http.per_host:
            waiter = waiting.popleft()
            if not waiter.done():
                self._busy[host] += 1
                waiter.set_result(None)
        if not waiting:
            self._waiting.pop(host, None)

    def _free(self, host: str) -> bool:
        """Return whether a place at a host is free and nobody waits for it."""
        return host not in self._waiting and self._busy[host] < self._current().settings.http.per_host

    def _patience(self, host: str) -> FetchError:
        """Return why a host is not asked now."""
        left = max(self._resting[host] - self._current().clock(), timedelta(0))
        return FetchError(
            "host rests",
            f"a redirect leads to {host}, which asked for patience; not asked",
            retry_after=left.total_seconds(),
        )


class Place:
    """One request's place: it has a turn and stands at `host`, or has neither (`host` None)."""

    def __init__(self, hosts: Hosts, host: str | None, since_at: datetime) -> None:
        """Use `Hosts.enter` or `Hosts.place`."""
        self.host = host
        self._hosts = hosts
        self._since_at = since_at

    async def move(self, host: str) -> None:
        """Go where the next request goes: wait for a place there, holding none. Raises FetchError when `host` rests."""
        if host == self.host:
            return
        self.leave()
        await self._hosts.arrive(host)
        try:
            await self._hosts.turn(self._since_at)
        except asyncio.CancelledError:
            self._hosts.depart(host)
            raise
        self.host = host

    def leave(self) -> None:
        """Give the place back, if it is held."""
        if self.host is not None:
            host, self.host = self.host, None
            self._hosts.pass_on()
            self._hosts.depart(host)
