"""What a notice tells of alerts, hits and feeds, in the shape a webhook gets."""

from typing import NotRequired, TypedDict


class NoticeEntity(TypedDict):
    """An entity in a notice."""

    id: str
    name: str
    kind: str


class NoticeMention(TypedDict):
    """A mention in a notice; offsets into the item's title, or into its text, of which `summary` is the beginning."""

    entity: str
    field: str
    start: int
    end: int
    surface: str


class NoticeFeed(TypedDict):
    """A feed in a notice."""

    name: str
    url: str


class NoticeItem(TypedDict):
    """An item in a notice; `title` and `summary` are the first SUMMARY_CHARS characters of its title and text.

    They are those of the `version` that the hit was made from, so that the mentions fit; `headline` is the newest title
    where that says something else, else None. `change` says why the receiver is told of a hit again: "headline",
    "withdrawn" or "restored"; None when it is told for the first time.
    """

    id: str
    title: str
    url: str
    published_at: str | None
    lang: str | None
    summary: str
    feed: NoticeFeed
    version: int
    headline: str | None
    edited_at: str | None
    withdrawn_at: str | None
    change: str | None


class NoticeHit(TypedDict):
    """A hit in a notice."""

    id: str
    rule: str
    watchlist: str
    severity: str
    why: str
    entities: list[NoticeEntity]
    mentions: list[NoticeMention]
    item: NoticeItem


class NoticeAlert(TypedDict):
    """An alert in a notice.

    reports      items that tell its story, also those that this receiver is told nothing of
    publishers   that tell it independently of each other
    quiet        the receiver knows of the alert, and this is not worth a ping
    reason       why it is told now: "first report", "severity rose to critical; now 7 reports from 4 publishers"
    ack_url      page where its story is acknowledged, or None when there is no link to give
    repeated     it tells nothing new: nobody acknowledged what was told
    story_title  title of the report that began it, the same in all its notices; None where it tells several stories

    Notices about feeds, and those of older releases, lack these seven.
    """

    id: str
    title: str
    severity: str
    receiver: str
    story: str | None
    created_at: str
    url: str | None
    reports: NotRequired[int]
    publishers: NotRequired[int]
    quiet: NotRequired[bool]
    reason: NotRequired[str]
    ack_url: NotRequired[str | None]
    repeated: NotRequired[bool]
    story_title: NotRequired[str | None]


class NoticeTroubledFeed(TypedDict):
    """A feed in a notice of trouble, as it is now.

    was            the trouble it had, for one that works again: "failing" or "quiet"; else None
    since, until   the trouble began and ended; `until` None while it lasts
    because        why it is asked next when it is, or why it is asked no more
    next_poll_at   None for a feed that is asked no more
    """

    name: str
    url: str
    state: str
    was: str | None
    since: str
    until: str | None
    failures: int
    error: str | None
    last_ok_at: str | None
    last_news_at: str | None
    next_poll_at: str | None
    because: str
