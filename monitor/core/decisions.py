"""What is decided of hits, in words that hold when the configuration is another: kept with the hit for `explain`."""

from collections.abc import Iterator
from datetime import datetime

from monitor.core.quiet import is_release, release_at
from monitor.core.silences import spell
from monitor.core.spans import clock, say
from monitor.core.types import Alert, Hit, Route, Silence

TOGETHER = "with what waits already"
"""Why an alert is due when it is that was due then before a hit joined it."""


def ways(root: Route) -> dict[str, str]:
    """Return for the path of each route what the routes on the way to it ask for: "root > [0] severity critical"."""
    return dict(_ways(root, "root"))


def _ways(route: Route, way: str) -> Iterator[tuple[str, str]]:
    """Yield what `ways` returns, of a route and all below it."""
    yield route.path, way
    for number, child in enumerate(route.routes):
        yield from _ways(child, f"{way} > [{number}] {spell(child.match)}")


def because(route: Route, *, hit_at: datetime, before: Alert | None, due_at: datetime, now: datetime) -> str:
    """Return why an alert is due when it is, in the terms of `grouping.notify_at`.

    before   the alert before the hit joined it, or None for a new one
    """
    if before is not None and before.notify_at is not None and before.notify_at <= due_at:
        return f"{TOGETHER}, until quiet hours end" if is_release(route.mute, due_at) else TOGETHER
    if before is None or before.notified_at is None:
        plain_at, said = min(hit_at, now) + route.group_wait, f"group_wait {say(route.group_wait)}"
    else:
        plain_at = max(min(hit_at, now), before.notified_at + route.group_interval)
        said = f"group_interval {say(route.group_interval)} after the last notice"
    held = release_at(route.mute, plain_at) > plain_at
    return f"{said}, then quiet hours until {clock(due_at)}" if held else said


def why_silenced(silence: Silence) -> str:
    """Return which silence hides a hit."""
    hides = f"silence {silence.id} by {silence.author} until {clock(silence.end_at)}"
    return f"{hides} for {spell(silence.match)}: {silence.reason}"


def why_inhibited(other: Hit) -> str:
    """Return in whose place a hit is not told."""
    return f"hit {other.id} of the same story, {other.rule} in item {other.item.id}, is told in its place"


def why_capped(route: Route) -> str:
    """Return why an alert was not told by itself."""
    return f"max_per_hour is {route.max_per_hour}, and the route had told so many"
