"""The runtime of one process keeps the promises of runtime/base.py."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from structlog.testing import capture_logs

from monitor.errors import StoreError
from monitor.runtime import embedded
from monitor.runtime.base import Handler
from monitor.runtime.embedded import EmbeddedRuntime

FAR = 10 * 365 * 86_400.0
"""Seconds until a tick that no test sees."""


@asynccontextmanager
async def running(runtime: EmbeddedRuntime, handlers: Mapping[str, Handler]) -> AsyncIterator[asyncio.Task[None]]:
    """Run the runtime beside the test and stop it at the end."""
    task = asyncio.create_task(runtime.run(handlers))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: object, seconds: float = 5.0) -> None:
    """Wait until `condition()` holds."""
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(("error", "stack"), [(StoreError("the disk is full"), False), (KeyError("title"), True)])
async def test_only_a_fault_of_ours_is_logged_with_its_stack(error: Exception, stack: bool) -> None:
    async def handler(key: str) -> None:
        raise error

    runtime = EmbeddedRuntime()
    runtime.every("poll", FAR, ["0"])
    with capture_logs() as lines:
        async with running(runtime, {"poll": handler}):
            await until(lambda: lines)
    assert (lines[0]["event"], lines[0]["error"], lines[0]["exc_info"]) == ("job failed", str(error), stack)


async def test_every_key_is_called_at_once_and_then_on_each_tick() -> None:
    calls: Counter[str] = Counter()

    async def handler(key: str) -> None:
        calls[key] += 1

    runtime = EmbeddedRuntime()
    runtime.every("poll", 0.05, ["0", "1"])
    async with running(runtime, {"poll": handler}):
        await until(lambda: calls["0"] >= 3 and calls["1"] >= 3)


def test_keys_take_turns_within_the_time_of_a_tick() -> None:
    runtime = EmbeddedRuntime()
    runtime.every("poll", 1.0, ["0", "1", "2", "3"])
    now = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    turns = [trigger.get_next_fire_time(None, now) for trigger in runtime._triggers.values()]
    assert [(turn - now).total_seconds() for turn in turns] == [0.0, 0.25, 0.5, 0.75]


async def test_a_key_never_runs_twice_at_once_and_a_ring_meanwhile_leads_to_exactly_one_more() -> None:
    calls, inside, gate = 0, 0, asyncio.Event()

    async def handler(key: str) -> None:
        nonlocal calls, inside
        calls, inside = calls + 1, inside + 1
        assert inside == 1
        await gate.wait()
        inside -= 1

    runtime = EmbeddedRuntime()
    runtime.every("alert", FAR, ["all"])
    async with running(runtime, {"alert": handler}):
        await until(lambda: calls == 1)
        for _ in range(5):
            runtime.ring("alert", "all")
        await asyncio.sleep(0.02)
        gate.set()
        await until(lambda: calls == 2)
        await asyncio.sleep(0.05)
        assert calls == 2


async def test_a_slow_key_delays_no_other() -> None:
    called: set[str] = set()

    async def handler(key: str) -> None:
        called.add(key)
        if key == "slow":
            await asyncio.Event().wait()

    runtime = EmbeddedRuntime()
    runtime.every("poll", FAR, ["slow", "quick"])
    embedded_grace, embedded.GRACE_SECONDS = embedded.GRACE_SECONDS, 0.05
    try:
        async with running(runtime, {"poll": handler}):
            await until(lambda: called == {"slow", "quick"})
    finally:
        embedded.GRACE_SECONDS = embedded_grace


async def test_a_failing_handler_is_named_and_called_again_and_stops_no_other() -> None:
    calls: Counter[str] = Counter()

    async def handler(key: str) -> None:
        calls[key] += 1
        if key == "bad" and calls["bad"] == 1:
            raise RuntimeError("the database is away")

    runtime = EmbeddedRuntime()
    runtime.every("poll", FAR, ["bad", "good"])
    async with running(runtime, {"poll": handler}):
        await until(lambda: "poll bad" in runtime.troubles)
        assert "the database is away" in runtime.troubles["poll bad"]
        await until(lambda: calls["bad"] == 2 and calls["good"] == 1)
        await until(lambda: not runtime.troubles)


async def test_a_stop_lets_a_running_call_come_to_its_end() -> None:
    started, ended = asyncio.Event(), False

    async def handler(key: str) -> None:
        nonlocal ended
        started.set()
        await asyncio.sleep(0.05)
        ended = True

    runtime = EmbeddedRuntime()
    runtime.every("deliver", FAR, ["0"])
    async with running(runtime, {"deliver": handler}):
        await started.wait()
    assert ended


async def test_a_ring_from_a_thread_is_heard() -> None:
    calls = 0

    async def handler(key: str) -> None:
        nonlocal calls
        calls += 1

    runtime = EmbeddedRuntime()
    runtime.every("alert", FAR, ["all"])
    async with running(runtime, {"alert": handler}):
        await until(lambda: calls == 1)
        await asyncio.to_thread(runtime.ring, "alert", "all")
        await until(lambda: calls == 2)


async def test_a_cron_line_puts_its_handler_on_the_timetable_without_calling_it_at_once() -> None:
    calls = 0

    async def handler(key: str) -> None:
        nonlocal calls
        calls += 1

    runtime = EmbeddedRuntime()
    runtime.cron("prune", "17 3 * * *")
    async with running(runtime, {"prune": handler}):
        await asyncio.sleep(0.05)
        assert calls == 0
        runtime.ring("prune", "")
        await until(lambda: calls == 1)


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
    async with running(runtime, {"poll": handler}):
        await until(lambda: calls >= 3)
        back = timedelta(hours=1)
        await asyncio.sleep(0.1)  # what was planned before
        seen = calls
        await until(lambda: calls >= seen + 3)
