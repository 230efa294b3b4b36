"""How often the watchlists were right, by what people said of their hits."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from monitor.core.types import Hit, Mark

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Score:
    """How many hits people called right, and how many wrong."""

    right: int = 0
    wrong: int = 0

    @property
    def precision(self) -> float | None:
        """Return the share that is right of those that somebody looked at, or None when nobody did."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of the marked hits, by what made them; a hit counts once for each alias that it names.

    watchlists   by id
    rules        by watchlist and rule
    feeds        by watchlist and the feed's name
    aliases      by entity and alias
    """

    watchlists: Mapping[str, Score] = field(default_factory=dict)
    rules: Mapping[tuple[str, str], Score] = field(default_factory=dict)
    feeds: Mapping[tuple[str, str], Score] = field(default_factory=dict)
    aliases: Mapping[tuple[str, str], Score] = field(default_factory=dict)


def scores(hits: Iterable[Hit]) -> Scores:
    """Return the scores of hits; those that nobody marked do not count."""
    marked = [hit for hit in hits if hit.mark is not None]
    return Scores(
        watchlists=_count((hit.watchlist, hit.mark) for hit in marked),
        rules=_count(((hit.watchlist, hit.rule), hit.mark) for hit in marked),
        feeds=_count(((hit.watchlist, hit.item.feed_name or hit.item.feed_url), hit.mark) for hit in marked),
        aliases=_count(
            (named, hit.mark)
            for hit in marked
            for named in dict.fromkeys((mention.entity, mention.alias) for mention in hit.mentions)
        ),
    )


def _count(marks: Iterable[tuple[Key, Mark | None]]) -> dict[Key, Score]:
    """Return how often each was right and wrong."""
    counted: dict[Key, Score] = {}
    for key, mark in marks:
        before = counted.get(key, Score())
        counted[key] = Score(before.right + (mark is Mark.RIGHT), before.wrong + (mark is Mark.WRONG))
    return counted
