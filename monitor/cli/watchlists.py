"""`monitor watchlists`: check them, run their examples, show what is in them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, print_json, print_table

if TYPE_CHECKING:
    from monitor.config.watchlists import LoadedWatchlists

app = typer.Typer(help="Lint and show watchlists.", no_args_is_help=True)

FolderArgument = Annotated[Path | None, typer.Argument(help="A folder of watchlists; else the configuration's.")]


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="watchlists")


@app.command()
def lint(folder: FolderArgument = None, config: ConfigOption = None) -> None:
    """Validate the watchlists and run the examples of their rules.

    Example: monitor watchlists lint watchlists/
    """
    from monitor.core.matcher import compile_matcher
    from monitor.core.types import Document

    lists = _load(folder, config)
    matcher = compile_matcher(lists.watchlists, version=lists.version)
    failed = 0
    for example in lists.examples:
        rules = {match.rule for match in matcher.match(Document(id="example", title=example.text)).matches}
        if (example.rule in rules) is not example.holds:
            failed += 1
            verb = "does not hit" if example.holds else "hits"
            typer.echo(f"{example.file}:{example.line}: rule {example.rule} {verb}: {example.text}")
    typer.echo(f"{len(lists.files)} files, {len(lists.examples)} examples, {failed} failed")
    if failed:
        raise typer.Exit(1)


@app.command()
def show(
    entity: Annotated[str | None, typer.Option(help="Show one entity with its aliases.")] = None,
    folder: FolderArgument = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the watchlists, or one entity with all its aliases.

    Example: monitor watchlists show --entity is-k
    """
    from dataclasses import asdict

    from monitor.core.types import entities_by_id
    from monitor.errors import UnknownIdError

    lists = _load(folder, config)
    if entity is not None:
        found = entities_by_id(lists.watchlists).get(entity)
        if found is None:
            raise UnknownIdError(f"no entity {entity!r}; see: monitor watchlists show")
        if as_json:
            print_json(asdict(found))
            return
        typer.echo(f"{found.name} ({found.id}), {found.kind} {found.type or ''}, {found.severity}\n{found.notes}\n")
        print_table(
            ["alias", "language", "needs"],
            [[alias.text, alias.lang, alias.context or found.context or ""] for alias in found.aliases],
            empty="No alias.",
        )
        return
    rows = [
        {"watchlist": one.id, "title": one.title, "severity": one.severity.value, "entities": len(one.entities),
         "aliases": sum(len(each.aliases) for each in one.entities), "rules": len(one.rules)}
        for one in lists.watchlists
    ]  # fmt: skip
    if as_json:
        print_json(rows)
    else:
        print_table(list(rows[0]), [list(row.values()) for row in rows], empty="")


def _load(folder: Path | None, config: Path | None) -> "LoadedWatchlists":
    """Return the watchlists of a folder, else of the configuration."""
    from monitor.cli.store import load
    from monitor.config.watchlists import load_watchlists

    return load_watchlists(folder if folder is not None else load(config).watchlists)
