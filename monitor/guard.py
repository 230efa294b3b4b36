"""The way to the network for all that strangers can steer: feeds, their redirects, webhooks and chats.

Below httpx, so that no request can go around it. Before a request its address is looked at; when a socket is opened,
the very address that it will connect to, whatever the name stood for a moment ago; after that, the size of the headers.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from socket import (
    AF_INET,
    AF_INET6,
    AF_UNSPEC,
    AI_ADDRCONFIG,
    AI_NUMERICHOST,
    AI_NUMERICSERV,
    SOCK_STREAM,
    AddressFamily,
    getaddrinfo,
    socket,
)
from threading import Thread
from typing import Any

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong
from httpx_aiohttp import AiohttpTransport

from monitor.core.addresses import Reach, check_address, check_target, reach
from monitor.errors import RefusedError
from monitor.targets import read_target

HEADER_BYTES = 32 * 1024
"""All headers of an answer together; web servers themselves write and take 8 to 16 KiB as a rule."""

FIELD_BYTES = 16 * 1024
"""One header of an answer: Content-Security-Policy is known to pass 8 KiB."""

FIELDS = 128
"""Headers of an answer. With FIELD_BYTES it bounds what is held before the sum is known: 2 MiB."""

ADDRESSES = 16
"""Addresses of one name that are tried; big sites list ten, a hostile name server thousands, and aiohttp's attempts
grow with the square of their number."""

LOOKUPS = 64
"""Names looked up at a time; the C library may need half a minute to give one up (resolv.conf(5), attempts)."""

AddrInfo = tuple[AddressFamily | int, Any, int, str, tuple[Any, ...]]


def open_socket(info: AddrInfo) -> socket:
    """Return a new socket, not yet connected, for what a resolver answered."""
    family, kind, protocol, _, _ = info
    return socket(family, kind, protocol)


class SystemResolver(AbstractResolver):
    """Asks the system for the addresses of a name, in threads that nothing else uses and nothing waits for.

    The threads of asyncio are few and do all other work of the house: a name server that hangs would stop it.
    """

    def __init__(self) -> None:
        """Look nothing up yet."""
        self._free = asyncio.Semaphore(LOOKUPS)

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC) -> list[ResolveResult]:
        """Return the addresses of a name. Raises OSError when it has none, UnicodeError for what can be no name."""
        flags = AI_NUMERICHOST | AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=protocol, flags=flags)
            for kind, _, protocol, _, address in await self._look_up(host, port, family)
            if kind in (AF_INET, AF_INET6)
        ]

    async def _look_up(self, host: str, port: int, family: AddressFamily) -> Sequence[AddrInfo]:
        """Return what the C library says; a look-up that nobody awaits any more keeps its place until it ends."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[AddrInfo]] = loop.create_future()

        def take(found: Sequence[AddrInfo], error: Exception | None) -> None:
            self._free.release()
            if not answer.done():
                answer.set_exception(error) if error else answer.set_result(found)

        def ask() -> None:
            found: Sequence[AddrInfo] = ()
            error: Exception | None = None
            try:
                found = getaddrinfo(host, port, family=family, type=SOCK_STREAM, flags=AI_ADDRCONFIG)
            except (OSError, UnicodeError) as caught:
                error = caught
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(take, found, error)

        Thread(target=ask, daemon=True, name="look up").start()
        return await answer

    async def close(self) -> None:
        """Wait for nothing."""


@dataclass(frozen=True)
class Network:
    """What lies below the guard. Tests bring their own, so that they see each decision and no packet leaves loopback.

    resolver   makes what looks names up
    open       makes a socket for an address that the guard let pass
    """

    resolver: Callable[[], AbstractResolver] = SystemResolver
    open: Callable[[AddrInfo], socket] = open_socket


SYSTEM = Network()


class GuardedResolver(AbstractResolver):
    """Looks names up, and tells only those of their addresses that may be reached."""

    def __init__(self, resolver: AbstractResolver, *, allow_private: bool) -> None:
        """Take what knows the names."""
        self._resolver = resolver
        self._allow_private = allow_private

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC) -> list[ResolveResult]:
        """Return the addresses of a name that may be reached. Raises RefusedError when it has none."""
        found = await self._resolver.resolve(host, port, family)
        open_to_all = {Reach.PUBLIC, Reach.PRIVATE} if self._allow_private else {Reach.PUBLIC}
        allowed = [one for one in found if reach(one["host"]) in open_to_all]
        if found and not allowed:
            check_address(found[0]["host"], allow_private=self._allow_private, permanent=False)
        return allowed[:ADDRESSES]

    async def close(self) -> None:
        """Close what knows the names."""
        await self._resolver.close()


