"""When a failed delivery is tried again, and when it is given up: one policy for every channel.

It is for messages that fail by themselves; what a channel that fails as a whole gets is in core/channel_rest.py.
"""

from datetime import datetime, timedelta

from monitor.errors import DeliveryError

FIRST_WAIT = timedelta(seconds=5)
"""Wait after the first failure, doubled after each further one: a restarting receiver is back within seconds."""

LONGEST_WAIT = timedelta(hours=1)
"""Where doubling ends: what was at fault with a message is rarely mended within less."""

LONGEST_ASKED = timedelta(hours=6)
"""How much of a receiver's Retry-After is honoured; a longer one is a mistake or a mischief."""

JITTER_SHARE = 0.25
"""Part of a wait that chance may add, so that what failed together does not return together."""

MAX_ATTEMPTS = 16
"""Attempts until a delivery that fails by itself is a dead letter: a night's, and then a person should know."""


def next_attempt_at(error: DeliveryError, *, attempts: int, now: datetime, jitter: float) -> datetime | None:
    """Return when to try again after `error`, or None to give up.

    The waits are 5 s, 10 s, 20 s, ... 43 min, then an hour each: fifteen of them are 6 h 25 min without and 8 h 2 min
    with all the jitter, about 7 h in the mean. What the receiver asked for in Retry-After is the least we wait, so that
    its hint is kept; a hint shorter than our own wait is not followed, else a receiver that always says "in a second"
    would use up all attempts within a minute.

    attempts   how often it was tried by now, at least 1
    jitter     random number in [0, 1)
    """
    if error.permanent or attempts >= MAX_ATTEMPTS:
        return None
    backoff = min(FIRST_WAIT * 2.0 ** (attempts - 1), LONGEST_WAIT) * (1 + JITTER_SHARE * jitter)
    asked = timedelta(seconds=min(error.retry_after or 0.0, LONGEST_ASKED.total_seconds()))
    return now + max(backoff, asked)
