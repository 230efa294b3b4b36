"""Which addresses a feed, a redirect or a webhook may lead to.

A publisher or a receiver chooses where our requests go: by a link, a redirect or the answer of its name server. So what
is asked is decided by the address alone, and by none of the names it went by. Everything is closed that is not plainly
the public Internet.
"""

import re
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit, urlunsplit

from monitor.errors import RefusedError

Address = IPv4Address | IPv6Address

PRIVATE = "it lies in a private network; set http.allow_private_networks if that is meant"
CLOSED = "its address is link-local, a cloud's metadata, or otherwise no place of the Internet; it is never asked"


class Reach(Enum):
    """Who can be at an address.

    PUBLIC    anyone on the Internet
    PRIVATE   this machine or its own network: asked only when the operator allows it
    CLOSED    nobody who publishes: metadata of a cloud, link-local, multicast, not assigned, ways around this table
    """

    PUBLIC = "public"
    PRIVATE = "private"
    CLOSED = "closed"


_CLOSED = (
    "0.0.0.0/8",             # this network; Linux connects 0.0.0.0 to itself (RFC 791)
    "100.100.100.200/32",    # metadata of Alibaba Cloud, within the shared space
    "168.63.129.16/32",      # the host agent of Azure, otherwise a public address
    "169.254.0.0/16",        # link-local (RFC 3927); metadata of most clouds at 169.254.169.254
    "192.0.0.0/24",          # IETF protocols (RFC 6890); metadata of Oracle Cloud at 192.0.0.192
    "192.0.2.0/24",          # documentation (RFC 5737)
    "192.88.99.0/24",        # relays from 6to4, given up (RFC 7526)
    "198.51.100.0/24",       # documentation
    "203.0.113.0/24",        # documentation
    "224.0.0.0/4",           # multicast (RFC 5771)
    "240.0.0.0/4",           # reserved (RFC 1112), broadcast
    "2001::/23",             # IETF protocols (RFC 2928): Teredo, benchmarking, ORCHID
    "2001:db8::/32",         # documentation (RFC 3849)
    "2002::/16",             # 6to4, carries any IPv4 address; given up (RFC 7526)
    "3fff::/20",             # documentation (RFC 9637)
    "fd00:42::42/128",       # metadata of Scaleway, within the unique local space
    "fd00:ec2::/32",         # metadata and services of Amazon, likewise
    "fd20:ce::254/128",      # metadata of Google Cloud, likewise
)  # fmt: skip

_PRIVATE = (
    "10.0.0.0/8",            # RFC 1918
    "100.64.0.0/10",         # shared by customers of one carrier (RFC 6598)
    "127.0.0.0/8",           # loopback (RFC 1122)
    "172.16.0.0/12",         # RFC 1918
    "192.168.0.0/16",        # RFC 1918
    "198.18.0.0/15",         # benchmarking (RFC 2544); also what some transparent proxies answer for every name
    "::1/128",               # loopback (RFC 4291)
    "64:ff9b:1::/48",        # a network's own NAT64 (RFC 8215), where the IPv4 part may stand anywhere
    "fc00::/7",              # unique local (RFC 4193)
)  # fmt: skip
"""Source of both tables: IANA's special-purpose address registries for IPv4 and IPv6; the manuals of the clouds.

Kept here, as Python's `ipaddress` judges differently from release to release (python/cpython#113171) and knows no
cloud.
"""


def _split(names: tuple[str, ...]) -> tuple[tuple[IPv4Network, ...], tuple[IPv6Network, ...]]:
    """Return the IPv4 and the IPv6 networks among these."""
    return (
        tuple(IPv4Network(name) for name in names if ":" not in name),
        tuple(IPv6Network(name) for name in names if ":" in name),
    )


_CLOSED4, _CLOSED6 = _split(_CLOSED)
_PRIVATE4, _PRIVATE6 = _split(_PRIVATE)

_GLOBAL6 = IPv6Network("2000::/3")
"""What of IPv6 is given out as global unicast (RFC 4291, IANA); compatible, translated, site-local lie outside."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""What DNS64 answers for names without IPv6 address; the last 32 bits are the IPv4 address (RFC 6052)."""

KNOWN = 4096
"""Addresses whose reach is remembered: to look through the tables takes a tenth of the time of a whole request."""

_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
"""First half of an interface identifier whose second half is an IPv4 address (RFC 5214, 6.1)."""


