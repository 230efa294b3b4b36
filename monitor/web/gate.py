"""What every request passes: who asks, whether they may, whether a page of ours sent it, and how often they ask.

It stands before all routes and knows none of them: what changes something needs the scope `act` unless it is named
here, so that a new route is closed before anybody thinks of it.
"""

import ipaddress
import math
from datetime import timedelta
from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.core import access, links, websub
from monitor.errors import StoreError
from monitor.web import csrf
from monitor.web.callers import Caller, caller_of, current, presents
from monitor.web.limits import ASKED, Limit, address_of
from monitor.web.origins import is_own
from monitor.web.problems import API, problem
from monitor.web.status import Status

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""What probes ask without a token; to whoever does not know it, it tells no content."""

LOGIN = "/login"

OPEN_FOLDERS = (websub.PATH, links.PATH)
"""Where hubs call and signed links lead: the addresses are secrets themselves."""

READING = frozenset({"/api/v1/match", "/logout", "/playground"})
"""What is sent by POST and changes nothing but the sender's own cookie."""

ADMIN_FOLDERS = ("/feeds", "/api/v1/feeds", "/watchlists", "/api/v1/watchlists")
"""Below them a change is one of what is watched."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""

FORM_BYTES = 4 * 1024 * 1024
"""Longest form that is read to look for its token: a text of a megabyte, each letter in three."""

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""Sent with every answer: nothing but our own styles is loaded, nothing is framed, no address leaks to a publisher."""


class Guard:
    """Lets a request through or refuses it, and adds HEADERS to every answer."""

    def __init__(self, app: ASGIApp, status: Status) -> None:
        """Stand before `app`."""
        self._app = app
        self._status = status
        self._asked = Limit(ASKED)
        self._wrong = status.wrong_tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        path = scope["path"]  # of `request.url` the Host header is a part
        if path in OPEN_PATHS or path.startswith(OPEN_FOLDERS):
            await self._app(scope, receive, send_guarded)
            return
        request = Request(scope, receive)
        try:
            caller, refusal = await self._look(request)
        except StoreError as error:
            caller, refusal = None, _refuse(path, 503, "Database away", str(error))
        if refusal is None and caller is not None and caller.by != "bearer" and request.method not in SAFE:
            body = await _read(request)
            refusal = _check_sender(request, caller, body)
            receive = _replay(body or b"", receive)
        token = current.set(caller)
        try:
            await (refusal or self._app)(scope, receive, send_guarded)
        finally:
            current.reset(token)

    async def _look(self, request: Request) -> tuple[Caller | None, Response | None]:
        """Return who asks, and why they are refused, or None when they are not."""
        status, path, now = self._status, request.scope["path"], self._status.clock()
        if status.token is None and not is_at_home(request, status.public_url):
            return None, _refuse(path, 421, "Not known by this name", NOT_HOME)
        if path == LOGIN:
            return None, None
        address = address_of(request)
        locked = self._wrong.wait(address, now=now)
        caller = await caller_of(request, status, guesses=not locked)
        if caller is None:
            if not presents(request):
                return None, _unknown(request)
            if locked:
                return None, too_often(path, locked, "too many wrong tokens came from this address")
            self._wrong.count(address, now=now)
            return None, _unauthorised(path)
        needed = needed_for(request.method, path)
        if not caller.scope.covers(needed):
            why = f"this needs a token of scope {needed}; yours is of scope {caller.scope}: monitor token add --help"
            return caller, _refuse(path, 403, "Not for this token", why)
        return caller, self._count(caller, address, path) if path.startswith(API) else None

    def _count(self, caller: Caller, address: str, path: str) -> Response | None:
        """Count a request to the API; return the refusal of one too many."""
        key, now = address if caller.by == "open" else caller.subject, self._status.clock()
        if pause := self._asked.wait(key, now=now):
            return too_often(path, pause, f"at most {ASKED.count} requests in {ASKED.per.total_seconds():g} s")
        self._asked.count(key, now=now)
        return None


NOT_HOME = (
    "no token is set, so this is answered under the names of this machine only, lest a foreign name lead here (DNS "
    "rebinding): set web.token, or web.public_url to the address you use"
)


def needed_for(method: str, path: str) -> access.Scope:
    """Return which scope a request needs."""
    if method in SAFE or path in READING:
        return access.Scope.READ
    return access.Scope.ADMIN if path.startswith(ADMIN_FOLDERS) else access.Scope.ACT


def is_at_home(request: Request, public_url: str | None) -> bool:
    """Return whether the Host header is an address, a name that nobody can register, or that of `public_url`.

    A page under a name of its own can have the name point here and then read what is answered; names without a dot
    are no domains of anybody (ICANN, "Dotless Domain Names"), and an address is its own proof.
    """
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    if "." not in host.rstrip(".") or host.endswith(".localhost"):
        return True
    if public_url is not None and host == urlsplit(public_url).hostname:
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def too_often(path: str, pause: timedelta, why: str) -> Response:
    """Return the answer to whoever has to wait (RFC 6585, 4)."""
    seconds = str(max(1, math.ceil(pause.total_seconds())))
    return _refuse(path, 429, "Too many requests", f"{why}; wait {seconds} s", **{"retry-after": seconds})


def _check_sender(request: Request, caller: Caller, body: bytes | None) -> Response | None:
    """Refuse what a browser may have sent without its user's will: with a remembered password, or from another page."""
    path = request.scope["path"]
    if body is None:
        return _refuse(path, 413, "Too long", f"expected at most {FORM_BYTES} bytes")
    if not is_own(request):
        return _refuse(path, 403, "Foreign page", "this was sent by a page that is not ours")
    if path.startswith(API) and caller.by == "open":
        return None
    if path.startswith(API) and caller.by == "basic":
        return _refuse(path, 403, "Bearer token needed", "send it as Authorization: Bearer; a password changes nothing")
    if not csrf.is_ours(caller, request.headers, body):
        why = "this form is not one of ours, or from before you signed in: load the page again"
        return _refuse(path, 403, "Not our form", why)
    return None


async def _read(request: Request) -> bytes | None:
    """Return what was sent, or None for more than FORM_BYTES."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            return None
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a way to receive a body that was read already, and then whatever comes after it."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def _unknown(request: Request) -> Response:
    """Return the answer to whoever shows no token: a browser is led to where one can sign in."""
    path = request.scope["path"]
    if request.method == "GET" and not path.startswith(API) and "text/html" in request.headers.get("accept", ""):
        asked = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{LOGIN}?then={quote(asked, safe='')}", 303)
    return _unauthorised(path)


def _unauthorised(path: str) -> Response:
    """Return the answer to whoever does not know the token; programs that speak Basic then ask for it."""
    if path.startswith(API):
        return problem(401, "Token needed", "send it as Authorization: Bearer", **{"www-authenticate": "Bearer"})
    text = "This dashboard asks for a token: send it as Bearer token, or as the password of any user name.\n"
    return PlainTextResponse(text, 401, {"www-authenticate": 'Basic realm="Event Monitor", charset="UTF-8"'})


def _refuse(path: str, code: int, title: str, detail: str, **headers: str) -> Response:
    """Return a refusal: as a problem for programs, in words for people."""
    if path.startswith(API):
        return problem(code, title, detail, **headers)
    return PlainTextResponse(f"{title}: {detail}\n", code, headers)
