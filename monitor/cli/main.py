"""The command `monitor`: every group of commands hangs here."""

import typer

from monitor import __version__
from monitor.cli import (
    alerts,
    config,
    db,
    demo,
    digest,
    explain,
    feeds,
    hits,
    match,
    route,
    run,
    silence,
    status,
    tail,
    token,
    watchlists,
)

app = typer.Typer(
    name="monitor",
    help="Watch news feeds for people, organisations and places, and tell the right people once, with the reason.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help wraps paragraphs as they are meant, and needs half the time
)


def _version(value: bool) -> None:
    """Print the version and stop."""
    if value:
        typer.echo(f"monitor {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Watch news feeds for people, organisations and places."""


for _group in (
    config,
    run,
    demo,
    match,
    feeds,
    watchlists,
    hits,
    tail,
    explain,
    alerts,
    route,
    silence,
    digest,
    status,
    token,
    db,
):
    _group.register(app)
