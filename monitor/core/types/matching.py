"""What is matched, and what was found in it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from monitor.core.types.watchlists import Severity

Field = Literal["title", "text"]


class Tier(StrEnum):
    """How a mention was recognised, surest first."""

    EXACT = "exact"  # the letters of the alias, as folding leaves them
    INFLECTED = "inflected"  # the alias in another grammatical case
    SPELLING = "spelling"  # another transliteration of the name; less sure

    @property
    def rank(self) -> int:
        """Return 0 for the surest."""
        return _TIER_RANKS[self]


_TIER_RANKS = {tier: rank for rank, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Document:
    """What is matched: an item's words and where they came from. `id` is free; offsets count characters of a field."""

    id: str
    title: str = ""
    text: str = ""
    lang: str | None = None
    feed: str = ""
    feed_tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mention:
    """An alias at an offset: `getattr(document, field)[start:end] == surface`.

    tier      how it was recognised; in the tier `exact`, surface and alias fold to the same letters
    context   the expression that had to hold in the item for the mention to count, and did; None when none was asked
    """

    entity: str
    field: Field
    start: int
    end: int
    surface: str
    alias: str
    tier: Tier = Tier.EXACT
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """An alias that was found but does not count, and why ("no context: kabul OR is-k", "case", ...)."""

    mention: Mention
    reason: str


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that holds for a document.

    entities   ids of the entities that made it hold, in order of first mention
    mentions   those entities' mentions
    why        one line for a person: which words, which rule
    held       the sub-expressions of the rule that held, each with the words that made it hold, from left to right
    tier       the least sure of the words that are told as its evidence, not always the surest that would have done
    """

    rule: str
    title: str
    watchlist: str
    severity: Severity
    tags: frozenset[str]
    entities: tuple[str, ...]
    mentions: tuple[Mention, ...]
    why: str
    held: tuple[str, ...] = ()
    tier: Tier = Tier.EXACT


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that was asked and did not hold, and the sub-expression that failed, with the words a NOT objected to."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class MatchResult:
    """What the matcher found in a document; mentions by field and offset, matches by severity, highest first.

    rejections, misses   what nearly counted, and why it does not; filled only when asked for
    unread               characters at the end of a document that names far more than any news does, not looked at
    """

    mentions: tuple[Mention, ...] = ()
    matches: tuple[Match, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    misses: tuple[Miss, ...] = ()
    unread: int = 0
