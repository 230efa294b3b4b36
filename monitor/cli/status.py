"""`monitor status`: everything on one screen."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from monitor.cli.common import ConfigOption, JsonOption, colour_of, one_line, print_json

if TYPE_CHECKING:
    from datetime import datetime

    from rich.text import Text

    from monitor.cli.glance import Glance
    from monitor.core.coverage import Coverage
    from monitor.core.types import Pulse

SHOWN = 12
"""Most feeds in trouble that are named; on a terminal fewer where it has no lines left."""

BELOW = 3
"""Lines below the feeds in trouble: how many more there are, the next prompt, and an empty one above."""


def register(app: typer.Typer) -> None:
    """Hang the command on `app`."""
    app.command("status")(status)


def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show on one screen how everything is. And what to do about what is wrong; works beside the running daemon.

    Example: monitor status
    """
    from monitor.cli.glance import gather
    from monitor.cli.store import open_store
    from monitor.clock import utcnow

    now = utcnow()
    with open_store(config) as (settings, db):
        found = gather(settings, db, now=now)
    if as_json:
        print_json(_plain(found, now))
        return
    _show(found, now)


def _show(found: "Glance", now: "datetime") -> None:
    """Print a line for each part of the house, what is wrong with the command that cures it, and feeds in trouble."""
    import sys

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, words in _lines(found, now):
        table.add_row(name, words)
    for warned in found.warnings:
        if warned.text.startswith("feeds: "):
            continue  # stands in the line of the feeds, with names
        cure = f"  -> {warned.cure}" if warned.cure else ""
        table.add_row(Text("warning", colour_of("warning")), Text.assemble(one_line(warned.text), (cure, "bold")))
    console.print(table)
    room = console.height - len(console.render_lines(table)) - BELOW if console.is_terminal else SHOWN
    troubled = _troubled(found.pulses, now)
    shown = troubled[: max(0, min(SHOWN, room))]
    for line in shown:
        line.truncate(console.width, overflow="ellipsis")
        console.print(line, soft_wrap=True)
    if len(troubled) > len(shown) > 0:
        console.print(
            f"and {len(troubled) - len(shown)} more of {found.coverage.watched} feeds; see: monitor feeds list"
        )


def _lines(found: "Glance", now: "datetime") -> "Iterator[tuple[str, Text]]":
    """Yield what is said of each part of the house."""
    from rich.text import Text

    from monitor.core.coverage import counted, glance

    yield "config", Text(found.config)
    stored = f"{counted(found.counts['items'], 'item')}, {counted(found.counts['hits'], 'hit')}"
    yield "database", Text(f"{found.database}, {stored}")
    yield "daemon", _daemon(found)
    if found.nodes:
        yield "nodes", Text("; ".join(_nodes(found)))
    yield "feeds", Text(one_line(glance(found.coverage)))
    yield "hits", _hits(found)
    yield "alerts", Text(f"{found.open} open, {found.unknown} of them acknowledged by nobody" if found.open else "none")
    yield "deliveries", _deliveries(found)
    yield "channels", Text(f"resting: {', '.join(found.shut)}" if found.shut else "none rests")
    yield "digests", Text("; ".join(_digests(found, now)) or "none in the configuration")
    backup = (
        "never, as far as we know" if found.backup is None else f"{found.backup[0]:%Y-%m-%d %H:%MZ}, {found.backup[1]}"
    )
    yield "backup", Text(backup)


def _daemon(found: "Glance") -> "Text":
    """Return how the daemon is."""
    from rich.text import Text

    state, address = found.daemon.state, found.daemon.address
    if state == "not running":
        why = found.daemon.wrong or f"nothing answers at {address}"
        if any(not node.silent for node in found.nodes):
            return Text(f"{why}; the nodes below work")
        return Text.assemble((state, colour_of("warning")), f": {why}", ("  -> monitor run", "bold"))
    return Text.assemble((state, colour_of("sent" if state == "ready" else "failing")), f" at {address}")


def _nodes(found: "Glance") -> "Iterator[str]":
    """Yield what each node is there for, and for how long it was not heard of where that is long."""
    from monitor.core.polling import spell

    for node in found.nodes:
        silent = f", silent for {spell(node.quiet)}" if node.silent else ""
        yield f"{node.name} {','.join(node.roles)} ({node.version}){silent}"


