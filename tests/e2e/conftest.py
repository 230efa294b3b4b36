"""A small house for end-to-end tests: one watchlist, feeds and receivers on loopback, a database of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from monitor.app import utcnow
from monitor.config.settings import load_settings
from monitor.daemon import Daemon
from tests.servers.receiver import SECRET
from tests.tables import lay_tables

WATCHLIST = """
watchlist: test
title: Test list
severity: high
entities:
  - {id: is-k, kind: organisation, name: Islamic State Khorasan, aliases: [IS-K, Daesh]}
  - {id: bajaur, kind: place, name: Bajaur, severity: low}
rules:
  - {id: isk-in-bajaur, title: IS-K in Bajaur, when: is-k AND bajaur, severity: critical}
"""

CONFIG = """
database: {database}
watchlists: watchlists
http: {{timeout: 2s, allow_private_networks: true}}
polling: {{interval: 1s, min_interval: 1s, max_interval: 1h, first_poll_alerts: 24h}}
feeds: [{feeds}]
receivers:
{receivers}
  - {{name: digest-only, channels: []}}
route:
  receiver: {first}
  group_wait: 0s
  group_interval: 0s
  routes:
    - {{match: {{severity: [low]}}, receiver: digest-only}}
{routes}
web: {{listen: "127.0.0.1:{port}"}}
log: {{level: warning}}
"""


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


SPEED = 5
"""How many times as fast the clock of a house goes: no configuration may ask for less than a second of waiting."""


def hasty() -> Callable[[], datetime]:
    """Return a clock that is right now, and goes SPEED times as fast as it should."""
    began = utcnow()
    return lambda: began + SPEED * (utcnow() - began)


class TestHouse:
    """A folder with a configuration in it."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "monitor.yaml"
        self.port = free_port()
        self.database = "sqlite:///monitor.db"
        (folder / "watchlists").mkdir()
        (folder / "watchlists" / "test.yaml").write_text(WATCHLIST)

    def write(self, *, feeds: list[str], webhooks: Mapping[str, str], extra: str = "") -> None:
        """Write the configuration: feeds by address, receivers by name with their webhook's address, told by all."""
        names = list(webhooks)
        self.config.write_text(
            CONFIG.format(
                database=self.database,
                feeds=", ".join(f"{{url: {url}, name: Feed {i}}}" for i, url in enumerate(feeds)),
                receivers="\n".join(
                    f"  - {{name: {name}, channels: [{{webhook: {{url: {url}, secret: {SECRET}}}}}]}}"
                    for name, url in webhooks.items()
                ),
                first=names[0],
                routes="\n".join(f"    - {{receiver: {name}, continue: true}}" for name in names),
                port=self.port,
            )
            + extra
        )

    @asynccontextmanager
    async def running(self, *, clock: Callable[[], datetime] | None = None) -> AsyncIterator[Daemon]:
        """Run the daemon in this process, over tables that are there; started by its users, it makes them itself."""
        lay_tables(self.folder)
        daemon = Daemon(load_settings(self.config, {}), environ={}, clock=clock or hasty())
        task = asyncio.create_task(daemon.run())
        ready = asyncio.create_task(daemon.ready())
        try:
            done, _ = await asyncio.wait({task, ready}, timeout=15, return_when=asyncio.FIRST_COMPLETED)
            assert ready in done, task
            yield daemon
        finally:
            ready.cancel()
            daemon.stop()
            await task


@pytest.fixture
def house(tmp_path: Path, readers: None, monkeypatch: pytest.MonkeyPatch) -> TestHouse:
    """Return an empty house, which looks often for what is due."""
    monkeypatch.setattr("monitor.schedule.TICK_SECONDS", 1 / SPEED)
    return TestHouse(tmp_path)
