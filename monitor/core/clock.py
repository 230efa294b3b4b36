"""Whether a clock was set: what it says, against a counter of seconds that nobody can set."""

from datetime import datetime, timedelta

LEAST_STEP = timedelta(minutes=1)
"""Smallest step that is told: what is planned waits for minutes, and a clock that is disciplined moves by less."""


class ClockWatch:
    """Compares two clocks from one look to the next."""

    def __init__(self) -> None:
        """Know nothing yet; the first look finds no step."""
        self._before: tuple[datetime, float] | None = None

    def step(self, now: datetime, steady: float) -> timedelta:
        """Return by how much the clock was set since the last look, less than zero when it was put back.

        now      what the clock says
        steady   seconds since whenever, which only grow, also while the machine sleeps
        """
        before, self._before = self._before, (now, steady)
        if before is None:
            return timedelta(0)
        step = (now - before[0]) - timedelta(seconds=steady - before[1])
        return step if abs(step) >= LEAST_STEP else timedelta(0)
