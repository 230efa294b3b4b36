"""Who is told of a hit, together with what, and when not."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Literal

from monitor.core.types.matching import Tier
from monitor.core.types.watchlists import Severity

GROUP_KEYS = ("story", "rule", "watchlist", "entity", "feed", "severity")


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """Conditions of a route; an empty one holds always. Within a key any value will do, all keys must hold.

    publishers   at least so many different feeds tell the story (product: ">=2"), or 0
    """

    severity: frozenset[Severity] = frozenset()
    watchlist: frozenset[str] = frozenset()
    rule: frozenset[str] = frozenset()
    entity: frozenset[str] = frozenset()
    kind: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    feed: frozenset[str] = frozenset()
    lang: frozenset[str] = frozenset()
    publishers: int = 0
    tier: frozenset[Tier] = frozenset()


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Spans of the day, by the clock of a time zone, in which a route tells nothing; one may cross midnight."""

    times: tuple[tuple[time, time], ...] = ()
    timezone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Inhibition:
    """A hit that `target` matches is not told where one of its story is told that `source` matches."""

    source: RouteMatch
    target: RouteMatch


@dataclass(frozen=True, slots=True)
class Route:
    """A node of the routing tree with everything inherited from its parent filled in.

    path           where it stands in the tree: "" for the root, "0", "0.2", ...
    mute           its quiet hours
    max_per_hour   alerts told in any hour before the others are told together, or 0 for no limit
    """

    path: str
    receiver: str
    group_by: tuple[str, ...] = ("story",)
    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_interval: timedelta = timedelta(0)
    mute: QuietHours = QuietHours()
    max_per_hour: int = 0
    match: RouteMatch = RouteMatch()
    proceed: bool = False  # `continue: true` of the configuration
    routes: tuple["Route", ...] = ()


@dataclass(frozen=True, slots=True)
class SilenceSpec:
    """A silence as somebody wrote it: from `start_at` (None: from now on) until before `end_at`."""

    match: RouteMatch
    start_at: datetime | None
    end_at: datetime
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Silence:
    """A span in which matching hits alert nobody; what it hid is told when it ends.

    origin   where it was made: in the configuration, or by command
    hidden   hits that it hid so far
    """

    id: int
    match: RouteMatch
    start_at: datetime
    end_at: datetime
    author: str
    reason: str
    origin: Literal["config", "added"]
    created_at: datetime
    hidden: int = 0
