"""A feed: as the operator wrote it, as it is stored, and what polling learnt of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed as the operator wrote it. `interval` None means the default of the configuration."""

    url: str
    name: str = ""
    tags: tuple[str, ...] = ()
    interval: timedelta | None = None
    full_text: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


class FeedState(StrEnum):
    """How a feed is doing; see `core/polling.py` for what makes each of them."""

    HEALTHY = "healthy"
    QUIET = "quiet"
    PAUSED = "paused"
    ROLLED_OVER = "rolled over"
    RESTING = "resting"
    FAILING = "failing"
    NOT_A_FEED = "not a feed"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Terms:
    """How often a publisher wants to be asked, as the last body and its headers said; in force until another body.

    fresh        how long an answer stays fresh (Cache-Control, Expires), or None when nothing was said
    ttl          RSS 2.0's <ttl>
    skip_hours   hours of the day in UTC, 0 to 23, in which nobody should ask (RSS 2.0's <skipHours>)
    skip_days    days of the week in UTC, Monday 0 (RSS 2.0's <skipDays>)
    """

    fresh: timedelta | None = None
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Course:
    """What polling learnt of a feed and of its publisher.

    moved_to         where it moved for good (301, 308) and was found to be a feed, or None; asked in place of its url
    retired_at       when polling was given up, or None
    not_before_at    until when the publisher asked to be left alone, or None
    patience         shortest wait that the publisher seems to bear, learnt from 429, or None
    terms            what the publisher asks for
    beats            when the feed had something new, newest first; at most `core/rhythm.py` BEATS
    window           age of the oldest entry that the feed shows, or None while it drops none
    rolled_over_at   when entries were last found to have gone by unseen, or None
    """

    moved_to: str | None = None
    retired_at: datetime | None = None
    not_before_at: datetime | None = None
    patience: timedelta | None = None
    terms: Terms = Terms()
    beats: tuple[datetime, ...] = ()
    window: timedelta | None = None
    rolled_over_at: datetime | None = None


class HubMode(StrEnum):
    """What a hub is asked to do (WebSub, 5.1)."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


class SubscriptionState(StrEnum):
    """How a subscription is doing; see `core/websub.py` for what makes each of them."""

    FOUND = "found"
    ASKED = "asked"
    ACTIVE = "active"
    LAPSED = "lapsed"
    DENIED = "denied"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What we have or want at the hub that a feed names (WebSub); its callback and its secret stay in the store.

    named             whether the feed names this hub and topic still
    asking            what the hub was asked for and did not verify yet, or None
    attempts          requests since the hub last verified one
    next_attempt_at   when the hub is asked next
    lease_until_at    how long the hub pushes, as it said when it verified, or None
    denied_at         when the hub denied it, or None
    pushed_at         when a push last told of the feed, or None
    missed_at         when a poll last found what no push had told, or None
    error             what last went wrong with the hub, in words, or None
    """

    id: int
    hub: str
    topic: str
    named: bool
    asking: HubMode | None
    attempts: int
    next_attempt_at: datetime
    lease_until_at: datetime | None = None
    verified_at: datetime | None = None
    denied_at: datetime | None = None
    pushed_at: datetime | None = None
    missed_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class HostRest:
    """Until when a host is left alone, and why; kept until it answers, for till then it is asked one feed at a time.

    failures   rests in a row, with no answer in between
    """

    until_at: datetime
    reason: str
    failures: int


@dataclass(frozen=True, slots=True)
class Pause:
    """A feed is not asked until a person resumes it: since when, by whom, and why."""

    at: datetime
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A stored feed with the state of its polling.

    etag, last_modified   validators as the server sent them, returned unaltered
    body_hash             of the last parsed body, without the dates around its entries
    failures              consecutive failures; 0 when the last poll went well
    failing_since_at      first of them
    polled_at, ok_at      last poll, last poll that went well
    first_polled_at       None until the first poll that went well
    status                last HTTP status, or None
    error                 last failure in words, or None
    wait_reason           why the next poll is when it is
    course                what polling learnt of it
    subscription          to the hub that it names, or None
    rest                  of the host it is asked at, when that was left alone of late
    """

    id: int
    url: str
    name: str
    tags: tuple[str, ...]
    interval: timedelta | None
    full_text: bool
    headers: Mapping[str, str]
    origin: Literal["config", "added"]
    active: bool
    next_poll_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    failures: int = 0
    failing_since_at: datetime | None = None
    polled_at: datetime | None = None
    ok_at: datetime | None = None
    first_polled_at: datetime | None = None
    status: int | None = None
    error: str | None = None
    wait_reason: str = ""
    course: Course = Course()
    subscription: Subscription | None = None
    rest: HostRest | None = None
    paused: Pause | None = None


@dataclass(frozen=True, slots=True)
class Pulse:
    """The little of a feed that tells how it is doing, for looks at very many; fields as in `Feed`.

    course   its retired_at, rolled_over_at, window and beats only
    """

    id: int
    url: str
    name: str
    next_poll_at: datetime
    failures: int = 0
    failing_since_at: datetime | None = None
    polled_at: datetime | None = None
    ok_at: datetime | None = None
    error: str | None = None
    course: Course = Course()
    rest: HostRest | None = None
    paused_at: datetime | None = None
