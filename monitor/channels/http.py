"""One HTTP request to a receiver: bounded in time and size, its answer told as success or DeliveryError."""

import asyncio
import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp
import httpx

from monitor.errors import DeliveryError, RefusedError
from monitor.guard import SYSTEM, GuardedTransport, Network

CONNECTIONS = 64
"""Open connections to all receivers together; within a channel deliveries go one after the other."""

ANSWER_BYTES = 4_096
"""How much of an answer is read: enough for the error codes of chats, and for the connection to be used again."""

PASSING_STATUSES = frozenset({408, 425, 429})
"""Client errors that pass by themselves: timeout, too early, too many requests (RFC 9110, RFC 8470, RFC 6585)."""

_CODE = re.compile(r"[a-z_]{2,40}")

CURES = {
    401: "check its secret or token",
    403: "check its secret or token",
    404: "check its address",
    410: "it was removed; make a new one or take the channel out of the configuration",
    413: "it refuses messages of this size",
}
"""What a person can do about an answer."""


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
    client: httpx.AsyncClient, url: str, *, body: bytes, headers: Mapping[str, str], name: str, now: datetime
) -> str:
    """Post a JSON document and return the beginning of the answer, when its status says that it was taken.

    name   what the channel is called in errors ("webhook"); its host is added, never its path or query
    now    against which a Retry-After date is read

    Raises DeliveryError.
    """
    target, auth, place = _read_address(url, name=name)
    seconds = (client.timeout.connect or 0) + (client.timeout.read or 0)
    try:
        async with (
            asyncio.timeout(seconds or None),  # a receiver that trickles its answer would never reach the read timeout
            client.stream(
                "POST", target, content=body, headers={"content-type": "application/json", **headers}, auth=auth
            ) as response,
        ):
            answer = await _read_start(response)
    except RefusedError as error:
        raise DeliveryError(f"{place} is refused: {error.detail}", permanent=error.permanent) from error
    except (TimeoutError, httpx.HTTPError, aiohttp.ClientError) as error:
        raise DeliveryError(f"{place} {_explain(error)}") from error
    except (ValueError, httpx.InvalidURL) as error:
        raise DeliveryError(f"{place}: its url or headers cannot be sent; correct them", permanent=True) from error
    text = answer.decode("utf-8", "replace").strip()
    _check_status(response, place=place, text=text, now=now)
    return text


def quote_code(text: str) -> str:
    """Return an answer in brackets when it is a bare code, as Slack's "no_service"; anything else may hold a secret."""
    return f" ({text})" if _CODE.fullmatch(text) else ""


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

    The kind is read from aiohttp's error, as httpx-aiohttp 0.2 makes a connect timeout of every broken connection.
    """
    match error.__cause__ or error:
        case TimeoutError():
            return "did not answer in time"
        case aiohttp.ClientConnectorCertificateError():
            return "cannot be reached: its certificate is not trusted"
        case aiohttp.ClientConnectorDNSError():
            return "cannot be reached: its name is not known"
        case aiohttp.ClientConnectorError(os_error=cause):
            return f"cannot be reached: {cause.strerror or type(cause).__name__}"
    return "broke the connection"


def _check_status(response: httpx.Response, *, place: str, text: str, now: datetime) -> None:
    """Raise DeliveryError unless the status says that the message was taken.

    5xx and PASSING_STATUSES are tried again; every other answer stays the same until a person changes something.
    """
    status = response.status_code
    if response.is_success:
        return
    said = f"{place} answered {status} {_phrase(status)}".rstrip() + quote_code(text)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in PASSING_STATUSES:
        raise DeliveryError(said, retry_after=_read_retry_after(response.headers.get("retry-after"), now=now))
    cure = "redirects are not followed; give the final address" if response.is_redirect else CURES.get(status)
    raise DeliveryError(f"{said}: {cure}" if cure else said, permanent=True)


def _phrase(status: int) -> str:
    """Return the standard's words for a status; the receiver's own are not quoted."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _read_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for, or None; it holds seconds or a date (RFC 9110, 10.2.3)."""
    if not value:
        return None
    try:
        return max(0.0, float(int(value)))
    except ValueError:
        pass
    try:
        until_at = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until_at.replace(tzinfo=until_at.tzinfo or UTC) - now).total_seconds())
