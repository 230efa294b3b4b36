"""One polite GET within limits: conditional, bounded in time, size and redirects, without cookies or referrer."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import timedelta
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self
from urllib.parse import urldefrag, urlsplit

import aiohttp
import httpx
from yarl import URL

from monitor.core.addresses import is_file
from monitor.core.freshness import retry_after
from monitor.core.types import Feed, FetchResult
from monitor.errors import FetchError, RefusedError
from monitor.feeds.files import FileReader
from monitor.feeds.inflate import ACCEPTED, Inflater
from monitor.guard import SYSTEM, GuardedTransport, Network, causes

MAX_REDIRECTS = 5
"""Redirects followed for one answer; browsers allow twenty, a feed that needs more than a few is misconfigured."""

MAX_ASKED = 2
"""Times that one address is asked for one answer: a server may redirect to itself once, while it makes ready."""

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, application/xml;q=0.9, text/xml;q=0.8, "
    "*/*;q=0.5"
)

READ = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION, HTTPStatus.NOT_MODIFIED})
"""Answers that are read; 203 is a 200 that a proxy on the way has changed (RFC 9110, 15.3.4)."""

SHOWN_HEADERS = frozenset(
    {"content-type", "content-location", "content-language", "cache-control", "link", "date"}
    | {"expires", "age", "retry-after"}
)
"""Headers of an answer that are of use later; names in lower case."""


class Fetcher:
    """Fetches feeds; an async context manager that owns its connections."""

    def __init__(
        self,
        *,
        timeout: timedelta,
        max_body: int,
        allow_private_networks: bool,
        proxy: str | None,
        user_agent: str,
        network: Network = SYSTEM,
        files: FileReader | None = None,
    ) -> None:
        """Take the limits.

        timeout   for a whole answer, redirects and body included
        max_body  bytes of a body, as it comes and inflated
        proxy     address of an HTTP proxy, or None; with one, the proxy decides which addresses are reached
        files     what reads feeds that are files; without it none is read
        """
        self._timeout = timeout
        self._max_body = max_body
        self._allow_private = allow_private_networks
        self._proxy = proxy
        self._user_agent = user_agent
        self._network = network
        self._files = files or FileReader((), max_body=max_body, timeout=timeout)
        self._client: httpx.AsyncClient

    async def __aenter__(self) -> Self:
        """Open the client: one TLS context for all, no cookies, no variables of the environment."""
        transport = GuardedTransport(
            allow_private=self._allow_private, proxy=self._proxy, network=self._network, middlewares=(_unaltered,)
        )
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=self._timeout.total_seconds(),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"user-agent": self._user_agent, "accept": ACCEPT, "accept-encoding": ACCEPTED},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def fetch(self, feed: Feed) -> FetchResult:
        """Return what the feed's server answers. Raises FetchError for everything but a feed's body and a 304."""
        if is_file(feed.url):  # the only way to a file: redirects stay on the web
            return await self._files.fetch(feed)
        try:
            async with asyncio.timeout(self._timeout.total_seconds()):
                return await self._follow(feed)
        except RefusedError as error:
            raise FetchError(error.reason, error.detail) from error
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as error:
            raise _explain(error) from error
        except ValueError as error:  # nothing was sent
            raise FetchError("bad request", "the host in its url or one of its headers cannot be sent") from error

    async def _follow(self, feed: Feed) -> FetchResult:
        """Ask, and go where redirects lead; the transport checks each address."""
        url, headers = _without_user(feed.url), _headers(feed)
        if feed.course.moved_to is not None:
            url, headers = feed.course.moved_to, _shareable(headers, url, feed.course.moved_to)
        moved_to, for_good = feed.course.moved_to, True
        asked: Counter[str] = Counter()
        for _ in range(MAX_REDIRECTS + 1):
            _target.set(url)
            asked[urldefrag(url).url] += 1
            async with self._client.stream("GET", url, headers=headers) as response:
                if not response.has_redirect_location:
                    return await self._read(feed, url, response, moved_to=moved_to)
                # a password that a stranger put there is not ours to send
                target = _without_user(str(response.url.join(response.headers.get_list("location")[0])))
                for_good = for_good and response.status_code in MOVED_FOR_GOOD
            if asked[urldefrag(target).url] == MAX_ASKED:
                raise FetchError("redirect loop", "it leads back to itself; the server may want cookies, we keep none")
            url, headers = target, _shareable(headers, url, target)
            moved_to = target if for_good else moved_to
        raise FetchError("too many redirects", f"more than {MAX_REDIRECTS}")

    async def _read(self, feed: Feed, url: str, response: httpx.Response, *, moved_to: str | None) -> FetchResult:
        """Return an answer that is no redirect.

        Validators are one set: a 200 replaces both, also by none, and a 304 neither, whatever it carries. Source:
        Rachel Kroll, "feed reader best practices" (rachelbythebay.com/fs/help.html).
        """
        status = response.status_code
        if status == HTTPStatus.NOT_MODIFIED and feed.etag is None and feed.last_modified is None:
            raise FetchError("http 304", "the server says nothing changed, but was not asked", status=status)
        if status not in READ:
            asked = retry_after(response.headers)
            seconds = None if asked is None else asked.total_seconds()
            raise FetchError(f"http {status}", _phrase(status), status=status, retry_after=seconds)
        not_modified = status == HTTPStatus.NOT_MODIFIED
        body = b"" if not_modified else await self._body(response)
        return FetchResult(
            status=status,
            url=url,
            headers={name: value for name, value in response.headers.items() if name in SHOWN_HEADERS},
            body=body,
            etag=feed.etag if not_modified else _validator(response, "etag"),
            last_modified=feed.last_modified if not_modified else _validator(response, "last-modified"),
            not_modified=not_modified,
            moved_to=moved_to,
        )

    async def _body(self, response: httpx.Response) -> bytes:
        """Return the body, inflated. Raises FetchError as soon as it is larger than allowed, packed or not."""
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._max_body:
            raise FetchError("too large", f"{announced} bytes, http.max_body allows {self._max_body}")
        inflater = Inflater(response.headers.get("content-encoding", ""))
        body, packed = bytearray(), 0
        async for chunk in response.aiter_raw():
            packed += len(chunk)
            self._check_size(packed)
            for piece in inflater.feed(chunk):
                body += piece
                self._check_size(len(body))
        inflater.finish()
        return bytes(body)

    def _check_size(self, size: int) -> None:
        """Raise FetchError when a body is larger than allowed."""
        if size > self._max_body:
            raise FetchError("too large", f"more than http.max_body ({self._max_body} bytes)")


CONDITIONS = ("if-none-match", "if-modified-since")
"""Headers that another host may see; those of the operator may hold a secret."""


MOVED_FOR_GOOD = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
"""Redirects that may be remembered (RFC 9110, 15.4.2 and 15.4.9); all others are only followed."""

_target: ContextVar[str] = ContextVar("target")
"""Address of the request that this task makes."""


async def _unaltered(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Ask for path and query as they were given: who signs or compares them knows no other spelling of %7E or %2f.

    The host stays the one that was checked. What no request line can hold stays as it was encoded.
    """
    parts = urlsplit(_target.get())
    rest = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if rest.isascii() and rest.isprintable() and " " not in rest:
        request.url = URL(f"{request.url.origin()}{rest}", encoded=True)
    return await send(request)


