"""Aliases and phrases as patterns: what must stand in the letters, and what the gaps between them may be."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from monitor.core.inflect import Declension, declension
from monitor.core.letters import unspaced
from monitor.core.text import (
    ABBREVIATED,
    BRACKETED,
    DASHED,
    DOTTED,
    HYPHENED,
    JOIN,
    NONE,
    QUIRK,
    SHUT,
    SPACED,
    TITLES,
    Folded,
    fold,
)
from monitor.core.types import Alias, Kind

MAX_ACRONYM = 5
"""Letters of the longest word in capitals that is an acronym (ISKCON has six, and KHORASAN is a name shouted)."""

MIN_PREFIXED = 4
"""Letters of the shortest Arabic alias before which an attached particle may stand."""

ALLOWED: Mapping[int, frozenset[int]] = {
    NONE: frozenset({NONE, JOIN, QUIRK, HYPHENED}),
    JOIN: frozenset({NONE, JOIN, QUIRK, HYPHENED, SPACED}),
    QUIRK: frozenset({NONE, JOIN, QUIRK, HYPHENED}),
    HYPHENED: frozenset({NONE, JOIN, QUIRK, HYPHENED, SPACED, DASHED}),
    SPACED: frozenset({JOIN, HYPHENED, SPACED, DOTTED, ABBREVIATED}),
    DASHED: frozenset({JOIN, HYPHENED, SPACED, DASHED}),
    DOTTED: frozenset({NONE, JOIN, QUIRK, HYPHENED, DOTTED, ABBREVIATED}),
    ABBREVIATED: frozenset({JOIN, HYPHENED, SPACED, DOTTED, ABBREVIATED}),
    BRACKETED: frozenset({HYPHENED, SPACED, DASHED, BRACKETED}),
    SHUT: frozenset({HYPHENED, SPACED, DASHED, BRACKETED, SHUT}),
}
"""For each kind of gap in an alias the kinds that may stand there in a text. Where the alias has none, a hyphen or an
apostrophe may break the word (Da'esh, Da;esh), a space may not ("as ad" is not Asad)."""

IN_ACRONYM: Mapping[int, frozenset[int]] = {
    **ALLOWED,
    NONE: frozenset({NONE, JOIN, QUIRK, DOTTED}),
    HYPHENED: ALLOWED[HYPHENED] - {NONE},
    SPACED: ALLOWED[SPACED] - {NONE},
    DASHED: ALLOWED[DASHED] - {NONE},
}
"""The same for acronyms: IS-K is not ISK, J.U.I is JUI."""

URDU_LETTERS = "اے بی سی ڈی ای ایف جی ایچ آئی جے کے ایل ایم این او پی کیو آر ایس ٹی یو وی ڈبلیو ایکس وائی زیڈ"
"""Names of Latin letters, of which Urdu makes acronyms (ٹی ٹی پی), with or without a full stop between them."""

PREFIXES = frozenset("و ف ب ل ك ال وال بال فال كال لل ولل فلل وب ول فل فب".translate({ord("ك"): "ک"}).split())
"""Particles that Arabic writes together with the next word: and, so, in, to, like, the."""

COMPOUNDS = frozenset({"ضد", "غیر"})
"""Anti- and non-, which all languages of the script write together with a name."""

_ARTICLE, TO_THE = "ال", "لل"
"""The article, and what it becomes after the particle "to" (القاعدة, للقاعدة)."""

_NOT_ARABIC = frozenset("پچژگٹڈڑںےټډړڼږښڤ")
"""Letters of Persian, Urdu, Pashto and Kurdish that Arabic has not: no Arabic particle stands before such words."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A way to write an entity, or a phrase of a rule.

    letters     folded letters that must stand there
    gaps        which of its letters have a gap before them, and what may stand there; elsewhere `unbroken` may
    needed      those of `gaps` where something must stand
    capitals    positions of letters that must be capitals (acronyms)
    exact       the letters as they must stand, or "" when case does not matter
    words       the declension of each word with its first letter, for Cyrillic names; else empty
    prefixed    in an Arabic text a particle may stand before it
    plural      an s may follow (acronyms: TTPs)
    open_start, open_end   letters of a script without spaces: no border of a word is asked there
    before, after   words that must not stand after it and before it; "#" is any number
    """

    letters: str
    gaps: Mapping[int, frozenset[int]]
    needed: frozenset[int]
    unbroken: frozenset[int]
    capitals: tuple[int, ...] = ()
    exact: str = ""
    words: tuple[tuple[int, Declension | None], ...] = ()
    prefixed: bool = False
    plural: bool = False
    open_start: bool = False
    open_end: bool = False
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()

    @property
    def acronym(self) -> bool:
        """Return whether it asks for capitals because it is an acronym."""
        return bool(self.capitals)


NEXT_LETTERS = 3
"""Letters of the next word that tell the many Muhammads of a list apart; no ending begins so early."""


@cache
def _written_with_a_dot() -> frozenset[str]:
    """Return the folded words that are."""
    return frozenset(fold(one).letters for one in (*TITLES.split(), *URDU_LETTERS.split()))


def takes_a_dot(word: str) -> bool:
    """Return whether a dot after a folded word ends no sentence: a title, a single letter (A. Q. Khan, U.S. Army)."""
    return len(word) == 1 or word in _written_with_a_dot()


Key = tuple[str, str]
"""Folded letters that the automaton looks for, and those with which the next word must begin, or ""."""


def keys_of(letters: str, alias: Alias, kind: Kind | None) -> tuple[Key, ...]:
    """Return what to look for to find an alias: its letters, or of a declined name those that never change.

    letters   the folded alias
    kind      of the entity; None for a phrase of a rule
    """
    if letters[:1] < "\u0370":
        return ((letters, ""),) if letters else ()
    if is_cyrillic(letters):
        words = make_pattern(alias, kind).words
        for place, (start, declined) in enumerate(words):
            if declined is not None:
                after = words[place + 1][0] if place + 1 < len(words) else len(letters)
                following = letters[after : after + NEXT_LETTERS]
                return ((letters[:start] + declined.stem, following if len(following) == NEXT_LETTERS else ""),)
    if letters.startswith(_ARTICLE) and len(letters) >= MIN_PREFIXED:
        return ((letters, ""), (TO_THE + letters[len(_ARTICLE) :], ""))
    return ((letters, ""),)


def is_cyrillic(letters: str) -> bool:
    """Return whether folded letters begin in Cyrillic script."""
    return "а" <= letters[:1] <= "ӿ"


def make_pattern(alias: Alias, kind: Kind | None) -> Pattern:
    """Return the pattern of an alias of an entity of this kind; a rule's phrase, without kind, asks for no capitals."""
    folded = fold(alias.text)
    letters = folded.letters
    acronym = kind is not None and not alias.exact_case and any(map(is_acronym, _words(alias.text)))
    rules = IN_ACRONYM if acronym else ALLOWED
    gaps = {place: rules[folded.kind(place)] for place in range(1, len(letters)) if folded.kind(place) != NONE}
    return Pattern(
        letters=letters,
        gaps=gaps,
        needed=frozenset(place for place, allowed in gaps.items() if NONE not in allowed),
        unbroken=rules[NONE],
        capitals=tuple(_capitals(folded)) if acronym else (),
        exact=_as_written(folded) if alias.exact_case else "",
        words=tuple(_declensions(folded, alias, kind, acronym=acronym)) if is_cyrillic(letters) else (),
        prefixed=_prefixed(letters, alias),
        plural=acronym and is_acronym(_words(alias.text)[-1]),
        open_start=unspaced(letters[:1]),
        open_end=unspaced(letters[-1:]),
        before=_fold_words(alias.not_before),
        after=_fold_words(alias.not_after),
    )


def _declensions(
    folded: Folded, alias: Alias, kind: Kind | None, *, acronym: bool
) -> Iterator[tuple[int, Declension | None]]:
    """Yield the place of each word's first letter and its declension; nothing for an alias that is not declined."""
    if alias.exact_case:
        return
    parting = (place for place in range(1, len(folded.letters)) if folded.kind(place) not in (NONE, JOIN, QUIRK))
    starts = [0, *parting]
    plural = kind not in (Kind.PERSON, Kind.PLACE)
    for start, end in zip(starts, [*starts[1:], len(folded.letters)], strict=True):
        written = folded.text[folded.offset(start) : folded.end_offset(end - 1)]
        single = acronym and len(written) == 1  # the Ф of ДУИ-Ф
        word, alone = folded.letters[start:end], len(starts) == 1
        yield start, None if single else declension(word, plural=plural and not acronym, alone=alone)


def _prefixed(letters: str, alias: Alias) -> bool:
    """Return whether Arabic particles may stand before an alias: in Arabic script, without letters Arabic has not."""
    return "\u0620" <= letters[:1] <= "\u06ff" and len(letters) >= MIN_PREFIXED and not _NOT_ARABIC & set(alias.text)


def _words(text: str) -> list[str]:
    """Return the runs of letters of a text as written."""
    return re.findall(r"[^\W\d_]+", text)


def is_acronym(word: str) -> bool:
    """Return whether a word is an acronym: two to five capitals."""
    return 2 <= len(word) <= MAX_ACRONYM and word.isupper() and word.lower() != word


def _capitals(folded: Folded) -> Iterator[int]:
    """Yield the positions of the letters of acronyms, and of single capitals beside them (the F of JUI-F)."""
    for word in re.finditer(r"[^\W\d_]+", folded.text):
        if is_acronym(word[0]) or (len(word[0]) == 1 and word[0].isupper()):
            for position, offset in enumerate(folded.origin.tolist()):
                if word.start() <= offset < word.end():
                    yield position


def _as_written(folded: Folded) -> str:
    """Return the characters that the letters came from."""
    return "".join(folded.text[offset] for offset in folded.origin.tolist())


def _fold_words(words: Iterable[str]) -> frozenset[str]:
    """Return words folded; "#" stays, it means any number."""
    return frozenset("#" if word == "#" else fold(word).letters for word in words)
