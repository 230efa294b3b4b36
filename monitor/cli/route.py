"""`monitor route test`: who would be told of a hit, through which channels, and when."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, print_json, print_table
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
    from datetime import datetime

    from monitor.config.settings import Settings
    from monitor.core.types import Hit, Route, RouteMatch, Silence

app = typer.Typer(help="Test the routing tree.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="route")


@app.callback()
def _group() -> None:
    """Test the routing tree."""


@app.command("test")
def try_route(
    severity: SeverityOption = None,
    watchlist: WatchlistOption = None,
    rule: RuleOption = None,
    entity: EntityOption = None,
    kind: KindOption = None,
    tag: TagOption = None,
    feed: FeedOption = None,
    lang: LangOption = None,
    tier: TierOption = None,
    publishers: Annotated[int, typer.Option(min=1, help="How many tell its story.")] = 1,
    text: Annotated[str | None, typer.Option(help="Instead: words to match with the watchlists, hit by hit.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who would be told of a hit, how and when. Nothing is sent, and no daemon is needed.

    Example: monitor route test --severity critical --watchlist jui-f --tag bajaur --publishers 2
    """
    from monitor.cli.store import load
    from monitor.clock import utcnow

    settings, now = load(config), utcnow()
    said = conditions(
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
    hits = [_made_up(said, now=now)] if text is None else _matched(settings, said, text, now=now)
    silences = _silences(settings, now=now)
    rows = [row for hit in hits for row in _answers(settings, silences, hit, publishers=publishers, now=now)]
    if as_json:
        print_json(rows)
        return
    columns = ("hit", "route", "receiver", "channels", "group", "due", "kept back by")
    empty = "Nothing in it is a hit: nobody is told."
    print_table(columns, [[_cell(row[column]) for column in columns] for row in rows], empty=empty)


def _answers(
    settings: "Settings", silences: "list[Silence]", hit: "Hit", *, publishers: int, now: "datetime"
) -> list[dict[str, object]]:
    """Return for each route that takes a hit what would come of it."""
    from monitor.core import decisions, grouping, routing
    from monitor.core.silences import silence_of

    silence, ways = silence_of(silences, hit, publishers=publishers, now=now), decisions.ways(settings.route)
    answers: list[dict[str, object]] = []
    for route in routing.routes_for(settings.route, hit, publishers=publishers):
        due_at = grouping.notify_at(route, hit_at=now, notified_at=None, pending_at=None, now=now)
        channels = [spec.key for spec in settings.receivers[route.receiver].channels]
        answers.append(
            {
                "hit": hit.rule or "any",
                "route": ways[route.path],
                "receiver": route.receiver,
                "channels": channels,
                "group": grouping.group_of(route, hit).label,
                "due": _due(due_at, route, silence, now=now) if channels else "digest only",
                "kept back by": f"silence {silence.id} until {silence.end_at:%Y-%m-%d %H:%MZ}" if silence else None,
                "due_at": (silence.end_at if silence else due_at) if channels else None,
                "timing": {
                    name: int(getattr(route, name).total_seconds())
                    for name in ("group_wait", "group_interval", "repeat_interval")
                },
                "max_per_hour": route.max_per_hour,
            }
        )
    return answers


def _due(due_at: "datetime", route: "Route", silence: "Silence | None", *, now: "datetime") -> str:
    """Return when a hit would be told, for a person."""
    if silence is not None:
        return "when the silence ends"
    if due_at > now + route.group_wait:
        return f"quiet hours, {due_at:%Y-%m-%d %H:%MZ}"
    return f"in {int((due_at - now).total_seconds())} s"


def _made_up(said: "RouteMatch", *, now: "datetime") -> "Hit":
    """Return a hit that has what the options say, and nothing else."""
    from monitor.core.types import EntityRef, Hit, Item, Kind, Severity, Tier

    feeds, kinds = sorted(said.feed), sorted(said.kind) or [Kind.PERSON]
    entities = [EntityRef(one, one, Kind(kinds[0])) for one in sorted(said.entity)]
    entities += [EntityRef("", kind, Kind(kind)) for kind in (kinds if said.kind and not entities else kinds[1:])]
    name = feeds[0] if feeds else ""
    item = Item(
        0, 0, name, name, tuple(feeds), "", "", "", "", None, now, next(iter(sorted(said.lang)), None), story_id=0
    )  # fmt: skip
    return Hit(
        id=0,
        item=item,
        rule=next(iter(sorted(said.rule)), ""),
        rule_title="",
        watchlist=next(iter(sorted(said.watchlist)), ""),
        severity=max(said.severity, key=lambda one: one.rank, default=Severity.MEDIUM),
        tags=said.tags,
        entities=tuple(entities),
        mentions=(),
        why="",
        watchlist_version="",
        created_at=now,
        tier=max(said.tier, key=lambda one: one.rank, default=Tier.EXACT),
    )


def _matched(settings: "Settings", said: "RouteMatch", text: str, *, now: "datetime") -> "list[Hit]":
    """Return the hits in some words, as an item of the feed that the options name."""
    from dataclasses import replace

    from monitor.app import compile_lists
    from monitor.core.types import Document, EntityRef, entities_by_id

    lists, matcher = compile_lists(settings)
    known, blank = entities_by_id(lists.watchlists), _made_up(said, now=now)
    document = Document("", text, "", blank.item.lang, blank.item.feed_name, frozenset(blank.item.feed_tags))
    return [
        replace(
            blank,
            rule=match.rule,
            watchlist=match.watchlist,
            severity=match.severity,
            tags=match.tags,
            entities=tuple(EntityRef(one, known[one].name, known[one].kind) for one in match.entities if one in known),
            tier=match.tier,
        )
        for match in matcher.match(document).matches
    ]


def _silences(settings: "Settings", *, now: "datetime") -> "list[Silence]":
    """Return the silences that are known: of the database where it can be read, and those of the configuration."""
    from monitor.core.types import Silence

    stored = _stored_silences(settings, now=now)
    known = {(one.match, one.end_at, one.reason) for one in stored}
    return stored + [
        Silence(0, one.match, one.start_at or now, one.end_at, one.author, one.reason, "config", now)
        for one in settings.silences
        if (one.match, one.end_at, one.reason) not in known
    ]


def _stored_silences(settings: "Settings", *, now: "datetime") -> "list[Silence]":
    """Return the silences of the database; none, with a word on stderr, where it cannot be read."""
    from monitor.errors import StoreError
    from monitor.store.database import Database, sqlite_path
    from monitor.store.silences import list_silences

    path = sqlite_path(settings.database)
    if path is not None and not path.exists():
        return []
    try:
        db = Database.open(settings.database)
    except StoreError as error:
        typer.echo(f"silences made by command are not known: {error}", err=True)
        return []
    try:
        return list_silences(db, ending_after=now)
    except StoreError as error:
        typer.echo(f"silences made by command are not known: {error}", err=True)
        return []
    finally:
        db.close()


def _cell(value: object) -> object:
    """Return a value as a cell of the table."""
    return ", ".join(map(str, value)) if isinstance(value, list) else value
