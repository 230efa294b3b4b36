"""What every job works with, swapped as a whole when the configuration or a watchlist changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.channels.base import Channel
from monitor.channels.heartbeat import Heartbeat
from monitor.config.settings import Settings
from monitor.core.matcher import Matcher
from monitor.core.rates import Rate
from monitor.core.types import EntityRef
from monitor.feeds.apart import Apart
from monitor.feeds.fetch import Fetcher
from monitor.store.database import Database

Clock = Callable[[], datetime]
"""Returns the current instant, aware, in UTC."""


@dataclass(frozen=True, slots=True)
class Context:
    """One consistent state of the house.

    entities   what the matcher's entities are called, by id
    titles     titles of the watchlists by id
    apart      reads what strangers wrote
    channels   channels that work, by key ("desk/slack")
    ring       tells the runtime that work under (kind, key) is due
    jitter     returns a number in [0, 1); keeps waits of one length apart
    rates      how many messages each channel takes, by key
    heartbeat  tells a watch of somebody else that the daemon works, or None where there is none
    """

    settings: Settings
    db: Database
    matcher: Matcher
    entities: Mapping[str, EntityRef]
    titles: Mapping[str, str]
    fetcher: Fetcher
    apart: Apart
    channels: Mapping[str, Channel]
    ring: Callable[[str, str], None]
    clock: Clock
    jitter: Callable[[], float]
    rates: Mapping[str, Sequence[Rate]] = field(default_factory=dict)
    heartbeat: Heartbeat | None = None

    def channel_keys(self, receiver: str) -> list[str]:
        """Return the keys of the receiver's channels that work, in the order of the configuration."""
        found = self.settings.receivers.get(receiver)
        return [spec.key for spec in found.channels if spec.key in self.channels] if found else []


Current = Callable[[], Context]
"""Returns the state to work with now; jobs ask for it once per run."""
