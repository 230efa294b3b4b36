"""The whole timetable on one page: which job ticks how often under which keys.

Ticks are short because they only ask the database what is due; the due times themselves are rows.
"""

from monitor.jobs.keys import (
    ALERT_KEY,
    ARTICLE_KEY,
    DELIVER_LANES,
    DIGEST_KEY,
    HEALTH_KEY,
    HEARTBEAT_KEY,
    POLL_SHARDS,
    WEBSUB_KEY,
)
from monitor.runtime.base import Runtime

TICK_SECONDS = 1.0
"""How late due work may start; rings make new work start at once."""

DIGEST_SECONDS = 30.0
"""How late a digest may start."""

HEALTH_SECONDS = 30.0
"""How late the news of a feed's trouble may be, beyond the operator's patience."""

HEARTBEAT_SECONDS = 5.0
"""How late a sign of life may be; how often one is due is for the operator to say."""

WEBSUB_SECONDS = 5.0
"""How late a hub is asked; what hubs push is read at once, and after a restart as late as this."""

PRUNE_CRON = "17 3 * * *"
"""Once a day, at a quiet hour in most of the world's newsrooms; the minute is arbitrary."""


def plan(runtime: Runtime) -> None:
    """Put every job of the house on the timetable of `runtime`."""
    runtime.every("poll", TICK_SECONDS, [str(shard) for shard in range(POLL_SHARDS)])
    runtime.every("push", WEBSUB_SECONDS, [str(shard) for shard in range(POLL_SHARDS)])
    runtime.every("websub", WEBSUB_SECONDS, [WEBSUB_KEY])
    runtime.every("article", TICK_SECONDS, [ARTICLE_KEY])
    runtime.every("alert", TICK_SECONDS, [ALERT_KEY])
    runtime.every("deliver", TICK_SECONDS, [str(lane) for lane in range(DELIVER_LANES)])
    runtime.every("digest", DIGEST_SECONDS, [DIGEST_KEY])
    runtime.every("health", HEALTH_SECONDS, [HEALTH_KEY])
    runtime.every("heartbeat", HEARTBEAT_SECONDS, [HEARTBEAT_KEY])
    runtime.cron("prune", PRUNE_CRON)
