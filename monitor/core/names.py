"""Recognise transliterated names in other spellings: Fazal-ur-Rahman, Fazlur Rehman.

The words of a text that begin with a capital are read as names: each run of one to seven of them has a key (skeleton.py),
and where an alias has the same key, their sounds are compared (likeness.py). What is found is less sure than a name
found letter by letter, and is told apart (`Tier.SPELLING`).
"""

import re
import unicodedata
from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from monitor.core.likeness import are_spellings
from monitor.core.skeleton import ARTICLES, LINKS, READINGS, is_sunny, ends_in_article, join, key_of, readings, roman, skeleton, sounds
from monitor.core.text import fold

MIN_LETTERS = 6
"""Shorter names have neighbours everywhere (Hamas, Hama; Ghor, Ghur); they are found as they are written only."""

MIN_CONSONANTS = 3
"""So many consonants must be heard, doubled ones once: what remains alike in two spellings is mostly these."""

MIN_KEY = 2
START = 4
"""Consonants of a key by which a run of words is given up early; of twelve classes there are so few such beginnings that
their number does not grow with the aliases."""

MAX_WORDS = 7
"""Abu Bakr al-Baghdadi al-Husayni al-Qurashi; longer names are found by an alias of fewer words."""

KEPT_WORDS, KEPT_NAMES = 1 << 16, 1 << 14
"""Most words and names of texts whose reading is remembered; then all are forgotten."""

TITLES = frozenset(
    """
    maulana mawlana maulvi mawlawi molvi moulvi mullah mulla molla mollah haji hajji hadji alhaji qari kari hafiz hafez
    mufti allama sheikh shaikh shaykh sheik ustad ustaz ustadh amir emir ayatollah hojatoleslam imam sayyid dr doctor
    prof professor engineer gen general lt col colonel maj major capt captain brig brigadier commander marshal president
    minister mr mrs ms sir justice judge senator governor king prince crown malam mallam мулла шейх хаджи генерал доктор
    """.split()
)
"""Folded titles; an alias is also looked up without them where two other words or more remain."""


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


_PARTICLES = (
    "al el il ul ar er ur as es us ad ed ud an en un at et ut az ez uz ash esh ush e i o wa bin ibn bint ben abu abd "
    "van von de da dos del la di du le аль эль уль ад эд ан ас аз ат ар аш уд ур бин ибн бен абу"
).split()
_PATTERN = r"""
    (?<!\w)
    ( [CAPS] [LET]* (?: [QUOTE] (?![sS]\b) [LET]+ )*  |  PART (?=SEP (?:PART SEP)? [CAPS]) )
    ( SEP (?= [CAPS] | PART SEP (?:PART SEP)? [CAPS] ) )?
"""
_PARTS = {
    "PART": f"(?:{'|'.join(sorted(_PARTICLES, key=len, reverse=True))})",
    "SEP": r"(?:[ \t\u00a0]{1,3}(?:\r?\n[ \t]{0,3})?|\r?\n[ \t]{0,3}|[-\u2010\u2011/]['\u2018\u2019\u02bf\u02bb`]?)",
    "CAPS": _capitals(),
    "LET": r"^\W\d_",
    "QUOTE": r"'\u2018\u2019`",
}


def _compiled() -> re.Pattern[str]:
    """Return the pattern with its parts put in."""
    pattern = re.sub(r"\s", "", _PATTERN)
    for name, part in _PARTS.items():
        pattern = pattern.replace(name, part)
    return re.compile(pattern)


_WORDS = _compiled()



@lru_cache(maxsize=KEPT_WORDS)
def _letters(surface: str) -> str:
    """Return the folded letters of a word."""
    return fold(surface).letters


def capitalised_words(text: str) -> list[Word]:
    """Return the words of a text that begin with a capital, Latin or Cyrillic, and the particles that lead to one.

    A hyphen parts words ("Fazal-ur-Rahman" is three), an apostrophe within does not ("Sana'a"); 's is left out.
    """
    return [
        Word(_letters(found[1]), found.start(), found.end(1), found[2] is not None) for found in _WORDS.finditer(text)
    ]


