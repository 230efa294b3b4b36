"""Looks at feeds before they are polled: the feeds behind a page, the feeds of a list that answer, the list itself."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from monitor.app import make_fetcher
from monitor.clock import utcnow
from monitor.config.settings import Settings
from monitor.core.types import Feed, FeedSpec
from monitor.errors import FetchError
from monitor.feeds.apart import READ_SECONDS, Apart
from monitor.feeds.discover import Discovery, discover
from monitor.feeds.parse import parse_feed


async def find_feeds(settings: Settings, url: str, *, thorough: bool) -> Discovery:
    """Return the feeds behind an address, see `discover`. Raises FetchError."""
    async with make_fetcher(settings) as fetcher:
        return await discover(lambda one: fetcher.fetch(_trial(FeedSpec(one))), url, thorough=thorough)


async def fetch_list(settings: Settings, url: str) -> bytes:
    """Return what is at the address of a list. Raises FetchError."""
    async with make_fetcher(settings) as fetcher:
        return (await fetcher.fetch(_trial(FeedSpec(url)))).body


async def check_feeds(settings: Settings, specs: Sequence[FeedSpec], *, done: Callable[[int], None]) -> dict[str, str]:
    """Return why each feed that does not answer with a feed does not, by address.

    All are asked side by side, within `http.concurrency` and `http.per_host`.

    done   told of each feed that was asked
    """
    room = asyncio.Semaphore(settings.http.concurrency)
    hosts: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(settings.http.per_host))
    troubles: dict[str, str] = {}
    with Apart() as apart:
        async with make_fetcher(settings) as fetcher, asyncio.TaskGroup() as group:

            async def check(spec: FeedSpec) -> None:
                async with hosts[urlsplit(spec.url).hostname or ""], room:
                    try:
                        await apart.run(parse_feed, READ_SECONDS, await fetcher.fetch(_trial(spec)))
                    except FetchError as error:
                        troubles[spec.url] = str(error)
                done(1)

            for spec in specs:
                group.create_task(check(spec))
    return troubles


def _trial(spec: FeedSpec) -> Feed:
    """Return a feed that is not stored."""
    return Feed(0, spec.url, spec.name, spec.tags, spec.interval, spec.full_text, spec.headers, "added", True, utcnow())
