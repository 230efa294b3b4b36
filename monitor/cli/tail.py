"""`monitor tail`: hits as they come."""

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import complete
from monitor.cli.common import ConfigOption, colour_of, one_line, print_json, print_line, severity_of

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.types import Hit
    from monitor.store.database import Database
    from monitor.store.items import HitFilter

LOOK_SECONDS = 1.0
"""Pause between two looks: as often as the daemon itself looks for what is due."""

BEFORE = 10
"""Hits shown that were there already, unless `--since` says how far back."""

OVERLAP = 500
"""Newest ids that are looked at again: on PostgreSQL several transactions store hits side by side, and one with lower
ids may end last. A transaction stores at most the hits of one poll."""

AT_ONCE = 1_000
"""Hits read in one look; the next goes on."""

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ended: 128 and the number of the signal (POSIX shells)."""


def register(app: typer.Typer) -> None:
    """Hang the command on `app`."""
    app.command("tail")(tail)


def tail(
    since: Annotated[
        str | None, typer.Option(help=f"Begin so far back (90s, 15m, 6h, 7d); else with the last {BEFORE}.")
    ] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule.", autocompletion=complete.rules)] = None,
    entity: Annotated[
        str | None, typer.Option(help="Only hits that name this entity.", autocompletion=complete.entities)
    ] = None,
    severity: Annotated[
        str | None,
        typer.Option(help="This severity or higher: low, medium, high, critical.", autocompletion=complete.severities),
    ] = None,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on each line, for programs.")] = False,
) -> None:
    """Follow hits as they come, until Ctrl-C.

    Example: monitor tail --severity high
    """
    from monitor.cli.store import ago, open_store
    from monitor.store.items import HitFilter

    level, since_at = severity_of(severity), ago(since) if since else None
    wanted = HitFilter(rule=rule, entity=entity, severity=level, limit=AT_ONCE)
    show = _print_json if as_json else _print_hit
    try:
        with open_store(config) as (_, db):
            for hit in follow(db, wanted, since_at=since_at, pause=_pause):
                show(hit)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        _let_go_of_output()


def follow(
    db: "Database", wanted: "HitFilter", *, since_at: "datetime | None", pause: Callable[[], bool]
) -> "Iterator[Hit]":
    """Yield hits in the order in which they came, those of before first, each once, until nobody listens.

    since_at   where to begin; else with the last BEFORE
    pause      waits, and returns whether to go on
    """
    from monitor.store import items

    last = items.newest_hit_id(db)
    before = items.list_hits(db, replace(wanted, since_at=since_at, limit=AT_ONCE if since_at else BEFORE))
    shown = {hit.id for hit in items.list_hits(db, replace(wanted, after_id=last - OVERLAP)) if hit.id <= last}
    yield from reversed([hit for hit in before if hit.id <= last])
    more = True
    while more or pause():
        newest = items.newest_hit_id(db)
        found = items.list_hits(db, replace(wanted, after_id=last - OVERLAP))
        fresh = [hit for hit in found if hit.id not in shown]
        yield from fresh
        more = len(found) == wanted.limit
        last = found[-1].id if more else max(last, newest)
        shown = {hit_id for hit_id in (*shown, *(hit.id for hit in fresh)) if hit_id > last - OVERLAP}


def _print_hit(hit: "Hit") -> None:
    """Print a hit for a person: when, how grave, what and by whom it was told, and below it the reason."""
    from rich.text import Text

    head = Text.assemble(
        (f"{hit.created_at:%m-%d %H:%M:%SZ} ", "dim"),
        (f"{hit.severity:<8} ", colour_of(hit.severity)),
        (one_line(hit.item.title), "bold"),
        f" ({one_line(hit.item.feed_name or hit.item.feed_url)})",
    )
    print_line(head)
    print_line(Text(f"{'':25}{one_line(hit.why)}  (hit {hit.id})", "dim"))


def _print_json(hit: "Hit") -> None:
    """Print a hit for programs, on one line, as `monitor hits list --json` has it."""
    from monitor.cli.hits import plain_hit

    print_json(plain_hit(hit), on_one_line=True)
    sys.stdout.flush()


def _pause() -> bool:
    """Wait a moment; return whether somebody still reads: a pipe tells before it is written to."""
    time.sleep(LOOK_SECONDS)
    try:
        out = sys.stdout.fileno()
    except (OSError, ValueError):  # something that is no file takes what is printed
        return True
    listener = select.poll()
    listener.register(out, 0)
    return not any(event & select.POLLERR for _, event in listener.poll(0))


def _let_go_of_output() -> None:
    """Let Python end without a word of what could not be written: its reader went away, as `head` does."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