def spelling_key(words: Sequence[str]) -> str:
    """Return the key of a name given as its words' folded letters; "" for one that has no other spellings.

    Those are names too short, and words in other scripts than Latin and Cyrillic or with digits.
    """
    plain = [roman(word) for word in words]
    if not all(plain) or sum(map(len, plain)) < MIN_LETTERS:
        return ""
    consonants = sum(sound not in "aeiouEOwyh" for word in words for sound in sounds(word))
    key = key_of(words, [sounds(word) for word in words])
    return key if consonants >= MIN_CONSONANTS and len(key) >= MIN_KEY else ""


def keys_of_alias(text: str) -> tuple[str, ...]:
    """Return all keys under which an alias is looked up; () for one that has no other spellings.

    An alias is looked up as written, without its titles, without its articles, written as one word, and as each of its
    other readings. Acronyms and aliases without a capital have no other spellings.
    """
    if text.isupper() or text.islower():
        return ()
    keys = [key for words in _namings(_words_of(text)) for key in _keys(words)]
    return tuple(dict.fromkeys(keys))


def _words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of an alias, hyphens parting them as in a text."""
    return tuple(filter(None, map(_letters, re.split(r"[\s/\u2010\u2011-]+", text))))


def _namings(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the words of an alias, and those without its titles where two or more remain."""
    bare = tuple(word for word in words if word not in TITLES)
    return [words, bare] if 2 <= len(bare) < len(words) else [words]


def _keys(words: tuple[str, ...]) -> list[str]:
    """Return the keys of an alias with just these words; [] where it has no other spellings."""
    if not spelling_key(words):
        return []
    bare = tuple(word for place, word in enumerate(words) if word not in ARTICLES or place == len(words) - 1)
    found = [key_of(words, spoken) for spoken in readings(words)]
    if bare != words and spelling_key(bare):
        found.append(spelling_key(bare))
    if len(words) > 1:
        found.append(spelling_key(("".join(words),)))
    return [key for key in found if len(key) >= MIN_KEY]


class _Reading(NamedTuple):
    """A word of a text as names are looked up.

    keys      one for each reading: as written, those of skeleton.py, and without articles
    sunny     begins with a sun letter
    article   ends as the article does
    other     the readings (their places in `keys`) that differ from the first
    starts    for each reading, whether the key of an alias starts so
    """

    keys: tuple[str, ...]
    sunny: bool
    article: bool
    other: frozenset[int]
    starts: tuple[bool, ...]


