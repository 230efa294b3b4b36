"""`monitor status`: everything on one screen."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from monitor.cli.common import ConfigOption, JsonOption, one_line, print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.coverage import Coverage
    from monitor.core.types import Pulse

SHOWN = 12
"""Feeds in trouble on the screen; the others are counted, and `monitor feeds list` has them all."""


def register(app: typer.Typer) -> None:
    """Hang the command on `app`."""
    app.command("status")(status)


def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show how the feeds are doing, what is stored, what waits and what fails; works beside the running daemon.

    Example: monitor status
    """
    from monitor.app import utcnow
    from monitor.cli.store import open_store
    from monitor.core.coverage import coverage_of, glance, warnings
    from monitor.core.types import DeliveryState
    from monitor.store import channels, coverage, deliveries, items, meta

    now = utcnow()
    with open_store(config) as (settings, db):
        counts = items.counts(db)
        boxes = deliveries.counts(db)
        rests = channels.list_rests(db)
        oldest = {state: deliveries.oldest(db, state) for state in (DeliveryState.PENDING, DeliveryState.DEAD)}
        pulses, plain = coverage.read_pulses(db, now=now)
        refused = meta.get(db, meta.CONFIG_REFUSED)
        address = db.masked_url
    found = coverage_of(pulses, now=now, plain=plain)
    shut = {name: rest for name, rest in rests.items() if rest.rests(now)}
    warned = ([f"a change of the configuration was refused: {refused}"] if refused else []) + warnings(found, now=now)
    warned += [
        f"channel {name} has not worked since {rest.since_at:%Y-%m-%d %H:%MZ}: {rest.error}"
        for name, rest in shut.items()
    ]
    failing = [pulse for pulse in pulses if pulse.failures]
    if as_json:
        states = [
            {
                "channel": channel,
                "state": state,
                "count": count,
                "oldest_at": oldest.get(DeliveryState(state), {}).get(channel),
            }
            for (channel, state), count in sorted(boxes.items())
        ]
        resting = [{"channel": name, **asdict(rest)} for name, rest in shut.items()]
        trouble = [{"url": feed.url, "error": feed.error, "failures": feed.failures} for feed in failing]
        told = {"warnings": warned, "coverage": _plain(found, now)}
        print_json(
            {
                "database": address,
                **counts,
                **told,
                "deliveries": states,
                "channels_resting": resting,
                "failing_feeds": trouble,
            }
        )
        return
    typer.echo(f"{settings.path}\n{address}\n\n{one_line(glance(found))}")
    for warning in warned:
        typer.echo(f"warning: {warning}")
    typer.echo()
    rows = [[name, count] for name, count in counts.items() if name != "failing"]  # how many fail is said by state
    print_table(["what", "count"], rows, empty="")
    typer.echo()
    print_table(
        ["channel", "state", "deliveries", "oldest"],
        [
            [channel, state, count, oldest.get(DeliveryState(state), {}).get(channel)]
            for (channel, state), count in sorted(boxes.items())
        ],
        empty="Nothing was sent yet.",
    )
    if any(state == DeliveryState.DEAD for _, state in boxes):
        typer.echo("Dead letters: monitor alerts list --failed; when their cause is gone: monitor alerts retry")
    typer.echo()
    _print_troubled(pulses, found, now)


def _plain(found: "Coverage", now: "datetime") -> dict[str, object]:
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


def _print_troubled(pulses: "list[Pulse]", found: "Coverage", now: "datetime") -> None:
    """Print the feeds in trouble, gravest state first, and how many there are beside those shown."""
    from monitor.core.addresses import without_user
    from monitor.core.coverage import GRAVITY, since
    from monitor.core.polling import state_of
    from monitor.core.types import FeedState

    known = [
        (GRAVITY.index(state := state_of(feed, now=now)), feed.name or without_user(feed.url), state, feed)
        for feed in pulses
    ]
    troubled = sorted((one for one in known if one[2] is not FeedState.HEALTHY), key=lambda one: one[:2])
    print_table(
        ["feed in trouble", "state", "since", "last good poll", "times", "error"],
        [
            [one_line(name), state, since(feed, state), feed.ok_at, feed.failures or None, one_line(feed.error or "-")]
            for _, name, state, feed in troubled[:SHOWN]
        ],
        empty="No feed is in trouble.",
    )
    if len(troubled) > SHOWN:
        typer.echo(f"and {len(troubled) - SHOWN} more of {found.watched} feeds; see: monitor feeds list")
