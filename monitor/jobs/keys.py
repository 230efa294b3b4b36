"""The keys under which work is due. One running job per key, so what must not run twice at once shares a key."""

import hashlib

ALERT_KEY = "all"
"""Hits are grouped under one key: a group may gather hits of any feed."""

ARTICLE_KEY = "all"
"""Articles are looked at under one key: the limits of each host hold for all of them."""

DIGEST_KEY = "sweep"
"""Digests are looked after under one key: they are few."""

HEALTH_KEY = "all"
"""Feeds are looked after under one key: what begins together is told together, whatever the shard."""

WEBSUB_KEY = "hubs"
"""Hubs are asked under one key: they are few, and asked seldom."""


HEARTBEAT_KEY = "own"
"""One sign of life tells of all that works together."""


def keys_of(parts: int) -> list[str]:
    """Return the keys of so many parts: of the shards of feeds, by host, or of the lanes of channels."""
    return [str(number) for number in range(parts)]


def lane_of(channel: str, lanes: int) -> str:
    """Return the lane of a channel key, the same on every machine; within it every channel has its own queue."""
    return str(int.from_bytes(hashlib.sha256(channel.encode()).digest()[:8]) % lanes)
