"""What every command shares: its options, its tables, its JSON."""

import json
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from monitor.core.types import Severity

T = TypeVar("T")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="Configuration file. Else $MONITOR_CONFIG, ./monitor.yaml, /etc/monitor/monitor.yaml.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table for people.")]


COLOURS = {
    **dict.fromkeys(("critical", "dead", "failing", "not a feed", "retired", "error"), "bold red"),
    **dict.fromkeys(("high", "resting", "rolled over", "quiet", "warning"), "yellow"),
    **dict.fromkeys(("sent", "healthy", "alerted"), "green"),
}
"""Colours of words that say how grave or how well something is; each says so without them, too."""

COLOURED = frozenset({"severity", "state", "verdict"})
"""Columns whose words have a colour; elsewhere "dead" may be a word of a headline."""


def colour_of(word: str) -> str:
    """Return the colour of a word as rich names it, "" for none."""
    return COLOURS.get(word.partition(":")[0], "")


def print_json(value: object, *, on_one_line: bool = False) -> None:
    """Print `value` as one JSON document; instants in RFC 3339."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=None if on_one_line else 2, default=_plain)
    sys.stdout.write("\n")


def print_line(line: "Text") -> None:
    """Print a line as long as it is; coloured where a person looks and NO_COLOR is not set (no-color.org)."""
    from rich.console import Console

    Console(highlight=False).print(line, soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print a table, or the sentence `empty` when there is no row. Cells are plain text: nothing in them is markup.

    Coloured where a person looks and NO_COLOR is not set (no-color.org); where a program reads, plain and wide.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    lines = [[_coloured(name, value) for name, value in zip(columns, row, strict=True)] for row in rows]
    console = Console(width=None if sys.stdout.isatty() else 200)
    if not lines:
        console.print(Text(empty))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for line in lines:
        table.add_row(*line)
    console.print(table)


def one_line(text: str) -> str:
    """Return what a stranger wrote as it can be shown: on one line, and nothing in it steers the terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run asynchronous work to its end and return what it returns; loads asyncio only where there is some."""
    import asyncio

    return asyncio.run(work)


def who_runs() -> str:
    """Return the name of who runs the command; raises typer.BadParameter where the system knows none."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:  # a container's user may have no name
        raise typer.BadParameter("nobody knows who you are; say it", param_hint="--by") from error


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show on stderr how far a long work is, when a person is watching; give what is told of each step done.

    total   steps in all, or None when nobody knows
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda count: bar.advance(task, count)


def severity_of(word: str | None) -> "Severity | None":
    """Return the severity that an option names; raises typer.BadParameter for a word that is none."""
    from monitor.core.types import Severity

    levels = [one.value for one in Severity]
    if word is not None and word not in levels:
        raise typer.BadParameter(f"{word!r} is none of {', '.join(levels)}", param_hint="--severity")
    return Severity(word) if word else None


def _coloured(column: str, value: object) -> "Text":
    """Return a cell as it is shown."""
    from rich.text import Text

    words = _cell(value)
    return Text(words, colour_of(words) if column in COLOURED else "")


def _cell(value: object) -> str:
    """Return what a person reads in a cell; instants to the minute, in UTC."""
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%MZ")
    return str(value)


def _plain(value: object) -> object:
    """Return what JSON has for `value`."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)
