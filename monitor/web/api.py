"""Acting from programs: acknowledge, mark, silence, retry, with what a person can do by command and on the pages.

What changes something takes the token as Bearer only, which no browser sends by itself; where no token is set, it takes
nothing that a page of somebody else could send (OWASP, "Cross-Site Request Forgery Prevention").
"""

import asyncio
import functools
import json
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import actions
from monitor.config.models import SilenceModel
from monitor.config.units import parse_duration, parse_instant
from monitor.core.silences import as_row
from monitor.core.types import Hit, Mark, SilenceSpec
from monitor.errors import MonitorError, StoreError, UnknownIdError
from monitor.store import alerts, silences
from monitor.web.problems import API, problem
from monitor.web.status import Status

BODY_BYTES = 65_536
"""Longest body that is read: a silence of many conditions."""

MOST_LISTED = 1_000
"""Most alerts of one answer, and most hits that a preview lists; more are asked for by a shorter time."""

SINCE = "7d"
"""How far back is looked where nobody says."""


class _Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    """A request that cannot be taken, with what is wrong with it."""

    def __init__(self, code: int, title: str, detail: str) -> None:
        super().__init__(code, title, detail)
        self.answer = problem(code, title, detail)


Handler = Callable[[Request, Status], Awaitable[Response]]


def routes() -> Iterable[Route]:
    """Yield the routes of the API."""
    for path, method, handler in (
        ("alerts", "GET", _alerts),
        ("alerts/{alert_id}/acknowledge", "POST", _acknowledge),
        ("hits/{hit_id}/mark", "POST", _mark),
        ("silences", "GET", _silences),
        ("silences", "POST", _silence),
        ("silences/{silence_id}", "DELETE", _expire),
        ("deliveries/{delivery_id}/retry", "POST", _retry),
    ):
        yield Route(f"{API}v1/{path}", functools.partial(_answer, handler), methods=[method])


async def _answer(handler: Handler, request: Request) -> Response:
    """Return what a handler answers, or the problem it met."""
    try:
        return await handler(request, request.app.state.status)
    except _Refused as error:
        return error.answer
    except UnknownIdError as error:
        return problem(404, "Not found", str(error))
    except StoreError:
        raise
    except MonitorError as error:
        return problem(409, "Not possible", str(error))


async def _alerts(request: Request, status: Status) -> Response:
    """List alerts, newest first: `?since=7d&limit=100`."""
    limit = request.query_params.get("limit", "100")
    if not re.fullmatch("[0-9]{1,4}", limit) or not 0 < int(limit) <= MOST_LISTED:
        raise _Refused(400, "Bad question", f"limit: expected a number from 1 to {MOST_LISTED}")
    since_at = status.clock() - _span(request.query_params.get("since", SINCE), "since")
    found = await asyncio.to_thread(alerts.list_alerts, status.db, since_at=since_at, limit=int(limit))
    return _json({"alerts": [asdict(one) for one in found]})


async def _acknowledge(request: Request, status: Status) -> Response:
    """Acknowledge an alert: {"who": "ana", "note": "..."}."""
    said = await _body(request, {"who", "note"})
    who, note = _text(said, "who"), _text(said, "note", "")
    made = await asyncio.to_thread(
        actions.acknowledge,
        status.db,
        request.path_params["alert_id"],
        who=who,
        note=note,
        via="api",
        now=status.clock(),
    )
    return _json(asdict(made))


async def _mark(request: Request, status: Status) -> Response:
    """Say of a hit that it is right or wrong: {"verdict": "wrong", "who": "ana"}; null takes back what was said."""
    said = await _body(request, {"verdict", "who"})
    verdict, who = said.get("verdict", ""), _text(said, "who", "api")
    if verdict not in (*Mark, None):
        raise _Refused(422, "Bad body", 'verdict: expected "right", "wrong" or null')
    hit_id = _number(request.path_params["hit_id"], "hit")
    mark = None if verdict is None else Mark(verdict)
    await asyncio.to_thread(actions.mark_hit, status.db, hit_id, mark, who=who, now=status.clock())
    return _json({"hit": str(hit_id), "verdict": verdict, "who": who})


