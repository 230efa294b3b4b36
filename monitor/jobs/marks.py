"""What channels took, written down: while one transaction runs, what is taken meanwhile gathers for the next.

A disk takes some milliseconds for a transaction, whatever is in it; one for each delivery would be most of the work.
"""

import asyncio
from dataclasses import dataclass, field

from monitor.core.types import Delivery
from monitor.errors import StoreError
from monitor.jobs.context import Context
from monitor.store import deliveries
from monitor.store.deliveries import Sent


@dataclass
class Marks:
    """Deliveries that were sent and are not marked yet; shared by all lanes.

    A kill before they are marked sends them again under the same id, so they are few: those of one transaction's time.
    """

    _waiting: dict[str, Sent] = field(default_factory=dict)
    _threads: dict[str, tuple[str, str]] = field(default_factory=dict)
    _writing: asyncio.Task[StoreError | None] | None = None

    def add(self, context: Context, delivery: Delivery, receipt: str | None) -> None:
        """Write down soon that a delivery was sent just now."""
        self._waiting[delivery.id] = Sent(delivery.id, context.clock(), receipt)
        self._threads[delivery.id] = (delivery.channel, delivery.thread)
        self._write_on(context)

    def is_open(self, delivery: Delivery) -> bool:
        """Return whether something of the delivery's thread was sent and is not written down."""
        return (delivery.channel, delivery.thread) in self._threads.values()

    async def settle(self, context: Context) -> None:
        """Return when all that was sent is written down. Raises StoreError; what is not then, still waits."""
        while self._waiting:
            error = await asyncio.shield(self._write_on(context))
            if error is not None:
                raise error

    def _write_on(self, context: Context) -> asyncio.Task[StoreError | None]:
        """Return the task that writes, begun unless it runs."""
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(context))
        return self._writing

    async def _write(self, context: Context) -> StoreError | None:
        """Write until nothing waits; return what went wrong, which whoever settles tells."""
        while batch := list(self._waiting.values()):
            try:
                await asyncio.to_thread(deliveries.mark_all_sent, context.db, batch)
            except StoreError as error:
                return error
            for one in batch:
                del self._waiting[one.id], self._threads[one.id]
        return None