@cache
def trust() -> ssl.SSLContext:
    """Return what servers are checked against: the system's authorities, read once in the life of the process.

    Reading some 140 certificates takes 20 ms of a processor, and each transport would do it again.
    """
    return ssl.create_default_context()


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests over aiohttp, and only where they may go."""

    def __init__(
        self,
        *,
        allow_private: bool,
        proxy: str | None = None,
        connections: int = 0,
        network: Network = SYSTEM,
    ) -> None:
        """Take the rules.

        allow_private   whether loopback and private networks may be reached
        proxy           address of an HTTP proxy, or None. It resolves the names, so it decides what they may stand for;
                        only addresses that are written out are refused here
        connections     open at the same time, 0 for any number
        """
        self._allow_private = allow_private
        self._connections = connections
        self._network = network
        self._guarded = proxy is None
        self._proxy = httpx.Proxy(proxy) if proxy else None
        self._opened: aiohttp.ClientSession | None = None
        self._inner = AiohttpTransport(verify=trust(), client=self._session, proxy=self._proxy, trust_env=False)

    def _session(self) -> aiohttp.ClientSession:
        """Return the session, which belongs to the event loop that first asks for it."""
        if self._opened is None:
            self._opened = self._open_session()
        return self._opened

    def _open_session(self) -> aiohttp.ClientSession:
        """Return a new session: it keeps no cookie and reads no variable of the environment."""
        resolver = self._network.resolver()
        if self._guarded:
            resolver = GuardedResolver(resolver, allow_private=self._allow_private)
        connector = aiohttp.TCPConnector(
            limit=self._connections, ssl=trust(), resolver=resolver, socket_factory=self._open
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=FIELD_BYTES,
            max_field_size=FIELD_BYTES,
            max_headers=FIELDS,
        )

    def _open(self, info: AddrInfo) -> socket:
        """Return a socket for the address that will be connected to. Raises RefusedError: the last word on it."""
        if self._guarded:
            check_address(str(info[4][0]), allow_private=self._allow_private, permanent=False)
        return self._network.open(info)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises RefusedError besides the errors of httpx and aiohttp."""
        url = request.url
        check_target(url.scheme, url.host, url.port, allow_private=self._allow_private)
        try:
            response = await self._inner.handle_async_request(request)
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            refusal = _refusal(error)
            if refusal is None:
                raise
            raise refusal from error
        if _size(response.headers.raw) > HEADER_BYTES:
            await response.aclose()
            raise _too_large()
        return response

    async def ask(self, url: str, headers: Mapping[str, str], *, posted: bytes | None = None) -> aiohttp.ClientResponse:
        """Return the answer to a request for an address as it is written; its body is as it comes, and not read yet.

        `async with` it, so that its connection is given back. A GET, or the POST of what is `posted`.

        For those who ask often: httpx's client takes three times as much CPU time as the request itself. Redirects are
        not followed, and time is the caller's to limit. Raises RefusedError, httpx.InvalidURL, aiohttp.ClientError,
        OSError, and ValueError for a header that cannot be sent.
        """
        target = read_target(url)
        check_target(target.scheme, target.host, target.port, allow_private=self._allow_private)
        if not all(value.isascii() for value in headers.values()):
            raise ValueError("a header that is not ASCII means one thing here and another there")
        proxy = self._proxy
        try:
            response = await self._session().request(
                "GET" if posted is None else "POST",
                target.url,
                headers=headers,
                data=posted,
                allow_redirects=False,
                auto_decompress=False,
                timeout=_ANY_TIME,
                proxy=str(proxy.url) if proxy else None,
                proxy_auth=aiohttp.BasicAuth(*proxy.auth) if proxy and proxy.auth else None,
                proxy_headers=proxy.headers if proxy else None,
            )
        except (aiohttp.ClientError, OSError) as error:
            refusal = _refusal(error)
            if refusal is None:
                raise
            raise refusal from error
        if _size(response.raw_headers) > HEADER_BYTES:
            response.close()
            raise _too_large()
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()
        if self._opened is not None:
            await self._opened.close()


_ANY_TIME = aiohttp.ClientTimeout(total=None)


def _size(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Return the bytes of headers."""
    return sum(len(name) + len(value) for name, value in headers)


def causes(error: BaseException) -> list[BaseException]:
    """Return an error and what led to it, the outermost first."""
    found = [error]
    while (cause := found[-1].__cause__ or found[-1].__context__) is not None and cause not in found:
        found.append(cause)
    return found


def _refusal(error: Exception) -> RefusedError | None:
    """Return what of the guard's is behind an error of the libraries, or None."""
    for cause in causes(error):
        if isinstance(cause, RefusedError):
            return RefusedError(cause.reason, cause.detail, permanent=cause.permanent)
        if isinstance(cause, LineTooLong) or (isinstance(cause, BadHttpMessage) and "Too many" in cause.message):
            return _too_large()
    return None


def _too_large() -> RefusedError:
    """Return the refusal of an answer with too much in front of its body."""
    return RefusedError("too large", f"the headers of the answer pass {HEADER_BYTES} bytes", permanent=False)
