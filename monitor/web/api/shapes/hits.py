"""Items, the hits in them, and the stories they tell."""

from typing import Literal

from monitor.core.addresses import without_user
from monitor.core.types import Hit, Item, Kind, Mark, Mention, Severity, Tier, Verdict
from monitor.store.told_stories import ToldStory
from monitor.web.api.shapes.base import Instant, Page, Shape


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


class Marked(Shape):
    """What is said of a hit now."""

    hit: str
    verdict: Mark | None
    who: str


class HitPage(Page):
    """Hits, newest first."""

    hits: list[HitShape]


class ItemPage(Page):
    """Items, newest first."""

    items: list[ItemShape]


class StoryPage(Page):
    """Stories, the one that began last first."""

    stories: list[StoryShape]
