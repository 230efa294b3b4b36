"""What a receiver is told: a notice, and the message it becomes for one kind of channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from monitor.core.types.digests import NoticeDigest
from monitor.core.types.notices import NoticeAlert, NoticeHit, NoticeTroubledFeed
from monitor.core.types.watchlists import Severity

NoticeType = Literal["alert.created", "alert.updated", "digest.created", "feed.failing", "feed.recovered", "test"]


class NoticeData(TypedDict):
    """What a notice is about; the keys present depend on its type.

    Of an alert: `more_hits` are not listed, as they would make the notice too large for a machine.

    Of trouble with feeds: `feeds` are the first of `feeds_count` that it tells of, `feeds_total` all that are polled,
    `outage` whether hardly any host is reached. Where feeds work again, `still_failing` are the first of those told of
    in that thread that fail, `still_failing_count` all that are not known to work.
    """

    alert: NotRequired[NoticeAlert]
    hits: NotRequired[list[NoticeHit]]
    more_hits: NotRequired[int]
    feeds: NotRequired[list[NoticeTroubledFeed]]
    feeds_count: NotRequired[int]
    feeds_total: NotRequired[int]
    still_failing: NotRequired[list[NoticeTroubledFeed]]
    still_failing_count: NotRequired[int]
    outage: NotRequired[bool]
    digest: NotRequired[NoticeDigest]
    message: NotRequired[str]


class Notice(TypedDict):
    """What a receiver is told, in the shape a webhook gets. JSON values only."""

    type: NoticeType
    timestamp: str
    data: NoticeData


@dataclass(frozen=True, slots=True)
class Message:
    """A notice rendered for one kind of channel.

    id       the delivery's id
    title    one line of plain text
    text     plain text body; empty for webhooks, one line for chats
    html     HTML body; empty where the kind has no use for it
    body     JSON document to post; the notice itself for webhooks, blocks for Slack
    thread   messages with the same thread belong together
    parent   what the service called the first message of the thread, or None: this is the first, or it gave no name
    quiet    nobody need look up for it, where the service can do so
    """

    id: str
    type: str
    title: str
    text: str
    html: str
    body: Mapping[str, object]
    severity: Severity | None
    thread: str
    created_at: datetime
    parent: str | None = None
    quiet: bool = False
