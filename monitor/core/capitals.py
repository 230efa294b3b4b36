"""The words of a text that may be parts of names: those that begin with a capital, and the particles between them."""

import re
import unicodedata
from functools import lru_cache

from monitor.core.text import fold

_KEPT_WORDS = 1 << 15
"""Most words whose folded letters are remembered."""


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
    r"(?:agh?|oul?d?|wuld|walet|aw|al|el|ul|ur|ud|un|ut|uz|ush|ash|ar|ad|az|ed|[eiou]|wa|ibn|b(?:int?|en)|ab[ud]|v[ao]n|d(?:ell?a?|an?|os?|i|u)|l[ae]"
    r"|(?:а[лрдсзтнш]|[эу][лдр]|у[тсзнш])ь?|ибн|б(?:ин|ен)|абу)"
)
_BOUND = r"(?:[aeiu](?:[lrsdntz]|sh)-['\u2018\u2019\u02bf\u02bb`]?)"
_PARTICLES = rf"(?:{_BOUND}|{_FREE}{_SEPARATOR})"
"""What may stand in lower case between two words of a name: the Arabic article in all its forms (those that are English
words, too, only with a hyphen: as-Sadr), izafa, "and", "son of", and the small words of European names."""

_WORD = rf"{_CAPITAL}(?<!\w.)\w*{_TAIL}"
_RUN = rf"{_WORD}(?:{_SEPARATOR}(?:{_PARTICLES}{{1,2}}|)(?={_CAPITAL}){_WORD})*"
_RUNS = re.compile(_RUN)
_LED = re.compile(rf"(?<!\w)(?:{'|'.join(_LEADS)}){_SEPARATOR}\Z")
_LEAD_MARKS = tuple(f"{lead} " for lead in _LEADS)
_LEAD_ENDS = frozenset(lead[-1] for lead in _LEADS)
_LEAD_CHARACTERS = 12
"""Longest lead with what may part it from a name."""

_PARTS = re.compile(r"[^\s/\u2010\u2011-]+")


def runs(text: str) -> list[tuple[str, int]]:
    """Return the runs of words that may be parts of one name, as written, each with its offset in `text`.

    A run's words begin with a capital, Latin or Cyrillic, or are particles that lead to such a word. A hyphen parts
    words ("Fazal-ur-Rahman" is three), an apostrophe within does not ("Sana'a"); 's is left out.
    """
    found = [(run[0], run.start()) for run in _RUNS.finditer(text)]
    if any(lead in text for lead in _LEAD_MARKS):
        return [_with_lead(text, run, start) for run, start in found]
    return found


def bare_runs(text: str) -> list[str] | None:
    """Return the runs without their offsets, which takes half as long; None where one may have a particle before it."""
    return None if any(lead in text for lead in _LEAD_MARKS) else _RUNS.findall(text)


def _with_lead(text: str, run: str, start: int) -> tuple[str, int]:
    """Return a run together with a particle in lower case that begins its name."""
    if text[max(0, start - 2) : max(0, start - 1)] not in _LEAD_ENDS:
        return run, start
    lead = _LED.search(text, max(0, start - _LEAD_CHARACTERS), start)
    return (lead[0] + run, lead.start()) if lead else (run, start)


@lru_cache(maxsize=_KEPT_WORDS)
def letters_of(surface: str) -> str:
    """Return the folded letters of a word."""
    return fold(surface).letters


def split_words(text: str) -> list[str]:
    """Return the folded letters of the words of a name or a run, one for each part between spaces and hyphens."""
    return [letters_of(part) for part in _PARTS.findall(text)]


def spans_of_words(run: str) -> list[tuple[int, int]]:
    """Return where the words that `split_words` returns begin and end."""
    return [part.span() for part in _PARTS.finditer(run)]