async def _silences(request: Request, status: Status) -> Response:
    """List silences that are not over, or all: `?all=true`."""
    now = status.clock()
    ending_after = None if request.query_params.get("all") == "true" else now
    found = await asyncio.to_thread(silences.list_silences, status.db, ending_after=ending_after)
    return _json({"silences": [as_row(one, now=now) for one in found]})


async def _silence(request: Request, status: Status) -> Response:
    """Make a silence, in the words of the configuration, with "for" where one likes that better than "end".

    `?preview=true&since=7d` only says what it would have hidden.
    """
    now = status.clock()
    since_at = now - _span(request.query_params.get("since", SINCE), "since")
    said = await _body(request, {*SilenceModel.model_fields, "for"})
    spec = _spec(said, now=now)
    hidden = await asyncio.to_thread(actions.preview_silence, status.db, spec.match, since_at=since_at)
    if request.query_params.get("preview") == "true":
        return _json({"would_have_hidden": len(hidden), "hits": [_hit(one) for one in hidden[:MOST_LISTED]]})
    made = await asyncio.to_thread(actions.add_silence, status.db, spec, now=now)
    return _json({**as_row(made, now=now), "would_have_hidden": len(hidden)}, 201)


async def _expire(request: Request, status: Status) -> Response:
    """End a silence now; what it hid is told."""
    silence_id = _number(request.path_params["silence_id"], "silence")
    now = status.clock()
    ended = await asyncio.to_thread(
        actions.expire_silence, status.db, silence_id, config_path=status.config_path, now=now
    )
    return _json({**as_row(ended, now=now), "end_at": now, "state": "expired"})


async def _retry(request: Request, status: Status) -> Response:
    """Send a delivery again that was given up."""
    delivery_id = request.path_params["delivery_id"]
    await asyncio.to_thread(actions.retry_delivery, status.db, delivery_id, now=status.clock())
    return _json({"delivery": delivery_id, "state": "pending"})


async def _body(request: Request, known: set[str]) -> dict[str, Any]:
    """Return the members of a JSON object, all of them known."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _Refused(415, "Not JSON", "send Content-Type: application/json")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise _Refused(413, "Too long", f"expected at most {BODY_BYTES} bytes")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _Refused(400, "Not JSON", "expected a JSON object")
    if strange := sorted(said.keys() - known):
        raise _Refused(422, "Bad body", f"{strange[0]}: unknown; expected {', '.join(sorted(known))}")
    return said


def _text(said: dict[str, Any], name: str, default: str | None = None) -> str:
    """Return a member that is text."""
    found = said.get(name, default)
    if not isinstance(found, str) or (default is None and not found.strip()):
        raise _Refused(422, "Bad body", f"{name}: expected text")
    return found


def _span(text: str, name: str) -> timedelta:
    """Return a span as people write it."""
    try:
        return parse_duration(text)
    except (ValueError, OverflowError) as error:
        raise _Refused(400, "Bad question", f"{name}: {error}") from error


def _number(text: str, name: str) -> int:
    """Return an id that counts up."""
    if not re.fullmatch("[0-9]{1,9}", text):
        raise UnknownIdError(f"no {name} {text[:50]}")
    return int(text)


def _spec(said: dict[str, Any], *, now: datetime) -> SilenceSpec:
    """Return the silence that a body describes."""
    if {"for", "end"} <= said.keys():
        raise _Refused(422, "Bad body", "for: give it or end, not both")
    try:
        if "for" in said:
            start_at = parse_instant(said["start"]) if said.get("start") else now
            said = {**said, "end": start_at + parse_duration(said["for"])}
            del said["for"]
        return SilenceModel.model_validate(said).spec()
    except ValidationError as error:
        first = error.errors()[0]
        raise _Refused(422, "Bad body", f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from error
    except (ValueError, OverflowError) as error:
        raise _Refused(422, "Bad body", f"for: {error}") from error


def _hit(hit: Hit) -> dict[str, object]:
    """Return a hit as a preview tells of it."""
    return {
        "id": str(hit.id),
        "severity": hit.severity.value,
        "rule": hit.rule,
        "title": hit.item.title,
        "feed": hit.item.feed_name,
        "created_at": hit.created_at,
    }


def _json(value: dict[str, object], code: int = 200) -> Response:
    """Return an answer for programs; instants as RFC 3339."""
    return Response(json.dumps(value, default=_plain, ensure_ascii=False), code, media_type="application/json")


def _plain(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
