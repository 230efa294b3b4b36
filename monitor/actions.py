"""What a person can do; called by the command line and the pages alike."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

from monitor.config.lint_places import placed
from monitor.config.settings import Settings
from monitor.config.watchlists import contents_of, loaded, read_contents, read_watchlists
from monitor.core.access import TOKEN_BYTES, AccessToken, Scope, fingerprint, token_of
from monitor.core.addresses import without_user
from monitor.core.findings import Finding
from monitor.core.grouping import one_line
from monitor.core.lint import lint
from monitor.core.matcher import compile_matcher
from monitor.core.polling import next_poll
from monitor.core.silences import SilenceState, preview, state_of
from monitor.core.types import Acknowledgement, Feed, FeedSpec, Hit, Mark, Pause, RouteMatch, Silence, SilenceSpec
from monitor.errors import MonitorError, UnknownIdError
from monitor.sources import feed_address
from monitor.store import acks, alerts, deliveries, feeds, items, marks, meta, silences, tokens
from monitor.store.database import Database
from monitor.store.published import Published, publish

WHO_CHARS = 100
"""Characters of a name that are kept."""

NOTE_CHARS = 500
"""Characters of a note that are kept."""

IMPORT_BATCH = 1_000
"""Feeds added in one transaction: a fraction of a second, in which a daemon that polls beside it has to wait."""

POLLED_LATELY = timedelta(minutes=1)
"""How long after a poll a person cannot have a feed asked again: impatience is no reason to burden a publisher."""

PREVIEW_READ = 10_000
"""Newest hits that a preview of a silence looks at: a second's work."""


def add_feed(db: Database, url: str, *, name: str, tags: Sequence[str], folders: Sequence[Path], now: datetime) -> Feed:
    """Add a feed beside those of the configuration; it is due at once. Raises MonitorError for what is no address.

    folders   whose files may be feeds (`feed_folders`)
    """
    try:
        address = feed_address(url, folders)
    except ValueError as error:
        raise MonitorError(f"{url!r} is no address of a feed: {error}") from error
    return feeds.add_feed(db, FeedSpec(address, name, tuple(tags)), shards=meta.shards(db), now=now)


def new_feeds(db: Database, specs: Sequence[FeedSpec]) -> list[FeedSpec]:
    """Return those of `specs` that are not polled, or were given up."""
    polled = {feed.url for feed in feeds.list_feeds(db) if feed.course.retired_at is None}
    return [spec for spec in specs if spec.url not in polled]


def add_feeds(
    db: Database, specs: Sequence[FeedSpec], *, now: datetime, done: Callable[[int], None] = lambda _: None
) -> list[str]:
    """Add feeds whose addresses were checked, IMPORT_BATCH at a time; return the addresses that are polled anew.

    done   told of how many more are dealt with
    """
    added: list[str] = []
    for start in range(0, len(specs), IMPORT_BATCH):
        batch = specs[start : start + IMPORT_BATCH]
        added += feeds.add_feeds(db, batch, shards=meta.shards(db), now=now)
        done(len(batch))
    return added


def remove_feed(db: Database, url: str, *, config_path: Path) -> None:
    """Stop polling a feed that was added by command. Raises MonitorError for one of the configuration."""
    feed = feeds.find_feed(db, url)
    if feed is None or not feed.active:
        raise UnknownIdError(f"no feed {url} is polled; see: monitor feeds list")
    if feed.origin == "config":
        raise MonitorError(f"{url} stands in {config_path} or an OPML file it names; take it out there")
    feeds.remove_feed(db, url)


def pause_feed(db: Database, feed_id: int, *, who: str, why: str, now: datetime) -> None:
    """Ask a feed no more until somebody resumes it. It stays watched: coverage and digest tell that it is not heard.

    Raises MonitorError when nobody says who and why, or when there is nothing to pause.
    """
    feed, name, reason = _polled(db, feed_id), one_line(who)[:WHO_CHARS], one_line(why)[:NOTE_CHARS]
    if not name or not reason:
        raise MonitorError("say who pauses the feed, and why: others will ask")
    if feed.paused is not None:
        raise MonitorError(f"{feed.url} is paused already, by {feed.paused.who}: {feed.paused.why}")
    feeds.pause(db, feed.id, Pause(now, name, reason))


