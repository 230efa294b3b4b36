"""What becomes of each hit: who would be told, what keeps them from it, and which alert it joins.

The decision is made once, in the transaction that stores the verdict; nothing that comes later takes it back.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog

from monitor.core import decisions, grouping, routing
from monitor.core.inhibition import inhibitor_of
from monitor.core.quiet import release_at
from monitor.core.silences import silence_of
from monitor.core.types import Alert, Decision, Fate, Hit, Route, Severity, Silence, Verdict
from monitor.jobs import metrics
from monitor.jobs.context import Context
from monitor.store import acks, alerts, items, silences
from monitor.store.alerts import AlertLink, HitVerdict, NewAlert, RoutingBatch

HITS_PER_BATCH = 500
"""Hits routed in one transaction: short enough for SQLite's single writer, long enough for a first poll's flood."""

OPEN_FOR = timedelta(hours=72)
"""An alert takes further hits of its group until it had none for so long; the same span keeps a story open."""

ACKNOWLEDGED = "its story was acknowledged, and it is no graver"
"""Why a hit of a story that somebody knows of is not told."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Judged:
    """A hit, the routes that lead to a receiver with a channel, and what keeps them from telling it, if anything.

    silence     that hides it
    inhibitor   hit of its story that is told to all its receivers in its place, or None; others are not in `routes`
    known       severity up to which somebody acknowledged its story, or None
    kept        what was decided for the other routes
    publishers  that tell its story
    """

    hit: Hit
    routes: tuple[Route, ...]
    silence: Silence | None = None
    known: Severity | None = None
    inhibitor: Hit | None = None
    kept: tuple[Decision, ...] = ()
    publishers: int = 1


def route_hits(context: Context) -> bool:
    """Give the oldest hits without a verdict theirs; return whether there may be more."""
    hits = items.unrouted_hits(context.db, limit=HITS_PER_BATCH)
    if not hits:
        return False
    now = context.clock()
    judged = judge(context, hits, now=now)
    keys = {group.key for one in judged for _, group in _groups(one)}
    known = alerts.open_alerts(context.db, keys, since_at=now - OPEN_FOR)
    _, acked = acks.known_severities(context.db, stories=(), alerts=[one.id for one in known.values()])
    batch = plan(judged, known=known, acked=acked, now=now, ways=decisions.ways(context.settings.route))
    alerts.apply_routing(context.db, batch, now=now)
    metrics.ALERTS.inc(len(batch.new_alerts))
    log.info("alert", hits=len(hits), alerts=len(batch.new_alerts), told=len(batch.links))
    return len(hits) == HITS_PER_BATCH


def judge(context: Context, hits: Sequence[Hit], *, now: datetime) -> list[Judged]:
    """Return what becomes of each hit."""
    stories = {hit.item.story_id for hit in hits if hit.item.story_id is not None}
    publishers = items.publishers(context.db, stories)
    known, _ = acks.known_severities(context.db, stories=stories, alerts=())
    told = items.hits_of_stories(context.db, stories) if context.settings.inhibit else {}
    hiding = silences.list_silences(context.db, ending_after=now)
    judged = []
    for hit in hits:
        tellers = publishers.get(hit.item.story_id or 0, 1)
        routes = routing.routes_for(context.settings.route, hit, publishers=tellers)
        able = tuple(route for route in routes if context.channel_keys(route.receiver))
        mute = (route for route in routes if route not in able)
        kept = tuple(_decision(route, Fate.NO_CHANNEL, _why_mute(context, route), now=now) for route in mute)
        silence = silence_of(hiding, hit, publishers=tellers, now=now)
        acked = known.get(hit.item.story_id or 0)
        one = Judged(hit, able, silence, acked, kept=kept, publishers=tellers)
        heard = _heard(told.get(hit.item.story_id or 0, []), hiding, acked=acked, publishers=tellers, now=now)
        judged.append(_inhibit(context, one, heard, now=now))
    return judged


