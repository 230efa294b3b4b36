"""A counter of seconds that nobody can set."""

import time

_COUNTER = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady() -> float:
    """Return seconds since whenever: with those that the machine slept, where the system counts them.

    Source: clock_gettime(2), CLOCK_BOOTTIME. By CLOCK_MONOTONIC a machine that wakes would seem to have its
    clock put forward.
    """
    return time.clock_gettime(_COUNTER)
