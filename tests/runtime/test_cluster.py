"""What only the runtime of many does: it shares work, outlives its engine's tables and connections, and the dead."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import psycopg
import pytest
from structlog.testing import capture_logs

from monitor.runtime import cluster
from monitor.runtime.base import Handler
from monitor.runtime.cluster import RUNTIME, ClusterRuntime
from monitor.runtime.engine import APPLICATION, connection_string, lay_tables
from monitor.store.database import PATIENCE
from tests.postgres import SERVER
from tests.runtime.conftest import FAR, until

pytestmark = pytest.mark.postgres


@asynccontextmanager
async def running(*nodes: tuple[ClusterRuntime, Mapping[str, Handler]]) -> AsyncIterator[None]:
    """Run nodes beside the test and stop them at the end."""
    tasks = [asyncio.create_task(runtime.run(handlers)) for runtime, handlers in nodes]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)


async def engine(rows: str, statement: str) -> None:
    """Run one statement on the tables of the engine, whoever waits."""
    async with await psycopg.AsyncConnection.connect(connection_string(rows), autocommit=True) as connection:
        await connection.execute(statement.encode())


def execute(statement: str) -> None:
    """Run one statement on the server, in no database of a test."""
    with psycopg.connect(connection_string(SERVER), autocommit=True) as connection:
        connection.execute(statement.encode())


EMPTY = "TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers, procrastinate_events"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


async def test_of_many_keys_only_those_are_called_that_have_something_due(rows: str) -> None:
    calls: Counter[str] = Counter()

    async def handler(key: str) -> None:
        calls[key] += 1

    runtime = ClusterRuntime(rows)
    runtime.every("poll", 1.0, [str(number) for number in range(256)], lambda: ["7", "200"])
    async with running((runtime, {"poll": handler})):
        await until(lambda: calls["7"] >= 2 and calls["200"] >= 2)
    assert calls.keys() == {"7", "200"}


async def test_a_look_that_fails_is_told_and_keeps_no_other_from_being_looked_at(rows: str) -> None:
    calls: Counter[str] = Counter()

    async def handler(key: str) -> None:
        calls[key] += 1

    def broken() -> list[str]:
        raise RuntimeError("no such thing")

    runtime = ClusterRuntime(rows)
    runtime.every("push", 1.0, ["0"], broken)
    runtime.every("poll", 1.0, ["7"], lambda: ["7"])
    with capture_logs() as lines:
        async with running((runtime, {"poll": handler, "push": handler})):
            await until(lambda: calls["7"] >= 2)
    assert calls.keys() == {"7"}
    assert [line["job"] for line in lines if line["event"] == "tick missed"] == ["push"] * len(lines)
    assert len(lines) >= 2, "at the start and by the clock"


async def test_the_engines_connections_have_the_limits_of_ours(rows: str) -> None:
    address = f"{rows}?options=-c%20lock_timeout%3D7s&prepare_threshold=none&connect_timeout=3"
    async with await psycopg.AsyncConnection.connect(connection_string(address)) as connection:
        shown = [await (await connection.execute(f"SHOW {name}".encode())).fetchone() for name in PATIENCE]
        ways = connection.info.get_parameters()
    assert shown == [("5min",), ("7s",), ("10s",)]
    assert (ways["tcp_user_timeout"], ways["connect_timeout"]) == ("60000", "3")
    assert ways["application_name"] == APPLICATION


async def test_nodes_share_the_keys_and_never_run_one_twice_at_once(rows: str) -> None:
    inside: Counter[str] = Counter()
    worked: Counter[int] = Counter()

    def handler(node: int) -> Handler:
        async def work(key: str) -> None:
            inside[key] += 1
            assert inside[key] == 1
            worked[node] += 1
            await asyncio.sleep(0.05)
            inside[key] -= 1

        return work

    nodes = [ClusterRuntime(rows) for _ in range(2)]
    for runtime in nodes:
        runtime.every("poll", 1.0, [str(number) for number in range(16)])
    async with running(*((runtime, {"poll": handler(number)}) for number, runtime in enumerate(nodes))):
        await until(lambda: sum(worked.values()) >= 48)
        assert not any(runtime.troubles for runtime in nodes)
    assert min(worked.values()) >= 5, "each has a share"


async def test_a_node_without_jobs_rings_for_those_that_have_them(rows: str) -> None:
    rung = asyncio.Event()

    async def handler(key: str) -> None:
        rung.set()

    pages, worker = ClusterRuntime(rows), ClusterRuntime(rows)
    for runtime in (pages, worker):
        runtime.every("push", FAR, ["3"], list)
    async with running((pages, {}), (worker, {"push": handler})):
        while not rung.is_set():  # a bell that is rung before its node is there is lost
            pages.ring("push", "3")
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("harm", [EMPTY, CUT])
async def test_work_goes_on_when_the_tables_are_emptied_or_the_connections_cut(rows: str, harm: str) -> None:
    calls: Counter[str] = Counter()
    gate = asyncio.Event()

    async def handler(key: str) -> None:
        calls[key] += 1
        if key == "long":
            await gate.wait()

    runtime = ClusterRuntime(rows)
    runtime.every("poll", 1.0, ["short", "long"])
    async with running((runtime, {"poll": handler})):
        await until(lambda: calls["short"] >= 1 and calls["long"] >= 1)
        await engine(rows, harm)
        gate.set()  # a call that began before comes to its end after
        before = calls.copy()
        await until(lambda: all(calls[key] >= before[key] + 2 for key in ("short", "long")), 30)
        await until(lambda: not runtime.troubles)


async def test_a_node_that_lost_the_database_goes_on_at_once_with_what_it_was_at(
    rows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "DEAD_SECONDS", 3600.0)  # nobody takes it for dead
    monkeypatch.setattr(cluster, "GRACE_SECONDS", 0.1)
    calls = 0

    async def handler(key: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.Event().wait()

    runtime = ClusterRuntime(rows)
    runtime.every("poll", FAR, ["0"])
    async with running((runtime, {"poll": handler})):
        await until(lambda: calls == 1)
        while calls < 2:  # a connection that nobody waits at may be lost and made anew, and the engine goes on
            await engine(rows, CUT)
            await asyncio.sleep(2.0)


async def test_the_work_of_a_dead_node_goes_on_here(rows: str) -> None:
    calls: Counter[str] = Counter()

    async def handler(key: str) -> None:
        calls[key] += 1

    await lay_tables(connection_string(rows))
    await engine(
        rows,
        "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id)"
        " INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id)"
        """ SELECT 'poll', 'poll', 'poll:3', 'poll:3', '{"key": "3"}', 'doing', id FROM dead""",
    )
    runtime = ClusterRuntime(rows)
    runtime.every("poll", FAR, ["3"])
    began = time.monotonic()
    async with running((runtime, {"poll": handler})):
        await until(lambda: calls["3"] >= 1)
    assert time.monotonic() - began < 2 * cluster.RESCUE_SECONDS + 3


async def test_a_database_that_is_not_there_yet_is_waited_for_and_told_of(rows: str) -> None:
    calls: Counter[str] = Counter()

    async def handler(key: str) -> None:
        calls[key] += 1

    name = rows.rpartition("/")[2]
    execute(f"ALTER DATABASE {name} RENAME TO {name}_away")
    runtime = ClusterRuntime(rows)
    runtime.every("poll", 1.0, ["0"])
    try:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(running((runtime, {"poll": handler})))
            await until(lambda: "does not exist" in runtime.troubles.get(RUNTIME, ""))
            execute(f"ALTER DATABASE {name}_away RENAME TO {name}")
            await until(lambda: calls["0"])
            assert not runtime.troubles
    finally:
        with suppress(psycopg.Error):  # the test came so far as to give it its name back
            execute(f"ALTER DATABASE {name}_away RENAME TO {name}")


async def test_after_its_turn_others_may_have_the_key(rows: str) -> None:
    assert ClusterRuntime(rows).turn_seconds == cluster.TURN_SECONDS
