"""The shapes of the API: what programs get and send. They are fixed; the values inside the house may change."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from monitor.core.addresses import without_user
from monitor.core.polling import state_of
from monitor.core.types import (
    Alert,
    Delivery,
    Feed,
    Hit,
    Item,
    Kind,
    Mark,
    Mention,
    Severity,
    Tier,
    Verdict,
)
from monitor.store.told_stories import ToldStory


def rfc3339(at: datetime) -> str:
    """Return an instant as programs read it."""
    return at.isoformat().replace("+00:00", "Z")


Instant = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]


class Shape(BaseModel):
    """What all answers share: nothing that is not written here."""

    model_config = ConfigDict(extra="forbid")


class Body(BaseModel):
    """What all bodies share: a word that is unknown is an error, not a wish that is overheard."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """What went wrong (RFC 9457); `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str


class FeedRef(Shape):
    """The feed of an item; its address without user and password."""

    id: str
    name: str
    url: str


class ItemShape(Shape):
    """A piece of news; for a hit in the version it was made from, so that the mentions fit `title` and `text`.

    `headline` is the newest title where that says something else.
    """

    id: str
    title: str
    text: str
    url: str
    lang: str | None
    published_at: Instant | None
    fetched_at: Instant
    story: str | None
    version: int
    headline: str | None
    edited_at: Instant | None
    withdrawn_at: Instant | None
    feed: FeedRef

    @classmethod
    def of(cls, item: Item) -> "ItemShape":
        """Return an item as programs get it."""
        return cls(
            id=str(item.id),
            title=item.title,
            text=item.text,
            url=item.url,
            lang=item.lang,
            published_at=item.published_at,
            fetched_at=item.fetched_at,
            story=None if item.story_id is None else str(item.story_id),
            version=item.version,
            headline=item.headline,
            edited_at=item.edited_at,
            withdrawn_at=item.withdrawn_at,
            feed=FeedRef(id=str(item.feed_id), name=item.feed_name, url=without_user(item.feed_url)),
        )


class EntityShape(Shape):
    """An entity as it was called when the hit was made."""

    id: str
    name: str
    kind: Kind


class MentionShape(Shape):
    """An alias at an offset, in characters: `item[field][start:end] == surface`."""

    entity: str
    field: Literal["title", "text"]
    start: int
    end: int
    surface: str
    alias: str
    tier: Tier
    context: str | None

    @classmethod
    def of(cls, one: Mention) -> "MentionShape":
        """Return a mention as programs get it."""
        return cls(
            entity=one.entity,
            field=one.field,
            start=one.start,
            end=one.end,
            surface=one.surface,
            alias=one.alias,
            tier=one.tier,
            context=one.context,
        )


class HitShape(Shape):
    """An item and a rule it satisfies. `verdict` is null until it was looked whom to tell."""

    id: str
    created_at: Instant
    rule: str
    rule_title: str
    watchlist: str
    severity: Severity
    tags: list[str]
    why: str
    tier: Tier
    held: list[str]
    entities: list[EntityShape]
    mentions: list[MentionShape]
    verdict: Verdict | None
    verdict_note: str
    mark: Mark | None
    marked_by: str | None
    item: ItemShape

    @classmethod
    def of(cls, hit: Hit) -> "HitShape":
        """Return a hit as programs get it."""
        return cls(
            id=str(hit.id),
            created_at=hit.created_at,
            rule=hit.rule,
            rule_title=hit.rule_title,
            watchlist=hit.watchlist,
            severity=hit.severity,
            tags=sorted(hit.tags),
            why=hit.why,
            tier=hit.tier,
            held=list(hit.held),
            entities=[EntityShape(id=one.id, name=one.name, kind=one.kind) for one in hit.entities],
            mentions=[MentionShape.of(one) for one in hit.mentions],
            verdict=hit.verdict,
            verdict_note=hit.verdict_note,
            mark=hit.mark,
            marked_by=hit.marked_by,
            item=ItemShape.of(hit.item),
        )


class StoryShape(Shape):
    """Reports of one event: `reports` items tell it, `publishers` independently of each other."""

    id: str
    title: str
    severity: Severity
    first_at: Instant
    last_at: Instant
    reports: int
    publishers: int

    @classmethod
    def of(cls, story: ToldStory) -> "StoryShape":
        """Return a story as programs get it."""
        return cls(
            id=str(story.id),
            title=story.title,
            severity=story.severity,
            first_at=story.first_at,
            last_at=story.last_at,
            reports=story.reports,
            publishers=story.publishers,
        )


class AlertShape(Shape):
    """The hits that one receiver is told together; `notify_at` is null when all are told."""

    id: str
    title: str
    severity: Severity
    receiver: str
    route: str
    group: str
    story_id: int | None
    created_at: Instant
    updated_at: Instant
    notify_at: Instant | None
    notified_at: Instant | None
    hits: int
    silence_id: int | None

    @classmethod
    def of(cls, alert: Alert) -> "AlertShape":
        """Return an alert as programs get it."""
        return cls(**{name: getattr(alert, name) for name in cls.model_fields})


class AckShape(Shape):
    """Somebody knows of a story, or of an alert without one."""

    id: int
    story_id: int | None
    alert_id: str | None
    who: str
    note: str
    at: Instant
    via: Literal["command", "link", "dashboard", "api"]
    severity: Severity


class DeliveryShape(Shape):
    """A notice on its way through one channel; `thread` is the id of the alert or digest it tells of."""

    id: str
    channel: str
    receiver: str
    type: str
    thread: str
    state: Literal["pending", "sent", "dead"]
    attempts: int
    created_at: Instant
    next_attempt_at: Instant | None
    sent_at: Instant | None
    error: str | None

    @classmethod
    def of(cls, one: Delivery) -> "DeliveryShape":
        """Return a delivery as programs get it; what it tells holds a link that acts, so it is left out."""
        values = {name: getattr(one, name) for name in cls.model_fields}
        waits = one.state.value == "pending"
        return cls(**values | {"state": one.state.value, "next_attempt_at": one.next_attempt_at if waits else None})


class FeedShape(Shape):
    """A feed and how it is doing; its address without user and password, its headers not at all."""

    id: str
    name: str
    url: str
    tags: list[str]
    state: str
    polled_at: Instant | None
    ok_at: Instant | None
    next_poll_at: Instant
    wait_reason: str
    failures: int
    failing_since_at: Instant | None
    status: int | None
    error: str | None

    @classmethod
    def of(cls, feed: Feed, *, now: datetime) -> "FeedShape":
        """Return a feed as programs get it."""
        values: dict[str, Any] = {
            name: getattr(feed, name) for name in cls.model_fields if name not in ("id", "url", "tags", "state")
        }
        return cls(
            id=str(feed.id),
            url=without_user(feed.url),
            tags=list(feed.tags),
            state=state_of(feed, now=now).value,
            **values,
        )


class SilenceShape(Shape):
    """A span in which matching hits alert nobody; `match` without the conditions that hold always."""

    id: int
    match: dict[str, list[str] | int]
    start_at: Instant
    end_at: Instant
    author: str
    reason: str
    origin: Literal["config", "added"]
    created_at: Instant
    hidden: int
    state: str


class MadeSilence(SilenceShape):
    """A silence that was made, and what it would have hidden before."""

    would_have_hidden: int


class HiddenHit(Shape):
    """A hit that a silence would have hidden."""

    id: str
    severity: Severity
    rule: str
    title: str
    feed: str
    created_at: Instant


class SilencePreview(Shape):
    """What a silence would have hidden."""

    would_have_hidden: int
    hits: list[HiddenHit]


class Marked(Shape):
    """What is said of a hit now."""

    hit: str
    verdict: Mark | None
    who: str


class Retried(Shape):
    """A delivery that is sent again."""

    delivery: str
    state: Literal["pending"]


class Found(Shape):
    """A rule that holds for a text."""

    rule: str
    watchlist: str
    severity: Severity
    entities: list[str]
    why: str
    tier: Tier
    held: list[str]


class RejectedMention(MentionShape):
    """An alias that was found and does not count."""

    reason: str


class Missed(Shape):
    """A rule that did not hold, and why."""

    rule: str
    reason: str


class MatchShape(Shape):
    """What was found in a text; `rejected` and `missed` where it was asked why not."""

    id: str
    mentions: list[MentionShape]
    hits: list[Found]
    unread: int = Field(0, description="Characters at the end that were not looked at.")
    rejected: list[RejectedMention] = []
    missed: list[Missed] = []


class Explained(BaseModel):
    """What happened to an item, step by step; see `monitor explain --json`."""

    model_config = ConfigDict(extra="allow")

    outcome: str
    summary: str
    steps: list[dict[str, Any]]


class Page(Shape):
    """A part of a list; `next` is the cursor of the part after it, null at the end."""

    next: str | None


class HitPage(Page):
    """Hits, newest first."""

    hits: list[HitShape]


class ItemPage(Page):
    """Items, newest first."""

    items: list[ItemShape]


class StoryPage(Page):
    """Stories, the one that began last first."""

    stories: list[StoryShape]


class AlertPage(Page):
    """Alerts, newest first."""

    alerts: list[AlertShape]


class DeliveryPage(Page):
    """Deliveries, newest first."""

    deliveries: list[DeliveryShape]


class FeedPage(Page):
    """Feeds, in the order in which they were added."""

    feeds: list[FeedShape]


class SilencePage(Page):
    """Silences, first to begin first."""

    silences: list[SilenceShape]


class StoryDetail(StoryShape):
    """A story with its hits and the alerts that tell of it."""

    hits: list[HitShape]
    alerts: list[AlertShape]


class AlertDetail(AlertShape):
    """An alert with its hits, who knows of it, and its deliveries."""

    hit_list: list[HitShape]
    acknowledgements: list[AckShape]
    deliveries: list[DeliveryShape]
