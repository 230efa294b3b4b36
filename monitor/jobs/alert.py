"""route -> group -> [alerts, deliveries].

Three steps, each its own transaction: hits that nobody looked at get a verdict and join an alert; alerts of items that
changed get a time; alerts whose time has come become deliveries. A kill between them leaves rows that are still due.
"""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from monitor.core import decisions, grouping, routing
from monitor.core.links import ack_url
from monitor.core.occasion import Occasion, after_quiet_hours, held_back, occasion_of, repeated
from monitor.core.quiet import is_release, release_at
from monitor.core.types import Alert, Decision, Delivery, DeliveryState, Fate, Hit, Route, Severity
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import lane_of
from monitor.jobs.routing import OPEN_FOR, route_hits
from monitor.store import alerts, meta, told
from monitor.store.alerts import Telling

ALERTS_PER_BATCH = 200
"""Alerts turned into deliveries in one run; the next tick goes on."""

TOGETHER_SECONDS = 0.2
"""Alerts that are prepared within so long are stored in one transaction: a busy disk takes 0.1 s for each, which would
be a minute for five hundred."""

GRAVEST_SHOWN = 100
"""Hits in a notice of what a silence hid, or of what is told again, gravest first."""

HOUR = timedelta(hours=1)
"""Span of a route's `max_per_hour`."""

ROOM = "there is room in the hour again"
"""Why what was too much for a route is due when it is."""

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
        for make in (notify_due, repeat_unanswered):
            for channel in await asyncio.to_thread(make, context):
                context.ring("deliver", lane_of(channel, context.settings.runtime.lanes))


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
    new = [
        (alert, hits) for alert, hits in waiting if alert.notified_at is None and not _is_held(context, alert, now=now)
    ]
    return _notify(context, new, now=now)


def _is_held(context: Context, alert: Alert, *, now: datetime) -> bool:
    """Return whether an alert waits for more than its group: a silence, quiet hours or the next hour."""
    route = routing.route_of(context.settings.route, alert)
    return alert.silence_id is not None or alert.group == grouping.HELD or release_at(route.mute, now) > now


def repeat_unanswered(context: Context) -> set[str]:
    """Tell again, loudly, what nobody acknowledged, where a route wants it; return the channels."""
    now, channels = context.clock(), set[str]()
    for route in routing.all_routes(context.settings.route):
        if not route.repeat_interval or release_at(route.mute, now) > now:
            continue
        told_until = now - route.repeat_interval
        unanswered = alerts.unanswered(
            context.db, route.path, told_until=told_until, open_since=now - OPEN_FOR, limit=ALERTS_PER_BATCH
        )
        for alert in sorted(unanswered, key=lambda one: -one.severity.rank):
            if not _may_repeat(context, route, alert, now=now):
                continue
            occasion = repeated(told.standing(context.db, alert), since=route.repeat_interval)
            hits = _gravest(alerts.hits_of(context.db, alert.id))
            deliveries = deliveries_of(context, alert, hits, occasion=occasion, now=now)
            alerts.notify(context.db, alert.id, hits=[], deliveries=deliveries, now=now, alert=alert)
            channels.update(delivery.channel for delivery in deliveries)
    return channels


def _may_repeat(context: Context, route: Route, alert: Alert, *, now: datetime) -> bool:
    """Return whether an alert may be told again now: repeats leave half of an hour's room to news."""
    if not route.max_per_hour or alert.severity is Severity.CRITICAL:
        return True
    return len(alerts.told_since(context.db, route.path, since_at=now - HOUR)) < route.max_per_hour / 2


