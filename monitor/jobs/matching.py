"""What the matcher finds in an item, whichever job read its words."""

import structlog

from monitor.core.types import Document, Match
from monitor.jobs.context import Context

log = structlog.get_logger()


def match(context: Context, document: Document, *, url: str, feed_url: str) -> tuple[Match, ...]:
    """Return what is found in a document; one that is not read to its end is told of in the log."""
    result = context.matcher.match(document)
    if result.unread:
        log.warning("item not read to its end", url=url, feed=feed_url, characters=result.unread)
    return result.matches
