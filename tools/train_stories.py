"""Find the weights of core/stories.py.

    python -m tools.train_stories > monitor/core/story_weights.py
    python -m tools.train_stories --left-out

Pairs of reports of tests/stories/dev.yaml, once at their own times, once with all families moved into one week, so that
reports of unrelated events meet as often as in a day of news, and once with all of these moved into one district, so
that two attacks on one place are learnt to be two. A logistic model with a ridge, fitted by Newton's
method; what speaks for one story weighs nothing less than 0, what speaks against it nothing more, whatever these few
hundred reports say. The ridge, how a story's reports are weighed together, and the odds from which a report joins
(JOIN_AT, which is set by hand in the module and kept) were chosen by --left-out. held.yaml is never read.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from monitor.core.comparisons import AGAINST, FOR, FREE, compare
from monitor.core.sketches import Sketch
from monitor.core.stories import SHIPPED, Model, decide
from tests.stories.stream import Figures, Report, in_one_district, in_one_week, joined, measure, read_reports

RIDGE = 1.0
HARD = 2.0
"""Weight of a pair of two events of one family; pairs of unrelated events, of which there are many, weigh half."""

FOLDS = 5
"""Parts of the families, of which one at a time is left out."""

SHUFFLES = 3
"""Ways to part them; figures are over all."""

ODDS = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0)

APART_HOURS = 100
"""Pairs further apart never meet."""

CLOSE = 1e-5
"""A step so short is the last."""

VIEWS: Mapping[str, tuple[Callable[[Sequence[Report]], list[Report]], float]] = {
    "as labelled": (list, 1.0),
    "in one week": (in_one_week, 1.0),
    "in one district": (in_one_district, 0.3),
}
"""The reports as they are trained with and judged by, and what their pairs weigh: no district has ten attacks a day."""

NAMES = (*FREE, *(name for reason in (*FOR, *AGAINST) for name in reason.names))
LEAST = np.array([0.0 if any(name in one.names for one in FOR) else -np.inf for name in NAMES])
MOST = np.array([0.0 if any(name in one.names for one in AGAINST) else np.inf for name in NAMES])
"""Bounds of the weights, in the order of NAMES."""

Floats = npt.NDArray[np.float64]


def pairs(reports: Sequence[Report]) -> list[tuple[Report, Report]]:
    """Return pairs of reports that may meet, later one first."""
    ordered = sorted(reports, key=lambda one: one.sketch.at)
    return [
        (later, earlier)
        for place, later in enumerate(ordered)
        for earlier in ordered[:place]
        if (later.sketch.at - earlier.sketch.at).total_seconds() <= APART_HOURS * 3600
    ]


def table(found: Sequence[tuple[Report, Report]]) -> tuple[Floats, Floats, Floats]:
    """Return for each pair its comparisons in the order of NAMES, whether it is one event, and its weight."""
    compared = [compare(later.sketch, earlier.sketch) for later, earlier in found]
    values = np.array([[one[name] for name in NAMES] for one in compared])
    same = np.array([later.event == earlier.event for later, earlier in found])
    near = np.array([later.family == earlier.family for later, earlier in found])
    return values, same.astype(float), np.where(same, 1.0, np.where(near, HARD, 0.5))


def fit(values: Floats, labels: Floats, weights: Floats) -> Floats:
    """Return the weights, within LEAST and MOST, of a logistic model with a ridge."""
    found = np.zeros(values.shape[1])
    for _ in range(40):
        chances = 1 / (1 + np.exp(-np.clip(values @ found, -30, 30)))
        slope = values.T @ (weights * (labels - chances)) - RIDGE * found
        curve = (values * (weights * chances * (1 - chances))[:, None]).T @ values + RIDGE * np.eye(len(found))
        step = bounded_step(slope, curve, least=LEAST - found, most=MOST - found)
        found += step
        if np.abs(step).max() < CLOSE:
            break
    return found


def bounded_step(slope: Floats, curve: Floats, *, least: Floats, most: Floats) -> Floats:
    """Return the step within bounds to the top of a parabola, one coordinate after the other until none moves."""
    step = np.zeros(len(slope))
    for _ in range(200):
        before = step.copy()
        for at in range(len(step)):
            moved = step[at] + (slope[at] - curve[at] @ step) / curve[at, at]
            step[at] = min(max(moved, least[at]), most[at])
        if np.abs(step - before).max() < CLOSE:
            break
    return step


def trained(reports: Sequence[Report]) -> Model:
    """Return the model that these reports give."""
    tables = [(*table(pairs(view(reports))), share) for view, share in VIEWS.values()]
    values, labels, weights = (np.concatenate([one[column] for one in tables]) for column in range(3))
    shares = np.concatenate([np.full(len(labels), share) for _, labels, _, share in tables])
    found = fit(values, labels, weights * shares)
    return replace(SHIPPED, weights=dict(zip(NAMES, (round(float(one), 3) + 0.0 for one in found), strict=True)))


def left_out(reports: Sequence[Report]) -> Iterator[str]:
    """Yield the figures at some odds, each report joined by a model that knows no event of its fold."""
    families = sorted({one.family for one in reports})
    streams = {title: view(reports) for title, (view, _) in VIEWS.items()}
    found: dict[tuple[str, float], list[Figures]] = {}
    for shuffle in range(SHUFFLES):
        order = np.random.default_rng(shuffle).permutation(len(families))
        fold = {families[family]: place % FOLDS for place, family in enumerate(order)}
        models = [trained([one for one in reports if fold[one.family] != number]) for number in range(FOLDS)]
        for title, stream in streams.items():
            by_sketch = {id(one.sketch): models[fold[one.family]] for one in stream}
            for odds in ODDS:
                figures = measure(stream, joined(stream, partial(_decide, by_sketch, odds)))
                found.setdefault((title, odds), []).append(figures)
    for (title, odds), each in found.items():
        precision, recall = (np.mean([getattr(one, name) for one in each]) for name in ("precision", "recall"))
        yield f"{title}, joined from {odds:5.2f}: precision {precision:.3f}, recall {recall:.3f}"


def _decide(
    models: Mapping[int, Model], odds: float, report: Sketch, stories: Mapping[int, Sequence[Sketch]]
) -> int | None:
    """Return the story of a report by the model of its fold."""
    return decide(report, stories, model=replace(models[id(report)], join_at=odds))


def module(model: Model) -> str:
    """Return the text of the module that holds a model."""
    weights = "\n".join(f'    "{name}": {value},' for name, value in model.weights.items())
    return (
        '"""How comparisons of reports are weighed (stories.py), as tools/train_stories.py found it."""\n\n'
        f"JOIN_AT = {model.join_at}\n"
        '"""Logarithm of the odds from which a report joins a story."""\n\n'
        f"WEIGHTS = {{\n{weights}\n}}\n"
        '"""Of each comparison of two reports."""\n'
    )


def main() -> None:
    """Print the module, or how it does on families it was not trained with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--left-out", action="store_true", help="print figures over families that were left out")
    reports = read_reports("dev")
    if parser.parse_args().left_out:
        print(*left_out(reports), sep="\n")
    else:
        print(module(trained(reports)), end="")


if __name__ == "__main__":
    main()
