"""An answer, or its absence, becomes the outcome of a poll: values in, values out, but for look-ups of what is stored.

A 304 and an equal body cost nothing; of a new body, the entries that the last one did not show are parsed and matched.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from monitor.core import freshness, identity, polling, rhythm
from monitor.core.types import Document, Entry, Feed, FetchResult, NewItem, ParsedFeed, PollOutcome
from monitor.errors import FetchError
from monitor.feeds.parse import parse_feed, split_feed
from monitor.jobs.context import Context
from monitor.store import items

log = structlog.get_logger()


def read(context: Context, feed: Feed, result: FetchResult, *, polled_at: datetime) -> PollOutcome:
    """Return the outcome of an answer.

    A 304 and an equal body cost nothing; of a new body, the entries that the last one did not show are parsed and
    matched.

    An address that the feed moved to is kept once a feed was seen there, which a 304 does not show.
    """
    body_hash = hashlib.sha256(result.body).hexdigest()
    unchanged = result.not_modified or body_hash == feed.body_hash
    parsed = None if unchanged else parse_new(context, feed, result, polled_at=polled_at)
    new = new_items(context, feed, parsed.entries, polled_at=polled_at) if parsed else []
    course = feed.course if result.not_modified else replace(feed.course, moved_to=result.moved_to)
    if parsed is not None:
        guids = [item.entry.guid for item in new]
        first = feed.first_polled_at is None
        shown = None if parsed.shown is None else len(parsed.shown)
        if result.parts is not None:  # a folder keeps what it showed, so nothing of it goes by unseen
            shown = len(parsed.entries) + 1
        for trouble in parsed.unread:
            log.warning("file not read", feed=feed.url, reason=trouble)
        course = rhythm.learn(course, parsed.entries, guids, now=polled_at, first=first, shown=shown)
    terms = freshness.terms_after(
        course.terms, result.headers, parsed=parsed, not_modified=result.not_modified, now=polled_at
    )
    plan = polling.after_success(
        feed,
        replace(course, terms=terms),
        asked=freshness.asked_wait(terms, result.headers),
        now=context.clock(),
        bounds=_bounds(context),
        jitter=context.jitter(),
    )
    return PollOutcome(
        feed=feed,
        polled_at=polled_at,
        next_poll_at=plan.at,
        wait_reason=plan.reason,
        status=result.status,
        etag=result.etag,
        last_modified=result.last_modified,
        body_hash=feed.body_hash if unchanged else body_hash,
        feed_title=parsed.title if parsed else "",
        items=tuple(new),
        shown=parsed.shown if parsed else None,
        course=plan.course,
    )


def parse_new(context: Context, feed: Feed, result: FetchResult, *, polled_at: datetime) -> ParsedFeed:
    """Return what a body holds without the entries that are known, or all of it when it could not be cut."""
    pieces = split_feed(result)
    seen = items.known_hashes(context.db, feed.id) if pieces else frozenset()
    return parse_feed(result, pieces, seen, now=polled_at)


def failed(context: Context, feed: Feed, error: FetchError, *, polled_at: datetime) -> PollOutcome:
    """Return the outcome of a poll that failed; the validators stay as they were.

    Waits count from the answer, not from the question: a slow server is not asked too soon.
    """
    plan = polling.after_failure(
        feed, error=error, now=context.clock(), bounds=_bounds(context), jitter=context.jitter()
    )
    return PollOutcome(
        feed=feed,
        polled_at=polled_at,
        next_poll_at=plan.at,
        wait_reason=plan.reason,
        status=error.status,
        error=str(error),
        etag=feed.etag,
        last_modified=feed.last_modified,
        body_hash=feed.body_hash,
        course=plan.course,
    )


def _bounds(context: Context) -> polling.Bounds:
    """Return the waits that the operator decided."""
    settings = context.settings.polling
    return polling.Bounds(settings.interval, settings.min_interval, settings.max_interval)


def new_items(context: Context, feed: Feed, entries: Sequence[Entry], *, polled_at: datetime) -> list[NewItem]:
    """Return the entries that are not stored yet, matched, oldest first."""
    known = items.known_guids(context.db, feed.id, [entry.guid for entry in entries]) if entries else set()
    settings = context.settings
    first = feed.first_polled_at is None
    since_at = polled_at - (settings.polling.first_poll_alerts if first else settings.retention.items)
    new = [entry for entry in reversed(entries) if entry.guid not in known]
    return [_new_item(context, feed, entry, since_at, first=first) for entry in new]


def _new_item(context: Context, feed: Feed, entry: Entry, since_at: datetime, *, first: bool) -> NewItem:
    """Return one entry matched.

    News from before `since_at` does not alert: on a first poll it is old, later it is an item past its retention that
    the feed still shows. On a first poll that goes for entries without a date, too.
    """
    document = Document(
        id=entry.guid,
        title=entry.title,
        text=entry.text,
        lang=entry.lang,
        feed=feed.name,
        feed_tags=frozenset(feed.tags),
    )
    result = context.matcher.match(document)
    if result.unread:
        log.warning("item not read to its end", url=entry.url, feed=feed.url, characters=result.unread)
    return NewItem(
        entry=entry,
        content_hash=identity.content_hash(entry.title, entry.text),
        matches=result.matches,
        alerting=not first if entry.published_at is None else entry.published_at >= since_at,
    )
