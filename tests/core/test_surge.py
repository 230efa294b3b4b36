"""When a name is told far more than usual, and how often that is said by chance."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.surge import FLOOR, LEAST_PAST, PAST, Surge, prediction, surges, tail, usual_range

FEEDS = 30
QUIET = [0] * PAST


def found(now: dict[str, int], *past: dict[str, int], feeds: int = FEEDS, before: int = FEEDS) -> list[Surge]:
    """Return the surges of a period after those of the past."""
    return surges(now, past, feeds=feeds, feeds_past=[before] * len(past))


def test_a_name_that_nobody_told_for_two_months_surges_with_three_publishers_and_not_with_two() -> None:
    [one] = found({"khar": FLOOR}, *[{}] * PAST)
    assert (one.entity, one.publishers, one.past) == ("khar", 3, (0,) * PAST)
    assert one.chance < 0.001
    assert found({"khar": 2}, *[{}] * PAST) == []


def test_a_name_that_is_told_every_week_surges_when_it_is_told_twice_as_much() -> None:
    past = [{"kabul": count} for count in (10, 8, 12, 9, 11, 10, 7, 13)]
    assert found({"kabul": 13}, *past) == []
    [one] = found({"kabul": 25}, *past)
    assert 9 < one.usual < 12
    assert usual_range(one.past) == (8, 12)


def test_a_name_whose_news_always_come_in_bursts_needs_more() -> None:
    steady = [{"swat": 5} for _ in range(PAST)]
    bursts = [{"swat": count} for count in (0, 19, 0, 0, 21, 0, 0, 0)]
    assert found({"swat": 18}, *steady)
    assert found({"swat": 18}, *bursts) == []


def test_many_more_feeds_make_no_surge() -> None:
    past = [{"kabul": 4} for _ in range(PAST)]
    assert found({"kabul": 16}, *past)
    assert found({"kabul": 16}, *past, feeds=4 * FEEDS) == []


def test_of_a_past_too_short_nothing_is_called_usual() -> None:
    assert found({"khar": 50}, *[{}] * (LEAST_PAST - 1)) == []
    assert usual_range([1, 2, 3]) is None


def test_the_least_likely_comes_first() -> None:
    names = {"a": 3, "b": 9, "c": 5}
    assert [one.entity for one in found(names, *[{}] * PAST)] == ["b", "c", "a"]


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 200), st.floats(1.01, 6), st.integers(0, 300))
def test_the_tail_is_a_chance_that_falls_with_the_count(mean: float, wider: float, count: int) -> None:
    chances = [tail(number, mean=mean, variance=mean * wider) for number in (count, count + 1)]
    assert 0 <= chances[1] <= chances[0] <= 1
    assert tail(0, mean=mean, variance=mean * wider) == 1


def test_the_tail_is_that_of_a_negative_binomial() -> None:
    drawn = np.random.default_rng(1).negative_binomial(4, 0.4, 200_000)  # mean 6, variance 15
    for count in (3, 10, 20):
        assert tail(count, mean=6, variance=15) == pytest.approx((drawn >= count).mean(), abs=0.004)


def test_a_prediction_is_wider_than_its_mean_and_follows_the_feeds() -> None:
    mean, variance = prediction(QUIET, feeds=FEEDS, feeds_past=[FEEDS] * PAST)
    assert mean == pytest.approx(0.5 / PAST)
    assert variance == pytest.approx(mean * (1 + 1 / PAST))
    assert prediction([4] * PAST, feeds=2 * FEEDS, feeds_past=[FEEDS] * PAST)[0] == pytest.approx(65 / PAST)


@pytest.mark.parametrize(
    ("names", "dispersion", "most"),
    [
        (10, 1.0, 0.1),
        pytest.param(139, 1.0, 0.1, marks=pytest.mark.slow),
        pytest.param(139, 2.0, 0.25, marks=pytest.mark.slow),
    ],
)
def test_by_chance_alone_a_digest_calls_a_surge_seldom(names: int, dispersion: float, most: float) -> None:
    """Names of which some are told once in twenty weeks and some by twenty publishers a week, and nothing ever happens."""
    random, digests = np.random.default_rng(7), 120
    rates = np.exp(random.uniform(math.log(0.05), math.log(20), names))
    false = 0
    for _ in range(digests):
        if dispersion == 1:
            drawn = random.poisson(rates, (PAST + 1, names))
        else:
            drawn = random.negative_binomial(rates / (dispersion - 1), 1 / dispersion, (PAST + 1, names))
        counts = [{str(name): int(one) for name, one in enumerate(row)} for row in drawn]
        false += len(found(counts[-1], *counts[:-1]))
    assert false / digests <= most
