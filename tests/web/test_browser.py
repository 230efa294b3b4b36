"""The dashboard in a real browser."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.core.types import FeedSpec
from monitor.store import feeds
from monitor.web.server import create_app, serve
from monitor.web.status import Status
from tests.browser import browse, needs_browser, steered
from tests.render.test_digest import full_week
from tests.store.rows import NOW, make_outcome, record
from tests.web.test_digest_pages import keep

HOSTILE = "<img src=/healthz onerror=\"document.title='acted'\"><script>document.title='acted'</script> Dawn"

pytestmark = needs_browser


@asynccontextmanager
async def served(status: Status) -> AsyncIterator[str]:
    """Serve the pages on loopback; give their address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    ready = asyncio.Event()
    task = asyncio.create_task(serve(create_app(status), "127.0.0.1", port, ready=ready.set))
    await ready.wait()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_dashboard_renders_without_a_violation_of_its_own_policy(filled: Status, tmp_path: Path) -> None:
    async with served(filled) as address:
        shown = await browse(tmp_path, f"{address}/", "--dump-dom")
    assert "<mark>IS-K</mark>" in shown.stdout
    assert "<script" not in shown.stdout
    assert "Content Security Policy" not in shown.stderr


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/feeds", "/feeds/{id}"])
async def test_a_hostile_name_of_a_feed_does_not_act_and_breaks_no_policy(
    filled: Status, tmp_path: Path, path: str
) -> None:
    feed = feeds.add_feed(filled.db, FeedSpec("https://dawn.example/", HOSTILE, (HOSTILE,)), shards=8, now=NOW)
    record(filled.db, replace(make_outcome(feed, error=f"not a feed: {HOSTILE}"), feed_title=""))
    async with served(filled) as address:
        shown = await browse(tmp_path, address + path.format(id=feed.id), "--dump-dom")
    assert "&lt;script&gt;document.title='acted'&lt;/script&gt; Dawn" in shown.stdout
    assert "<title>acted" not in shown.stdout
    assert "<script" not in shown.stdout
    assert "<img" not in shown.stdout
    assert "Content Security Policy" not in shown.stderr


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
async def test_no_page_is_wider_than_its_window(filled: Status, browser_port: int, width: int) -> None:
    long = "https://broken.example/" + "a-long-way/" * 9 + "x" * 120
    feed = feeds.add_feed(filled.db, FeedSpec(long, "Z" * 90, ("t" * 60,)), shards=8, now=NOW)
    record(filled.db, replace(make_outcome(feed, error="not a feed: " + "w" * 300), feed_title=""))
    keep(filled, full_week("w" * 400))
    async with served(filled) as address, steered(browser_port) as tell:
        await tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
        )
        for path in ("/", "/feeds", f"/feeds/{feed.id}", "/digests", "/digests/dig_a"):
            await tell("Page.navigate", url=address + path)
            shown = {"value": None}
            async with asyncio.timeout(20):
                while not shown["value"]:
                    asked = f"location.pathname == '{path}' && document.readyState == 'complete' && document.documentElement.scrollWidth"
                    shown = (await tell("Runtime.evaluate", expression=asked))["result"]
            assert shown["value"] <= width, path


@pytest.mark.slow
async def test_a_digest_renders_without_a_violation_of_the_policy_and_nothing_of_a_feed_acts_in_it(
    status: Status, tmp_path: Path
) -> None:
    keep(status, full_week(HOSTILE))
    async with served(status) as address:
        shown = await browse(tmp_path, f"{address}/digests/dig_a", "--dump-dom")
    assert '<svg data-own="" class="bars"' in shown.stdout
    assert "<title>acted" not in shown.stdout
    assert "<script" not in shown.stdout
    assert "<img" not in shown.stdout
    assert "Content Security Policy" not in shown.stderr
