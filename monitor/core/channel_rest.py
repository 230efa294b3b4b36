"""When a channel that fails is left in peace, so that an outage costs what waits for it neither place nor attempts.

    failures of the channel in a row     what follows
    the first two                        the next delivery is tried, as a message alone may be at fault
    the third, or a refusal of all       the channel rests: 10 s, then twice as long with each, five minutes at most
    any with Retry-After                 the channel is left alone until then

After a rest one delivery is tried, the one untried longest, so that none that fails by itself keeps the channel shut.
Only failures that every message would meet count (`DeliveryError.whole`). All numbers are ours.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.retry import JITTER_SHARE, LONGEST_ASKED
from monitor.errors import DeliveryError

ENOUGH = 3
"""Failures in a row before a channel rests: one message may be at fault itself, two by chance."""

BRIEF = timedelta(minutes=1)
"""A service that asks for less patience is busy, and nobody need know."""

LONGEST = LONGEST_ASKED + timedelta(hours=1)
"""No rest that was stored is longer; one that ends later was stored by a clock that went ahead, and is over."""

FIRST_REST, LONGEST_REST = timedelta(seconds=10), timedelta(minutes=5)
"""First and longest rest: one request in five minutes is a burden to no receiver, and news are late by no more once it
is back."""

PATIENCE = timedelta(days=3)
"""How long a delivery waits for a channel that does not work before it is given up: over a weekend, and as long as a
story lives (core/stories.py). Whether older news is still told is for a person to say."""


@dataclass(frozen=True, slots=True)
class ChannelRest:
    """What is known of a channel that failed and has not worked since.

    failures   in a row
    since_at   the first of them
    until_at   nothing is sent before
    error      the last of them, in words
    refused    a person has to do something: the receiver is there and takes nothing
    """

    failures: int
    since_at: datetime
    until_at: datetime
    error: str
    refused: bool = False

    @property
    def shut(self) -> bool:
        """Return whether only one delivery at a time is tried."""
        return self.failures >= ENOUGH

    def rests(self, now: datetime) -> bool:
        """Return whether people should know that nothing, or one delivery at a time, goes out."""
        return self.shut or self.until_at > now + BRIEF


def after_failure(rest: ChannelRest | None, error: DeliveryError, *, now: datetime, jitter: float) -> ChannelRest:
    """Return what is known of a channel after a failure that every message would have met.

    rest     what was known before; None for a channel that worked
    jitter   random number in [0, 1)
    """
    failures = (rest.failures if rest else 0) + 1
    if error.permanent:
        failures = max(failures, ENOUGH)
    wait = timedelta(0)
    if failures >= ENOUGH:
        doublings = min(failures - ENOUGH, 16)  # beyond all bounds, and no float overflows
        wait = min(FIRST_REST * (1 << doublings), LONGEST_REST) * (1 + JITTER_SHARE * jitter)
    asked = timedelta(seconds=min(error.retry_after or 0.0, LONGEST_ASKED.total_seconds()))
    return ChannelRest(
        failures=failures,
        since_at=rest.since_at if rest else now,
        until_at=now + max(wait, asked),
        error=str(error),
        refused=error.permanent,
    )
