"""How often the daemon looks at itself: seldom where that takes long, and often enough for whoever watches over it."""

from datetime import timedelta

from monitor.lookout import LONGEST_PAUSE, LOOK_OUT_SECONDS, pause_after
from monitor.runtime import watchdog
from monitor.store.database import PATIENCE


def test_a_look_that_takes_long_is_taken_less_often() -> None:
    assert pause_after(0.01) == LOOK_OUT_SECONDS
    assert pause_after(2.0) == 40.0
    assert pause_after(60.0) == LONGEST_PAUSE, "one that waited for a database that was away"


def test_no_pause_and_no_statement_is_taken_for_threads_that_hang() -> None:
    assert PATIENCE["statement_timeout"] == "5min"
    longest = timedelta(seconds=LONGEST_PAUSE) + timedelta(minutes=5)
    assert longest < timedelta(seconds=watchdog.WORK_LOOKS * watchdog.LOOK_SECONDS)
