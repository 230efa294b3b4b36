"""Mails in a real browser: in the light and in the dark, on a phone and on a desk."""

import asyncio
import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from monitor.render.message import render
from tests.browser import Tell, needs_browser, steered
from tests.render.samples import alert_delivery, make_delivery
from tests.render.test_digest import WEEK
from tests.render.test_mail import MAILS
from tests.render.test_message_troubles import several

pytestmark = [needs_browser, pytest.mark.slow]

SHOWN = {**MAILS, "alert": alert_delivery(), "troubles": make_delivery(several()), "digest": make_delivery(WEEK)}

TEXT_CONTRAST = 4.5
"""Least contrast of text with its ground (WCAG 2.2, 1.4.3)."""

MEASURE = """(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number)
  const light = (colour) => {
    const [r, g, b] = parts(colour).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor
      if ((parts(colour)[3] ?? 1) > 0) return colour
    }
    return getComputedStyle(document.documentElement).backgroundColor
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const texts = []
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue
    const pair = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a)
    texts.push([(pair[0] + 0.05) / (pair[1] + 0.05), walker.currentNode.data.trim().slice(0, 40)])
  }
  return JSON.stringify({
    width: document.documentElement.scrollWidth,
    height: document.documentElement.scrollHeight,
    title: document.title,
    scripts: document.scripts.length,
    loaded: performance.getEntriesByType('resource').length,
    ground: getComputedStyle(document.body).backgroundColor,
    faint: texts.filter(([contrast]) => contrast < LEAST),
    texts: texts.length,
  })
})()""".replace("LEAST", str(TEXT_CONTRAST))


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the mails as files, by name."""
    folder = tmp_path_factory.mktemp("mails")
    for name, delivery in SHOWN.items():
        (folder / f"{name}.html").write_text(render(delivery, kind="email").html, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in SHOWN}


async def look(tell: Tell, mail: Path, *, width: int, scheme: str) -> dict[str, Any]:
    """Open a mail on a screen of that width, and measure it."""
    await tell("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
    await tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    await tell("Page.navigate", url=mail.as_uri())
    ready = f"location.pathname.endsWith('/{mail.name}') && document.readyState == 'complete'"
    async with asyncio.timeout(20):
        while not (await tell("Runtime.evaluate", expression=ready))["result"]["value"]:
            await asyncio.sleep(0.01)
    measured: dict[str, Any] = json.loads((await tell("Runtime.evaluate", expression=MEASURE))["result"]["value"])
    return measured


async def keep_picture(tell: Tell, name: str, height: int) -> None:
    """Write what is shown to the folder of MONITOR_PICTURES, for a person to look at."""
    if folder := os.environ.get("MONITOR_PICTURES"):
        clip = {"x": 0, "y": 0, "width": int(name.split("-")[-2]), "height": height, "scale": 1}
        shot = await tell("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        await asyncio.to_thread((Path(folder) / f"{name}.png").write_bytes, base64.b64decode(shot["data"]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 800])
async def test_a_mail_fits_is_easy_to_read_and_does_nothing(
    mails: dict[str, Path], browser_port: int, width: int, scheme: str
) -> None:
    async with steered(browser_port) as tell:
        for name, mail in mails.items():
            seen = await look(tell, mail, width=width, scheme=scheme)
            await keep_picture(tell, f"{name}-{width}-{scheme}", seen["height"])
            assert seen["width"] <= width, name
            assert seen["texts"] > 5, name
            assert seen["faint"] == [], name
            assert (seen["ground"] == "rgb(22, 24, 29)") is (scheme == "dark"), name
            assert (seen["scripts"], seen["loaded"]) == (0, 0), name
            assert seen["title"] == render(SHOWN[name], kind="email").title, name