def _shareable(headers: dict[str, str], url: str, target: str) -> dict[str, str]:
    """Return the headers that the server of `target` may see when it is not that of `url`, or not as safe."""
    if _same_server(httpx.URL(url), httpx.URL(target)):
        return headers
    return {name: value for name, value in headers.items() if name in CONDITIONS}


def _same_server(old: httpx.URL, new: httpx.URL) -> bool:
    """Return whether headers of the operator may go along: to the same origin, or to the same host now over TLS."""
    ports = [url.port or {"http": 80, "https": 443}.get(url.scheme) for url in (old, new)]
    upgraded = (old.scheme, new.scheme, *ports) == ("http", "https", 80, 443)
    return old.host == new.host and (upgraded or (old.scheme == new.scheme and ports[0] == ports[1]))


def _without_user(url: str) -> str:
    """Return an address without user and password, which go into a header; any other stays unaltered."""
    parsed = httpx.URL(url)
    return str(parsed.copy_with(username=None, password=None)) if parsed.userinfo else url


def _headers(feed: Feed) -> dict[str, str]:
    """Return the feed's own headers and its validators, both as they came and together (RFC 9110, 13.1)."""
    own = {name.lower(): value for name, value in feed.headers.items()}
    url = httpx.URL(feed.url)
    if url.userinfo:
        own.setdefault("authorization", aiohttp.encode_basic_auth(url.username, url.password))
    validators = zip(CONDITIONS, (feed.etag, feed.last_modified), strict=True)
    return own | {name: value for name, value in validators if value is not None}


def _validator(response: httpx.Response, name: str) -> str | None:
    """Return a validator as it came, or None; one beyond ASCII is none, for it could not be returned unaltered."""
    value: str = response.headers.get(name, "")
    return value if value and value.isascii() else None


def _explain(error: Exception) -> FetchError:
    """Return in a word why there was no answer; addresses are not repeated, they may hold a secret."""
    kinds: Mapping[type[BaseException], str] = {
        aiohttp.ClientConnectorCertificateError: "tls",
        ssl.SSLError: "tls",
        aiohttp.ClientConnectorDNSError: "dns",
        ConnectionRefusedError: "connection refused",
        httpx.UnsupportedProtocol: "bad address",
        httpx.InvalidURL: "bad address",
        aiohttp.ServerTimeoutError: "timeout",
        aiohttp.ClientConnectionError: "connection broken",  # the transport calls it a timeout, which it is not
        httpx.TimeoutException: "timeout",
        TimeoutError: "timeout",  # an OSError, as those of the system are
    }
    for kind, reason in kinds.items():
        found = next((one for one in causes(error) if isinstance(one, kind)), None)
        if found is not None:
            return FetchError(reason, _detail(reason, found))
    return FetchError("connection broken", _detail("connection broken", error))


def _detail(reason: str, cause: BaseException) -> str:
    """Return what a person should know beside the reason."""
    details = {
        "dns": "the host's name is not known",
        "connection refused": "nothing listens there",
        "bad address": "expected http:// or https:// with a host, perhaps a port, and at most 64 KiB in all",
        "timeout": "no complete answer within http.timeout",
        "connection broken": "the server cannot be reached, or ended it before the answer was complete",
    }
    verify = getattr(cause, "verify_message", "") or getattr(
        getattr(cause, "certificate_error", None), "verify_message", ""
    )
    return details.get(reason) or verify or "no secure connection"


def _phrase(status: int) -> str:
    """Return the standard's words for a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
