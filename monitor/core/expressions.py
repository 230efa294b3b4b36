"""What an expression of the rule language is made of, and what can be told of it without a document.

Made by `rules.parse`. Columns do not take part in comparisons: two expressions are equal when they say the same. The
functions here are recursive; `rules.parse` bounds how deep an expression is.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

RefKind = Literal["id", "theme", "tag", "watchlist", "kind", "feed", "lang"]


@dataclass(frozen=True, slots=True)
class Reference:
    """Something an expression names: an entity by id, or what a selector selects."""

    kind: RefKind
    value: str
    column: int = field(compare=False)

    @property
    def of_item(self) -> bool:
        """Return whether it asks for the item itself, not for words in it."""
        return self.kind in ("feed", "lang")


@dataclass(frozen=True, slots=True)
class Ref:
    """Holds where what it refers to is mentioned, or for `feed:` and `lang:` where the item has it."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Phrase:
    """Holds where these words stand."""

    text: str
    column: int = field(compare=False)

    @property
    def key(self) -> str:
        """Return what its occurrences are filed under: the phrase in quotes, which no entity's id is."""
        return f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class And:
    """Holds where all parts do."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Holds where one part does."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where its part does not."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class Near:
    """Holds where both stand within so many words of one field, in either order."""

    left: "Expression"
    right: "Expression"
    words: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """Holds where all parts do within one sentence; a title is one."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Title:
    """Holds where its part does within the title."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class Count:
    """Holds where its part stands at least so many times."""

    part: "Expression"
    least: int


Expression = Ref | Phrase | And | Or | Not | Near | Sentence | Title | Count


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct parts of an expression."""
    match expression:
        case And(parts) | Or(parts) | Sentence(parts):
            return parts
        case Not(part) | Title(part) | Count(part, _):
            return (part,)
        case Near(left, right, _):
            return (left, right)
    return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield the expression and everything in it, from left to right."""
    waiting = [expression]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(children(one))


def references(expression: Expression) -> tuple[Reference, ...]:
    """Return what an expression names, from left to right."""
    return tuple(one.reference for one in walk(expression) if isinstance(one, Ref))


def phrases(expression: Expression) -> tuple[str, ...]:
    """Return the phrases of an expression, from left to right."""
    return tuple(one.text for one in walk(expression) if isinstance(one, Phrase))


def share(expression: Expression, pool: dict[Expression, Expression]) -> Expression:
    """Return the expression with its equal parts made one object, so that what was found out of one is known of all.

    pool   parts seen so far; hand the same one in for all rules. Columns of a part are those of its first use
    """
    match expression:
        case And(parts) | Or(parts) | Sentence(parts):
            expression = type(expression)(tuple(share(part, pool) for part in parts))
        case Not(part) | Title(part):
            expression = type(expression)(share(part, pool))
        case Count(part, least):
            expression = Count(share(part, pool), least)
        case Near(left, right, words):
            expression = Near(share(left, pool), share(right, pool), words)
    return pool.setdefault(expression, expression)


def stands(expression: Expression) -> bool:
    """Return whether an expression can stand at a place; NOT, `feed:` and `lang:` hold without one."""
    match expression:
        case Ref(reference):
            return not reference.of_item
        case Not():
            return False
        case Phrase() | Near():
            return True
    return any(stands(part) for part in children(expression))


_BINDING = {Or: 0, And: 1, Not: 2, Near: 3}
"""How tightly a construct holds its parts together; everything else needs no parentheses (4)."""


def spell(expression: Expression) -> str:
    """Return the text of an expression, with no parenthesis and no space too many; parsed, it is equal to it again."""
    match expression:
        case Ref(Reference("id", value)):
            return value
        case Ref(Reference(kind, value)):
            return f"{kind}:{value}" if re.fullmatch(r"[\w.-]+", value) else f'{kind}:"{value}"'
        case Phrase():
            return expression.key
        case Or(parts):
            return " OR ".join(_within(part, 1) for part in parts)
        case And(parts):
            return " AND ".join(_within(part, 2) for part in parts)
        case Not(part):
            return f"NOT {_within(part, 2)}"
        case Near(left, right, words):
            return f"{_within(left, 3)} NEAR/{words} {_within(right, 4)}"
        case Sentence(parts):
            return f"SENTENCE({', '.join(spell(part) for part in parts)})"
        case Title(part):
            return f"TITLE({spell(part)})"
        case Count(part, least):
            return f"COUNT({spell(part)}) >= {least}"


def _within(part: Expression, binding: int) -> str:
    """Return the text of a part, in parentheses when it binds less tightly than its place asks for."""
    return spell(part) if _BINDING.get(type(part), 4) >= binding else f"({spell(part)})"


def required(
    expression: Expression, ids: Mapping[Reference, frozenset[str]], weight: Callable[[str], float]
) -> frozenset[str] | None:
    """Return keys of which one must be found for the expression to hold, None if none need; empty, it never holds.

    Keys are ids of entities and phrases in quotes. Of all choices it is the one with the least total weight.

    ids      what references to entities stand for; `feed:` and `lang:` are not in it
    weight   how often a key is found, in any unit
    """

    def of_all(parts: tuple[Expression, ...]) -> frozenset[str] | None:
        known = [keys for part in parts if (keys := required(part, ids, weight)) is not None]
        return min(known, key=lambda keys: sum(map(weight, sorted(keys))), default=None)

    match expression:
        case Ref(reference):
            return ids.get(reference)
        case Phrase():
            return frozenset({expression.key})
        case And() | Sentence() | Near() | Title() | Count():
            return of_all(children(expression))
        case Or(parts):
            each = [required(part, ids, weight) for part in parts]
            return None if None in each else frozenset().union(*(keys for keys in each if keys is not None))
    return None
