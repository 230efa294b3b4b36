"""What was found in a text that somebody tried, and what happened to an item."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from monitor.core.types import Severity, Tier
from monitor.web.api.shapes.base import Shape
from monitor.web.api.shapes.hits import MentionShape


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
    rejected: list[RejectedMention] = Field([])
    missed: list[Missed] = Field([])


class Explained(BaseModel):
    """What happened to an item, step by step; see `monitor explain --json`."""

    model_config = ConfigDict(extra="allow")

    outcome: str
    summary: str
    steps: list[dict[str, Any]]
