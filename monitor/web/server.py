"""The web application and the server that runs it in the daemon's process."""

import asyncio
import base64
import binascii
import hmac
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.core import links, websub
from monitor.errors import MonitorError, StoreError
from monitor.web import (
    acks,
    alert_pages,
    api,
    delivery_pages,
    explanations,
    feed_actions,
    feed_pages,
    pages,
    silence_pages,
    watchlist_pages,
)
from monitor.web.metrics import expose
from monitor.web.playground import Playground
from monitor.web.problems import API, problem
from monitor.web.status import Status
from monitor.web.websub import Callback

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""What probes ask without a token; to whoever does not know it, it tells no content."""

NOT_TOLD = "a change was refused, the one before is in force; the log and the dashboard say why"
"""What is said of the configuration where anybody may listen: its errors show names and words of watchlists."""

OPEN_FOLDERS = (websub.PATH, links.PATH)
"""Where hubs call and signed links lead: the addresses are secrets themselves."""

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


def create_app(status: Status) -> Starlette:
    """Return the pages, metrics and probes over `status`."""
    app = Starlette(
        routes=[
            Route("/healthz", _healthz),
            Route("/readyz", _readyz),
            Route("/metrics", _metrics),
            Route("/", pages.overview),
            *alert_pages.routes(),
            Route("/alerts/{alert_id}/ack", acks.by_page, methods=["POST"]),
            Route("/alerts/{alert_id}/mark", acks.mark_by_page, methods=["POST"]),
            Route(f"{links.PATH}{{alert_id}}/{{token}}", acks.show_link),
            Route(f"{links.PATH}{{alert_id}}/{{token}}", acks.by_link, methods=["POST"]),
            Route(f"{links.PATH}{{alert_id}}/{{token}}/mark", acks.mark_by_link, methods=["POST"]),
            Route(f"{websub.PATH}{{token}}", Callback().answer, methods=["GET", "POST"]),
            *delivery_pages.routes(),
            *silence_pages.routes(),
            *watchlist_pages.routes(),
            *Playground().routes(),
            Route("/feeds", feed_pages.listing),
            Route("/feeds/{feed_id}", feed_pages.one),
            *feed_actions.routes(),
            Route("/items/{item_id:int}", explanations.show),
            Route("/api/v1/explain", explanations.answer),
            *api.routes(),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ],
        middleware=[Middleware(Guard, status=status)],
        exception_handlers={StoreError: _database_away, HTTPException: _no_such_way},
    )
    app.state.status = status
    return app


def create_waiting_app(trouble: str) -> Starlette:
    """Return what is served while the daemon cannot begin: that it lives, that it is not ready, and why."""

    def readyz(request: Request) -> Response:  # noqa: ARG001 - Starlette's form
        return JSONResponse({"ready": False, "checks": {"database": trouble}, "warnings": []}, 503)

    def page(request: Request) -> Response:  # noqa: ARG001 - as above
        return PlainTextResponse("Event Monitor cannot start yet; /readyz says why.\n", 503)

    return Starlette(
        routes=[Route("/healthz", _healthz), Route("/readyz", readyz), Route("/{path:path}", page)],
    )


class Guard:
    """Asks for the token where one is set, and adds HEADERS to every answer."""

    def __init__(self, app: ASGIApp, status: Status) -> None:
        """Stand before `app`."""
        self._app = app
        self._status = status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                extra = [
                    (name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in given
                ]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        app = self._app if self._admits(Request(scope)) else _unauthorised(scope["path"])
        await app(scope, receive, send_guarded)

    def _admits(self, request: Request) -> bool:
        """Return whether a request may pass: of a probe, a hub or a signed link, or of somebody who is known."""
        path = request.scope["path"]  # of `request.url` the Host header is a part
        return path in OPEN_PATHS or path.startswith(OPEN_FOLDERS) or _is_known(request, self._status.token)


def _is_known(request: Request, token: str | None) -> bool:
    """Return whether a request has the token, as Bearer or Basic password; where none is set, everybody is known."""
    if token is None:
        return True
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(value.encode(), token.encode())


def _unauthorised(path: str) -> Response:
    """Return the answer to whoever does not know the token; browsers then ask for it."""
    if path.startswith(API):
        return problem(401, "Token needed", "send it as Authorization: Bearer", **{"www-authenticate": "Bearer"})
    text = "This dashboard asks for a token: send it as Bearer token, or as the password of any user name.\n"
    return PlainTextResponse(text, 401, {"www-authenticate": 'Basic realm="Event Monitor", charset="UTF-8"'})


def _healthz(request: Request) -> Response:  # noqa: ARG001 - Starlette's form
    """Say that the process lives."""
    return PlainTextResponse("ok\n")


def _readyz(request: Request) -> Response:
    """Say whether database, schedule and configuration are good, and which is not; and what else to look into.

    A probe may come each second and give up after one: coverage is told as the daemon last saw it.
    """
    status: Status = request.app.state.status
    ready, checks = status.health()
    if status.config_error and not _is_known(request, status.token):
        checks["configuration"] = NOT_TOLD
    said: dict[str, object] = {"ready": ready, "checks": checks, "warnings": status.warnings()}
    if found := status.coverage:
        share = round(found.share, 4)
        said["coverage"] = {"watched": found.watched, "heard": found.heard, "share": share, "states": found.states}
    return JSONResponse(said, 200 if ready else 503)


def _metrics(request: Request) -> Response:
    """Return what Prometheus scrapes."""
    return Response(expose(request.app.state.status), media_type="text/plain; version=0.0.4; charset=utf-8")


def _no_such_way(request: Request, error: Exception) -> Response:
    """Say that there is nothing at an address, or nothing that can be done so."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if request.scope["path"].startswith(API):
        return problem(error.status_code, error.detail, f"{request.method} {request.scope['path']}", **headers)
    return PlainTextResponse(error.detail, error.status_code, headers)


def _database_away(request: Request, error: Exception) -> Response:
    """Say that the database does not answer."""
    if request.scope["path"].startswith(API):
        return problem(503, "Database away", str(error))
    return PlainTextResponse(f"{error}\n", 503)


class _Server(uvicorn.Server):
    """uvicorn without hands on the process's signals: those are the daemon's."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # uvicorn's is a generator
        """Capture nothing."""
        return nullcontext()


async def serve(app: Starlette, host: str, port: int, *, ready: Callable[[], None]) -> None:
    """Serve `app` until cancelled; call `ready` once it listens. Raises MonitorError when the port is taken."""
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve([listener]))
    ready()
    try:
        await asyncio.shield(running)
    finally:
        server.should_exit = True
        await running


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; requests wait in it until the server takes them."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise MonitorError(
            f"the dashboard cannot listen on {host}:{port} ({error.strerror}); another program uses the port, "
            "or the address is not of this machine: change web.listen"
        ) from error
