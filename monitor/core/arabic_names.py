"""Recognise names in Arabic script in other spellings: عبيد الله المتوكل, عبیدالله متوکل.

What names.py does for scripts with capitals, for one without: any word may begin a name, so that the words of a text
are looked up by keys that keep more (arabic_words.py) and their letters may differ less (arabic_likeness.py). Nearly
all words of a text end at one look into a dict.
"""

import re
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, compress, islice, pairwise

from monitor.core.arabic_likeness import NAME, SHORT, are_alike
from monitor.core.arabic_words import (
    LONG_CONSONANTS,
    Word,
    consonants,
    fused,
    is_title,
    key_of,
    namings,
    segments_of,
    word_of,
)

MIN_LETTERS, MIN_NAMED, MIN_SHORT = 6, 4, 5
"""Letters of a name, of a name without its titles (ملا عمر has too few), and of a single word that may differ in
retroflexes only."""

MAX_WORDS = 7
"""As in names.py: longer names are found by an alias of fewer words."""

KEPT, KEPT_LETTERS = 1 << 15, 40
"""Most words and runs of words of texts that are remembered, words each at most so long; then all are forgotten."""

_FREQUENT = "الرنم"
"""Letters of which every text in Arabic script has one, titles too; asked for one by one they are found at once."""

