"""A real HTTP server on loopback that answers what a test says and keeps what it was asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web


@dataclass(frozen=True)
class Seen:
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class HttpServer:
    """Answers every request through `handler`; `requests` lists them in order of arrival.

    async with HttpServer(handler) as server:
        ... server.url("/feed.xml") ...
    """

    handler: Handler
    port: int = 0
    host: str = "127.0.0.1"
    requests: list[Seen] = field(default_factory=list)
    _runner: web.AppRunner | None = None

    def url(self, path: str = "/") -> str:
        """Return the address of `path` on this server."""
        return f"http://{self.host}:{self.port}{path}"

    async def start(self) -> None:
        """Listen; on the same port again after a stop."""
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Refuse connections from here on."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Seen(request.method, request.path_qs, headers, await request.read()))
        return await self.handler(request)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
