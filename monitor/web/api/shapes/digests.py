"""Digests, and what they said."""

from typing import Any

from pydantic import Field

from monitor.store.digests import DigestLine
from monitor.web.api.shapes.base import Instant, Page, Shape


class DigestShape(Shape):
    """A digest of a period, from `period_start` until before `period_end`."""

    id: str
    name: str
    title: str
    period_start: Instant
    period_end: Instant
    created_at: Instant
    items: int
    hits: int
    stories: int

    @classmethod
    def of(cls, line: DigestLine) -> "DigestShape":
        """Return a digest as programs get it."""
        said = line.notice["data"]["digest"]
        return cls(
            id=line.id,
            name=line.name,
            title=said["title"],
            period_start=line.start_at,
            period_end=line.end_at,
            created_at=line.created_at,
            items=said["items"],
            hits=said["hits"],
            stories=said["stories_total"],
        )


class DigestPage(Page):
    """Digests, the one whose period ended last first."""

    digests: list[DigestShape]


class DigestDetail(DigestShape):
    """A digest with all it says."""

    digest: dict[str, Any] = Field(description="What webhooks got as `data.digest` of `digest.created`.")
