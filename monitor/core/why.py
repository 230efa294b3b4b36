"""Matches, and the reason of each in one line for a person."""

from collections.abc import Mapping, Sequence

from monitor.core.evaluate import Evidence, Occurrence
from monitor.core.types import Entity, Match, Mention, Rule, Tier

SHOWN_EVIDENCE = 6
"""Words quoted in a hit's `why`; more would not be read."""


def place_of(mention: Mention) -> tuple[bool, int, int]:
    """Return the order of mentions: the title first, then by offset, then by length."""
    return (mention.field != "title", mention.start, mention.end)


def entity_match(entity: Entity, mentions: Sequence[Mention]) -> Match:
    """Return the match of an entity that is a rule by itself, with its mentions in order."""
    first = min(mentions, key=lambda one: one.tier.rank)
    surely = _marked(first.tier, first.alias)
    more = f" and {len(mentions) - 1} more" if len(mentions) > 1 else ""
    return Match(
        rule=f"entity:{entity.id}",
        title=entity.name,
        watchlist=entity.watchlist,
        severity=entity.severity,
        tags=entity.tags,
        entities=(entity.id,),
        mentions=tuple(mentions),
        why=f'"{first.surface}" in the {first.field}{surely}{more}: {entity.name} ({entity.id})',
        tier=first.tier,
    )


def rule_match(rule: Rule, evidence: Evidence, held: tuple[str, ...], named: Mapping[str, Sequence[Mention]]) -> Match:
    """Return the match of a rule.

    evidence   what made it hold
    held       its sub-expressions that held, in words
    named      all mentions by entity
    """
    distinct = list(dict.fromkeys(evidence))
    ids = tuple(dict.fromkeys(one.name for one in distinct if one.name in named))
    words = [_told(one, named) for one in distinct[:SHOWN_EVIDENCE]]
    more = f" and {len(distinct) - SHOWN_EVIDENCE} more" if len(distinct) > SHOWN_EVIDENCE else ""
    return Match(
        rule=rule.id,
        title=rule.title,
        watchlist=rule.watchlist,
        severity=rule.severity,
        tags=rule.tags,
        entities=ids,
        mentions=tuple(sorted((one for name in ids for one in named[name]), key=place_of)),
        why=f"rule {rule.id}: {', '.join(words)}{more}" if words else f"rule {rule.id}",
        held=held,
        tier=max((one.tier for one in distinct), key=lambda tier: tier.rank, default=Tier.EXACT),
    )


def _told(one: Occurrence, named: Mapping[str, Sequence[Mention]]) -> str:
    """Return one piece of evidence: the words, whom they name, where, and how sure that is."""
    alias = next((m.alias for m in named.get(one.name, ()) if (m.field, m.start) == (one.field, one.start)), "")
    name = f"{one.name}, " if one.name in named else ""
    return f'"{one.surface}" ({name}{one.field}{_marked(one.tier, alias)})'


def _marked(tier: Tier, alias: str) -> str:
    """Return how a mention says that it is not in the surest tier."""
    match tier:
        case Tier.SPELLING:
            return f", another spelling of {alias}"
        case Tier.INFLECTED:
            return f", a form of {alias}"
    return ""
