"""Which addresses may be reached, decided on the address that is connected to.

The check sits in the resolver of the connector: what it lets through is what the socket gets, so a name that answers
differently a moment later gains nothing. Literal addresses do not reach a resolver and are checked before the request.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from monitor.errors import FetchError


class PrivateAddressError(OSError):
    """A name stands for an address that may not be reached; caught again in fetch.py."""


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public Internet.

    Not: loopback, private, link-local (where clouds keep their metadata), shared (CGNAT), multicast, unspecified,
    reserved; nor IPv6 forms that carry such an IPv4 address. Source: IANA special-purpose address registries, as
    Python's ipaddress knows them.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def check_url(url: str, *, allow_private: bool) -> None:
    """Refuse what is not on the web, and a literal address that is not public. Raises FetchError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError("bad address", "only http:// and https:// are fetched")
    if allow_private:
        return
    try:
        address = socket.inet_ntoa(socket.inet_aton(parts.hostname))  # also 0x7f.1, 127.1 and 2130706433
    except OSError:
        address = parts.hostname if ":" in parts.hostname else ""
    if address and not is_public(address):
        raise FetchError("private address", PRIVATE)


PRIVATE = "it lies in a private network; set http.allow_private_networks if that is meant"


class GuardedResolver(AbstractResolver):
    """Resolves names through the system and lets only public addresses through."""

    def __init__(self) -> None:
        """Ask the system's resolver, in threads."""
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the public addresses of a name. Raises PrivateAddressError when it has none."""
        found = await self._resolver.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise PrivateAddressError(PRIVATE)
        return public

    async def close(self) -> None:
        """Close the system's resolver."""
        await self._resolver.close()
