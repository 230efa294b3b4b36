"""Make the pictures of the pages in docs/, from the bundled day of news, after a change to their look.

.venv/bin/python -m tools.picture_pages      # needs chromium, and fonts of all scripts (fonts-noto-core)
"""

import asyncio
import shutil
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from monitor import log
from monitor.demo import play
from monitor.demo.servers import free_port, read_day

FOLDER = Path(__file__).parents[1] / "docs"

LINKS = {"alert": "ul.alerts a", "item": "ul.reports a[href^='/items/']"}
"""Where the overview leads to one alert and one item."""

PATHS = {"dashboard": "/", "feeds": "/feeds", **{name: f"{{{name}}}" for name in LINKS}}
"""Pages that are pictured, by the name of their picture; a new page is one more line."""

LOOKS = {"": (1280, 1000, "light"), "-phone": (390, 844, "light"), "-dark": (1280, 1000, "dark")}
"""Width and height in pixels and colours, by the end of the picture's name; but for the first of the dashboard only."""

STEP_SECONDS = 2.0
"""Pause between two parts of the day: nobody watches."""

SETTLED_SECONDS = 20.0
"""How long after the last part all is told: the demo's group_interval, and deliveries."""


async def main() -> None:
    """Play the day, picture its pages, and end it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed; on Debian: apt-get install chromium")
    log.configure(level="warning", form="text")
    play.STEP_SECONDS = STEP_SECONDS
    port = free_port()
    day = asyncio.create_task(play.play(once=False, port=port, quiet=True))
    try:
        done, _ = await asyncio.wait({day}, timeout=read_day().steps * STEP_SECONDS + SETTLED_SECONDS)
        if done:
            day.result()
            sys.exit("the demo ended by itself; see what it said above")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            await _picture_all(browser, f"http://127.0.0.1:{port}")
            await browser.close()
    finally:
        day.cancel()
        with suppress(asyncio.CancelledError):
            await day
    print("look at them before you commit them")


async def _picture_all(browser: Browser, address: str) -> None:
    """Write all pictures."""
    page = await browser.new_page()
    await page.goto(address)
    found = {name: await page.locator(where).first.get_attribute("href") for name, where in LINKS.items()}
    for name, path in PATHS.items():
        for end in LOOKS if name == "dashboard" else [""]:
            await _picture(browser, address + path.format(**found), FOLDER / f"{name}{end}.png", end)


async def _picture(browser: Browser, url: str, file: Path, look: str) -> None:
    """Write the picture of one page."""
    width, height, colours = LOOKS[look]
    open_ = partial(browser.new_page, viewport={"width": width, "height": height})
    page = await (open_(color_scheme="dark") if colours == "dark" else open_(color_scheme="light"))
    await page.goto(url)
    await page.screenshot(path=file)
    await page.close()
    print(f"wrote {file}")


if __name__ == "__main__":
    asyncio.run(main())