def resume_feed(db: Database, feed_id: int, *, now: datetime) -> None:
    """Go on asking a feed, at once where its publisher allows it. Raises MonitorError when it is not paused."""
    feed = _polled(db, feed_id)
    if feed.paused is None:
        raise MonitorError(f"{feed.url} is not paused")
    feeds.pause(db, feed.id, None)
    lately = feed.polled_at + POLLED_LATELY if feed.polled_at is not None else now
    feeds.poll_soon(db, feed.url, now=max(now, lately, feed.course.not_before_at or now), reason="it was paused")


def poll_now(db: Database, feed_id: int, *, who: str, now: datetime) -> datetime:
    """Ask a feed as soon as may be, and return when that is: not before its publisher or its host allow it.

    Raises MonitorError for one that is not asked at all, or was asked within POLLED_LATELY.
    """
    feed = _polled(db, feed_id)
    if feed.paused is not None:
        raise MonitorError(f"{feed.url} is paused, by {feed.paused.who}: {feed.paused.why}; resume it first")
    if feed.course.retired_at is not None:
        raise MonitorError(f"{feed.url} was given up; take it up again with: monitor feeds add {feed.url}")
    if feed.polled_at is not None and now - feed.polled_at < POLLED_LATELY:
        raise MonitorError(f"{feed.url} was asked {(now - feed.polled_at).seconds} s ago; ask again in a minute")
    at = max(now, feed.course.not_before_at or now)
    feeds.poll_soon(db, feed.url, now=at, reason=f"asked for by {one_line(who)[:WHO_CHARS] or 'somebody'}")
    return next_poll(replace(feed, next_poll_at=at), now=now)[0]


def feed_at(db: Database, url: str) -> Feed:
    """Return the feed at an address, as lists show it. Raises UnknownIdError when no such feed is polled."""
    feed = feeds.find_feed(db, url) or next((one for one in feeds.list_feeds(db) if without_user(one.url) == url), None)
    if feed is None or not feed.active:
        raise UnknownIdError(f"no feed {url} is polled; see: monitor feeds list")
    return feed


def _polled(db: Database, feed_id: int) -> Feed:
    """Return a feed that is polled. Raises UnknownIdError."""
    feed = next(iter(feeds.feeds_by_id(db, [feed_id])), None)
    if feed is None or not feed.active:
        raise UnknownIdError(f"no feed {feed_id} is polled; see: monitor feeds list")
    return feed


def retry_deliveries(db: Database, ids: Collection[str] | None, *, now: datetime) -> int:
    """Make dead letters due again, all of them for None; return how many were."""
    return deliveries.retry(db, ids, now=now)


def retry_channel(db: Database, channel: str, *, now: datetime) -> int:
    """Make all dead letters of a channel due again; return how many were. Raises MonitorError when there is none."""
    count = deliveries.retry(db, None, channel=channel, now=now)
    if not count:
        raise MonitorError(f"channel {channel} has no dead letter; see: monitor alerts list --failed")
    return count


def retry_delivery(db: Database, delivery_id: str, *, now: datetime) -> None:
    """Make one dead letter due again. Raises MonitorError for what is none."""
    if deliveries.retry(db, [delivery_id], now=now):
        return
    if deliveries.find(db, delivery_id) is None:
        raise UnknownIdError(f"no delivery {delivery_id}; see: monitor alerts list --failed")
    raise MonitorError(f"delivery {delivery_id} is no dead letter; see: monitor alerts list --failed")


def acknowledge(
    db: Database,
    alert_id: str,
    *,
    who: str,
    note: str,
    via: Literal["command", "link", "dashboard", "api"],
    now: datetime,
) -> Acknowledgement:
    """Say that somebody knows of an alert: of its story nothing is told any more, but a rise of severity.

    Raises MonitorError when nobody says who.
    """
    name = one_line(who)[:WHO_CHARS]
    if not name:
        raise MonitorError("say who acknowledges: others will ask")
    alert = alerts.find_alert(db, alert_id)
    if alert is None:
        raise UnknownIdError(f"no alert {alert_id}; see: monitor alerts list")
    return acks.acknowledge(db, alert, who=name, note=one_line(note)[:NOTE_CHARS], via=via, now=now)


def add_silence(db: Database, spec: SilenceSpec, *, now: datetime) -> Silence:
    """Make a silence. Raises MonitorError for one without a condition, without a reason, or that is over already."""
    if spec.match == RouteMatch():
        raise MonitorError(
            "a silence needs a condition, such as --watchlist or --rule; see: monitor silence add --help"
        )
    if not spec.reason.strip() or not spec.author.strip():
        raise MonitorError("a silence needs a reason and an author: those who are told nothing will ask")
    if spec.end_at <= (spec.start_at or now) or spec.end_at <= now:
        raise MonitorError(f"a silence that ends at {spec.end_at:%Y-%m-%d %H:%MZ} would hide nothing")
    return silences.add_silence(db, spec, now=now)


