"""What is known of a document when rules are asked, laid out so that any part of it is found by bisection.

Title and text lie on one line of offsets, the title first, with one offset between them. So a place, a sentence or any
other window is a start and an end on that line, fields need no comparing, and a list of places has one order. Words are
numbered along the line as well, those of the text so far from those of the title that none is near another.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from monitor.core.expressions import Expression, Or, Phrase, Ref, Reference
from monitor.core.types import Document, Field, Tier

_TEXT_WORDS = 1 << 40
"""Number of the text's first word on the line: no title has as many, no NEAR reaches as far."""

END = 1 << 60
"""An offset behind everything."""


class Occurrence(NamedTuple):
    """A place where a name or a phrase stands: `getattr(document, field)[start:end] == surface`.

    name   the entity's id, or the phrase in quotes
    """

    name: str
    field: Field
    start: int
    end: int
    surface: str
    tier: Tier = Tier.EXACT


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a field, such as a sentence; everywhere with `field` None."""

    field: Field | None = None
    start: int = 0
    end: int = 0


EVERYWHERE = Window()

Span = tuple[int, int]
"""Start and end of a window on the line."""

Place = tuple[int, int, Occurrence]
"""Start and end on the line, and what stands there. Two occurrences on the same words are one place."""


class Places:
    """All places of a name, of a phrase, or of an OR of them; in order of start, then end, each once."""

    __slots__ = ("_starts", "found")

    def __init__(self, found: list[Place]) -> None:
        self.found = found
        self._starts = [place[0] for place in found]

    def __len__(self) -> int:
        return len(self.found)

    def first(self, start: int, end: int) -> Place | None:
        """Return the first place within a window."""
        found, starts = self.found, self._starts
        at = bisect_left(starts, start)
        while at < len(starts) and starts[at] < end:
            if found[at][1] <= end:
                return found[at]
            at += 1
        return None

    def within(self, start: int, end: int) -> list[Place]:
        """Return the places within a window."""
        first = bisect_left(self._starts, start)
        last = bisect_left(self._starts, end, first)
        return [place for place in self.found[first:last] if place[1] <= end]

    def next_start(self, offset: int) -> int:
        """Return where the first place at or after an offset starts; END when none does."""
        at = bisect_left(self._starts, offset)
        return self._starts[at] if at < len(self._starts) else END


_NOWHERE = Places([])


class Names:
    """The names that an entity's id, a selector, a phrase or an OR of them stands for.

    They are the same for all documents, so one of these is made for all; it keeps what it worked out.

    ids   what references to entities stand for; `feed:` and `lang:` are not in it
    """

    __slots__ = ("_known", "ids")

    def __init__(self, ids: Mapping[Reference, frozenset[str]]) -> None:
        self.ids = ids
        self._known: dict[int, tuple[Expression, frozenset[str] | None]] = {}

    def of(self, expression: Expression) -> frozenset[str] | None:
        """Return the names, of which one is enough; None for any other expression."""
        known = self._known.get(id(expression))
        if known is None:  # the expression is kept with its names, so that its id is not given to another
            known = self._known[id(expression)] = (expression, self._work_out(expression))
        return known[1]

    def _work_out(self, expression: Expression) -> frozenset[str] | None:
        match expression:
            case Ref(reference):
                return None if reference.of_item else self.ids.get(reference, frozenset())
            case Phrase():
                return frozenset({expression.key})
            case Or(parts):
                each = [self.of(part) for part in parts]
                return None if None in each else frozenset().union(*(names for names in each if names))
        return None


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known of a document. What is worked out from it is kept, so use one for all rules asked about it.

    document    the document
    found       occurrences by entity id and by phrase (the phrase in quotes), in order of field (title first) and start
    ids         what references to entities stand for, as a mapping or, to work it out once for many documents, as Names
    sentences   returns the sentences of a field, in order, none overlapping another; a title is one
    word_at     returns the number of the word at an offset of a field, counted from 0
    """

    document: Document
    found: Mapping[str, Sequence[Occurrence]]
    ids: Mapping[Reference, frozenset[str]] | Names
    sentences: Callable[[Field], Sequence[Window]]
    word_at: Callable[[Field, int], int]
    _places: dict[int, tuple[Expression, Places | None]] = field(default_factory=dict, init=False, repr=False)
    _by_names: dict[frozenset[str], Places] = field(default_factory=dict, init=False, repr=False)
    memo: dict[int, tuple[Expression, tuple[Occurrence, ...] | None]] = field(
        default_factory=dict, init=False, repr=False
    )

    @cached_property
    def _names(self) -> Names:
        """Return what references stand for, with what was worked out of it."""
        return self.ids if isinstance(self.ids, Names) else Names(self.ids)

    @cached_property
    def text_start(self) -> int:
        """Return where the text starts on the line; the title ends one before."""
        return len(self.document.title) + 1

    def span(self, window: Window) -> Span:
        """Return a window as start and end on the line."""
        if window.field is None:
            return 0, END
        shift = self.text_start if window.field == "text" else 0
        return window.start + shift, window.end + shift

    def first_word(self, one: Occurrence) -> int:
        """Return the number of the first word of an occurrence on the line."""
        return self.word_at(one.field, one.start) + (_TEXT_WORDS if one.field == "text" else 0)

    def last_word(self, one: Occurrence) -> int:
        """Return the number of the last word of an occurrence on the line."""
        return self.word_at(one.field, one.end - 1) + (_TEXT_WORDS if one.field == "text" else 0)

    def places(self, expression: Expression) -> Places | None:
        """Return all places of an entity, a phrase or an OR of them; None for any other expression."""
        known = self._places.get(id(expression))
        if known is None:  # the expression is kept with its places, so that its id is not given to another
            known = self._places[id(expression)] = (expression, self._gather(expression))
        return known[1]

    def _gather(self, expression: Expression) -> Places | None:
        """Return what `places` does, worked out; the same names share their places, whichever rule asks."""
        names = self._names.of(expression)
        if names is None:
            return None
        key = frozenset(self.found.keys() & names)
        if not key:
            return _NOWHERE
        known = self._by_names.get(key)
        if known is None:
            shift = {"title": 0, "text": self.text_start}
            known = self._by_names[key] = Places(
                merge(
                    [(one.start + shift[one.field], one.end + shift[one.field], one) for one in self.found[name]]
                    for name in key
                )
            )
        return known

    @cached_property
    def _sentences(self) -> tuple[list[int], list[int]]:
        """Return starts and ends of all sentences on the line, empty ones left out."""
        fields: tuple[Field, ...] = ("title", "text")
        spans = [self.span(one) for name in fields for one in self.sentences(name) if one.start < one.end]
        return [start for start, _ in spans], [end for _, end in spans]

    def sentences_in(self, start: int, end: int) -> Iterator[Span]:
        """Yield the sentences within a window."""
        starts, ends = self._sentences
        at = bisect_left(starts, start)
        while at < len(starts) and ends[at] <= end:
            yield starts[at], ends[at]
            at += 1

    def sentences_with(self, places: Places, start: int, end: int) -> Iterator[Span]:
        """Yield the sentences within a window in which one of some places starts.

        The text is not split into sentences before such a place is found.
        """
        offset = places.next_start(start)
        while offset < end:
            starts, ends = self._sentences
            at = bisect_right(starts, offset) - 1
            inside = at >= 0 and offset < ends[at]
            if inside and start <= starts[at] and ends[at] <= end:
                yield starts[at], ends[at]
            offset = places.next_start(ends[at] if inside else offset + 1)


def merge(each: Iterable[Iterable[Place]]) -> list[Place]:
    """Return places in order, each once; of occurrences on the same words the one with the first name."""
    merged: list[Place] = []
    last = (-1, -1)
    for one in sorted(place for places in each for place in places):
        if (one[0], one[1]) != last:
            merged.append(one)
            last = (one[0], one[1])
    return merged
