"""Readiness and watchdog messages to systemd, as sd_notify(3) describes them; silent where there is no systemd."""

import os
import socket
from collections.abc import Mapping


def notify(message: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send `message` ("READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=...") and return whether it was taken.

    Never waits and never raises: a service manager that does not read must not stop the event loop.

    Source: sd_notify(3): a datagram to the Unix socket in $NOTIFY_SOCKET; a leading "@" is the abstract namespace.
    """
    address = environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.setblocking(False)
        try:
            channel.sendto(message.encode(), address)
        except OSError:  # nobody there, or its queue is full: the next message tells the same
            return False
    return True


def watchdog_seconds(environ: Mapping[str, str] = os.environ) -> float | None:
    """Return how often to send WATCHDOG=1, half of what systemd allows, or None when it does not watch.

    Source: sd_watchdog_enabled(3): $WATCHDOG_USEC in microseconds; sending at half the time is its advice.
    """
    allowed = environ.get("WATCHDOG_USEC", "")
    return int(allowed) / 2_000_000 if allowed.isdigit() and int(allowed) > 0 else None
