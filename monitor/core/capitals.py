"""The words of a text that may be parts of names: those that begin with a capital, and the particles between them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple, overload

from monitor.core.text import fold

_KEPT_WORDS = 1 << 15
"""Most words whose folded letters are remembered."""


class Word(NamedTuple):
    """A word of a text that may be part of a name.

    letters      its folded letters
    start, end   `text[start:end]` is the word as written
    joins        whether a name may go on in the next word: a space, hyphen, slash or one line break stands between
    """

    letters: str
    start: int
    end: int
    joins: bool


def _capitals() -> str:
    """Return the capitals of the Latin and Cyrillic scripts, to stand in a character class."""
    points = (*range(0x41, 0x250), *range(0x400, 0x530), *range(0x1E00, 0x1F00))
    return "".join(chr(point) for point in points if unicodedata.category(chr(point)) in ("Lu", "Lt"))


_LEADS = ("bin", "ibn", "bint", "ben", "бин", "бен", "ибн")
"""Particles that begin a name in lower case and belong to it: bin Laden. An article that begins one does not matter."""

_CAPITAL = f"[{_capitals()}]"
_TAIL = r"(?:(?:['\u2018\u2019`](?![sS]\b)(?=[^\W\d_])\w+|[\u0300-\u036f]\w*)+|)"
"""What a word may go on with: an apostrophe and letters, but not 's; marks that are characters of their own."""

_SEPARATOR = r"(?:[ \t\u00a0]{1,3}(?:\r?\n[ \t]{0,3})?|[-\u2010\u2011/]['\u2018\u2019\u02bf\u02bb`]?|\r?\n[ \t]{0,3})"
_FREE = (
    r"(?:al|el|ul|ur|ud|un|ut|uz|ush|ash|ar|ad|az|ed|[eiou]|wa|ibn|b(?:int?|en)|ab[ud]|v[ao]n|d(?:ell?a?|an?|os?|i|u)|l[ae]"
    r"|(?:а[лрдсзтнш]|[эу][лдр]|у[тсзнш])ь?|ибн|б(?:ин|ен)|абу)"
)
_BOUND = r"(?:[aeiu](?:[lrsdntz]|sh)-['\u2018\u2019\u02bf\u02bb`]?)"
_PARTICLES = rf"(?:{_BOUND}|{_FREE}{_SEPARATOR})"
"""What may stand in lower case between two words of a name: the Arabic article in all its forms (those that are English
words, too, only with a hyphen: as-Sadr), izafa, "and", "son of", and the small words of European names."""

_WORD = rf"{_CAPITAL}(?<!\w.)\w*{_TAIL}"
_RUN = rf"{_WORD}(?:{_SEPARATOR}(?:{_PARTICLES}{{1,2}}|)(?={_CAPITAL}){_WORD})*"
_RUNS = re.compile(_RUN)
_LED_RUNS = re.compile(rf"(?:(?<!\w)(?:{'|'.join(_LEADS)}){_SEPARATOR}(?={_CAPITAL}))?{_RUN}")
_LEAD_MARKS = tuple(f" {lead} " for lead in _LEADS)
_PARTS = re.compile(r"[^\s/\u2010\u2011-]+")


class Words(Sequence[Word]):
    """The words of a text that may be parts of names.

    runs   words that join one another, as written, in the order of the text; offsets are reckoned only when asked for
    """

    def __init__(self, text: str) -> None:
        """Look through `text`, in time linear in its length."""
        self._text = text
        self._pattern = _LED_RUNS if any(lead in text for lead in _LEAD_MARKS) else _RUNS
        self.runs: list[str] = self._pattern.findall(text)

    def first_of(self, run: int) -> int:
        """Return the place of the first word of a run."""
        return self._firsts[run]

    @cached_property
    def _firsts(self) -> list[int]:
        return [0, *accumulate(sum(1 for _ in _PARTS.finditer(run)) for run in self.runs)]

    @cached_property
    def _words(self) -> list[Word]:
        words = []
        for run in self._pattern.finditer(self._text):
            parts = list(_PARTS.finditer(self._text, run.start(), run.end()))
            for place, part in enumerate(parts):
                words.append(Word(letters_of(part[0]), part.start(), part.end(), place < len(parts) - 1))
        return words

    def __len__(self) -> int:
        return len(self._words)

    def __iter__(self) -> Iterator[Word]:
        return iter(self._words)

    @overload
    def __getitem__(self, place: int) -> Word: ...
    @overload
    def __getitem__(self, place: slice) -> list[Word]: ...
    def __getitem__(self, place: int | slice) -> Word | list[Word]:
        return self._words[place]


def capitalised_words(text: str) -> Words:
    """Return the words of a text that begin with a capital, Latin or Cyrillic, and the particles that lead to one.

    A hyphen parts words ("Fazal-ur-Rahman" is three), an apostrophe within does not ("Sana'a"); 's is left out.
    """
    return Words(text)


@lru_cache(maxsize=_KEPT_WORDS)
def letters_of(surface: str) -> str:
    """Return the folded letters of a word."""
    return fold(surface).letters


def split_words(text: str) -> list[str]:
    """Return the folded letters of the words of a name or a run, one for each part between spaces and hyphens."""
    return [letters_of(part) for part in _PARTS.findall(text)]
