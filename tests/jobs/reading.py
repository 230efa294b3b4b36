"""What the reading of an answer begins with, in this process, where a test can look on."""

from monitor.core.types import Feed, FetchResult, ParsedFeed
from monitor.feeds.parse import read_feed
from monitor.store import items
from monitor.store.database import Database


def new_in(db: Database, feed: Feed, result: FetchResult) -> ParsedFeed:
    """Return what a body holds without the entries that the feed showed at its last poll."""
    return read_feed(result, items.known_hashes(db, feed.id))
