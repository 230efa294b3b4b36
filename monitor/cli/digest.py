"""`monitor digest`: look at the next digest, or send it now."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, print_json

app = typer.Typer(help="Preview and send digests.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="digest")


@app.command()
def preview(
    name: str,
    out: Annotated[Path, typer.Option(help="Folder for the two files.")] = Path(),
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the digest of the period so far as HTML and text; opens and sends nothing.

    Example: monitor digest preview weekly --out /tmp
    """
    from monitor.app import utcnow
    from monitor.cli.store import open_store
    from monitor.jobs.digest import notice_so_far
    from monitor.render.digest import digest_html, digest_text

    with open_store(config) as (settings, db):
        notice = notice_so_far(db, settings, name, now=utcnow())
    if as_json:
        print_json(notice)
        return
    out.mkdir(parents=True, exist_ok=True)
    for file, text in ((out / f"{name}.html", digest_html(notice)), (out / f"{name}.txt", digest_text(notice))):
        file.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {file}")


@app.command()
def send(name: str, config: ConfigOption = None) -> None:
    """Put the digest of the period so far into the outbox; the daemon (or `monitor once`) sends it.

    The scheduled digest comes all the same, and tells of its whole period.

    Example: monitor digest send weekly
    """
    from monitor.app import utcnow
    from monitor.cli.store import open_store
    from monitor.jobs.digest import send_so_far

    with open_store(config) as (settings, db):
        channels = send_so_far(db, settings, name, now=utcnow())
    typer.echo(f"due for {', '.join(channels)}" if channels else "its receiver has no channel; nothing was sent")
