"""Processes that share a database go by the clock of its server."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.store.database import Database
from monitor.store.server_clock import TOLERANCE, SharedClock


def own() -> datetime:
    """Return the instant by the clock of this machine, which is the server's, too."""
    return datetime.now(UTC)


@pytest.mark.parametrize("wrong", [timedelta(seconds=-60), timedelta(seconds=60)])
def test_a_machine_whose_clock_is_wrong_goes_by_the_server(db: Database, wrong: timedelta) -> None:
    clock = SharedClock(lambda: own() + wrong)
    before = clock()
    behind = clock.compare(db)
    if db.dialect == "sqlite":
        assert behind == timedelta(0), "who has a file has it alone"
        assert abs(before - own() - wrong) < TOLERANCE
    else:
        assert abs(behind + wrong) < TOLERANCE
        assert abs(clock() - own()) < TOLERANCE


def test_a_clock_that_is_about_right_is_left_alone(db: Database) -> None:
    clock = SharedClock(lambda: own() + TOLERANCE / 10)
    assert clock.compare(db) == timedelta(0)


def test_a_clock_that_was_put_right_goes_by_itself_again(db: Database) -> None:
    wrong = timedelta(hours=1)
    clock = SharedClock(lambda: own() + wrong)
    clock.compare(db)
    wrong = timedelta(0)
    assert clock.compare(db) == timedelta(0)
    assert abs(clock() - own()) < TOLERANCE