def _heard(
    story: Sequence[Hit], hiding: Sequence[Silence], *, acked: Severity | None, publishers: int, now: datetime
) -> list[Hit]:
    """Return the hits of a story that people are told of, those that come along in this batch included.

    One that a silence hides or that somebody acknowledged is told to nobody, and keeps no other back.
    """
    return [
        one
        for one in story
        if one.verdict is not None
        or (
            silence_of(hiding, one, publishers=publishers, now=now) is None
            and (acked is None or one.severity.rank > acked.rank)
        )
    ]


def _inhibit(context: Context, judged: Judged, story: Sequence[Hit], *, now: datetime) -> Judged:
    """Return a hit without the routes to receivers who are told of something graver in its place."""
    left, kept, inhibitor = list[Route](), list(judged.kept), None
    for route in judged.routes:
        found = inhibitor_of(
            context.settings.inhibit,
            judged.hit,
            story,
            root=context.settings.route,
            receiver=route.receiver,
            publishers=judged.publishers,
        )
        if found is None:
            left.append(route)
        else:
            inhibitor = found
            kept.append(_decision(route, Fate.INHIBITED, decisions.why_inhibited(found), now=now))
    return replace(judged, routes=tuple(left), inhibitor=inhibitor, kept=tuple(kept))


def _why_mute(context: Context, route: Route) -> str:
    """Return why nothing goes out to the receiver of a route: it may be meant so."""
    receiver = context.settings.receivers.get(route.receiver)
    meant = receiver is not None and not receiver.channels
    return f"{'the receiver has none' if meant else 'none of its channels works'}, for the digest only"


def _decision(route: Route, fate: Fate, why: str = "", *, now: datetime) -> Decision:
    """Return what was decided for a route; the way there is filled in when all is decided."""
    return Decision(now, route.path, "", route.receiver, fate, why)


def plan(
    judged: Sequence[Judged],
    *,
    known: Mapping[str, Alert],
    now: datetime,
    acked: Mapping[str, Severity] = MappingProxyType({}),
    ways: Mapping[str, str] = MappingProxyType({}),
) -> RoutingBatch:
    """Return what routing changes: a verdict for every hit, the alerts they join, and when those are due.

    known   open alerts by group key
    acked   severity up to which somebody acknowledged an alert, by its id
    ways    to the routes, in words, by their path
    """
    open_alerts, new, links, verdicts = dict(known), [], [], []
    changed: dict[str, Alert] = {}
    for one in judged:
        tells, decided = False, list(one.kept)
        for route, group in _groups(one):
            alert = open_alerts.get(group.key)
            told = _is_told(one, alert, acked)
            tells = tells or told
            before = alert
            if alert is None:
                alert = _open(route, one, group, now=now)
                new.append(group.key)
            open_alerts[group.key] = changed[alert.id] = _join(alert, route, one, told=told, now=now)
            links.append(AlertLink(alert.id, one.hit.id))
            decided.append(_decided(one, route, changed[alert.id], before=before, told=told, now=now))
        kept = tuple(replace(each, way=ways.get(each.route, ""), publishers=one.publishers) for each in decided)
        verdicts.append(replace(_verdict(one, tells=tells), decisions=kept))
    return RoutingBatch(
        verdicts=tuple(verdicts),
        new_alerts=tuple(NewAlert(open_alerts[key], key) for key in new),
        links=tuple(dict.fromkeys(links)),
        notify_at={alert.id: alert.notify_at for alert in changed.values() if alert.notify_at is not None},
        severities={alert.id: alert.severity for alert in changed.values()},
    )


def _is_told(judged: Judged, alert: Alert | None, acked: Mapping[str, Severity]) -> bool:
    """Return whether a hit is told: of what was acknowledged only what is graver than all that is known of it."""
    known = judged.known if alert is None or judged.known is not None else acked.get(alert.id)
    if known is None or judged.silence is not None:
        return True
    return judged.hit.severity.rank > max(known.rank, -1 if alert is None else alert.severity.rank)


