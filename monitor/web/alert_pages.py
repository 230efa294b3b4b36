"""The pages of the alerts: which are open, who knows of them; each with its reasons, its story and its deliveries."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import actions
from monitor.core.alert_state import AlertState, state_of
from monitor.core.grouping import OPEN_FOR
from monitor.core.types import DeliveryState, Hit, Severity
from monitor.errors import MonitorError, UnknownIdError
from monitor.store import acks, alert_lists, alerts, deliveries, items, silences, versions
from monitor.store.alert_lists import AlertFilter
from monitor.web.forms import Form, acting
from monitor.web.frame import page
from monitor.web.reports import reports_of
from monitor.web.status import Status

PAGE_SIZE = 50
"""Alerts on one page."""

KEPT_BACK_SHOWN = 100

DELIVERIES_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts to list, as the address of the page says; "" means any.

    state      an AlertState; not given it is open
    severity   that one and higher
    before     id of the last alert of the page before
    """

    state: str = AlertState.OPEN
    severity: str = ""
    receiver: str = ""
    watchlist: str = ""
    before: str = ""

    def address(self) -> str:
        """Return the address of the page."""
        asked = {
            "state": "any" if not self.state else "" if self.state == AlertState.OPEN else self.state,
            "severity": self.severity,
            "receiver": self.receiver,
            "watchlist": self.watchlist,
            "before": self.before,
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/alerts?{query}" if query else "/alerts"

    def having(self, **changes: str) -> "Wanted":
        """Return the first page of another choice."""
        return replace(self, **{"before": "", **changes})

    def filter(self) -> AlertFilter:
        """Return the choice as the store takes it; one alert more than a page tells whether there is another page."""
        return AlertFilter(
            state=AlertState(self.state) if self.state else None,
            severity=Severity(self.severity) if self.severity else None,
            receiver=self.receiver,
            watchlist=self.watchlist,
            before=self.before,
            limit=PAGE_SIZE + 1,
        )


def listing(request: Request) -> Response:
    """List alerts, newest first; `?state=`, `?severity=`, `?receiver=` and `?watchlist=` choose."""
    status: Status = request.app.state.status
    now, wanted = status.clock(), _wanted(request)
    found = alert_lists.find_alerts(status.db, wanted.filter(), open_since=now - OPEN_FOR)
    counts = alert_lists.count_alerts(status.db, wanted.filter(), open_since=now - OPEN_FOR)
    more = len(found) > PAGE_SIZE
    shown = found[:PAGE_SIZE]
    named = alert_lists.receivers(status.db)
    lists = [one.id for one in status.lists.watchlists] if status.lists else []
    return page(
        request,
        "alerts.html.j2",
        now=now,
        wanted=wanted,
        counts=[(state, counts[state]) for state in AlertState],
        total=sum(counts.values()),
        listed=shown,
        receivers=sorted({*named, wanted.receiver} - {""}),
        watchlists=sorted({*lists, wanted.watchlist} - {""}),
        after=replace(wanted, before=shown[-1].alert.id).address() if more else "",
        first=wanted.having().address() if wanted.before else "",
    )


def one(request: Request) -> Response:
    """Show one alert: its hits with their reasons, its deliveries with their attempts, what else tells of its story."""
    status: Status = request.app.state.status
    now = status.clock()
    found = alerts.find_alert(status.db, request.path_params["alert_id"])
    if found is None:
        return page(request, "missing.html.j2", code=404, now=now, what="alert")
    hits, known = alerts.hits_of(status.db, found.id), acks.acks_of(status.db, found)
    story = found.story_id
    kept = items.HitFilter(kept_back_of=story, limit=KEPT_BACK_SHOWN)
    kept_back = items.list_hits(status.db, kept) if story is not None else []
    edited = {hit.item.id for hit in hits if hit.item.newest_version > 1}
    told = alert_lists.of_story(status.db, story, open_since=now - OPEN_FOR) if story is not None else []
    sent = deliveries.list_deliveries(status.db, thread=found.id, limit=DELIVERIES_SHOWN)
    return page(
        request,
        "alert.html.j2",
        now=now,
        alert=found,
        state=state_of(found, acknowledged=bool(known), open_since=now - OPEN_FOR),
        silence=silences.find_silence(status.db, found.silence_id) if found.silence_id is not None else None,
        acks=known,
        publishers=items.publishers(status.db, {story}).get(story, 0) if story is not None else 0,
        others=[one for one in told if one.alert.id != found.id],
        reports=reports_of(hits, {item_id: versions.history(status.db, item_id) for item_id in edited}),
        kept_back=reports_of([hit for hit in kept_back if hit.id not in {one.id for one in hits}]),
        rules=_rules(hits),
        deliveries=sent,
        dead=any(one.state is DeliveryState.DEAD for one in sent),
    )


def routes() -> list[Route]:
    """Return the routes of these pages."""
    return [
        Route("/alerts", listing),
        Route("/alerts/acknowledge", acting(_acknowledge), methods=["POST"]),
        Route("/alerts/{alert_id}", one),
    ]


def _acknowledge(status: Status, request: Request, form: Form) -> str:  # noqa: ARG001 - the form of every act
    """Acknowledge the alerts whose boxes are ticked; those that are gone by now are left out."""
    wanted = form.all("alert")
    if not wanted:
        raise MonitorError("no alert is chosen: tick the box before each that you know of")
    gone = 0
    for alert_id in wanted[:PAGE_SIZE]:
        try:
            actions.acknowledge(
                status.db,
                alert_id,
                who=form.text("who"),
                note=form.text("note"),
                via="dashboard",
                now=status.clock(),
            )
        except UnknownIdError:
            gone += 1
    if gone == len(wanted):
        raise UnknownIdError("the alerts that were chosen are past their retention")
    back = form.text("back")
    return back if back == "/alerts" or back.startswith("/alerts?") else "/alerts"


def _wanted(request: Request) -> Wanted:
    """Return what the address of a page asks for; what makes no sense asks for nothing."""
    asked = request.query_params
    state, severity = asked.get("state", AlertState.OPEN.value), asked.get("severity", "")
    return Wanted(
        state=state if state in list(AlertState) else "",
        severity=severity if severity in list(Severity) else "",
        receiver=asked.get("receiver", ""),
        watchlist=asked.get("watchlist", ""),
        before=asked.get("before", ""),
    )


def _rules(hits: list[Hit]) -> list[tuple[str, str]]:
    """Return the rules of some hits with their watchlists, each once, gravest first."""
    graver = sorted(hits, key=lambda hit: -hit.severity.rank)
    return list(dict.fromkeys((hit.rule, hit.watchlist) for hit in graver))
