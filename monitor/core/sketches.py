"""What of a report is compared with others, to tell whether both are about one event.

A sketch is small (a kilobyte) and all that is needed later: names, places, what kind of thing happened, tolls, and
marks by which copies of one text are found.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

from rensa import RMinHash

from monitor.core.common import is_common
from monitor.core.happenings import kind_of_word, number_of_word
from monitor.core.headlines import STOP_WORDS, without_outlet
from monitor.core.identity import canonical_url
from monitor.core.lands import land_of, place_of, sets_the_stage
from monitor.core.sounds_alike import rough_key
from monitor.core.subjects import subject_of_word, weekday_of_word
from monitor.core.text import fold, fold_all

_T = TypeVar("_T")

LONG_WORD = 3
"""Letters beyond which a word has a capital in a sentence only where it names something."""

SHORTEST_LAND = 2
"""Letters beyond which a word may name a country: "us" and "in" do not."""

_CAPITAL_NOUNS = frozenset({"de"})
"""Languages in which every noun has a capital."""

LEAD_CHARS = 1_200
"""Characters of the text that are looked at: what happened stands in the first paragraphs, background further down."""

STEM_LETTERS = 6
"""Letters that are kept of a word: cuts the endings of attack, attacks and attackers, of взрыв and взрывом, alike."""

LONG_LEAD = 20
"""Words of a text from which it alone tells a copy: who prints a wire's text puts a headline of their own above it."""

SHINGLE = 3
"""Words in a row that are compared to find copies."""

PERMUTATIONS = 48
"""Numbers of a MinHash signature."""

BAND = 4
"""Numbers of a signature that must agree for two texts to be looked at: those of which 0.6 of the shingles are the same
share one of the 12 bands in 81 of 100 cases, of 0.8 in all but one of 1,000 (1 - (1 - s^4)^12; Broder 1997, "On the
resemblance and containment of documents")."""

SEED = 1997
"""Of the permutations; signatures made with another one cannot be compared."""

TOLL_REACH = 5
"""Words between a number and what it counts: "54 people were reported killed"."""

LARGEST_TOLL = 100_000
"""Larger numbers, and years, are no tolls."""

_GENITIVE = re.compile(r"['’ʼ]s$")
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u064b-\u065f\u0670\u0900-\u0963]|['’ʼ\u200c-](?=[^\W_])|(?<=\d)[.,](?=\d))*")
"""Letters with their vowel signs, which Python counts as no letters; joined by apostrophe, hyphen or the joiner of
Persian."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is compared of one report.

    title               stems of the words of the title that say something
    rare                stems of words of title and text that are no ordinary ones
    headed, names       rough keys of words that are no ordinary ones, mostly people and places: of the title, and of
                        title and text
    lands               countries that are named, or in which a place lies that is (lands.py)
    scene, places       such places: of the title, and of title and text
    entities            ids of the watched entities that were mentioned
    headline, kinds     kinds of happenings (happenings.py) of the title, and of title and text
    theme, subjects     whom and what (subjects.py) the title names, and title and text
    dead, hurt          the greatest toll that is told, or None
    numbers             numbers from two up that are no years
    days                days of the calendar named by their weekday, the last one before the report; as ordinals
    signature           MinHash of the text, with the title where it is short, for finding copies
    address             canonical URL of the page, "" for none and for a site's front page
    """

    at: datetime
    title: frozenset[str]
    rare: frozenset[str]
    headed: frozenset[str]
    names: frozenset[str]
    lands: frozenset[str]
    scene: frozenset[str]
    places: frozenset[str]
    entities: frozenset[str]
    headline: frozenset[str]
    kinds: frozenset[str]
    theme: frozenset[str]
    subjects: frozenset[str]
    dead: int | None
    hurt: int | None
    numbers: frozenset[int]
    days: frozenset[int]
    signature: tuple[int, ...]
    address: str


def sketch(title: str, text: str, *, lang: str | None, entities: Iterable[str], at: datetime, url: str = "") -> Sketch:
    """Return the sketch of a report that appeared at an instant."""
    short = without_outlet(title)
    head = [*_words(short)]
    lead = [*_words(text[:LEAD_CHARS])]
    tolls = [*_tolls(head), *_tolls(lead)]
    every = head + lead
    return Sketch(
        at=at,
        title=frozenset(stem(word) for word in head if _says_something(word)),
        rare=frozenset(stem(word) for word in every if _says_something(word) and _is_rare(word)),
        headed=frozenset(_names(short, lang=lang)),
        names=frozenset([*_names(short, lang=lang), *_names(text[:LEAD_CHARS], lang=lang)]),
        lands=frozenset(_all(_land, every)),
        scene=frozenset(_all(_place, head)),
        places=frozenset(_all(_place, every)),
        entities=frozenset(entities),
        headline=frozenset(_all(kind_of_word, head)),
        kinds=frozenset(_all(kind_of_word, every)),
        theme=frozenset(_all(subject_of_word, head)),
        subjects=frozenset(_all(subject_of_word, every)),
        dead=max((count for kind, count in tolls if kind == "kill"), default=_only_toll(head)),
        hurt=max((count for kind, count in tolls if kind == "hurt"), default=None),
        numbers=frozenset(
            number
            for word in every
            if (number := _number(word)) is not None and number > 1 and not 1900 <= number <= 2100
        ),
        days=frozenset(at.toordinal() - (at.weekday() - day) % 7 for day in _all(weekday_of_word, every)),
        signature=signature(lead if len(lead) >= LONG_LEAD else every),
        address=_page(url),
    )


def signature(words: list[str]) -> tuple[int, ...]:
    """Return the MinHash of the shingles of some words."""
    made = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    made.update([" ".join(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1))])
    return tuple(made.digest())


