"""How a command gets at the database: beside a running daemon, with the tables brought up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.settings import Settings
    from monitor.config.watchlists import LoadedWatchlists
    from monitor.store.database import Database


def load(config: Path | None) -> "Settings":
    """Return the settings that `--config` means; raises ConfigError."""
    import os

    from monitor.config.settings import load_settings

    return load_settings(config, os.environ)


def read_watchlists(settings: "Settings") -> "LoadedWatchlists":
    """Return the watchlists of the configuration, from their cache where nothing changed; raises ConfigError."""
    import os

    from monitor.config.cache import cache_folder, load_cached

    return load_cached(settings.watchlists, cache_folder(settings.database, os.environ))


@contextmanager
def open_store(config: Path | None) -> "Iterator[tuple[Settings, Database]]":
    """Open the database of the configuration; raises ConfigError and StoreError."""
    from monitor.store import migrate
    from monitor.store.database import Database

    settings = load(config)
    db = Database.open(settings.database)
    try:
        migrate.upgrade(db)
        yield settings, db
    finally:
        db.close()


def ago(span: str) -> "datetime":
    """Return the instant `span` ago ("90s", "15m", "6h", "7d"); raises typer.BadParameter for anything else."""
    import typer

    from monitor.clock import utcnow
    from monitor.config.units import parse_duration

    try:
        return utcnow() - parse_duration(span)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from error
