"""Where a request goes, read once from its address."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from yarl import URL

MAX_PORT = 65_535

DEFAULT_PORTS = frozenset({80, 443})
"""Ports that an address may name without need."""

_PLAIN = re.compile(r"(https?)://([a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?(/[!\"$-~]{0,4000})?")
"""Addresses that httpx reads as they are written. Nearly all are, and to read one takes it as long as aiohttp needs to
ask."""


class Target(NamedTuple):
    """What is checked of an address, the port None where it is the usual one, and the address for aiohttp."""

    scheme: str
    host: str
    port: int | None
    url: URL


def read_target(url: str) -> Target:
    """Return where a request for an address goes: to its host as it was read, for path and query as they were given.

    Who signs or compares them knows no other spelling of %7E or %2f. What no request line can hold is encoded. Raises
    httpx.InvalidURL.
    """
    plain = _PLAIN.fullmatch(url)
    port = int(plain[3]) if plain and plain[3] else None
    if plain and port not in DEFAULT_PORTS and (port is None or port <= MAX_PORT):
        place = plain[2] if port is None else f"{plain[2]}:{port}"
        return Target(plain[1], plain[2], port, URL(f"{plain[1]}://{place}{plain[4] or '/'}", encoded=True))
    return _read(url)


def _read(url: str) -> Target:
    """Return where a request for any address goes."""
    read, parts = httpx.URL(url), urlsplit(url)
    rest = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if not (rest.isascii() and rest.isprintable() and " " not in rest):
        rest = read.raw_path.decode("ascii")
    if not rest.startswith("/"):  # without a host, "http:127.0.0.1", it would become one that nobody looked at
        rest = f"/{rest}"
    if read.port is not None and read.port > MAX_PORT:
        raise httpx.InvalidURL(f"no port {read.port}")
    place = URL(f"{read.scheme}://{read.netloc.decode('ascii')}{rest}", encoded=True)
    return Target(read.scheme, read.host, read.port, place)
