"""An explanation: what happened to an item, step by step, each with its verdict, its reason and what that rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.addresses import without_user
from monitor.core.grouping import timestamp
from monitor.core.types import (
    Acknowledgement,
    Alert,
    Decision,
    Delivery,
    Feed,
    Hit,
    Item,
    MatchResult,
    StoredArticle,
    Version,
)


class Turn(StrEnum):
    """How a step went."""

    PASSED = "passed"
    STOPPED = "stopped"
    WAITS = "waits"
    NOTED = "noted"  # neither: worth knowing


class Basis(StrEnum):
    """What a step rests on."""

    THEN = "then"  # what was stored when it happened, or follows from watchlists that are the same still
    WATCHLISTS = "watchlists now"  # those in force now, which are others than then
    CONFIGURATION = "configuration now"  # the configuration as it is now; what was decided then was not kept


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way of an item, or a part of one.

    name    "fetched", "read", "mentions", "rules", "age", "story", "route", "alert", "delivery", "known"; of a part
            what it is: "mention", "rule", "hit", ...
    at      when it happened, or None
    id      of the hit, alert or delivery that a part is about, or None
    """

    name: str
    turn: Turn
    reason: str
    at: datetime | None = None
    basis: Basis = Basis.THEN
    id: str | None = None
    parts: tuple["Step", ...] = ()


def lean(step: Step) -> Step:
    """Return a step, or its only part where that says the same: for people, who need not read it twice."""
    return step.parts[0] if len(step.parts) == 1 and step.parts[0].reason == step.reason else step


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened to an item.

    turn         passed: somebody was told; waits: somebody will be; stopped: nobody was
    summary      that in one line
    stopped_at   name of the step that stopped it, or at which it waits; None when somebody was told
    asked        what was asked for, when that was not the item itself: "hit 42"
    also         ids of other items that the question might mean
    """

    item: Item
    turn: Turn
    summary: str
    stopped_at: str | None
    steps: tuple[Step, ...]
    asked: str = ""
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """An alert with hits of the item.

    told_at      when each of these hits was told by it, None while it was not; `again` those told before, whose change
                 is to be told
    """

    alert: Alert
    told_at: Mapping[int, datetime | None]
    again: frozenset[int] = frozenset()
    deliveries: Sequence[Delivery] = ()
    acks: Sequence[Acknowledgement] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored of an item and of all that came of it.

    versions            what it said, oldest first
    watchlist_version   of those its newest words were matched with, "" when that was not kept
    old_news            why its hits alert nobody, or ""
    feed                as it is now
    hits                oldest first
    decisions           of each hit, in turn, by its id
    story               title of the story that it tells, or None; told by `reports` and `publishers` by now, first by
                        `first_item`; `placed` says why it is in that one, or "" when that was not kept
    """

    item: Item
    versions: Sequence[Version]
    watchlist_version: str = ""
    old_news: str = ""
    feed: Feed | None = None
    article: StoredArticle | None = None
    hits: Sequence[Hit] = ()
    decisions: Mapping[int, Sequence[Decision]] = field(default_factory=dict)
    story: str | None = None
    reports: int = 0
    publishers: int = 0
    first_item: int | None = None
    placed: str = ""
    tellings: Sequence[Telling] = ()


@dataclass(frozen=True, slots=True)
class Present:
    """How things are now.

    version     of the watchlists in force, "" when they are not known here
    results     what they find, by the version of the item; with what nearly counted
    ways        to each route, by its path
    kept        retention.deliveries
    """

    at: datetime
    version: str = ""
    results: Mapping[int, MatchResult] = field(default_factory=dict)
    ways: Mapping[str, str] = field(default_factory=dict)
    kept: timedelta = timedelta(days=90)


def as_json(explanation: Explanation) -> dict[str, object]:
    """Return an explanation for programs, the same from the command line and over HTTP; JSON values only."""
    item = explanation.item
    return {
        "item": {
            "id": str(item.id),
            "title": item.headline or item.title,
            "url": item.url,
            "guid": item.guid,
            "lang": item.lang,
            "published_at": _instant(item.published_at),
            "fetched_at": _instant(item.fetched_at),
            "version": item.version,
            "story": None if item.story_id is None else str(item.story_id),
            "feed": {"name": item.feed_name, "url": without_user(item.feed_url)},
        },
        "asked": explanation.asked or f"item {item.id}",
        "also": [str(one) for one in explanation.also],
        "outcome": OUTCOMES[explanation.turn],
        "stopped_at": explanation.stopped_at,
        "summary": explanation.summary,
        "steps": [_step(step) for step in explanation.steps],
    }


MARKS = {Turn.PASSED: "✓", Turn.STOPPED: "✗", Turn.WAITS: "…", Turn.NOTED: "·"}
"""How a step went, in a letter."""

BASES = {
    Basis.WATCHLISTS: "by the watchlists in force now",
    Basis.CONFIGURATION: "by the configuration as it is now",
}
"""What a step rests on where that is not what was then, in words."""

OUTCOMES = {Turn.PASSED: "told", Turn.WAITS: "waits", Turn.STOPPED: "stopped"}
"""What became of the item as a whole, in a word."""


def _step(step: Step) -> dict[str, object]:
    """Return a step with its parts."""
    return {
        "step": step.name,
        "verdict": step.turn.value,
        "reason": step.reason,
        "at": _instant(step.at),
        "basis": step.basis.value,
        "id": step.id,
        "parts": [_step(part) for part in step.parts],
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else timestamp(at)
