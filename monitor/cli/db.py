"""`monitor db`: the tables and their backup."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, print_json

app = typer.Typer(help="Upgrade, inspect and back up the database.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="db")


@app.command()
def upgrade(config: ConfigOption = None) -> None:
    """Bring the tables up to date; the daemon does the same when it starts.

    Example: monitor db upgrade
    """
    from monitor.cli.store import open_store
    from monitor.store import migrate

    with open_store(config) as (_, db):
        typer.echo(f"{db.masked_url} is at revision {migrate.status(db)[0]}")


@app.command()
def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the revision of the tables and the one this release needs; changes nothing.

    Example: monitor db status
    """
    from monitor.cli.store import load
    from monitor.store import migrate
    from monitor.store.database import Database

    db = Database.open(load(config).database)
    try:
        current, head = migrate.status(db)
        address = db.masked_url
    finally:
        db.close()
    if as_json:
        print_json({"database": address, "revision": current, "needed": head})
    else:
        typer.echo(f"{address}: revision {current or 'none'}, this release needs {head}")
    if current != head:
        typer.echo("run: monitor db upgrade", err=True)
        raise typer.Exit(1)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the copy; must not exist.")], config: ConfigOption = None
) -> None:
    """Copy a SQLite database while the daemon runs; the copy is whole and consistent.

    Example: monitor db backup /var/backups/monitor.db
    """
    from monitor.cli.store import open_store
    from monitor.store.backup import back_up

    with open_store(config) as (_, db):
        size = back_up(db, file)
    typer.echo(f"wrote {file} ({size:,} bytes)")
