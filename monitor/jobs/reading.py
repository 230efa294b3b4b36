"""An answer, or its absence, becomes the outcome of a poll: values in, values out, but for look-ups of what is stored.

A 304 and an equal body cost nothing; of a new body, the entries that the last one did not show are parsed and matched.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from monitor.core import edits, freshness, identity, old_news, polling, renamed, rhythm, websub
from monitor.core.types import (
    Course,
    Document,
    EditedItem,
    Entry,
    Feed,
    FetchResult,
    NewItem,
    ParsedFeed,
    PollOutcome,
)
from monitor.errors import FetchError
from monitor.feeds.apart import READ_SECONDS
from monitor.feeds.parse import read_feed
from monitor.feeds.stamps import body_hash
from monitor.jobs.context import Context
from monitor.jobs.matching import in_turn, match, match_each
from monitor.store import items
from monitor.store.items import KnownItem, StoredWords

HASHED_AT_ONCE = 256 * 1024
"""Bytes that are hashed on the event loop: about a millisecond. A thread costs a tenth of one, and nearly all feeds are
smaller; 10 MiB take some 20 to 50."""

log = structlog.get_logger()


async def read_answer(context: Context, feed: Feed, result: FetchResult, *, polled_at: datetime) -> PollOutcome:
    """Return the outcome of an answer. Raises FetchError for what is no feed, or takes too long to read.

    A 304 and a body that is equal but for its date cost nothing; of a new body, the entries that the last one did not
    show are parsed, in a process of their own, and matched.
    """
    if result.not_modified or await _hashed(result) == feed.body_hash:
        return answered(context, feed, result, polled_at=polled_at)  # looks nothing up, so it needs no thread
    never = feed.first_polled_at is None
    seen = frozenset() if never else await asyncio.to_thread(items.known_hashes, context.db, feed.id)
    parsed = await context.apart.run(read_feed, READ_SECONDS, result, seen, now=polled_at)
    return await in_turn(read, context, feed, result, parsed, polled_at=polled_at)


async def _hashed(result: FetchResult) -> str:
    """Return the hash of a body; of a large one in a thread, for the event loop would stand still meanwhile."""
    if len(result.body) > HASHED_AT_ONCE:
        return await asyncio.to_thread(body_hash, result)
    return body_hash(result)


def read(context: Context, feed: Feed, result: FetchResult, parsed: ParsedFeed, *, polled_at: datetime) -> PollOutcome:
    """Return the outcome of a body, its new entries matched, and those that say something else than before."""
    found = sort_out(context, feed, parsed)
    new = new_items(context, feed, found.new, polled_at=polled_at)
    outcome = answered(context, feed, result, polled_at=polled_at, parsed=parsed, new=new)
    return replace(
        outcome,
        body_hash=body_hash(result),
        feed_title=parsed.title,
        items=tuple(new),
        edits=tuple(edited_items(context, feed, found.changed, polled_at=polled_at)),
        shown=parsed.shown,
        offer=websub.offer_of(parsed),
    )


def answered(
    context: Context,
    feed: Feed,
    result: FetchResult,
    *,
    polled_at: datetime,
    parsed: ParsedFeed | None = None,
    new: Sequence[NewItem] = (),
) -> PollOutcome:
    """Return the outcome of an answer that went well, with all that follows from its headers and dates.

    parsed   what a body held that is not the last one again, and `new` what of it was not seen before
    """
    course = _learnt(feed, result, parsed, new, polled_at=polled_at)
    terms = freshness.terms_after(
        course.terms, result.headers, parsed=parsed, not_modified=result.not_modified, now=polled_at
    )
    plan = polling.after_success(
        feed,
        course if terms is course.terms else replace(course, terms=terms),
        asked=freshness.asked_wait(terms, result.headers),
        now=context.clock(),
        bounds=_bounds(context),
        jitter=context.jitter(),
        pushed=not new and websub.delivers(feed.subscription, now=polled_at),
    )
    return PollOutcome(
        feed=feed,
        polled_at=polled_at,
        next_poll_at=plan.at,
        wait_reason=plan.reason,
        status=result.status,
        etag=result.etag,
        last_modified=result.last_modified,
        body_hash=feed.body_hash,
        course=plan.course,
    )


def _learnt(
    feed: Feed, result: FetchResult, parsed: ParsedFeed | None, new: Sequence[NewItem], *, polled_at: datetime
) -> Course:
    """Return what is known of a feed after an answer.

    An address that it moved to is kept once a feed was seen there, which a 304 does not show.
    """
    course = feed.course
    if not result.not_modified and course.moved_to != result.moved_to:
        course = replace(course, moved_to=result.moved_to)
    if parsed is None:
        return course
    shown = None if parsed.shown is None else len(parsed.shown)
    if result.parts is not None:  # a folder keeps what it showed, so nothing of it goes by unseen
        shown = len(parsed.entries) + 1
    for trouble in parsed.unread:
        log.warning("file not read", feed=feed.url, reason=trouble)
    guids = [item.entry.guid for item in new]
    first = feed.first_polled_at is None
    return rhythm.learn(course, parsed.entries, guids, now=polled_at, first=first, shown=shown)


def failed(context: Context, feed: Feed, error: FetchError, *, polled_at: datetime) -> PollOutcome:
    """Return the outcome of a poll that failed; the validators stay as they were.

    Waits count from the answer, not from the question: a slow server is not asked too soon.
    """
    not_asked = error.reason in polling.NOT_ASKED
    planned = polling.put_off if not_asked else polling.after_failure
    plan = planned(feed, error=error, now=context.clock(), bounds=_bounds(context), jitter=context.jitter())
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
        put_off=not_asked,
    )


def _bounds(context: Context) -> polling.Bounds:
    """Return the waits that the operator decided."""
    settings = context.settings.polling
    return polling.Bounds(settings.interval, settings.min_interval, settings.max_interval)


@dataclass(frozen=True, slots=True)
class Changed:
    """An entry that says something else than the item it made, and what the item says."""

    item_id: int
    entry: Entry
    words: StoredWords


@dataclass(frozen=True, slots=True)
class Found:
    """The entries of a body that mean work: new ones, and changed ones; oldest first."""

    new: Sequence[Entry] = ()
    changed: Sequence[Changed] = ()


def sort_out(context: Context, feed: Feed, parsed: ParsedFeed) -> Found:
    """Return which entries are new, and which say something else than before.

    Of entries that lead to one item only the first in this order counts, as it was when they were stored: an item that
    was made by one of them is not edited by the others. An entry whose id was another report's is known by its address,
    see `edits.is_other_report`; one whose report had another id, by what it says, see `renamed.known_reports`.
    """
    if not parsed.entries:
        return Found()
    ordered = list(reversed(parsed.entries))
    known = items.known_items(context.db, feed.id, [entry.guid for entry in ordered])
    listed = len(parsed.entries) if parsed.shown is None else len(parsed.shown)
    known |= _renamed(context, feed, [entry for entry in ordered if entry.guid not in known], known, listed=listed)
    differing: dict[int, Entry] = {}
    for entry in ordered:
        if item := known.get(entry.guid):
            differing.setdefault(item.id, entry)
    hashes = {item.id: item.content_hash for item in known.values()}
    differing = {one: entry for one, entry in differing.items() if _hash(entry) != hashes[one]}
    words = items.stored_words(context.db, differing)
    changed = [Changed(one, entry, words[one]) for one, entry in differing.items() if one in words]
    reused = [replace(one.entry, guid=identity.canonical_url(one.entry.url)) for one in changed if _is_reused(one)]
    moved = items.known_items(context.db, feed.id, [entry.guid for entry in reused]) if reused else {}
    new = [entry for entry in ordered if entry.guid not in known]
    return Found(
        [*new, *(entry for entry in reused if entry.guid not in moved)],
        [one for one in changed if not _is_reused(one) and _is_edited(one)],
    )


def _renamed(
    context: Context, feed: Feed, new: Sequence[Entry], known: Mapping[str, KnownItem], *, listed: int
) -> dict[str, KnownItem]:
    """Return the items that entries new by their ids are nevertheless."""
    titles = {entry.title for entry in new if entry.title and entry.url}
    if not titles or feed.first_polled_at is None:
        return {}
    own = {item.id for item in known.values()}
    stored = [one for one in items.reports_titled(context.db, feed.id, titles) if one[1].id not in own]
    found = renamed.known_reports(new, [report for report, _ in stored], listed=listed)
    by_id = {item.id: item for _, item in stored}
    return {guid: by_id[item_id] for guid, item_id in found.items()}


def _hash(entry: Entry) -> str:
    """Return the hash of what an entry says."""
    return identity.content_hash(entry.title, entry.text)


def _is_reused(one: Changed) -> bool:
    """Return whether the entry is another report under the id of the item."""
    old, new = one.words, one.entry
    return edits.is_other_report((old.url, old.title, old.text), (new.url, new.title, new.text))


def _is_edited(one: Changed) -> bool:
    """Return whether the entry says anything else than its feed said before."""
    own = one.words.text[: one.words.own_chars]
    return edits.is_edit(one.words.title, own, one.entry.title, one.entry.text)


def new_items(context: Context, feed: Feed, entries: Sequence[Entry], *, polled_at: datetime) -> list[NewItem]:
    """Return new entries matched."""
    documents = [_document(feed, entry, entry.text) for entry in entries]
    found = match_each(context, documents, urls=[entry.url for entry in entries], feed_url=feed.url)
    return [
        NewItem(
            entry=entry,
            content_hash=_hash(entry),
            matches=matches,
            old_news=_old_news(context, feed, entry, polled_at=polled_at),
        )
        for entry, matches in zip(entries, found, strict=True)
    ]


def edited_items(context: Context, feed: Feed, changed: Iterable[Changed], *, polled_at: datetime) -> list[EditedItem]:
    """Return changed entries matched, each with what was found of its article; that stays as it was."""
    return [_edited_item(context, feed, one, polled_at=polled_at) for one in changed]


def _edited_item(context: Context, feed: Feed, one: Changed, *, polled_at: datetime) -> EditedItem:
    """Return one changed entry matched."""
    entry, own = one.entry, one.words.own_chars
    text = entry.text if own is None else entry.text + one.words.text[own:]
    return EditedItem(
        item_id=one.item_id,
        title=entry.title,
        text=text,
        url=entry.url,
        content_hash=_hash(entry),
        own_chars=None if own is None else len(entry.text),
        matches=match(context, _document(feed, entry, text), url=entry.url, feed_url=feed.url),
        old_news=_old_news(context, feed, entry, polled_at=polled_at),
    )


def _old_news(context: Context, feed: Feed, entry: Entry, *, polled_at: datetime) -> str:
    """Return why hits of an entry alert nobody, or "" when they do."""
    return old_news.why_old(
        entry.published_at,
        first=feed.first_polled_at is None,
        now=polled_at,
        alerts=context.settings.polling.first_poll_alerts,
        kept=context.settings.retention.items,
    )


def _document(feed: Feed, entry: Entry, text: str) -> Document:
    """Return an entry as what is matched."""
    return Document(
        id=entry.guid,
        title=entry.title,
        text=text,
        lang=entry.lang,
        feed=feed.name,
        feed_tags=frozenset(feed.tags),
    )
