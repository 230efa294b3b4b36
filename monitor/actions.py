"""What a person can do; called by the command line and the pages alike."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from monitor.core.types import Feed, FeedSpec
from monitor.errors import MonitorError, UnknownIdError
from monitor.jobs.keys import POLL_SHARDS
from monitor.store import deliveries, feeds
from monitor.store.database import Database


def add_feed(db: Database, url: str, *, name: str, tags: Sequence[str], now: datetime) -> Feed:
    """Add a feed beside those of the configuration; it is due at once. Raises MonitorError for what is no address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise MonitorError(f"{url!r} is no address of a feed; expected http:// or https:// and a host")
    return feeds.add_feed(db, FeedSpec(url, name, tuple(tags)), shards=POLL_SHARDS, now=now)


def add_feeds(db: Database, specs: Sequence[FeedSpec], *, now: datetime) -> int:
    """Add the feeds that are not polled yet; return how many."""
    polled = {feed.url for feed in feeds.list_feeds(db)}
    new = [spec for spec in specs if spec.url not in polled]
    for spec in new:
        feeds.add_feed(db, spec, shards=POLL_SHARDS, now=now)
    return len(new)


def remove_feed(db: Database, url: str, *, config_path: Path) -> None:
    """Stop polling a feed that was added by command. Raises MonitorError for one of the configuration."""
    feed = feeds.find_feed(db, url)
    if feed is None or not feed.active:
        raise UnknownIdError(f"no feed {url} is polled; see: monitor feeds list")
    if feed.origin == "config":
        raise MonitorError(f"{url} stands in {config_path} or an OPML file it names; take it out there")
    feeds.remove_feed(db, url)


def retry_deliveries(db: Database, ids: Collection[str] | None, *, now: datetime) -> int:
    """Make dead letters due again, all of them for None; return how many were."""
    return deliveries.retry(db, ids, now=now)
