"""Alerts, who knows of them, and their deliveries."""

from typing import Literal

from monitor.core.types import Alert, Delivery, Severity
from monitor.web.api.shapes.base import Instant, Page, Shape
from monitor.web.api.shapes.hits import HitShape, StoryShape


class AlertShape(Shape):
    """The hits that one receiver is told together; `notify_at` is null when all are told."""

    id: str
    title: str
    severity: Severity
    receiver: str
    route: str
    group: str
    story_id: int | None
    created_at: Instant
    updated_at: Instant
    notify_at: Instant | None
    notified_at: Instant | None
    hits: int
    silence_id: int | None

    @classmethod
    def of(cls, alert: Alert) -> "AlertShape":
        """Return an alert as programs get it."""
        return cls(**{name: getattr(alert, name) for name in cls.model_fields})


class AckShape(Shape):
    """Somebody knows of a story, or of an alert without one."""

    id: int
    story_id: int | None
    alert_id: str | None
    who: str
    note: str
    at: Instant
    via: Literal["command", "link", "dashboard", "api"]
    severity: Severity


class DeliveryShape(Shape):
    """A notice on its way through one channel; `thread` is the id of the alert or digest it tells of."""

    id: str
    channel: str
    receiver: str
    type: str
    thread: str
    state: Literal["pending", "sent", "dead"]
    attempts: int
    created_at: Instant
    next_attempt_at: Instant | None
    sent_at: Instant | None
    error: str | None

    @classmethod
    def of(cls, one: Delivery) -> "DeliveryShape":
        """Return a delivery as programs get it; what it tells holds a link that acts, so it is left out."""
        values = {name: getattr(one, name) for name in cls.model_fields}
        waits = one.state.value == "pending"
        return cls(**values | {"state": one.state.value, "next_attempt_at": one.next_attempt_at if waits else None})


class Retried(Shape):
    """A delivery that is sent again."""

    delivery: str
    state: Literal["pending"]


class AlertPage(Page):
    """Alerts, newest first."""

    alerts: list[AlertShape]


class DeliveryPage(Page):
    """Deliveries, newest first."""

    deliveries: list[DeliveryShape]


class StoryDetail(StoryShape):
    """A story with its hits and the alerts that tell of it."""

    hits: list[HitShape]
    alerts: list[AlertShape]


class AlertDetail(AlertShape):
    """An alert with its hits, who knows of it, and its deliveries."""

    hit_list: list[HitShape]
    acknowledgements: list[AckShape]
    deliveries: list[DeliveryShape]
