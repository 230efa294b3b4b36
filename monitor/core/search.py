"""What somebody looks for among the words of news.

Both are folded as names are (text.py), so that letters of any form are found: Daʿesh and Da'esh, ي and ی, é and e.
"""

import re
from dataclasses import dataclass

from monitor.core.text import JOIN, NONE, QUIRK, fold

WITHIN = (NONE, JOIN, QUIRK)
"""Gaps that part no words: a zero-width non-joiner, an apostrophe."""

SEARCHED = 10_000
"""Characters of a title and a text whose words can be looked for: more than nearly all articles have."""

MOST_TERMS = 12
"""Terms of one search; more than anybody types."""

MOST_CHARS = 200
"""Characters of one search."""

OPEN_LETTERS = 3
"""Letters from which a word may go on; with fewer nearly all words do, and nobody means them all. The index of SQLite
keeps the beginnings of so many letters (migration 0018)."""

_TERM = re.compile(r'"([^"]*)"|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand one after the other; `open`: the last may go on ("bomb" finds "bombing")."""

    words: tuple[str, ...]
    open: bool


def words_of(text: str) -> list[str]:
    """Return the folded words of a text, in turn."""
    folded = fold(text)
    end, starts = len(folded.letters), [0]
    at = folded.borders.find(1, 1)
    while 0 < at < end:
        if folded.kind(at) not in WITHIN:
            starts.append(at)
        at = folded.borders.find(1, at + 1)
    return [folded.letters[start:stop] for start, stop in zip(starts, [*starts[1:], end], strict=True) if start < stop]


def searched(title: str, text: str) -> str:
    """Return what can be looked for of an item: its folded words, parted by spaces."""
    return " ".join(words_of(f"{title}\n\n{text}"[:SEARCHED]))


def terms_of(asked: str) -> list[Term]:
    """Return the terms of a search, all of which must stand in an item: words, and "phrases in quotes".

    A word of three letters and more is found where one begins so, a phrase as it is. What has neither letter nor digit
    is no term. Raises ValueError for more than anybody types.
    """
    if len(asked) > MOST_CHARS:
        raise ValueError(f"expected at most {MOST_CHARS} characters")
    found = [(match[1] or match[2] or "", match[1] is None) for match in _TERM.finditer(asked)]
    terms = [
        Term(tuple(words), bare and len(words[-1]) >= OPEN_LETTERS) for one, bare in found if (words := words_of(one))
    ]
    if len(terms) > MOST_TERMS:
        raise ValueError(f"expected at most {MOST_TERMS} words")
    return terms
