"""Why somebody was told of an item, or nobody: the page and the answer for programs."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from monitor.core.explanation import as_json
from monitor.web.server import create_app
from monitor.web.status import Status
from tests.explained import Watch, watching

pytestmark = pytest.mark.usefixtures("readers")

HOSTILE = "Omari <script>alert(1)</script> {{ 7*7 }} \u202egnp.exe"


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    """Return a paper, a desk and the jobs between them."""
    async with watching(tmp_path, "sqlite:///monitor.db") as one:
        yield one


async def get(watch: Watch, path: str, *, token: str | None = None, **asked: str) -> httpx.Response:
    """Return an answer of the pages."""
    now = watch.now
    status = Status(watch.db, now, lambda: now, "monitor.yaml", now, token=token, current=watch.house.current)
    transport = httpx.ASGITransport(create_app(status))
    async with httpx.AsyncClient(transport=transport, base_url="http://monitor") as web:
        return await web.get(path, params=asked)


async def test_the_page_of_an_item_tells_each_step_and_the_alert_leads_to_it(watch: Watch) -> None:
    await watch.poll(("Blast at a rally in Khar", "IS-K said it did it."))
    await watch.tell()
    alert = next(one for one in watch.explain().steps if one.name == "alert").parts[0].id
    assert '<a href="/items/1">why?</a>' in (await get(watch, f"/alerts/{alert}")).text
    assert '<a href="/items/1">why?</a>' in (await get(watch, "/feeds/1")).text
    shown = (await get(watch, "/items/1")).text
    for words in ("told</b>", "desk/webhook (first report): sent", "rule blast", "opened the alert for story 1"):
        assert words in shown


async def test_a_hostile_item_does_not_act_on_its_page(watch: Watch) -> None:
    await watch.poll((HOSTILE, ""))
    shown = (await get(watch, "/items/1")).text
    assert "stopped at mentions" in shown
    assert "<script" not in shown
    assert "49" not in shown.split("<main")[1].split("</h1>")[0]
    assert "\u202e" not in shown


@pytest.mark.parametrize("path", ["/items/7", "/items/99999999999"])
async def test_the_page_of_an_item_that_is_not_there_says_so(watch: Watch, path: str) -> None:
    answer = await get(watch, path)
    assert (answer.status_code, "There is no such item" in answer.text) == (404, True)


async def test_programs_get_what_the_command_prints(watch: Watch) -> None:
    await watch.poll(("Blast at a rally in Khar", "IS-K said it did it."))
    await watch.tell()
    page = watch.paper.page_url("/news/0")
    for asked in ({"item": "1"}, {"item": page}, {"item": "/news/0", "feed": watch.paper.server.url("/feed")}):
        assert (await get(watch, "/api/v1/explain", **asked)).json() == as_json(watch.explain())


async def test_problems_are_told_to_programs_in_their_form(watch: Watch) -> None:
    for asked, code in (({"item": "7"}, 404), ({}, 400), ({"item": "x" * 3_000}, 400)):
        answer = await get(watch, "/api/v1/explain", **asked)
        assert (answer.status_code, answer.headers["content-type"]) == (code, "application/problem+json")
        assert (answer.json()["status"], set(answer.json())) == (code, {"type", "title", "status", "detail"})


@pytest.mark.parametrize("path", ["/items/1", "/api/v1/explain"])
async def test_both_ask_for_the_token(watch: Watch, path: str) -> None:
    assert (await get(watch, path, token="secret", item="1")).status_code == 401
