"""Whether feeds fail one by one or our own network is down, told from the last polls.

A publisher who answers at all, be it with 404 or 503, shows that the network is there. When hardly any of the hosts
asked of late answers, the trouble is nearer to us than to them: the line, the name server, the proxy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core import host_pause
from monitor.core.addresses import host_of
from monitor.core.polling import reason_of

LATELY = timedelta(hours=1)
"""How far back polls count: every feed of the usual interval was asked several times within it."""

LEAST_HOSTS = 3
"""Hosts below which nobody can tell an outage of ours from theirs."""

OUTAGE_SHARE = 0.8
"""Part of the hosts that do not answer in an outage: a few may still come from a cache or lie in our own network."""

UNREACHED = host_pause.UNREACHED | {"private address"}
"""Reasons of a FetchError that say that no host was reached. A network that asks for a login first sends all names to
an address of its own, with a certificate of its own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The last poll of a feed: where it went, when, and what failed, or None."""

    url: str
    at: datetime
    error: str | None


def is_unreached(error: str | None) -> bool:
    """Return whether a failure says that no host was reached."""
    return error is not None and reason_of(error) in UNREACHED


def is_outage(polls: Iterable[Asked], *, now: datetime) -> bool:
    """Return whether our own network is down: most hosts asked of late were not reached at their last poll."""
    last: dict[str, Asked] = {}
    for poll in polls:
        host = host_of(poll.url)
        if host and poll.at >= now - LATELY and (host not in last or poll.at > last[host].at):
            last[host] = poll
    unreached = sum(is_unreached(poll.error) for poll in last.values())
    return unreached >= LEAST_HOSTS and unreached >= OUTAGE_SHARE * len(last)
