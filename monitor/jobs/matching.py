"""What the matcher finds in an item, whichever job read its words."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

import structlog

from monitor.core.types import Document, Match, MatchResult
from monitor.jobs.context import Context

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_MATCHING = ThreadPoolExecutor(1, thread_name_prefix="match")
"""One thread for all documents. Only one can hold the interpreter anyway: six that want it took five times the CPU time
for the same documents, and kept everything else waiting."""

log = structlog.get_logger()


async def in_turn(function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
    """Return what a function that matches returns, called off the event loop, one at a time."""
    return await asyncio.get_running_loop().run_in_executor(_MATCHING, partial(function, *args, **kwargs))


def match(context: Context, document: Document, *, url: str, feed_url: str) -> tuple[Match, ...]:
    """Return what is found in a document; one that is not read to its end is told of in the log."""
    return _found(context.matcher.match(document), url=url, feed_url=feed_url)


def match_each(
    context: Context, documents: Sequence[Document], *, urls: Iterable[str], feed_url: str
) -> list[tuple[Match, ...]]:
    """Return what is found in each of some documents, as `match` does."""
    results = context.matcher.match_each(documents)
    return [_found(result, url=url, feed_url=feed_url) for result, url in zip(results, urls, strict=True)]


def _found(result: MatchResult, *, url: str, feed_url: str) -> tuple[Match, ...]:
    """Return the matches of a result."""
    if result.unread:
        log.warning("item not read to its end", url=url, feed=feed_url, characters=result.unread)
    return result.matches
