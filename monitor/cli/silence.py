"""`monitor silence`: spans in which matching hits alert nobody."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, print_json, print_table, who_runs
from monitor.cli.matching import (
    EntityOption,
    FeedOption,
    KindOption,
    LangOption,
    RuleOption,
    SeverityOption,
    TagOption,
    TierOption,
    WatchlistOption,
    conditions,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.config.settings import Settings
    from monitor.core.types import Hit, RouteMatch, Silence

app = typer.Typer(help="Silence hits for a while, list silences, end them.", no_args_is_help=True)

PREVIEW_SHOWN = 20
"""Hits that a preview lists; the rest is counted."""


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="silence")


@app.command()
def add(
    severity: SeverityOption = None,
    watchlist: WatchlistOption = None,
    rule: RuleOption = None,
    entity: EntityOption = None,
    kind: KindOption = None,
    tag: TagOption = None,
    feed: FeedOption = None,
    lang: LangOption = None,
    tier: TierOption = None,
    span: Annotated[str | None, typer.Option("--for", help="How long: 90m, 6h, 7d.")] = None,
    end: Annotated[str | None, typer.Option(help="Instead: until when, such as 2026-12-05T18:00+05:00.")] = None,
    start: Annotated[str | None, typer.Option(help="From when on; else from now on.")] = None,
    reason: Annotated[str, typer.Option(help="Why; told to those who ask, and when it ends.")] = "",
    author: Annotated[str | None, typer.Option("--by", help="Who; else who runs the command.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what it would hide.")] = False,
    since: Annotated[str, typer.Option(help="The past that a preview looks at.")] = "7d",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let matching hits alert nobody for a while. What was hidden is told when it ends.

    Example: monitor silence add --feed Dawn --severity low --for 6h --reason "election night" --preview
    """
    from monitor import actions
    from monitor.cli.store import ago, open_store
    from monitor.clock import utcnow
    from monitor.core.coverage import counted
    from monitor.core.silences import as_row
    from monitor.core.types import SilenceSpec

    match = conditions(
        severity=severity,
        watchlist=watchlist,
        rule=rule,
        entity=entity,
        kind=kind,
        tags=tag,
        feed=feed,
        lang=lang,
        tier=tier,
    )
    with open_store(config) as (settings, db):
        _warn(settings, match)
        hidden = actions.preview_silence(db, match, since_at=ago(since))
        if preview:
            _tell_preview(hidden, since=since, as_json=as_json)
            return
        now = utcnow()
        start_at = _instant(start, "--start") if start else None
        spec = SilenceSpec(match, start_at, _end(span, end, start_at or now), author or who_runs(), reason)
        made = actions.add_silence(db, spec, now=now)
    if as_json:
        print_json(as_row(made, now=now) | {"would_have_hidden": len(hidden)})
        return
    typer.echo(f"silence {made.id} until {made.end_at:%Y-%m-%d %H:%MZ}: {_spell(made)}")
    typer.echo(
        f"it would have hidden {counted(len(hidden), 'hit')} of the last {since}; end it with: "
        f"monitor silence expire {made.id}"
    )


@app.command("list")
def list_silences(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the silences. Those made by command, and those of the configuration once a daemon has read them.

    Example: monitor silence list --all
    """
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.core.silences import as_row
    from monitor.store import silences

    now = utcnow()
    with open_store(config) as (_, db):
        found = silences.list_silences(db, ending_after=None if everything else now)
    rows = [as_row(one, now=now) for one in found]
    if as_json:
        print_json(rows)
        return
    print_table(
        ["id", "state", "start", "end", "by", "hidden", "hits with", "reason"],
        [
            [one.id, row["state"], one.start_at, one.end_at, one.author, one.hidden, _spell(one), one.reason]
            for one, row in zip(found, rows, strict=True)
        ],
        empty="No silence.",
    )


@app.command()
def expire(silence_id: int, config: ConfigOption = None) -> None:
    """End a silence now; what it hid is told at once.

    Example: monitor silence expire 3
    """
    from monitor import actions
    from monitor.cli.store import open_store
    from monitor.clock import utcnow

    with open_store(config) as (settings, db):
        ended = actions.expire_silence(db, silence_id, config_path=settings.path, now=utcnow())
    typer.echo(f"silence {silence_id} ended; it hid {ended.hidden} hits")


def _end(span: str | None, end: str | None, start_at: "datetime") -> "datetime":
    """Return when a silence ends, by one of two options."""
    from monitor.config.units import parse_duration

    if (span is None) == (end is None):
        raise typer.BadParameter("expected either --for or --end", param_hint="--for")
    if end is not None:
        return _instant(end, "--end")
    try:
        return start_at + parse_duration(span)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from error


def _instant(text: str, option: str) -> "datetime":
    """Return the instant that an option says."""
    from monitor.config.units import parse_instant

    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def _warn(settings: "Settings", match: "RouteMatch") -> None:
    """Say on stderr which names no watchlist knows: a silence of them would hide nothing, and seem to."""
    from monitor.cli.store import read_watchlists
    from monitor.core.silences import unknown_names
    from monitor.errors import ConfigError

    try:
        lists = read_watchlists(settings).watchlists
    except ConfigError as error:
        typer.echo(f"whether the watchlists know these names is not known: {error}", err=True)
        return
    for kind, name, like in unknown_names(match, lists):
        typer.echo(f"no watchlist knows the {kind} {name!r}{f'; did you mean {like}?' if like else ''}", err=True)


def _tell_preview(hidden: "Sequence[Hit]", *, since: str, as_json: bool) -> None:
    """Print what a silence would have hidden."""
    if as_json:
        print_json([{"id": one.id, "severity": one.severity.value, "rule": one.rule, "title": one.item.title,
                     "feed": one.item.feed_name, "created_at": one.created_at} for one in hidden])  # fmt: skip
        return
    print_table(
        ["hit", "found", "severity", "rule", "title", "feed"],
        [
            [one.id, one.created_at, one.severity.value, one.rule, one.item.title, one.item.feed_name]
            for one in hidden[:PREVIEW_SHOWN]
        ],
        empty=f"It would have hidden nothing of the last {since}.",
    )
    if len(hidden) > PREVIEW_SHOWN:
        typer.echo(f"and {len(hidden) - PREVIEW_SHOWN} more")


def _spell(silence: "Silence") -> str:
    """Return the conditions of a silence for a person."""
    from monitor.core.silences import spell

    return spell(silence.match)
