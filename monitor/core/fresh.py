"""What each report of a story says that none before it said, as far as its hits and its headline tell."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.core.types import EntityRef, Hit, Kind, Severity

_FIGURE = re.compile(r"\d{1,9}(?:[.,]\d{1,9}){0,3}")
_YEAR = re.compile(r"(?:19|20)\d\d")

HEADLINE = 300
"""Characters of a headline that are looked through for figures; what is longer is none."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is new in a report.

    entities   named for the first time
    rules      titles of the rules that hold for the first time, without those of single entities
    figures    in its headline, and in none before: a toll that rose, an age
    severity   of the report when it is higher than any before, else None
    """

    entities: tuple[EntityRef, ...] = ()
    rules: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    severity: Severity | None = None


def fresh(reports: Iterable[Sequence[Hit]]) -> Iterator[Fresh]:
    """Yield what is new in each of the reports, which are given by their hits in the order in which they came."""
    named, held, counted, rank = set[str](), set[str](), set[str](), -1
    for hits in reports:
        entities = {one.id: one for hit in hits for one in hit.entities if one.id not in named and is_name(one)}
        rules = {
            hit.rule: hit.rule_title for hit in hits if hit.rule not in held and not hit.rule.startswith("entity:")
        }
        figures = [one for one in dict.fromkeys(_figures(hits)) if one not in counted]
        gravest = max((hit.severity for hit in hits), key=lambda one: one.rank, default=Severity.LOW)
        risen = gravest if gravest.rank > rank else None
        named |= entities.keys()
        held |= rules.keys()
        counted |= set(figures)
        rank = max(rank, gravest.rank)
        yield Fresh(tuple(entities.values()), tuple(rules.values()), tuple(figures), risen)


def is_name(entity: EntityRef) -> bool:
    """Return whether an entity is somebody or something; a theme is a list of words."""
    return entity.kind is not Kind.THEME


def _figures(hits: Sequence[Hit]) -> Iterator[str]:
    """Yield the figures of the headlines of an item, years apart."""
    for title in {hit.item.title for hit in hits}:
        yield from (one for one in _FIGURE.findall(title[:HEADLINE]) if not _YEAR.fullmatch(one))
