"""`monitor feeds`: what is polled, and how it is doing."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, one_line, print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.types import Feed, Terms

app = typer.Typer(help="List, show, add, remove, import, export and poll feeds.", no_args_is_help=True)


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
    """List the feeds: how each is doing, what it last answered, when it is asked next and why then.

    Example: monitor feeds list --state failing --state "not a feed"
    """
    from monitor.app import utcnow
    from monitor.cli.store import open_store
    from monitor.core.polling import state_of
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
                _answer(feed),
                None if feed.course.retired_at else feed.next_poll_at,
                feed.wait_reason,
            ]
            for feed in rows
        ],
        empty=f"No feed is {' or '.join(wanted)}."
        if wanted
        else "No feed yet: add some under `feeds:` in the configuration and start `monitor run`.",
    )


def _states(names: list[str]) -> list[str]:
    """Return the states that a person named, each of which there is."""
    from monitor.core.types import FeedState

    for name in names:
        if name not in list(FeedState):
            raise typer.BadParameter(f"{name!r} is no state; expected one of: {', '.join(FeedState)}")
    return names


@app.command()
def show(url: str, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show one feed: state, last answer, next poll and why then, its rhythm and what its publisher asks for.

    Example: monitor feeds show https://example.org/rss
    """
    from monitor.app import utcnow
    from monitor.cli.store import open_store
    from monitor.errors import UnknownIdError
    from monitor.store import feeds

    now = utcnow()
    with open_store(config) as (_, db):
        feed = feeds.find_feed(db, url)
    if feed is None:
        raise UnknownIdError(f"there is no feed {url}; see: monitor feeds list")
    if as_json:
        print_json(_plain(feed, now))
        return
    print_table(["what", "value"], _facts(feed, now), empty="")


def _plain(feed: "Feed", now: "datetime") -> dict[str, object]:
    """Return a feed for programs; the values of its headers may be secrets and stay here."""
    from dataclasses import asdict

    from monitor.core.polling import state_of

    return {**asdict(feed), "headers": sorted(feed.headers), "state": state_of(feed, now=now)}


def _answer(feed: "Feed") -> str:
    """Return the last answer in words: "200", "304", or what went wrong."""
    return feed.error or str(feed.status or "-")


def _facts(feed: "Feed", now: "datetime") -> list[list[object]]:
    """Return what is known of a feed, for people; what is not known is left out."""
    from monitor.core import rhythm
    from monitor.core.polling import spell, state_of

    course, terms = feed.course, feed.course.terms
    pace = rhythm.pace(course, now=now, first_polled_at=feed.first_polled_at)
    found: list[list[object]] = [
        ["feed", feed.name],
        ["address", feed.url],
        ["moved to", course.moved_to],
        ["state", state_of(feed, now=now) if feed.active else "removed"],
        ["last poll", feed.polled_at],
        ["last answer", _answer(feed)],
        ["last that went well", feed.ok_at],
        ["failures in a row", feed.failures or None],
        ["failing since", feed.failing_since_at],
        ["next poll", feed.next_poll_at if feed.active and course.retired_at is None else None],
        ["because", feed.wait_reason],
        ["rhythm", pace and f"news every {spell(pace, parts=2)}, the last {len(course.beats)} counted"],
        ["newest", course.beats[0] if course.beats else None],
        ["entries stay for", course.window and spell(course.window, parts=2)],
        ["entries lost", course.rolled_over_at],
        ["publisher asks for", _terms(terms)],
        ["not before", course.not_before_at],
        ["patience learnt", course.patience and spell(course.patience, parts=2)],
        ["validators", ", ".join(one for one in (feed.etag, feed.last_modified) if one)],
    ]
    return [fact for fact in found if fact[1] is not None and fact[1] != ""]


def _terms(terms: "Terms") -> str:
    """Return in words what a publisher asks for."""
    from monitor.core.polling import spell

    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    found = [
        f"max-age or Expires {spell(terms.fresh)}" if terms.fresh else "",
        f"ttl {spell(terms.ttl)}" if terms.ttl else "",
        f"skip hours {' '.join(str(hour) for hour in sorted(terms.skip_hours))} UTC" if terms.skip_hours else "",
        f"skip {' '.join(days[day] for day in sorted(terms.skip_days))}" if terms.skip_days else "",
    ]
    return "; ".join(one for one in found if one)


@app.command()
def remove(
    urls: Annotated[list[str], typer.Argument(help="Addresses of feeds, as `monitor feeds list` shows them.")],
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
def poll(url: str, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Fetch a feed now and show what is in it and what would match; stores nothing.

    Example: monitor feeds poll https://example.org/rss
    """
    from monitor.cli.store import load
    from monitor.core.addresses import is_file
    from monitor.once import try_feed

    report = asyncio.run(try_feed(load(config), url))
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
