"""What only the runtime of one process does; tests/runtime/test_runtimes.py has what all do."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from monitor.runtime import embedded
from monitor.runtime.embedded import EmbeddedRuntime
from tests.runtime.conftest import until


def test_keys_take_turns_within_the_time_of_a_tick() -> None:
    runtime = EmbeddedRuntime()
    runtime.every("poll", 1.0, ["0", "1", "2", "3"])
    now = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    turns = [trigger.get_next_fire_time(None, now) for trigger in runtime._triggers.values()]
    assert [(turn - now).total_seconds() for turn in turns] == [0.0, 0.25, 0.5, 0.75]


async def test_ticks_go_on_when_the_clock_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """APScheduler plans by the clock: put back by an hour, it would have no tick come for an hour."""
    back = timedelta(0)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # of what it stands for
            return datetime.now(tz) - back

    calls = 0

    async def handler(key: str) -> None:
        nonlocal calls
        calls += 1

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Clock)
    monkeypatch.setattr(embedded, "_now", lambda: Clock.now(UTC))
    monkeypatch.setattr(embedded, "KEEP_SECONDS", 0.05)
    runtime = EmbeddedRuntime()
    runtime.every("poll", 0.05, ["0"])
    task = asyncio.create_task(runtime.run({"poll": handler}))
    await until(lambda: calls >= 3)
    back = timedelta(hours=1)
    await asyncio.sleep(0.1)  # what was planned before
    seen = calls
    await until(lambda: calls >= seen + 3)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
