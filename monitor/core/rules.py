"""The rule language: read an expression, name what it refers to, say which entities it cannot hold without.

    is-k AND bajaur AND theme:attack NEAR/25 bajaur
    (kind:person OR "spokesman") AND NOT lang:ru
    SENTENCE(jui-f, "workers convention") OR TITLE(ttp) OR COUNT(kabul) >= 3

From loosest to tightest: OR, AND, NOT, NEAR/n. Reading is one pass without recursion, so depth costs nothing; what is
done with an expression later is recursive, so depth is bounded here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from monitor.errors import RuleSyntaxError

MAX_DEPTH = 100
"""Deepest nesting of parentheses and NOT; people stop reading long before."""

MAX_CHARS = 20_000
"""Longest expression: some two thousand names."""

RefKind = Literal["id", "theme", "tag", "watchlist", "kind", "feed", "lang"]

SELECTORS = ("theme", "tag", "watchlist", "kind", "feed", "lang")


@dataclass(frozen=True, slots=True)
class Reference:
    """Something an expression names: an entity by id, or what a selector selects. `column` counts from 0."""

    kind: RefKind
    value: str
    column: int


@dataclass(frozen=True, slots=True)
class Ref:
    """Holds where what it refers to is mentioned, or for `feed:` and `lang:` where the item has it."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Phrase:
    """Holds where these words stand."""

    text: str
    column: int


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

_GRAMMAR = r"""
?start: or
?or: and
    | and (_OR and)+ -> either
?and: not
    | not (_AND not)+ -> both
?not: _NOT not -> negate
    | near
?near: atom
    | near NEAR atom
?atom: "(" or ")"
    | SELECTOR -> ref
    | ID -> ref
    | PHRASE -> phrase
    | "SENTENCE" "(" or ("," or)* ")" -> sentence
    | "TITLE" "(" or ")" -> title
    | "COUNT" "(" or ")" ">=" NUMBER -> count
_OR.2: /OR(?![\w:-])/
_AND.2: /AND(?![\w:-])/
_NOT.2: /NOT(?![\w:-])/
NEAR.2: /NEAR\/[0-9]{1,4}/
SELECTOR.2: /(theme|tag|watchlist|kind|feed|lang):("[^"]+"|[\w.-]+)/
ID: /[a-z0-9][a-z0-9-]*(?![\w:])/
PHRASE: /"[^"]*[^"\s][^"]*"/
NUMBER: /[0-9]{1,6}(?![\w-])/
%import common.WS
%ignore WS
"""


@v_args(inline=True)
class _Builder(Transformer[Token, Expression]):
    """Builds the expression while lark reads."""

    def ref(self, token: Token) -> Ref:
        """Return a reference to an id or by a selector."""
        column = (token.column or 1) - 1
        name, colon, value = token.partition(":")
        if not colon:
            return Ref(Reference("id", str(token), column))
        return Ref(Reference(name, value.strip('"'), column))  # type: ignore[arg-type]  # the grammar knows them

    def phrase(self, token: Token) -> Phrase:
        """Return the words between quotes."""
        return Phrase(token[1:-1].strip(), (token.column or 1) - 1)

    def near(self, left: Expression, near: Token, right: Expression) -> Near:
        """Return both with their distance."""
        return Near(left, right, int(near.partition("/")[2]))

    def negate(self, part: Expression) -> Not:
        """Return the opposite."""
        return Not(part)

    def sentence(self, *parts: Expression) -> Sentence:
        """Return the parts that stand in one sentence."""
        return Sentence(parts)

    def title(self, part: Expression) -> Title:
        """Return what stands in the title."""
        return Title(part)

    def count(self, part: Expression, number: Token) -> Count:
        """Return what stands so many times."""
        return Count(part, int(number))

    def either(self, *parts: Expression) -> Or:
        """Return the parts of which one is enough."""
        return Or(parts)

    def both(self, *parts: Expression) -> And:
        """Return the parts that are all needed."""
        return And(parts)


@cache
def _parser() -> Lark:
    """Return the parser, made at the first call."""
    return Lark(_GRAMMAR, parser="lalr", transformer=_Builder(), maybe_placeholders=False)


