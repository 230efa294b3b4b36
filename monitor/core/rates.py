"""How many messages a channel takes in how much time, so that no service has to refuse one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` messages in any span of length `per`."""

    count: int
    per: timedelta


def wait(sent: Sequence[datetime], rates: Sequence[Rate], *, now: datetime) -> timedelta:
    """Return how long to wait before the next message, so that every one of `rates` holds; none for zero or less.

    sent   when messages were sent, the newest last; as many as the highest count are enough. What lies in the future
           was sent before a clock was put back, and counts no more
    """
    full = (rate for rate in rates if len(sent) >= rate.count and sent[-rate.count] <= now)
    return max((sent[-rate.count] + rate.per - now for rate in full), default=timedelta(0))
