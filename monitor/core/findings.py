"""What a check of watchlists finds, and the examples that it runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from monitor.core.types import Document


class Level(StrEnum):
    """How bad a finding is, worst first."""

    ERROR = "error"  # it does not do what it says
    WARNING = "warning"  # it will wake people for nothing, or has no effect
    NOTE = "note"  # worth a look

    @property
    def rank(self) -> int:
        """Return 0 for the worst."""
        return list(Level).index(self)


CODES: Mapping[str, Level] = {
    "invalid": Level.ERROR,
    "example-fails": Level.ERROR,
    "rule-never": Level.ERROR,
    "rule-always": Level.ERROR,
    "context-never": Level.ERROR,
    "alias-never": Level.ERROR,
    "entity-never": Level.ERROR,
    "rule-without-words": Level.WARNING,
    "duplicate-alias": Level.WARNING,
    "idle-context": Level.WARNING,
    "shared-alias": Level.WARNING,
    "short-alias": Level.WARNING,
    "common-word": Level.WARNING,
    "idle-neighbour": Level.WARNING,
    "mixed-script": Level.WARNING,
    "pattern-alias": Level.WARNING,
    "no-alias": Level.WARNING,
    "common-words": Level.NOTE,
    "no-example": Level.NOTE,
    "idle-ignore": Level.NOTE,
}
"""Every code and its level; docs/watchlists.md says what each means."""

IGNORABLE = frozenset(code for code, level in CODES.items() if level is not Level.ERROR) - {"idle-ignore"}
"""Codes that an author may silence with a reason; errors are mended."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about: an entity or a rule by id, or one of an entity's aliases by its position."""

    kind: Literal["entity", "rule"]
    id: str
    alias: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a watchlist.

    what, advice   what is wrong; the cure
    subject        what it is about, None for a file that cannot be read
    file, line     where it stands, as far as whoever made the finding knows
    """

    code: str
    what: str
    advice: str
    subject: Subject | None = None
    file: str = ""
    line: int | None = None

    @property
    def level(self) -> Level:
        """Return how bad it is."""
        return CODES[self.code]


@dataclass(frozen=True, slots=True)
class Example:
    """A piece of news beside a rule or an entity: the rule must, or must not, hold, or the entity be mentioned.

    rule, entity   id of the one below which it stands; the other is None
    file, line     where it stands
    """

    rule: str | None
    entity: str | None
    document: Document
    holds: bool
    file: str
    line: int | None

    @property
    def text(self) -> str:
        """Return its words."""
        return " / ".join(filter(None, (self.document.title, self.document.text)))
