"""Nothing leaves this machine: a test that would send a packet elsewhere, or ask a name server, fails instead.

An audit hook of Python (PEP 578) sees every connection of every library before it is made, also that of a test whose
guard is broken. Tests that need a name or an address of the Internet bring their own network (tests/servers/network.py).
"""

import socket
import sys
from ipaddress import ip_address
from typing import Any

left: list[str] = []
"""What was tried since the list was last emptied."""


def watch() -> None:
    """Begin to watch; there is no end to it (PEP 578)."""
    sys.addaudithook(_look)


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse, and note, what would leave."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        where = address[0] if isinstance(address, tuple) else None  # the rest are files, and sockets long connected
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        where = arguments[0]
    else:
        return
    if not is_here(where):
        left.append(f"{event} {where!r}")
        raise PermissionError(f"a test tried to leave loopback: {event} {where!r}")


def is_here(where: str | bytes | None) -> bool:
    """Return whether a host is this machine, without asking anybody; None and "" mean any of its addresses.

    Its own name is looked up by servers that introduce themselves with it (aiosmtpd).
    """
    name = where.decode("ascii", "replace") if isinstance(where, bytes) else where
    if not name or name.rstrip(".").lower() in ("localhost", socket.gethostname().lower()):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
