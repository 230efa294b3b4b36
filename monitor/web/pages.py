"""The dashboard: what was found, who was told, how the feeds are at a glance."""

from collections import Counter
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.coverage import coverage_of
from monitor.core.stories import OPEN
from monitor.core.types import DeliveryState, Severity
from monitor.store import alerts, channels, coverage, deliveries, items, named_in, tellings
from monitor.web.charts import chart
from monitor.web.feed_pages import glimpse
from monitor.web.frame import page
from monitor.web.reports import reports_of
from monitor.web.status import Status

CHART_DAYS = 30
"""Days of the chart, today the last."""

STORIES_SHOWN = 6
"""Open stories, the gravest; all others are one click away."""

HITS_SHOWN = 25
ALERTS_SHOWN = 20
DELIVERIES_SHOWN = 20
KEPT_BACK_SHOWN = 100


def overview(request: Request) -> Response:
    """Show everything at a glance; `?severity=` filters the hits (that one and higher, medium when not given)."""
    status: Status = request.app.state.status
    now = status.clock()
    asked = request.query_params.get("severity", Severity.MEDIUM.value)
    severity = Severity(asked) if asked in list(Severity) else Severity.MEDIUM
    pulses, plainly = coverage.read_pulses(status.db, now=now)
    begin = (now - timedelta(days=CHART_DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    by_day = named_in.by_day(status.db, since_at=begin)
    states: Counter[str] = Counter()
    for (_, state), count in deliveries.counts(status.db).items():
        states[state] += count
    return page(
        request,
        "overview.html.j2",
        now=now,
        severity=severity,
        counts=items.counts(status.db, but={"items"}),
        stored=items.stored_since(status.db, since_at=now - timedelta(days=1)),
        today=Counter(items.severities(status.db, since_at=now - timedelta(days=1))),
        states=states,
        days=chart(by_day, end=now.date(), bars=CHART_DAYS),
        stories=tellings.list_stories(status.db, since_at=now - OPEN, limit=STORIES_SHOWN, gravest_first=True),
        opened=tellings.count_open(status.db, since_at=now - OPEN),
        reports=reports_of(items.list_hits(status.db, items.HitFilter(severity=severity, limit=HITS_SHOWN))),
        coverage=coverage_of(pulses, now=now, plain=plainly),
        feeds=glimpse(status.db, pulses, now=now),
        alerts=alerts.list_alerts(status.db, limit=ALERTS_SHOWN),
        rests={name: rest for name, rest in channels.list_rests(status.db).items() if rest.rests(now)},
        deliveries=[
            *deliveries.list_deliveries(status.db, state=DeliveryState.DEAD, limit=DELIVERIES_SHOWN),
            *deliveries.list_deliveries(status.db, state=DeliveryState.PENDING, limit=DELIVERIES_SHOWN),
            *deliveries.list_deliveries(status.db, state=DeliveryState.SENT, limit=DELIVERIES_SHOWN),
        ][:DELIVERIES_SHOWN],
    )
