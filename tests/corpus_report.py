"""Precision and recall of the shipped watchlists over tests/corpus, as a table and with every wrong line.

    python -m tests.corpus_report [--set dev|held] [--table]

The unit is an entity in a line. An entity found that the line does not name is a false positive of the tier of its
surest mention; an entity named but not found is a miss of its label. Themes are left out.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from monitor.config.watchlists import load_watchlists
from monitor.core.matcher import Matcher, compile_matcher
from monitor.core.types import Document, Kind, Tier, entities_by_id

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "tests" / "corpus"
FOLDERS = {
    "shipped": ROOT / "watchlists",
    "blind": ROOT / "watchlists",
    "general": CORPUS / "general" / "watchlists",
}
"""The parts of the corpus and the watchlists that each is read against."""

SETS = ("dev", "held", "blind")
KINDS = ("exact", "case", "variant", "inflected", "false-friend", "negative")
LABELS = ("want", "spelling")


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled line. `want`, `spelling`, `unlisted` give surfaces by entity; what they mean stands in the README."""

    id: str
    part: str
    lang: str
    set: str
    kind: str
    title: str
    text: str
    want: Mapping[str, list[str]]
    spelling: Mapping[str, list[str]]
    unlisted: Mapping[str, list[str]]

    @property
    def named(self) -> frozenset[str]:
        """Return the entities that must be found."""
        return frozenset(self.want) | frozenset(self.spelling)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the matcher made of a line: entities found, with the tier and the surface of their surest mention."""

    line: Line
    found: Mapping[str, tuple[Tier, str]]

    @property
    def false(self) -> frozenset[str]:
        """Return entities found that the line does not name."""
        return frozenset(self.found) - self.line.named - frozenset(self.line.unlisted)

    @property
    def missed(self) -> frozenset[str]:
        """Return entities named that were not found."""
        return self.line.named - frozenset(self.found)


@dataclass(slots=True)
class Tally:
    """Counts over some lines: hits and false positives by tier, misses by label."""

    lines: int = 0
    true: Counter[Tier] = field(default_factory=Counter)
    false: Counter[Tier] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def precision(self, *tiers: Tier) -> float:
        """Return the share of what was found (in these tiers, or in all) that is right; 1 when nothing was found."""
        true, false = (sum(count[tier] for tier in tiers or Tier) for count in (self.true, self.false))
        return true / (true + false) if true + false else 1.0

    def recall(self, *labels: str) -> float:
        """Return the share of what is named (under these labels, or under both) that was found; 1 when nothing is."""
        named, missed = (sum(count[label] for label in labels or LABELS) for count in (self.named, self.missed))
        return 1 - missed / named if named else 1.0


def read_lines(part: str) -> Iterator[Line]:
    """Yield the lines of a part, file by file."""
    folder = CORPUS if part == "shipped" else CORPUS / part
    for file in sorted(folder.glob("*.yaml")):
        for entry in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader):
            yield _line(part, file.stem, entry)


def _line(part: str, lang: str, entry: dict[str, Any]) -> Line:
    labels = {"want": {}, "spelling": {}, "unlisted": {}, "title": "", "text": ""}
    return Line(part=part, lang=lang, **{**labels, **entry})


@cache
def matcher(part: str) -> Matcher:
    """Return the matcher of a part's watchlists."""
    loaded = load_watchlists(FOLDERS[part])
    return compile_matcher(loaded.watchlists, version=loaded.version)


@cache
def watched(part: str) -> frozenset[str]:
    """Return the ids of a part's entities that are no themes."""
    entities = entities_by_id(load_watchlists(FOLDERS[part]).watchlists)
    return frozenset(one.id for one in entities.values() if one.kind is not Kind.THEME)


def read(line: Line) -> Reading:
    """Match a line as an item in the language of its file."""
    result = matcher(line.part).match(Document(line.id, line.title, line.text, line.lang))
    found: dict[str, tuple[Tier, str]] = {}
    for one in result.mentions:
        if one.entity in watched(line.part) and (one.entity not in found or one.tier.rank < found[one.entity][0].rank):
            found[one.entity] = (one.tier, one.surface)
    return Reading(line, found)


@cache
def readings(part: str) -> tuple[Reading, ...]:
    """Return all lines of a part, read."""
    return tuple(read(line) for line in read_lines(part))


def tally(some: Iterable[Reading]) -> Tally:
    """Count over readings."""
    sums = Tally()
    for reading in some:
        sums.lines += 1
        for entity, (tier, _) in reading.found.items():
            sums.true[tier] += entity in reading.line.named
            sums.false[tier] += entity in reading.false
        for label, entities in (("want", reading.line.want), ("spelling", reading.line.spelling)):
            sums.named[label] += len(entities)
            sums.missed[label] += len(reading.missed & set(entities))
    return sums


def table(some: Iterable[Reading]) -> str:
    """Return the figures as text: a row for each part, language and set, then for each part as a whole and all."""
    every = list(some)
    groups: dict[str, list[Reading]] = {}
    for reading in sorted(every, key=lambda one: (one.line.part, one.line.lang, one.line.set)):
        line = reading.line
        groups.setdefault(f"{line.part} {line.lang} {line.set}", []).append(reading)
    for part in FOLDERS:
        for which in SETS:
            groups[f"{part} all {which}"] = [one for one in every if (one.line.part, one.line.set) == (part, which)]
        groups[f"{part} all"] = [one for one in every if one.line.part == part]
    tiers = " ".join(f"{tier + ' tp/fp':>15}" for tier in Tier)
    head = f"{'':<20} {'lines':>5} {tiers} {'miss want':>10} {'spelling':>10} {'precision':>9} {'recall':>7}"
    return "\n".join([head, *(_row(name, tally(group)) for name, group in groups.items() if group), _outside(every)])


def _row(name: str, sums: Tally) -> str:
    tiers = " ".join(f"{f'{sums.true[tier]}/{sums.false[tier]}':>15}" for tier in Tier)
    want, spelling = (f"{sums.missed[label]}/{sums.named[label]}" for label in LABELS)
    figures = f"{sums.precision():>9.3f} {sums.recall():>7.3f}"
    return f"{name:<20} {sums.lines:>5} {tiers} {want:>10} {spelling:>10} {figures}"


def _outside(every: Iterable[Reading]) -> str:
    named = [(reading, entity) for reading in every for entity in reading.line.unlisted]
    found = sum(entity in reading.found for reading, entity in named)
    return f"named in a script or language in which its list has no spelling: {len(named)}, of these found {found}"


def wrong(some: Iterable[Reading]) -> Iterator[str]:
    """Yield a paragraph for each line that was not read rightly."""
    for reading in some:
        line = reading.line
        faults = [f"  + {one} {'/'.join(reading.found[one])!r}" for one in sorted(reading.false)]
        faults += [f"  - {one} {(line.want.get(one) or line.spelling[one])!r}" for one in sorted(reading.missed)]
        if faults:
            words = " | ".join(filter(None, (line.title, line.text)))
            yield "\n".join([f"{line.id} [{line.set}, {line.kind}] {words!r}", *faults])


def main() -> None:
    """Print the wrong lines and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=SETS, help="only lines of this half")
    parser.add_argument("--table", action="store_true", help="only the table")
    asked = parser.parse_args()
    some = [one for part in FOLDERS for one in readings(part) if asked.set in {None, one.line.set}]
    if not asked.table:
        print(*wrong(some), sep="\n\n", end="\n\n")
        print("+ found but not named, - named but not found\n")
    print(table(some))


if __name__ == "__main__":
    main()
