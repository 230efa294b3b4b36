"""Whether an expression holds for a document, and which words made it hold.

An expression is asked within a window: the whole item, its title, or one sentence. It answers with its evidence, the
occurrences that made it hold, or with None. NOT holds without evidence.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from monitor.core.rules import And, Count, Expression, Near, Not, Or, Phrase, Ref, Reference, Sentence, Title
from monitor.core.types import Document, Field, Mention

Evidence = tuple["Occurrence", ...]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A mention or a phrase in the text, with the numbers of its first and last word in its field.

    name   what it stands for in `why`: an entity's id, or "" for a phrase
    """

    mention: Mention
    name: str
    first_word: int
    last_word: int


@dataclass(frozen=True, slots=True)
class Window:
    """Where to look: a part of a field, or everywhere with `field` None."""

    field: Field | None = None
    start: int = 0
    end: int = 0

    def holds(self, mention: Mention) -> bool:
        """Return whether a mention lies inside."""
        return self.field is None or (
            mention.field == self.field and self.start <= mention.start and mention.end <= self.end
        )


EVERYWHERE = Window()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document when rules are asked.

    document    the document
    found       occurrences by entity id and by phrase (the phrase in quotes), in order of field and offset
    ids         what references to entities stand for
    sentences   returns the sentences of a field as windows
    """

    document: Document
    found: Mapping[str, Sequence[Occurrence]]
    ids: Mapping[Reference, frozenset[str]]
    sentences: Callable[[Field], Sequence[Window]]


def evaluate(expression: Expression, facts: Facts, window: Window = EVERYWHERE) -> Evidence | None:
    """Return the evidence for `expression` within `window`, or None when it does not hold."""
    match expression:
        case Ref(Reference("feed" | "lang")):
            return () if _selects(expression.reference, facts.document) else None
        case Ref() | Phrase():
            return tuple(occurrences(expression, facts, window))[:1] or None
        case And(parts):
            return _all(parts, facts, window)
        case Or(parts):
            return next((found for part in parts if (found := evaluate(part, facts, window)) is not None), None)
        case Not(part):
            return () if evaluate(part, facts, window) is None else None
        case Near(left, right, words):
            return _near(left, right, words, facts, window)
        case Sentence(parts):
            return _in_sentence(parts, facts, window)
        case Title(part):
            inside = Window("title", 0, len(facts.document.title))
            return evaluate(part, facts, inside) if window.field != "text" else None
        case Count(part, least):
            found = tuple(occurrences(part, facts, window))
            return found if len(found) >= least else None


def occurrences(expression: Expression, facts: Facts, window: Window) -> Iterator[Occurrence]:
    """Yield the places within `window` where an expression stands: those of its names and phrases, NOT aside."""
    match expression:
        case Ref(reference):
            ids = sorted(facts.ids.get(reference, ()))
            found = chain.from_iterable(facts.found.get(one, ()) for one in ids)
            ordered = sorted(found, key=lambda one: (one.mention.field != "title", one.mention.start))
            yield from (one for one in ordered if window.holds(one.mention))
        case Phrase(text):
            yield from (one for one in facts.found.get(f'"{text}"', ()) if window.holds(one.mention))
        case Not():
            return
        case And() | Near() | Sentence() | Title():
            yield from evaluate(expression, facts, window) or ()
        case Or(parts):
            for part in parts:
                yield from occurrences(part, facts, window)
        case Count(part, _):
            yield from occurrences(part, facts, window)


def _selects(reference: Reference, document: Document) -> bool:
    """Return whether a document is in a language, or from a feed with that name or tag; case does not matter."""
    wanted = reference.value.casefold()
    if reference.kind == "lang":
        lang = (document.lang or "").casefold()
        return lang == wanted or lang.startswith(wanted + "-")
    return wanted in {document.feed.casefold(), *(tag.casefold() for tag in document.feed_tags)}


def _all(parts: Sequence[Expression], facts: Facts, window: Window) -> Evidence | None:
    """Return the evidence of all parts, or None when one does not hold."""
    evidence: Evidence = ()
    for part in parts:
        found = evaluate(part, facts, window)
        if found is None:
            return None
        evidence += found
    return evidence


def _near(left: Expression, right: Expression, words: int, facts: Facts, window: Window) -> Evidence | None:
    """Return the first two occurrences, one of each side, with at most `words` - 1 words between them."""
    others = list(occurrences(right, facts, window))
    for one in occurrences(left, facts, window):
        for other in others:
            if one.mention.field == other.mention.field and _distance(one, other) <= words:
                return (one, other)
    return None


def _distance(one: Occurrence, other: Occurrence) -> int:
    """Return how many words lie from one occurrence to another: 1 for neighbours, 0 when they overlap."""
    first, second = sorted((one, other), key=lambda each: each.first_word)
    return max(0, second.first_word - first.last_word)


def _in_sentence(parts: Sequence[Expression], facts: Facts, window: Window) -> Evidence | None:
    """Return the evidence of all parts from the first sentence in which they hold."""
    fields: tuple[Field, ...] = ("title", "text") if window.field is None else (window.field,)
    for field in fields:
        for sentence in facts.sentences(field):
            if window.field is None or (window.start <= sentence.start and sentence.end <= window.end):
                found = _all(parts, facts, sentence)
                if found is not None:
                    return found
    return None
