"""When the daemon cannot do its work, and what to do then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.vitals import Amount, Vitals, Waits, checks, warnings

DAY, MINUTE, MIB = timedelta(days=1), timedelta(minutes=1), 1024**2
WELL = Vitals(
    waits=Waits(9 * MINUTE, {"hit": MINUTE, "article": DAY}, {True: DAY, False: MINUTE}),
    disk=Amount(900 * MIB, 1000 * MIB),
    memory=Amount(100 * MIB, 1000 * MIB),
    files=Amount(50, None),
)


def wrong(vitals: Vitals, *, age: timedelta = timedelta(seconds=5), up: timedelta = DAY) -> dict[str, str]:
    """Return the checks that failed."""
    return {name: said for name, said in checks(vitals, age=age, up=up).items() if said}


def test_all_is_well_and_nothing_is_said() -> None:
    assert (wrong(WELL), list(warnings(WELL))) == ({}, [])
    assert wrong(Vitals()) == {}, "nothing is known yet"


@pytest.mark.parametrize(
    ("part", "changed", "said"),
    [
        ("polls", {"waits": Waits(polls=31 * MINUTE)}, "a feed is due and was not asked for 31m: "),
        ("hits", {"waits": Waits(queues={"hit": 11 * MINUTE})}, "a hit waits for its alert for 11m: "),
        ("deliveries", {"waits": Waits(unsent={False: 11 * MINUTE})}, "through a channel that works for 11m: "),
        ("disk", {"disk": Amount(63 * MIB, 1000 * MIB)}, "the disk of the database has 63 MiB left: free some space"),
        ("loop", {"stall": timedelta(seconds=6)}, "the event loop stood still for 6s: "),
        ("schema", {"schema": "the tables are those of a newer release"}, "the tables are those of a newer release"),
    ],
)
def test_each_part_that_fails_is_told_with_the_cure(part: str, changed: dict[str, object], said: str) -> None:
    [(name, words)] = wrong(replace(WELL, **changed)).items()  # type: ignore[arg-type]  # one field each
    assert name == part
    assert said in words


def test_a_look_that_does_not_come_back_is_told() -> None:
    assert set(wrong(WELL, age=2 * MINUTE)) == {"threads"}


def test_what_was_late_before_the_start_is_not_late_by_its_fault() -> None:
    late = replace(WELL, waits=Waits(DAY, {"hit": DAY}, {False: DAY}))
    assert wrong(late, up=5 * MINUTE) == {}
    assert set(wrong(late, up=15 * MINUTE)) == {"hits", "deliveries"}
    assert set(wrong(late, up=45 * MINUTE)) == {"polls", "hits", "deliveries"}


def test_a_channel_that_rests_is_no_fault_of_the_node() -> None:
    assert wrong(replace(WELL, waits=Waits(unsent={True: 3 * DAY}))) == {}


def test_what_comes_to_its_end_is_told_before() -> None:
    near = replace(WELL, disk=Amount(400 * MIB, 10_000 * MIB), memory=Amount(95, 100), files=Amount(1000, 1024))
    disk, memory, files = warnings(near)
    assert disk.startswith("the disk of the database has 400 MiB left")
    assert memory.startswith("95% of the memory allowed is in use")
    assert files.startswith("98% of the open files allowed are in use")
