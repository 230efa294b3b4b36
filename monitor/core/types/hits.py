"""A hit, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.core.types.items import Change, Item
from monitor.core.types.matching import Mention, Tier
from monitor.core.types.watchlists import Kind, Severity


@dataclass(frozen=True, slots=True)
class EntityRef:
    """An entity as it was when the hit was made."""

    id: str
    name: str
    kind: Kind


class Mark(StrEnum):
    """What a person said of a hit."""

    RIGHT = "right"
    WRONG = "wrong"


class Verdict(StrEnum):
    """What became of a hit; None in the row means the alert job has not seen it yet."""

    ALERTED = "alerted"
    DIGEST_ONLY = "digest only"  # its route's receiver has no channel
    SILENCED = "silenced"  # its note says by which silence
    INHIBITED = "inhibited"  # its note says by which hit of the same story
    ACKNOWLEDGED = "acknowledged"  # somebody knows of its story, and it is no graver than that
    OLD_NEWS = "old news"  # published too long ago when it was found; its note says how that was seen


KEPT_BACK = frozenset({Verdict.SILENCED, Verdict.INHIBITED, Verdict.ACKNOWLEDGED})
"""Verdicts of hits that somebody would have been told of; the note beside them says what kept them back."""


class Fate(StrEnum):
    """What was decided of a hit for one receiver."""

    JOINED = "joined"  # an alert, which is told when it is due
    NO_CHANNEL = "no channel"  # the receiver has none that works: for the digest only
    INHIBITED = "inhibited"  # the receiver is told of another hit of the same story in its place
    SILENCED = "silenced"  # until the silence ends
    ACKNOWLEDGED = "acknowledged"  # it waits in its alert until something graver joins that
    CAPPED = "capped"  # the route had told enough for an hour; it is told with others when there is room


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of a hit by one route, in words for whoever asks later, when the configuration may be another.

    route        path of the route in the tree
    way          what each route on the way there asks for: "root > [0] severity critical"
    why          what the fate follows from; "" when there is nothing to add
    alert        id of the alert that it joined, or None
    due_at       when that was to be told as things stood, and `because` of what; None when it was not to be
    publishers   that told the story by then
    """

    at: datetime
    route: str
    way: str
    receiver: str
    fate: Fate
    why: str = ""
    alert: str | None = None
    due_at: datetime | None = None
    because: str = ""
    publishers: int = 1


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored item and a rule it satisfies.

    item     in the version that the hit was made from, so that the mentions fit it
    change   for a hit about to be told again: what of its item changed; None for one told for the first time
    mark     what a person said of it, `marked_by` whom and `marked_at` when; None while nobody did
    """

    id: int
    item: Item
    rule: str
    rule_title: str
    watchlist: str
    severity: Severity
    tags: frozenset[str]
    entities: tuple[EntityRef, ...]
    mentions: tuple[Mention, ...]
    why: str
    watchlist_version: str
    created_at: datetime
    verdict: Verdict | None = None
    verdict_note: str = ""
    held: tuple[str, ...] = ()
    tier: Tier = Tier.EXACT
    change: Change | None = None
    mark: Mark | None = None
    marked_by: str | None = None
    marked_at: datetime | None = None
