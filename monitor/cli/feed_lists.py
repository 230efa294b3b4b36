"""`monitor feeds add|discover|import|export`: how feeds come and go, one by one and in lists."""

import shlex
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, finish, one_line, print_json, print_table, progress

if TYPE_CHECKING:
    from monitor.config.feedlist import FeedList
    from monitor.config.settings import Settings
    from monitor.core.types import Feed, FeedSpec
    from monitor.feeds.discover import Discovery, Found
    from monitor.store.database import Database


def register(group: typer.Typer) -> None:
    """Hang the commands on the group."""
    group.command("add")(add)
    group.command("discover")(discover)
    group.command("import")(import_)
    group.command("export")(export)


def add(
    url: Annotated[str, typer.Argument(help="Address of a feed, or of a page that has one.")],
    name: Annotated[str, typer.Option(help="What to call it; else the feed's own title.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag for routes and rules; may be repeated.")] = None,
    no_check: Annotated[bool, typer.Option("--no-check", help="Add the address as it is, and ask nobody.")] = False,
    config: ConfigOption = None,
) -> None:
    """Add a feed, or take up again one that was given up. It stands in the database, beside those of the file.

    Of a page's address, its feed is added; where it has several, you are asked which.

    Example: monitor feeds add https://example.org/rss --name Example --tag pakistan
    """
    from monitor import actions
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.store import feeds

    with open_store(config) as (settings, db):
        address = _checked(settings, url)
        if not no_check and feeds.find_feed(db, address) is None:
            given = [*(["--name", name] if name else []), *(word for one in tag or [] for word in ("--tag", one))]
            given += ["--config", str(config)] if config else []
            address = _chosen(_looked_for(settings, address, thorough=False), given)
        feed = actions.add_feed(db, address, name=name, tags=tag or [], folders=settings.feed_folders, now=utcnow())
    typer.echo(f"added {feed.url}; it is polled within seconds when the daemon runs")


def _checked(settings: "Settings", url: str) -> str:
    """Return an address as it may be typed, example.org for https://example.org. Raises MonitorError."""
    from monitor.errors import MonitorError
    from monitor.sources import feed_address

    known = "://" in url or url.lower().startswith(("file:", "feed:"))
    try:
        return feed_address(url if known else f"https://{url}", settings.feed_folders)
    except ValueError as error:
        raise MonitorError(f"{url!r} is no address of a feed: {error}") from error


def _looked_for(settings: "Settings", url: str, *, thorough: bool) -> "Discovery":
    """Return the feeds behind an address. Raises MonitorError with what to do when there is no answer."""
    from monitor.errors import FetchError, MonitorError
    from monitor.finding import find_feeds

    try:
        with progress(f"looking at {url}", None):
            return finish(find_feeds(settings, url, thorough=thorough))
    except FetchError as error:
        flag = "" if thorough else "; if the address is right all the same, add it unasked with --no-check"
        raise MonitorError(f"{url}: {error}{flag}") from error


def _chosen(found: "Discovery", given: Sequence[str]) -> str:
    """Return the address that is meant: the only one there is, or the one a person chooses. Raises MonitorError.

    given   the other words of the command
    """
    from monitor.errors import MonitorError

    if found.is_feed:
        return found.url
    if not found.feeds:
        hint = f"give it whole: monitor feeds import {found.url}" if "OPML" in found.page else (
            "give the address of the feed itself, or add this one unasked with --no-check"
        )  # fmt: skip
        asked = f", and none at {found.tried} others where it may be" if found.tried else ""
        raise MonitorError(f"no feed at {found.url}{asked}: {one_line(found.page)}; {hint}")
    choice = found.main or found.feeds
    if len(choice) == 1:
        typer.echo(f"{found.url} is a page; its feed is {_words(choice[0])}")
        return choice[0].url
    if sys.stdin.isatty() and sys.stdout.isatty():
        return _asked(found.url, choice)
    commands = (f"  {shlex.join(['monitor', 'feeds', 'add', one.url, *given])}  # {_words(one)}" for one in choice)
    raise MonitorError("\n".join([f"{found.url} has {len(choice)} feeds; choose one:", *commands]))


def _asked(url: str, choice: Sequence["Found"]) -> str:
    """Return the address of the feed that a person chooses."""
    typer.echo(f"{url} has {len(choice)} feeds:")
    for place, one in enumerate(choice, 1):
        typer.echo(f"{place:3}  {_words(one)}")
    number: int = 0
    while not 1 <= number <= len(choice):
        number = typer.prompt(f"Which one (1 to {len(choice)})", default=1, type=int)
    return choice[number - 1].url


def _words(feed: "Found") -> str:
    """Return a feed in words, on one line."""
    return one_line(f"{feed.url} ({feed.title or 'without title'}, {feed.kind}, {feed.entries} entries)")


