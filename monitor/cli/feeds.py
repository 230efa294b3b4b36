"""`monitor feeds`: what is polled, and how it is doing."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import complete
from monitor.cli.common import ConfigOption, JsonOption, finish, one_line, print_json, print_table, who_runs

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.types import Feed

app = typer.Typer(help="List, show, add, remove, pause, import and export feeds.", no_args_is_help=True)


UrlArgument = Annotated[str, typer.Argument(help="Address of the feed.", autocompletion=complete.feeds)]


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    from monitor.cli import feed_lists

    feed_lists.register(app)
    root.add_typer(app, name="feeds")


@app.command("list")
def list_feeds(
    state: Annotated[
        list[str] | None, typer.Option(help="Only feeds in this state; may be given several times.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the feeds and how each is doing. What it last answered, when it is asked next, and why then.

    Example: monitor feeds list --state failing --state "not a feed"
    """
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.core.feed_facts import answer_of
    from monitor.core.polling import next_poll, state_of
    from monitor.store import feeds

    now, wanted = utcnow(), _states(state or [])
    with open_store(config) as (_, db):
        rows = feeds.list_feeds(db)
    if wanted:
        rows = [feed for feed in rows if state_of(feed, now=now) in wanted]
    if as_json:
        print_json([_plain(feed, now) for feed in rows])
        return
    print_table(
        ["feed", "address", "state", "last poll", "answer", "next poll", "because"],
        [
            [
                feed.name,
                feed.url,
                state_of(feed, now=now),
                feed.polled_at,
                answer_of(feed),
                None if feed.course.retired_at or feed.paused else next_at,
                reason,
            ]
            for feed in rows
            for next_at, reason in [next_poll(feed, now=now)]
        ],
        empty=f"No feed is {' or '.join(wanted)}."
        if wanted
        else "No feed yet: `monitor feeds add URL`, or some under `feeds:` in the configuration; then `monitor run`.",
    )


def _states(names: list[str]) -> list[str]:
    """Return the states that a person named, each of which there is."""
    from monitor.core.types import FeedState

    for name in names:
        if name not in list(FeedState):
            raise typer.BadParameter(f"{name!r} is no state; expected one of: {', '.join(FeedState)}")
    return names


@app.command()
def show(url: UrlArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show all that is known of one feed. State, last answer, next poll and why then, rhythm, its publisher's wishes.

    Example: monitor feeds show https://example.org/rss
    """
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.core.addresses import without_user
    from monitor.core.feed_facts import facts_of
    from monitor.core.types import ArticleState
    from monitor.errors import UnknownIdError
    from monitor.jobs.websub import callback_base
    from monitor.store import articles, feeds

    now = utcnow()
    with open_store(config) as (settings, db):
        feed = feeds.find_feed(db, url) or next(
            (one for one in feeds.list_feeds(db) if without_user(one.url) == url), None
        )
        counts = articles.counts(db, feed.id) if feed is not None else {}
    if feed is None:
        raise UnknownIdError(f"there is no feed {url}; see: monitor feeds list")
    if as_json:
        print_json(_plain(feed, now) | {"articles": {state.value: count for state, count in counts.items()}})
        return
    spelled = ", ".join(f"{counts[state]} {state}" for state in ArticleState if state in counts)
    articles_row = [["articles", spelled or "none yet"]] if feed.full_text or counts else []
    facts = facts_of(feed, now=now, pushes=callback_base(settings) is not None)
    print_table(["what", "value"], [*facts, *articles_row], empty="")


def _plain(feed: "Feed", now: "datetime") -> dict[str, object]:
    """Return a feed for programs; the values of its headers may be secrets and stay here."""
    from dataclasses import asdict

    from monitor.core.polling import state_of

    return {**asdict(feed), "headers": sorted(feed.headers), "state": state_of(feed, now=now)}


@app.command()
def remove(
    urls: Annotated[
        list[str],
        typer.Argument(help="Addresses of feeds, as `monitor feeds list` shows them.", autocompletion=complete.feeds),
    ],
    config: ConfigOption = None,
) -> None:
    """Stop polling feeds that were added by command; their items stay.

    Example: monitor feeds remove https://example.org/rss
    """
    from monitor import actions
    from monitor.cli.store import open_store
    from monitor.errors import MonitorError

    troubles: list[MonitorError] = []
    with open_store(config) as (settings, db):
        for url in urls:
            try:
                actions.remove_feed(db, url, config_path=settings.path)
            except MonitorError as error:
                troubles.append(error)
            else:
                typer.echo(f"removed {url}")
    if troubles:
        raise troubles[0] if len(troubles) == 1 else MonitorError("\n".join(map(str, troubles)))


@app.command()
def pause(
    url: UrlArgument,
    who: Annotated[str | None, typer.Option("--by", help="Who; else who runs the command.")] = None,
    why: Annotated[str, typer.Option("--reason", help="Why; told to those who ask, and in the digest.")] = "",
    config: ConfigOption = None,
) -> None:
    """Ask a feed no more until it is resumed. What it published meanwhile and still shows is read then.

    Example: monitor feeds pause https://example.org/rss --reason "they rebuild their site until Friday"
    """
    from monitor import actions
    from monitor.cli.store import open_store
    from monitor.clock import utcnow

    with open_store(config) as (_, db):
        feed = actions.feed_at(db, url)
        actions.pause_feed(db, feed.id, who=who or who_runs(), why=why, now=utcnow())
    typer.echo(f"paused; go on with: monitor feeds resume {url}")


@app.command()
def resume(url: UrlArgument, config: ConfigOption = None) -> None:
    """Go on asking a feed that was paused. At once where its publisher allows it.

    Example: monitor feeds resume https://example.org/rss
    """
    from monitor import actions
    from monitor.cli.store import open_store
    from monitor.clock import utcnow

    with open_store(config) as (_, db):
        actions.resume_feed(db, actions.feed_at(db, url).id, now=utcnow())
    typer.echo(f"resumed {url}")


@app.command()
def poll(url: UrlArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Fetch a feed now, show what it holds and would match. Stores nothing.

    Example: monitor feeds poll https://example.org/rss
    """
    from monitor.cli.store import load
    from monitor.core.addresses import is_file
    from monitor.once import try_feed

    report = finish(try_feed(load(config), url))
    if as_json:
        print_json(report)
        return
    answer = "read" if is_file(url) else f"HTTP {report['status']}"
    typer.echo(f"{one_line(report['title']) or url}: {answer}, {len(report['entries'])} entries")
    for trouble in report["unread"]:
        typer.echo(f"not read: {one_line(trouble)}", err=True)
    print_table(
        ["published", "title", "hits"],
        [[entry["published_at"], entry["title"], ", ".join(entry["hits"])] for entry in report["entries"]],
        empty="The feed has no entries.",
    )