def parse(expression: str) -> Expression:
    """Return the expression. Raises RuleSyntaxError with the column and a hint."""
    _check_size(expression)
    flat = re.sub(r"\s", " ", expression)  # columns count through line breaks of the YAML file
    try:
        return _parser().parse(flat)  # type: ignore[return-value]  # the transformer returns expressions, not trees
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        column = len(flat.rstrip()) if ended else error.column - 1
        raise RuleSyntaxError(flat, column, _explain(error, flat, column)) from error


def _check_size(expression: str) -> None:
    """Refuse what is empty, longer or deeper than any expression should be."""
    if not expression.strip():
        raise RuleSyntaxError(expression, 0, "the expression is empty; write an entity's id")
    if len(expression) > MAX_CHARS:
        raise RuleSyntaxError(expression[:60] + "...", 0, f"longer than {MAX_CHARS:,} characters; make it two rules")
    depth = 0
    for found in re.finditer(rf'"[^"]*"|[()]|(?:\bNOT\s+){{{MAX_DEPTH}}}', expression):
        depth += {"(": 1, ")": -1}.get(found[0], MAX_DEPTH + 1 if found[0].startswith("NOT") else 0)
        if depth > MAX_DEPTH:
            text = f"nested deeper than {MAX_DEPTH} levels; take some parentheses away"
            raise RuleSyntaxError(expression[:60] + "...", min(found.start(), 60), text)


def _explain(error: UnexpectedInput, expression: str, column: int) -> str:
    """Return what is wrong where reading stopped, and the cure."""
    word = re.match(r"[^\s()\"]*", expression[column:])
    found = word[0] if word else ""
    before = re.search(r"(\S+)\s*$", expression[:column])
    for one in (found, before[1] if before else ""):
        if one.upper() in ("AND", "OR", "NOT") and one != one.upper():
            return f"write {one.upper()} in capitals"
    if isinstance(error, UnexpectedCharacters):
        if expression[column : column + 1] == '"':
            return 'a quotation mark without its partner; write "the words" between two of them'
        name = found.partition(":")[0].lower()
        if ":" in found:
            return f"unknown selector {name}:; there are {', '.join(f'{one}:' for one in SELECTORS)}"
        if re.match(r"NEAR", found):
            return "expected NEAR/n with n words, such as NEAR/10"
        return f"found {found or expression[column]!r}; entity ids are in lower case, put words to search into quotes"
    assert isinstance(error, UnexpectedToken)
    if error.token.type == "$END":
        opened = expression.count("(") - expression.count(")")
        missing = f"{opened} closing parenthesis missing" if opened > 0 else "something must follow the last word"
        return f"the expression ends too early: {missing}"
    if error.token.type == "RPAR":
        return "found a closing parenthesis that nothing opened, or nothing before it"
    if error.token.type in ("ID", "SELECTOR", "PHRASE"):
        return f"found {found or error.token!s} where AND, OR or NEAR/n was expected"
    return f"did not expect {error.token!s} here; an id, a selector, a phrase in quotes or ( was expected"


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
    yield expression
    for part in children(expression):
        yield from walk(part)


def references(expression: Expression) -> tuple[Reference, ...]:
    """Return what an expression names, from left to right."""
    return tuple(one.reference for one in walk(expression) if isinstance(one, Ref))


def phrases(expression: Expression) -> tuple[str, ...]:
    """Return the phrases of an expression, from left to right."""
    return tuple(one.text for one in walk(expression) if isinstance(one, Phrase))


def required(expression: Expression, ids: Mapping[Reference, frozenset[str]]) -> frozenset[str] | None:
    """Return entities of which one must be mentioned for the expression to hold, as few as can be; None if none need.

    ids   what references to entities stand for; `feed:` and `lang:` are not in it
    """
    match expression:
        case Ref(reference):
            return ids.get(reference)
        case And(parts) | Sentence(parts):
            known = [one for one in (required(part, ids) for part in parts) if one is not None]
            return min(known, key=len, default=None)
        case Near(left, right, _):
            return required(And((left, right)), ids)
        case Title(part) | Count(part, _):
            return required(part, ids)
        case Or(parts):
            each = [required(part, ids) for part in parts]
            return None if None in each else frozenset().union(*(one for one in each if one is not None))
    return None
