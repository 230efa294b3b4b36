"""A real browser to look at pages and mails with."""

import asyncio
import itertools
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

CHROMIUM = shutil.which("chromium")

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

Tell = Callable[..., Awaitable[dict[str, Any]]]


async def browse(folder: Path, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Open a page in a browser of its own."""
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder}/profile",
        "--enable-logging=stderr", "--v=0", *options, url,
    ]  # fmt: skip
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=40, check=True)


@contextmanager
def running_browser(folder: Path) -> Iterator[int]:
    """Run a browser that is told what to do; give the port at which it is told."""
    options = ["--remote-debugging-port=0", f"--user-data-dir={folder}", "--headless", "--no-sandbox", "--disable-gpu"]
    process = subprocess.Popen([str(CHROMIUM), *options, "about:blank"], stderr=subprocess.DEVNULL)
    told = folder / "DevToolsActivePort"  # two lines, which are there a moment after the file
    deadline = time.monotonic() + 30
    try:
        while not told.exists() or "\n" not in told.read_text():
            assert time.monotonic() < deadline, "the browser does not say at which port it listens"
            time.sleep(0.05)
        yield int(told.read_text().split()[0])
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def steered(port: int) -> AsyncIterator[Tell]:
    """Open a tab in a browser (chromedevtools.github.io/devtools-protocol); give what tells it what to do."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        async with session.put("/json/new?about:blank") as answer:
            tab = await answer.json()
        async with session.ws_connect(tab["webSocketDebuggerUrl"]) as socket_:
            numbers = itertools.count(1)

            async def tell(method: str, **parameters: object) -> dict[str, Any]:
                number = next(numbers)
                await socket_.send_json({"id": number, "method": method, "params": parameters})
                async with asyncio.timeout(30):
                    while (said := await socket_.receive_json()).get("id") != number:
                        pass
                found: dict[str, Any] = said["result"]
                return found

            yield tell
        async with session.get(f"/json/close/{tab['id']}"):
            pass
