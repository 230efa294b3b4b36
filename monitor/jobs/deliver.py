"""render -> send -> [sent | next attempt | dead letter].

Sent first, marked afterwards: a kill in between leads to a repeat under the same id, never to a loss. Each channel of
the lane has a queue of its own, in order; one that hangs or fails delays no other.
"""

import asyncio
import time

import structlog

from monitor.channels.base import Channel
from monitor.core import retry
from monitor.core.types import Delivery
from monitor.errors import DeliveryError
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import lane_of
from monitor.render.message import render
from monitor.store import deliveries

PER_CHANNEL = 50
"""Deliveries of one channel read at a time."""

REFILL_SECONDS = 1.0
"""How long a slow channel may keep the job from looking at the other channels of its lane."""

BEGINNINGS = frozenset({"alert.created", "digest.created", "test"})
"""Types of notices that begin a thread: nothing is looked up for them, which most deliveries are."""

log = structlog.get_logger()


class DeliverJob:
    """Sends what is due in one lane."""

    def __init__(self, current: Current) -> None:
        """Take the state of the house anew for each look at the rows."""
        self._current = current
        self._failing: set[str] = set()

    async def __call__(self, key: str) -> None:
        """Drain every channel of lane `key`, side by side, until none has anything due."""
        draining: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                context = self._current()
                due = await asyncio.to_thread(deliveries.due_channels, context.db, now=context.clock())
                for channel in due:
                    if lane_of(channel) == key and channel not in draining:
                        draining[channel] = asyncio.create_task(self._drain(context, channel))
                if not draining:
                    return
                done, _ = await asyncio.wait(
                    draining.values(), timeout=REFILL_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for channel in [name for name, task in draining.items() if task in done]:
                    draining.pop(channel).result()
        finally:
            for task in draining.values():
                task.cancel()
            await asyncio.gather(*draining.values(), return_exceptions=True)

    async def _drain(self, context: Context, key: str) -> None:
        """Send what is due for one channel, oldest first, until something is in the way."""
        channel = context.channels.get(key)
        while batch := await asyncio.to_thread(
            deliveries.due, context.db, channels=[key], now=context.clock(), limit_per_channel=PER_CHANNEL
        ):
            for delivery in batch:
                try:
                    receipt = await self._send(context, channel, delivery)
                except DeliveryError as error:
                    await self._failed(context, delivery, error)
                    if not error.permanent:
                        return
                else:
                    await self._sent(context, delivery, receipt)

    async def _send(self, context: Context, channel: Channel | None, delivery: Delivery) -> str | None:
        """Render and send once, into the thread the delivery belongs to; return what the service calls the message."""
        if channel is None:
            text = f"channel {delivery.channel} is no longer configured; restore it, then: monitor alerts retry"
            raise DeliveryError(text, permanent=True)
        began = time.perf_counter()
        try:
            begins = delivery.type in BEGINNINGS
            parent = None if begins else await asyncio.to_thread(deliveries.parent_of, context.db, delivery)
            return await channel.send(render(delivery, kind=channel.kind, parent=parent))
        except DeliveryError:
            raise
        except Exception as error:  # a notice that trips our own code must not hold up those behind it
            log.exception("delivery crashed", id=delivery.id, channel=delivery.channel)
            text = f"internal error: {type(error).__name__}; please report it, then: monitor alerts retry"
            raise DeliveryError(text, permanent=True) from error
        finally:
            metrics.DELIVERY_SECONDS.labels(delivery.channel).observe(time.perf_counter() - began)

    async def _sent(self, context: Context, delivery: Delivery, receipt: str | None) -> None:
        """Mark a delivery sent; when its channel had been failing, what waits for a later attempt is due at once."""
        await asyncio.to_thread(deliveries.mark_sent, context.db, delivery.id, now=context.clock(), receipt=receipt)
        if delivery.attempts or delivery.channel in self._failing:
            self._failing.discard(delivery.channel)
            await asyncio.to_thread(deliveries.hasten, context.db, delivery.channel, now=context.clock())
        metrics.DELIVERIES.labels(delivery.channel, "sent").inc()
        log.info(
            "delivery", id=delivery.id, channel=delivery.channel, type=delivery.type, attempt=delivery.attempts + 1
        )

    async def _failed(self, context: Context, delivery: Delivery, error: DeliveryError) -> None:
        """Give the delivery its next attempt, or give it up where everybody can see it."""
        again_at = retry.next_attempt_at(
            error, attempts=delivery.attempts + 1, now=context.clock(), jitter=context.jitter()
        )
        self._failing.add(delivery.channel)
        await asyncio.to_thread(
            deliveries.mark_failed, context.db, delivery.id, error=str(error), next_attempt_at=again_at
        )
        metrics.DELIVERIES.labels(delivery.channel, "retried" if again_at else "dead").inc()
        log.warning(
            "delivery failed",
            id=delivery.id,
            channel=delivery.channel,
            attempt=delivery.attempts + 1,
            error=str(error),
            next_attempt_at=again_at.isoformat() if again_at else "never: dead letter",
        )