_INVISIBLE = "\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_TOKEN = re.compile(rf"[{_INVISIBLE}]*([^\w\s{_INVISIBLE}]*)(\w(?:[\w\u200c\u200d\u064b-\u065f\u0670-]*[^\W_]"
                    rf"[\u064b-\u065f\u0670]*)?)([^\w\s{_INVISIBLE}]*)[{_INVISIBLE}]*")  # fmt: skip
"""A word between spaces with the signs around it."""
_SPACED = re.compile(r"\S+")
_GAP_CHARACTERS = 4
"""Most spaces and line breaks between two words of a name; two line breaks are too many."""
_PARTS = re.compile(r"[\s\u200c-]+")

Find = tuple[int, int, int]
"""An alias's id, and where a spelling of it begins and ends: `text[start:end]`."""

_Token = tuple[Word, int, int, bool, bool]
"""A word, where it begins and ends in its token, and whether a sign before and after it parts it from the next ones."""

_LOOK = 3
"""Tokens whose finds are remembered together; nearly all names end, or turn out to be none, within so many."""


def has_arabic(text: str) -> bool:
    """Return whether a text may have words in Arabic script."""
    return not text.isascii() and any(letter in text for letter in _FREQUENT)


def words_of(name: str) -> list[Word]:
    """Return the words of a name; [] where one of them is not of Arabic script."""
    words = [word_of(part) for part in name.split()]
    known = [word for word in words if word is not None]
    return known if len(known) == len(words) else []


def budget(segments: Sequence[str]) -> float:
    """Return how far other spellings of a name may be apart from it; 0 for a name too short to have any."""
    letters = sum(map(len, segments))
    heard = sum(map(consonants, segments))
    if sum(len(one) for one in segments if not is_title(one)) < MIN_NAMED:
        return 0.0
    if letters >= MIN_LETTERS and heard >= LONG_CONSONANTS:
        return NAME
    return SHORT if len(segments) == 1 and letters >= MIN_SHORT and heard >= LONG_CONSONANTS - 1 else 0.0


def arabic_keys(name: str) -> tuple[str, ...]:
    """Return all keys under which an alias is looked up; () for one that has no other spellings."""
    return tuple(dict.fromkeys("".join(keys) for keys in _readings(words_of(name))))


def _readings(words: Sequence[Word]) -> Iterator[tuple[str, ...]]:
    """Yield the keys of a name's segments: as written, without titles, and each two of them written as one."""
    for naming in namings(words):
        if not budget(naming):
            continue
        keys = tuple(map(key_of, naming))
        yield keys
        for place in range(len(keys) - 1):
            yield *keys[:place], key_of(fused(*naming[place : place + 2])), *keys[place + 2 :]


@lru_cache(maxsize=KEPT)
def _token(written: str) -> _Token | None:
    """Return a token of a text in parts; None for what is no word of a name."""
    found = _TOKEN.fullmatch(written)
    word = word_of(found[2]) if found else None
    return (word, found.start(2), found.end(2), bool(found[1]), bool(found[3])) if found and word else None


class _Openings(dict[str, bool]):
    """Whether a token may begin a name, worked out when it is first asked for."""

    def __init__(self, begins: Callable[[str], bool]) -> None:
        super().__init__()
        self._begins = begins

    def __missing__(self, written: str) -> bool:
        if len(written) > KEPT_LETTERS:
            return False
        if len(self) >= KEPT:
            self.clear()
        self[written] = opens = self._begins(written)
        return opens


class ArabicSpellings:
    """All aliases in Arabic script that have other spellings, to be found in texts."""

    def __init__(self, aliases: Sequence[str], *, is_common: Callable[[str], bool]) -> None:
        """Index those of `aliases` that are in Arabic script; their places are their ids.

        is_common   tells of folded letters whether they are a common word, which has and is no other spelling
        """
        self._is_common = is_common
        self._names: dict[int, str] = {}
        self._table: dict[str, int | tuple[int, ...]] = {}
        self._starts: set[str] = set()
        owner = weakref.ref(self)  # a plain reference back would keep all of this alive for ever

        def begins(written: str) -> bool:
            spellings = owner()
            return spellings is not None and spellings.may_begin(written)

        self._openings = _Openings(begins)
        self._known: dict[tuple[str, ...], tuple[tuple[int, int], ...]] = {}
        for alias, text in enumerate(aliases):
            if has_arabic(text):
                self._add(alias, text)

    def _add(self, alias: int, text: str) -> None:
        """Enter an alias under its keys, and how they begin."""
        words = words_of(text)
        if all(self._is_common(word.letters) for word in words):
            return
        for keys in _readings(words):
            key = "".join(keys)
            held = self._table.get(key, ())
            mine = held if isinstance(held, tuple) else (held,)
            if alias not in mine:
                self._table[key] = (*mine, alias) if mine else alias
            self._starts.update(list(accumulate(keys))[:-1])
            self._names[alias] = text

    def find(self, text: str) -> list[Find]:
        """Return where spellings of aliases stand that are not the aliases themselves.

        Of those that overlap, the longest is returned for each alias.
        """
        if not self._table or not has_arabic(text):
            return []
        tokens = text.split()
        known, found = self._known, []
        for place in compress(range(len(tokens)), map(self._openings.__getitem__, tokens)):
            finds = known.get(tuple(tokens[place : place + _LOOK]))
            if finds is None:
                finds = self._find_at(tokens, place)
            if finds:
                found += [(place, place + further, alias) for further, alias in finds]
        return _placed(text, found) if found else []

    def _find_at(self, tokens: Sequence[str], place: int) -> tuple[tuple[int, int], ...]:
        """Return (further tokens, alias) of the spellings that begin at a place, and remember them."""
        whole = tuple(tokens[place : place + MAX_WORDS])
        known = self._known.get(whole)
        if known is not None:
            return known
        hits, walked = self._walk(tokens, place)
        agreeing = ((last, self._agreeing(key, tokens[place : last + 1])) for last, key in hits)
        finds = tuple((last - place, alias) for last, aliases in agreeing for alias in aliases)
        look = whole[:_LOOK] if walked < _LOOK else whole
        if sum(map(len, look)) <= MAX_WORDS * KEPT_LETTERS:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[look] = finds
        return finds

    def may_begin(self, written: str) -> bool:
        """Return whether the name of an alias may begin with a token."""
        return self._walk([written], 0)[1] > 0

    def _walk(self, tokens: Sequence[str], place: int) -> tuple[list[tuple[int, str]], int]:
        """Return (last token, key) of the runs from a place on that have the key of an alias, and how many fit one."""
        hits: list[tuple[int, str]] = []
        key = ""
        for last in range(place, min(place + MAX_WORDS, len(tokens))):
            token = _token(tokens[last]) if len(tokens[last]) <= KEPT_LETTERS else None
            if token is None or (token[3] and last > place):
                return hits, last - place
            for one in token[0].keys:
                key += one
                if key not in self._starts and key not in self._table:
                    return hits, last - place
            if key in self._table:
                hits.append((last, key))
            if token[4]:
                return hits, last - place + 1
        return hits, min(MAX_WORDS, len(tokens) - place)

    def _agreeing(self, key: str, tokens: Sequence[str]) -> Iterator[int]:
        """Yield the aliases under a key with whose letters those of tokens agree, and are not the same."""
        words = [token[0] for token in map(_token, tokens) if token]
        if all(self._is_common(word.letters) for word in words):
            return
        held, segments = self._table[key], segments_of(words)
        for alias in held if isinstance(held, tuple) else (held,):
            named = words_of(self._names[alias])
            if [word.letters for word in named] == [word.letters for word in words]:
                continue
            if len(named) == len(words) == 1 and named[0].article != words[0].article:
                continue  # القاعدة is no قاعدة
            if any(are_alike(segments, one, budget(one)) for one in namings(named) if budget(one)):
                yield alias


def _placed(text: str, found: Sequence[tuple[int, int, int]]) -> list[Find]:
    """Return (first token, last token, alias) with offsets; of those of an alias that overlap the longest."""
    base = found[0][0]
    spans = _spans(text, base, max(last for _, last, _ in found))
    taken: dict[int, set[int]] = {}
    out = []
    for first, last, alias in sorted(found, key=lambda one: (one[0] - one[1], one[0])):
        run = spans[first - base : last - base + 1]
        if taken.setdefault(alias, set()).isdisjoint(range(first, last + 1)) and _stand_together(text, run):
            taken[alias].update(range(first, last + 1))
            head, tail = _token(text[slice(*run[0])]), _token(text[slice(*run[-1])])
            if head and tail:
                out.append((alias, run[0][0] + head[1], run[-1][0] + tail[2]))
    return sorted(out, key=lambda one: (one[1], one[2], one[0]))


def _spans(text: str, first: int, last: int) -> list[tuple[int, int]]:
    """Return where the tokens from the first to the last that are asked for begin and end."""
    start = len(text) - len(text.split(None, first)[-1])
    return [one.span() for one in islice(_SPACED.finditer(text, start), last - first + 1)]


def _stand_together(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Return whether only spaces or one line break stand between words."""
    gaps = [text[one[1] : other[0]] for one, other in pairwise(spans)]
    return all(len(gap) <= _GAP_CHARACTERS and gap.count("\n") <= 1 for gap in gaps)
