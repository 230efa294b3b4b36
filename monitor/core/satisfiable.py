"""Whether an expression can hold at all, or fail at all: told from the expression, without a document.

An expression is taken apart into what must stand and what must not, each in the item, in the title or in one sentence.
It can hold when one way through its alternatives meets no contradiction. Where the answer is not known it is "yes", so
that nobody is accused wrongly.
"""

from collections.abc import Callable
from dataclasses import dataclass

from monitor.core.rules import And, Count, Expression, Near, Not, Or, Phrase, Ref, Reference, Sentence, Title
from monitor.core.text import fold

MOST_STEPS = 20_000
"""Parts looked at before the answer is "yes"; the longest rule that people write takes some hundred."""

ITEM, TITLE = "item", "title"
"""Where something must stand; single sentences have names of their own."""

Selected = Callable[[Reference], frozenset[str]]
"""Returns the ids of the entities that a reference stands for and that can be mentioned."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """Something that must, or must not, be.

    what    ids of entities of which one is mentioned; ("phrase", letters), ("lang", code), ("feed", name); or an
            expression that is not taken apart
    where   the item, the title, or one sentence
    """

    what: frozenset[str] | tuple[str, str] | Expression
    where: str
    holds: bool


@dataclass(frozen=True, slots=True)
class _Task:
    """A part of the expression that must hold, or must not, and where."""

    part: Expression
    holds: bool
    where: str


_Tasks = tuple[_Task, "_Tasks"] | None
_Claims = tuple[_Claim, "_Claims"] | None


def can_hold(expression: Expression, selected: Selected) -> bool:
    """Return False when no item can make the expression hold."""
    return _search(_Task(expression, True, ITEM), selected)


def can_fail(expression: Expression, selected: Selected) -> bool:
    """Return False when every item makes the expression hold."""
    return _search(_Task(expression, False, ITEM), selected)


def holds_on_nothing(expression: Expression) -> bool:
    """Return whether the expression holds for an item in which nothing stands, of no language and no feed."""
    match expression:
        case And(parts) | Sentence(parts):
            return all(map(holds_on_nothing, parts))
        case Or(parts):
            return any(map(holds_on_nothing, parts))
        case Not(part):
            return not holds_on_nothing(part)
        case Title(part):
            return holds_on_nothing(part)
        case Count(_, least):
            return least == 0
    return False


def _search(task: _Task, selected: Selected) -> bool:
    """Return whether some way through the alternatives meets no contradiction."""
    ways: list[tuple[_Tasks, _Claims]] = [((task, None), None)]
    steps = 0
    while ways:
        tasks, claims = ways.pop()
        while tasks is not None:
            steps += 1
            if steps > MOST_STEPS:
                return True
            one, tasks = tasks
            if isinstance(one.part, Or if one.holds else And):
                assert isinstance(one.part, Or | And)
                ways += [((_Task(part, one.holds, one.where), tasks), claims) for part in reversed(one.part.parts)]
                break
            claim = _claim(one, selected)
            if claim is not None:
                if _contradicts(claim, claims):
                    break
                claims = (claim, claims)
            for further in reversed(_further(one, steps)):
                tasks = (further, tasks)
        else:
            return True
    return False


def _further(task: _Task, number: int) -> list[_Task]:
    """Return what else must be for a part to hold, or not to; `number` names a sentence that has no name yet."""
    part, holds, where = task.part, task.holds, task.where
    match part:
        case And(parts) | Or(parts):
            return [_Task(one, holds, where) for one in parts]
        case Not(inner):
            return [_Task(inner, not holds, where)]
        case Title(inner):  # that it fails in a sentence may only mean that the sentence is not the title
            return [_Task(inner, holds, TITLE)] if holds or where in (ITEM, TITLE) else []
        case Sentence(parts):
            if holds:
                return [_Task(one, True, where if where != ITEM else f"sentence {number}") for one in parts]
            return [_Task(And(parts), False, where)] if where != ITEM else []
        case Near(left, right, _):
            return [_Task(left, True, where), _Task(right, True, where)] if holds else []
        case Count(inner, least):
            if holds:
                return [_Task(inner, True, where)] if least else []
            return [_Task(inner, False, where)] if least == 1 and isinstance(inner, Ref | Phrase) else []
    return []


def _claim(task: _Task, selected: Selected) -> _Claim | None:
    """Return what a part claims as a whole; None for one that is only taken apart."""
    part = task.part
    match part:
        case Ref(Reference("feed" | "lang")):
            return _Claim((part.reference.kind, part.reference.value.casefold()), ITEM, task.holds)
        case Ref(reference):
            return _Claim(selected(reference), task.where, task.holds)
        case Phrase(text):
            return _Claim(("phrase", fold(text).letters), task.where, task.holds)
        case Near() | Sentence() | Count():
            return _Claim(part, task.where, task.holds)
    return None


def _contradicts(claim: _Claim, claims: _Claims) -> bool:
    """Return whether a claim cannot be, by itself or beside those made before."""
    if claim.holds and not claim.what:
        return True  # a selector that selects nothing, a name without an alias that can count
    while claims is not None:
        other, claims = claims
        if claim.holds and other.holds:
            if _is_lang(claim) and _is_lang(other) and not (_implies(claim, other) or _implies(other, claim)):
                return True
        elif claim.holds != other.holds:
            positive, negative = (claim, other) if claim.holds else (other, claim)
            if negative.where in (ITEM, positive.where) and _implies(positive, negative):
                return True
    return False


def _is_lang(claim: _Claim) -> bool:
    """Return whether a claim is about the item's language."""
    return isinstance(claim.what, tuple) and claim.what[0] == "lang"


def _implies(one: _Claim, other: _Claim) -> bool:
    """Return whether what is true where `one` is, is `other`."""
    if isinstance(one.what, frozenset) and isinstance(other.what, frozenset):
        return one.what <= other.what
    if _is_lang(one) and _is_lang(other):
        assert isinstance(one.what, tuple)
        assert isinstance(other.what, tuple)
        return one.what[1] == other.what[1] or one.what[1].startswith(f"{other.what[1]}-")
    return one.what == other.what
