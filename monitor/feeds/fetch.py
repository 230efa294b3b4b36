"""One polite GET within limits: conditional, bounded in time, size and redirects, without cookies or referrer.

And one POST within the same limits, to the hubs that feeds name.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import urldefrag, urlencode

import aiohttp
import httpx

from monitor.core.addresses import host_of, is_file
from monitor.core.freshness import retry_after
from monitor.core.own_limits import own_limit
from monitor.core.types import Feed, FetchResult
from monitor.errors import FetchError, RefusedError
from monitor.feeds.files import FileReader
from monitor.feeds.inflate import ACCEPTED, Inflater
from monitor.guard import SYSTEM, GuardedTransport, Network, causes

MAX_REDIRECTS = 5
"""Redirects followed for one answer; browsers allow twenty, a feed that needs more than a few is misconfigured."""

MAX_ASKED = 2
"""Times that one address is asked for one answer: a server may redirect to itself once, while it makes ready."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: the preference that servers are told, and the media types that are read; none means all."""

    accept: str
    types: frozenset[str] = frozenset()


A_FEED = Wanted(
    "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, application/xml;q=0.9, text/xml;q=0.8, "
    "*/*;q=0.5"
)
"""Feeds come under every type there is."""

A_PAGE = Wanted(
    "text/html, application/xhtml+xml;q=0.9, text/plain;q=0.5",
    frozenset({"text/html", "application/xhtml+xml", "text/plain"}),
)
"""What a reader reads; a link to a video must not be followed to its end."""

READ = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION, HTTPStatus.NOT_MODIFIED})
"""Answers that are read; 203 is a 200 that a proxy on the way has changed (RFC 9110, 15.3.4)."""

SHOWN_HEADERS = frozenset(
    {"content-type", "content-location", "content-language", "cache-control", "link", "date"}
    | {"expires", "age", "retry-after"}
)
"""Headers of an answer that are of use later; names in lower case."""


GoingTo = Callable[[str], Awaitable[None]]
"""Told of the host that the next request goes to, before it does; may keep it waiting, or raise FetchError."""