def discover(url: str, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the feeds behind a page, the likeliest first. Each is fetched and read; none is added.

    Example: monitor feeds discover https://example.org
    """
    from dataclasses import asdict

    from monitor.cli.store import load

    settings = load(config)
    found = _looked_for(settings, _checked(settings, url), thorough=True)
    if as_json:
        print_json(asdict(found))
    else:
        print_table(
            ["feed", "title", "format", "entries", "newest", "because"],
            [
                [one.url, one_line(one.title), one.kind, one.entries, one.newest_at, _because(one)]
                for one in found.feeds
            ],
            empty=f"No feed at {found.url}, nor at {found.tried} others where it may be: {one_line(found.page)}",
        )
        if found.left:
            typer.echo(f"{found.left} more addresses look like feeds and were not asked, out of courtesy", err=True)
    if not found.feeds:
        raise typer.Exit(1)


def _because(feed: "Found") -> str:
    """Return how a feed was found, and what else is to be known of it."""
    notes = [
        feed.why,
        "comments of readers" if feed.comments else "",
        f"same as {feed.same_as}" if feed.same_as else "",
    ]
    return one_line("; ".join(note for note in notes if note))


def import_(
    source: Annotated[str, typer.Argument(metavar="FILE|URL|-", help="An OPML file, or one address on each line.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be added, and add nothing.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Ask for each feed first; leave out what is none.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add every feed of a list that is not there yet. Folders become tags.

    What cannot be added is told with its line, spoils no other, and makes the exit code 1.

    Example: monitor feeds import subscriptions.opml --check
    """
    from monitor import actions
    from monitor.cli.store import open_store

    with open_store(config) as (settings, db):
        listed = _listed(settings, source)
        new = actions.new_feeds(db, [one.spec for one in listed.feeds])
        dead = _dead(settings, new) if check else {}
        alive = [spec for spec in new if spec.url not in dead]
        added = [spec.url for spec in alive] if dry_run else _added(db, alive)
    refused = [str(problem) for problem in listed.refused]
    lines = {one.spec.url: one.line for one in listed.feeds}
    refused += [f"{source}:{lines[url]}: {_shown(url)}: {why}" for url, why in dead.items()]
    there = len(listed.feeds) - len(added) - len(dead)
    warnings = [str(problem) for problem in listed.warnings]
    if as_json:
        print_json({"added": added, "there": there, "refused": refused, "warnings": warnings, "dry_run": dry_run})
    else:
        for line in (*refused, *(f"warning: {warning}" for warning in warnings)):
            typer.echo(one_line(line), err=True)
        typer.echo(_summary(len(added), there, len(refused), dry_run=dry_run))
    if refused:
        raise typer.Exit(1)


def _listed(settings: "Settings", source: str) -> "FeedList":
    """Return what a list holds, wherever it is. Raises ConfigError and FetchError."""
    from monitor.config.feedlist import parse_list, read_list
    from monitor.finding import fetch_list

    if source == "-":
        return parse_list("standard input", sys.stdin.buffer.read(), settings.feed_folders)
    if source.lower().startswith(("http://", "https://")):
        # what a stranger lists may not lead to files of this machine
        return parse_list(source, finish(fetch_list(settings, source)))
    return read_list(Path(source), settings.feed_folders)


def _dead(settings: "Settings", specs: Sequence["FeedSpec"]) -> dict[str, str]:
    """Return which feeds do not answer with a feed, and why."""
    from monitor.finding import check_feeds

    with progress("asking for each feed", len(specs)) as done:
        return finish(check_feeds(settings, specs, done=done))


def _added(db: "Database", specs: Sequence["FeedSpec"]) -> list[str]:
    """Add feeds; return the addresses of those that were not there."""
    from monitor import actions
    from monitor.clock import utcnow

    with progress("adding feeds", len(specs)) as done:
        return actions.add_feeds(db, specs, now=utcnow(), done=done)


def _shown(url: str) -> str:
    """Return an address without its password."""
    from monitor.core.addresses import without_user

    return without_user(url)


def _summary(added: int, there: int, refused: int, *, dry_run: bool) -> str:
    """Return what an import did, on one line."""
    said = f"{'would add' if dry_run else 'added'} {added} of {added + there + refused} feeds"
    if refused:
        return f"{said}; {there} were there already, {refused} refused"
    return f"{said}; the others were there already" if there else said


def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; else standard output.")] = None,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Keep user and password of an address; guard the file.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Write all feeds that are polled as OPML. For any other reader and for `monitor feeds import`.

    Example: monitor feeds export feeds.opml
    """
    from monitor.cli.store import open_store
    from monitor.config.feedlist import write_opml
    from monitor.store import feeds

    with open_store(config) as (_, db):
        rows = feeds.list_feeds(db)
    text = write_opml(rows, secrets=with_secrets).encode()
    for note in _left_out(rows, with_secrets=with_secrets):
        typer.echo(f"warning: {note}", err=True)
    if file is None:
        typer.echo(text, nl=False)
    else:
        _replace(file, text, secret=with_secrets)
        typer.echo(f"wrote {len(rows)} feeds to {file}")


def _left_out(rows: Sequence["Feed"], *, with_secrets: bool) -> list[str]:
    """Return what a list of these feeds does not say."""
    notes = []
    names = sum(bool(feed.headers) for feed in rows)
    if names:
        notes.append(f"{names} feeds need headers, which no list can hold; they stand in the configuration only")
    users = sum(_shown(feed.url) != feed.url for feed in rows)
    if users and not with_secrets:
        notes.append(f"{users} addresses are written without user and password; --with-secrets keeps them")
    return notes


def _replace(file: Path, data: bytes, *, secret: bool) -> None:
    """Write a file whole or not at all. Raises MonitorError.

    secret   only the owner may read it
    """
    from monitor.errors import MonitorError

    made = file.with_name(f".{file.name}.new")
    try:
        made.touch(mode=0o600)
        made.write_bytes(data)
        if not secret:
            made.chmod(stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o644)
        made.replace(file)
    except OSError as error:
        made.unlink(missing_ok=True)
        raise MonitorError(f"{file} cannot be written: {error.strerror}; check its folder") from error
