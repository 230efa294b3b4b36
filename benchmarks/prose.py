"""News-like prose of any length in which known names stand, made of the words of this repository's own texts.

Its words come as often as words do (Zipf), its sentences, quotes and paragraphs look like a newspaper's; it means
nothing. The same seed and the same repository give the same text.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from benchmarks.names import zipf

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "CONTRIBUTING.md", "docs/*.md", "watchlists/*.md")
LISTS = ("watchlists/*.yaml", "monitor/demo/day/day.yaml")

PROSE_KEYS = frozenset({"notes", "match", "no_match", "items", "text", "title"})
"""Keys of YAML files below which there are sentences rather than ids and switches."""

SCRIPTS = {"english": r"[A-Za-z]+", "arabic": r"[\u0621-\u06d3]+", "russian": r"[Ѐ-ӿ]+"}
"""Rows of the benchmark: the words of which script the prose is made of. `arabic` is Urdu, Persian and Arabic mixed."""

VOCABULARY = 5000
CHARACTERS = 5000
"""Of one document: what a newspaper's article has."""

MENTIONS = 8
"""Known aliases in each document."""


@dataclass(frozen=True, slots=True)
class Article:
    """A document and the names that were put into it, as (start, end) in `whole`."""

    title: str
    text: str
    planted: tuple[tuple[int, int], ...]

    @property
    def whole(self) -> str:
        """Return title and text as one text."""
        return f"{self.title}\n\n{self.text}"


@cache
def vocabulary(script: str) -> tuple[str, ...]:
    """Return the commonest words of the repository's texts in a script, the commonest first, as mostly written."""
    spelled = Counter(word for text in _texts() for word in re.findall(SCRIPTS[script], text))
    folded: Counter[str] = Counter()
    for word, count in spelled.items():
        folded[word.lower()] += count
    common = sorted(folded.items(), key=lambda one: (-one[1], one[0]))[:VOCABULARY]
    return tuple(word.capitalize() if spelled[word.capitalize()] * 2 > count else word for word, count in common)


@cache
def _texts() -> tuple[str, ...]:
    """Return the prose of the repository."""
    pages = [file.read_text(encoding="utf-8") for glob in PAGES for file in sorted(ROOT.glob(glob))]
    lists = [file.read_bytes() for glob in LISTS for file in sorted(ROOT.glob(glob))]
    return (*pages, *(text for data in lists for text in _prose(yaml.safe_load(data), wanted=False)))


def _prose(value: object, *, wanted: bool) -> Iterator[str]:
    """Yield the texts in what a YAML file held that stand below a key of `PROSE_KEYS`."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _prose(one, wanted=key in PROSE_KEYS)
    elif isinstance(value, list):
        for one in value:
            yield from _prose(one, wanted=wanted)
    elif isinstance(value, str) and wanted:
        yield value


def make_articles(count: int, aliases: Sequence[str], script: str, *, seed: int) -> list[Article]:
    """Return articles in each of which eight of `aliases` stand, the first of them oftener than the last."""
    chance = random.Random(f"prose {seed} {script}")
    words = vocabulary(script)
    weights, alias_weights = zipf(len(words)), zipf(len(aliases))
    articles = []
    for _ in range(count):
        names = chance.choices(aliases, cum_weights=alias_weights, k=MENTIONS) if aliases else []
        articles.append(_article(chance, _Stream(chance, words, weights), names))
    return articles


class _Stream:
    """Words, one after the other."""

    def __init__(self, chance: random.Random, words: Sequence[str], weights: Sequence[float]) -> None:
        self._drawn = iter(chance.choices(words, cum_weights=weights, k=CHARACTERS))

    def take(self, count: int) -> list[str]:
        """Return the next words."""
        return [next(self._drawn) for _ in range(count)]


def _article(chance: random.Random, words: _Stream, names: Sequence[str]) -> Article:
    """Return one article: a title with the first name, then sentences, the other names spread over them."""
    title = [*words.take(3), names[0], *words.take(4)] if names else words.take(8)
    first = " ".join(title)
    pieces = [first[:1].upper() + first[1:]]
    marks = [len(" ".join(title[:3])) + 1] if names else []
    length, waiting = len(pieces[0]) + 2, list(names[1:])
    pieces.append("\n\n")
    spacing = (CHARACTERS - 300) // (len(waiting) + 1)
    for number, sentence in enumerate(_sentences(chance, words)):
        if length >= CHARACTERS:
            break
        due = bool(waiting) and length >= spacing * (len(names) - len(waiting))
        name = waiting.pop(0) if due else ""
        text, place = _with_name(sentence, name)
        if name:
            marks.append(length + place)
        text += "\n\n" if number % 4 == 3 else " "
        pieces.append(text)
        length += len(text)
    whole = "".join(pieces)
    planted = tuple((start, start + len(name)) for start, name in zip(marks, names, strict=False))
    return Article(pieces[0], whole[len(pieces[0]) + 2 :].rstrip(), planted)


def _sentences(chance: random.Random, words: _Stream) -> Iterator[str]:
    """Yield sentences of 8 to 24 words, some with a comma, some quoted, as a newspaper prints them."""
    while True:
        chosen = words.take(chance.randint(8, 24))
        if chance.random() < 0.4:
            chosen[4] += ","
        text = " ".join(chosen)
        text = text[:1].upper() + text[1:] + "."
        yield f"“{text[:-1]},” the spokesman’s office said." if chance.random() < 0.15 else text


def _with_name(sentence: str, name: str) -> tuple[str, int]:
    """Return a sentence with a name among its words, and where the name begins."""
    if not name:
        return sentence, 0
    place = sentence.index(" ", len(sentence) // 3) + 1
    return f"{sentence[:place]}{name} {sentence[place:]}", place
