"""How the tests of acting pages ask: as a browser does that shows a page of ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from monitor.web.server import create_app
from monitor.web.status import Status
from tests.explained import Watch, watching
from tests.web.forms import own

OWN = {"sec-fetch-site": "same-origin"}
FOREIGN = {"sec-fetch-site": "cross-site"}

Fields = dict[str, str | list[str]]


async def get(status: Status, path: str) -> httpx.Response:
    """Return a page."""
    async with _client(status) as web:
        return await web.get(path)


async def post(status: Status, path: str, form: Fields | None = None, headers: dict[str, str] = OWN) -> httpx.Response:
    """Return the answer to a form, which leads on with 303 when it was done."""
    async with _client(status) as web:
        return await web.post(path, data={**(form or {}), **own(status)}, headers=headers)


def _client(status: Status) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(status)), base_url="http://127.0.0.1")


@asynccontextmanager
async def working(folder: Path) -> AsyncIterator[tuple[Watch, Status]]:
    """Run the daemon's jobs over a paper, and give the status that its pages read."""
    async with watching(folder, "sqlite:///monitor.db") as watch:
        now, house = watch.now, watch.house
        yield watch, Status(watch.db, now, lambda: now, "monitor.yaml", now, current=house.current, lists=house.lists)
