"""How often the daemon looks at itself: seldom where that takes long, and often enough for whoever watches over it."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.app import open_house
from monitor.clock import utcnow
from monitor.config.settings import load_settings
from monitor.core.vitals import LOOK_OLD
from monitor.errors import StoreError
from monitor.lookout import LONGEST_PAUSE, LOOK_OUT_SECONDS, Lookout, pause_after
from monitor.runtime import watchdog
from monitor.store.database import PATIENCE
from monitor.web.status import Status
from tests.jobs.newsroom import WATCHLIST
from tests.tables import lay_tables

CONFIG = """
database: sqlite:///monitor.db
watchlists: watchlists
feeds: []
receivers: [{name: desk, channels: [{webhook: {url: "https://desk.example/"}}]}]
route: {receiver: desk}
"""


def test_a_look_that_takes_long_is_taken_less_often() -> None:
    assert pause_after(0.01) == LOOK_OUT_SECONDS
    assert pause_after(1.0) == 20.0
    assert pause_after(60.0) == LONGEST_PAUSE, "one that waited for a database that was away"


def test_no_pause_and_no_statement_is_taken_for_threads_that_hang() -> None:
    assert PATIENCE["statement_timeout"] == "5min"
    assert timedelta(seconds=LONGEST_PAUSE) <= LOOK_OLD / 2
    longest = timedelta(seconds=LONGEST_PAUSE) + timedelta(minutes=5)
    assert longest < timedelta(seconds=watchdog.WORK_LOOKS * watchdog.LOOK_SECONDS)


async def test_a_clock_that_cannot_be_compared_keeps_the_daemon_from_no_look(
    tmp_path: Path, readers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.lookout.CLOCK_SECONDS", 0.0)
    monkeypatch.setattr("monitor.lookout.LOOK_OUT_SECONDS", 0.01)
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "test.yaml").write_text(WATCHLIST)
    (tmp_path / "monitor.yaml").write_text(CONFIG)
    lay_tables(tmp_path)

    def away() -> timedelta:
        raise StoreError("the server does not answer")

    async with open_house(load_settings(tmp_path / "monitor.yaml", {}), ring=lambda _kind, _key: None) as house:
        status = Status(house.current().db, utcnow(), utcnow, "monitor.yaml", utcnow())
        with capture_logs() as lines:
            looking = asyncio.create_task(Lookout(status, house, compare=away).run())
            async with asyncio.timeout(10):
                while status.vitals is None or status.coverage is None:
                    await asyncio.sleep(0.01)
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
    assert lines[0]["event"] == "clock not looked after"
    assert lines[0]["error"] == "the server does not answer"
