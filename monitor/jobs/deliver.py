"""render -> send -> [sent | next attempt | dead letter].

Sent first, marked afterwards: a kill in between leads to a repeat under the same id, never to a loss. Each channel of
the lane has a queue of its own, the gravest first; one that hangs, fails or takes few messages delays no other, and
what waits for it keeps its place and its attempts.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

import structlog

from monitor.channels.base import Paced
from monitor.core import channel_rest, rates, retry
from monitor.core.channel_rest import ChannelRest
from monitor.core.own_limits import own_limit
from monitor.core.types import Delivery
from monitor.errors import DeliveryError, StoreError
from monitor.guard import causes
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import lane_of
from monitor.jobs.marks import Marks
from monitor.render.message import render
from monitor.store import channels, deliveries, queue

PER_LOOK = 50
"""Deliveries of one channel read at a time."""

REFILL_SECONDS = 1.0
"""How long a slow channel may keep the job from looking at the other channels of its lane."""

FRESH_SECONDS = 0.25
"""How old what was read may be: what is graver and came meanwhile goes first."""

LONGEST_SLEEP = 5.0
"""Longest wait, in seconds, for a channel to take the next message; for more the next tick looks again."""

LONGEST_PAUSE = 600.0
"""Longest wait between two messages that a service asks for, in seconds; for more the clock was put back."""

BEGINNINGS = frozenset({"alert.created", "digest.created", "test"})
"""Types of notices that begin a thread: nothing is looked up for them, which most deliveries are."""

GIVEN_UP = "not sent in {days} days, as the channel did not work; the last time: {error}"

log = structlog.get_logger()


class DeliverJob:
    """Sends what is due in one lane; shared by all lanes."""

    def __init__(self, current: Current, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Take the state of the house anew for each look at the rows. `sleep` waits by the clock of the house."""
        self._current = current
        self._sleep = sleep
        self._marks = Marks()
        self._sent: dict[str, deque[datetime]] = {}

    async def __call__(self, key: str) -> None:
        """Drain every channel of lane `key`, side by side, until none has anything due."""
        draining: dict[str, asyncio.Task[bool]] = {}
        idle: dict[str, float] = {}
        await self._marks.settle(self._current())  # what an error of the database left
        try:
            while True:
                context = self._current()
                context.pulse(f"deliver {key}")
                due = await asyncio.to_thread(queue.due_channels, context.db, now=context.clock())
                for channel in due:
                    if (
                        lane_of(channel) == key
                        and channel not in draining
                        and idle.get(channel, 0.0) <= time.monotonic()
                    ):
                        draining[channel] = asyncio.create_task(self._drain(channel))
                if not draining:
                    return
                done, _ = await asyncio.wait(
                    draining.values(), timeout=REFILL_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for channel in [name for name, task in draining.items() if task in done]:
                    if not draining.pop(channel).result():
                        idle[channel] = time.monotonic() + REFILL_SECONDS
        finally:
            for task in draining.values():
                task.cancel()
            await asyncio.gather(*draining.values(), return_exceptions=True)
            with suppress(StoreError):  # the next call settles before it sends, and tells of it
                await self._marks.settle(self._current())

    async def _drain(self, key: str) -> bool:
        """Send what is due for one channel, gravest first, until something is in the way; return whether it was tried.

        What the house is like is asked anew for each look: a slow channel may be drained for hours.
        """
        tried = False
        while True:
            context = self._current()
            read_at = time.monotonic()
            batch, rest = await asyncio.to_thread(queue.next_due, context.db, key, now=context.clock(), limit=PER_LOOK)
            wait = self._wait(context, key)
            if not batch or wait > LONGEST_SLEEP:
                return tried
            if wait > 0:
                await self._sleep(wait)
                continue  # what is graver may have come meanwhile
            tried = True
            for delivery in batch:
                if not await self._try(context, delivery, rest):
                    await self._marks.settle(context)
                    return tried
                if rest or self._wait(context, key) > 0 or time.monotonic() - read_at > FRESH_SECONDS:
                    break
            await self._marks.settle(context)

    def _wait(self, context: Context, key: str) -> float:
        """Return for how many seconds a channel takes no further message, by its rates or by what its service said."""
        now, channel = context.clock(), context.channels.get(key)
        wait = rates.wait(self._sent.get(key, ()), context.rates.get(key, ()), now=now).total_seconds()
        free_at = channel.free_at if isinstance(channel, Paced) else None
        asked = (free_at - now).total_seconds() if free_at is not None else 0.0
        return max(wait, asked if asked <= LONGEST_PAUSE else 0.0)

    async def _try(self, context: Context, delivery: Delivery, rest: ChannelRest | None) -> bool:
        """Send one delivery and write down what came of it; return whether its channel may be asked for more."""
        parent = await self._parent(context, delivery)
        try:
            receipt = await self._send(context, delivery, parent)
        except DeliveryError as error:
            if rest is not None and not error.whole and not error.permanent:  # the service works: it took a part
                await self._recovered(context, delivery.channel, rest)
                rest = None
            await self._failed(context, delivery, error, rest)
            return error.permanent and not error.whole
        self._marks.add(context, delivery, receipt)
        metrics.DELIVERIES.labels(delivery.channel, "sent").inc()
        log.info(
            "delivery", id=delivery.id, channel=delivery.channel, type=delivery.type, attempt=delivery.attempts + 1
        )
        if rest is not None:
            await self._recovered(context, delivery.channel, rest)
        return True

    async def _parent(self, context: Context, delivery: Delivery) -> str | None:
        """Return what the service calls the first message of the delivery's thread, or None."""
        if delivery.type in BEGINNINGS:
            return None
        if self._marks.is_open(delivery):
            await self._marks.settle(context)
        return await asyncio.to_thread(deliveries.parent_of, context.db, delivery)

    async def _send(self, context: Context, delivery: Delivery, parent: str | None) -> str | None:
        """Render and send once, into the thread the delivery belongs to; return what the service calls the message."""
        channel = context.channels.get(delivery.channel)
        if channel is None:
            text = f"channel {delivery.channel} is no longer configured; restore it, then: monitor alerts retry"
            raise DeliveryError(text, permanent=True)
        began = time.perf_counter()
        try:
            message = render(delivery, kind=channel.kind, parent=parent)
            self._count(context, delivery.channel)
            return await channel.send(message)
        except DeliveryError:
            raise
        except Exception as error:  # a notice that trips our own code must not hold up those behind it
            if ours := own_limit(causes(error)):
                raise DeliveryError(str(ours), whole=True) from error
            log.exception("delivery crashed", id=delivery.id, channel=delivery.channel)
            text = f"internal error: {type(error).__name__}; please report it, then: monitor alerts retry"
            raise DeliveryError(text, permanent=True) from error
        finally:
            metrics.DELIVERY_SECONDS.labels(delivery.channel).observe(time.perf_counter() - began)

    def _count(self, context: Context, key: str) -> None:
        """Keep when a message is sent, as far back as the channel's rates count."""
        most = max((rate.count for rate in context.rates.get(key, ())), default=0)
        sent = self._sent.setdefault(key, deque())
        sent.append(context.clock())
        while len(sent) > most:
            sent.popleft()

    async def _recovered(self, context: Context, channel: str, rest: ChannelRest) -> None:
        """Forget that a channel failed; where others waited for it, they are due at once."""
        if not rest.shut:
            await asyncio.to_thread(channels.forget_rests, context.db, [channel])
            return
        await asyncio.to_thread(deliveries.recover, context.db, channel, now=context.clock())
        log.info("channel works again", channel=channel, since=rest.since_at.isoformat(), failures=rest.failures)

    async def _failed(
        self, context: Context, delivery: Delivery, error: DeliveryError, rest: ChannelRest | None
    ) -> None:
        """Give the delivery its next attempt, or give it up where everybody can see it, and let its channel rest.

        One that found its channel still away has lost nothing but its turn.
        """
        now, jitter, name = context.clock(), context.jitter(), delivery.channel
        after = channel_rest.after_failure(rest, error, now=now, jitter=jitter) if error.whole else None
        away = after if rest is not None and rest.shut else None
        if away is not None:
            again_at: datetime | None = away.until_at
        else:
            again_at = retry.next_attempt_at(error, attempts=delivery.attempts + 1, now=now, jitter=jitter)
        await asyncio.to_thread(
            deliveries.mark_failed,
            context.db,
            delivery.id,
            error=str(error),
            next_attempt_at=again_at,
            counts=away is None,
            rest=(name, after) if after else None,
        )
        metrics.DELIVERIES.labels(name, "retried" if again_at else "dead").inc()
        (log.warning if away is None else log.debug)(
            "delivery failed",
            id=delivery.id,
            channel=name,
            attempt=delivery.attempts + 1,
            error=str(error),
            next_attempt_at=again_at.isoformat() if again_at else "never: dead letter",
        )
        if away is not None:
            await self._give_up(context, name, away)
        elif after is not None and after.rests(now):
            tell = log.error if after.refused else log.warning
            tell("channel rests", channel=name, until=after.until_at.isoformat(), error=after.error)

    async def _give_up(self, context: Context, channel: str, rest: ChannelRest) -> None:
        """Make dead letters of what has waited too long for a channel that does not work."""
        error = GIVEN_UP.format(days=channel_rest.PATIENCE.days, error=rest.error)
        before = context.clock() - channel_rest.PATIENCE
        count = await asyncio.to_thread(deliveries.give_up, context.db, channel, created_before=before, error=error)
        if count:
            metrics.DELIVERIES.labels(channel, "dead").inc(count)
            log.error("deliveries given up", channel=channel, count=count, error=error)
