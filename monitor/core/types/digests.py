"""A digest as the operator wrote it, and what a notice tells of one, in the shape a webhook gets."""

from dataclasses import dataclass
from datetime import datetime
from typing import NotRequired, TypedDict

from monitor.core.types.notices import NoticeMention


@dataclass(frozen=True, slots=True)
class DigestSpec:
    """A digest as the operator wrote it: a cron line in a time zone, and who gets it."""

    name: str
    schedule: str
    timezone: str
    receiver: str


@dataclass(frozen=True, slots=True)
class Period:
    """From `start_at` (included) to `end_at` (excluded)."""

    start_at: datetime
    end_at: datetime


class NoticeDigestRow(TypedDict):
    """A watchlist or an entity in a digest: hits in the period and in the one before.

    past   hits of the known periods before this one, oldest first; older digests lack it
    """

    id: str
    name: str
    count: int
    before: int
    past: NotRequired[list[int]]


class NoticeDigestStory(TypedDict):
    """A story in a digest; `reports` items from `feeds` feeds, first one first. The rest older digests lack.

    publishers   that tell it independently of each other
    last_at      when the last report of the period came
    item         id of the item that it is told by
    summary      a stretch of that item's text around its first mention
    mentions     in the title or the summary, by offsets into them
    """

    title: str
    url: str
    severity: str
    why: str
    feeds: list[str]
    reports: int
    first_at: str
    lang: str | None
    publishers: NotRequired[int]
    last_at: NotRequired[str]
    item: NotRequired[str]
    summary: NotRequired[str]
    mentions: NotRequired[list[NoticeMention]]


class NoticeDigestArticle(TypedDict):
    """An item that something in a digest rests upon."""

    item: str
    title: str
    url: str
    feed: str
    at: str
    lang: str | None


class NoticeDigestSurge(TypedDict):
    """A name that far more publishers told than usual.

    usual      publishers that were to be expected, past those of the known periods before, oldest first
    chance     of so many or more, were all as usual
    articles   of different publishers where there are such
    """

    id: str
    name: str
    publishers: int
    usual: float
    past: list[int]
    chance: float
    articles: list[NoticeDigestArticle]


class NoticeDigestName(TypedDict):
    """An entity that was never found before, or a spelling of one that was not; `article` None when it is gone."""

    id: str
    name: str
    spelling: str
    at: str
    article: NoticeDigestArticle | None


class NoticeDigestChange(TypedDict):
    """An item with hits whose headline changed in the period (`was` is the old one), or that was withdrawn in it."""

    change: str
    was: str
    article: NoticeDigestArticle


class NoticeDigestChannel(TypedDict):
    """A channel with deliveries of the period that were given up, or that failed and wait; `error` is the last one."""

    channel: str
    dead: int
    waiting: int
    error: str


class NoticeDigestFeed(TypedDict):
    """A feed in trouble within the period: `since` when, `until` None while it lasts.

    error   why it failed or was given up; "" for one that is quiet, or may have lost items at `since`
    """

    name: str
    url: str
    error: str
    since: str
    until: str | None


class NoticeDigest(TypedDict):
    """What a period was. Stories highest severity first, then most reports; rows with most hits first.

    `edited` and `withdrawn` count items with hits; `feeds_quiet`, `feeds_missed`, `feeds_retired` and `feeds_paused`
    are as at its end. `past` are the hits of the known periods before, oldest first; `new_total` counts names and
    spellings, of which the first are told; `changes` are the first of the edited and withdrawn; `scheduled` is False
    where somebody asked for it in between. Older digests lack all of these.
    """

    id: str
    name: str
    title: str
    period_start: str
    period_end: str
    timezone: str
    items: int
    hits: int
    hits_before: int
    watchlists: list[NoticeDigestRow]
    entities: list[NoticeDigestRow]
    stories: list[NoticeDigestStory]
    stories_total: int
    feeds_total: int
    feeds_failed: list[NoticeDigestFeed]
    deliveries_failed: int
    url: str | None
    edited: NotRequired[int]
    withdrawn: NotRequired[int]
    feeds_quiet: NotRequired[list[NoticeDigestFeed]]
    feeds_missed: NotRequired[list[NoticeDigestFeed]]
    feeds_retired: NotRequired[list[NoticeDigestFeed]]
    feeds_paused: NotRequired[list[NoticeDigestFeed]]
    past: NotRequired[list[int]]
    surges: NotRequired[list[NoticeDigestSurge]]
    new_names: NotRequired[list[NoticeDigestName]]
    new_spellings: NotRequired[list[NoticeDigestName]]
    new_total: NotRequired[int]
    changes: NotRequired[list[NoticeDigestChange]]
    channels: NotRequired[list[NoticeDigestChannel]]
    scheduled: NotRequired[bool]