async def _at_once(host: str) -> None:
    """Let every request go."""


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
        self._own_headers = {"user-agent": user_agent, "accept-encoding": ACCEPTED}
        self._network = network
        self._files = files or FileReader((), max_body=max_body, timeout=timeout)
        self._transport: GuardedTransport

    async def __aenter__(self) -> Self:
        """Open what holds the connections: one TLS context for all, no cookies, no variables of the environment."""
        self._transport = GuardedTransport(allow_private=self._allow_private, proxy=self._proxy, network=self._network)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def fetch(self, feed: Feed, *, going_to: GoingTo = _at_once, wanted: Wanted = A_FEED) -> FetchResult:
        """Return what the feed's server answers. Raises FetchError for everything but what is wanted and a 304.

        going_to   told of the host of each request, those of redirects included; its time does not count as the host's
        """
        if is_file(feed.url):  # the only way to a file: redirects stay on the web
            return await self._files.fetch(feed)
        try:
            url = _without_user(feed.url) if feed.course.moved_to is None else feed.course.moved_to
            await going_to(host_of(url))
            async with asyncio.timeout(self._timeout.total_seconds()) as limit:
                return await self._follow(feed, url, partial(_unhurried, limit, going_to), wanted)
        except UNANSWERED as error:
            raise _explain(error) from error

    async def post(self, url: str, form: Mapping[str, str], *, going_to: GoingTo = _at_once) -> None:
        """Post a form to a hub; return when it took it. Raises FetchError for every other answer, and for none.

        Redirects are followed where they keep the method (WebSub, 5.1.2). What is answered beyond the status is not
        read: it may repeat what is secret in the form. `going_to` as for `fetch`.
        """
        url, body = _without_user(url), urlencode(form).encode()
        headers = self._own_headers | {"accept": "*/*", "content-type": "application/x-www-form-urlencoded"}
        try:
            async with asyncio.timeout(self._timeout.total_seconds()) as limit:
                await self._post(url, headers, body, partial(_unhurried, limit, going_to))
        except UNANSWERED as error:
            raise _explain(error) from error

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes, going_to: GoingTo) -> None:
        """Post, and go where redirects lead."""
        for _ in range(MAX_REDIRECTS + 1):
            await going_to(host_of(url))
            async with await self._transport.ask(url, headers, posted=body) as response:
                if response.ok and response.status not in REDIRECTS:
                    return
                location = response.headers.get("location") if response.status in KEEPS_METHOD else None
                if location is None:
                    raise _refusal(response)
                url = _without_user(str(httpx.URL(url).join(_text(location))))
        raise FetchError("too many redirects", f"more than {MAX_REDIRECTS}")

    async def _follow(self, feed: Feed, url: str, going_to: GoingTo, wanted: Wanted) -> FetchResult:
        """Ask at `url`, which has leave, and go where redirects lead; the transport checks each address."""
        headers = _headers(feed)
        if feed.course.moved_to is not None:
            headers = _shareable(headers, _without_user(feed.url), url)
        moved_to, for_good = feed.course.moved_to, True
        asked: list[str] = []
        for _ in range(MAX_REDIRECTS + 1):
            if asked:
                await going_to(host_of(url))
            sent = self._own_headers | {"accept": wanted.accept} | headers
            async with await self._transport.ask(url, sent) as response:
                location = response.headers.get("location") if response.status in REDIRECTS else None
                if location is None:
                    return await self._read(feed, url, response, wanted, moved_to=moved_to)
                # a password that a stranger put there is not ours to send
                target = _without_user(str(httpx.URL(url).join(_text(location))))
                for_good = for_good and response.status in MOVED_FOR_GOOD
            asked.append(urldefrag(url).url)
            if asked.count(urldefrag(target).url) == MAX_ASKED:
                raise FetchError("redirect loop", "it leads back to itself; the server may want cookies, we keep none")
            url, headers = target, _shareable(headers, url, target)
            moved_to = target if for_good else moved_to
        raise FetchError("too many redirects", f"more than {MAX_REDIRECTS}")

    async def _read(
        self, feed: Feed, url: str, response: aiohttp.ClientResponse, wanted: Wanted, *, moved_to: str | None
    ) -> FetchResult:
        """Return an answer that is no redirect.

        Validators are one set: a 200 replaces both, also by none, and a 304 neither, whatever it carries. Source:
        Rachel Kroll, "feed reader best practices" (rachelbythebay.com/fs/help.html).
        """
        status = response.status
        if status == HTTPStatus.NOT_MODIFIED and feed.etag is None and feed.last_modified is None:
            raise FetchError("http 304", "the server says nothing changed, but was not asked", status=status)
        if status not in READ:
            raise _refusal(response)
        not_modified = status == HTTPStatus.NOT_MODIFIED
        if not not_modified:
            _check_type(_header(response, "content-type"), wanted)
        body = b"" if not_modified else await self._body(response)
        return FetchResult(
            status=status,
            url=url,
            headers=_shown(response),
            body=body,
            etag=feed.etag if not_modified else _validator(response, "etag"),
            last_modified=feed.last_modified if not_modified else _validator(response, "last-modified"),
            not_modified=not_modified,
            moved_to=moved_to,
        )

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        """Return the body, inflated. Raises FetchError as soon as it is larger than allowed, packed or not."""
        announced = _header(response, "content-length")
        if announced.isdecimal() and int(announced) > self._max_body:
            raise FetchError("too large", f"{announced} bytes, http.max_body allows {self._max_body}")
        inflater = Inflater(_header(response, "content-encoding"))
        body, packed = bytearray(), 0
        async for chunk in response.content.iter_any():
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


