"""What every character is to the matcher: folded letters, or a kind of gap between them.

One table for aliases and text alike, over all of Unicode and the same under every Python. tools/make_letters.py holds
its rules and makes letters_data.py, which is unpacked here at first use. In short:

- letters are decomposed and case folded, accents and vowel points vanish; a letter may become several (ß, ﬁ, ﻻ, ﷲ)
- vowel signs of Hindi and its kin stay, they are letters of their words
- letters that the keyboards of Arabic, Persian, Urdu, Pashto and Tajik put for one another become one
- digits of all scripts become 0 to 9
- a letter of any other script stands for itself; what is unassigned parts sentences (HARD)
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from monitor.core import letters_data

UNICODE = letters_data.UNICODE
"""Version of Unicode the table covers."""

VERSION = letters_data.VERSION
"""Name of the table's content, to be kept with whatever was folded by it."""

SPACE, BREAK, HYPHEN, APOSTROPHE, SEMICOLON, DOT, BRACKET, HARD, JOINER = (1 << bit for bit in range(9))
"""Marks that the characters of a gap leave; a gap may hold several."""

SEVERAL = 0xFFFF_FFFF
"""Stands in `Table.single` for a code point that folds to more than one letter."""

_SIZE = 0x110000
"""Code points of Unicode."""

_UNSPACED = (
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19FF),  # Tai Le, New Tai Lue
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3021, 0x312F),  # numbers, Hiragana, Katakana, Bopomofo
    (0x31A0, 0x31FF),
    (0x3400, 0x9FFF),  # Han
    (0xA9E0, 0xA9FF),  # Myanmar
    (0xAA60, 0xAADF),  # Myanmar, Tai Viet
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # narrow Katakana
    (0x11700, 0x1174F),  # Ahom
    (0x16FE0, 0x18DFF),  # Tangut, Khitan
    (0x1AFF0, 0x1B2FF),  # Kana, Nushu
    (0x20000, 0x3FFFF),  # Han
)


@dataclass(frozen=True, slots=True)
class Table:
    """For each code point what it folds to and its marks.

    single    uint32[0x110000]: the one letter a code point folds to, 0 where to none, SEVERAL where to more
    several   the letters of those that fold to more
    marks     uint16[0x110000]: marks of what folds to no letter; 0 for what is invisible or belongs to the letter
              before
    """

    single: npt.NDArray[np.uint32]
    several: Mapping[int, str]
    marks: npt.NDArray[np.uint16]


@cache
def table() -> Table:
    """Return the table, unpacked at the first call."""
    parts = json.loads(zlib.decompress(base64.b85decode(letters_data.DATA.replace("\n", ""))))
    stands = np.arange(len(parts["own"])) % 2 == 1
    single = np.arange(_SIZE, dtype=np.uint32) * np.repeat(stands, parts["own"])
    moved, targets = np.cumsum(np.array(parts["moved"], dtype=np.int64), axis=1)
    single[moved] = targets
    points = np.cumsum(parts["several"][0])
    single[points] = SEVERAL
    lengths, marks = np.array(parts["marks"], dtype=np.int64).reshape(-1, 2).T
    found = Table(
        single=single,
        several=dict(zip(points.tolist(), parts["several"][1], strict=True)),
        marks=np.repeat(marks.astype(np.uint16), lengths),
    )
    found.single.flags.writeable = found.marks.flags.writeable = False
    return found


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """Return the code points of a text; lone surrogates are kept."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


@lru_cache(maxsize=4096)
def unspaced(letter: str) -> bool:
    """Return whether a letter belongs to a script written without spaces between words.

    Those that break lines between any two letters or by a dictionary (classes ID and SA of Unicode Standard Annex 14),
    and Tibetan.
    """
    point = ord(letter)
    return any(first <= point <= last for first, last in _UNSPACED)
