"""`monitor watchlists`: check them, run their examples, show what is in them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import complete
from monitor.cli.common import ConfigOption, JsonOption, print_json, print_table, who_runs

if TYPE_CHECKING:
    from monitor.config.watchlists import LoadedWatchlists
    from monitor.core.findings import Finding
    from monitor.core.marks import Score, Scores

app = typer.Typer(help="Lint, show and publish watchlists.", no_args_is_help=True)

FolderArgument = Annotated[Path | None, typer.Argument(help="A folder of watchlists; else the configuration's.")]


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="watchlists")


StrictOption = Annotated[bool, typer.Option("--strict", help="Fail for warnings, too.")]


@app.command()
def lint(
    folder: FolderArgument = None,
    strict: StrictOption = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Check the watchlists and run their examples. Keys and ids, aliases that mean other things, rules that never hold.

    Exits 1 for errors (with --strict for warnings, too), 2 when the files cannot be used at all.

    Example: monitor watchlists lint --strict watchlists/
    """
    from monitor import actions
    from monitor.core.findings import Finding, Level
    from monitor.errors import ConfigError

    try:
        checked = actions.check_watchlists(_folder(folder, config))
    except ConfigError as error:
        refused = [
            Finding("invalid", ": ".join(filter(None, (one.key, one.message))), "", file=one.file, line=one.line)
            for one in error.problems
        ]
        _tell(refused, {"findings": len(refused)}, as_json=as_json)
        raise typer.Exit(2) from error
    _tell(checked.findings, checked.summary, as_json=as_json)
    if any(one.level is Level.ERROR or (strict and one.level is Level.WARNING) for one in checked.findings):
        raise typer.Exit(1)


def _tell(findings: "Sequence[Finding]", summary: Mapping[str, int], *, as_json: bool) -> None:
    """Print the findings, in the form that editors and compilers understand, and how much was looked at."""
    if as_json:
        fields = ("file", "line", "level", "code", "what", "advice")
        print_json({"findings": [{key: getattr(one, key) for key in fields} for one in findings], "summary": summary})
        return
    for one in findings:
        place = one.file if one.line is None else f"{one.file}:{one.line}"
        advice = f"; {one.advice}" if one.advice else ""
        typer.echo(f"{place}: {one.level.value}: {one.code}: {one.what}{advice}")
    typer.echo(", ".join(_counted(count, name) for name, count in summary.items()))


def _counted(count: int, name: str) -> str:
    """Return a number with its noun, which the summary has in the plural; "failed" has none."""
    irregular = {"entities": "entity", "aliases": "alias"}
    return f"{count} {irregular.get(name, name.removesuffix('s')) if count == 1 else name}"


