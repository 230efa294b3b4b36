"""What Tab offers: names of the configuration and the watchlists, and addresses of feeds.

The shell calls the program anew for each press of the key, so only what an option asks for is read, and watchlists come
from their cache. Where something cannot be read nothing is offered: an error would stand in the line that is typed.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from monitor.config.settings import Settings
    from monitor.core.types import Watchlist

OFFERED = 200
"""Most that is offered at once: more fills the screen and says nothing."""


def entities(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return ids of entities that begin with what is typed."""
    return _offer(ctx, incomplete, _entities)


def rules(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return ids of rules, those that entities are included."""
    return _offer(ctx, incomplete, _rules)


def watchlists(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return ids of watchlists."""
    return _offer(ctx, incomplete, lambda settings: (one.id for one in _watchlists(settings)))


def receivers(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return names of receivers."""
    return _offer(ctx, incomplete, lambda settings: settings.receivers)


def feeds(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return addresses of feeds, without user and password."""
    return _offer(ctx, incomplete, _feeds)


def digests(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return names of digests."""
    return _offer(ctx, incomplete, lambda settings: [one.name for one in settings.digests])


def severities(incomplete: str) -> list[str]:
    """Return severities, least grave first."""
    from monitor.core.types import Severity

    return [one.value for one in Severity if one.value.startswith(incomplete)]


def _offer(ctx: typer.Context, incomplete: str, read: "Callable[[Settings], Iterable[str]]") -> list[str]:
    """Return what is read from the configuration that the typed line means, in order."""
    from monitor.cli.store import load
    from monitor.errors import MonitorError

    given = ctx.params.get("config")
    try:
        names = set(read(load(Path(given) if given else None)))
    except MonitorError:  # said by every command; Tab has no place for it
        return []
    return sorted(name for name in names if name.startswith(incomplete))[:OFFERED]


def _entities(settings: "Settings") -> Iterable[str]:
    return (entity.id for watchlist in _watchlists(settings) for entity in watchlist.entities)


def _rules(settings: "Settings") -> Iterable[str]:
    for watchlist in _watchlists(settings):
        yield from (rule.id for rule in watchlist.rules)
        yield from (f"entity:{entity.id}" for entity in watchlist.entities)


def _watchlists(settings: "Settings") -> "Iterable[Watchlist]":
    from monitor.cli.store import read_watchlists

    return read_watchlists(settings).watchlists


def _feeds(settings: "Settings") -> Iterable[str]:
    from monitor.core.addresses import without_user
    from monitor.store.database import Database, sqlite_path
    from monitor.store.feeds import list_feeds

    path = sqlite_path(settings.database)
    if path is not None and not path.exists():
        return [without_user(spec.url) for spec in settings.feeds]
    db = Database.open(settings.database)
    try:
        return [without_user(feed.url) for feed in list_feeds(db)]
    finally:
        db.close()
