"""`monitor explain`: what happened to an item, and why."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, one_line, print_json

if TYPE_CHECKING:
    from rich.text import Text

    from monitor.config.settings import Settings
    from monitor.core.explanation import Explanation, Step
    from monitor.core.matcher import Matcher

STYLES = {"passed": "green", "stopped": "red", "waits": "yellow", "noted": "dim"}

NAME_WIDTH = 10
"""Letters of the longest name of a step, and one more."""

UNBROKEN = 10_000
"""Columns of a line that is not for a screen: no reason is longer."""

SPELLED = ("mention", "rule")
"""Parts whose reasons spell out what an analyst wrote, however long that is; `--json` has all of it."""

PARTS = 5
"""Parts of a step that are shown of those that did not pass; `--json` has all."""


def register(app: typer.Typer) -> None:
    """Hang the command on `app`."""
    app.command("explain")(explain)


def explain(
    item: Annotated[str, typer.Argument(help="Id, address or guid of an item; id of its alert; hit:ID.")],
    feed: Annotated[str | None, typer.Option(help="Address of the feed whose guid or address ITEM is.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what happened to an item and why. And what stopped it when it alerted nobody.

    Example: monitor explain https://www.dawn.com/news/1767456
    """
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.core.explanation import as_json as shape
    from monitor.explain import explain_item

    with open_store(config) as (settings, db):
        matcher = _matcher(settings)
        found = explain_item(db, item, settings=settings, matcher=matcher, now=utcnow(), feed_url=feed)
    if as_json:
        print_json(shape(found))
    else:
        _show(found)


def _matcher(settings: "Settings") -> "Matcher | None":
    """Return the matcher of the watchlists in force; None, with a word on stderr, where they cannot be read."""
    from monitor.app import compile_lists
    from monitor.errors import ConfigError

    try:
        return compile_lists(settings)[1]
    except ConfigError as error:
        typer.echo(f"what the watchlists find now is not known: {error}", err=True)
        return None


def _show(found: "Explanation") -> None:
    """Print an explanation for a person; without colours and with unbroken lines where it goes to a program."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from monitor.core.explanation import OUTCOMES, lean

    console, item = Console(width=None if sys.stdout.isatty() else UNBROKEN), found.item
    console.print(Text.assemble((f"item {item.id}", "bold"), f"  {one_line(item.headline or item.title)}"))
    console.print(Text(one_line(item.url), "dim"))
    if found.asked or found.also:
        console.print(Text(_asked(found), "dim"))
    at = f" at {found.stopped_at}" if found.stopped_at else ""
    outcome = (f"{OUTCOMES[found.turn]}{at}", f"bold {STYLES[found.turn]}")
    console.print(Text.assemble(outcome, f": {one_line(found.summary)}"))
    for step in found.steps:
        head = (_head(step, name=True), _body(step))
        for left, right in (head, *_parts(lean(step), 1)):
            line = Table.grid()
            line.add_column(no_wrap=True)
            line.add_column(overflow="fold")
            line.add_row(left, right)
            console.print(line)


def _asked(found: "Explanation") -> str:
    """Return what was asked for, and what else that might mean."""
    said = [f"asked for {found.asked}"] if found.asked else []
    said += [f"also: {', '.join(f'item {one}' for one in found.also)}"] if found.also else []
    return "; ".join(said)


def _parts(step: "Step", depth: int) -> "Iterator[tuple[Text, Text]]":
    """Yield the lines of the parts of a step in two columns; of many that did not pass the first."""
    from rich.text import Text

    shown = [part for part in step.parts if part.turn != "stopped"]
    others = [part for part in step.parts if part.turn == "stopped"]
    for part in (*shown, *others[:PARTS]):
        yield _head(part, depth=depth), _body(part)
        yield from _parts(part, depth + 1)
    if len(others) > PARTS:
        yield Text("  " * depth), Text(f"and {len(others) - PARTS} more, see --json", "dim")


def _head(step: "Step", *, depth: int = 0, name: bool = False) -> "Text":
    """Return how a step went in a letter, at its depth, and its name where that is wanted."""
    from rich.text import Text

    from monitor.core.explanation import MARKS

    head = Text.assemble("  " * depth, (MARKS[step.turn], STYLES[step.turn]), " ")
    return head.append(step.name.ljust(NAME_WIDTH), "bold") if name else head


def _body(step: "Step") -> "Text":
    """Return the reason of a step, when it happened, and what it rests on when that is not what was then."""
    from rich.text import Text

    from monitor.core.explain import shorten
    from monitor.core.explanation import BASES

    reason = one_line(step.reason)
    body = Text(shorten(reason) if step.name in SPELLED else reason)
    if step.at is not None:
        body.append(f"  {step.at:%Y-%m-%d %H:%M:%SZ}", "dim")
    if step.basis in BASES:
        body.append(f"  [{BASES[step.basis]}]", "dim")
    return body
