"""Every page in a real browser over hostile feeds: small and large, light and dark, with and without scripts.

A new page is one more line of PAGES.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

from tests.browser import CHROMIUM, needs_browser
from tests.web.hostile_house import EVALUATED, TURNERS, House, hostile_house

pytestmark = [pytest.mark.slow, needs_browser, pytest.mark.timeout(180)]

Scheme = Literal["light", "dark"]

PAGES = [
    "/",
    "/?severity=low",
    "/feeds",
    "/feeds?state=failing",
    "/feeds/{feed}",
    "/alerts/{alert}",
    "/items/{item}",
    "{ack}",
    "/hits",
    "/hits?q=bajaur&severity=high",
    "/stories",
    "/stories/1",
    "/entities",
    "/entities/is-k",
    "/map",
    "/alerts",
    "/deliveries",
    "/silences",
    "/watchlists",
    "/watchlists/hostile",
    "/playground",
    "/digests",
    "/api/docs",
    "/login",
]
"""Paths of all pages; in braces the ids that `hostile_house` knows: feed, item, hit, alert, ack."""

LOOKS: dict[int, tuple[tuple[Scheme, bool], ...]] = {
    390: (("dark", True), ("light", False)),
    1280: (("light", True), ("dark", False)),
}
"""By the pixels of a phone and of a small laptop: colours, and whether scripts run. Each page is seen once in each."""

FOREIGN = (
    "script, iframe, frame, object, embed, svg:not([data-own]), img:not([src^='/static/']), base, meta[http-equiv]"
)
"""Elements that no page of ours has, unless it brought them itself: a drawing says `data-own`, scripts come by `src`."""

LOOK = """foreign => ({
  acted: window.acted === undefined ? [] : ['a script of a feed ran'],
  foreign: [...document.querySelectorAll(foreign)].filter(one => !(one.src || '').startsWith(location.origin + '/static/'))
    .map(one => one.outerHTML.slice(0, 200)),
  handlers: [...document.querySelectorAll('*')].filter(one => [...one.attributes].some(each => each.name.startsWith('on')))
    .map(one => one.outerHTML.slice(0, 200)),
  links: [...document.querySelectorAll('a[href], area[href], form[action]')].map(one => one.href || one.action)
    .filter(one => !/^https?:/.test(one)),
  text: document.body.innerText,
  headings: document.querySelectorAll('h1, h2').length,
  width: document.documentElement.scrollWidth,
})"""
"""What a browser sees of a page, in its own words."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Run a daemon over hostile feeds."""
    with hostile_house(tmp_path_factory.mktemp("hostile")) as one:
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run the browser of the system; none is downloaded."""
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield one
        one.close()


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab in which one page is shown after the other, and what they tried that no page may; see `watch`."""

    name: str
    page: Page
    width: int
    scripts: bool
    tried: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def tabs(house: House, browser: Browser) -> list[Tab]:
    """Return a tab for each of LOOKS: to open one takes the browser as long as to show a page."""
    found = []
    for width, looks in LOOKS.items():
        for scheme, scripts in looks:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts
            )
            name = f"{scheme}, {'with' if scripts else 'without'} scripts"
            found.append(Tab(name, context.new_page(), width, scripts))
            watch(found[-1], home=urlsplit(house.address).netloc)
    return found


@pytest.mark.parametrize("width", LOOKS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_readable_by_all_and_nothing_of_a_feed_acts_in_it(
    house: House, tabs: list[Tab], path: str, width: int
) -> None:
    shown = [tab for tab in tabs if tab.width == width]
    wrong = [f"{tab.name}: {each}" for tab in shown for each in troubles(tab, house.url(path))]
    assert not wrong, "\n".join(wrong)


def troubles(tab: Tab, url: str) -> Iterator[str]:
    """Yield what is wrong with a page."""
    page = tab.page
    tab.tried.clear()
    answer = page.goto(url, wait_until="load")
    if answer is None or answer.status != 200:
        yield f"answered {answer and answer.status}"
    seen = page.evaluate(LOOK, FOREIGN)
    yield from (f"{name}: {one}" for name in ("acted", "foreign", "handlers", "links") for one in seen[name])
    if EVALUATED in seen["text"]:
        yield "the words of a feed were taken for a template"
    if turned := sorted(set(seen["text"]) & set(TURNERS)):
        yield f"turns the direction of writing: {turned}"
    if not seen["headings"]:
        yield "has no heading"
    if seen["width"] > tab.width:
        yield f"is {seen['width']} px wide"
    if tab.scripts:
        for one in Axe().run(page).response["violations"]:
            yield f"axe {one['id']} ({one['impact']}): {[node['html'][:160] for node in one['nodes'][:3]]}"
    yield from tab.tried


def watch(tab: Tab, *, home: str) -> None:
    """Note all that a page tries and no page may."""
    tried, page = tab.tried, tab.page

    def asked(request: Request) -> None:
        if urlsplit(request.url).netloc not in ("", home):
            tried.append(f"asked for {request.url}")

    def said(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or message.type == "error":
            tried.append(f"console: {message.text}")

    def opened(dialog: Dialog) -> None:
        tried.append(f"opened a dialog: {dialog.message}")
        dialog.dismiss()

    page.on("request", asked)
    page.on("console", said)
    page.on("dialog", opened)
    page.on("pageerror", lambda error: tried.append(f"script failed: {error}"))
