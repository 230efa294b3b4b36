"""route -> group -> [alerts, deliveries].

Three steps, each its own transaction: hits that nobody looked at get a verdict and join an alert; alerts of items that
changed get a time; alerts whose time has come become deliveries. A kill between them leaves rows that are still due.
"""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime

import structlog

from monitor.core import grouping, routing
from monitor.core.links import ack_url
from monitor.core.occasion import occasion_of
from monitor.core.types import Alert, Delivery, DeliveryState, Hit
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import lane_of
from monitor.jobs.routing import OPEN_FOR, route_hits
from monitor.store import alerts, meta, told

ALERTS_PER_BATCH = 200
"""Alerts turned into deliveries in one run; the next tick goes on."""

SILENCED_SHOWN = 100
"""Hits told of when a silence ends, gravest first; the notice says how many there were, all are on the dashboard."""

SECRET_BYTES = 32
"""Chance in the secret that signs links: as much as SHA-256 can use (RFC 2104, 3)."""

log = structlog.get_logger()


class AlertJob:
    """Gives every due hit its verdict and makes every due alert's deliveries."""

    def __init__(self, current: Current) -> None:
        """Take the state of the house anew for each run."""
        self._current = current

    async def __call__(self, key: str) -> None:  # noqa: ARG002 - one key, all groups
        """Route and notify until nothing is due."""
        context = self._current()
        while await asyncio.to_thread(route_hits, context):
            pass
        await asyncio.to_thread(time_changes, context)
        for channel in await asyncio.to_thread(notify_due, context):
            context.ring("deliver", lane_of(channel))


def time_changes(context: Context) -> None:
    """Set a time for the alerts of items that changed: the next one that the route allows."""
    changed = alerts.changed_alerts(context.db)
    if not changed:
        return  # a second without news costs no write transaction
    now, root = context.clock(), context.settings.route
    alerts.make_due(
        context.db,
        {
            alert.id: grouping.notify_at(
                routing.route_of(root, alert), hit_at=now, notified_at=alert.notified_at, pending_at=None, now=now
            )
            for alert in changed
        },
    )


def notify_due(context: Context) -> set[str]:
    """Make the deliveries of every alert whose time has come; return their channels."""
    now = context.clock()
    return _notify(context, alerts.due_alerts(context.db, now=now, limit=ALERTS_PER_BATCH), now=now)


def notify_new(context: Context) -> set[str]:
    """Make the deliveries of every alert nobody was told of yet, whatever its group_wait; return their channels.

    For `monitor once`, which is not there any more when the wait ends.
    """
    now = context.clock()
    waiting = alerts.due_alerts(context.db, now=now + OPEN_FOR, limit=ALERTS_PER_BATCH)
    new = [(alert, hits) for alert, hits in waiting if alert.notified_at is None and alert.silence_id is None]
    return _notify(context, new, now=now)


def _notify(context: Context, due: Sequence[tuple[Alert, Sequence[Hit]]], *, now: datetime) -> set[str]:
    """Make the deliveries of `due`, one transaction for each alert; return their channels."""
    channels: set[str] = set()
    for alert, hits in due:
        deliveries = deliveries_of(context, alert, hits, now=now)
        if not deliveries:  # the configuration changed since the hits were routed
            log.warning("alert has no channel any more", alert=alert.id, receiver=alert.receiver, hits=len(hits))
        alerts.notify(context.db, alert.id, hits=hits, deliveries=deliveries, now=now)
        channels.update(delivery.channel for delivery in deliveries)
    return channels


def deliveries_of(context: Context, alert: Alert, hits: Sequence[Hit], *, now: datetime) -> list[Delivery]:
    """Return one delivery for each channel of the alert's receiver; their ids follow from the alert and its hits."""
    occasion = occasion_of(alert, hits, told.standing(context.db, alert))
    if alert.silence_id is not None:
        hits = sorted(hits, key=lambda hit: -hit.severity.rank)[:SILENCED_SHOWN]
    public_url = context.settings.web.public_url
    notice = grouping.alert_notice(
        alert,
        hits,
        occasion=occasion,
        public_url=public_url,
        ack_url=ack_url(public_url, _link_secret(context), alert.id) if public_url else None,
        now=now,
    )
    return [
        Delivery(
            id=grouping.delivery_id(alert.id, channel, [str(hit.id) for hit in hits], now),
            channel=channel,
            receiver=alert.receiver,
            type=notice["type"],
            notice=notice,
            thread=alert.id,
            state=DeliveryState.PENDING,
            attempts=0,
            created_at=now,
            next_attempt_at=now,
        )
        for channel in context.channel_keys(alert.receiver)
    ]


def _link_secret(context: Context) -> str:
    """Return the secret that signs links; the first that asks makes it."""
    known = meta.get(context.db, meta.LINK_SECRET)
    return known or meta.set_once(context.db, meta.LINK_SECRET, secrets.token_urlsafe(SECRET_BYTES))
