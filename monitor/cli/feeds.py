"""`monitor feeds`: what is polled, and how it is doing."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, print_json, print_table

app = typer.Typer(help="List, add, remove, import, export and poll feeds.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="feeds")


@app.command("list")
def list_feeds(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the feeds with their last and next poll.

    Example: monitor feeds list --json
    """
    from dataclasses import asdict

    from monitor.cli.store import open_store
    from monitor.store import feeds

    with open_store(config) as (_, db):
        rows = feeds.list_feeds(db)
    if as_json:
        print_json([{**asdict(feed), "headers": sorted(feed.headers)} for feed in rows])
        return
    print_table(
        ["feed", "address", "last poll", "next poll", "because", "trouble"],
        [[feed.name, feed.url, feed.polled_at, feed.next_poll_at, feed.wait_reason, feed.error or ""] for feed in rows],
        empty="No feed yet: add some under `feeds:` in the configuration and start `monitor run`.",
    )


@app.command()
def add(
    url: str,
    name: Annotated[str, typer.Option(help="What to call it; else the feed's own title.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag for routes and rules; may be repeated.")] = None,
    config: ConfigOption = None,
) -> None:
    """Add a feed to the database, beside those of the configuration file.

    Example: monitor feeds add https://example.org/rss --name Example --tag pakistan
    """
    from monitor import actions
    from monitor.app import utcnow
    from monitor.cli.store import open_store

    with open_store(config) as (_, db):
        feed = actions.add_feed(db, url, name=name, tags=tag or [], now=utcnow())
    typer.echo(f"added {feed.url}; it is polled within seconds when the daemon runs")


@app.command()
def remove(url: str, config: ConfigOption = None) -> None:
    """Stop polling a feed that was added by command; its items stay.

    Example: monitor feeds remove https://example.org/rss
    """
    from monitor import actions
    from monitor.cli.store import open_store

    with open_store(config) as (settings, db):
        actions.remove_feed(db, url, config_path=settings.path)
    typer.echo(f"removed {url}")


@app.command("import")
def import_(file: Path, config: ConfigOption = None) -> None:
    """Add every feed of an OPML file that is not there yet; folders become tags.

    Example: monitor feeds import subscriptions.opml
    """
    from monitor import actions
    from monitor.app import utcnow
    from monitor.cli.store import open_store
    from monitor.config.feedlist import read_opml

    specs = read_opml(file)
    with open_store(config) as (_, db):
        added = actions.add_feeds(db, specs, now=utcnow())
    typer.echo(f"added {added} of {len(specs)} feeds; the others were there already")


@app.command()
def export(config: ConfigOption = None) -> None:
    """Print all feeds as OPML.

    Example: monitor feeds export > feeds.opml
    """
    from monitor.cli.store import open_store
    from monitor.config.feedlist import write_opml
    from monitor.store import feeds

    with open_store(config) as (_, db):
        typer.echo(write_opml(feeds.list_feeds(db)))


@app.command()
def poll(url: str, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Fetch a feed now and show what is in it and what would match; stores nothing.

    Example: monitor feeds poll https://example.org/rss
    """
    from monitor.cli.store import load
    from monitor.once import try_feed

    report = asyncio.run(try_feed(load(config), url))
    if as_json:
        print_json(report)
        return
    typer.echo(f"{report['title'] or url}: HTTP {report['status']}, {len(report['entries'])} entries")
    print_table(
        ["published", "title", "hits"],
        [[entry["published_at"], entry["title"], ", ".join(entry["hits"])] for entry in report["entries"]],
        empty="The feed has no entries.",
    )
