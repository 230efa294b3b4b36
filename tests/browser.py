"""A real browser to look at pages and mails with."""

import asyncio
import itertools
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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


@asynccontextmanager
async def steered(folder: Path) -> AsyncIterator[Tell]:
    """Run a browser that is told what to do (chromedevtools.github.io/devtools-protocol); give what tells it."""
    options = ["--remote-debugging-port=0", f"--user-data-dir={folder}", "--headless", "--no-sandbox", "--disable-gpu"]
    process = await asyncio.create_subprocess_exec(
        str(CHROMIUM), *options, "about:blank", stderr=asyncio.subprocess.DEVNULL
    )
    try:
        told = folder / "DevToolsActivePort"  # two lines, which are there a moment after the file
        async with asyncio.timeout(30):
            while not told.exists() or "\n" not in told.read_text():
                await asyncio.sleep(0.05)
        port = told.read_text().split()[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                [tab] = [one for one in await answer.json() if one["type"] == "page"]
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
    finally:
        process.terminate()
        await process.wait()
