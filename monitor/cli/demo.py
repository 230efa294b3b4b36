"""`monitor demo`: the whole thing on this machine, offline."""

from typing import Annotated

import typer

from monitor.cli.common import JsonOption, finish, print_json, print_table


def register(app: typer.Typer) -> None:
    """Hang the command on `app`."""
    app.command("demo")(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Play the day, check that everything arrived, and end.")] = False,
    port: Annotated[int, typer.Option(help="Port of the dashboard; 0 takes a free one.")] = 8080,
    as_json: JsonOption = False,
) -> None:
    """Play a bundled day of news through the same daemon. No internet and no accounts are needed.

    A local server shows the feeds, a local mail sink and a local webhook receiver take the alerts.

    Example: monitor demo
    """
    from monitor import log
    from monitor.demo.play import play

    log.configure(level="warning", form="text")
    report = finish(play(once=once, port=0 if once else port, quiet=as_json))
    if as_json:
        print_json(report.counts)
    elif report.counts:
        print_table(["what", "count"], report.counts.items(), empty="")
    for line in report.missing:
        typer.echo(f"missing: {line}", err=True)
    if report.missing:
        raise typer.Exit(1)