def preview_silence(db: Database, match: RouteMatch, *, since_at: datetime) -> list[Hit]:
    """Return the hits since then that a silence would have hidden, newest first."""
    hits = items.list_hits(db, items.HitFilter(since_at=since_at, limit=PREVIEW_READ))
    stories = {hit.item.story_id for hit in hits if hit.item.story_id is not None} if match.publishers else set()
    return preview(match, hits, publishers=items.publishers(db, stories))


def expire_silence(db: Database, silence_id: int, *, config_path: Path | str, now: datetime) -> Silence:
    """End a silence now: what it hid is told. Raises MonitorError for one of the configuration, or that is over."""
    found = silences.find_silence(db, silence_id)
    if found is None:
        raise UnknownIdError(f"no silence {silence_id}; see: monitor silence list --all")
    if state_of(found, now=now) is SilenceState.EXPIRED:
        raise MonitorError(f"silence {silence_id} ended {found.end_at:%Y-%m-%d %H:%MZ}")
    if found.origin == "config":
        raise MonitorError(f"silence {silence_id} stands in {config_path}; take it out there")
    silences.expire_silence(db, silence_id, now=now)
    return found


def mark_hit(db: Database, hit_id: int, mark: Mark | None, *, who: str, now: datetime) -> None:
    """Say of a hit that it is right or wrong; None takes back what was said. Raises UnknownIdError."""
    if not marks.mark_hit(db, hit_id, mark, who=one_line(who)[:WHO_CHARS], now=now):
        raise UnknownIdError(f"no hit {hit_id}; see: monitor hits list")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of watchlists found.

    version    of the watchlists that were checked
    findings   in order of files and lines, without those that their authors have silenced
    summary    how much was looked at: files, entities, aliases, rules, examples, failed of them, findings
    """

    version: str
    findings: Sequence[Finding]
    summary: Mapping[str, int]


def check_watchlists(folder: Path) -> Checked:
    """Check the watchlists of a folder and run all their examples: seconds of work for thousands of aliases.

    Raises ConfigError when the files cannot be used at all.
    """
    read = read_watchlists(folder)
    lists = loaded(read)
    matcher = compile_matcher(lists.watchlists, version=lists.version)
    findings = placed(lint(lists.watchlists, lists.examples, matcher), read)
    entities = [entity for one in lists.watchlists for entity in one.entities]
    summary = {
        "files": len(lists.files),
        "entities": len(entities),
        "aliases": sum(len(entity.aliases) for entity in entities),
        "rules": sum(len(one.rules) for one in lists.watchlists),
        "examples": len(lists.examples),
        "failed": sum(one.code == "example-fails" for one in findings),
        "findings": len(findings),
    }
    return Checked(lists.version, findings, summary)


def publish_watchlists(db: Database, settings: Settings, folder: Path, *, by: str, now: datetime) -> Published:
    """Put the watchlists of a folder in force on all machines that share the work; return which are from here on.

    Raises ConfigError when they do not validate, MonitorError where one process does the work by the files it has.
    """
    if not settings.runtime.shared:
        raise MonitorError(
            f"with engine: embedded the files of {settings.watchlists} are in force themselves, there is nothing to do"
        )
    contents = contents_of(folder)
    lists = loaded(read_contents(contents))
    compile_matcher(lists.watchlists, version=lists.version)
    files = {file.name: content for file, content in contents.items()}
    return publish(db, files, version=lists.version, by=one_line(by)[:WHO_CHARS], now=now)


def add_token(
    db: Database, name: str, scope: Scope, *, expires_at: datetime | None, now: datetime
) -> tuple[AccessToken, str]:
    """Give a token for the pages and the API: return what is kept of it, and the token, which nobody can ask for again.

    Raises MonitorError for one without a name, or when another of that name is good.
    """
    called = one_line(name)[:WHO_CHARS]
    if not called:
        raise MonitorError("a token needs a name: it stands beside what is done with it")
    token = token_of(secrets.token_bytes(TOKEN_BYTES))
    return tokens.add_token(db, called, scope, fingerprint(token), expires_at=expires_at, now=now), token


def instance_of(db: Database) -> UUID:
    """Return what tells this database from all others, for ids in feeds and exports that hold for ever."""
    return UUID(meta.set_once(db, meta.INSTANCE, str(uuid4())))
