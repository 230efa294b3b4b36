"""Whether an expression holds for a document, and which words made it hold.

An expression is asked within a window: the whole item, its title, or one sentence. Two things are told of it there:

evidence   the occurrences that made it hold, None when it does not; NOT, `feed:` and `lang:` hold without any
places     where it stands, for NEAR and COUNT: the places of the names and phrases in it, as far as they take part in
           making it hold. NOT, `feed:` and `lang:` stand nowhere

    a OR b          the places of both                  a NEAR/5 b       those that have one of the other side near
    a AND b         the places of both, if it holds     COUNT(a) >= 3    the places of a, if it holds
    SENTENCE(a, b)  the places of both within the sentences in which it holds; TITLE(a) within the title

A place is a field, a start and an end. Two names on the same words are one place: COUNT counts it once, and it is not
near itself. Places that overlap without being the same are two, and near each other.

No part is asked twice within a window and no list is multiplied by another, so time grows with the number of
occurrences (times the logarithm of it, where windows are looked up) and with the length of the expression.
"""

from collections.abc import Iterator, Sequence

from monitor.core.expressions import And, Count, Expression, Near, Not, Or, Phrase, Ref, Reference, Sentence, Title
from monitor.core.facts import END, EVERYWHERE, Facts, Occurrence, Place, Places, Span, Window, merge
from monitor.core.types import Document

__all__ = ["EVERYWHERE", "Evidence", "Facts", "Occurrence", "Window", "evaluate"]

Evidence = tuple[Occurrence, ...]


def evaluate(expression: Expression, facts: Facts, window: Window = EVERYWHERE) -> Evidence | None:
    """Return the evidence for an expression within a window, from left to right; None when it does not hold."""
    return evidence(expression, facts, *facts.span(window))


def evidence(expression: Expression, facts: Facts, start: int, end: int) -> Evidence | None:
    """Return what `evaluate` does, for a window on the line."""
    match expression:
        case Ref(reference) if reference.of_item:
            return () if selects(reference, facts.document) else None
        case Ref() | Phrase():
            known = facts.places(expression)
            first = known.first(start, end) if known else None
            return first and (first[2],)
        case And(parts):
            return _of_all(parts, facts, start, end)
        case Or(parts):
            known = facts.places(expression)
            if known is not None and known.first(start, end) is None:
                return None  # most alternatives of most rules: not one of them is in the item
            each = (evidence(part, facts, start, end) for part in parts)
            return next((found for found in each if found is not None), None)
        case Not(part):
            return () if evidence(part, facts, start, end) is None else None
        case Title(part):
            inside = within_title(facts, start, end)
            return evidence(part, facts, *inside) if inside else None
    if (start, end) != (0, END):
        return _searched(expression, facts, start, end)
    known_evidence = facts.memo.get(id(expression))
    if known_evidence is None:  # the expression is kept with it, so that its id is not given to another
        known_evidence = facts.memo[id(expression)] = (expression, _searched(expression, facts, start, end))
    return known_evidence[1]


def _searched(expression: Expression, facts: Facts, start: int, end: int) -> Evidence | None:
    """Return the evidence for what takes a search: NEAR, SENTENCE and COUNT."""
    match expression:
        case Near(left, right, words):
            for one, other, _ in near(left, right, words, facts, start, end):
                return (one[2], other[2])
        case Sentence(parts):
            for span in sentences(parts, facts, start, end):
                found = _of_all(parts, facts, *span)
                if found is not None:
                    return found
        case Count():
            counted = places(expression, facts, start, end)
            return None if counted is None else tuple(place[2] for place in counted)
    return None


def _of_all(parts: Sequence[Expression], facts: Facts, start: int, end: int) -> Evidence | None:
    """Return the evidence of all parts, each occurrence once; None when one does not hold."""
    total: dict[Occurrence, None] = {}
    for part in parts:
        found = evidence(part, facts, start, end)
        if found is None:
            return None
        total.update(dict.fromkeys(found))
    return tuple(total)


def selects(reference: Reference, document: Document) -> bool:
    """Return whether a document is in a language, or from a feed with that name or tag; case does not matter.

    A language takes in its regional forms: `lang:ar` is true of ar-SA and of ar_SA (RFC 4647, section 3.3.1).
    """
    wanted = reference.value.casefold()
    if reference.kind == "lang":
        lang = (document.lang or "").casefold().replace("_", "-")
        wanted = wanted.replace("_", "-")
        return lang == wanted or lang.startswith(wanted + "-")
    return wanted in {document.feed.casefold(), *(tag.casefold() for tag in document.feed_tags)}


