"""How often somebody may ask, or may be wrong about a token, before they have to wait."""

import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

from starlette.requests import Request

from monitor.core.rates import Rate, wait

ASKED = Rate(600, timedelta(minutes=1))
"""Requests to the API by one token, or from one address: ten a second, more than a program has reason to."""

WRONG = Rate(10, timedelta(minutes=15))
"""Wrong tokens from one address; at that rate the shortest of words that nobody guesses at once lasts for years."""

KNOWN = 10_000
"""Callers that are remembered, the latest: some tens of MB when all of them ask as often as they may."""


class Limit:
    """A rate, kept for each caller apart. Not safe to share between threads: it belongs to the event loop."""

    def __init__(self, rate: Rate) -> None:
        """Remember nobody yet."""
        self._rates: Sequence[Rate] = (rate,)
        self._most = rate.count
        self._at: OrderedDict[str, list[datetime]] = OrderedDict()

    def wait(self, key: str, *, now: datetime) -> timedelta:
        """Return how long a caller has to wait; none for zero."""
        return wait(self._at.get(key, ()), self._rates, now=now)

    def count(self, key: str, *, now: datetime) -> None:
        """Remember that a caller did it."""
        times = self._at.setdefault(key, [])
        self._at.move_to_end(key)
        times.append(now)
        if len(times) >= 2 * self._most:
            del times[: -self._most]
        if len(self._at) > KNOWN:
            self._at.popitem(last=False)


def address_of(request: Request) -> str:
    """Return where a request comes from, as far as one sender can be told from another: of IPv6 the network (/64)."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    mapped = ipaddress.IPv6Address(address).ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(address) >> 64 << 64, 64)))
