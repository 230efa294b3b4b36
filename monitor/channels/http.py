"""One HTTP request to a receiver: bounded in time and size, its answer told as success or DeliveryError."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

import aiohttp
import httpx

from monitor.channels.answers import PLAIN, Dialect, refuse
from monitor.errors import DeliveryError, RefusedError
from monitor.guard import SYSTEM, GuardedTransport, Network

CONNECTIONS = 64
"""Open connections to all receivers together; within a channel deliveries go one after the other."""

ANSWER_BYTES = 262_144
"""How much of an answer is read: enough for a chat that repeats the message it took beside its name for it."""

SECRET_CHARS = 6
"""Shortest part of an address or a header that counts as a secret; shorter ones are words such as "api"."""

_BETWEEN = re.compile(r"[/?&=:@\s]+")


def open_client(
    *,
    timeout: timedelta,
    allow_private_networks: bool,
    proxy: str | None,
    user_agent: str,
    network: Network = SYSTEM,
) -> httpx.AsyncClient:
    """Return the client that all channels share; the caller closes it.

    Redirects are not followed, so that a signed message goes where it was addressed and nowhere else; variables of the
    environment are not read, so that the configuration alone says which proxy is used.

    timeout                  for connecting, and again for the answer
    allow_private_networks   whether a receiver may be on this machine or in its own network
    proxy                    address of an HTTP proxy, or None
    """
    transport = GuardedTransport(
        allow_private=allow_private_networks, proxy=proxy, connections=CONNECTIONS, network=network
    )
    return httpx.AsyncClient(
        transport=transport,
        timeout=timeout.total_seconds(),
        headers={"user-agent": user_agent, "accept-encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
    )


async def post(
    client: httpx.AsyncClient,
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    name: str,
    now: datetime,
    method: str = "POST",
    params: Mapping[str, str] | None = None,
    dialect: Dialect = PLAIN,
    hear: Callable[[Mapping[str, str]], None] = lambda _: None,
) -> str:
    """Send a JSON document and return the beginning of the answer, when its status says that it was taken.

    name      what the channel is called in errors ("webhook"); its host is added, never its path or query
    now       against which a Retry-After date is read
    params    added to the query of the address
    dialect   how the service says what went wrong
    hear      told of the headers of an answer that says that the message was taken

    Raises DeliveryError.
    """
    target, auth, place = _read_address(url, name=name)
    seconds = (client.timeout.connect or 0) + (client.timeout.read or 0)
    try:
        async with (
            asyncio.timeout(seconds or None),  # a receiver that trickles its answer would never reach the read timeout
            client.stream(
                method,
                target.copy_merge_params(params) if params else target,
                content=body,
                headers={"content-type": "application/json", **headers},
                auth=auth,
            ) as response,
        ):
            answer = await _read_start(response)
    except RefusedError as error:
        raise DeliveryError(f"{place} is refused: {error.detail}", permanent=error.permanent, whole=True) from error
    except (TimeoutError, httpx.HTTPError, aiohttp.ClientError) as error:
        raise DeliveryError(f"{place} {_explain(error)}") from error
    except (ValueError, httpx.InvalidURL) as error:
        raise DeliveryError(f"{place}: its url or headers cannot be sent; correct them", permanent=True) from error
    text = answer.decode("utf-8", "replace").strip()
    if not response.is_success:
        refuse(response, text, place=place, dialect=dialect, secrets=_secrets(url, headers), now=now)
    hear(response.headers)
    return text


def encode(document: Mapping[str, object]) -> bytes:
    """Return a JSON document as it is sent: UTF-8, no spaces; "?" for lone surrogates, which no encoding can write."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _secrets(url: str, headers: Mapping[str, str]) -> frozenset[str]:
    """Return what of a request must not be repeated in an error."""
    parts = _BETWEEN.split(" ".join((url.partition("//")[2].partition("/")[2], *headers.values())))
    return frozenset(one for one in parts if len(one) >= SECRET_CHARS)


@lru_cache(maxsize=256)  # addresses are as few as channels, and httpx is slow at reading them
def _read_address(url: str, *, name: str) -> tuple[httpx.URL, tuple[str, str] | None, str]:
    """Return an address without its user part, that user and password, and how errors name the place."""
    try:
        urlsplit(url)  # refuses broken brackets, of which httpx makes a host name
        target = httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        target = httpx.URL()
    if target.scheme not in {"http", "https"} or not target.host:
        raise DeliveryError(f"{name}: the address is not one of http:// or https://; correct its url", permanent=True)
    auth = (target.username, target.password) if target.userinfo else None
    return target.copy_with(username=None, password=None), auth, f"{name} at {target.host}"


async def _read_start(response: httpx.Response) -> bytes:
    """Return up to ANSWER_BYTES of an answer."""
    start = b""
    async for chunk in response.aiter_raw():
        start += chunk
        if len(start) >= ANSWER_BYTES:
            break
    return start[:ANSWER_BYTES]


def _explain(error: Exception) -> str:
    """Return in words why there was no answer. Only the system's own text is quoted: httpx's may hold the address.

    The kind is read from aiohttp's error, as httpx-aiohttp 0.2 makes a connect timeout of every broken connection; the
    cause of our own deadline is a cancellation.
    """
    match error if isinstance(error, TimeoutError) else error.__cause__ or error:
        case TimeoutError():
            return "did not answer in time"
        case aiohttp.ClientConnectorCertificateError():
            return "cannot be reached: its certificate is not trusted"
        case aiohttp.ClientConnectorDNSError():
            return "cannot be reached: its name is not known"
        case aiohttp.ClientConnectorError(os_error=cause):
            return f"cannot be reached: {cause.strerror or type(cause).__name__}"
    return "broke the connection"
