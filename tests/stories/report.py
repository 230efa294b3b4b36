"""How well reports are joined into stories: precision and recall over pairs, and the worst mistakes.

    python -m tests.stories.report [dev|wide|held|fresh|last] [--table]

Reports are joined as the product does it, in order of time; then pairs of them are counted. held is for measuring alone:
whoever works on the joining looks at its table, never at its mistakes.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations

from tests.stories.stream import Figures, Report, in_one_week, joined, measure, read_reports

LANGUAGES = ("ar", "de", "en", "fa", "fr", "hi", "ps", "ru", "ur")
KINDS = ("own", "copy", "rewrite")

MISTAKES = 20
"""Pairs of events that are printed."""


def table(reports: Sequence[Report], stories: Sequence[int]) -> str:
    """Return the figures as text: of all pairs, within and across languages, by language, and of copies."""
    rows = [
        ("all", measure(reports, stories)),
        ("within a language", measure(reports, stories, which=lambda one, other: one.lang == other.lang)),
        ("across languages", measure(reports, stories, which=lambda one, other: one.lang != other.lang)),
    ]
    rows += [(f"with {lang}", measure(reports, stories, which=partial(_any_is, "lang", lang))) for lang in LANGUAGES]
    rows += [(f"with a {kind}", measure(reports, stories, which=partial(_any_is, "kind", kind))) for kind in KINDS]
    head = f"{'pairs':<20} {'precision':>9} {'recall':>7} {'right':>6} {'mixed':>6} {'torn':>6}"
    return "\n".join([head, *(_row(name, figures) for name, figures in rows)])


def _any_is(name: str, value: str, one: Report, other: Report) -> bool:
    """Return whether one of two reports is of a language or kind."""
    return value in (getattr(one, name), getattr(other, name))


def _row(name: str, figures: Figures) -> str:
    """Return a row of the table."""
    shares = f"{figures.precision:>9.3f} {figures.recall:>7.3f}"
    return f"{name:<20} {shares} {figures.right:>6} {figures.mixed:>6} {figures.torn:>6}"


def mistakes(reports: Sequence[Report], stories: Sequence[int]) -> Iterator[str]:
    """Yield the events that were mixed and those that were torn, with most pairs first."""
    mixed, torn = Counter[tuple[str, str]](), Counter[str]()
    for (one, here), (other, there) in combinations(zip(reports, stories, strict=True), 2):
        if here == there and one.event != other.event:
            mixed[one.event, other.event] += 1
        if here != there and one.event == other.event:
            torn[one.event] += 1
    yield from (f"mixed  {pairs:>3}  {one} with {other}" for (one, other), pairs in mixed.most_common(MISTAKES))
    for event, pairs in torn.most_common(MISTAKES):
        yield f"torn   {pairs:>3}  {event}"
        told = [(story, report) for report, story in zip(reports, stories, strict=True) if report.event == event]
        yield from (f"              {story:>4} {report.lang} {report.title}" for story, report in told)


def main() -> None:
    """Print the table and the mistakes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default="dev", choices=("dev", "wide", "held", "fresh", "last"))
    parser.add_argument("--table", action="store_true", help="only the table")
    parser.add_argument("--one-week", action="store_true", help="as if all had happened in one week")
    asked = parser.parse_args()
    reports = read_reports(asked.part)
    reports = in_one_week(reports) if asked.one_week else reports
    stories = joined(reports)
    if not asked.table and asked.part == "dev":
        print(*mistakes(reports, stories), sep="\n", end="\n\n")
    print(table(reports, stories))


if __name__ == "__main__":
    main()
