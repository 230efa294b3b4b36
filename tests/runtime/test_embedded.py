"""What only the runtime of one process does; tests/runtime/test_runtimes.py has what all do."""

from datetime import UTC, datetime

from monitor.runtime.embedded import EmbeddedRuntime


def test_keys_take_turns_within_the_time_of_a_tick() -> None:
    runtime = EmbeddedRuntime()
    runtime.every("poll", 1.0, ["0", "1", "2", "3"])
    now = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    turns = [trigger.get_next_fire_time(None, now) for trigger in runtime._triggers.values()]
    assert [(turn - now).total_seconds() for turn in turns] == [0.0, 0.25, 0.5, 0.75]
