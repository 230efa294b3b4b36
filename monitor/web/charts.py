"""Bars over time, as figures that a template draws in SVG: no script, no style, and a table with the same figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.core.types import Severity

HEIGHT = 72.0
"""Of the tallest bar, in units of the drawing."""

STEP = 12.0
"""From one bar to the next; a quarter of it stays free."""

LEAST = 1.5
"""Of a part of a bar, so that one hit among hundreds is seen."""


@dataclass(frozen=True, slots=True)
class Part:
    """The hits of one severity in a bar: where it is drawn, and how many they are."""

    severity: Severity
    y: float
    height: float
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One span of time; parts lie on each other, the gravest at the bottom."""

    begin: date
    x: float
    total: int
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side; `days` are in each, `most` hits in the tallest."""

    bars: list[Bar]
    days: int
    most: int
    total: int

    @property
    def width(self) -> float:
        """Return the width of the drawing."""
        return STEP * len(self.bars)

    @property
    def height(self) -> float:
        """Return its height."""
        return HEIGHT


def chart(counts: Iterable[tuple[date, Severity, int]], *, end: date, bars: int, days: int = 1) -> Chart:
    """Return the bars of spans of so many days, the last one ending with `end`; what lies outside is left out."""
    begin = end - timedelta(days=bars * days - 1)
    sums: list[dict[Severity, int]] = [{} for _ in range(bars)]
    for day, severity, count in counts:
        if begin <= day <= end:
            bar = sums[(day - begin).days // days]
            bar[severity] = bar.get(severity, 0) + count
    most = max((sum(each.values()) for each in sums), default=0)
    drawn = [
        Bar(begin + timedelta(days=number * days), number * STEP, sum(each.values()), _parts(each, most))
        for number, each in enumerate(sums)
    ]
    return Chart(drawn, days, most, sum(bar.total for bar in drawn))


def _parts(sums: dict[Severity, int], most: int) -> list[Part]:
    """Return the parts of a bar, from the bottom up."""
    parts, y = [], HEIGHT
    heights = _heights([sums.get(severity, 0) for severity in reversed(Severity)], most)
    for severity, height in zip(reversed(Severity), heights, strict=True):
        if height:
            y -= height
            parts.append(Part(severity, round(y, 2), round(height, 2), sums[severity]))
    return parts


def _heights(counts: Sequence[int], most: int) -> list[float]:
    """Return the heights of parts, none so small that it cannot be seen, together no taller than the drawing."""
    heights = [max(HEIGHT * count / most, LEAST) if count else 0.0 for count in counts]
    over = sum(heights) / HEIGHT
    return [height / over for height in heights] if over > 1 else heights
