"""`monitor hits`: what was found, and why."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import complete
from monitor.cli.common import ConfigOption, JsonOption, print_json, print_table, severity_of, who_runs

if TYPE_CHECKING:
    from monitor.config.settings import Settings
    from monitor.core.types import Hit, Item, Mention, StoredArticle, Version
    from monitor.render.exports import Places

EXCERPT = 200
"""Characters of a version's text in a table; `--json` has all."""

app = typer.Typer(help="List, show, export and mark hits.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="hits")


@app.command("list")
def list_hits(
    since: Annotated[str, typer.Option(help="How far back: 90s, 15m, 6h, 7d.")] = "7d",
    rule: Annotated[str | None, typer.Option(help="Only this rule.", autocompletion=complete.rules)] = None,
    entity: Annotated[
        str | None, typer.Option(help="Only hits that name this entity.", autocompletion=complete.entities)
    ] = None,
    severity: Annotated[
        str | None,
        typer.Option(help="This severity or higher: low, medium, high, critical.", autocompletion=complete.severities),
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first.")] = 100,
    form: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List hits, newest first.

    Example: monitor hits list --since 24h --severity high
    """
    import sys

    from monitor.cli.store import ago, open_store
    from monitor.render.exports import csv_lines, row_of
    from monitor.store import items

    level = severity_of(severity)
    if form not in ("table", "json", "csv"):
        raise typer.BadParameter(f"{form!r} is none of table, json, csv", param_hint="--format")
    wanted = items.HitFilter(
        since_at=ago(since),
        rule=rule,
        entity=entity,
        severity=level,
        limit=limit,
    )
    with open_store(config) as (_, db):
        hits = items.list_hits(db, wanted)
    rows = [row_of(hit) for hit in hits]
    if as_json or form == "json":
        print_json([plain_hit(hit) for hit in hits])
    elif form == "csv":
        sys.stdout.writelines(csv_lines(hits))
    else:
        print_table(
            ["id", "found", "severity", "rule", "title", "feed", "verdict"],
            [
                [*(row[key] for key in ("id", "created_at", "severity", "rule", "title", "feed")), _spell_verdict(hit)]
                for row, hit in zip(rows, hits, strict=True)
            ],
            empty=f"No hit in the last {since}.",
        )


@app.command()
def export(
    form: Annotated[str, typer.Option("--format", help="csv, jsonl (JSON lines) or stix (a bundle of STIX 2.1).")],
    since: Annotated[str, typer.Option(help="How far back: 90s, 15m, 6h, 7d, 5y.")] = "7d",
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    entity: Annotated[str | None, typer.Option(help="Only hits that name this entity.")] = None,
    watchlist: Annotated[str | None, typer.Option(help="Only hits of this watchlist.")] = None,
    severity: Annotated[str | None, typer.Option(help="This severity or higher: low, medium, high, critical.")] = None,
    config: ConfigOption = None,
) -> None:
    """Write all hits to standard output, oldest first.

    Example: monitor hits export --format stix --since 30d > hits.json
    """
    import sys

    from monitor.cli.store import ago, open_store
    from monitor.core.types import Severity
    from monitor.store.items import HitFilter
    from monitor.web.api.taking import MEDIA, export_lines

    if form not in MEDIA:
        raise typer.BadParameter(f"{form!r} is none of {', '.join(MEDIA)}", param_hint="--format")
    if severity is not None and severity not in list(Severity):
        raise typer.BadParameter(f"{severity!r} is none of {', '.join(Severity)}", param_hint="--severity")
    grave = Severity(severity) if severity else None
    wanted = HitFilter(since_at=ago(since), rule=rule, entity=entity, watchlist=watchlist, severity=grave)
    with open_store(config) as (settings, db):
        places = _places(settings) if form == "stix" else {}
        sys.stdout.writelines(export_lines(db, wanted, form, places=places))


def _places(settings: "Settings") -> "Places":
    """Return where the places of the watchlists are; none, with a word on stderr, where they cannot be read."""
    from monitor.cli.store import read_watchlists
    from monitor.errors import ConfigError
    from monitor.render.exports import places_of

    try:
        lists = read_watchlists(settings)
    except ConfigError as error:
        typer.echo(f"where places are is not known: {error}", err=True)
        return {}
    return places_of(lists.watchlists)


@app.command()
def show(hit_id: int, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show one hit with its words and what became of it. And what its item said before and since.

    Example: monitor hits show 42
    """
    from monitor.cli.store import open_store
    from monitor.errors import UnknownIdError
    from monitor.store import articles, items, versions

    with open_store(config) as (_, db):
        found = items.list_hits(db, items.HitFilter(hit_ids=(hit_id,), limit=1))
        history = versions.history(db, found[0].item.id) if found else []
        article = articles.find_article(db, found[0].item.id) if found else None
    if not found:
        raise UnknownIdError(f"no hit {hit_id}; see: monitor hits list")
    hit = found[0]
    if as_json:
        from dataclasses import asdict

        print_json(asdict(hit) | {"versions": [asdict(one) for one in history]})
        return
    print_table(
        ["", ""],
        [
            ["title", hit.item.title],
            ["address", hit.item.url],
            ["feed", hit.item.feed_name],
            ["published", hit.item.published_at],
            *_spell_article(hit.item, article),
            *_spell_changes(hit.item),
            ["rule", f"{hit.rule} ({hit.severity})"],
            ["why", hit.why],
            ["held", "\n".join(hit.held) or "-"],
            ["words", "\n".join(_spell_mention(one, hit.item.own_chars) for one in hit.mentions) or "-"],
            ["tier", hit.tier],
            ["verdict", f"{hit.verdict or 'due'} {hit.verdict_note}"],
            *([["mark", f"{hit.mark} by {hit.marked_by}, {hit.marked_at:%Y-%m-%d}"]] if hit.mark else []),
            ["watchlists", f"version {hit.watchlist_version}"],
        ],
        empty="",
    )
    if len(history) > 1:
        _print_history(hit, history)


@app.command()
def mark(
    hit_id: int,
    word: Annotated[str, typer.Argument(metavar="right|wrong|none", help="none takes back what was said.")],
    who: Annotated[str | None, typer.Option("--by", help="Who says so; else who runs the command.")] = None,
    config: ConfigOption = None,
) -> None:
    """Say of a hit that it is right or wrong. `monitor watchlists show` counts it by rule, alias and feed.

    Example: monitor hits mark 42 wrong
    """
    from monitor import actions
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.core.types import Mark

    if word not in (*Mark, "none"):
        raise typer.BadParameter(f"{word!r} is none of right, wrong, none", param_hint="right|wrong|none")
    with open_store(config) as (_, db):
        said = None if word == "none" else Mark(word)
        actions.mark_hit(db, hit_id, said, who=who or who_runs(), now=utcnow())
    typer.echo(f"hit {hit_id}: {word}")


def _spell_verdict(hit: "Hit") -> str:
    """Return what became of a hit; of one that was kept back, what kept it."""
    from monitor.core.types import KEPT_BACK

    if hit.verdict is None:
        return "due"
    return f"{hit.verdict}: {hit.verdict_note}" if hit.verdict in KEPT_BACK else hit.verdict.value


def _spell_article(item: "Item", article: "StoredArticle | None") -> list[list[object]]:
    """Return what is known of the article behind an item, as a row; none where articles are not read."""
    if article is None:
        return []
    said = f"{article.course.state}: {article.course.error}" if article.course.error else str(article.course.state)
    begins = f"; its text begins at {item.own_chars}" if item.own_chars is not None else ""
    return [["article", said + begins]]


def _spell_changes(item: "Item") -> list[list[object]]:
    """Return what became of an item since it was first seen, as rows."""
    rows: list[list[object]] = []
    if item.newest_version > 1:
        rows += [["version", f"{item.version} of {item.newest_version}"], ["edited", item.edited_at]]
    if item.headline is not None:
        rows.append(["headline now", item.headline])
    if item.withdrawn_at is not None:
        rows.append(["withdrawn", item.withdrawn_at])
    return rows


def _print_history(hit: "Hit", history: "Sequence[Version]") -> None:
    """Print what an item said in turn."""
    typer.echo()
    print_table(
        ["version", "seen", "title", "text"],
        [
            [
                f"{one.number}{' (this hit)' if one.number == hit.item.version else ''}",
                one.seen_at,
                one.title,
                one.text if len(one.text) <= EXCERPT else f"{one.text[:EXCERPT]}…",
            ]
            for one in history
        ],
        empty="",
    )


def plain_hit(hit: "Hit") -> dict[str, object]:
    """Return a hit for programs, with its mentions."""
    from monitor.render.exports import row_of

    return row_of(hit) | {"mentions": _mentions(hit)}


def _mentions(hit: "Hit") -> list[dict[str, object]]:
    """Return the mentions of a hit for programs."""
    from dataclasses import asdict

    return [asdict(mention) for mention in hit.mentions]


def _spell_mention(mention: "Mention", own_chars: int | None) -> str:
    """Return a mention in words: where it stands, which alias it is, how that was recognised, what it needed.

    own_chars   characters of the text before those of the article, None when there are none
    """
    on_page = mention.field == "text" and own_chars is not None and mention.start >= own_chars
    place = f"{mention.field} at {mention.start}{', on the page' if on_page else ''}"
    text = f"{mention.surface!r} in {place}: alias {mention.alias!r} of {mention.entity}"
    if mention.tier.rank:
        text += f", {mention.tier}"
    return f"{text}, beside {mention.context}" if mention.context else text
