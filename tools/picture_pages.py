"""Make the pictures of the pages in docs/pictures/, from the bundled day of news, after a change to their look.

.venv/bin/python -m tools.picture_pages      # needs chromium, and fonts of all scripts (fonts-noto-core)
"""

import asyncio
import shutil
import sys
from base64 import b64decode
from contextlib import suppress
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from monitor import log
from monitor.demo import play
from monitor.demo.servers import free_port, read_day

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"

LINKS = {
    "alert": ("/alerts", "td a[href^='/alerts/']"),
    "item": ("/", "ul.reports a[href^='/items/']"),
    "story": ("/stories", "a[href^='/stories/']"),
    "digest": ("/digests", "a[href^='/digests/dig_']"),
}
"""Where a page leads to one alert, item, story and digest."""

PATHS = {
    "overview": "/",
    "hits": "/hits?severity=high",
    "stories": "/stories",
    "story": "{story}",
    "entities": "/entities",
    "entity": "/entities/is-k",
    "map": "/map",
    "alerts": "/alerts",
    "alert": "{alert}",
    "item": "{item}",
    "deliveries": "/deliveries",
    "silences": "/silences",
    "feeds": "/feeds",
    "watchlists": "/watchlists",
    "playground": "/playground",
    "digest": "{digest}",
}
"""Pages that are pictured, by the name of their picture; a new page is one more line."""

LOOKS = {"": (1280, 900, "light"), "-phone": (390, 844, "light"), "-dark": (1280, 900, "dark")}
"""Width and height in pixels and colours, by the end of the picture's name; the last of the overview only."""

QUALITY = 60
"""Of WebP: the letters stay sharp, and all pictures together stay below 1.5 MB."""

TRIED = ("Blast in Bajaur", "Daesh said that it was behind the suicide bombing at a gathering of JUI-F in Khar.")
"""Title and text in the playground."""

STEP_SECONDS = 4.0
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
    found = {}
    for name, (path, where) in LINKS.items():
        await page.goto(address + path)
        found[name] = await page.locator(where).first.get_attribute("href")
    await page.close()
    FOLDER.mkdir(exist_ok=True)
    for look in LOOKS:
        for name, path in PATHS.items():
            if look != "-dark" or name == "overview":
                await _picture(browser, address + path.format(**found), FOLDER / f"{name}{look}.webp", look)
    print(f"{sum(one.stat().st_size for one in FOLDER.iterdir()):,} bytes in all")


async def _picture(browser: Browser, url: str, file: Path, look: str) -> None:
    """Write the picture of one page, as the inspector takes it: Playwright itself writes no WebP."""
    width, height, colours = LOOKS[look]
    page = await browser.new_page(
        viewport={"width": width, "height": height}, color_scheme="dark" if colours == "dark" else "light"
    )
    await page.goto(url)
    if url.endswith("/playground"):
        await page.fill("input[name=title]", TRIED[0])
        await page.fill("textarea", TRIED[1])
        await page.wait_for_selector("#result mark")
        if "phone" in look:
            await page.locator("#result").scroll_into_view_if_needed()
    inspector = await page.context.new_cdp_session(page)
    shot = await inspector.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    await asyncio.to_thread(file.write_bytes, b64decode(shot["data"]))
    await page.close()
    print(f"wrote {file}")


if __name__ == "__main__":
    asyncio.run(main())