def _notify(context: Context, due: Sequence[tuple[Alert, Sequence[Hit]]], *, now: datetime) -> set[str]:
    """Make the deliveries of `due`; return their channels."""
    channels, ready, since = set[str](), list[Telling](), time.monotonic()
    said = set[tuple[str, str, int]]()
    for alert, due_hits in due:
        hits = [hit for hit in due_hits if (alert.receiver, alert.route, hit.id) not in said]
        if due_hits and not hits:
            continue  # told a moment ago, in its story or with what was held back
        counted = routing.route_of(context.settings.route, alert).max_per_hour  # by what stands in the rows
        if counted or time.monotonic() - since > TOGETHER_SECONDS:
            _tell(context, ready, now=now)
            since = time.monotonic()
        until_at = _too_many_until(context, alert, now=now)
        if until_at is not None:
            into = _overflow(context, alert, hits, until_at=until_at, now=now)
            capped = _decided(context, alert, Fate.CAPPED, now=now)
            capped = replace(capped, alert=into.alert.id, due_at=into.alert.notify_at, because=ROOM)
            alerts.hold(context.db, alert.id, hits, into=into, decided=capped)
            continue
        shown = hits if alert.silence_id is None else _gravest(hits)
        deliveries = deliveries_of(context, alert, shown, occasion=_occasion(context, alert, hits), now=now)
        decided = None
        if not deliveries:  # the configuration changed since the hits were routed
            log.warning("alert has no channel any more", alert=alert.id, receiver=alert.receiver, hits=len(hits))
            decided = _decided(context, alert, Fate.NO_CHANNEL, now=now)
        ready.append(Telling(alert.id, hits, deliveries, decided, alert))
        said.update((alert.receiver, alert.route, hit.id) for hit in hits)
        channels.update(delivery.channel for delivery in deliveries)
    _tell(context, ready, now=now)
    return channels


def _tell(context: Context, ready: list[Telling], *, now: datetime) -> None:
    """Store alerts that are ready to be told, and forget them here."""
    if ready:
        alerts.notify_all(context.db, ready, now=now)
        ready.clear()


def _too_many_until(context: Context, alert: Alert, *, now: datetime) -> datetime | None:
    """Return until when an alert's route has told enough, or None when it may be told. Critical ones always may."""
    route = routing.route_of(context.settings.route, alert)
    free = alert.severity is Severity.CRITICAL or alert.silence_id is not None or alert.group == grouping.HELD
    if free or not route.max_per_hour:
        return None
    told_at = alerts.told_since(context.db, route.path, since_at=now - HOUR)
    return None if len(told_at) < route.max_per_hour else told_at[-route.max_per_hour] + HOUR


def _decided(context: Context, alert: Alert, fate: Fate, *, now: datetime) -> Decision:
    """Return what is decided of the hits of an alert that is due."""
    root = context.settings.route
    route = routing.route_of(root, alert)
    why = decisions.why_capped(route) if fate is Fate.CAPPED else ""
    return Decision(now, route.path, decisions.ways(root)[route.path], alert.receiver, fate, why, alert.id)


def _overflow(
    context: Context, alert: Alert, hits: Sequence[Hit], *, until_at: datetime, now: datetime
) -> alerts.NewAlert:
    """Return the alert that tells together what was too much for a route: the one that waits, else a new one."""
    key = grouping.held_key(alert)
    waiting = alerts.open_alerts(context.db, [key], since_at=now - OPEN_FOR).get(key)
    if waiting is not None and waiting.notified_at is None:
        return alerts.NewAlert(replace(waiting, severity=alert.severity), key)
    made = replace(
        alert,
        id=grouping.alert_id(key, hits[0].id, now),
        group=grouping.HELD,
        story_id=None,
        created_at=now,
        updated_at=now,
        notify_at=release_at(routing.route_of(context.settings.route, alert).mute, until_at),
        notified_at=None,
    )
    return alerts.NewAlert(made, key)


def _occasion(context: Context, alert: Alert, hits: Sequence[Hit]) -> Occasion:
    """Return why an alert is told now."""
    standing = told.standing(context.db, alert)
    if alert.group == grouping.HELD and alert.notified_at is None:
        return held_back(hits, standing)
    occasion, route = occasion_of(alert, hits, standing), routing.route_of(context.settings.route, alert)
    held = alert.notify_at is not None and is_release(route.mute, alert.notify_at) and alert.silence_id is None
    return after_quiet_hours(occasion) if held else occasion


def _gravest(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits of a notice that need not tell all of them."""
    return sorted(hits, key=lambda hit: -hit.severity.rank)[:GRAVEST_SHOWN]


def deliveries_of(
    context: Context, alert: Alert, hits: Sequence[Hit], *, occasion: Occasion, now: datetime
) -> list[Delivery]:
    """Return one delivery for each channel of the alert's receiver; their ids follow from the alert and its hits."""
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