def within_title(facts: Facts, start: int, end: int) -> Span | None:
    """Return the part of a window that is title; None for a window within the text."""
    return (start, min(end, facts.text_start - 1)) if start < facts.text_start else None


def sentences(parts: Sequence[Expression], facts: Facts, start: int, end: int) -> Iterator[Span]:
    """Yield the sentences within a window where all parts may hold: those that bisection alone can rule out are.

    The walk goes along the places of the rarest part.
    """
    wanted = [known for part in parts if (known := facts.places(part)) is not None]
    refused = [known for part in parts if isinstance(part, Not) and (known := facts.places(part.part)) is not None]
    wanted.sort(key=len)
    spans = facts.sentences_with(wanted[0], start, end) if wanted else facts.sentences_in(start, end)
    for span in spans:
        if _may_hold(wanted[1:], refused, *span):
            yield span


def _may_hold(wanted: Sequence[Places], refused: Sequence[Places], start: int, end: int) -> bool:
    """Return whether a window has one of each of the places wanted and none of those refused."""
    for known in wanted:
        if known.first(start, end) is None:
            return False
    for known in refused:  # plain loops: this is asked of every sentence of a long text  # noqa: SIM110
        if known.first(start, end) is not None:
            return False
    return True


def places(expression: Expression, facts: Facts, start: int, end: int) -> list[Place] | None:
    """Return where an expression stands within a window, in order, each place once; None when it does not hold there.

    [] is for what holds without standing anywhere.
    """
    known = facts.places(expression)
    if known is not None:
        return known.within(start, end) or None
    match expression:
        case Ref() | Not():
            return None if evidence(expression, facts, start, end) is None else []
        case And(parts):
            return _of_each(parts, facts, start, end)
        case Or(parts):
            each = [found for part in parts if (found := places(part, facts, start, end)) is not None]
            return merge(each) if each else None
        case Near(left, right, words):
            return _that_are_near(left, right, words, facts, start, end)
        case Sentence(parts):
            inside = [
                found
                for span in sentences(parts, facts, start, end)
                if (found := _of_each(parts, facts, *span)) is not None
            ]
            return [place for found in inside for place in found] if inside else None
        case Title(part):
            title = within_title(facts, start, end)
            return places(part, facts, *title) if title else None
        case Count(part, least):
            counted = places(part, facts, start, end)
            return counted if counted is not None and len(counted) >= least else None
    return None


def _of_each(parts: Sequence[Expression], facts: Facts, start: int, end: int) -> list[Place] | None:
    """Return the places of all parts; None when one does not hold."""
    each = []
    for part in parts:
        found = places(part, facts, start, end)
        if found is None:
            return None
        each.append(found)
    return merge(each)


def _that_are_near(
    left: Expression, right: Expression, words: int, facts: Facts, start: int, end: int
) -> list[Place] | None:
    """Return the places of both sides that have one of the other side near."""
    ones = places(left, facts, start, end) or []
    others = places(right, facts, start, end) or []
    near_other = [one for one, _, _ in partners(ones, others, words, facts)]
    near_one = [other for other, _, _ in partners(others, ones, words, facts)]
    return merge([near_other, near_one]) or None


def near(
    left: Expression, right: Expression, words: int, facts: Facts, start: int, end: int
) -> Iterator[tuple[Place, Place, int]]:
    """Yield each place of the left side that has one of the right side near, the nearest such, and their distance."""
    ones = places(left, facts, start, end)
    others = places(right, facts, start, end) if ones else None
    yield from partners(ones or [], others or [], words, facts)


def partners(
    ones: Sequence[Place], others: Sequence[Place], words: int, facts: Facts
) -> Iterator[tuple[Place, Place, int]]:
    """Yield each of `ones` that has another place within so many words, with the nearest of `others` and the distance.

    words   the distance allowed: 1 for neighbours, so NEAR/n lets n - 1 words stand between; 0 for those that overlap

    Both are in order, so one walk does: of those before a place the one that ends last is nearest, of those after it
    the one that starts first.
    """
    at, before, before_last = 0, None, -1
    for one in ones:
        start, end, occurrence = one
        while at < len(others) and (others[at][0] < start or (others[at][0] == start and others[at][1] < end)):
            last = facts.last_word(others[at][2])
            if last >= before_last:
                before, before_last = others[at], last
            at += 1
        best, distance = before, max(0, facts.first_word(occurrence) - before_last)
        after = at + (at < len(others) and others[at][0] == start and others[at][1] == end)
        if after < len(others):
            ahead = max(0, facts.first_word(others[after][2]) - facts.last_word(occurrence))
            if best is None or ahead < distance:
                best, distance = others[after], ahead
        if best is not None and distance <= words:
            yield one, best, distance
