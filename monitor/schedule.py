"""The whole timetable on one page: which job ticks how often under which keys.

Ticks are short because they only ask the database what is due; the due times themselves are rows.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from monitor.config.settings import RuntimeSettings
from monitor.errors import UnknownIdError
from monitor.jobs.keys import ALERT_KEY, ARTICLE_KEY, DIGEST_KEY, HEALTH_KEY, HEARTBEAT_KEY, WEBSUB_KEY, keys_of
from monitor.runtime.base import Runtime

if TYPE_CHECKING:  # commands ask for the roles alone: this would load all that jobs work with
    from monitor.jobs.looking import Looks

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

PRUNE_CRON = "17 * * * *"
"""Once an hour it is looked whether the day's pruning is due; the minute is arbitrary."""

ROLES: Mapping[str, tuple[str, ...]] = {
    "poll": ("poll", "push", "websub", "article"),
    "alert": ("alert", "health", "digest", "heartbeat", "prune"),
    "deliver": ("deliver",),
    "web": (),
}
"""What a node can be there for, and the jobs that belong to it. `web` has pages and no job; what asks the publishers is
one role, because it needs the way out to them, and what sends to the channels another."""


def kinds_of(roles: Collection[str]) -> set[str]:
    """Return the jobs of some roles. Raises UnknownIdError for what is no role."""
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise UnknownIdError(f"no role {unknown[0]!r}; there are: {', '.join(ROLES)}")
    return {kind for role in roles for kind in ROLES[role]}


def plan(runtime: Runtime, parts: RuntimeSettings, looks: "Looks") -> None:
    """Put every job of the house on the timetable of `runtime`.

    parts   how many shards and lanes there are
    looks   what tells under which keys a job is due, for those that have many
    """
    shards, lanes = keys_of(parts.shards), keys_of(parts.lanes)
    runtime.every("poll", TICK_SECONDS, shards, looks["poll"])
    runtime.every("push", WEBSUB_SECONDS, shards, looks["push"])
    runtime.every("websub", WEBSUB_SECONDS, [WEBSUB_KEY])
    runtime.every("article", TICK_SECONDS, [ARTICLE_KEY])
    runtime.every("alert", TICK_SECONDS, [ALERT_KEY])
    runtime.every("deliver", TICK_SECONDS, lanes, looks["deliver"])
    runtime.every("digest", DIGEST_SECONDS, [DIGEST_KEY])
    runtime.every("health", HEALTH_SECONDS, [HEALTH_KEY])
    runtime.every("heartbeat", HEARTBEAT_SECONDS, [HEARTBEAT_KEY])
    runtime.cron("prune", PRUNE_CRON)
