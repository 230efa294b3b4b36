"""Which reports tell the same story.

A report joins the open story whose reports are the most like it, or opens one. The same text or page is told by its
shingles (Broder 1997, "On the resemblance and containment of documents") and its address. All else is judged as in
streaming clustering of news (Miranda, Znotins, Cohen and Barzdins 2018, "Multilingual Clustering of Streaming News";
Linger and Hajaiej 2020, "Batch Clustering for Multilingual News Streaming"): comparisons of two reports
(comparisons.py), weighed by a logistic model, of which time is a part: what is alike an hour apart may be two
things three days apart. The weights are in story_weights.py; tools/train_stories.py finds them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from itertools import chain

from monitor.core.comparisons import AGAINST, FOR, SHARED, SPAN_HOURS, TIME, compare, differ, differ_in_kind, reasons
from monitor.core.sketches import BAND, Sketch
from monitor.core.story_weights import JOIN_AT, WEIGHTS

OPEN = timedelta(hours=SPAN_HOURS)
"""A story takes reports until it had none for so long; news of an event seldom pauses longer and goes on."""

KEPT = 2 * OPEN
"""How long a report is compared with others: one that is published may be polled as late as its story is open."""

COPY = 0.55
"""Share of equal numbers of two signatures from which one report is a copy of the other: an estimate of the share of
shingles they have in common, within 0.07 (0.5 / sqrt(48)). Small edits of a wire text leave more, a report in other
words hardly any; two short texts made after one pattern ("Security forces kill five in ...") come close."""

SAME_PAGE = 0.5
"""Share of the shorter headline that two reports of one address have in common: some publishers link all that they
report to one page."""

KEYS = 64
"""Most keys of a report; a report of ordinary length has forty."""

MEAN = 0.5
"""Weight of the mean over a story's reports; the rest is that of its best one. A report that is like one of five is
less sure than one that is like all."""

ELSEWHERE = 2.0
"""Taken off where a report names places, and a story others only."""

OTHERWISE = 3.0
"""Taken off where the headline of a report tells of one kind of happening, and a story only of others: a shooting and a
bomb in one district on one day are two."""

GROUNDS = 1.0
"""Least weight of what two reports have in common beside the time. With less a report is no part of a story, even
if nothing speaks against it: two that name one group on one morning and say no more may be of two attacks."""

BOUND = 5.0
"""Odds beyond e^5 count as that: one pair that is nearly sure does not outweigh all others."""

SAID = 4
"""Most reasons that are given for a choice, the weightiest."""


@dataclass(frozen=True, slots=True)
class Model:
    """How comparisons are weighed.

    join_at   logarithm of the odds from which a report joins a story
    weights   of each comparison
    """

    join_at: float
    weights: Mapping[str, float]


SHIPPED = Model(JOIN_AT, WEIGHTS)


@dataclass(frozen=True, slots=True)
class Choice:
    """The story that a report tells.

    story   its number, or None for one that is new
    like    which of that story's reports is the most like it, or of the story that came nearest
    why     what says so, the weightiest first: "same place (bajaur)"; for a new story what spoke against the nearest
    """

    story: int | None
    like: Sketch | None
    why: tuple[str, ...]


def choose(report: Sketch, stories: Mapping[int, Sequence[Sketch]], *, model: Model = SHIPPED) -> Choice:
    """Return which story a report tells, and why.

    stories   reports of each story that may be the one, in any order; those that are not open are left out
    """
    ranked = {number: _judge(report, told, model=model) for number, told in stories.items() if is_open(report, told)}
    if not ranked:
        return Choice(None, None, ())
    best = max(ranked, key=lambda number: (ranked[number][0], number))
    odds, like = ranked[best]
    joins = odds >= model.join_at
    return Choice(best if joins else None, like, _why(report, like, joins=joins, model=model))


def decide(report: Sketch, stories: Mapping[int, Sequence[Sketch]], *, model: Model = SHIPPED) -> int | None:
    """Return the story that a report tells, or None for one that is new."""
    return choose(report, stories, model=model).story


def is_open(report: Sketch, told: Sequence[Sketch]) -> bool:
    """Return whether a story had a report within OPEN of this one."""
    return any(abs(report.at - one.at) <= OPEN for one in told)


def is_copy(report: Sketch, other: Sketch) -> bool:
    """Return whether two reports are the same text with small edits."""
    return resemblance(report, other) >= COPY


def resemblance(report: Sketch, other: Sketch) -> float:
    """Return about which share of the shingles of two reports is the same."""
    return sum(map(int.__eq__, report.signature, other.signature)) / len(report.signature)


def is_same_page(report: Sketch, other: Sketch) -> bool:
    """Return whether two reports are one page under two headlines at most."""
    shorter = min(len(report.title), len(other.title))
    alike = len(report.title & other.title) >= SAME_PAGE * shorter > 0
    return bool(report.address) and report.address == other.address and alike


def _is_same_text(report: Sketch, other: Sketch) -> bool:
    """Return whether two reports are a copy or one page, and neither place nor toll is another."""
    counted = report.dead is not None and other.dead is not None and report.dead != other.dead
    if counted or differ(report.places, other.places):
        return False
    return is_same_page(report, other) or is_copy(report, other)


def _judge(report: Sketch, told: Sequence[Sketch], *, model: Model) -> tuple[float, Sketch]:
    """Return the logarithm of the odds that a report tells the story of these, and the one that is the most like it.

    Time counts from the report nearest to it: a story that is told for two days is no older than its last report.
    """
    same = next((one for one in told if _is_same_text(report, one) and abs(report.at - one.at) <= OPEN), None)
    if same is not None:
        return BOUND, same
    found = [compare(report, one) for one in told]
    time = max(_weigh({name: one[name] for name in TIME}, model=model) for one in found)
    rest = [_weigh({name: one[name] for name in one.keys() - TIME}, model=model) for one in found]
    odds = [max(-BOUND, min(BOUND, one + time)) for one in rest]
    nearest = max(range(len(told)), key=lambda place: rest[place])
    if max(_weigh({name: one[name] for name in SHARED}, model=model) for one in found) < GROUNDS:
        return -BOUND, told[nearest]
    score = (1 - MEAN) * max(odds) + MEAN * sum(odds) / len(odds)
    score -= ELSEWHERE * _is_elsewhere(report, told) + OTHERWISE * _is_otherwise(report, told)
    return score, told[nearest]


def _weigh(found: Mapping[str, float], *, model: Model) -> float:
    """Return the weighted sum of some comparisons, in an order of its own so that it is the same to the last bit."""
    return sum(found[name] * model.weights[name] for name in sorted(found))


def _is_elsewhere(report: Sketch, told: Sequence[Sketch]) -> bool:
    """Return whether a report names places, and the headlines of a story others only; or, without any, its texts."""
    places = _union(one.scene for one in told) or _union(one.places for one in told)
    return differ(report.places, places)


def _is_otherwise(report: Sketch, told: Sequence[Sketch]) -> bool:
    """Return whether the headlines of a report and of a story tell of two kinds of happenings, and no text of both."""
    return differ_in_kind(
        report.headline, report.kinds, _union(one.headline for one in told), _union(one.kinds for one in told)
    )


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """Return what any of the sets has."""
    return frozenset(chain.from_iterable(sets))


def _why(report: Sketch, like: Sketch, *, joins: bool, model: Model) -> tuple[str, ...]:
    """Return in words why a report joins the story of this one, or why it does not."""
    if joins and _is_same_text(report, like):
        return ("same address",) if is_same_page(report, like) else ("same words",)
    table = FOR if joins else AGAINST
    return tuple(reasons(table, compare(report, like), model.weights, (report, like))[:SAID])


def keys(report: Sketch) -> frozenset[int]:
    """Return under which keys a report is found by another that may tell the same; at most KEYS, of 64 bits, signed."""
    parts = dict.fromkeys(_key_parts(report))
    return frozenset(_key(part) for part, _ in zip(parts, range(KEYS), strict=False))


def _key_parts(report: Sketch) -> Iterator[str]:
    """Yield what keys are made of, the most telling first."""
    if report.address:
        yield f"page {report.address}"
    for at in range(0, len(report.signature), BAND):
        yield f"band {at} {report.signature[at : at + BAND]}"
    yield from (f"name {name}" for name in sorted(report.headed))
    yield from (f"word {word}" for word in sorted(report.rare & report.title))
    yield from (f"entity {entity}" for entity in sorted(report.entities))
    for land in sorted(report.lands):
        yield from (f"land {land} {told}" for told in sorted(report.headline | report.theme))
    for subject in sorted(report.theme):
        yield from (f"what {subject} {told}" for told in sorted(report.headline | report.theme) if told != subject)
    yield from (f"name {name}" for name in sorted(report.names - report.headed))
    yield from (f"word {word}" for word in sorted(report.rare - report.title))


def _key(part: str) -> int:
    """Return 64 bits of a part's hash as databases hold them, signed."""
    return int.from_bytes(blake2b(part.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)