def _verdict(judged: Judged, *, tells: bool) -> HitVerdict:
    """Return what became of a hit, and the words that say why."""
    if not judged.routes and judged.inhibitor is not None:
        return HitVerdict(judged.hit.id, Verdict.INHIBITED, f"{judged.inhibitor.rule} is told of the same story")
    if not judged.routes:
        return HitVerdict(judged.hit.id, Verdict.DIGEST_ONLY)
    if judged.silence is not None:
        return HitVerdict(judged.hit.id, Verdict.SILENCED, f"silence {judged.silence.id}: {judged.silence.reason}")
    if not tells:
        return HitVerdict(judged.hit.id, Verdict.ACKNOWLEDGED, ACKNOWLEDGED)
    return HitVerdict(judged.hit.id, Verdict.ALERTED, ", ".join(route.receiver for route in judged.routes))


def _decided(
    judged: Judged, route: Route, alert: Alert, *, before: Alert | None, told: bool, now: datetime
) -> Decision:
    """Return what became of a hit that joined an alert.

    before   the alert before that, or None for one that the hit opened
    """
    if judged.silence is not None:
        made = _decision(route, Fate.SILENCED, decisions.why_silenced(judged.silence), now=now)
        end_at = release_at(route.mute, judged.silence.end_at)
        return replace(made, alert=alert.id, due_at=end_at, because="the end of the silence")
    if not told:
        return replace(_decision(route, Fate.ACKNOWLEDGED, ACKNOWLEDGED, now=now), alert=alert.id)
    due_at = alert.notify_at or now
    because = decisions.because(route, hit_at=judged.hit.created_at, before=before, due_at=due_at, now=now)
    why = f"{'opened' if before is None else 'joined'} the alert for {alert.group}"
    made = _decision(route, Fate.JOINED, why, now=now)
    return replace(made, alert=alert.id, due_at=due_at, because=because)


def _groups(judged: Judged) -> list[tuple[Route, grouping.Group]]:
    """Return the group that a hit joins by each of its routes: what a silence hides is told together when it ends."""
    silence = judged.silence
    if silence is None:
        return [(route, grouping.group_of(route, judged.hit)) for route in judged.routes]
    return [
        (route, grouping.Group(json.dumps([route.receiver, f"silence={silence.id}"]), f"silence {silence.id}"))
        for route in judged.routes
    ]


def _open(route: Route, judged: Judged, group: grouping.Group, *, now: datetime) -> Alert:
    """Return a new alert for the group of a hit."""
    hit, silence = judged.hit, judged.silence
    of_story = "story" in route.group_by and silence is None
    return Alert(
        id=grouping.alert_id(group.key, hit.id, now),
        receiver=route.receiver,
        route=route.path,
        group=group.label,
        title=hit.item.title if silence is None else f"Silence {silence.id} ended: {silence.reason}",
        severity=hit.severity,
        story_id=hit.item.story_id if of_story else None,
        created_at=now,
        updated_at=now,
        notify_at=None,
        notified_at=None,
        silence_id=None if silence is None else silence.id,
    )


def _join(alert: Alert, route: Route, judged: Judged, *, told: bool, now: datetime) -> Alert:
    """Return `alert` with a hit in it: its severity never falls, and it is due when route or silence say.

    told   else the hit is told only together with something graver
    """
    hit, silence = judged.hit, judged.silence
    severity: Severity = max(alert.severity, hit.severity, key=lambda one: one.rank)
    if not told:
        return replace(alert, severity=severity)
    due_at = grouping.notify_at(
        route, hit_at=hit.created_at, notified_at=alert.notified_at, pending_at=alert.notify_at, now=now
    )
    if silence is not None:
        due_at = release_at(route.mute, silence.end_at)
    return replace(alert, severity=severity, notify_at=due_at)
