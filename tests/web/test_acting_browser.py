"""What acts, in a real browser: a key action of each page, as a reader clicks it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from monitor.core.types import DeliveryState
from monitor.store import acks, alerts, deliveries, feeds, silences
from monitor.web.status import Status
from tests.browser import Tell, needs_browser, steered
from tests.web.acting import working
from tests.web.test_browser import served

PAINTED = "document.readyState == 'complete' && performance.getEntriesByType('paint').length > 0"
"""Before that, browsers take no click."""

pytestmark = [needs_browser, pytest.mark.slow]


@asynccontextmanager
async def opened(status: Status, browser_port: int, path: str, *, scripts: bool = True) -> AsyncIterator[Tell]:
    """Open a page; what the browser tells meanwhile is kept in `window.told`."""
    async with served(status) as address, steered(browser_port) as tell:
        await tell("Emulation.setScriptExecutionDisabled", value=not scripts)
        await tell("Page.navigate", url=address + path)
        await until(tell, f"location.pathname == {json.dumps(path)} && document.readyState == 'complete'")
        yield tell


async def look(tell: Tell, expression: str) -> object:
    """Return what an expression is worth on the page: asked of the inspector, whatever the page itself may run."""
    found = await tell("Runtime.evaluate", expression=expression)
    return found["result"].get("value")


async def until(tell: Tell, expression: str) -> None:
    """Wait until an expression holds on the page."""
    async with asyncio.timeout(30):
        while await look(tell, expression) is not True:
            await asyncio.sleep(0.05)


async def click(tell: Tell, selector: str) -> None:
    """Click what a selector means, as a person does, with no script of the page's."""
    await until(tell, PAINTED)
    place = f"document.querySelector({json.dumps(selector)})"
    await look(tell, f"{place}.scrollIntoView({{block: 'center'}})")
    box = await look(tell, f"(() => {{ const b = {place}.getBoundingClientRect(); return JSON.stringify([b.x + b.width / 2, b.y + b.height / 2]) }})()")  # fmt: skip
    x, y = json.loads(str(box))
    for kind in ("mousePressed", "mouseReleased"):
        await tell("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


async def write(tell: Tell, selector: str, text: str) -> None:
    """Write into a field."""
    await click(tell, selector)
    await tell("Input.insertText", text=text)


async def test_an_alert_is_ticked_and_acknowledged_without_scripts(filled: Status, browser_port: int) -> None:
    async with opened(filled, browser_port, "/alerts", scripts=False) as tell:
        await click(tell, "input[name=alert]")
        await write(tell, "input[name=who]", "Ana")
        await click(tell, "fieldset button")
        await until(tell, "document.body.innerText.includes('acknowledged 1')")
    alert = alerts.find_alert(filled.db, "alr_1")
    assert alert is not None
    assert [(one.who, one.via) for one in acks.acks_of(filled.db, alert)] == [("Ana", "dashboard")]


async def test_a_dead_letter_is_sent_again(filled: Status, browser_port: int) -> None:
    async with opened(filled, browser_port, "/deliveries", scripts=False) as tell:
        await click(tell, "form[action='/deliveries/dead/retry'] button")
        await until(tell, "!document.body.innerText.includes('Send again')")
    found = deliveries.find(filled.db, "dead")
    assert found is not None
    assert found.state is DeliveryState.PENDING


async def test_a_silence_is_looked_at_first_and_then_made(filled: Status, browser_port: int) -> None:
    async with opened(filled, browser_port, "/silences", scripts=False) as tell:
        for name, text in (("rule", "entity:is-k"), ("author", "Ana"), ("reason", "calm")):
            await write(tell, f"input[name={name}]", text)
        await click(tell, "button[value=preview]")
        await until(tell, "document.body.innerText.includes('2 hits of the last 7 days')")
        assert silences.list_silences(filled.db) == []
        await click(tell, "button[value=make]")
        await until(tell, "document.body.innerText.includes('silence 1')")
    assert [(one.author, one.reason) for one in silences.list_silences(filled.db)] == [("Ana", "calm")]


async def test_a_feed_is_paused(filled: Status, browser_port: int) -> None:
    [feed, *_] = feeds.list_feeds(filled.db)
    async with opened(filled, browser_port, f"/feeds/{feed.id}", scripts=False) as tell:
        await click(tell, "details summary")
        await write(tell, "input[name=who]", "Ana")
        await write(tell, "input[name=why]", "they rebuild their site")
        await click(tell, "details button")
        await until(tell, "document.body.innerText.includes('Go on asking it')")
    [found] = feeds.feeds_by_id(filled.db, [feed.id])
    assert found.paused is not None


@pytest.mark.usefixtures("readers")
@pytest.mark.parametrize("scripts", [True, False])
async def test_the_playground_answers_while_one_types_and_by_its_button(
    tmp_path: Path, browser_port: int, *, scripts: bool
) -> None:
    async with working(tmp_path) as (_, status), opened(status, browser_port, "/playground", scripts=scripts) as tell:
        await tell("Log.enable")
        await write(tell, "input[name=title]", "IS-K blast")
        await write(tell, "textarea", "It was in Khar. <img src=x onerror=document.title='acted'>")
        if not scripts:
            await click(tell, "#trial button")
        await until(tell, "document.querySelectorAll('#result mark').length == 2")
        assert await look(tell, "document.querySelector('textarea').value.includes('Khar')") is True
        assert await look(tell, "document.querySelectorAll('#result').length") == 1
        assert await look(tell, "document.querySelectorAll('img, style').length") == 0
        assert await look(tell, "document.title") == "Playground - Event Monitor"


@pytest.mark.usefixtures("readers")
async def test_no_acting_page_breaks_its_own_policy_or_is_wider_than_a_phone(
    tmp_path: Path, filled: Status, browser_port: int
) -> None:
    async with working(tmp_path) as (_, status):
        filled.lists, filled.current = status.lists, status.current
        paths = [
            "/alerts",
            "/alerts/alr_1",
            "/deliveries",
            "/silences",
            "/watchlists",
            "/watchlists/bajaur",
            "/playground",
        ]
        async with served(filled) as address, steered(browser_port) as tell:
            await tell("Emulation.setDeviceMetricsOverride", width=390, height=900, deviceScaleFactor=1, mobile=True)
            watch = "addEventListener('securitypolicyviolation', () => { window.broken = true })"
            await tell("Page.enable")
            await tell("Page.addScriptToEvaluateOnNewDocument", source=watch)
            for path in paths:
                await tell("Page.navigate", url=address + path)
                await until(tell, f"location.pathname == {json.dumps(path)} && document.readyState == 'complete'")
                assert await look(tell, "window.broken === undefined") is True, path
                assert await look(tell, "document.documentElement.scrollWidth <= 390") is True, path