@lru_cache(maxsize=KNOWN)
def reach(address: str) -> Reach:
    """Return who can be at an IP address, written as a socket takes it; what is none is closed.

    IPv6 forms of an IPv4 address (mapped, NAT64) count as that address. An address with a zone ("%eth0") is closed, as
    only link-local ones have it.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return Reach.CLOSED
    return _reach4(found) if isinstance(found, IPv4Address) else _reach6(found)


def _reach4(address: IPv4Address) -> Reach:
    """Return who can be at an IPv4 address."""
    if any(address in network for network in _CLOSED4):
        return Reach.CLOSED
    return Reach.PRIVATE if any(address in network for network in _PRIVATE4) else Reach.PUBLIC


def _reach6(address: IPv6Address) -> Reach:
    """Return who can be at an IPv6 address."""
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.scope_id is not None or any(address in network for network in _CLOSED6):
        return Reach.CLOSED
    if address.ipv4_mapped is not None or address in _NAT64:
        return _reach4(last)
    if any(address in network for network in _PRIVATE6):
        return Reach.PRIVATE
    if address not in _GLOBAL6:
        return Reach.CLOSED
    return _reach4(last) if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP else Reach.PUBLIC


def check_address(address: str, *, allow_private: bool, permanent: bool) -> None:
    """Let an IP address pass, or raise RefusedError.

    permanent   whether it will stay refused: yes for one that is written in a link, no for one that a name stands for
    """
    found = reach(address)
    if found is Reach.CLOSED:
        raise RefusedError("closed address", CLOSED, permanent=permanent)
    if found is Reach.PRIVATE and not allow_private:
        raise RefusedError("private address", PRIVATE, permanent=permanent)


_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")


@lru_cache(maxsize=4096)  # the hosts of a configuration are few, and each is looked at with every request
def read_literal(host: str) -> Address | None:
    """Return the IP address that a host of a URL is, in any notation, or None for a name.

    IPv4 may have one to four parts in decimal, octal or hexadecimal ("0x7f.1", "2130706433"), with a dot after them: as
    browsers and the C library read them. Raises ValueError for what looks like an address and is none.
    Source: WHATWG URL Standard, "host parsing" (IPv4 parser, ends-in-a-number checker).
    """
    if ":" in host:
        return IPv6Address(host.removeprefix("[").removesuffix("]"))
    parts = host.split(".")
    if parts[-1] == "" and len(parts) > 1:
        parts.pop()
    if not _NUMBER.fullmatch(parts[-1]):
        return None
    *first, last = [_number(part) for part in parts]
    if len(first) > 3 or any(value > 255 for value in first) or last >= 256 ** (4 - len(first)):
        raise ValueError("no IPv4 address")
    return IPv4Address(last + sum(value << 8 * (3 - place) for place, value in enumerate(first)))


def _number(part: str) -> int:
    """Return the value of a part of an IPv4 address; a part too long for one is an error like any other."""
    if not _NUMBER.fullmatch(part) or len(part) > 40:
        raise ValueError("no number")
    if part[:2] in ("0x", "0X"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)


BAD_PORTS = frozenset(
    {
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
        109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526,
        530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045,
        4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    }
)  # fmt: skip
"""Ports of mail, shells, files and the like, which no web server has and which a request could harm.

Source: WHATWG Fetch Standard, "port blocking".
"""


def is_file(url: str) -> bool:
    """Return whether an address names a file or a folder of this machine."""
    return url[:5].lower() == "file:"


_PLAIN = re.compile(r"https?://([a-z0-9.-]+)(?::[0-9]{1,5})?(?:/[!\"$-Z_a-z~-]*)?")
"""Addresses whose host can be taken as it is written. Nearly all are such, and to read one takes four times as long."""


def host_of(url: str) -> str:
    """Return the host that a request to an address goes to, in lower case, "" for a file; its ports are one host.

    Raises ValueError for what has no form of an address.
    """
    plain = _PLAIN.fullmatch(url)
    return plain[1] if plain else "" if is_file(url) else urlsplit(url).hostname or ""


def without_user(url: str) -> str:
    """Return an address without user and password; what has no form of an address stays as it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if "@" in parts.netloc else url


def check_target(scheme: str, host: str, port: int | None, *, allow_private: bool) -> None:
    """Let the address of a request pass, as far as it tells before a name is resolved. Raises RefusedError.

    port   None when the address names none
    """
    if scheme not in ("http", "https") or not host:
        raise RefusedError("bad address", "only http:// and https:// are fetched", permanent=True)
    if port in BAD_PORTS:
        raise RefusedError("bad port", f"no web server listens on port {port}", permanent=True)
    try:
        literal = read_literal(host)
    except ValueError as error:
        raise RefusedError("bad address", "its host looks like an IP address and is none", permanent=True) from error
    if literal is None and "%" in host:  # encoded, for no name can hold it; a resolver would ask for it all the same
        raise RefusedError("bad address", "its host holds characters that no name has", permanent=True)
    if literal is not None:
        check_address(str(literal), allow_private=allow_private, permanent=True)
