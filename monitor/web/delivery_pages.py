"""The page of the deliveries: what waits, what arrived, what was given up and why, and which channels do not work."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import actions
from monitor.core.channel_rest import ChannelRest
from monitor.core.types import Delivery, DeliveryState
from monitor.render.digest import digest_title
from monitor.store import channels, deliveries
from monitor.web.forms import Form, acting
from monitor.web.frame import page
from monitor.web.status import Status

PAGE_SIZE = 50
"""Deliveries on one page."""


KINDS = {"feed": "Feeds in trouble, or well again", "test": "Test"}
"""What is told that is no alert and no digest, by the first word of its type."""


@dataclass(frozen=True, slots=True)
class Line:
    """A channel: how many deliveries are in each state, since when the longest waits, and what is wrong with it.

    configured   whether the configuration in force has it; without one that is known, True
    """

    name: str
    counts: Mapping[DeliveryState, int]
    waiting_since_at: datetime | None
    rest: ChannelRest | None
    configured: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries to list, as the address of the page says; "" means any."""

    state: str = ""
    channel: str = ""
    before: str = ""

    def address(self) -> str:
        """Return the address of the page."""
        asked = {"state": self.state, "channel": self.channel, "before": self.before}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/deliveries?{query}" if query else "/deliveries"

    def having(self, **changes: str) -> "Wanted":
        """Return the first page of another choice."""
        return replace(self, **{"before": "", **changes})


def listing(request: Request) -> Response:
    """List channels and deliveries; `?state=` and `?channel=` choose."""
    status: Status = request.app.state.status
    now, wanted = status.clock(), _wanted(request)
    counted = deliveries.counts(status.db)
    lines = _lines(status, counted)
    last = deliveries.find(status.db, wanted.before) if wanted.before else None
    found = deliveries.list_deliveries(
        status.db,
        state=wanted.state or None,
        channel=wanted.channel or None,
        before=(last.created_at, last.id) if last else None,
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    states: Counter[str] = Counter()
    for (channel, state), count in counted.items():
        states[state] += count if wanted.channel in ("", channel) else 0
    return page(
        request,
        "deliveries.html.j2",
        now=now,
        wanted=wanted,
        lines=lines,
        states=[(state, states[state]) for state in DeliveryState],
        total=states.total(),
        deliveries=[(one, title_of(one)) for one in shown],
        after=replace(wanted, before=shown[-1].id).address() if len(found) > PAGE_SIZE else "",
        first=wanted.having().address() if wanted.before else "",
    )


def title_of(delivery: Delivery) -> str:
    """Return what a delivery tells, in a line."""
    data = delivery.notice["data"]
    if "alert" in data:
        return str(data["alert"]["title"])
    if "digest" in data:
        return digest_title(delivery.notice)
    return KINDS.get(delivery.type.partition(".")[0], delivery.type)


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [
        Route("/deliveries", listing),
        Route("/deliveries/retry", acting(_retry_channel), methods=["POST"]),
        Route("/deliveries/{delivery_id}/retry", acting(_retry), methods=["POST"]),
    ]


def _retry(status: Status, request: Request, form: Form) -> str:
    """Send one dead letter again."""
    actions.retry_delivery(status.db, request.path_params["delivery_id"], now=status.clock())
    alert = form.text("alert")
    return f"/alerts/{alert}#deliveries" if alert.isidentifier() else "/deliveries"


def _retry_channel(status: Status, request: Request, form: Form) -> str:  # noqa: ARG001 - the form of every act
    """Send all dead letters of a channel again."""
    channel = form.text("channel")
    actions.retry_channel(status.db, channel, now=status.clock())
    return Wanted(channel=channel).address()


def _lines(status: Status, counted: Mapping[tuple[str, str], int]) -> list[Line]:
    """Return the channels by name, those of the configuration and those that deliveries are left of."""
    waiting = deliveries.oldest(status.db, DeliveryState.PENDING)
    rests, now = channels.list_rests(status.db), status.clock()
    known = set(status.current().channels) if status.current else None
    names = {channel for channel, _ in counted} | (known or set())
    return [
        Line(
            name,
            {state: counted.get((name, state.value), 0) for state in DeliveryState},
            waiting.get(name),
            rest if (rest := rests.get(name)) is not None and rest.rests(now) else None,
            known is None or name in known,
        )
        for name in sorted(names)
    ]


def _wanted(request: Request) -> Wanted:
    """Return what the address of a page asks for; what makes no sense asks for nothing."""
    asked = request.query_params
    state = asked.get("state", "")
    return Wanted(state if state in list(DeliveryState) else "", asked.get("channel", ""), asked.get("before", ""))
