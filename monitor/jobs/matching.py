"""What the matcher finds in an item, whichever job read its words."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

import structlog

from monitor.core.types import Document, Match
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
    result = context.matcher.match(document)
    if result.unread:
        log.warning("item not read to its end", url=url, feed=feed_url, characters=result.unread)
    return result.matches
