"""Words of many languages that mean the same, found by the beginnings of folded words."""

import re
from collections.abc import Mapping

from monitor.core.text import fold_all

EXACT = "$"
"""Ends a word that is no beginning: "ied$" is not found in "iedereen"."""

SHORT = 3
"""A word of so few letters is never taken for the beginning of another one."""


_ARTICLE = re.compile(r"[وفبكک]?ال(?=.{3})|لل(?=.{3})")
"""The Arabic article and the words that are written as one with it."""


def without_article(word: str) -> str:
    """Return a folded word without the Arabic article before it."""
    return _ARTICLE.sub("", word, count=1) if _ARTICLE.match(word) else word


class Glossary:
    """Meanings by the beginnings of words, folded; the longest beginning counts."""

    def __init__(self, words: Mapping[str, str]) -> None:
        """Take, for each meaning, words apart by spaces. Of two meanings of a word the last one counts."""
        self._by_start: dict[str, dict[str, str]] = {}
        for meaning, written in words.items():
            plain = written.split()
            for word, folded in zip(plain, fold_all([one.rstrip(EXACT) for one in plain]), strict=True):
                whole = EXACT if word.endswith(EXACT) or len(folded) <= SHORT else ""
                self._by_start.setdefault(folded[:SHORT], {})[folded + whole] = meaning

    def meaning(self, word: str) -> str | None:
        """Return what a folded word means, or None; in Arabic also without the article."""
        bare = without_article(word)
        return self._meaning(word) or (self._meaning(bare) if bare != word else None)

    def _meaning(self, word: str) -> str | None:
        """Return what a folded word means as it is written, or None."""
        starts = self._by_start.get(word[:SHORT])
        if starts is None:
            return None
        if meaning := starts.get(word + EXACT):
            return meaning
        return next((starts[word[:end]] for end in range(len(word), SHORT - 1, -1) if word[:end] in starts), None)
