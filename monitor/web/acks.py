"""What people say of an alert: that they know of it, and of its hits; by the link in a message or on its page.

A GET changes nothing: mail scanners and chats open every link they see. What changes something is a POST, from the
signed link or from a page of ours.
"""

import asyncio
import base64
import hashlib
import re
from typing import Literal
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from monitor import actions
from monitor.core import links
from monitor.core.types import Alert, Mark
from monitor.errors import MonitorError, UnknownIdError
from monitor.store import acks, alerts, meta
from monitor.web.frame import page
from monitor.web.status import Status

MARKED_SHOWN = 30
"""Hits that the page of a link shows, gravest first; more than anybody marks at once."""

FORM_BYTES = 8_192
"""Longest form that is read: a name and a note."""

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark;"
    "overflow-wrap:anywhere}"
    "label{display:block;margin:.75rem 0}button{font:inherit;padding:.6rem 1.2rem}"
    "h2{font-size:1.1rem;margin:2rem 0 0}form.mark button{padding:.3rem 1rem;margin:.25rem .5rem .25rem 0}"
    "button[aria-pressed=true]{font-weight:700;outline:2px solid}li{margin:1rem 0}ul{padding:0;list-style:none}"
    "input{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.4rem}"
)
"""Styles of the page of a link: it may load nothing from a dashboard that asks for a token."""

STYLED = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What the page of a link may load: its own styles, known by their hash (W3C CSP 3, 2.3.1)."""


def show_link(request: Request) -> Response:
    """Show the alert of a signed link, who acknowledged it, and its hits to be marked; 404 for any other link."""
    status: Status = request.app.state.status
    alert = _signed(request)
    if alert is None:
        return _unknown()
    hits = sorted(alerts.hits_of(status.db, alert.id), key=lambda hit: -hit.severity.rank)
    shown = page(
        request,
        "ack.html.j2",
        now=status.clock(),
        alert=alert,
        acks=acks.acks_of(status.db, alert),
        hits=hits[:MARKED_SHOWN],
        more=len(hits[MARKED_SHOWN:]),
        style=STYLE,
    )
    shown.headers["content-security-policy"] = STYLED
    return shown


async def by_link(request: Request) -> Response:
    """Take an acknowledgement by a signed link; 404 for any other link."""
    alert = await asyncio.to_thread(_signed, request)
    return _unknown() if alert is None else await _take(request, alert.id, via="link", then=request.url.path)


async def by_page(request: Request) -> Response:
    """Take an acknowledgement from the page of an alert."""
    alert_id = request.path_params["alert_id"]
    return await _take(request, alert_id, via="dashboard", then=f"/alerts/{alert_id}")


async def mark_by_link(request: Request) -> Response:
    """Take what somebody says of a hit by the signed link of its alert; 404 for any other link."""
    alert = await asyncio.to_thread(_signed, request)
    then = request.url.path.removesuffix("/mark") + "#hits"
    return _unknown() if alert is None else await _mark(request, alert.id, who="link", then=then)


async def mark_by_page(request: Request) -> Response:
    """Take what somebody says of a hit on the page of its alert."""
    alert_id = request.path_params["alert_id"]
    return await _mark(request, alert_id, who="dashboard", then=f"/alerts/{alert_id}")


async def _mark(request: Request, alert_id: str, *, who: str, then: str) -> Response:
    """Mark a hit of an alert, and show it."""
    status: Status = request.app.state.status
    form = await form_of(request) or {}
    hit, said = form.get("hit", ""), form.get("mark", "")
    if not re.fullmatch(r"[0-9]{1,9}", hit) or said not in (*Mark, "none"):
        return PlainTextResponse("Expected a hit, and right, wrong or none.\n", 400)
    word = None if said == "none" else Mark(said)
    if int(hit) not in {one.id for one in await asyncio.to_thread(alerts.hits_of, status.db, alert_id)}:
        return PlainTextResponse("The alert has no such hit.\n", 404)
    await asyncio.to_thread(actions.mark_hit, status.db, int(hit), word, who=who, now=status.clock())
    return RedirectResponse(then, 303)


async def form_of(request: Request) -> dict[str, str] | None:
    """Return the fields of a form, or None for one that is longer than FORM_BYTES."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            return None
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _signed(request: Request) -> Alert | None:
    """Return the alert that a link is about, or None when we did not sign it or the alert is gone."""
    status: Status = request.app.state.status
    alert_id, token = request.path_params["alert_id"], request.path_params["token"]
    secret = meta.get(status.db, meta.LINK_SECRET)
    if secret is None or not links.may_ack(secret, alert_id, token):
        return None
    return alerts.find_alert(status.db, alert_id)


def _unknown() -> Response:
    return PlainTextResponse("This link is not one of ours, or what it is about is past its retention.\n", 404)


async def _take(request: Request, alert_id: str, *, via: Literal["link", "dashboard"], then: str) -> Response:
    """Acknowledge, and show what is known now."""
    status: Status = request.app.state.status
    form = await form_of(request)
    if form is None:
        return PlainTextResponse("That is too long.\n", 413)
    said = {"who": form.get("who", ""), "note": form.get("note", "")}
    try:
        await asyncio.to_thread(actions.acknowledge, status.db, alert_id, **said, via=via, now=status.clock())
    except UnknownIdError:
        return PlainTextResponse("There is no such alert.\n", 404)
    except MonitorError as error:
        return PlainTextResponse(f"{error}\n", 400)
    return RedirectResponse(then, 303)
