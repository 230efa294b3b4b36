"""`monitor db`: the tables, their backup, and their move to another database."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, print_json, print_table, progress

if TYPE_CHECKING:
    from monitor.store.database import Database

LOOK_SECONDS = 0.2
"""How often to look how far a copy is."""

app = typer.Typer(help="Upgrade, inspect, back up and move the database.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="db")


@contextmanager
def _open_as_it_is(config: Path | None, *, exclusive: bool = False) -> "Iterator[Database]":
    """Open the database without touching its tables; raises ConfigError, and StoreError also when there is none.

    exclusive   with no daemon on a SQLite file meanwhile; raises DatabaseBusyError
    """
    from monitor.cli.store import load
    from monitor.errors import StoreError
    from monitor.store.database import Database, sqlite_path

    url = load(config).database
    path = sqlite_path(url)
    if path is not None and not path.exists():
        raise StoreError(f"{path}: there is no database yet; monitor db upgrade makes one, and so does the daemon")
    db = Database.open(url, exclusive=exclusive)
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


@app.command()
def copy(
    to: Annotated[
        str, typer.Option("--to", help="Address of an empty database: postgresql+psycopg://... or sqlite:///...")
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy everything into an empty database, of the other kind as a rule; then put its address under `database:`.

    Stop the daemon first: of SQLite none can run meanwhile, of PostgreSQL the rows are copied as they are at one
    moment, and what is stored later is not. A copy that was interrupted goes on when the same command is run again.
    All tables are read back and compared before the copy can be used.

    Example: monitor db copy --to postgresql+psycopg://monitor@db.example/monitor
    """
    from time import monotonic

    from monitor.store.copy import copy as copy_all
    from monitor.store.database import Database
    from monitor.store.nodes import list_nodes

    begun = monotonic()
    with _open_as_it_is(config, exclusive=True) as source:
        for node in list_nodes(source):
            typer.echo(f"{node.name} works on it: what it stores from now on will not be in the copy", err=True)
        target = Database.open(_address(to), exclusive=True)
        try:
            copied = copy_all(source, target, watch=progress)
            address, size = target.masked_url, target.size()
        finally:
            target.close()
    seconds, rows = monotonic() - begun, sum(table.rows for table in copied.tables)
    if as_json:
        told = {"from": source.masked_url, "to": address, "rows": rows, "rows_found": copied.found, "bytes": size}
        print_json(told | {"seconds": round(seconds, 3), "tables": [asdict(table) for table in copied.tables]})
        return
    print_table(
        ["table", "rows", "checksum"], [[one.name, f"{one.rows:,}", one.checksum] for one in copied.tables], empty=""
    )
    went_on = f", {copied.found:,} of them by a copy that was interrupted" if copied.found else ""
    typer.echo(f"copied {rows:,} rows in {seconds:.1f} s{went_on}; all tables were read back and are the same")
    typer.echo(f"now put it into the configuration: database: {address}", err=True)


def _address(url: str) -> str:
    """Return the address of a database that a person wrote, a file's relative to where he is."""
    kind, mark, rest = url.partition(":///" if url.startswith("sqlite") else "://")
    if kind == "sqlite" and rest:
        return f"sqlite:///{Path(rest).resolve()}"
    if kind == "postgresql+psycopg" and mark:
        return url
    raise typer.BadParameter("expected postgresql+psycopg://user@host/name or sqlite:///file", param_hint="--to")


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
