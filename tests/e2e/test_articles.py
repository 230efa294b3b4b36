"""The article behind an item, from the page to the webhook, through the daemon as it runs."""

import asyncio
from datetime import timedelta

from monitor.clock import utcnow
from monitor.core.types import ArticleState
from monitor.store import articles, feeds
from tests.e2e.conftest import TestHouse
from tests.jobs.newsroom import Page, Paper
from tests.servers import pages
from tests.servers.receiver import receiver

PARAGRAPHS = (*pages.PARAGRAPHS, "The group IS-K said that it had fired on the checkpost, in a message to reporters.")


async def test_what_only_the_page_says_reaches_the_webhook_though_the_daemon_stops_in_between(
    house: TestHouse,
) -> None:
    paper = Paper()
    async with paper.server, receiver() as desk:
        house.write(feeds=[paper.server.url("/feed")], webhooks={"desk": desk.url})
        house.config.write_text(house.config.read_text().replace("name: Feed 0", "name: Feed 0, full_text: true"))
        paper.published_at = utcnow() - timedelta(minutes=1)
        path = paper.publish(pages.TITLE, Page(pages.article(paragraphs=PARAGRAPHS), seconds=1.0), text=pages.FIRST)
        async with house.running() as daemon:
            await desk.until(lambda: bool(paper.asked(path)))
            [feed] = await asyncio.to_thread(feeds.list_feeds, daemon.status.db)
            assert articles.counts(daemon.status.db, feed.id) == {ArticleState.WAITING: 1}
        assert not desk.notices
        async with house.running() as daemon:
            await desk.until(lambda: bool(desk.notices), 20.0)
            assert articles.counts(daemon.status.db, feed.id) == {ArticleState.READ: 1}
    [[notice]] = desk.notices.values()
    [hit] = notice["data"]["hits"]
    assert (hit["rule"], hit["item"]["title"]) == ("entity:is-k", pages.TITLE)
    assert hit["item"]["summary"].startswith(f"{pages.FIRST}\n\n{pages.PARAGRAPHS[1]}")
