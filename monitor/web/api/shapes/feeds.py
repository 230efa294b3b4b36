"""Feeds, and how they are doing."""

from datetime import datetime
from typing import Any

from monitor.core.addresses import without_user
from monitor.core.polling import state_of
from monitor.core.types import Feed
from monitor.web.api.shapes.base import Instant, Page, Shape


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


class FeedPage(Page):
    """Feeds, in the order in which they were added."""

    feeds: list[FeedShape]
