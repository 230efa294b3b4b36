"""One poll or push: what a server answered, what that held, and everything it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.core.types.feeds import Course, Feed, HostRest
from monitor.core.types.items import EditedItem, Entry, NewItem


@dataclass(frozen=True, slots=True)
class FetchResult:
    """One answer of a feed's server.

    body          decompressed bytes; empty for a 304
    url           the address that answered, after redirects
    headers       names in lower case
    not_modified  a 304: nothing new since the validators we sent
    moved_to      where redirects that hold for good (301, 308) led, before any other kind; None when nowhere
    parts         of a folder: its files that are new, each as an answer of its own; None for anything else
    unread        of a folder: its new files that could not be read, and why
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    etag: str | None
    last_modified: str | None
    not_modified: bool = False
    moved_to: str | None = None
    parts: tuple["FetchResult", ...] | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a body held: the feed's own title and its entries, in the feed's order; and when to ask again (see `Terms`).

    ttl          how long the feed may be kept (RSS 2.0 <ttl>), or None
    period       how often the publisher updates it (RSS module Syndication, updatePeriod / updateFrequency), or None
    skip_hours   hours of the day in UTC, 0 to 23, in which it does not change (RSS 0.91 <skipHours>)
    skip_days    days of the week in UTC, Monday is 0, on which it does not change (RSS 0.91 <skipDays>)
    hub, topic   WebSub: address of the hub that tells of changes, and the feed's own to subscribe to; "" for none
    shown        hashes of all entries the body shows, also of those that were seen before and not read again; None when
                 it could not be cut into entries and was read whole
    unread       of a folder: its new files that are no feeds or could not be read, and why
    """

    title: str
    entries: tuple[Entry, ...]
    ttl: timedelta | None = None
    period: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    hub: str = ""
    topic: str = ""
    shown: frozenset[int] | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """Everything one poll changes, committed in one transaction.

    feed            the feed as it was read before the poll
    polled_at       when the poll began
    next_poll_at    when to ask again, and `wait_reason` why
    status, error   of this poll; error None when it went well
    etag, last_modified, body_hash   to store; those of `feed` when the answer gave no others
    feed_title      name the feed gives itself, used when the operator gave none
    items, edits    entries that are new, and known ones that say something else now
    shown           hashes of the entries the feed shows now, to be known the next time; None leaves those stored alone
    course          what is known of the feed after this poll
    offer           hub and topic that the body names, both "" for none; None when no body was read
    rests           hosts that rest from now on, by name, and those that answered after a rest: None
    put_off         nothing was learnt of the feed, for a host on the way to it was not asked; only the next poll counts
    """

    feed: Feed
    polled_at: datetime
    next_poll_at: datetime
    wait_reason: str
    status: int | None = None
    error: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    feed_title: str = ""
    items: tuple[NewItem, ...] = ()
    shown: frozenset[int] | None = None
    course: Course = field(default_factory=Course)
    edits: tuple[EditedItem, ...] = ()
    offer: tuple[str, str] | None = None
    rests: Mapping[str, HostRest | None] = field(default_factory=dict)
    put_off: bool = False


@dataclass(frozen=True, slots=True)
class Push:
    """What a hub sent and is not read yet: a whole document, or one with the new entries alone.

    feed      with the subscription that the push came by
    headers   those of use for reading it, names in lower case
    """

    id: int
    feed: Feed
    received_at: datetime
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """Everything one push changes, committed in one transaction.

    Validators, the body's hash and the entries the feed showed last stay: they are those of the last poll.

    items, edits   as of a poll
    beats          as in Course, with this push
    """

    push: Push
    items: tuple[NewItem, ...] = ()
    edits: tuple[EditedItem, ...] = ()
    beats: tuple[datetime, ...] = ()

    @property
    def feed(self) -> Feed:
        """Return the feed that the push is about."""
        return self.push.feed
