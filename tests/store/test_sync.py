"""Feeds are brought in line with the configuration beside others that poll them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from monitor.core.types import FeedSpec
from monitor.store import feeds
from monitor.store.database import Database
from monitor.store.feeds import FEED, FeedSync
from tests.store.locks import until_waiting
from tests.store.rows import NOW


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("shards", [1, 8])
@pytest.mark.postgres
def test_feeds_that_change_and_those_that_are_polled_are_locked_in_one_order(db: Database, shards: int) -> None:
    urls = [f"https://{name}.example/rss" for name in "abcd"]
    feeds.sync_feeds(db, [FeedSpec(url) for url in urls], shards=1, now=NOW)
    ids = {feed.url: feed.id for feed in feeds.list_feeds(db)}
    changed = [FeedSpec(url, "Renamed") for url in reversed(urls[1:])]
    with ThreadPoolExecutor(1) as pool:
        with db.write() as connection:
            for number, url in enumerate(urls):  # as a batch of polls is stored
                connection.execute(select(FEED.c.id).where(FEED.c.id == ids[url]).with_for_update(key_share=True))
                if not number:
                    syncing = pool.submit(feeds.sync_feeds, db, changed, shards=shards, now=NOW)
                    until_waiting(db)
        assert syncing.result() == FeedSync(0, 3, 1)
    assert {feed.url: feed.name for feed in feeds.list_feeds(db)} == dict.fromkeys(urls[1:], "Renamed")
