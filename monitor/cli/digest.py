"""`monitor digest`: look at the next digest, or send it now."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import complete
from monitor.cli.common import ConfigOption, JsonOption, finish, print_json, print_table

app = typer.Typer(help="Preview and send digests.", no_args_is_help=True)


NameArgument = Annotated[str, typer.Argument(help="A digest of the configuration.", autocompletion=complete.digests)]


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="digest")


@app.command()
def preview(
    name: NameArgument,
    out: Annotated[Path, typer.Option(help="Folder for the two files.")] = Path(),
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the digest so far as HTML and text. Opens and sends nothing.

    Example: monitor digest preview weekly --out /tmp
    """
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.jobs.digest import notice_so_far
    from monitor.render.digest import digest_mail

    with open_store(config) as (settings, db):
        notice = notice_so_far(db, settings, name, now=utcnow())
    if as_json:
        print_json(notice)
        return
    out.mkdir(parents=True, exist_ok=True)
    html, words = digest_mail(notice)
    for file, text in ((out / f"{name}.html", html), (out / f"{name}.txt", words)):
        file.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        typer.echo(f"wrote {file}")


@app.command()
def send(name: NameArgument, config: ConfigOption = None) -> None:
    """Send the digest of the period so far. Through the daemon when it runs, else at once from here.

    The scheduled digest comes all the same, and tells of its whole period.

    Example: monitor digest send weekly
    """
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.jobs.digest import send_so_far
    from monitor.once import deliver_due
    from monitor.store import deliveries

    with open_store(config) as (settings, db):
        made = send_so_far(db, settings, name, now=utcnow())
        if not made:
            typer.echo("its receiver has no channel; nothing was sent")
            return
        if not finish(deliver_due(settings)):
            typer.echo(f"due for {', '.join(one.channel for one in made)}; the daemon sends it")
            return
        rows = {one.id: one for one in deliveries.list_deliveries(db, thread=made[0].thread, limit=1_000)}
    sent = [rows[one.id] for one in made]
    print_table(
        ["channel", "state", "error"], [[one.channel, one.state.value, one.error or ""] for one in sent], empty=""
    )
    if any(one.state != "sent" for one in sent):
        raise typer.Exit(1)
