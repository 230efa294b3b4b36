"""Places at hosts: never more at once than allowed, no one forgotten, nobody waits for ever."""

import asyncio
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.models import HttpModel
from monitor.config.settings import RuntimeSettings
from monitor.core.types import HostRest
from monitor.errors import FetchError
from monitor.jobs.context import Context
from monitor.jobs.hosts import Hosts
from monitor.store.database import Database
from monitor.store.hosts import keep_rests
from tests.store.rows import NOW

MINUTE = timedelta(minutes=1)


BUSY = FetchError("http 429", status=429, retry_after=60)


def made(concurrency: int = 64, per_host: int = 1, exempt_hosts: tuple[str, ...] = ()) -> Hosts:
    """Return places under these limits."""
    settings = SimpleNamespace(http=HttpModel(concurrency=concurrency, per_host=per_host, exempt_hosts=exempt_hosts))
    context: Any = SimpleNamespace(settings=settings, clock=lambda: NOW)
    return Hosts(lambda: cast("Context", context))


async def settle() -> None:
    """Let every task come to where it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_host_is_entered_by_as_many_as_allowed_in_the_order_of_arrival() -> None:
    hosts, inside = made(per_host=2), []

    async def visit(number: int) -> None:
        async with hosts.place("a.example", since_at=NOW):
            inside.append(number)
            await settle()
            await gates[number].wait()

    gates = [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(visit(number)) for number in range(4)]
    await settle()
    assert inside == [0, 1]
    assert not hosts.has_room("a.example")
    assert hosts.has_room("b.example")
    gates[1].set()
    await settle()
    assert inside == [0, 1, 2]
    for gate in gates:
        gate.set()
    await asyncio.gather(*tasks)
    assert inside == [0, 1, 2, 3]
    assert (hosts.in_flight, hosts.has_room("a.example")) == (0, True)


async def test_of_all_that_wait_for_a_turn_the_one_due_longest_goes_first() -> None:
    hosts, went = made(concurrency=1), []

    async def visit(name: str, late: int) -> None:
        async with hosts.place(name, since_at=NOW - late * MINUTE):
            went.append(name)
            await settle()

    tasks = [asyncio.create_task(visit(name, late)) for name, late in (("a", 1), ("b", 2), ("c", 9), ("d", 5))]
    await asyncio.gather(*tasks)
    assert went == ["a", "c", "d", "b"]  # the first was there before the others


async def test_who_is_led_to_another_host_holds_nothing_while_waiting_for_it() -> None:
    hosts = made(concurrency=1)
    async with hosts.place("busy.example", since_at=NOW) as busy:

        async def led() -> None:
            await hosts.arrive("busy.example")
            hosts.depart("busy.example")

        waiting = asyncio.create_task(led())
        await settle()
        await busy.move("other.example")  # the turn goes along, the host is free
        await settle()
        assert waiting.done()
        assert hosts.has_room("busy.example")
        assert not hosts.has_room("other.example")


async def test_two_that_are_led_to_each_others_host_do_not_wait_for_ever() -> None:
    hosts = made(concurrency=2)

    async def visit(one: str, other: str) -> None:
        async with hosts.place(one, since_at=NOW) as place:
            await settle()
            await place.move(other)

    await asyncio.wait_for(asyncio.gather(visit("a", "b"), visit("b", "a")), 5)
    assert hosts.in_flight == 0


async def test_who_gives_up_waiting_takes_no_place() -> None:
    hosts = made(concurrency=1)
    async with hosts.place("a", since_at=NOW):
        for host in ("a", "b"):  # one waits for the host, one for its turn
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(hosts.place(host, since_at=NOW).__aenter__(), 0.01)
    assert (hosts.in_flight, hosts.has_room("a"), hosts.has_room("b")) == (0, True, True)


async def test_nobody_enters_a_host_that_rests_and_who_waits_for_it_is_told() -> None:
    hosts = made()
    async with hosts.place("a", since_at=NOW):
        waiting = asyncio.create_task(hosts.place("a", since_at=NOW).__aenter__())
        await settle()
        [rest] = hosts.judge("a", feed_id=1, error=BUSY).values()
        assert rest == HostRest(NOW + MINUTE, "the publisher asks for patience (429)", 1)
        with pytest.raises(FetchError, match="host rests: a is left alone for a while") as told:
            await waiting
        assert told.value.retry_after == 60
    assert not hosts.has_room("a")
    with pytest.raises(FetchError, match="host rests"):
        await hosts.place("a", since_at=NOW).__aenter__()
    assert hosts.in_flight == 0


async def test_a_host_is_entered_by_one_at_a_time_after_its_rest_until_it_has_answered() -> None:
    hosts = made(per_host=3)
    hosts.recall({"a": HostRest(NOW, "why", 1)})
    place = hosts.enter("a", since_at=NOW)
    assert not hosts.has_room("a")
    waiting = asyncio.create_task(hosts.arrive("a"))
    await settle()
    assert not waiting.done()
    assert hosts.judge("a", feed_id=1, error=None) == {"a": None}
    await waiting
    assert hosts.has_room("a")
    place.leave()
    hosts.depart("a")


async def test_a_host_that_is_exempt_never_rests_and_neither_does_a_file() -> None:
    hosts = made(exempt_hosts=("A.example",))
    assert hosts.judge("a.example", feed_id=1, error=BUSY) == {}
    hosts.recall({"a.example": HostRest(NOW + MINUTE, "before it was exempt", 1)})
    assert hosts.has_room("a.example")
    assert hosts.judge("", feed_id=1, error=BUSY) == hosts.judge(None, feed_id=1, error=BUSY) == {}


async def test_nobody_waits_for_ever_where_a_redirect_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.jobs.hosts.LED_SECONDS", 0.01)
    hosts = made()
    async with hosts.place("slow", since_at=NOW), hosts.place("a", since_at=NOW) as led:
        with pytest.raises(FetchError, match="host busy"):
            await led.move("slow")
        assert (led.host, hosts.in_flight) == (None, 1)
    assert (hosts.in_flight, hosts.has_room("slow"), hosts.has_room("a")) == (0, True, True)


async def test_who_waits_for_any_host_is_told_when_one_is_left() -> None:
    hosts = made()
    place = hosts.enter("a", since_at=NOW)
    waiting = asyncio.create_task(hosts.vacancy(60))
    await settle()
    assert not waiting.done()
    place.leave()
    await asyncio.wait_for(waiting, 5)
    await hosts.vacancy(0.01)  # or after a while


ROUTES = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), max_size=12)


@given(routes=ROUTES, concurrency=st.integers(1, 4), per_host=st.integers(1, 3), dropped=st.sets(st.integers(0, 11)))
def test_whatever_the_redirects_no_limit_is_passed_and_all_arrive(
    routes: list[list[str]], concurrency: int, per_host: int, dropped: set[int]
) -> None:
    async def everybody() -> None:
        hosts, inside, arrived = made(concurrency, per_host), Counter[str](), 0

        async def at(host: str) -> None:
            inside[host] += 1
            assert inside[host] <= per_host
            assert inside.total() <= concurrency
            try:
                await asyncio.sleep(0)
            finally:
                inside[host] -= 1

        async def visit(route: list[str]) -> None:
            nonlocal arrived
            async with hosts.place(route[0], since_at=NOW) as place:
                for host in route:
                    await place.move(host)
                    await at(host)
            arrived += 1

        tasks = [asyncio.create_task(visit(route)) for route in routes]
        await asyncio.sleep(0)
        cancelled = sum(tasks[number].cancel() for number in dropped if number < len(tasks))
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        assert arrived == len(routes) - cancelled
        assert hosts.in_flight == 0
        assert all(hosts.has_room(host) for host in "abc")

    asyncio.run(everybody())


async def test_what_another_process_learnt_of_a_host_holds_here_until_it_heard_an_answer() -> None:
    hosts = made()
    hosts.judge("mine", feed_id=1, error=BUSY)
    hosts.recall({"theirs": HostRest(NOW + MINUTE, "why", 3)})
    assert (hosts.has_room("mine"), hosts.has_room("theirs")) == (False, False), "mine is not stored yet, and rests"
    hosts.recall({"theirs": HostRest(NOW, "why", 3)})
    assert not hosts.has_room("theirs"), "the longer rest counts"
    later = made()
    later.recall({"theirs": HostRest(NOW, "why", 3)})
    later.recall({})
    assert later.judge("theirs", feed_id=1, error=None) == {}, "it answered somebody: nothing is left to be forgotten"


@pytest.mark.parametrize("engine", ["embedded", "cluster"])
async def test_the_rows_are_read_again_where_others_write_them(
    db: Database, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.jobs.hosts.RECALL_SECONDS", 0.0)
    settings = SimpleNamespace(http=HttpModel(), runtime=RuntimeSettings(engine, 8, 4))
    context: Any = SimpleNamespace(settings=settings, clock=lambda: NOW, db=db)
    hosts = Hosts(lambda: cast("Context", context))
    known = []
    for host in ("before", "later"):
        with db.write() as connection:
            keep_rests(connection, {host: HostRest(NOW + MINUTE, "why", 3)})
        await hosts.remember()
        known.append(hosts.rests(host))
    assert known == [True, engine == "cluster"]
