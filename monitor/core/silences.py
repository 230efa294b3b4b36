"""Spans in which matching hits alert nobody: what they hide, how they stand, how they are told of in words.

A silence ends by itself. What it hid is told when it does, once and together, so that nothing is lost for good. How it
stands follows from its times and is never stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from monitor.core.routing import holds
from monitor.core.types import Hit, RouteMatch, Silence, Watchlist


class SilenceState(StrEnum):
    """How a silence stands."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


def state_of(silence: Silence, *, now: datetime) -> SilenceState:
    """Return how a silence stands; its start belongs to it, its end does not."""
    if now >= silence.end_at:
        return SilenceState.EXPIRED
    return SilenceState.ACTIVE if now >= silence.start_at else SilenceState.PENDING


def silence_of(silences: Iterable[Silence], hit: Hit, *, publishers: int, now: datetime) -> Silence | None:
    """Return the active silence that hides a hit, of several the one that ends last; None when none does."""
    hiding = [
        one
        for one in silences
        if state_of(one, now=now) is SilenceState.ACTIVE and holds(one.match, hit, publishers=publishers)
    ]
    return max(hiding, key=lambda one: (one.end_at, one.id), default=None)


def preview(match: RouteMatch, hits: Sequence[Hit], *, publishers: Mapping[int, int]) -> list[Hit]:
    """Return which of some past hits a silence would have hidden.

    publishers   that tell each story by now
    """
    return [hit for hit in hits if holds(match, hit, publishers=publishers.get(hit.item.story_id or 0, 1))]


def as_row(silence: Silence, *, now: datetime) -> dict[str, Any]:
    """Return a silence for programs: its conditions without those that hold always, and how it stands."""
    match = {
        name: value if isinstance(value, int) else sorted(value)
        for name, value in asdict(silence.match).items()
        if value
    }
    return {**asdict(silence), "match": match, "state": state_of(silence, now=now).value}


def unknown_names(match: RouteMatch, watchlists: Iterable[Watchlist]) -> list[tuple[str, str, str]]:
    """Return which names of a condition no watchlist knows: (kind, name, a known one that is much like it or "").

    A silence of such a name hides nothing, which nobody sees: hits of the name that was meant are told.
    """
    lists = list(watchlists)
    entities = [entity.id for one in lists for entity in one.entities]
    rules = [rule.id for one in lists for rule in one.rules] + [f"entity:{id_}" for id_ in entities]
    known = {"watchlist": [one.id for one in lists], "rule": rules, "entity": entities}
    return [
        (kind, name, next(iter(get_close_matches(name, ids, n=1)), ""))
        for kind, ids in known.items()
        for name in sorted(getattr(match, kind) - set(ids))
    ]


def spell(match: RouteMatch) -> str:
    """Return conditions for a person: "severity low or medium, feed Dawn, publishers >=2"; "everything" for none."""
    said = []
    for field in fields(match):
        value = getattr(match, field.name)
        if field.name == "publishers":
            said += [f"publishers >={value}"] if value else []
        elif value:
            said.append(f"{field.name} {' or '.join(sorted(map(str, value)))}")
    return ", ".join(said) or "everything"
