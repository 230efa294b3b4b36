"""What every character is to the matcher: folded letters, or a kind of gap between them.

One table for aliases and text alike, built once from the Unicode data of the running Python. Rules (sources: Unicode
Standard Annex 15 for NFKD, Unicode Technical Report 36 for what is invisible):

- letters and digits are decomposed (NFKD) and case folded; a letter may become several (ß, ﬁ, ﻻ, ﷲ)
- combining marks, Arabic vowel signs, tatweel, hamza and modifier letters vanish; Indic vowel signs stay, they are
  letters of their words
- letters of the Arabic script that Arabic, Persian, Urdu and Pashto keyboards write differently become one
- digits of all scripts become 0 to 9
"""

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

SPACE, BREAK, HYPHEN, APOSTROPHE, SEMICOLON, DOT, BRACKET, HARD, JOINER = (1 << bit for bit in range(9))
"""Marks that the characters of a gap leave; a gap may hold several."""

_SAME = {
    "ی": "يىېۍےئۓﻱ",
    "ک": "كڪ",
    "ه": "ةۀہھەۃۂ",
    "ا": "أإآٱ",
    "و": "ؤ",
}
_ARABIC = {ord(variant): letter for letter, variants in _SAME.items() for variant in variants}
_LATIN = {"ø": "o", "đ": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ħ": "h"}
"""Latin letters that Unicode does not decompose, as newsrooms write them in plain ASCII."""

_HAMZA, _TATWEEL = 0x0621, 0x0640
_NUKTAS = frozenset({0x093C, 0x09BC, 0x0A3C, 0x0ABC, 0x0B3C, 0x0CBC})
_INDIC = range(0x0900, 0x0E00)
_MODIFIERS = range(0x02B0, 0x0300)
_BREAKS = frozenset("\n\x0b\x0c\x85\u2028")
_APOSTROPHES = frozenset("'\u2019\u2018\u201b`\u00b4\u2032\u02b9\uff07")
_HYPHENS = frozenset("/_\u2212\u2044\u00ad\ufe63\uff0d")
_SOFT_HYPHEN, _ZWNJ = 0x00AD, 0x200C

_PLAIN = (range(0x3400, 0xA000), range(0xAC00, 0xD7A4), range(0xE000, 0xF900), range(0x20000, 0x110000))
"""Blocks of letters that stand for themselves (CJK ideographs, Hangul) or for nothing (private use)."""


class Table:
    """For each code point its folded letters and its marks.

    start, length   slice of `codes` with the folded letters of a code point; length 0 for what is no letter
    marks           of a code point that is no letter; 0 for one that is invisible
    """

    def __init__(self) -> None:
        """Walk all code points once; takes about a fifth of a second."""
        size = 0x110000
        self.start = np.arange(size, dtype=np.uint32)
        self.length = np.zeros(size, dtype=np.uint8)
        self.marks = np.full(size, HARD, dtype=np.uint16)
        plain = np.zeros(size, dtype=bool)
        for block in _PLAIN:
            plain[block.start : block.stop] = True
        self.length[plain] = 1
        codes: list[int] = []
        for point in np.flatnonzero(~plain).tolist():
            folded, marks = _describe(point)
            self.start[point] = size + len(codes)
            self.length[point] = len(folded)
            self.marks[point] = marks
            codes.extend(map(ord, folded))
        self.codes = np.concatenate([np.arange(size, dtype=np.uint32), np.array(codes, dtype=np.uint32)])
        self.marks[plain] = 0


@cache
def table() -> Table:
    """Return the table, built at the first call."""
    return Table()


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """Return the code points of a text; lone surrogates are kept."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _describe(point: int) -> tuple[str, int]:
    """Return the folded letters of a code point and, where there are none, its marks."""
    letter = chr(point)
    category = unicodedata.category(letter)
    if category in ("Cn", "Cs", "Co"):
        return "", HARD
    folded = "".join(_fold(one) for one in unicodedata.normalize("NFKD", letter).casefold())
    return (folded, 0) if folded else ("", _marks(point, letter, category))


def _fold(letter: str) -> str:
    """Return the folded form of one decomposed, case folded character; empty when it is no letter or vanishes."""
    point = ord(letter)
    if point in _ARABIC:
        return _ARABIC[point]
    if letter in _LATIN:
        return _LATIN[letter]
    category = unicodedata.category(letter)
    if category[0] == "N":
        value = unicodedata.digit(letter, None)
        return letter if value is None else str(value)
    if point in _INDIC and category[0] == "M":
        return "" if point in _NUKTAS else letter
    vanishes = point in (_HAMZA, _TATWEEL) or point in _MODIFIERS
    return letter if category[0] == "L" and not vanishes else ""


def _marks(point: int, letter: str, category: str) -> int:
    """Return the mark that a character leaves in a gap; 0 for one that is invisible or part of the letter before."""
    if point == _ZWNJ:
        return JOINER
    if category[0] in "LM" or (category == "Cf" and point != _SOFT_HYPHEN) or point == _SOFT_HYPHEN:
        return 0
    if letter in _BREAKS:
        return BREAK
    if letter in _APOSTROPHES:
        return APOSTROPHE
    if letter in _HYPHENS or category == "Pd":
        return HYPHEN
    simple = {";": SEMICOLON, ":": SEMICOLON, ".": DOT, "\r": SPACE, "\t": SPACE}
    if letter in simple:
        return simple[letter]
    return SPACE if category == "Zs" else BRACKET if category in ("Ps", "Pe") else HARD
