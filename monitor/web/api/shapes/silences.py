"""Silences, and what they hide."""

from typing import Literal

from monitor.core.types import Severity
from monitor.web.api.shapes.base import Instant, Page, Shape


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


class SilencePage(Page):
    """Silences, first to begin first."""

    silences: list[SilenceShape]
