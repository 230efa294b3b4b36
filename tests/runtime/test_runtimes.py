"""Both runtimes keep the promises of runtime/base.py: that of one process, and that of many over PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from monitor.errors import StoreError
from monitor.runtime.base import Handler, Runtime
from monitor.runtime.cluster import ClusterRuntime
from monitor.runtime.embedded import EmbeddedRuntime
from tests.runtime.conftest import FAR, until


@dataclass(frozen=True)
class Engine:
    """How a runtime is made, how long its shortest tick is in seconds, and where its grace stands."""

    make: Callable[[], Runtime]
    tick: float
    module: str


@pytest.fixture(params=["embedded", pytest.param("cluster", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return each runtime in turn."""
    if request.param == "embedded":
        return Engine(EmbeddedRuntime, 0.05, "monitor.runtime.embedded")
    url: str = request.getfixturevalue("rows")
    return Engine(lambda: ClusterRuntime(url), 1.0, "monitor.runtime.cluster")


@asynccontextmanager
async def running(runtime: Runtime, handlers: Mapping[str, Handler]) -> AsyncIterator[asyncio.Task[None]]:
    """Run the runtime beside the test and stop it at the end."""
    task = asyncio.create_task(runtime.run(handlers))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(("error", "stack"), [(StoreError("the disk is full"), False), (KeyError("title"), True)])
async def test_only_a_fault_of_ours_is_logged_with_its_stack(engine: Engine, error: Exception, stack: bool) -> None:
    async def handler(key: str) -> None:
        raise error

    runtime = engine.make()
    runtime.every("poll", FAR, ["0"])
    with capture_logs() as lines:
        async with running(runtime, {"poll": handler}):
            await until(lambda: lines)
    assert (lines[0]["event"], lines[0]["error"], lines[0]["exc_info"]) == ("job failed", str(error), stack)


async def test_every_key_is_called_at_once_and_then_on_each_tick(engine: Engine) -> None:
    calls: Counter[str] = Counter()

    async def handler(key: str) -> None:
        calls[key] += 1

    runtime = engine.make()
    runtime.every("poll", engine.tick, ["0", "1"])
    async with running(runtime, {"poll": handler}):
        await until(lambda: calls["0"] >= 3 and calls["1"] >= 3)


async def test_a_key_never_runs_twice_at_once_and_a_ring_meanwhile_leads_to_exactly_one_more(engine: Engine) -> None:
    calls, inside, gate = 0, 0, asyncio.Event()

    async def handler(key: str) -> None:
        nonlocal calls, inside
        calls, inside = calls + 1, inside + 1
        assert inside == 1
        await gate.wait()
        inside -= 1

    runtime = engine.make()
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


async def test_a_slow_key_delays_no_other(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    called: set[str] = set()

    async def handler(key: str) -> None:
        called.add(key)
        if key == "slow":
            await asyncio.Event().wait()

    monkeypatch.setattr(f"{engine.module}.GRACE_SECONDS", 0.05)
    runtime = engine.make()
    runtime.every("poll", FAR, ["slow", "quick"])
    async with running(runtime, {"poll": handler}):
        await until(lambda: called == {"slow", "quick"})


async def test_a_failing_handler_is_named_and_called_again_and_stops_no_other(engine: Engine) -> None:
    calls: Counter[str] = Counter()

    async def handler(key: str) -> None:
        calls[key] += 1
        if key == "bad" and calls["bad"] == 1:
            raise RuntimeError("the database is away")

    runtime = engine.make()
    runtime.every("poll", FAR, ["bad", "good"])
    async with running(runtime, {"poll": handler}):
        await until(lambda: "poll bad" in runtime.troubles)
        assert "the database is away" in runtime.troubles["poll bad"]
        await until(lambda: calls["bad"] == 2 and calls["good"] == 1)
        await until(lambda: not runtime.troubles)


async def test_a_stop_lets_a_running_call_come_to_its_end(engine: Engine) -> None:
    started, ended = asyncio.Event(), False

    async def handler(key: str) -> None:
        nonlocal ended
        started.set()
        await asyncio.sleep(0.05)
        ended = True

    runtime = engine.make()
    runtime.every("deliver", FAR, ["0"])
    async with running(runtime, {"deliver": handler}):
        await started.wait()
    assert ended


async def test_a_ring_from_a_thread_is_heard(engine: Engine) -> None:
    calls = 0

    async def handler(key: str) -> None:
        nonlocal calls
        calls += 1

    runtime = engine.make()
    runtime.every("alert", FAR, ["all"])
    async with running(runtime, {"alert": handler}):
        await until(lambda: calls == 1)
        await asyncio.to_thread(runtime.ring, "alert", "all")
        await until(lambda: calls == 2)


async def test_a_cron_line_puts_its_handler_on_the_timetable_without_calling_it_at_once(engine: Engine) -> None:
    calls = 0

    async def handler(key: str) -> None:
        nonlocal calls
        calls += 1

    runtime = engine.make()
    runtime.cron("prune", f"{(datetime.now(UTC).minute + 30) % 60} * * * *")
    async with running(runtime, {"prune": handler}):
        await asyncio.sleep(0.05)
        assert calls == 0
        runtime.ring("prune", "")
        await until(lambda: calls == 1)
