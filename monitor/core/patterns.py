"""Aliases and phrases as patterns: what must stand in the letters, and what the gaps between them may be."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from monitor.core.text import (
    BRACKETED,
    DASHED,
    DOTTED,
    HYPHENED,
    JOIN,
    NONE,
    QUIRK,
    SHUT,
    SPACED,
    Folded,
    fold,
    kind_of,
)
from monitor.core.types import Alias, Entity

MAX_ACRONYM = 5
"""Letters of the longest word in capitals that is an acronym (ISKCON has six, and KHORASAN is a name shouted)."""

MIN_INFLECTED = 5
"""Letters of the shortest Cyrillic word that may take an ending; shorter ones become other words too easily."""

MIN_PREFIXED = 4
"""Letters of the shortest Arabic alias before which an attached particle may stand."""

ALLOWED = {
    NONE: {NONE, JOIN, QUIRK, HYPHENED},
    JOIN: {NONE, JOIN, QUIRK, HYPHENED, SPACED},
    QUIRK: {NONE, JOIN, QUIRK, HYPHENED},
    HYPHENED: {NONE, JOIN, QUIRK, HYPHENED, SPACED, DASHED},
    SPACED: {JOIN, HYPHENED, SPACED},
    DASHED: {JOIN, HYPHENED, SPACED, DASHED},
    DOTTED: {NONE, JOIN, QUIRK, HYPHENED, DOTTED},
    BRACKETED: {HYPHENED, SPACED, DASHED, BRACKETED},
    SHUT: {HYPHENED, SPACED, DASHED, BRACKETED, SHUT},
}
"""For each kind of gap in an alias the kinds that may stand there in a text. Where the alias has none, a hyphen or an
apostrophe may break the word (Da'esh, Da;esh), a space may not ("as ad" is not Asad)."""

ENDINGS = frozenset(
    "а у е ом ои ою ы и ов ев еи ам ами ах ям ями ях я ю ем ии ого ему ому ым их ими ую ая ое ые".split()
)
"""Case endings that Russian, Ukrainian and Tajik names take, as far as they only add letters. Source: the declension
tables of any Russian grammar; the folded forms (й is и, ё is е) are what is compared."""

PREFIXES = frozenset("و ف ب ل ك ال وال بال فال كال لل ولل وب ول فل فب".translate({ord("ك"): "ک"}).split())
"""Particles that Arabic writes together with the next word: and, so, in, to, like, the."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A way to write an entity, or a phrase of a rule.

    entity      id of the entity, or the phrase in quotes
    letters     folded letters that must stand there
    gaps        for each gap between two letters that may not be any soft one: what may stand there
    capitals    positions of letters that must be capitals (acronyms)
    exact       the letters as they must stand, or "" when case does not matter
    inflected   a Cyrillic case ending may follow
    prefixed    an Arabic particle may stand before it
    plural      an s may follow (acronyms: TTPs)
    """

    entity: str
    alias: Alias
    letters: str
    gaps: tuple[frozenset[int], ...]
    capitals: tuple[int, ...] = ()
    exact: str = ""
    inflected: bool = False
    prefixed: bool = False
    plural: bool = False
    before: frozenset[str] = field(default_factory=frozenset)
    after: frozenset[str] = field(default_factory=frozenset)


def patterns_of(entity: Entity) -> Iterator[Pattern]:
    """Yield the patterns of an entity's aliases; aliases that fold to the same and ask the same are one."""
    seen: set[tuple[object, ...]] = set()
    for alias in entity.aliases:
        pattern = make_pattern(entity.id, alias)
        key = (pattern.letters, pattern.gaps, pattern.capitals, pattern.exact, alias.context, *_rest(pattern))
        if pattern.letters and key not in seen:
            seen.add(key)
            yield pattern


def _rest(pattern: Pattern) -> tuple[object, ...]:
    """Return what else tells two patterns apart."""
    return (pattern.before, pattern.after, pattern.inflected, pattern.prefixed)


def make_pattern(entity: str, alias: Alias, *, phrase: bool = False) -> Pattern:
    """Return the pattern of one alias. A phrase of a rule asks for no capitals."""
    folded = fold(alias.text)
    acronym = not phrase and not alias.exact_case and any(_is_acronym(word) for word in _words(alias.text))
    capitals = tuple(_capitals(folded)) if acronym else ()
    kinds = [kind_of(int(marks)) for marks in folded.gaps[1:-1]]
    script = _script(folded.letters)
    last_word = folded.letters[max((i + 1 for i, kind in enumerate(kinds) if kind not in (NONE, QUIRK)), default=0) :]
    return Pattern(
        entity=entity,
        alias=alias,
        letters=folded.letters,
        gaps=tuple(_allowed(kind, acronym=acronym) for kind in kinds),
        capitals=capitals,
        exact=_letters_as_written(folded) if alias.exact_case else "",
        inflected=script == "cyrillic" and not acronym and len(last_word) >= MIN_INFLECTED,
        prefixed=script == "arabic" and alias.lang == "ar" and len(folded.letters) >= MIN_PREFIXED,
        plural=acronym and _is_acronym(_words(alias.text)[-1]),
        before=_fold_words(alias.not_before),
        after=_fold_words(alias.not_after),
    )


def _allowed(kind: int, *, acronym: bool) -> frozenset[int]:
    """Return what may stand where an alias has a gap of this kind; IS-K is not ISK, J.U.I is JUI."""
    allowed = set(ALLOWED[kind])
    if acronym and kind in (HYPHENED, SPACED, DASHED):
        allowed -= {NONE}
    if acronym and kind == NONE:
        allowed |= {DOTTED}
        allowed -= {HYPHENED}
    return frozenset(allowed)


def _words(text: str) -> list[str]:
    """Return the runs of letters of a text as written."""
    return re.findall(r"[^\W\d_]+", text)


def _is_acronym(word: str) -> bool:
    """Return whether a word is an acronym: two to five capitals."""
    return 2 <= len(word) <= MAX_ACRONYM and word.isupper() and word.lower() != word


def _capitals(folded: Folded) -> Iterator[int]:
    """Yield the positions of the letters of acronyms, and of single capitals beside them (the F of JUI-F)."""
    for word in re.finditer(r"[^\W\d_]+", folded.text):
        if _is_acronym(word[0]) or (len(word[0]) == 1 and word[0].isupper()):
            for position, offset in enumerate(folded.origin):
                if word.start() <= offset < word.end():
                    yield position


def _letters_as_written(folded: Folded) -> str:
    """Return the characters that the letters came from."""
    return "".join(folded.text[offset] for offset in folded.origin)


def _fold_words(words: Iterable[str]) -> frozenset[str]:
    """Return words folded; "#" stays, it means any number."""
    return frozenset("#" if word == "#" else fold(word).letters for word in words)


def _script(letters: str) -> str:
    """Return "arabic", "cyrillic" or "other" by the first letter."""
    if not letters:
        return "other"
    return "arabic" if "\u0600" <= letters[0] <= "\u06ff" else "cyrillic" if "а" <= letters[0] <= "ӿ" else "other"