@app.command()
def show(
    entity: Annotated[
        str | None, typer.Option(help="Show one entity with its aliases.", autocompletion=complete.entities)
    ] = None,
    folder: FolderArgument = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the watchlists, or one entity with all its aliases. And how often their marked hits were right.

    Example: monitor watchlists show --entity is-k
    """
    from dataclasses import asdict

    from monitor.core.marks import Score, Scores
    from monitor.core.types import entities_by_id
    from monitor.errors import UnknownIdError

    if folder is not None and not folder.exists():
        raise UnknownIdError(f"there is no folder {folder}; an entity is shown with: --entity {folder.name}")
    lists = _load(folder, config)
    known = _scores(config) if folder is None else Scores()
    if entity is not None:
        found = entities_by_id(lists.watchlists).get(entity)
        if found is None:
            raise UnknownIdError(f"no entity {entity!r}; see: monitor watchlists show")
        judged = {alias.text: known.aliases.get((entity, alias.text), Score()) for alias in found.aliases}
        if as_json:
            print_json(asdict(found) | {"marks": {text: _score(one) for text, one in judged.items()}})
            return
        typer.echo(f"{found.name} ({found.id}), {found.kind} {found.type or ''}, {found.severity}\n{found.notes}\n")
        print_table(
            ["alias", "language", "needs", *_SCORE],
            [
                [alias.text, alias.lang, alias.context or found.context or "", *_spell_score(judged[alias.text])]
                for alias in found.aliases
            ],
            empty="No alias.",
        )
        return
    rows = [
        {"watchlist": one.id, "title": one.title, "severity": one.severity.value, "entities": len(one.entities),
         "aliases": sum(len(each.aliases) for each in one.entities), "rules": len(one.rules)}
        for one in lists.watchlists
    ]  # fmt: skip
    if as_json:
        print_json([row | _marks_of(str(row["watchlist"]), known) for row in rows])
        return
    print_table(
        [*rows[0], *_SCORE],
        [[*row.values(), *_spell_score(known.watchlists.get(str(row["watchlist"]), Score()))] for row in rows],
        empty="",
    )
    for what, found_scores in (("rule", known.rules), ("feed", known.feeds)):
        if found_scores:
            typer.echo()
            print_table(
                ["watchlist", what, *_SCORE],
                [[*key, *_spell_score(one)] for key, one in sorted(found_scores.items())],
                empty="",
            )


_SCORE = ("right", "wrong", "precision")


def _scores(config: Path | None) -> "Scores":
    """Return how often the marked hits of the configuration's database were right; a database is not made for it."""
    from monitor.cli.store import load, open_store
    from monitor.core.marks import Scores, scores
    from monitor.store.database import sqlite_path
    from monitor.store.marks import marked_hits

    path = sqlite_path(load(config).database)
    if path is not None and not path.exists():
        return Scores()
    with open_store(config) as (_, db):
        return scores(marked_hits(db))


def _score(score: "Score") -> dict[str, object]:
    """Return a score for programs."""
    return {"right": score.right, "wrong": score.wrong, "precision": score.precision}


def _spell_score(score: "Score") -> list[object]:
    """Return a score as cells for a person."""
    if score.precision is None:
        return ["", "", ""]
    return [score.right, score.wrong, f"{score.precision:.0%}"]


def _marks_of(watchlist: str, known: "Scores") -> dict[str, object]:
    """Return what was said of the hits of one watchlist, for programs."""
    from monitor.core.marks import Score

    return {
        "marks": _score(known.watchlists.get(watchlist, Score())),
        "marked_rules": {name: _score(one) for (owner, name), one in known.rules.items() if owner == watchlist},
        "marked_feeds": {name: _score(one) for (owner, name), one in known.feeds.items() if owner == watchlist},
    }


@app.command()
def publish(
    folder: FolderArgument = None,
    by: Annotated[str | None, typer.Option(help="Who does it; else who runs the command.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Put watchlists in force on all machines of a cluster, where each takes them within seconds.

    A machine that is running does so by itself when its files change. One that starts does not: what is in force stands
    in the database, and old files of one machine must not become it.

    Example: monitor watchlists publish watchlists/
    """
    from dataclasses import asdict

    from monitor import actions
    from monitor.cli.store import open_store
    from monitor.clock import utcnow

    with open_store(config) as (settings, db):
        chosen = settings.watchlists if folder is None else folder
        found = actions.publish_watchlists(db, settings, chosen, by=by or who_runs(), now=utcnow())
    if as_json:
        print_json(asdict(found))
        return
    typer.echo(f"in force since {found.at:%Y-%m-%d %H:%M:%SZ}: version {found.version}, put there by {found.by}")


def _load(folder: Path | None, config: Path | None) -> "LoadedWatchlists":
    """Return the watchlists of a folder, else of the configuration."""
    import os

    from monitor.cli.store import load, read_watchlists
    from monitor.config.cache import cache_folder, load_cached

    return read_watchlists(load(config)) if folder is None else load_cached(folder, cache_folder("", os.environ))


def _folder(folder: Path | None, config: Path | None) -> Path:
    """Return the folder that is meant: the one named, else the configuration's."""
    from monitor.cli.store import load

    return folder if folder is not None else load(config).watchlists
