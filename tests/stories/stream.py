"""The labelled reports as the product meets them: in order of time, with the entities that the shipped watchlists find."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations

from monitor.config.watchlists import load_watchlists
from monitor.core.sketches import Sketch, sketch
from monitor.core.stories import decide, keys
from monitor.core.types import Document, Kind, entities_by_id
from tests.corpus_report import FOLDERS, matcher
from tests.stories.test_data import events_of

NEWEST = 50
"""Reports looked at for each key, as store/stories.py does."""

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Report:
    """A labelled report with its sketch."""

    id: str
    event: str
    family: str
    lang: str
    kind: str
    title: str
    sketch: Sketch


@cache
def read_reports(part: str) -> list[Report]:
    """Return the reports of a file in order of time."""
    found = [
        Report(
            one.id,
            event.event,
            event.family,
            one.lang,
            one.kind,
            one.title,
            sketch(
                one.title, one.text, lang=one.lang, entities=_entities(one.id, one.title, one.text, one.lang), at=one.at
            ),
        )
        for event in events_of(part)
        for one in event.reports
    ]
    return sorted(found, key=lambda report: (report.sketch.at, report.id))


def _entities(id_: str, title: str, text: str, lang: str) -> set[str]:
    """Return the watched entities that the shipped watchlists find, themes left out as in the product."""
    shipped = matcher("shipped")
    found = shipped.match(Document(id_, title, text, lang))
    return {one.entity for one in found.mentions if one.entity not in _themes()}


@cache
def _themes() -> frozenset[str]:
    """Return the themes of the shipped watchlists."""
    entities = entities_by_id(load_watchlists(FOLDERS["shipped"]).watchlists)
    return frozenset(one.id for one in entities.values() if one.kind is Kind.THEME)


def in_one_week(reports: Sequence[Report]) -> list[Report]:
    """Return reports as if all families had been in one week, each at its day of the week and its hour."""
    first = {
        family: min(one.sketch.at for one in reports if one.family == family)
        for family in {one.family for one in reports}
    }
    start = datetime(2024, 1, 1, tzinfo=UTC)
    moved = {family: (at - start) // WEEK * WEEK for family, at in first.items()}
    return sorted((_moved(one, moved[one.family]) for one in reports), key=lambda one: (one.sketch.at, one.id))


def _moved(report: Report, by: timedelta) -> Report:
    days = frozenset(day - by.days for day in report.sketch.days)
    return replace(report, sketch=replace(report.sketch, at=report.sketch.at - by, days=days))


def in_one_district(reports: Sequence[Report]) -> list[Report]:
    """Return reports as if all had been in one week and one district: no two are told apart by where they were."""
    return [replace(one, sketch=_placed(one.sketch)) for one in in_one_week(reports)]


def _placed(report: Sketch) -> Sketch:
    """Return a sketch that names one district wherever it names any place, and its country."""
    district, land = frozenset({"bajaur"}), frozenset({"pk"})
    return replace(
        report,
        scene=report.scene and district,
        places=report.places and district,
        lands=report.lands and land,
        entities=report.entities and district,
    )


Choose = Callable[[Sketch, Mapping[int, Sequence[Sketch]]], int | None]


def joined(reports: Iterable[Report], choose: Choose = decide) -> list[int]:
    """Return the story of each report, in order of time: each joins one that a key leads to, or opens one."""
    stories: list[list[Sketch]] = []
    by_key: dict[int, list[int]] = {}
    found = []
    for report in reports:
        mine = keys(report.sketch)
        near = {number for key in mine for number in by_key.get(key, [])[-NEWEST:]}
        story = choose(report.sketch, {number: stories[number] for number in sorted(near)})
        if story is None:
            story = len(stories)
            stories.append([])
        stories[story].append(report.sketch)
        for key in mine:
            by_key.setdefault(key, []).append(story)
        found.append(story)
    return found


@dataclass(frozen=True, slots=True)
class Figures:
    """Pairs of reports: rightly in one story, wrongly in one, wrongly in two."""

    right: int
    mixed: int
    torn: int

    @property
    def precision(self) -> float:
        """Return the share of pairs in one story that tell the same; 1 when there are none."""
        return self.right / (self.right + self.mixed) if self.right + self.mixed else 1.0

    @property
    def recall(self) -> float:
        """Return the share of pairs that tell the same which are in one story; 1 when there are none."""
        return self.right / (self.right + self.torn) if self.right + self.torn else 1.0


def measure(
    reports: Sequence[Report], stories: Sequence[int], *, which: Callable[[Report, Report], bool] = lambda *_: True
) -> Figures:
    """Count pairs of reports, of all or of some."""
    right = mixed = torn = 0
    for (one, here), (other, there) in combinations(zip(reports, stories, strict=True), 2):
        if which(one, other):
            same, together = one.event == other.event, here == there
            right += same and together
            mixed += together and not same
            torn += same and not together
    return Figures(right, mixed, torn)
