"""Whether two headlines say the same in other words: titles that share most of their words; precision before recall.

Numbers count as words ("two dead" is not "five dead" unless the rest agrees), and a handful of shared words is not
enough.
"""

import re
import unicodedata

LIKENESS = 0.5
"""Least share of the words of both titles that they have in common (Jaccard)."""

SHARED = 3
"""Least number of words in common at that likeness."""

INSIDE = 0.75
"""Least share of the shorter title's words that the longer one has; for headlines that were lengthened."""

SHARED_INSIDE = 4
"""Least number of words in common then."""

_STOP_WORDS = """
    a an and as at after amid are be been by for from has have he her his in into is it its new no not of off on or
    over says said she than that the their they this to up was were will with who more least
    و در از به که با برای این آن را یک است شد میں کی کے کا کو سے نے اور پر ہے ہیں تھا کر
    د په چې له او ته کې سره
    في من على إلى عن مع أن هذا هذه
    в на и с по из за к о об от до для что как не при
    der die das und in im von mit auf bei nach le la les des du un une et en dans de à
    के की का में से ने और पर है
"""

_WORD = re.compile(r"[^\W_]+")
_SUFFIX = re.compile(r"\s+[|–—-]\s+[^|–—-]{2,40}$")


def title_words(title: str) -> frozenset[str]:
    """Return the words of a title by which stories are compared.

    Folded: case, accents and vowel marks are gone. Without stop words, without single letters, and without an outlet's
    name at the end ("... - Dawn") as long as enough of the title is left.
    """
    return _words(without_outlet(title))


def without_outlet(title: str) -> str:
    """Return a title without what looks like an outlet's name at its end, as long as enough words are left."""
    shorter = _SUFFIX.sub("", title)
    return shorter if len(_words(shorter)) >= SHARED else title


def _words(title: str) -> frozenset[str]:
    """Return the folded words of a text without stop words and single letters."""
    return frozenset(word for word in _fold(title) if len(word) > 1) - STOP_WORDS


def _fold(text: str) -> list[str]:
    """Return the words of a text without case, accents and vowel marks."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return _WORD.findall(plain.casefold())


STOP_WORDS = frozenset(_fold(_STOP_WORDS))
"""Words that say nothing of a story, in the languages of the starter feeds."""


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how alike two titles are: 0.0 when they do not tell the same story, else more the more words they share.

    The same in both directions.
    """
    shared = len(one & other)
    if not shared:
        return 0.0
    whole, inside = shared / len(one | other), shared / min(len(one), len(other))
    if (whole >= LIKENESS and shared >= SHARED) or (inside >= INSIDE and shared >= SHARED_INSIDE) or one == other:
        return whole
    return 0.0
