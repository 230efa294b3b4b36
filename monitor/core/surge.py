"""Whether a name is told far more than usual, also one that is told twice a year.

What is counted is publishers, not articles: one wire in forty papers, or a live page in ninety versions, is no surge.
The past of the name itself says what is usual. Its counts are taken as Poisson with a rate that is not known, so that
the count of the next period, given the past ones, is negative binomial (gamma prior of Jeffreys, 1/2 and 0; the "Bayes"
system of the R package surveillance, Höhle 2007, "surveillance: An R package for the monitoring of infectious
diseases", Computational Statistics 22). News come in bursts, so the variance is widened by the dispersion of the past,
where that is above 1 (quasi-Poisson; Farrington et al. 1996, "A statistical algorithm for the early detection of
outbreaks of infectious disease", J. R. Statist. Soc. A 159; the quantile of a negative binomial in place of a normal
one: Noufaily et al. 2013, Statistics in Medicine 32). A name without any past has a rate, too, by its prior.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

PAST = 8
"""Periods before this one that say what is usual: two months of weeks. More would mix in another season of the news."""

LEAST_PAST = 4
"""Known periods from which on something is called usual, or a surge: of three the dispersion is anybody's guess."""

FLOOR = 3
"""Publishers that a surge has at least, whatever its chance: two may have copied a third that we do not see.
Farrington's system asks for five reports in four weeks, of a whole country."""

FALSE_ALARMS = 0.1
"""Surges by chance alone that a digest has in the mean, over all its names: one in ten digests. Each name gets an equal
share of it (Bonferroni), so that a thousand names cry wolf no more often than ten."""

LIKELIEST = 0.01
"""Largest chance of a surge, also where hardly any name is watched: nothing that happens twice a year by itself."""

PRIOR = 0.5
"""Shape of Jeffreys' prior for the rate of a Poisson distribution; it makes a name without a past no impossible one."""


@dataclass(frozen=True, slots=True)
class Surge:
    """A name that is told far more than usual.

    usual    publishers that were to be expected
    past     those of the known periods before, oldest first
    chance   of so many or more, were all as usual
    """

    entity: str
    publishers: int
    usual: float
    past: tuple[int, ...]
    chance: float


def surges(
    now: Mapping[str, int], past: Sequence[Mapping[str, int]], *, feeds: int, feeds_past: Sequence[int]
) -> list[Surge]:
    """Return the names that surge, least likely first.

    now          publishers by name in the period
    past         the same of the known periods before, oldest first
    feeds        feeds that were polled in the period, feeds_past in those before: twice the feeds, twice the usual
    """
    if len(past) < LEAST_PAST or not feeds:
        return []
    names = {name for counts in (now, *past) for name, count in counts.items() if count}
    limit = min(LIKELIEST, FALSE_ALARMS / max(1, len(names)))
    histories = {name: tuple(counts.get(name, 0) for counts in past) for name in names}
    common = common_dispersion(histories.values(), feeds_past)
    found = []
    for name, count in now.items():
        if count < FLOOR:
            continue
        before = histories[name]
        usual, variance = prediction(before, feeds=feeds, feeds_past=feeds_past, common=common)
        if count > usual and (chance := tail(count, mean=usual, variance=variance)) <= limit:
            found.append(Surge(name, count, usual, before, chance))
    return sorted(found, key=lambda one: (one.chance, -one.publishers, one.entity))


def prediction(
    past: Sequence[int], *, feeds: int, feeds_past: Sequence[int], common: float = 1.0
) -> tuple[float, float]:
    """Return mean and variance of the next count after `past`; the variance is above the mean always.

    common   dispersion of all names, the least that this one is given
    """
    watched = sum(feeds_past)
    mean = (PRIOR + sum(past)) / watched * feeds
    own = 1.0 if not any(past) else _pearson(past, feeds_past) / (len(past) - 1)
    return mean, mean * (1 + feeds / watched) * max(1.0, common, own)


def common_dispersion(histories: Iterable[Sequence[int]], feeds_past: Sequence[int]) -> float:
    """Return by how much the counts of all names vary more than Poisson ones, at least 1.

    Eight counts of a rare name say next to nothing of how it bursts; those of all names together do.
    """
    off, freedom = 0.0, 0
    for past in histories:
        if any(past):
            off += _pearson(past, feeds_past)
            freedom += len(past) - 1
    return max(1.0, off / freedom) if freedom else 1.0


def _pearson(past: Sequence[int], feeds_past: Sequence[int]) -> float:
    """Return Pearson's statistic of counts that are not all 0; over its degrees of freedom it is their dispersion."""
    rate = sum(past) / sum(feeds_past)
    return sum((count - rate * feeds) ** 2 / (rate * feeds) for count, feeds in zip(past, feeds_past, strict=True))


def tail(count: int, *, mean: float, variance: float) -> float:
    """Return the chance that a negative binomial of this mean and variance is `count` or more."""
    size, success = mean**2 / (variance - mean), mean / variance
    below = sum(
        math.exp(
            math.lgamma(k + size)
            - math.lgamma(size)
            - math.lgamma(k + 1)
            + size * math.log(success)
            + k * math.log1p(-success)
        )
        for k in range(count)
    )
    return max(0.0, 1.0 - below)


def usual_range(past: Sequence[int]) -> tuple[int, int] | None:
    """Return between which counts the past ones lie, but for the lowest and highest; None when too few are known."""
    if len(past) < LEAST_PAST:
        return None
    middle = sorted(past)[1:-1]
    return middle[0], middle[-1]
