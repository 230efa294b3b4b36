"""Recognise transliterated names in other spellings: Fazal-ur-Rahman, Fazlur Rehman.

The words of a text that begin with a capital (capitals.py) are read as names: each run of one to seven of them has a
key (skeleton.py), and where an alias has the same key, their sounds are compared (likeness.py). Arabic script has no
capitals; arabic_names.py does the same for it. What is found is less sure than a name found letter by letter, and is
told apart (`Tier.SPELLING`).
"""

from array import array
from collections.abc import Callable, Iterator, Sequence

from monitor.core.arabic_names import ArabicSpellings, arabic_keys, has_arabic
from monitor.core.capitals import bare_runs, runs, spans_of_words, split_words
from monitor.core.likeness import are_roughly_alike, are_spellings
from monitor.core.skeleton import ARTICLES, AS_WRITTEN, BARE, LINKS, Spoken, join, key_as_one, key_of, roman, spoken

MIN_LETTERS = 6
"""Shorter names have neighbours everywhere (Hamas, Hama; Ghor, Ghur); they are found as they are written only."""

MIN_CONSONANTS = 3
"""So many consonants must be heard, doubled ones once: what remains alike in two spellings is mostly these."""

MIN_KEY = 2
"""Consonants in a key; fewer would gather too many names: Shabab has two."""

START = 4
"""Consonants of a key by which a run of words is given up early; of twelve classes there are so few such beginnings
that their number does not grow with the aliases."""

MAX_WORDS = 7
"""Abu Bakr al-Baghdadi al-Husayni al-Qurashi; longer names are found by an alias of fewer words."""

KEPT, KEPT_LETTERS = 1 << 16, 200
"""Most runs and names of texts that are remembered, each at most so long; then all are forgotten."""

LEADING = frozenset(("al", "el", "ash"))
"""Articles with which a run of words may begin; the others are words of other languages (As, At, Us, Un, En)."""

TITLES = frozenset(
    """
    maulana mawlana maulvi mawlawi molvi moulvi mullah mulla molla mollah haji hajji hadji alhaji qari kari hafiz hafez
    mufti allama sheikh shaikh shaykh sheik ustad ustaz ustadh amir emir ayatollah hojatoleslam imam sayyid dr doctor
    prof professor engineer gen general lt col colonel maj major capt captain brig brigadier commander marshal president
    minister mr mrs ms sir justice judge senator governor king prince crown malam mallam мулла шейх хаджи генерал доктор
    """.split()
)
"""Folded titles; an alias is also looked up without them where two other words or more remain."""


def spelling_key(words: Sequence[str]) -> str:
    """Return the key of a name given as its words' folded letters; "" for one that has no other spellings.

    Those are names too short, and words in other scripts than Latin and Cyrillic or with digits.
    """
    heard = _heard(words)
    return key_of(heard) if heard and _is_long_enough(heard) else ""


def _heard(words: Sequence[str]) -> list[Spoken]:
    """Return how words are heard; [] where one of them is no word of a name."""
    heard = [one for one in map(spoken, words) if one is not None]
    return heard if len(heard) == len(words) else []


def _is_long_enough(words: Sequence[Spoken]) -> bool:
    """Return whether a name is long enough to be told from its neighbours."""
    letters, consonants = 0, 0
    for word in words:
        letters += word.letters
        consonants += word.consonants
    return letters >= MIN_LETTERS and consonants >= MIN_CONSONANTS and len(key_of(words)) >= MIN_KEY


def keys_of_alias(text: str) -> tuple[str, ...]:
    """Return all keys under which an alias is looked up; () for one that has no other spellings.

    An alias is looked up as written, without its titles, without its articles, written as one word, and as each of its
    other readings. Acronyms and aliases without a capital have no other spellings.
    """
    if has_arabic(text):
        return arabic_keys(text)
    if text.isupper() or text.islower():
        return ()
    return tuple(dict.fromkeys(key for words in _namings(split_words(text)) for key in _keys(words)))


def _namings(words: Sequence[str]) -> list[Sequence[str]]:
    """Return the words of an alias, and those without its titles where two or more remain."""
    bare = [word for word in words if word not in TITLES]
    return [words, bare] if 2 <= len(bare) < len(words) else [words]


def _keys(words: Sequence[str]) -> list[str]:
    """Return the keys of an alias with just these words; [] where it has no other spellings."""
    heard = _heard(words)
    if not heard or not _is_long_enough(heard):
        return []
    other = {reading for word in heard for reading in word.other}
    if BARE in other:
        kept = [
            word for place, word in enumerate(heard) if word.keys[BARE] or not word.keys[0] or place == len(heard) - 1
        ]
        other = other if _is_long_enough(kept) else other - {BARE}
    found = [key_of(heard, reading) for reading in (AS_WRITTEN, *sorted(other))]
    found.append(key_as_one(words) or "")
    return [key for key in found if len(key) >= MIN_KEY]


Find = tuple[int, int, int]
"""An alias's id, and where a spelling of it begins and ends: `text[start:end]`."""

_Words = tuple[int, int, int]
"""An alias's id, and the first and the last word of a spelling of it in a run."""


