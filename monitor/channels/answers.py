"""What a receiver's answer means: taken, later or never; and what a person can do about it."""

import email.utils
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NoReturn

import httpx

from monitor.errors import DeliveryError

PASSING_STATUSES = frozenset({408, 425, 429})
"""Client errors that pass by themselves: timeout, too early, too many requests (RFC 9110, RFC 8470, RFC 6585)."""

WHOLE = frozenset({"401", "403", "410"})
"""Refusals that every message meets until a person does something: no login, no right, gone (RFC 9110, 15.5)."""

CURES: Mapping[str, str] = {
    "401": "check its secret or token",
    "403": "check its secret or token",
    "404": "check its address",
    "410": "it was removed; make a new one or take the channel out of the configuration",
    "413": "it refuses messages of this size",
}
"""What a person can do about an answer, by status."""

_SAID = re.compile(r"(?=.{2,100}\Z)[A-Za-z0-9]+(?:[ _:,'-]{1,2}[A-Za-z0-9]+)*")
"""What is repeated of an answer: a code or a short phrase. Anything else may be a page, or hold a secret."""

_CODE = re.compile(r"[a-z_]{2,40}")
"""What is repeated of an answer that is no JSON: a bare code, as Slack's "no_service"."""

Document = Mapping[str, Any]


def _nothing(_: Document) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one service tells in the JSON of an answer what went wrong, beyond the status.

    said    its code or phrase
    wait    the seconds it asks us to wait
    cures   what a person can do, by code or status; CURES hold where it says nothing
    whole   codes and statuses, beside WHOLE, of a refusal that every message would meet
    """

    said: Callable[[Document], object] = _nothing
    wait: Callable[[Document], object] = _nothing
    cures: Mapping[str, str] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()


PLAIN = Dialect()
"""A receiver that says nothing beyond the status."""


def read_json(text: str) -> Document:
    """Return an answer's JSON object; one without members for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def part(document: Document, *path: str) -> object:
    """Return what stands in a JSON document under the names of `path`, or None."""
    found: object = document
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def quote_code(text: str) -> str:
    """Return an answer in brackets when it is a bare code, as Slack's "no_service"; anything else may hold a secret."""
    return f" ({text})" if _CODE.fullmatch(text) else ""


def refuse(
    response: httpx.Response, text: str, *, place: str, dialect: Dialect, secrets: frozenset[str], now: datetime
) -> NoReturn:
    """Raise DeliveryError for an answer that says that the message was not taken.

    5xx and PASSING_STATUSES are tried again; every other answer stays the same until a person changes something.

    secrets   what must not be repeated, even where the receiver says it
    """
    status = response.status_code
    document = read_json(text)
    code = find_code(dialect.said(document), secrets) or (text if _CODE.fullmatch(text) else "")
    said = f"{place} answered {status} {_phrase(status)}".rstrip() + (f" ({code})" if code else "")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in PASSING_STATUSES:
        wait = _seconds(dialect.wait(document))
        if wait is None:
            wait = _read_retry_after(response.headers.get("retry-after"), now=now)
        raise DeliveryError(said, retry_after=wait, code=code)
    cures = {**CURES, **dialect.cures}
    cure = cures.get(code) or cures.get(str(status))
    if response.is_redirect:
        cure = "redirects are not followed; give the final address"
    whole = response.is_redirect or not {code, str(status)}.isdisjoint(WHOLE | dialect.whole)
    raise DeliveryError(f"{said}: {cure}" if cure else said, permanent=True, code=code, whole=whole)


def find_code(said: object, secrets: frozenset[str]) -> str:
    """Return what a service calls a failure, or "" where it says nothing that may be repeated."""
    text = str(said) if isinstance(said, str | int) else ""
    return text if _SAID.fullmatch(text) and not any(one in text for one in secrets) else ""


def _phrase(status: int) -> str:
    """Return the standard's words for a status; the receiver's own are not quoted."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _seconds(value: object) -> float | None:
    """Return a number of seconds, or None for what is none."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and value == value and value >= 0
    return float(value) if good else None  # type: ignore[arg-type]  # good says that it is a number


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
