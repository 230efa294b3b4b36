"""One clock for all processes that share a database: that of its server.

What is due stands in rows as an instant. A machine whose clock is two minutes late would leave alone what another one
wrote for now, and one that is early would end the period of a digest while others still find what belongs to it.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from monitor.store.database import Database

TOLERANCE = timedelta(seconds=0.5)
"""A difference of less is left alone: machines whose clocks are kept right differ by milliseconds, and no wait of ours
is so short."""

LOOKS = 3
"""How often the server is asked; the quickest answer is the most exact one."""


class SharedClock:
    """The instant it is by the server's clock; by the machine's own where a file is the database, or they agree.

    clock = SharedClock(utcnow)
    clock.compare(db)
    clock()
    """

    def __init__(self, own: Callable[[], datetime]) -> None:
        """Go by the clock of this machine until it was compared."""
        self._own = own
        self.behind = timedelta(0)
        """How much later it is than the clock of this machine says."""

    def __call__(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        return self._own() + self.behind

    def compare(self, db: Database) -> timedelta:
        """Go by the clock of the database's server from now on; return how much this machine's is behind it.

        Raises StoreError.
        """
        if db.dialect == "postgresql":
            with db.read() as connection:
                found = []
                for _ in range(LOOKS):
                    asked_at, began = self._own(), time.perf_counter()
                    told_at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
                    took = time.perf_counter() - began
                    found.append((took, told_at - asked_at - timedelta(seconds=took / 2)))
            behind = min(found)[1]
            self.behind = behind if abs(behind) >= TOLERANCE else timedelta(0)
        return self.behind