class Spellings:
    """All aliases that have other spellings, to be found in texts.

    Holds some 200 bytes for each alias: its keys in one table, its words in one string.
    """

    def __init__(self, aliases: Sequence[str], *, is_common: Callable[[str], bool] = lambda _: False) -> None:
        """Index `aliases`; their places are their ids.

        is_common   tells of folded letters whether they are a common word, which alone is no other spelling of a name
        """
        self._is_common = is_common
        self._table: dict[str, int | tuple[int, ...]] = {}
        self._starts: set[str] = set()
        self._longest = 0
        self._known: dict[str, _Reading | None] = {}
        self._verdicts: dict[tuple[str, str], tuple[int, ...]] = {}
        self._ends = array("I", [0])
        parts = []
        for alias, text in enumerate(aliases):
            keys = keys_of_alias(text)
            parts.append(" ".join(_words_of(text)) if keys else "")
            self._ends.append(self._ends[-1] + len(parts[-1]))
            for key in keys:
                self._add(key, alias)
        self._names = "".join(parts)

    def _add(self, key: str, alias: int) -> None:
        """Enter an alias under a key."""
        held = self._table.get(key)
        self._table[key] = alias if held is None else (*held, alias) if isinstance(held, tuple) else (held, alias)
        self._longest = max(self._longest, len(key))
        self._starts.update(key[:length] for length in range(1, min(len(key), START) + 1))

    def find(self, words: Sequence[Word]) -> list[tuple[int, int, int]]:
        """Return (alias, first word, last word) of each run of words that is a spelling of an alias, not the alias itself.

        Of runs that overlap, the longest is returned for each alias.
        """
        found: list[tuple[int, int, int]] = []
        size, start = len(words), 0
        while start < size:
            stop = start
            while stop < size - 1 and words[stop].joins:
                stop += 1
            self._search(words, start, stop + 1, found)
            start = stop + 1
        return _longest(found) if found else found

    def _search(self, words: Sequence[Word], start: int, stop: int, found: list[tuple[int, int, int]]) -> None:
        """Add to `found` the spellings among the words from `start` to before `stop`, which all join."""
        run = [self._reading(words[place].letters) for place in range(start, stop)]
        others = {reading for word in run if word for reading in word.other}
        for reading in (0, *others):
            for first, head in enumerate(run):
                if head is not None and head.starts[reading]:
                    for last, key in self._keys_from(run, first, reading):
                        letters = [word.letters for word in words[start + first : start + last + 1]]
                        for alias in self._verdict(key, letters):
                            found.append((alias, start + first, start + last))

    def _keys_from(self, run: Sequence[_Reading | None], first: int, reading: int) -> list[tuple[int, str]]:
        """Return (last word, key) of the runs of words from `first` on that have the key of an alias."""
        hits, key, article = [], "", False
        for last in range(first, min(first + MAX_WORDS, len(run))):
            word = run[last]
            if word is None:
                break
            key = join(key, word.keys[reading], silent=article and word.sunny)
            article = word.article
            if key in self._table:
                hits.append((last, key))
            if len(key) > self._longest or not self._may_start(key):
                break
        return hits

    def _may_start(self, key: str) -> bool:
        """Return whether the key of an alias may begin so; what joins may still take the last consonant away."""
        sure = key[:-1] if key.endswith(("L", "D", "T")) else key
        return not sure or sure[:START] in self._starts

    def _reading(self, letters: str) -> _Reading | None:
        """Return how a word of a text is looked up; None where it is part of no name."""
        try:
            return self._known[letters]
        except KeyError:
            if len(self._known) >= KEPT_WORDS:
                self._known.clear()
            made = self._known[letters] = self._read(letters) if roman(letters) else None
            return made

    def _read(self, letters: str) -> _Reading:
        """Return how a word that can be pronounced is looked up."""
        spoken = sounds(letters)
        keys = [skeleton(spoken), *(skeleton(spoken.translate(reading)) for reading in READINGS)]
        keys.append("" if roman(letters) in ARTICLES else keys[0])
        other = frozenset(place for place, key in enumerate(keys) if key != keys[0])
        return _Reading(tuple(keys), is_sunny(letters), ends_in_article(letters), other, tuple(map(self._may_start, keys)))

    def _verdict(self, key: str, letters: Sequence[str]) -> tuple[int, ...]:
        """Return the aliases under a key of which these words are another spelling."""
        asked = (key, " ".join(letters))
        if asked not in self._verdicts:
            if len(self._verdicts) >= KEPT_NAMES:
                self._verdicts.clear()
            self._verdicts[asked] = self._decide(key, letters)
        return self._verdicts[asked]

    def _decide(self, key: str, letters: Sequence[str]) -> tuple[int, ...]:
        """Return what `_verdict` remembers."""
        ends = (roman(letters[0]), roman(letters[-1]))
        if ends[0] in LINKS or ends[1] in LINKS or ends[1] in ARTICLES or not spelling_key(letters):
            return ()
        if all(map(self._is_common, letters)):
            return ()
        held = self._table[key]
        written = "".join(letters)
        agreed = []
        for alias in held if isinstance(held, tuple) else (held,):
            words = tuple(self._names[self._ends[alias] : self._ends[alias + 1]].split())
            if written != "".join(words) and any(are_spellings(letters, name) for name in _namings(words)):
                agreed.append(alias)
        return tuple(agreed)


def _longest(found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return the longest of the runs that overlap, for each alias, in the order of the text."""
    kept: dict[int, set[int]] = {}
    out = []
    for alias, first, last in sorted(set(found), key=lambda run: (run[1] - run[2], run[1])):
        taken = kept.setdefault(alias, set())
        if taken.isdisjoint(range(first, last + 1)):
            taken.update(range(first, last + 1))
            out.append((alias, first, last))
    return sorted(out, key=lambda run: (run[1], run[2], run[0]))
