"""`monitor run` and `monitor once`."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, finish, print_json

if TYPE_CHECKING:
    from monitor.config.settings import Settings


def register(app: typer.Typer) -> None:
    """Hang the commands on `app`."""
    app.command("run")(run)
    app.command("once")(once)


RoleOption = Annotated[
    list[str] | None,
    typer.Option("--role", help="What this node does: poll, alert, deliver, web; several with commas. [default: all]"),
]


def run(config: ConfigOption = None, role: RoleOption = None) -> None:
    """Run the daemon in the foreground: poll, match, alert, digest, serve the dashboard.

    SIGTERM and Ctrl-C stop it within 10 seconds, SIGHUP reloads; a changed file is noticed within 5 seconds.
    In a cluster (docs/cluster.md) a node may take a part of the work.

    Example: monitor run --config /etc/monitor/monitor.yaml
    """
    import os

    from monitor import log
    from monitor.config.settings import load_settings
    from monitor.daemon import Daemon

    settings = load_settings(config, os.environ)
    roles = _roles(role, settings)
    log.configure(level=settings.log.level, form=settings.log.format)
    finish(Daemon(settings, environ=os.environ, roles=roles).run(signals=True))
    with suppress(OSError):  # nobody reads any more
        sys.stdout.flush()
    os._exit(0)  # all is closed: to take the heap apart as well takes Python seconds of a stop on a busy machine


def _roles(given: Sequence[str] | None, settings: "Settings") -> list[str]:
    """Return the roles of this node.

    Raises typer.BadParameter for unknown ones, and for a part where nobody would do the rest.
    """
    from monitor.errors import UnknownIdError
    from monitor.schedule import ROLES, kinds_of

    roles = [role.strip() for some in given or () for role in some.split(",") if role.strip()] or list(ROLES)
    try:
        kinds_of(roles)
    except UnknownIdError as error:
        raise typer.BadParameter(str(error), param_hint="--role") from error
    if settings.runtime.engine == "embedded" and set(roles) != set(ROLES):
        text = "with engine: embedded nobody would do the rest; leave --role out, or set runtime: {engine: cluster}"
        raise typer.BadParameter(text, param_hint="--role")
    return list(dict.fromkeys(roles))


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
