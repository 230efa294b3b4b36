"""`monitor run` and `monitor once`."""

import sys
from contextlib import suppress

import typer

from monitor.cli.common import ConfigOption, JsonOption, finish, print_json


def register(app: typer.Typer) -> None:
    """Hang the commands on `app`."""
    app.command("run")(run)
    app.command("once")(once)


def run(config: ConfigOption = None) -> None:
    """Run the daemon in the foreground. It polls, matches, alerts, digests and serves the dashboard.

    SIGTERM and Ctrl-C stop it within 10 seconds, SIGHUP reloads; a changed file is noticed within 5 seconds.

    Example: monitor run --config /etc/monitor/monitor.yaml
    """
    import os

    from monitor import log
    from monitor.config.settings import load_settings
    from monitor.daemon import Daemon

    settings = load_settings(config, os.environ)
    log.configure(level=settings.log.level, form=settings.log.format)
    finish(Daemon(settings, environ=os.environ).run(signals=True))
    with suppress(OSError):  # nobody reads any more
        sys.stdout.flush()
    os._exit(0)  # all is closed: to take the heap apart as well takes Python seconds of a stop on a busy machine


def once(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Poll what is due, match, deliver, and exit; for cron.

    Alerts that are new go out at once: nobody would be there to end their group_wait.

    Example: monitor once --config monitor.yaml
    """
    import os

    from monitor import log
    from monitor.config.settings import load_settings
    from monitor.once import run_once

    settings = load_settings(config, os.environ)
    log.configure(level="warning", form=settings.log.format)
    counts = finish(run_once(settings))
    if as_json:
        print_json(counts)
    else:
        typer.echo(
            "polled {feeds} feeds, {failed} failed; {items} new items, {hits} hits, {delivered} delivered, "
            "{waiting} waiting, {dead} given up".format(**counts)
        )
    if counts["dead"]:
        raise typer.Exit(1)
