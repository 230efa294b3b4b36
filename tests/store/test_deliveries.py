"""In which order the outbox gives out what waits, and what becomes of it when a channel fails."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.channel_rest import ENOUGH, ChannelRest
from monitor.core.types import Delivery, DeliveryState, Severity
from monitor.store import channels, deliveries, queue
from monitor.store.database import Database
from tests.store.rows import NOW, make_delivery

MINUTE = timedelta(minutes=1)
HOOK = "desk/webhook"


def make(
    id_: str,
    severity: str = "low",
    *,
    age: int = 0,
    thread: str = "",
    next_at: datetime | None = None,
    type_: str = "alert.created",
    channel: str = HOOK,
) -> Delivery:
    """Return a delivery of an alert, so many minutes old."""
    at = NOW - age * MINUTE
    notice: Any = {"type": type_, "timestamp": "", "data": {"alert": {"severity": severity}}}
    return replace(
        make_delivery(id_, channel=channel, at=at),
        type=type_,
        notice=notice,
        thread=thread or f"alr_{id_}",
        next_attempt_at=next_at or at,
    )


def rest(failures: int = ENOUGH, *, until_at: datetime = NOW) -> ChannelRest:
    return ChannelRest(failures, NOW - MINUTE, until_at, "it answered 503")


def set_rest(db: Database, one: ChannelRest, channel: str = HOOK) -> None:
    with db.write() as connection:
        channels.keep_rest(connection, channel, one)


def given_out(db: Database, *, limit: int = 99, now: datetime = NOW) -> list[str]:
    return [one.id for one in queue.next_due(db, HOOK, now=now, limit=limit)[0]]


@pytest.fixture
def small(tmp_path: Path, migrated_file: Path) -> Iterator[Database]:
    """Return a SQLite database with all tables and no rows."""
    (tmp_path / "monitor.db").write_bytes(migrated_file.read_bytes())
    one = Database.open(f"sqlite:///{tmp_path}/monitor.db")
    yield one
    one.close()


def test_the_gravest_goes_first_then_the_oldest(db: Database) -> None:
    flood = [make(f"low{n}", age=30 - n) for n in range(3)]
    deliveries.add(
        db, [*flood, make("critical", "critical"), make("high2", "high", age=1), make("high1", "high", age=2)]
    )
    assert given_out(db) == ["critical", "high1", "high2", "low0", "low1", "low2"]
    assert given_out(db, limit=1) == ["critical"]


def test_what_has_no_severity_waits_for_what_is_graver(db: Database) -> None:
    digest = replace(make_delivery("digest", at=NOW - MINUTE), type="digest.created", thread="dig_1")
    deliveries.add(db, [digest, make("medium", "medium")])
    assert given_out(db) == ["medium", "digest"]


def test_an_update_never_overtakes_what_it_updates_and_a_grave_one_makes_haste_for_both(db: Database) -> None:
    deliveries.add(
        db,
        [
            make("other", "high", age=9),
            make("update", "critical", age=1, thread="alr_1", type_="alert.updated"),
            make("created", "low", age=5, thread="alr_1"),
        ],
    )
    assert given_out(db) == ["created", "update", "other"]


def test_of_one_instant_what_is_created_comes_before_what_is_updated(db: Database) -> None:
    deliveries.add(db, [make("a", thread="alr_1", type_="alert.updated"), make("b", thread="alr_1")])
    assert given_out(db) == ["b", "a"]


def test_what_waits_for_its_next_attempt_holds_up_its_thread_for_ten_minutes_and_no_other(db: Database) -> None:
    deliveries.add(
        db,
        [
            make("created", age=1, thread="alr_1", next_at=NOW + 60 * MINUTE),
            make("update", thread="alr_1", type_="alert.updated"),
            make("other"),
        ],
    )
    assert given_out(db) == ["other"]
    assert given_out(db, now=NOW + 8 * MINUTE) == ["other"]
    assert given_out(db, now=NOW + 9 * MINUTE) == ["other", "update"]
    assert given_out(db, now=NOW + 60 * MINUTE) == ["created", "other", "update"]


def test_a_channel_that_rests_gets_nothing_and_no_attempt_is_lost(db: Database) -> None:
    deliveries.add(db, [make("a"), make("b", channel="desk/slack")])
    set_rest(db, rest(until_at=NOW + MINUTE))
    assert queue.due_channels(db, now=NOW) == ["desk/slack"]
    assert queue.next_due(db, HOOK, now=NOW, limit=9) == ([], rest(until_at=NOW + MINUTE))


def test_after_a_rest_one_delivery_is_tried_each_time_another(db: Database) -> None:
    deliveries.add(db, [make(one, "critical" if one == "a" else "low", age=3) for one in "abc"])
    tried, now = [], NOW
    for _ in range(4):
        set_rest(db, rest(until_at=now))
        assert queue.due_channels(db, now=now) == [HOOK]
        [one] = given_out(db, now=now)
        tried.append(one)
        now += MINUTE
        deliveries.mark_failed(db, one, error="503", next_attempt_at=now, counts=False, rest=(HOOK, rest(until_at=now)))
    assert tried == ["a", "b", "c", "a"], "one that fails by itself keeps no other waiting"
    assert {one.attempts for one in deliveries.list_deliveries(db, limit=9)} == {0}


def test_the_first_of_a_thread_is_tried_before_its_updates_also_after_a_rest(db: Database) -> None:
    update = make("update", "critical", thread="alr_1", type_="alert.updated")
    deliveries.add(db, [make("created", age=5, thread="alr_1", next_at=NOW + 9 * MINUTE), update])
    set_rest(db, rest())
    assert given_out(db) == ["created"]


def test_a_few_failures_change_no_order(db: Database) -> None:
    deliveries.add(db, [make("a"), make("b", "high")])
    set_rest(db, rest(ENOUGH - 1))
    assert given_out(db) == ["b", "a"]


def test_a_channel_that_works_again_has_everything_due_at_once(db: Database) -> None:
    later = [make(one, next_at=NOW + 60 * MINUTE) for one in "ab"]
    deliveries.add(db, [*later, make("c", channel="desk/slack", next_at=NOW + 60 * MINUTE)])
    set_rest(db, rest())
    deliveries.recover(db, HOOK, now=NOW)
    assert given_out(db) == ["a", "b"]
    assert channels.list_rests(db) == {}
    assert queue.due_channels(db, now=NOW) == [HOOK]


def test_what_has_waited_too_long_for_a_channel_is_a_dead_letter_and_can_be_retried(db: Database) -> None:
    deliveries.add(db, [make("old", age=10), make("new", age=1), make("other", age=10, channel="desk/slack")])
    assert deliveries.give_up(db, HOOK, created_before=NOW - 5 * MINUTE, error="three days") == 1
    [dead] = deliveries.list_deliveries(db, state=DeliveryState.DEAD, limit=9)
    assert (dead.id, dead.error) == ("old", "three days")
    set_rest(db, rest(until_at=NOW + 5 * MINUTE))
    set_rest(db, rest(until_at=NOW + 5 * MINUTE), "desk/slack")
    assert deliveries.retry(db, None, now=NOW) == 1
    assert list(channels.list_rests(db)) == ["desk/slack"], "the channel of what is retried is tried at once"
    assert given_out(db) == ["old", "new"]


def test_the_oldest_of_each_state_is_told_by_channel(db: Database) -> None:
    deliveries.add(db, [make("a", age=3), make("b", age=2), make("c", age=1, channel="desk/slack")])
    deliveries.mark_failed(db, "c", error="gone", next_attempt_at=None)
    assert deliveries.oldest(db, DeliveryState.PENDING) == {HOOK: NOW - 3 * MINUTE}
    assert deliveries.oldest(db, DeliveryState.DEAD) == {"desk/slack": NOW - MINUTE}


def test_many_are_marked_sent_in_one_transaction(db: Database) -> None:
    deliveries.add(db, [make("a"), make("b"), make("c")])
    deliveries.mark_all_sent(db, [deliveries.Sent("a", NOW, "m1"), deliveries.Sent("b", NOW + MINUTE)])
    found = {
        one.id: (one.state, one.attempts, one.sent_at, one.receipt) for one in deliveries.list_deliveries(db, limit=9)
    }
    assert found == {
        "a": (DeliveryState.SENT, 1, NOW, "m1"),
        "b": (DeliveryState.SENT, 1, NOW + MINUTE, None),
        "c": (DeliveryState.PENDING, 0, None, None),
    }


def test_a_look_at_what_waits_reads_the_index_and_no_notice_but_those_it_gives_out(small: Database) -> None:
    plans = []
    with small.read() as connection:
        for query in (queue._DUE_CHANNELS, queue._NEXT, queue._PROBE):
            words = str(query.compile(small.engine))
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", (1,) * words.count("?"))
            plans += [row[3] for row in plan if "delivery" in row[3]]
    assert [one for one in plans if "COVERING INDEX ix_delivery_due" not in one] == [
        "SEARCH delivery USING INDEX sqlite_autoindex_delivery_1 (id=?)"
    ] * 2


waiting = st.lists(
    st.tuples(st.sampled_from(list(Severity)), st.integers(0, 5), st.integers(0, 20), st.integers(-5, 5)), max_size=12
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(waiting)
def test_whatever_waits_nothing_grave_is_behind_what_is_not_and_no_thread_is_out_of_order(
    small: Database, made: Sequence[tuple[Severity, int, int, int]]
) -> None:
    with small.write() as connection:
        connection.execute(deliveries.DELIVERY.delete())
    rows = [
        make(f"{number:02}", severity, age=age, thread=f"alr_{thread}", next_at=NOW + next_ * MINUTE)
        for number, (severity, thread, age, next_) in enumerate(made)
    ]
    deliveries.add(small, rows)
    by_id = {one.id: one for one in rows}
    out = [by_id[one] for one in given_out(small)]
    assert all(one.next_attempt_at <= NOW for one in out)
    urgency = {
        one.thread: max(
            Severity(other.notice["data"]["alert"]["severity"]).rank for other in rows if other.thread == one.thread
        )
        for one in rows
    }
    order = [(-urgency[one.thread], one.created_at, one.id) for one in out]
    assert order == sorted(order)
    for one in out:
        held = [other for other in rows if other.thread == one.thread and other.created_at < one.created_at]
        young = [other for other in held if other.created_at > NOW - queue.THREAD_PATIENCE]
        assert all(other in out for other in young)