class Spellings:
    """All aliases that have other spellings, to be found in texts.

    Holds some 200 bytes for each alias: its keys in one table, its words in one string.
    """

    def __init__(self, aliases: Sequence[str], *, is_common: Callable[[str], bool] = lambda _: False) -> None:
        """Index `aliases`; their places are their ids.

        is_common   tells of folded letters whether they are a common word, which has and is no other spelling
        """
        self._is_common = is_common
        self._table: dict[str, int | tuple[int, ...]] = {}
        self._starts: set[str] = set()
        self._longest = 0
        self._known: dict[str, tuple[Find, ...]] = {}
        self._decided: dict[tuple[str, str], tuple[int, ...]] = {}
        self._ends = array("I", [0])
        parts = []
        for alias, text in enumerate(aliases):
            words = split_words(text)
            keys = () if has_arabic(text) or all(map(is_common, words)) else keys_of_alias(text)
            parts.append(" ".join(words) if keys else "")
            self._ends.append(self._ends[-1] + len(parts[-1]))
            for key in keys:
                self._add(key, alias)
        self._names = "".join(parts)
        self._arabic = ArabicSpellings(aliases, is_common=is_common)

    def _add(self, key: str, alias: int) -> None:
        """Enter an alias under a key."""
        held = self._table.get(key)
        self._table[key] = alias if held is None else (*held, alias) if isinstance(held, tuple) else (held, alias)
        self._longest = max(self._longest, len(key))
        self._starts.update(key[:length] for length in range(1, min(len(key), START) + 1))

    def find(self, text: str) -> list[Find]:
        """Return where spellings of aliases stand that are not the aliases themselves.

        Of those that overlap, the longest is returned for each alias.
        """
        bare = bare_runs(text)
        if bare is not None and not self._stands_in(bare):
            return self._arabic.find(text)  # most texts: nothing stands anywhere, so it need not be said where
        found: list[Find] = []
        known = self._known
        for run, offset in runs(text):
            finds = known.get(run)  # other threads may forget it meanwhile
            if finds is None:
                finds = self._find_in(run)
            if finds:
                found += [(alias, offset + start, offset + end) for alias, start, end in finds]
        return found + self._arabic.find(text)

    def _stands_in(self, bare: Sequence[str]) -> bool:
        """Return whether a spelling of an alias stands in any of some runs; most were seen before."""
        known = self._known
        for run in bare:
            finds = known.get(run)
            if finds or (finds is None and self._find_in(run)):
                return True
        return False

    def _find_in(self, run: str) -> tuple[Find, ...]:
        """Return what is found in a run of words as it stands in a text, and remember it."""
        spans = spans_of_words(run)
        finds = tuple((alias, spans[first][0], spans[last][1]) for alias, first, last in self._search(split_words(run)))
        if len(run) <= KEPT_LETTERS:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[run] = finds
        return finds

    def _search(self, words: Sequence[str]) -> list[_Words]:
        """Return the spellings among words that all join."""
        heard = [spoken(word) for word in words]
        if len(heard) == 1 and (heard[0] is None or heard[0].letters < MIN_LETTERS):
            return []  # most capitalised words of a text end here
        found: list[_Words] = []
        for reading in sorted({AS_WRITTEN}.union(*(word.other for word in heard if word))):
            for first in range(len(words)):
                for last, key in self._keys_from(heard, first, reading):
                    found.extend((alias, first, last) for alias in self._decide(key, words[first : last + 1]))
        return _longest(found) if found else found

    def _keys_from(self, heard: Sequence[Spoken | None], first: int, reading: int) -> list[tuple[int, str]]:
        """Return (last word, key) of the runs of words from `first` on that have the key of an alias."""
        hits, key, article = [], "", False
        for last in range(first, min(first + MAX_WORDS, len(heard))):
            word = heard[last]
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

    def _decide(self, key: str, words: Sequence[str]) -> tuple[int, ...]:
        """Return the aliases under a key of which these words are another spelling, and remember them."""
        asked = (key, " ".join(words))
        decided = self._decided.get(asked)
        if decided is None:
            decided = tuple(self._agreeing(key, words)) if self._may_be_name(words) else ()
            if len(self._decided) >= KEPT:
                self._decided.clear()
            self._decided[asked] = decided
        return decided

    def _may_be_name(self, words: Sequence[str]) -> bool:
        """Return whether words that begin and end here may be a name: not at a link, not common words only."""
        first, last = roman(words[0]), roman(words[-1])
        if (
            first in LINKS
            or first in ARTICLES - LEADING
            or last in LINKS
            or last in ARTICLES
            or not spelling_key(words)
        ):
            return False
        return not all(map(self._is_common, words))

    def _agreeing(self, key: str, words: Sequence[str]) -> Iterator[int]:
        """Yield the aliases under a key whose sounds agree with those of words, but not their letters."""
        held = self._table[key]
        written, rough = "".join(words), _rough(words)
        for alias in held if isinstance(held, tuple) else (held,):
            name = self._names[self._ends[alias] : self._ends[alias + 1]].split()
            if written == "".join(name):
                continue
            if any(are_roughly_alike(rough, _rough(one)) and are_spellings(words, one) for one in _namings(name)):
                yield alias


def _rough(words: Sequence[str]) -> str:
    """Return the rough sounds of a name."""
    return "".join([word.rough for word in map(spoken, words) if word])


def _longest(found: list[_Words]) -> list[_Words]:
    """Return the longest of the runs that overlap, for each alias, in the order of the text."""
    kept: dict[int, set[int]] = {}
    out = []
    for alias, first, last in sorted(set(found), key=lambda run: (run[1] - run[2], run[1])):
        taken = kept.setdefault(alias, set())
        if taken.isdisjoint(range(first, last + 1)):
            taken.update(range(first, last + 1))
            out.append((alias, first, last))
    return sorted(out, key=lambda run: (run[1], run[2], run[0]))
