"""Builds every part from Settings, starts and stops them."""

import asyncio
import ctypes
import gc
import os
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import httpx
import structlog

from monitor import __version__
from monitor.channels.http import open_client
from monitor.clock import utcnow
from monitor.config.apart import load_apart
from monitor.config.cache import cache_folder
from monitor.config.settings import Settings
from monitor.config.unmet import asks_for_feeds, unmet_names
from monitor.config.watchlists import LoadedWatchlists, no_collections
from monitor.core.matcher import Matcher, compile_matcher
from monitor.core.types import EntityRef, entities_by_id
from monitor.feeds.apart import Apart
from monitor.feeds.fetch import Fetcher
from monitor.feeds.files import FileReader
from monitor.inforce import Lists, lists_for
from monitor.jobs.context import Clock, Context
from monitor.outgoing import build_channels, build_heartbeat, rates_of, specs_by_key
from monitor.store import channels, feeds, hosts, migrate, nodes, silences
from monitor.store.database import Database

USER_AGENT = f"event-monitor/{__version__} (+https://pypi.org/project/event-monitor/)"
"""How publishers know us and where they can read what we are."""

M_ARENA_MAX = -8
"""The number of that setting in glibc's malloc.h."""

COLLECT_AFTER = 20_000
"""Objects made, less those given back, before the garbage collector looks for circles: some hundred polls. Python's 700
would have it look after every third poll, for a tenth of all CPU time, and what we make has few circles."""

log = structlog.get_logger()


class House:
    """The current state of everything, and how it is replaced as a whole.

    Parts that hold connections are built anew when `http` changed; the old ones live until the house closes, because a
    job may still be using them.
    """

    def __init__(
        self, stack: AsyncExitStack, db: Database, *, lists: Lists, ring: Callable[[str, str], None], clock: Clock
    ) -> None:
        """Own nothing yet; `furnish` comes next."""
        self._lists = lists
        stack.callback(lists.close)
        self._stack = stack
        self._db = db
        self._ring = ring
        self._clock = clock
        self._apart = stack.enter_context(Apart())
        self._client: httpx.AsyncClient | None = None
        self._context: Context | None = None
        self.lists: LoadedWatchlists
        self.menders: list[Callable[[timedelta], None]] = []
        """Bring nearer what is planned in memory, by as much as the clock was put back."""

    def is_outdated(self) -> bool:
        """Return whether others put other watchlists in force. Raises StoreError."""
        return self._lists.is_outdated()

    @property
    def in_force(self) -> str:
        """Return the version of the watchlists that all should match with, "" where nobody else matches."""
        return self._lists.in_force

    def current(self) -> Context:
        """Return the state to work with now."""
        assert self._context is not None, "furnish() comes first"
        return self._context

    async def furnish(self, settings: Settings) -> None:
        """Take `settings` and the watchlists they name into force, whole or, with a ConfigError, not at all."""
        chosen = await asyncio.to_thread(self._lists.choose, settings)
        settings = replace(settings, watchlists=chosen.folder)
        lists, matcher = await asyncio.to_thread(compile_lists, settings)
        await asyncio.to_thread(chosen.taken, lists.version)
        fetcher, client = await self._connect(settings)
        entities = entities_by_id(lists.watchlists).values()
        context = Context(
            settings=settings,
            db=self._db,
            matcher=matcher,
            entities={entity.id: EntityRef(entity.id, entity.name, entity.kind) for entity in entities},
            titles={watchlist.id: watchlist.title for watchlist in lists.watchlists},
            fetcher=fetcher,
            apart=self._apart,
            channels=build_channels(settings, client, clock=self._clock),
            rates=rates_of(settings),
            heartbeat=build_heartbeat(settings, client, clock=self._clock),
            ring=self._ring,
            clock=self._clock,
            jitter=random.random,
        )
        synced = await asyncio.to_thread(
            feeds.sync_feeds, self._db, settings.feeds, shards=settings.runtime.shards, now=self._clock()
        )
        await asyncio.to_thread(silences.sync_silences, self._db, settings.silences, now=self._clock())
        await asyncio.to_thread(hosts.forget_rests, self._db, settings.http.exempt_hosts)
        await asyncio.to_thread(self._forget_channels, settings)
        self._client, self._context, self.lists = client, context, lists
        for warning in (*settings.warnings, *await asyncio.to_thread(self._unmet, settings, lists)):
            log.warning("configuration", problem=warning)
        log.info(
            "configuration in force",
            file=str(settings.path),
            feeds=len(settings.feeds),
            feeds_added=synced.added,
            feeds_removed=synced.removed,
            watchlists=len(lists.watchlists),
            entities=len(entities),
            version=lists.version,
        )

    def _unmet(self, settings: Settings, lists: LoadedWatchlists) -> tuple[str, ...]:
        """Return a warning for each name that nothing has; a million feeds are read only where somebody names one."""
        polled = feeds.polled_specs(self._db) if asks_for_feeds(settings, lists) else []
        return unmet_names(settings, lists, polled)

    def _forget_channels(self, settings: Settings) -> None:
        """Forget the rests of channels that are gone or were changed: what was wrong with them may be mended."""
        old = self._context.settings if self._context else settings
        same_ways = (old.http, old.smtp, old.dkim) == (settings.http, settings.smtp, settings.dkim)
        before, after = specs_by_key(old), specs_by_key(settings)
        resting = channels.list_rests(self._db)
        kept = {key for key in after if same_ways and before.get(key) == after[key]}
        channels.forget_rests(self._db, resting.keys() - kept)

    async def _connect(self, settings: Settings) -> tuple[Fetcher, httpx.AsyncClient]:
        """Return what fetches and sends: what is there already, unless `http` or `feed_folders` changed."""
        if self._context is not None and self._client is not None:
            old = self._context.settings
            if (old.http, old.feed_folders) == (settings.http, settings.feed_folders):
                return self._context.fetcher, self._client
        fetcher = make_fetcher(settings)
        client = make_client(settings)
        await self._stack.enter_async_context(fetcher)
        await self._stack.enter_async_context(client)
        return fetcher, client


