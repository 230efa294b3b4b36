"""The keys under which work is due. One running job per key, so what must not run twice at once shares a key."""

import hashlib

POLL_SHARDS = 8
"""Shards of feeds in one process, by host: few enough that an idle second costs eight small queries."""

DELIVER_LANES = 4
"""Lanes of channels in one process; within a lane every channel has its own queue."""

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
"""There is one daemon to tell of."""


def lane_of(channel: str) -> str:
    """Return the lane of a channel key, the same on every machine."""
    return str(hashlib.sha256(channel.encode()).digest()[0] % DELIVER_LANES)
