"""An alert on its way to people: hits told together, who knows of them, and the deliveries."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from monitor.core.types.messages import Notice
from monitor.core.types.watchlists import Severity


@dataclass(frozen=True, slots=True)
class Alert:
    """The hits that one receiver is told together.

    id            leaves the house: "alr_" and 26 letters
    group         what its hits have in common, for a person ("story 12")
    silence_id    of the silence that hid its hits, or None; such an alert is told once, when the silence ends
    notify_at     when hits not yet told are due, or None when all are told
    notified_at   last time deliveries were made
    """

    id: str
    receiver: str
    route: str
    group: str
    title: str
    severity: Severity
    story_id: int | None
    created_at: datetime
    updated_at: datetime
    notify_at: datetime | None
    notified_at: datetime | None
    hits: int = 0
    silence_id: int | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody knows of a story, or of an alert without one.

    via        by command, by the link in a message, on the dashboard, or by a program
    severity   highest that they know of; only what is graver is told still
    """

    id: int
    story_id: int | None
    alert_id: str | None
    who: str
    note: str
    at: datetime
    via: Literal["command", "link", "dashboard", "api"]
    severity: Severity


class DeliveryState(StrEnum):
    """pending until the channel took it; dead when given up, visible and retried by command."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice on its way through one channel.

    id        "dlv_" and 26 letters; webhook-id and Message-ID, the same over all attempts
    channel   "<receiver>/<kind>", with "-2", "-3" for further channels of one kind
    notice    what is told, in the webhook's shape; rendered anew for each attempt, the same every time
    thread    id of the alert or digest it belongs to
    receipt   what the service called the message it took, or None
    """

    id: str
    channel: str
    receiver: str
    type: str
    notice: Notice
    thread: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None = None
    error: str | None = None
    receipt: str | None = None