def _check_type(content_type: str, wanted: Wanted) -> None:
    """Raise FetchError for a media type that is not wanted; one that is not told may be any."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind and wanted.types and kind not in wanted.types:
        raise FetchError("not a page", f"the answer is {kind[:100]}, which no reader of text can read")


async def _unhurried(limit: asyncio.Timeout, going_to: GoingTo, host: str) -> None:
    """Wait for a request's leave to go; the time limit stands still meanwhile."""
    loop, due = asyncio.get_running_loop(), limit.when()
    began = loop.time()
    limit.reschedule(None)
    await going_to(host)
    limit.reschedule(None if due is None else due + loop.time() - began)


CONDITIONS = ("if-none-match", "if-modified-since")
"""Headers that another host may see; those of the operator may hold a secret."""


REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""Statuses with an address to go to (RFC 9110, 15.4); 300 leaves the choice to a person."""

MOVED_FOR_GOOD = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
"""Redirects that may be remembered (RFC 9110, 15.4.2 and 15.4.9); all others are only followed."""

KEEPS_METHOD = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})
"""Redirects after which a POST stays one (RFC 9110, 15.4.8 and 15.4.9)."""


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
    if "@" not in url:  # to parse an address takes as long as to store what it answered
        return url
    parsed = httpx.URL(url)
    return str(parsed.copy_with(username=None, password=None)) if parsed.userinfo else url


def _headers(feed: Feed) -> dict[str, str]:
    """Return the feed's own headers and its validators, both as they came and together (RFC 9110, 13.1)."""
    own = {name.lower(): value for name, value in feed.headers.items()}
    if "@" in feed.url and (url := httpx.URL(feed.url)).userinfo:
        own.setdefault("authorization", aiohttp.encode_basic_auth(url.username, url.password))
    validators = zip(CONDITIONS, (feed.etag, feed.last_modified), strict=True)
    return own | {name: value for name, value in validators if value is not None}


def _refusal(response: aiohttp.ClientResponse) -> FetchError:
    """Return the error for a status that is no success."""
    asked = retry_after(response.headers)
    seconds = None if asked is None else asked.total_seconds()
    return FetchError(f"http {response.status}", _phrase(response.status), status=response.status, retry_after=seconds)


def _validator(response: aiohttp.ClientResponse, name: str) -> str | None:
    """Return a validator as it came, or None; one beyond ASCII is none, for it could not be returned unaltered."""
    value = _header(response, name)
    return value if value and value.isascii() else None


def _header(response: aiohttp.ClientResponse, name: str) -> str:
    """Return a header of an answer, or ""; several of one name are one list (RFC 9110, 5.3)."""
    return ", ".join(map(_text, response.headers.getall(name, ())))


def _shown(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Return the headers of an answer that are of use later."""
    names = {name.lower() for name in response.headers} & SHOWN_HEADERS
    return {name: value for name in names if (value := _header(response, name))}


def _text(value: str) -> str:
    """Return a header's value, in which aiohttp keeps bytes that are no UTF-8 as surrogates, as text."""
    if value.isascii():
        return value
    encoded = value.encode("utf-8", "surrogateescape")
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        return encoded.decode("latin-1")


UNANSWERED = (RefusedError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError)
"""What the guard and the libraries raise when there is no answer."""


def _explain(error: Exception) -> FetchError:
    """Return in a word why there was no answer; addresses are not repeated, they may hold a secret."""
    if isinstance(error, RefusedError):
        return FetchError(error.reason, error.detail)
    if ours := own_limit(causes(error)):
        return ours
    if not isinstance(error, httpx.InvalidURL | aiohttp.ClientError | OSError):  # nothing was sent
        return FetchError("bad request", "the host in its url or one of its headers cannot be sent")
    kinds: Mapping[type[BaseException], str] = {
        aiohttp.ClientConnectorCertificateError: "tls",
        ssl.SSLError: "tls",
        aiohttp.ClientConnectorDNSError: "dns",
        ConnectionRefusedError: "connection refused",
        httpx.InvalidURL: "bad address",
        aiohttp.ServerTimeoutError: "timeout",
        aiohttp.ClientConnectionError: "connection broken",
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
