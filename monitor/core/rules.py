"""The rule language: text to an expression, or to an error that shows the place and the cure.

    is-k AND bajaur AND theme:attack NEAR/25 bajaur
    (kind:person OR "spokesman") AND NOT lang:ru
    SENTENCE(jui-f, "workers convention") OR TITLE(ttp) OR COUNT(kabul) >= 3

From loosest to tightest: OR, AND, NOT, NEAR/n. Reading is one pass without recursion, so depth costs nothing; what is
done with an expression later is recursive, so depth is bounded here. Columns count from 0.
"""

import re
from collections.abc import Iterator
from functools import cache

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

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
    children,
    phrases,
    references,
    required,
    share,
    spell,
    stands,
    walk,
)
from monitor.core.slips import QUOTED, SELECTORS, explain
from monitor.errors import RuleSyntaxError

__all__ = [
    "MAX_CHARS",
    "MAX_DEPTH",
    "And",
    "Count",
    "Expression",
    "Near",
    "Not",
    "Or",
    "Phrase",
    "Ref",
    "Reference",
    "Sentence",
    "Title",
    "parse",
    "phrases",
    "references",
    "required",
    "share",
    "spell",
]

MAX_DEPTH = 100
"""Deepest nesting, of parentheses and of anything in anything; people stop reading long before."""

MAX_CHARS = 20_000
"""Longest expression: some two thousand names."""

_GRAMMAR = rf"""
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
NEAR.2: /NEAR\/0*[1-9][0-9]{{0,3}}(?!\w)/
SELECTOR.2: /({"|".join(SELECTORS)}):({QUOTED}|[\w.-]+)/
ID: /(?!(?:and|or|not)(?![\w:-]))[a-z0-9][a-z0-9-]*(?![\w:-])/
PHRASE: /{QUOTED}/
NUMBER: /0*[1-9][0-9]{{0,5}}(?![\w-])/
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
        bare = value if value[0].isalnum() or value[0] in "_.-" else value[1:-1]
        return Ref(Reference(name, bare, column))  # type: ignore[arg-type]  # the grammar knows them

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
        read: Expression = _parser().parse(flat)  # type: ignore[assignment]  # the transformer returns expressions
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        raise RuleSyntaxError(flat, *explain(flat, len(flat.rstrip()) if ended else error.column - 1)) from error
    _check_depth(flat, read)
    for column, message in _senseless(read):
        raise RuleSyntaxError(flat, column, message)
    return read


def _check_size(expression: str) -> None:
    """Refuse what is empty, or longer or deeper in parentheses than any expression should be."""
    if not expression.strip():
        raise RuleSyntaxError(expression, 0, "the expression is empty; write an entity's id")
    if len(expression) > MAX_CHARS:
        raise RuleSyntaxError(expression, 0, f"longer than {MAX_CHARS:,} characters; make it two rules")
    depth = 0
    for found in re.finditer(rf"{QUOTED}|[()]", expression):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth > MAX_DEPTH:
            raise RuleSyntaxError(expression, found.start(), _TOO_DEEP)


_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels; take some parentheses, NOT or NEAR away, or make it two rules"


def _check_depth(text: str, expression: Expression) -> None:
    """Refuse what nests deeper than recursion should go: NOT and NEAR do so without parentheses."""
    waiting = [(expression, 1)]
    while waiting:
        one, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise RuleSyntaxError(text, _column(one), _TOO_DEEP)
        waiting += [(part, depth + 1) for part in children(one)]


def _senseless(expression: Expression) -> Iterator[tuple[int, str]]:
    """Yield column and message of what can be read but could never hold, or not as it was meant."""
    for one in walk(expression):
        sides = (one.left, one.right) if isinstance(one, Near) else (one.part,) if isinstance(one, Count) else ()
        for side in sides:
            if not stands(side):
                what = f"near {spell(side)}" if isinstance(one, Near) else f"counted of {spell(side)}"
                yield _column(side), f"nothing can be {what}, which stands at no place; join it by AND"
        if isinstance(one, Phrase) and not any(letter.isalnum() for letter in one.text):
            yield one.column, "nothing to search for between the quotation marks; write letters or digits"
        if isinstance(one, Phrase) and re.search(r"\w\*(?!\w)", one.text):
            yield one.column, "there are no wildcards; write out the words and join them by OR"


def _column(expression: Expression) -> int:
    """Return where the first name or phrase of an expression stands in what was read."""
    while parts := children(expression):
        expression = parts[0]
    assert isinstance(expression, Ref | Phrase)
    return expression.reference.column if isinstance(expression, Ref) else expression.column
