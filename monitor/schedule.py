"""The whole timetable on one page: which job ticks how often under which keys.

Ticks are short because they only ask the database what is due; the due times themselves are rows.
"""

from monitor.jobs.keys import ALERT_KEY, ARTICLE_KEY, DELIVER_LANES, DIGEST_KEY, POLL_SHARDS
from monitor.runtime.base import Runtime

TICK_SECONDS = 1.0
"""How late due work may start; rings make new work start at once."""

DIGEST_SECONDS = 30.0
"""How late a digest may start."""

PRUNE_CRON = "17 3 * * *"
"""Once a day, at a quiet hour in most of the world's newsrooms; the minute is arbitrary."""


def plan(runtime: Runtime) -> None:
    """Put every job of the house on the timetable of `runtime`."""
    runtime.every("poll", TICK_SECONDS, [str(shard) for shard in range(POLL_SHARDS)])
    runtime.every("article", TICK_SECONDS, [ARTICLE_KEY])
    runtime.every("alert", TICK_SECONDS, [ALERT_KEY])
    runtime.every("deliver", TICK_SECONDS, [str(lane) for lane in range(DELIVER_LANES)])
    runtime.every("digest", DIGEST_SECONDS, [DIGEST_KEY])
    runtime.cron("prune", PRUNE_CRON)
