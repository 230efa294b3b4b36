"""What is wrong with an expression that cannot be read, and the cure.

Reading stops at the first word that fits nowhere. Most people come from another rule language, a search engine or a
word processor, so the slips looked for are theirs. A slip is told by what stands at that place and just before it.
"""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

SELECTORS = ("theme", "tag", "watchlist", "kind", "feed", "lang")
FUNCTIONS = ("SENTENCE", "TITLE", "COUNT")

Advice = tuple[int, str]
"""Column of the slip, counted from 0, and the cure."""

QUOTED = r"""(?:"[^"]*"|[“„‟][^“”"]*[“”]|«[^«»"]*»)"""
"""Words between quotation marks; the marks that word processors make of them are taken as well."""

_TOKEN = re.compile(QUOTED + r"""|[(),]|[^\s(),"“”„‟«»]+|\S""")


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where reading stopped.

    rest     everything from there on
    word     the first word of it, "" at the end
    last     the token before it and `last_column` its column; "" and 0 at the beginning
    opened   the parentheses open there, each with the word before it and its own column
    closed   the word before the parentheses that `last` closes, if it closes any
    """

    rest: str
    column: int
    word: str
    last: str
    last_column: int
    opened: tuple[tuple[str, int], ...]
    closed: str


def explain(expression: str, column: int) -> Advice:
    """Return where the slip is and how to put it right.

    expression   as written, line breaks made spaces
    column       where reading stopped; the length of the expression when it ended too early
    """
    stop = _look(expression, column)
    for look in (_at_place, _selector, _operand, _function, _operator, _parenthesis, _end):
        advice = look(stop)
        if advice is not None:
            return advice if isinstance(advice, tuple) else (column, advice)
    found = stop.word or stop.rest[:1]
    return column, f"did not expect {found!r} here; an id, a selector, a phrase in quotes or ( was expected"


def _look(expression: str, column: int) -> _Stop:
    """Return what stands around a column."""
    last, last_column, closed = "", 0, ""
    opened: list[tuple[str, int]] = []
    for token in _TOKEN.finditer(expression, 0, column):
        closed = ""
        if token[0] == "(":
            opened.append((last if last in FUNCTIONS else "", token.start()))
        elif token[0] == ")" and opened:
            closed = opened.pop()[0]
        last, last_column = token[0], token.start()
    rest = expression[column:].rstrip()
    word = re.match(r"[^\s(),\"“”„‟«»]*", rest)
    assert word is not None
    return _Stop(rest, column, word[0], last, last_column, tuple(opened), closed)


# --- what is told by the place alone ----------------------------------------------------------------------------------

_INVISIBLE = "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
"""Zero-width characters and marks of direction; they come along when text from right to left is copied."""

_QUOTE_ALONE = 'a quotation mark without its partner; write "the words" between two of them'

_AT_PLACE: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"(?!AND|OR|NOT)((?i:and|or|not))(?![\w:-])", lambda found: f"write {found[1].upper()} in capitals"),
    (r"(?!NEAR)(?i:near)[ /~:-]*(\d+)", lambda found: f"write NEAR/{found[1]} in capitals"),
    (r"(?!NEAR)(?i:near)\b", lambda _: "write NEAR/n in capitals and with n words, such as a NEAR/10 b"),
    (r"NEAR/0+(?!\d)", lambda _: "NEAR/n counts words from 1: NEAR/1 are neighbours"),
    (r"NEAR/\d{5}", lambda _: "NEAR/n goes up to 9999 words; for anywhere in the item write AND"),
    (r"NEAR/(\d+)\w", lambda found: f"write a space after NEAR/{found[1]}"),
    (r"(?!NEAR/\d)NEAR\s*[/~:-]?\s*(\d+)", lambda found: f"write NEAR/{found[1]}, with a slash and no spaces"),
    (r"NEAR(?!/\d)", lambda _: "expected NEAR/n with n words, such as a NEAR/10 b"),
    (r"(?i:w|n|pre|within|adj)?[/~]\s*(\d+)", lambda found: f"for words close by write NEAR/{found[1]}"),
    (r"ANDNOT|BUTNOT", lambda _: "write AND NOT"),
    (r"&+", lambda found: f"write AND for {found[0]}"),
    (r"\|+", lambda found: f"write OR for {found[0]}"),
    (r"!=?|[-−](?=[\w\"(])", lambda found: f"write NOT for {found[0]}, after another part AND NOT"),
    (r"\+", lambda _: "write AND for +"),
    (r"[\[\]{}]", lambda found: f"write {'(' if found[0] in '[{' else ')'} for {found[0]}"),
    (rf"[{_INVISIBLE}]", lambda found: f"an invisible character, U+{ord(found[0]):04X}; delete it"),
    (r"['‘’‚`]([^'‘’`]*)['’‘`]?", lambda found: f'put words to search for into double quotes: "{found[1].strip()}"'),
    (rf"(?!{QUOTED})[\"“”„‟«»]", lambda _: _QUOTE_ALONE),
    (r"[\w-]*[*%?]", lambda _: "there are no wildcards; write out the words in quotes and join them by OR"),
)  # fmt: skip


def _at_place(stop: _Stop) -> Advice | str | None:
    """Return what is told by the characters where reading stopped."""
    joined = stop.column == stop.last_column + len(stop.last)
    if re.fullmatch(r"(?i:near|w|within|adj)", stop.last) and not stop.last.startswith("NEAR"):
        words = re.match(r"[/~ ]*(\d+)", stop.rest)
        return stop.last_column, f"for words close by write a NEAR/{words[1] if words else 10} b"
    for pattern, cure in _AT_PLACE:
        if found := re.match(pattern, stop.rest):
            wildcard = joined and found[0] in ("*", "%", "?")
            return stop.last_column if wildcard else stop.column, cure(found)
    return None


def _selector(stop: _Stop) -> Advice | str | None:
    """Return what is wrong with a selector."""
    if stop.rest.startswith(":") and re.fullmatch(r"\w+", stop.last) and stop.last not in FUNCTIONS:
        return f"no space before the colon: {stop.last}{stop.word}"
    name, colon, value = stop.word.partition(":")
    if not colon or not name:
        return None
    if name.lower() in SELECTORS:
        if not value and re.match(r"\w+:[\"“”„‟«»]", stop.rest):
            return stop.column + len(stop.word), _QUOTE_ALONE
        if not value and (after := re.match(r"\w+:\s+([\w.-]+|\"[^\"]*\")", stop.rest)):
            return f"no space after the colon: {name.lower()}:{after[1]}"
        if not value:
            return f"a name must follow {name.lower()}:, as in {name.lower()}:name; for several repeat the selector"
        if name != name.lower():
            return f"selectors are in lower case: {name.lower()}:{value}"
        return f"write {name}:name with letters, digits, dots and hyphens, other names in quotes"
    if name.upper() in FUNCTIONS:
        return f"write {name.upper()}({value or 'a'}){' >= 2' if name.upper() == 'COUNT' else ''}"
    if name.lower() in ("id", "entity"):
        return f"write the id alone: {value or 'is-k'}"
    near = difflib.get_close_matches(name.lower(), SELECTORS, n=1)
    hint = f"; did you mean {near[0]}:?" if near else ""
    return f"unknown selector {name}:; there are {', '.join(f'{one}:' for one in SELECTORS)}{hint}"


# --- what is told by both sides ---------------------------------------------------------------------------------------


def _is_operator(token: str) -> bool:
    """Return whether a token stands between parts or before one."""
    return token in ("AND", "OR", "NOT") or re.fullmatch(r"NEAR/\d+", token) is not None


def _is_name(token: str) -> bool:
    """Return whether a token is an id, a selector with its value, or a phrase."""
    return re.match(r"[a-z0-9\"“„‟«]", token) is not None


def _operand(stop: _Stop) -> Advice | str | None:
    """Return what is wrong with a name: it follows another, or is none."""
    word = stop.word
    if stop.closed == "COUNT" or stop.last == ">=" or word in FUNCTIONS or _is_operator(word):
        return None
    if re.match(r"\w+\(", stop.rest) and not _is_name(word):
        return _unknown_function(word)
    if stop.last in FUNCTIONS:
        return None
    called = stop.column == stop.last_column + len(stop.last) or stop.last.upper() in FUNCTIONS
    if stop.rest.startswith("(") and called and re.fullmatch(r"[A-Za-z]+", stop.last):
        return stop.last_column, _unknown_function(stop.last)
    if re.fullmatch(r"[a-z0-9-]*[A-Z_][\w-]*", word, re.ASCII):
        lower = word.lower().replace("_", "-")
        search = f'put words to search into quotes: "{word}"'
        return f"ids have lower case letters, digits and hyphens: write {lower}, or {search}"
    if word and not re.match(r"[a-z0-9-]", word) and word[0].isalpha():
        return f'put words to search into quotes: "{word}"'
    if (_is_name(stop.last) or stop.last == ")") and (_is_name(stop.rest[:1]) or stop.rest.startswith("(")):
        together = f'; words that belong together go into quotes: "{stop.last} {word}"'
        plain = word and re.fullmatch(r"[a-z0-9-]+", stop.last)
        return f"found {word or stop.rest[:1]} where AND, OR or NEAR/n was expected{together if plain else ''}"
    return None


def _unknown_function(word: str) -> str:
    """Return the cure for a word before parentheses that takes none."""
    near = difflib.get_close_matches(word.upper(), FUNCTIONS, n=1)
    if word.upper() in FUNCTIONS:
        return f"write {word.upper()} in capitals"
    return f"{word}(...) is unknown; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(FUNCTIONS)}")


def _function(stop: _Stop) -> Advice | str | None:
    """Return what is wrong about SENTENCE, TITLE and COUNT."""
    if stop.last in FUNCTIONS and not stop.rest.startswith("("):
        form = {"SENTENCE": "SENTENCE(a, b)", "TITLE": "TITLE(a)", "COUNT": "COUNT(a) >= 3"}[stop.last]
        return (stop.column if stop.rest else stop.last_column), f"parentheses must follow {stop.last}: {form}"
    if stop.last == ">=":
        zero = re.match(r"0+(?!\d)", stop.rest)
        return "COUNT counts from 1; for no mention write NOT" if zero else "a number from 1 to 999999 must follow >="
    compared = re.match(r"(>=|=>|<=|=<|==|≥|≤|>|<|=)\s*(\d*)", stop.rest)
    if stop.closed == "COUNT":
        return _comparison(compared[1], compared[2]) if compared else "COUNT(...) must be followed by >= and a number"
    if compared:
        return f"only COUNT is compared with a number: COUNT(a) >= {compared[2] or 3}"
    return None


def _comparison(sign: str, number: str) -> str:
    """Return how to write a comparison that is not >=."""
    least = int(number[:9] or 3)
    if sign in ("<", "<=", "=<", "≤"):
        return f"for less write NOT COUNT(...) >= {least + (sign != '<')}"
    if sign in ("=", "=="):
        return f"COUNT knows at least only: write >= {least}"
    return f"write >= {least + (sign == '>')}"


def _operator(stop: _Stop) -> Advice | str | None:
    """Return what is wrong with AND, OR, NOT and NEAR/n."""
    if not _is_operator(stop.word):
        return None
    if stop.word == "NOT":
        if stop.last.startswith("NEAR/"):
            return f"NOT stands at no place, so nothing can be near it; write a AND NOT a {stop.last} b"
        return "write AND NOT (or OR NOT) between two parts"
    missing = f"after {stop.last}" if stop.last else "on its left"
    return f"did not expect {stop.word} here, a part is missing {missing}"


def _parenthesis(stop: _Stop) -> Advice | str | None:
    """Return what is wrong with parentheses and commas."""
    if stop.rest.startswith(","):
        if not stop.opened or stop.opened[-1][0] != "SENTENCE":
            return "a comma stands between the parts of SENTENCE(a, b) only; write AND or OR"
        return "a part is missing before the comma"
    if not stop.rest.startswith(")"):
        return None
    if stop.last == "(" and stop.opened:
        return stop.opened[-1][1], "nothing between the parentheses"
    if _is_operator(stop.last) or stop.last == ",":
        return f"a part is missing between {stop.last} and )"
    return "found a closing parenthesis that nothing opened; take it away"


def _end(stop: _Stop) -> Advice | str | None:
    """Return what is missing at the end."""
    if stop.rest:
        return None
    if _is_operator(stop.last) or stop.last == ",":
        return f"the expression ends too early: something must follow {stop.last}"
    if stop.opened:
        many = (
            f"{len(stop.opened)} closing parentheses missing"
            if len(stop.opened) > 1
            else "1 closing parenthesis missing"
        )
        return f"the expression ends too early: {many}; the last one open is at column {stop.opened[-1][1] + 1}"
    return "the expression ends too early: something must follow the last word"
