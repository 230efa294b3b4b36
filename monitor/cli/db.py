"""`monitor db`: the tables and their backup."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, print_json, print_table, progress

if TYPE_CHECKING:
    from monitor.store.database import Database

LOOK_SECONDS = 0.2
"""How often to look how far a copy is."""

app = typer.Typer(help="Upgrade, inspect and back up the database.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="db")


@contextmanager
def _open_as_it_is(config: Path | None) -> "Iterator[Database]":
    """Open the database without touching its tables; raises ConfigError, and StoreError also when there is none."""
    from monitor.cli.store import load
    from monitor.errors import StoreError
    from monitor.store.database import Database, sqlite_path

    url = load(config).database
    path = sqlite_path(url)
    if path is not None and not path.exists():
        raise StoreError(f"{path}: there is no database yet; monitor db upgrade makes one, and so does the daemon")
    db = Database.open(url)
    try:
        yield db
    finally:
        db.close()


@app.command()
def upgrade(config: ConfigOption = None) -> None:
    """Bring the tables up to date. The daemon does the same when it starts.

    Example: monitor db upgrade
    """
    from monitor.cli.store import open_store
    from monitor.store import migrate

    with open_store(config) as (_, db):
        typer.echo(f"{db.masked_url} is at revision {migrate.status(db)[0]}")


@app.command()
def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show revision, size and rows of the database. And the revision this release needs; changes nothing.

    Example: monitor db status
    """
    from monitor.store import items, migrate

    with _open_as_it_is(config) as db:
        current, head = migrate.status(db)
        address, size = db.masked_url, db.size()
        counts = items.counts(db) if current == head else {}
    if as_json:
        print_json({"database": address, "revision": current, "needed": head, "bytes": size, "counts": counts})
    else:
        typer.echo(f"{address}: revision {current or 'none'}, this release needs {head}; {size:,} bytes")
        print_table(["what", "count"], [[name, count] for name, count in counts.items()], empty="")
    if current != head:
        typer.echo("run: monitor db upgrade", err=True)
        raise typer.Exit(1)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the copy; must not exist.")], config: ConfigOption = None
) -> None:
    """Copy a SQLite database while the daemon runs. The copy is whole and consistent.

    Example: monitor db backup /var/backups/monitor.db
    """
    from monitor.clock import utcnow
    from monitor.errors import StoreError
    from monitor.store.backup import note_backup

    with _open_as_it_is(config) as db:
        size = _copied(db, file)
        try:
            note_backup(db, file, now=utcnow())
        except StoreError as error:  # the copy is whole all the same
            typer.echo(f"monitor status will not know of it: {error}", err=True)
    typer.echo(f"wrote {file} ({size:,} bytes)")


def _copied(db: "Database", file: Path) -> int:
    """Copy the database and show how far it is; return the size of the copy."""
    from concurrent.futures import ThreadPoolExecutor, wait

    from monitor.store.backup import back_up, part_of

    with progress(f"copying to {file}", db.size()) as done, ThreadPoolExecutor(1) as beside:
        copying, seen = beside.submit(back_up, db, file), 0
        while not copying.done():
            wait([copying], timeout=LOOK_SECONDS)
            with suppress(OSError):  # not begun yet, or whole a moment ago
                seen, before = part_of(file).stat().st_size, seen
                done(seen - before)
    return copying.result()
