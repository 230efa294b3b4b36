"""Rules and documents for tests: drawn at random, and judged by the plainest reading of the rule language.

Documents are rows of words of one letter; a full stop ends a sentence. The entities are single letters; `ab` is the two
words "a b", so that places overlap, `aa` stands wherever `a` does, so that two names share their words, and `over` runs
over the end of a sentence.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from hypothesis import strategies as st

from monitor.core.evaluate import Facts, Occurrence, Window
from monitor.core.expressions import (
    And,
    Count,
    Expression,
    Near,
    Not,
    Or,
    Phrase,
    Ref,
    Reference,
    RefKind,
    Sentence,
    Title,
    stands,
)
from monitor.core.types import Document, Field

NAMES = {"a": "a", "aa": "a", "b": "b", "c": "c", "ab": "a b", "over": r"b \. a"}
"""The words of each entity."""

TAGGED = {"t": ("a", "aa", "b"), "u": ("c", "ab", "over"), "none": ()}
PHRASES = ("a", "b c", "d")
FIELDS: tuple[Field, ...] = ("title", "text")


def reference(kind: RefKind, value: str) -> Ref:
    """Return a reference at no particular column."""
    return Ref(Reference(kind, value, 0))


IDS = {reference("id", name).reference: frozenset({name}) for name in NAMES} | {
    reference("tag", tag).reference: frozenset(names) for tag, names in TAGGED.items()
}


def facts_of(document: Document) -> Facts:
    """Return the facts of a document of words of one letter."""
    sought = {**NAMES, **{f'"{phrase}"': phrase for phrase in PHRASES}}
    found = {name: list(_occurrences(name, words, document)) for name, words in sought.items()}
    return Facts(
        document,
        {name: each for name, each in found.items() if each},
        IDS,
        lambda field: sentences_of(document, field),
        lambda field, offset: len(re.findall(r"\w", getattr(document, field)[:offset])),
    )


def _occurrences(name: str, words: str, document: Document) -> Iterable[Occurrence]:
    for field in FIELDS:
        for one in re.finditer(rf"(?=\b({words})\b)", getattr(document, field)):
            yield Occurrence(name, field, one.start(1), one.end(1), one[1])


def sentences_of(document: Document, field: Field) -> list[Window]:
    """Return the title as one sentence, the text cut behind its full stops."""
    if field == "title":
        return [Window("title", 0, len(document.title))]
    ends = [0, *(one.end() for one in re.finditer(r"\.", document.text)), len(document.text)]
    return [Window("text", start, end) for start, end in pairwise(ends)]


ROWS = st.lists(st.sampled_from(["a", "a", "b", "c", "d", "a b", "b c", "b . a", "x", "."]), max_size=14).map(" ".join)
DOCUMENTS = st.builds(Document, st.just("1"), ROWS, ROWS, st.sampled_from([None, "ur", "ar-SA"]))

LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.sampled_from([reference("id", name) for name in NAMES]),
    st.sampled_from([reference("tag", tag) for tag in TAGGED]),
    st.sampled_from([Phrase(phrase, 0) for phrase in PHRASES]),
    st.sampled_from([reference("lang", "ar"), reference("feed", "Dawn News")]),
)


def _composed(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    placed = parts.filter(stands)
    return st.one_of(
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Not, parts),
        st.builds(Near, placed, placed, st.integers(1, 4)),
        st.builds(Sentence, st.lists(parts, min_size=1, max_size=3).map(tuple)),
        st.builds(Title, parts),
        st.builds(Count, placed, st.integers(1, 3)),
    )


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(LEAVES, _composed, max_leaves=8)

Spot = tuple[Field, int, int]


def plain_spots(expression: Expression, facts: Facts, window: Window) -> set[Spot] | None:
    """Return where an expression stands within a window, None where it does not hold, by trying everything."""
    match expression:
        case Ref(Reference("lang", value)):
            return set() if (facts.document.lang or "").startswith(value) else None
        case Ref(Reference("feed")):
            return None
        case Ref(named):
            return _inside([one for name in IDS[named] for one in facts.found.get(name, ())], window)
        case Phrase():
            return _inside(facts.found.get(f'"{expression.text}"', ()), window)
        case And(parts):
            each = [plain_spots(part, facts, window) for part in parts]
            return None if None in each else {spot for spots in each for spot in spots or ()}
        case Or(parts):
            each = [plain_spots(part, facts, window) for part in parts]
            return {spot for spots in each for spot in spots or ()} if any(one is not None for one in each) else None
        case Not(part):
            return set() if plain_spots(part, facts, window) is None else None
        case Near(left, right, words):
            near = [
                {one, other}
                for one in plain_spots(left, facts, window) or ()
                for other in plain_spots(right, facts, window) or ()
                if one != other and one[0] == other[0] and _words_apart(one, other, facts) <= words
            ]
            return set().union(*near) or None
        case Sentence(parts):
            inner = [
                spots
                for field in FIELDS
                for one in facts.sentences(field)
                if one.start < one.end and _contains(window, one.field, one.start, one.end)
                if (spots := plain_spots(And(parts), facts, one)) is not None
            ]
            return set().union(*inner) if inner else None
        case Title(part):
            title = window if window.field else Window("title", 0, len(facts.document.title))
            return plain_spots(part, facts, title) if window.field != "text" else None
        case Count(part, least):
            spots = plain_spots(part, facts, window)
            return spots if spots is not None and len(spots) >= least else None
    return None


def _contains(window: Window, field: Field | None, start: int, end: int) -> bool:
    return window.field is None or (window.field == field and window.start <= start and end <= window.end)


def _inside(found: Iterable[Occurrence], window: Window) -> set[Spot] | None:
    return {
        (one.field, one.start, one.end) for one in found if _contains(window, one.field, one.start, one.end)
    } or None


def _words_apart(one: Spot, other: Spot, facts: Facts) -> int:
    first, second = sorted((one, other))
    return max(0, facts.word_at(second[0], second[1]) - max(facts.word_at(first[0], first[2] - 1), 0))
