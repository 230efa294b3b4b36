"""The dashboard in a real browser."""

import asyncio
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from monitor.web.server import create_app, serve
from monitor.web.status import Status

CHROMIUM = shutil.which("chromium")


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
async def test_the_dashboard_renders_without_a_violation_of_its_own_policy(filled: Status, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    ready = asyncio.Event()
    task = asyncio.create_task(serve(create_app(filled), "127.0.0.1", port, ready=ready.set))
    await ready.wait()
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path}",
        "--enable-logging=stderr", "--v=0", "--dump-dom", f"http://127.0.0.1:{port}/",
    ]  # fmt: skip
    shown = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=40, check=True)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "<mark>IS-K</mark>" in shown.stdout
    assert "<script" not in shown.stdout
    assert "Content Security Policy" not in shown.stderr
