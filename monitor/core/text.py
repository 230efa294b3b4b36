"""Fold a text for comparison, and keep the way back to its offsets.

Folding leaves the letters and forgets what stands between them; `gaps` remembers that, so that the matcher can find an
alias in the letters and then ask whether the gaps allow it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from monitor.core import letters
from monitor.core.letters import APOSTROPHE, BRACKET, BREAK, DOT, HARD, HYPHEN, JOINER, SEMICOLON, SEVERAL, SPACE

TWO_BREAKS = 1 << 15
"""Mark of a gap with a blank line in it: a paragraph ends there."""

WORD_BORDER = SPACE | BREAK | HYPHEN | SEMICOLON | DOT | BRACKET | HARD | JOINER | TWO_BREAKS
"""Marks that part words when distances are counted; an apostrophe does not."""

NONE, JOIN, QUIRK, HYPHENED, SPACED, DASHED, DOTTED, BRACKETED, SHUT = range(9)
"""Kinds of gaps: nothing; zero-width non-joiner; apostrophe or a stray ; : inside a word; hyphen or slash without and
with spaces around; space or one line break; dot; brackets; and what no mention crosses."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text.

    letters   its folded letters, nothing else
    origin    for each letter the offset of the character it came from
    gaps      for each letter the marks of what stands before it, and one more for what stands after the last
    text      the original
    """

    letters: str
    origin: npt.NDArray[np.int64]
    gaps: npt.NDArray[np.uint16]
    text: str

    def offset(self, letter: int) -> int:
        """Return the offset of a letter in the original."""
        return int(self.origin[letter])

    def end_offset(self, letter: int) -> int:
        """Return the offset after a letter and the marks that belong to it."""
        end = int(self.origin[letter]) + 1
        stop = int(self.origin[letter + 1]) if letter + 1 < len(self.origin) else len(self.text)
        while end < stop and _belongs(self.text[end]):
            end += 1
        return end

    def words_before(self) -> npt.NDArray[np.int64]:
        """Return for each letter the number of its word, counted from 0."""
        return np.cumsum((self.gaps[:-1] & WORD_BORDER) != 0)


def fold(text: str) -> Folded:
    """Return `text` folded; see letters.py for the rules."""
    table = letters.table()
    points = letters.code_points(text)
    single = table.single[points]
    lengths = (single != 0).astype(np.int64)
    expanding = np.flatnonzero(single == SEVERAL)
    several = [table.several[point] for point in points[expanding].tolist()]
    lengths[expanding] = [len(one) for one in several]
    ends = np.cumsum(lengths, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    origin = np.repeat(np.arange(len(points)), lengths)
    codes = np.repeat(single, lengths)
    codes[codes == SEVERAL] = letters.code_points("".join(several))
    gaps = np.zeros(total + 1, dtype=np.uint16)
    between = np.flatnonzero(lengths == 0)
    marks = table.marks[points[between]]
    places = ends[between]
    np.bitwise_or.at(gaps, places, marks)
    breaks = np.bincount(places[marks == BREAK], minlength=total + 1)
    gaps[breaks > 1] |= TWO_BREAKS
    folded = codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    return Folded(folded, origin, gaps, text)


@lru_cache(maxsize=4096)
def kind_of(marks: int) -> int:
    """Return the kind of a gap from its marks."""
    if marks & (HARD | TWO_BREAKS):
        return SHUT
    if marks & (SEMICOLON | DOT | APOSTROPHE) and marks not in (SEMICOLON, DOT, APOSTROPHE):
        return SHUT  # the end of a sentence, a quotation
    if marks & (SEMICOLON | APOSTROPHE):
        return QUIRK
    if marks & DOT:
        return DOTTED
    if marks & BRACKET:
        return BRACKETED
    if marks & HYPHEN:
        return DASHED if marks & (SPACE | BREAK) else HYPHENED
    return SPACED if marks & (SPACE | BREAK) else JOIN if marks & JOINER else NONE


@lru_cache(maxsize=4096)
def _belongs(character: str) -> bool:
    """Return whether a character is part of the letter before it: a mark, not something invisible or between."""
    import unicodedata

    return unicodedata.category(character) in ("Mn", "Mc", "Me")


_SENTENCE_END = re.compile(r"[.!?؟۔।…]+[\"'”’»)\]]*\s+|\n\s*\n")
_ABBREVIATION = re.compile(r"(?:^|[\s(.])(?:[A-ZА-Я]|Dr|Mr|Mrs|Ms|Gen|Lt|Col|Maj|Capt|Sgt|St|Sen|Gov|Prof|No|vs)$")


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the sentences of a text as (start, end) offsets that cover it.

    A sentence ends at . ! ? and their Arabic, Urdu and Hindi kin before white space, and at a blank line; not after
    an initial or a title ("Dr. Hussain").
    """
    found, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        if end[0].startswith(".") and _ABBREVIATION.search(text, max(start, end.start() - 8), end.start()):
            continue
        found.append((start, end.end()))
        start = end.end()
    return [*found, (start, len(text))]
