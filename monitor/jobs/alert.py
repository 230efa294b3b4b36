"""route -> group -> [alerts, deliveries].

Three steps, each its own transaction: hits that nobody looked at get a verdict and join an alert; alerts of items that
changed get a time; alerts whose time has come become deliveries. A kill between them leaves rows that are still due.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from monitor.core import grouping, routing
from monitor.core.occasion import occasion_of
from monitor.core.types import Alert, Delivery, DeliveryState, Hit, Route, Verdict
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import lane_of
from monitor.store import alerts, items, told
from monitor.store.alerts import AlertLink, HitVerdict, NewAlert, RoutingBatch

HITS_PER_BATCH = 500
"""Hits routed in one transaction: short enough for SQLite's single writer, long enough for a first poll's flood."""

ALERTS_PER_BATCH = 200
"""Alerts turned into deliveries in one run; the next tick goes on."""

OPEN_FOR = timedelta(hours=72)
"""An alert takes further hits of its group until it had none for so long; the same span keeps a story open."""

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


def route_hits(context: Context) -> bool:
    """Give the oldest hits without a verdict theirs; return whether there may be more."""
    hits = items.unrouted_hits(context.db, limit=HITS_PER_BATCH)
    if not hits:
        return False
    now = context.clock()
    routed = tell(context, hits)
    keys = {grouping.group_of(route, hit).key for hit, routes in routed for route in routes}
    known = alerts.open_alerts(context.db, keys, since_at=now - OPEN_FOR)
    batch = plan(routed, known=known, now=now)
    alerts.apply_routing(context.db, batch, now=now)
    metrics.ALERTS.inc(len(batch.new_alerts))
    log.info("alert", hits=len(hits), alerts=len(batch.new_alerts), told=len(batch.links))
    return len(hits) == HITS_PER_BATCH


def tell(context: Context, hits: Sequence[Hit]) -> list[tuple[Hit, list[Route]]]:
    """Return each hit with the routes that lead to a receiver with a channel."""
    stories = {hit.item.story_id for hit in hits if hit.item.story_id is not None}
    publishers = items.publishers(context.db, stories)
    return [
        (
            hit,
            [
                route
                for route in routing.routes_for(
                    context.settings.route, hit, publishers=publishers.get(hit.item.story_id or 0, 1)
                )
                if context.channel_keys(route.receiver)
            ],
        )
        for hit in hits
    ]


def plan(routed: Sequence[tuple[Hit, Sequence[Route]]], *, known: Mapping[str, Alert], now: datetime) -> RoutingBatch:
    """Return what routing changes: a verdict for every hit, the alerts they join, and when those are due.

    known   open alerts by group key
    """
    open_alerts, new, links, verdicts = dict(known), [], [], []
    changed: dict[str, Alert] = {}
    for hit, routes in routed:
        verdict = Verdict.ALERTED if routes else Verdict.DIGEST_ONLY
        verdicts.append(HitVerdict(hit.id, verdict, ", ".join(f"{route.receiver}" for route in routes)))
        for route in routes:
            group = grouping.group_of(route, hit)
            alert = open_alerts.get(group.key)
            if alert is None:
                alert = _open(route, hit, group, now=now)
                new.append(group.key)
            open_alerts[group.key] = changed[alert.id] = _join(alert, route, hit, now=now)
            links.append(AlertLink(alert.id, hit.id))
    return RoutingBatch(
        verdicts=tuple(verdicts),
        new_alerts=tuple(NewAlert(open_alerts[key], key) for key in new),
        links=tuple(dict.fromkeys(links)),
        notify_at={alert.id: alert.notify_at for alert in changed.values() if alert.notify_at is not None},
        severities={alert.id: alert.severity for alert in changed.values()},
    )


def _open(route: Route, hit: Hit, group: grouping.Group, *, now: datetime) -> Alert:
    """Return a new alert for the group of `hit`."""
    return Alert(
        id=grouping.alert_id(group.key, hit.id, now),
        receiver=route.receiver,
        route=route.path,
        group=group.label,
        title=hit.item.title,
        severity=hit.severity,
        story_id=hit.item.story_id if "story" in route.group_by else None,
        created_at=now,
        updated_at=now,
        notify_at=None,
        notified_at=None,
    )


def _join(alert: Alert, route: Route, hit: Hit, *, now: datetime) -> Alert:
    """Return `alert` with `hit` in it: its severity never falls, and it is due when the route says."""
    due_at = grouping.notify_at(
        route, hit_at=hit.created_at, notified_at=alert.notified_at, pending_at=alert.notify_at, now=now
    )
    return replace(alert, severity=max(alert.severity, hit.severity, key=lambda one: one.rank), notify_at=due_at)


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
    return _notify(context, [(alert, hits) for alert, hits in waiting if alert.notified_at is None], now=now)


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
    notice = grouping.alert_notice(alert, hits, occasion=occasion, public_url=context.settings.web.public_url, now=now)
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
