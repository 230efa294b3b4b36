"""Hits as a feed and digests as a calendar, for the readers that people have already.

Readers that know passwords take a token of scope `read` as the password of any user name.
"""

import json
from datetime import timedelta

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor.actions import instance_of
from monitor.core.digest import ticks_between
from monitor.core.types import Hit
from monitor.render import following
from monitor.store import digests, items
from monitor.web.api.asked import HitConditions
from monitor.web.api.operations import spell
from monitor.web.etags import conditional
from monitor.web.status import Status

HITS = 50
"""Hits in a feed: more than come in while a reader sleeps over a night."""

DIGESTS = 100
COMING = 8
"""Digests in a calendar that were made, and that are to come of each schedule."""

AHEAD = timedelta(days=400)
"""How far ahead of now schedules are looked at: a digest of the year is in it."""


def routes() -> list[Route]:
    """Return the routes."""
    return [Route("/hits.atom", atom), Route("/hits.json", json_feed), Route("/digests.ics", calendar)]


def atom(request: Request) -> Response:
    """Return the newest hits as Atom; `?severity=` and the other filters of `/api/v1/hits` choose."""
    status: Status = request.app.state.status
    try:
        found = _hits(request)
    except ValidationError as error:
        return PlainTextResponse(f"{spell(error, HitConditions)}\n", 400)
    home, here = _addresses(request, status)
    body = following.atom(found, instance=instance_of(status.db), home=home, here=here, now=status.started_at)
    return conditional(request, Response(body, media_type="application/atom+xml"))


def json_feed(request: Request) -> Response:
    """Return the newest hits as JSON Feed, likewise."""
    status: Status = request.app.state.status
    try:
        found = _hits(request)
    except ValidationError as error:
        return PlainTextResponse(f"{spell(error, HitConditions)}\n", 400)
    home, here = _addresses(request, status)
    body = following.json_feed(found, instance=instance_of(status.db), home=home, here=here)
    return conditional(request, Response(json.dumps(body, ensure_ascii=False), media_type="application/feed+json"))


def calendar(request: Request) -> Response:
    """Return the digests that were made and those that come next."""
    status: Status = request.app.state.status
    now, settings = status.clock(), status.current().settings if status.current else None
    coming = [
        (spec.name, at)
        for spec in (settings.digests if settings else ())
        for at in ticks_between(spec, now, now + AHEAD)[:COMING]
    ]
    made = [line.notice["data"]["digest"] for line in digests.list_digests(status.db, limit=DIGESTS)]
    home, _ = _addresses(request, status)
    body = following.calendar(made, coming, home=home, now=status.started_at)
    return conditional(request, Response(body, media_type="text/calendar; charset=utf-8"))


def _hits(request: Request) -> list[Hit]:
    """Return the newest hits that are as asked. Raises ValidationError."""
    status: Status = request.app.state.status
    asked = HitConditions.model_validate(dict(request.query_params))
    return items.list_hits(status.db, asked.filter(status.clock(), limit=HITS))


def _addresses(request: Request, status: Status) -> tuple[str, str]:
    """Return the addresses of the dashboard and of what is asked, as readers reach them."""
    home = (status.public_url or str(request.base_url)).rstrip("/")
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{home}/", f"{home}{request.scope['path']}{query}"