def _hits(found: "Glance") -> "Text":
    """Return the hits of a day by severity, gravest first."""
    from rich.text import Text

    from monitor.core.types import Severity

    parts: list[str | tuple[str, str]] = [f"{sum(found.today.values())} in 24 h"]
    for number, severity in enumerate(one for one in reversed(Severity) if found.today.get(one)):
        parts += [", " if number else ": ", (f"{found.today[severity]} {severity}", colour_of(severity))]
    if found.counts["unrouted"]:
        parts.append(f"; {found.counts['unrouted']} wait to be routed")
    return Text.assemble(*parts)


def _deliveries(found: "Glance") -> "Text":
    """Return how many deliveries wait, were sent and given up, and since when."""
    from rich.text import Text

    from monitor.cli.glance import states_of

    states = states_of(found)
    parts: list[str | tuple[str, str]] = []
    for state, word in (("pending", "waiting"), ("dead", "given up"), ("sent", "sent")):
        oldest = min(found.oldest.get(state, {}).values(), default=None)
        since = f" (since {oldest:%Y-%m-%d %H:%MZ})" if oldest and states[state] else ""
        colour = colour_of("dead") if state == "dead" and states[state] else ""
        parts += [", " if parts else "", (f"{states[state]} {word}", colour), since]
    return Text.assemble(*parts)


def _digests(found: "Glance", now: "datetime") -> Iterator[str]:
    """Yield when each digest is due."""
    from monitor.core.polling import spell

    for one in found.digests:
        yield f"{one.name} next {one.at:%a %Y-%m-%d %H:%M} {one.timezone} (in {spell(one.at - now, parts=2)})"


def _plain(found: "Glance", now: "datetime") -> dict[str, object]:
    """Return everything for programs."""
    return {
        "database": found.database,
        **found.counts,
        "daemon": {"state": found.daemon.state, "address": found.daemon.address, "wrong": found.daemon.wrong},
        "nodes": [
            {"name": node.name, "version": node.version, "roles": node.roles, "silent": node.silent}
            for node in found.nodes
        ],
        "warnings": [one.text for one in found.warnings],
        "cures": [asdict(one) for one in found.warnings if one.cure],
        "coverage": _plain_coverage(found.coverage, now),
        "hits_24h": {severity.value: count for severity, count in found.today.items()},
        "alerts_open": found.open,
        "alerts_unacknowledged": found.unknown,
        "deliveries": [
            {"channel": channel, "state": state, "count": count, "oldest_at": found.oldest.get(state, {}).get(channel)}
            for (channel, state), count in sorted(found.boxes.items())
        ],
        "channels_resting": [{"channel": name, **asdict(rest)} for name, rest in found.shut.items()],
        "digests": [{"name": one.name, "next_at": one.at, "timezone": one.timezone} for one in found.digests],
        "backup": None if found.backup is None else {"at": found.backup[0], "file": found.backup[1]},
        "failing_feeds": [
            {"url": feed.url, "error": feed.error, "failures": feed.failures} for feed in found.pulses if feed.failures
        ],
    }


def _plain_coverage(found: "Coverage", now: "datetime") -> dict[str, object]:
    """Return coverage for programs."""
    return {
        "watched": found.watched,
        "heard": found.heard,
        "share": round(found.share, 4),
        "states": found.states,
        "reasons": found.reasons,
        "unasked": found.unasked,
        "never_heard": found.never,
        "items_missed": found.missed,
        "oldest_ok_at": found.oldest_ok_at,
        "newest_ok_at": found.newest_ok_at,
        "poll_lag_s": int(found.lag(now).total_seconds()),
    }


def _troubled(pulses: "Sequence[Pulse]", now: "datetime") -> "list[Text]":
    """Return a line for each feed in trouble, gravest state first: since when, and why."""
    from rich.text import Text

    from monitor.core.addresses import without_user
    from monitor.core.coverage import GRAVITY, since
    from monitor.core.polling import state_of
    from monitor.core.types import FeedState

    known = [(state_of(feed, now=now), feed.name or without_user(feed.url), feed) for feed in pulses]
    lines = []
    for state, name, feed in sorted(known, key=lambda one: (GRAVITY.index(one[0]), one[1])):
        if state is not FeedState.HEALTHY:
            at = since(feed, state)
            when = f" since {at:%Y-%m-%d %H:%MZ}" if at else ""
            why = f": {one_line(feed.error)}" if feed.error else ""
            lines.append(Text.assemble((state, colour_of(state)), f"  {one_line(name)}{when}{why}"))
    return lines