def _page(url: str) -> str:
    """Return the canonical address of a page, "" for none and for a site's front page."""
    try:
        parts = urlsplit(address := canonical_url(url))
    except ValueError:
        return ""
    return address if parts.hostname and (parts.path.strip("/") or parts.query or parts.fragment) else ""


def stem(word: str) -> str:
    """Return what is kept of a folded word."""
    return word[:STEM_LETTERS]


_STOP_WORDS = frozenset(fold_all(sorted(STOP_WORDS)))


def _words(text: str) -> Iterator[str]:
    """Yield the folded words of a text, in order."""
    for found in _WORD.finditer(text):
        if word := _folded(found[0]):
            yield word


@lru_cache(maxsize=65_536)
def _folded(word: str) -> str:
    """Return the folded letters of a word without the English genitive; most words are met again and again."""
    return fold(_GENITIVE.sub("", word)).letters


@lru_cache(maxsize=65_536)
def _says_something(word: str) -> bool:
    """Return whether a word tells one report from another: no function word, no single letter."""
    return len(word) > 1 and word not in _STOP_WORDS


@lru_cache(maxsize=65_536)
def _is_frame(word: str) -> bool:
    """Return whether a word tells what happened to whom, or when, and so names nobody."""
    return kind_of_word(word) is not None or subject_of_word(word) is not None or weekday_of_word(word) is not None


@lru_cache(maxsize=65_536)
def _is_rare(word: str) -> bool:
    """Return whether a word is no ordinary one, and no frame."""
    return not is_common(word) and not _is_frame(word)


@lru_cache(maxsize=65_536)
def _number(word: str) -> int | None:
    """Return the number that a word is: "54", "fifty-four" has two; None for any other."""
    if word.isdecimal():
        return int(word) if len(word) <= 9 else None
    return number_of_word(word)


@lru_cache(maxsize=65_536)
def _land(word: str) -> str | None:
    """Return the country that a word names or lies in."""
    return land_of(word, by_sound=_is_foreign_name(word)) if len(word) > SHORTEST_LAND else None


@lru_cache(maxsize=65_536)
def _place(word: str) -> str | None:
    """Return the place that a word names."""
    return place_of(word, by_sound=_is_foreign_name(word)) if len(word) > 1 else None


def _is_foreign_name(word: str) -> bool:
    """Return whether a word may be a place in a spelling that is on no list: in other letters, and no ordinary word."""
    return not word.isascii() and _is_rare(word)


def _all(meaning: Callable[[str], _T | None], words: Iterable[str]) -> Iterator[_T]:
    """Yield what words mean, of those that mean anything."""
    return (found for word in words if (found := meaning(word)) is not None)


def _names(text: str, *, lang: str | None) -> Iterator[str]:
    """Yield the keys of names: words that are no ordinary ones, and in sentences those with a capital of their own."""
    words = [(found[0], found.start()) for found in _WORD.finditer(text)]
    cased = [word for word, _ in words if len(word) > LONG_WORD and word[0].isalpha()]
    nouns = (lang or "").split("-")[0].lower() in _CAPITAL_NOUNS
    is_sentence = not nouns and sum(word[0].islower() for word in cased) * 2 > len(cased)
    for word, at in words:
        letters = _folded(word)
        if word[0].islower() or letters.isdecimal() or not letters or letters in _STOP_WORDS or _is_frame(letters):
            continue
        own = is_sentence and word[0].isupper() and _begun(text, at)
        if own or (len(letters) > 2 and not is_common(letters)):
            key = rough_key(letters) or letters
            if not sets_the_stage(key):
                yield key


def _begun(text: str, at: int) -> bool:
    """Return whether a sentence began before a word, so that its capital is its own."""
    before = text[:at].rstrip(" \"'“”‘’«»(")
    return bool(before) and before[-1] not in ".!?:;|\n–—-"


def _tolls(words: list[str]) -> Iterator[tuple[str, int]]:
    """Yield (kind, count) for each toll: a number with "killed" or "hurt" close behind it, else close before it."""
    for at, word in enumerate(words):
        count = _number(word)
        if count is None or not 0 < count < LARGEST_TOLL or 1900 <= count <= 2100:
            continue
        after = next(_casualties(words[at + 1 : at + 1 + TOLL_REACH]), None)
        before = next(_casualties(reversed(words[max(0, at - TOLL_REACH + 2) : at])), None)
        if kind := after or before:
            yield kind, count


def _only_toll(head: list[str]) -> int | None:
    """Return the one number of a headline that tells of deaths and of nobody hurt, however far it stands from them."""
    counts = [count for word in head if (count := _number(word)) and count < 1900]
    kinds = {kind_of_word(word) for word in head}
    return counts[0] if len(counts) == 1 and "kill" in kinds and "hurt" not in kinds else None


def _casualties(words: Iterable[str]) -> Iterator[str]:
    """Yield "kill" and "hurt" as words name them; another number ends the search."""
    for word in words:
        if _number(word) is not None:
            return
        if (kind := kind_of_word(word)) in ("kill", "hurt"):
            yield kind
