"""The web application and the server that runs it in the daemon's process."""

import asyncio
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

from monitor.core import links, websub
from monitor.errors import MonitorError, StoreError
from monitor.store.nodes import Node
from monitor.web import (
    acks,
    alert_pages,
    api,
    delivery_pages,
    digest_pages,
    explanations,
    feed_actions,
    feed_pages,
    following,
    pages,
    reading,
    sessions,
    silence_pages,
    watchlist_pages,
)
from monitor.web.callers import is_told_more
from monitor.web.gate import Guard
from monitor.web.metrics import expose
from monitor.web.playground import Playground
from monitor.web.problems import API, problem
from monitor.web.status import Status
from monitor.web.websub import Callback

NOT_TOLD = "a change was refused, the one before is in force; the log and the dashboard say why"
"""What is said of the configuration where anybody may listen: its errors show names and words of watchlists."""


def create_app(status: Status) -> Starlette:
    """Return the pages, metrics and probes over `status`."""
    app = Starlette(
        routes=[
            Route("/healthz", _healthz),
            Route("/readyz", _readyz),
            Route("/metrics", _metrics),
            Route("/", pages.overview),
            *reading.routes(),
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
            Route("/digests", digest_pages.archive),
            Route("/digests/{digest_id}", digest_pages.one),
            *feed_actions.routes(),
            Route("/items/{item_id:int}", explanations.show),
            *sessions.routes(),
            *following.routes(),
            *api.routes(),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ],
        middleware=[Middleware(Guard, status=status)],
        exception_handlers={StoreError: _database_away, HTTPException: _no_such_way},
    )
    app.state.status = status
    app.state.closing = asyncio.Event()
    app.state.streams = 0
    app.state.matching = asyncio.Semaphore(api.MATCHES)
    return app


def create_probes(status: Status) -> Starlette:
    """Return what is served where no pages are: that the process lives, whether it is ready, and its metrics."""
    app = Starlette(
        routes=[Route("/healthz", _healthz), Route("/readyz", _readyz), Route("/metrics", _metrics)],
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


def _healthz(request: Request) -> Response:  # noqa: ARG001 - Starlette's form
    """Say that the process lives."""
    return PlainTextResponse("ok\n")


def _readyz(request: Request) -> Response:
    """Say whether database, schedule and configuration are good, and which is not; and what else to look into.

    A probe may come each second and give up after one: coverage is told as the daemon last saw it.
    """
    status: Status = request.app.state.status
    ready, checks = status.health()
    if status.config_error and not is_told_more(request, status):
        checks["configuration"] = NOT_TOLD
    said: dict[str, object] = {"ready": ready, "checks": checks, "warnings": status.warnings()}
    if found := status.coverage:
        share = round(found.share, 4)
        said["coverage"] = {"watched": found.watched, "heard": found.heard, "share": share, "states": found.states}
    if status.nodes:
        more = is_told_more(request, status)
        said["nodes"] = [_told_node(node, more=more) for node in status.nodes]
    return JSONResponse(said, 200 if ready else 503)


def _told_node(node: Node, *, more: bool) -> dict[str, object]:
    """Return what is said of a node; its name and release only to those who may know `more`."""
    said: dict[str, object] = {"roles": node.roles, "silent": node.silent}
    return said | {"name": node.name, "version": node.version} if more else said


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
        if closing := getattr(app.state, "closing", None):
            closing.set()  # whoever follows hits is let go: the server would wait for them
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
