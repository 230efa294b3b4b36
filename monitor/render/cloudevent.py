"""A notice as a CloudEvent for machines. Source: github.com/cloudevents/spec, "CloudEvents" 1.0.2, "JSON format"."""

from collections.abc import Mapping
from urllib.parse import quote

from monitor.core.types import Delivery
from monitor.render.bounded import bounded

SOURCE = "event-monitor"
"""Context in which events happen; with it, the id of an event is unique."""


def event(delivery: Delivery) -> Mapping[str, object]:
    """Return the event: id and type are the delivery's, its subject is the alert, its data that of the notice."""
    notice = delivery.notice
    severity = {"severity": notice["data"]["alert"]["severity"]} if "alert" in notice["data"] else {}
    return {
        "specversion": "1.0",
        "id": delivery.id,
        "source": f"/{SOURCE}/{quote(delivery.receiver)}",
        "type": f"{SOURCE}.{notice['type']}",
        "subject": delivery.thread,
        "time": notice["timestamp"],
        "datacontenttype": "application/json",
        **severity,
        "data": bounded(notice)["data"],
    }
