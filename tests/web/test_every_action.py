"""Every action of the dashboard in a real browser, as somebody does it who signed in: with scripts and without.

No page but the playground has a script, so what works without works with them; both are tried, in one walk each.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, async_playwright, expect

from monitor.core.types import DeliveryState, Mark
from monitor.store import acks, alerts, deliveries, feeds, silences
from monitor.store.marks import marked_hits
from monitor.web.status import Status
from tests.browser import CHROMIUM, needs_browser
from tests.store.rows import NOW, make_alert, make_delivery, make_hits
from tests.web.acting import working
from tests.web.test_browser import served

pytestmark = [needs_browser, pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.usefixtures("readers")]

TOKEN = "the token of this dashboard"


@asynccontextmanager
async def signed_in(status: Status, *, scripts: bool) -> AsyncIterator[Page]:
    """Open the dashboard and sign in; nothing that a page tries may be refused by its own policy."""
    status.token = TOKEN
    async with served(status) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(base_url=address, java_script_enabled=scripts)
        page = await context.new_page()
        wrong = list[str]()
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto("/alerts")
        assert urlsplit(page.url).path == "/login"
        await page.fill("input[name=token]", TOKEN)
        await page.get_by_role("button", name="Sign in").click()
        assert urlsplit(page.url).path == "/alerts", "whoever signs in comes to where they wanted to go"
        yield page
        await browser.close()
        assert wrong == []


@pytest.fixture
async def whole(filled: Status, tmp_path: Path) -> AsyncIterator[Status]:
    """Return a house with watchlists, and two alerts so that one is left when the other is known of."""
    make_alert(filled.db, make_hits(filled.db, 1, "https://later.example/"), id_="alr_2", key="other")
    deliveries.add(filled.db, [make_delivery("dead-2", channel="desk/slack")])
    deliveries.mark_failed(filled.db, "dead-2", error="answered 500", next_attempt_at=None)
    filled.clock = lambda: NOW + timedelta(minutes=5)  # so that the feeds may be asked again
    (tmp_path / "jobs").mkdir()
    async with working(tmp_path / "jobs") as (_, status):
        filled.lists, filled.current = status.lists, status.current
        yield filled


@pytest.mark.parametrize("scripts", [True, False])
async def test_everything_that_can_be_done_is_done(whole: Status, *, scripts: bool) -> None:
    async with signed_in(whole, scripts=scripts) as page:
        await acknowledge(page, whole)
        await mark(page, whole)
        await send_again(page, whole)
        await silence(page, whole)
        await ask_pause_and_resume(page, whole)
        await check_and_try(page, scripts=scripts)
        await page.get_by_role("button", name="Sign out").click()
        await page.goto("/alerts")
        assert urlsplit(page.url).path == "/login"


async def acknowledge(page: Page, status: Status) -> None:
    """Acknowledge one alert by ticking it, and one on its own page."""
    await page.locator("input[name=alert][value=alr_1]").check()
    await page.fill("input[name=who]", "Ana")
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(page.get_by_role("link", name="acknowledged 1")).to_be_visible()
    await page.goto("/alerts/alr_2")
    await page.get_by_text("Acknowledge", exact=True).first.click()
    await page.fill("form.ack input[name=who]", "Ben")
    await page.fill("form.ack input[name=note]", "called Khar")
    await page.locator("form.ack").get_by_role("button", name="Acknowledge").click()
    await expect(page.get_by_text("called Khar")).to_be_visible()
    for id_, who in (("alr_1", "Ana"), ("alr_2", "Ben")):
        alert = alerts.find_alert(status.db, id_)
        assert alert is not None
        assert [(one.who, one.via) for one in acks.acks_of(status.db, alert)] == [(who, "dashboard")]


async def mark(page: Page, status: Status) -> None:
    """Say of a hit that it is wrong, then that it is right, then nothing."""
    await page.goto("/alerts/alr_1")
    one = page.locator("form.mark").first
    for name, said in (("wrong", [Mark.WRONG]), ("right", [Mark.RIGHT]), ("right", [])):
        await one.get_by_role("button", name=name).click()
        await expect(one.get_by_role("button", name=name)).to_have_attribute("aria-pressed", str(bool(said)).lower())
        assert [found.mark for found in marked_hits(status.db)] == said


async def send_again(page: Page, status: Status) -> None:
    """Send one dead letter again from the list, and all those of a channel."""
    await page.goto("/deliveries?state=dead")
    await page.locator("form[action='/deliveries/dead/retry'] button").click()
    await page.goto("/deliveries")
    await page.get_by_role("button", name="Send all 1 again").click()
    await expect(page.get_by_role("button", name="again")).to_have_count(0)
    for id_ in ("dead", "dead-2"):
        found = deliveries.find(status.db, id_)
        assert found is not None
        assert found.state is DeliveryState.PENDING


async def silence(page: Page, status: Status) -> None:
    """Look at what a silence would hide, make it, and end it."""
    await page.goto("/alerts/alr_1")
    await page.get_by_text("Silence what made it").click()
    await page.get_by_role("link", name="rule entity:is-k").click()
    assert await page.input_value("input[name=rule]") == "entity:is-k"
    await page.fill("input[name=author]", "Ana")
    await page.fill("input[name=reason]", "calm")
    await page.get_by_role("button", name="Show what it would hide").click()
    await expect(page.get_by_role("status")).to_contain_text("hits of the last 7 days")
    assert silences.list_silences(status.db) == []
    await page.get_by_role("button", name="Silence", exact=True).click()
    await expect(page.get_by_text("silence 1")).to_be_visible()
    assert [(one.author, one.reason) for one in silences.list_silences(status.db)] == [("Ana", "calm")]
    await page.get_by_role("button", name="End now").click()
    await expect(page.get_by_role("heading", name="Ended")).to_be_visible()
    assert silences.list_silences(status.db, ending_after=status.clock()) == []


async def ask_pause_and_resume(page: Page, status: Status) -> None:
    """Have a feed asked now, pause it with a reason, and go on with it."""
    [feed, *_] = feeds.list_feeds(status.db)
    await page.goto(f"/feeds/{feed.id}")
    await page.get_by_role("button", name="Ask it now").click()
    await expect(page.get_by_text("the dashboard")).to_be_visible()
    await page.get_by_text("Pause", exact=True).first.click()
    await page.fill("input[name=who]", "Ana")
    await page.fill("input[name=why]", "they rebuild their site")
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_text("they rebuild their site").first).to_be_visible()
    [found] = feeds.feeds_by_id(status.db, [feed.id])
    assert found.paused is not None
    await page.get_by_role("button", name="Go on asking it").click()
    await expect(page.get_by_role("button", name="Ask it now")).to_be_visible()
    [found] = feeds.feeds_by_id(status.db, [feed.id])
    assert found.paused is None


async def check_and_try(page: Page, *, scripts: bool) -> None:
    """Have the watchlists checked, and try a text; with scripts the playground answers while one types."""
    await page.goto("/watchlists")
    await page.get_by_role("button", name="Check all watchlists").click()
    await expect(page.get_by_text("rules looked at")).to_be_visible()
    await page.goto("/playground")
    await page.fill("input[name=title]", "IS-K blast")
    await page.fill("textarea", "It was in Khar. <img src=x onerror=document.title='acted'>")
    if not scripts:
        await page.get_by_role("button", name="Try it").click()
    await expect(page.locator("#result mark")).to_have_count(2)
    assert "Khar" in await page.input_value("textarea")
    await expect(page.locator("#result")).to_have_count(1)
    await expect(page.locator("img, style")).to_have_count(0)
    await expect(page).to_have_title("Playground - Event Monitor")
