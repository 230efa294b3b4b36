"""`monitor status`: everything on one screen."""

import typer

from monitor.cli.common import ConfigOption, JsonOption, print_json, print_table


def register(app: typer.Typer) -> None:
    """Hang the command on `app`."""
    app.command("status")(status)


def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show what is stored, what waits and what fails; works beside the running daemon.

    Example: monitor status
    """
    from monitor.cli.store import open_store
    from monitor.store import deliveries, feeds, items

    with open_store(config) as (settings, db):
        counts = items.counts(db)
        boxes = deliveries.counts(db)
        failing = [feed for feed in feeds.list_feeds(db) if feed.failures]
        address = db.masked_url
    if as_json:
        states = [{"channel": channel, "state": state, "count": n} for (channel, state), n in sorted(boxes.items())]
        trouble = [{"url": feed.url, "error": feed.error, "failures": feed.failures} for feed in failing]
        print_json({"database": address, **counts, "deliveries": states, "failing_feeds": trouble})
        return
    typer.echo(f"{settings.path}\n{address}\n")
    print_table(["what", "count"], [[name, count] for name, count in counts.items()], empty="")
    typer.echo()
    print_table(
        ["channel", "state", "deliveries"],
        [[channel, state, count] for (channel, state), count in sorted(boxes.items())],
        empty="Nothing was sent yet.",
    )
    typer.echo()
    print_table(
        ["failing feed", "times", "error"],
        [[feed.name or feed.url, feed.failures, feed.error] for feed in failing],
        empty="No feed fails.",
    )
