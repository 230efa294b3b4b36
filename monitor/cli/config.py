"""`monitor config`, `monitor check` and `monitor init`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, finish, print_json, print_table

if TYPE_CHECKING:
    from monitor.config.settings import Settings

app = typer.Typer(help="Check and show the configuration.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Hang the group and the two commands on `root`."""
    root.add_typer(app, name="config")
    root.command("check")(check_all)
    root.command("init")(init)


@app.command()
def check(config: ConfigOption = None) -> None:
    """Validate the configuration and the watchlists. Every problem with file and line, exit code 2.

    Example: monitor config check --config monitor.yaml
    """
    _check(config)


@app.command()
def schema(
    watchlist: Annotated[bool, typer.Option("--watchlist", help="Of a watchlist file instead.")] = False,
) -> None:
    """Print the JSON Schema of the configuration, for editors.

    Example: monitor config schema > monitor.schema.json
    """
    from monitor.config import settings, watchlists

    print_json(watchlists.schema() if watchlist else settings.schema())


@app.command()
def show(config: ConfigOption = None) -> None:
    """Print the configuration in force as JSON. Defaults included, secrets masked.

    Example: monitor config show
    """
    from monitor.config import settings

    print_json(settings.show(config, os.environ))


def check_all(
    send_test: Annotated[bool, typer.Option("--send-test", help="Send a test message through each channel.")] = False,
    config: ConfigOption = None,
) -> None:
    """Validate everything. With the flag, send a test through each channel.

    Example: monitor check --send-test
    """
    settings = _check(config)
    if send_test:
        from monitor.once import send_tests

        results = finish(send_tests(settings))
        print_table(
            ["channel", "result"], [[key, error or "sent"] for key, error in results.items()], empty="No channel."
        )
        if any(results.values()):
            raise typer.Exit(1)


def _check(config: Path | None) -> "Settings":
    """Validate, say what was found, and return the settings."""
    from monitor.app import compile_lists
    from monitor.cli.store import load
    from monitor.config.unmet import unmet_names
    from monitor.core.coverage import counted

    settings = load(config)
    lists, _ = compile_lists(settings)
    for warning in (*settings.warnings, *unmet_names(settings, lists)):
        typer.echo(f"warning: {warning}", err=True)
    entities = sum(len(one.entities) for one in lists.watchlists)
    rules = sum(len(one.rules) for one in lists.watchlists)
    typer.echo(
        f"ok: {settings.path}: {counted(len(settings.feeds), 'feed')}, {counted(len(lists.watchlists), 'watchlist')}, "
        f"{counted(entities, 'entity')}, {counted(rules, 'rule')}, {counted(len(settings.receivers), 'receiver')}"
    )
    return settings


def init(folder: Annotated[Path, typer.Argument(help="Where to put them.")] = Path()) -> None:
    """Write a starter configuration, feeds and watchlists. Nothing that is there is overwritten.

    Example: monitor init news && cd news && monitor run
    """
    import shutil

    from monitor.config.starter import starter_config, starter_watchlists
    from monitor.errors import MonitorError

    config, lists = folder / "monitor.yaml", folder / "watchlists"
    for place in (config, lists):
        if place.exists():
            raise MonitorError(
                f"{place} is there already; nothing was written. Choose another folder: monitor init DIR"
            )
    text = starter_config().read_text(encoding="utf-8")
    for before, after in (
        ("sqlite:///../data/", "sqlite:///data/"),
        ("watchlists: ../watchlists", "watchlists: watchlists"),
    ):
        assert before in text, "the starter configuration lies beside the watchlists and the data"
        text = text.replace(before, after)
    folder.mkdir(parents=True, exist_ok=True)
    config.write_text(text, encoding="utf-8")
    shutil.copytree(starter_watchlists(), lists)
    typer.echo(f"wrote {config} and {lists}{os.sep}")
    typer.echo(f"next: monitor run --config {config}")
