"""What two reports have in common, and what speaks against their telling one story; each as a number and in words.

Two reports are compared by what a reader would compare, in any two languages: names by how they sound, watched
entities, places and countries, what happened and whom it befell, tolls, numbers, days, and how far apart they are.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from monitor.core.sketches import Sketch

SPAN_HOURS = 72
"""Hours after which a story that nobody told any more is over: see OPEN in stories.py."""

_MATTERS = frozenset("shoot blast drone arrest court abduct protest vote talks flood quake crash".split())
"""Kinds of happenings that are seldom two sides of one."""

_ORDINARY = """
    kill 9 statement 9 attack 15 blast 24 hurt 34 shoot 39 claim 44 suicide 48 raid 54 clash 55 drone 65
    court 74 arrest 70 militant 31 police 37 soldier 44 minister 46 vehicle 53 leader 55 worker 57 fire 57
    night 57 civilian 57 border 59 child 59 rescue 65 morning 65 road 65 weapon 65 funeral 67 farmer 67
    body 70 hospital 70 president 70 woman 70 governor 74 camp 74 cleric 77 spy 77
"""
_WORTH = {thing: int(worth) / 100 for thing, worth in zip(*[iter(_ORDINARY.split())] * 2, strict=True)}
"""What a kind or subject in common is worth that many stories have, less than 1: the logarithm of stories by stories
with it, over the same of one in twenty; counted in tests/stories/dev.yaml."""


class Reason(NamedTuple):
    """Comparisons that say the same to a reader, and what of both reports shows it ("" where that is unreadable)."""

    words: str
    names: tuple[str, ...]
    shown: Callable[[Sketch, Sketch], str] = lambda _one, _other: ""


def _both(part: str) -> Callable[[Sketch, Sketch], str]:
    """Return what shows the values that two reports have in common in a part of their sketches."""
    return lambda one, other: ", ".join(map(str, sorted(getattr(one, part) & getattr(other, part))))


def _apart(one: Sketch, other: Sketch) -> str:
    """Return how far apart two reports are."""
    return f"{hours_between(one, other):.0f} h"


FOR = (
    Reason("same place", ("scene",), _both("scene")),
    Reason("same names", ("named",)),
    Reason("same watched entities", ("watched",), _both("entities")),
    Reason("same kind of happening", ("kind", "headline"), _both("kinds")),
    Reason("same subject", ("theme", "what", "covered"), _both("subjects")),
    Reason("same numbers", ("numbers",), _both("numbers")),
    Reason("same toll", ("toll",), lambda one, _: str(one.dead)),
    Reason("same day named", ("day",)),
    Reason("told soon after", ("soon",), _apart),
)
"""What speaks for one story; a weight of these is never less than 0."""

AGAINST = (
    Reason("other places", ("elsewhere", "many")),
    Reason("other country", ("abroad",)),
    Reason("other names", ("others",)),
    Reason("other kind of happening", ("matter",)),
    Reason("other subject", ("whatever",)),
    Reason("other toll", ("growth", "hurts")),
    Reason("one is told as another one of its kind", ("again",)),
    Reason("one is an analysis", ("analysis",)),
    Reason("told far apart", ("hours",), _apart),
)
"""What speaks against it; a weight of these is never more than 0."""

FREE = ("bias", "nowhere")
"""What speaks neither for nor against by its nature."""

SHARED = frozenset(name for reason in FOR for name in reason.names) - {"soon"}
"""What two reports tell in common, beside the time."""

TIME = frozenset({"hours", "soon"})
"""Comparisons of time alone."""


def compare(one: Sketch, other: Sketch) -> dict[str, float]:
    """Return what two reports have in common and what speaks against it, by name; the same both ways."""
    hours = hours_between(one, other)
    return {
        "bias": 1.0,
        "hours": min(hours / SPAN_HOURS, 1.5),
        "soon": math.exp(-hours / 8),
        **_names(one, other),
        **_places(one, other),
        **_happenings(one, other),
        **_counts(one, other, hours=hours),
    }


def hours_between(one: Sketch, other: Sketch) -> float:
    """Return how many hours lie between two reports."""
    return abs(one.at - other.at).total_seconds() / 3600


def _names(one: Sketch, other: Sketch) -> dict[str, float]:
    """Compare names and watched entities."""
    shared = _sum(_name_weight, one.names & other.names)
    mine, theirs = _sum(_name_weight, one.names), _sum(_name_weight, other.names)
    return {
        "named": shared / max(1.5, min(mine, theirs)),
        "others": float(mine > 1 and theirs > 1 and shared < 0.25),
        "watched": _share(one.entities, other.entities),
    }


def _places(one: Sketch, other: Sketch) -> dict[str, float]:
    """Compare countries and places; a text names some in passing, so that only those of both headlines count for it."""
    return {
        "abroad": float(differ(one.lands, other.lands)),
        "nowhere": float(not one.lands or not other.lands),
        "many": float((len(one.places) > 2) != (len(other.places) > 2)),
        "elsewhere": float(differ(one.places, other.places)),
        "scene": float(bool(one.scene & other.scene)),
    }


def _happenings(one: Sketch, other: Sketch) -> dict[str, float]:
    """Compare what happened, and whom it befell; what many stories have weighs little."""
    themes = one.theme & other.subjects | other.theme & one.subjects
    mine, theirs = _sum(_worth, one.theme), _sum(_worth, other.theme)
    heads, least = one.headline & other.headline, min(_sum(_worth, one.headline), _sum(_worth, other.headline))
    return {
        "theme": _sum(_worth, one.theme & other.theme) / max(0.8, min(mine, theirs)),
        "what": _enough(_sum(_worth, themes) / 2),
        "whatever": float(mine > 0.7 and theirs > 0.7 and not themes),
        "headline": _sum(_worth, heads) / max(0.3, least),
        "kind": _enough(_sum(_worth, one.headline & other.kinds | other.headline & one.kinds)),
        "matter": float(differ_in_kind(one.headline, one.kinds, other.headline, other.kinds)),
        "covered": max(_coverage(one, other), _coverage(other, one)),
        "again": float(("again" in one.theme) != ("again" in other.theme)),
        "analysis": float(("analysis" in one.theme) != ("analysis" in other.theme)),
    }


def differ_in_kind(
    headline: frozenset[str], kinds: frozenset[str], other_headline: frozenset[str], other_kinds: frozenset[str]
) -> bool:
    """Return whether headlines tell of kinds of happenings that are seldom two sides of one, and no text of both."""
    mine, theirs = headline & _MATTERS, other_headline & _MATTERS
    return bool(mine) and bool(theirs) and not mine & other_kinds and not theirs & kinds


def _coverage(one: Sketch, other: Sketch) -> float:
    """Return which share of what a headline tells the other report tells, too."""
    told = one.theme | one.headline
    found = _sum(_worth, told & (other.subjects | other.kinds)) + _sum(_name_weight, one.headed & other.names)
    return min(1.0, found / max(1.0, _sum(_worth, told) + min(_sum(_name_weight, one.headed), 1.5)))


def _counts(one: Sketch, other: Sketch, *, hours: float) -> dict[str, float]:
    """Compare tolls, which grow with time, other numbers and days."""
    apart = min(2.0, abs(math.log(one.dead) - math.log(other.dead))) if one.dead and other.dead else 0.0
    same = one.dead is not None and one.dead == other.dead
    return {
        "toll": (1.0 if (one.dead or 0) > 3 else 0.5) * same,
        "growth": apart * math.exp(-hours / 24),
        "hurts": float(one.hurt is not None and other.hurt is not None and one.hurt != other.hurt),
        "numbers": _enough(sum(map(_number_weight, one.numbers & other.numbers))),
        "day": float(bool(one.days & other.days)),
    }


def reasons(
    table: Iterable[Reason], found: Mapping[str, float], weights: Mapping[str, float], pair: tuple[Sketch, Sketch]
) -> list[str]:
    """Return in words what counts between two reports, the weightiest first: "same place (bajaur)"."""
    said = []
    for reason in table:
        if weight := abs(sum(found[name] * weights[name] for name in reason.names)):
            shown = reason.shown(*pair)
            said.append((weight, f"{reason.words} ({shown})" if shown else reason.words))
    return [words for _, words in sorted(said, key=lambda one: -one[0])]


def differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether both name something, and nothing is the same."""
    return bool(one) and bool(other) and not one & other


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """Return which share of what either has both have."""
    return len(one & other) / max(1, len(one | other))


def _enough(amount: float) -> float:
    """Return 0 for nothing and nearly 1 for three or more: the fourth thing in common tells little."""
    return 1 - math.exp(-amount)


def _sum(weight: Callable[[str], float], things: Iterable[str]) -> float:
    """Return what things weigh together, to the last bit the same in any order."""
    return math.fsum(map(weight, things))


def _worth(thing: str) -> float:
    """Return what it is worth that two reports have a kind or a subject in common."""
    return _WORTH.get(thing, 1.0)


def _name_weight(key: str) -> float:
    """Return what a name in common is worth: rough keys of few consonants are those of many names."""
    if not (key.isascii() and key.isupper()):
        return 0.9 if len(key) > 2 else 0.3
    return {2: 0.35, 3: 0.7, 4: 0.95}.get(len(key), 1.0)


def _number_weight(number: int) -> float:
    """Return what a number in common is worth; there are few small ones."""
    return 1.0 if number > 12 else 0.5 if number > 3 else 0.2
