"""What is watched for: entities with their spellings, and rules over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a hit matters, lowest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return 0 for low up to 3 for critical."""
        return _SEVERITY_RANKS[self]


_SEVERITY_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Kind(StrEnum):
    """What an entity is."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    EVENT = "event"
    THEME = "theme"


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to write an entity.

    lang         BCP 47 language of the spelling, or None
    exact_case   the letters' case must be as written ("IS-K" is not "is k")
    not_before   words that must not follow directly ("Khalil" after "Fazlur Rehman")
    not_after    words that must not precede directly
    context      rule expression that must hold in the item for the mention to count, or None
    """

    text: str
    lang: str | None = None
    exact_case: bool = False
    not_before: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, organisation, place, event or theme with an id that never changes.

    type       finer than kind ("armed-group", "district", "leader"), or None
    aliases    includes the name itself unless the watchlist says otherwise
    variants   spelling variants of transliterated names match too
    context    like `Alias.context`, for every alias
    alone      a mention is a hit by itself, under the rule id `entity:<id>`
    severity   of that hit
    location   where it is, for the map: degrees north and east; None where that is nowhere in particular
    """

    id: str
    kind: Kind
    name: str
    watchlist: str
    severity: Severity
    type: str | None = None
    aliases: tuple[Alias, ...] = ()
    tags: frozenset[str] = frozenset()
    variants: bool = False
    context: str | None = None
    alone: bool = True
    notes: str = ""
    source: str = ""
    location: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on one item, in the rule language; `tags` include those of its watchlist."""

    id: str
    title: str
    when: str
    watchlist: str
    severity: Severity
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Watchlist:
    """One watchlist file."""

    id: str
    title: str
    severity: Severity
    tags: frozenset[str] = frozenset()
    entities: tuple[Entity, ...] = ()
    rules: tuple[Rule, ...] = ()


def entities_by_id(watchlists: Sequence[Watchlist]) -> dict[str, Entity]:
    """Return the entities of all watchlists by id."""
    return {entity.id: entity for watchlist in watchlists for entity in watchlist.entities}
