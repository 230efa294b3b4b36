"""Why an expression holds, or why it does not, in the analyst's own words."""

from collections.abc import Iterator, Sequence

from monitor.core.evaluate import Evidence, evaluate, evidence, near, places, within_title
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
    Sentence,
    Title,
    spell,
)
from monitor.core.facts import END, Facts, Occurrence, Span
from monitor.core.types import Document

SHOWN = 6
"""Words quoted, or alternatives told, of one sub-expression; more would not be read."""

SURFACE_CHARS = 60
"""Longest quotation; names are shorter, phrases seldom longer."""


def held(expression: Expression, facts: Facts) -> tuple[str, ...]:
    """Return the sub-expressions that held, from left to right, each with its words; () when the whole does not hold.

    AND and OR are taken apart, every alternative that held is told: 'theme:attack NEAR/25 bajaur: "blast" (text 14),
    "Bajaur" (text 3)', 'NOT "drill"'. Numbers are offsets in the field.
    """
    return tuple(_held(expression, facts))


def _held(expression: Expression, facts: Facts) -> Iterator[str]:
    """Yield what `held` returns."""
    found = evaluate(expression, facts)
    if found is None:
        return
    if isinstance(expression, And | Or):
        for part in expression.parts:
            yield from _held(part, facts)
    elif found:
        words = [f"{_quoted(one)} ({one.field} {one.start})" for one in found[:SHOWN]]
        yield f"{spell(expression)}: {_listed(words, len(found))}"
    else:
        yield spell(expression)


def why_not(expression: Expression, facts: Facts) -> str:
    """Return the first sub-expression that failed and what was found in its stead; "" when the whole holds.

    'NOT TITLE("anniversary"): found "anniversary" in the title'
    """
    return "" if evaluate(expression, facts) is not None else _failed(expression, facts, 0, END)


def _failed(expression: Expression, facts: Facts, start: int, end: int) -> str:
    """Return why an expression fails that does not hold within a window."""
    match expression:
        case And(parts):
            return next((_failed(one, facts, start, end) for one in parts if _fails(one, facts, start, end)), "")
        case Or(parts):
            return _none_of(expression, parts, facts, start, end)
        case Ref(reference) if reference.of_item:
            why = _of_item(reference, facts.document)
        case Ref() | Phrase():
            why = _absent(expression, facts, end)
        case Not(part):
            why = _objection(part, evidence(part, facts, start, end))
        case Title(part):
            title = within_title(facts, start, end)
            why = _inner(part, facts, title) if title else "asked of a sentence that is not the title"
        case Near():
            why = _apart(expression, facts, start, end)
        case Sentence(parts):
            why = _in_no_sentence(parts, facts, start, end)
        case Count(part, _):
            why = f"found {len(places(part, facts, start, end) or ())}"
    return f"{spell(expression)}: {why}"


def _fails(expression: Expression, facts: Facts, start: int, end: int) -> bool:
    """Return whether an expression does not hold within a window."""
    return evidence(expression, facts, start, end) is None


def _inner(part: Expression, facts: Facts, span: Span) -> str:
    """Return why a part fails, without repeating the name of what stands alone in its parentheses."""
    return _absent(part, facts, span[1]) if isinstance(part, Phrase | Ref) else _failed(part, facts, *span)


def _none_of(expression: Expression, parts: Sequence[Expression], facts: Facts, start: int, end: int) -> str:
    """Return why all alternatives fail; of names and phrases alone there is nothing more to say."""
    if facts.places(expression) is not None:
        return f"{spell(expression)}: {_absent(expression, facts, end)}"
    return _listed([_failed(part, facts, start, end) for part in parts[:SHOWN]], len(parts), "; ")


def _of_item(reference: Reference, document: Document) -> str:
    """Return what the item has instead of a language or a feed."""
    if reference.kind == "lang":
        return f"the item is in {document.lang}" if document.lang else "the item's language is not known"
    tags = f", tagged {', '.join(sorted(document.feed_tags))}" if document.feed_tags else ""
    return f'the feed is "{document.feed}"{tags}'


def _absent(expression: Expression, facts: Facts, end: int) -> str:
    """Return where names or phrases stand that do not stand within a window which ends at `end`."""
    elsewhere = evaluate(expression, facts)
    if not elsewhere:
        return "not found"
    return f"not in the {'title' if end < facts.text_start else 'sentence'}, only {_placed(elsewhere[0])}"


def _objection(part: Expression, found: Evidence | None) -> str:
    """Return what a NOT objects to."""
    words = list(dict.fromkeys(_placed(one) for one in found or ()))
    return f"found {_listed(words[:SHOWN], len(words))}" if words else f"{spell(part)} holds"


def _apart(expression: Near, facts: Facts, start: int, end: int) -> str:
    """Return how far apart the sides of a NEAR stand at their closest, or which is missing."""
    for side in (expression.left, expression.right):
        if not places(side, facts, start, end):
            fails = _fails(side, facts, start, end)
            return _failed(side, facts, start, end) if fails else f"{spell(side)} stands at no place"
    pairs = near(expression.left, expression.right, END, facts, start, end)
    closest = min(pairs, key=lambda pair: pair[2], default=None)
    if closest is None:
        same = places(expression.left, facts, start, end) or []
        return f"both sides are the same words, {_placed(same[0][2])}"
    one, other, words = closest[0][2], closest[1][2], closest[2]
    if one.field != other.field:
        return f"{_placed(one)}, {_placed(other)}"
    return f"{_quoted(one)} and {_quoted(other)} stand {words} words apart in the {one.field}"


def _in_no_sentence(parts: Sequence[Expression], facts: Facts, start: int, end: int) -> str:
    """Return which part is missing, in the whole window or else in the sentence that comes closest."""
    for part in parts:
        if not isinstance(part, Not) and _fails(part, facts, start, end):
            return _failed(part, facts, start, end)

    def closeness(span: Span) -> tuple[int, int]:
        holding = [part for part in parts if not _fails(part, facts, *span)]
        return sum(not isinstance(part, Not) for part in holding), len(holding)

    closest = max(facts.sentences_in(start, end), key=closeness, default=None)
    if closest is None:
        return "there is no sentence"
    return next((_failed(part, facts, *closest) for part in parts if _fails(part, facts, *closest)), "")


def _quoted(one: Occurrence) -> str:
    """Return the words of an occurrence on one line, in quotes."""
    words = " ".join(one.surface.split())
    return f'"{words if len(words) <= SURFACE_CHARS else words[: SURFACE_CHARS - 3] + "..."}"'


def _placed(one: Occurrence) -> str:
    """Return the words of an occurrence and the field they stand in."""
    return f"{_quoted(one)} in the {one.field}"


def _listed(texts: Sequence[str], total: int, between: str = ", ") -> str:
    """Return the first texts of so many in a row, and how many more there are."""
    return between.join(texts) + (f" and {total - len(texts)} more" if total > len(texts) else "")
