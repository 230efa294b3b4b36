"""How an alert stands: whether its story still goes on, and whether somebody said that they know of it.

It follows from times and acknowledgements and is never stored.
"""

from datetime import datetime
from enum import StrEnum

from monitor.core.types import Alert


class AlertState(StrEnum):
    """How an alert stands."""

    OPEN = "open"  # reports join it, and nobody said that they know of it
    ACKNOWLEDGED = "acknowledged"  # reports join it, and only what is graver is told
    ENDED = "ended"  # a further report would begin another alert


def state_of(alert: Alert, *, acknowledged: bool, open_since: datetime) -> AlertState:
    """Return how an alert stands.

    acknowledged   whether somebody said that they know of it or of its story
    open_since     alerts that nothing joined since then have ended, unless they wait for their silence to end
    """
    if alert.updated_at < open_since and not waits(alert):
        return AlertState.ENDED
    return AlertState.ACKNOWLEDGED if acknowledged else AlertState.OPEN


def waits(alert: Alert) -> bool:
    """Return whether a silence hides an alert that is told when it ends."""
    return alert.silence_id is not None and alert.notified_at is None