@asynccontextmanager
async def open_house(
    settings: Settings,
    *,
    ring: Callable[[str, str], None],
    clock: Clock = utcnow,
    roles: Sequence[str] = (),
    opened: Callable[[Database], object] = lambda _: None,
) -> AsyncIterator[House]:
    """Open the database (its tables brought up to date), and furnish the house; close everything at the end.

    roles    what other processes and people are told of this one; none for one that they need not know of
    opened   called with the database before anything else is

    Raises ConfigError for the watchlists, StoreError for the database (another process may hold it).
    """
    async with AsyncExitStack() as stack:
        stack.callback(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(COLLECT_AFTER)
        _share_heap()
        name = nodes.connection_name(__version__, roles) if roles else ""
        db = await asyncio.to_thread(Database.open, settings.database, exclusive=True, name=name)
        stack.callback(db.close)
        await asyncio.to_thread(opened, db)
        await asyncio.to_thread(migrate.upgrade, db)
        house = House(stack, db, lists=lists_for(settings, db, clock), ring=ring, clock=clock)
        await house.furnish(settings)
        yield house


def _share_heap() -> None:
    """Have all threads take memory from one heap, where the C library is glibc.

    Of its heaps for each thread (mallopt(3), M_ARENA_MAX) each keeps what it once had: 6 MB after a round of 10,000
    feeds. Who waits for the one heap waits for the interpreter anyway.
    """
    with suppress(OSError, AttributeError):  # another C library, which knows no such thing
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def make_fetcher(settings: Settings) -> Fetcher:
    """Return what fetches feeds; enter it before use."""
    return Fetcher(
        timeout=settings.http.timeout,
        max_body=settings.http.max_body,
        allow_private_networks=settings.http.allow_private_networks,
        proxy=_proxy(settings),
        user_agent=USER_AGENT,
        files=FileReader(settings.feed_folders, max_body=settings.http.max_body, timeout=settings.http.timeout),
    )


def make_client(settings: Settings) -> httpx.AsyncClient:
    """Return what the channels send with; enter it before use."""
    return open_client(
        timeout=settings.http.timeout,
        allow_private_networks=settings.http.allow_private_networks,
        proxy=_proxy(settings),
        user_agent=USER_AGENT,
    )


def _proxy(settings: Settings) -> str | None:
    """Return the address of the proxy, which may hold a password."""
    return settings.http.proxy.get_secret_value() if settings.http.proxy else None


def compile_lists(settings: Settings) -> tuple[LoadedWatchlists, Matcher]:
    """Return the watchlists and the matcher made of them; call it in a thread, and the event loop goes on turning."""
    with no_collections():
        lists = load_apart(settings.watchlists, cache_folder(settings.database, os.environ))
        matcher = compile_matcher(lists.watchlists, version=lists.version)
        gc.collect()  # what reading the configuration left behind would be frozen with it
        gc.freeze()  # they live long and no cycle is among them: looking through a million values stops every thread
    return lists, matcher
