"""Find aliases in a folded text: the automaton proposes, borders, gaps, capitals and neighbours dispose."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import AhoCorasick, Implementation

from monitor.core.common import is_common
from monitor.core.inflect import added_endings
from monitor.core.names import Spellings
from monitor.core.patterns import (
    NEXT_LETTERS,
    PREFIXES,
    TO_THE,
    Pattern,
    is_cyrillic,
    keys_of,
    make_pattern,
    takes_a_dot,
)
from monitor.core.text import ABBREVIATED, DOTTED, NONE, QUIRK, SPACED, Folded, fold_all
from monitor.core.types import Alias, Kind, Tier

NAMED = (Kind.PERSON, Kind.PLACE, Kind.ORGANISATION)
"""Kinds whose names take the endings of a text's language; those of themes are words with all their forms listed."""

_TEH_MARBUTA, _NOT_IN_ARABIC = "ة", re.compile("[پچژگکیہے]")
"""A letter that Persian and Urdu seldom write, and letters that Arabic keyboards have not."""

SHOUTED_WORDS = 2
"""Words in capitals beside an acronym that show that capitals mean nothing there."""

MOST_BORDERS = 200
"""Finds inside words or across gaps that are explained; a letter that is an alias is inside every word."""


_DOTS = frozenset({DOTTED, ABBREVIATED})
"""Gaps with a dot, which two words of a name have between them only after an abbreviation."""

_TOGETHER = frozenset({NONE})
"""What may stand between a stem and its ending: marks, nothing else."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """An alias with whom it names: an entity's id and kind, or a rule's phrase in quotes and None."""

    name: str
    kind: Kind | None
    alias: Alias


@dataclass(slots=True, eq=False)
class Find:
    """A place in the text where an alias stands, and what is still to be decided about it.

    start, end   offsets in the text that was folded
    reason       why it does not count; "" while it does
    missing      the contexts that it lacks
    """

    spelled: Spelled
    start: int
    end: int
    tier: Tier = Tier.EXACT
    reason: str = ""
    missing: tuple[str, ...] = ()


class Scanner:
    """All aliases in one automaton. Immutable but for patterns that are made when they are first needed."""

    def __init__(self, spelled: Sequence[Spelled], *, varied: Container[str] = ()) -> None:
        """Build the automaton: a few seconds for a million aliases.

        varied   entities whose names may be spelled otherwise, too
        """
        self._spelled = spelled
        self._varied = [number for number, one in enumerate(spelled) if one.name in varied]
        self._spellings = Spellings([spelled[number].alias.text for number in self._varied], is_common=is_common)
        self._patterns: list[Pattern | None] = [None] * len(spelled)
        owners: dict[str, list[int]] = {}
        self._by_next: dict[str, dict[str, list[int]]] = {}
        for number, letters in enumerate(fold_all([one.alias.text for one in spelled])):
            for key, following in keys_of(letters, spelled[number].alias, spelled[number].kind):
                held = owners.setdefault(key, [])
                if following:
                    held = self._by_next.setdefault(key, {}).setdefault(following, [])
                held.append(number)
        self._owners = [tuple(one) for one in owners.values()]
        self._asked = bytes(_asked_borders(key) for key in owners)
        self._automaton = AhoCorasick(list(owners), implementation=Implementation.ContiguousNFA)

    def scan(self, folded: Folded, *, lang: str | None, explain: bool) -> list[Find]:
        """Return the places where aliases stand, those that their letters or neighbours forbid with the reason.

        With `explain` also places inside words and across gaps, as far as they are not too many.
        """
        letters, borders, asked, owners = folded.letters, folded.borders, self._asked, self._owners
        if not letters or not owners:
            return []
        lang = (lang or "").partition("-")[0].lower()
        finds: list[Find] = []
        outside = MOST_BORDERS if explain else 0
        for index, start, end in self._automaton.find_matches_as_indexes(letters, overlapping=True):
            ask = asked[index]
            if ask and not (borders[start] and (ask == _START or borders[end] or letters[end] == "s")) and not outside:
                continue
            numbers = self._with_next(owners[index], folded, start, end) if ask == _START else owners[index]
            for number in numbers:
                trial = _Trial(folded, self._spelled[number], self._pattern(number), start, end, lang)
                objection = trial.objection()
                if not trial.outside:
                    finds.append(trial.find(objection or ""))
                elif outside:
                    outside -= 1
                    finds.append(trial.find(f"border: {objection}"))
        return finds

    def _with_next(self, numbers: Sequence[int], folded: Folded, start: int, end: int) -> Sequence[int]:
        """Return the aliases of a key, those of several words only where the next word begins as theirs does."""
        following = self._by_next.get(folded.letters[start:end])
        if following is None:
            return numbers
        after = folded.end_of_word(end - 1)
        return (*numbers, *following.get(folded.letters[after : after + NEXT_LETTERS], ()))

    def other_spellings(self, folded: Folded) -> list[Find]:
        """Return the places where aliases stand in another spelling; of the last tier, and not decided yet."""
        if not self._varied:
            return []
        finds = []
        for alias, start, end in self._spellings.find(folded.text):
            number = self._varied[alias]
            veto = neighbour(folded, self._pattern(number), folded.letter_at(start), folded.letter_at(end))
            finds.append(Find(self._spelled[number], start, end, Tier.SPELLING, veto or ""))
        return finds

    def _pattern(self, number: int) -> Pattern:
        """Return the pattern of an alias, made at the first call."""
        pattern = self._patterns[number]
        if pattern is None:
            spelled = self._spelled[number]
            pattern = self._patterns[number] = make_pattern(spelled.alias, spelled.kind)
        return pattern


_ANY, _START, _BOTH = range(3)
"""Where a key must have a border of a word: nowhere, for Arabic particles and scripts without spaces; before it, for
Cyrillic endings; on both sides."""


def _asked_borders(key: str) -> int:
    """Return where a key must have a border of a word, as far as that can be told from its letters."""
    return _BOTH if key[0] < "\u0370" else _START if is_cyrillic(key) else _ANY


@lru_cache(maxsize=8)
def looks_arabic(text: str) -> bool:
    """Return whether a text of unknown language is Arabic by its letters."""
    return _TEH_MARBUTA in text and not _NOT_IN_ARABIC.search(text)


class _Trial:
    """One alias at one place. `outside` tells afterwards that it stands inside a word or over a gap."""

    __slots__ = ("_folded", "_lang", "_pattern", "_spelled", "end", "outside", "start", "tier")

    def __init__(self, folded: Folded, spelled: Spelled, pattern: Pattern, start: int, end: int, lang: str) -> None:
        self._folded, self._spelled, self._pattern, self._lang = folded, spelled, pattern, lang
        self.start, self.end = start, end
        self.tier = Tier.EXACT
        self.outside = False

    def find(self, reason: str = "") -> Find:
        """Return the place with its offsets in the text."""
        folded = self._folded
        return Find(self._spelled, folded.offset(self.start), folded.end_offset(self.end - 1), self.tier, reason)

    def objection(self) -> str | None:
        """Return why the alias does not stand here, or None."""
        border = self._border()
        if border:
            self.outside = True
            return border
        pattern = self._pattern
        if pattern.exact or pattern.capitals:
            case = self._case()
            if case:
                return case
        return neighbour(self._folded, pattern, self.start, self.end)

    # --- borders and gaps

    def _border(self) -> str | None:
        """Return what is wrong with where it begins, ends, and what stands inside."""
        folded, pattern = self._folded, self._pattern
        if pattern.words:
            end = self._declined()
            if end is None:
                return "it goes on as another word"
            self.end = end
        elif not self._ends():
            return f"inside the word {self._around()!r}"
        if not (self._begins() and folded.whole(self.start, self.end)):
            return f"inside the word {self._around()!r}"
        if not pattern.words and not self._gaps_fit():
            return "what stands between its letters parts words"
        return None

    def _around(self) -> str:
        """Return the word in which it begins or ends."""
        folded = self._folded
        start = folded.start_of_word(self.start)
        return folded.text[folded.offset(start) : folded.end_offset(folded.end_of_word(self.end - 1) - 1)]

    def _begins(self) -> bool:
        """Return whether a word begins where it does, or only an Arabic particle stands before it."""
        folded, pattern, start = self._folded, self._pattern, self.start
        if pattern.prefixed and folded.letters.startswith(TO_THE, start) and pattern.letters[:2] != TO_THE:
            self.tier = Tier.INFLECTED  # the article has melted into "to the"
        if folded.borders[start] and folded.kind(start) != NONE:
            return True
        if pattern.prefixed and folded.word_to(start - 1) in PREFIXES:
            languages = (self._lang, self._spelled.alias.lang)
            return "ar" in languages or (not self._lang and looks_arabic(folded.text))
        return pattern.open_start

    def _ends(self) -> bool:
        """Return whether a word ends where it does, or only an ending that is no part of the name follows."""
        folded, pattern, end = self._folded, self._pattern, self.end
        if folded.borders[end] and folded.kind(end) != NONE:
            return True
        rest = folded.word_from(end)
        if rest == "s" and pattern.plural:
            return folded.text[folded.offset(end)] == "s" and "s" not in pattern.before
        lang = self._lang or self._spelled.alias.lang or ""
        if self._spelled.kind in NAMED and not pattern.acronym and rest in added_endings(lang):
            return True
        return pattern.open_end

    def _gaps_fit(self) -> bool:
        """Return whether what stands between the letters may stand there."""
        folded, pattern, start = self._folded, self._pattern, self.start
        gaps = folded.borders
        place = gaps.find(1, start + 1, self.end)
        if place < 0:
            return not pattern.needed
        broken = 0
        while place >= 0:
            kind = folded.kind(place)
            allowed = pattern.gaps.get(place - start, pattern.unbroken)
            if kind not in allowed:
                return False
            if kind in _DOTS and (place - start) in pattern.needed and not takes_a_dot(folded.word_to(place - 1)):
                return False
            broken += kind != NONE and (place - start) in pattern.needed
            place = gaps.find(1, place + 1, self.end)
        return broken == len(pattern.needed)

    def _declined(self) -> int | None:
        """Return where the words of a Cyrillic name end, each in whatever case; None where they do not stand."""
        folded, pattern, position, first = self._folded, self._pattern, self.start, True
        ends = [start for start, _ in pattern.words[1:]] + [len(pattern.letters)]
        added = added_endings(self._lang or self._spelled.alias.lang or "")
        changed = False
        for (start, declined), stop in zip(pattern.words, ends, strict=True):
            if not first and folded.kind(position) not in pattern.gaps.get(start, pattern.unbroken):
                return None
            first = False
            nominative = pattern.letters[start:stop]
            stem = declined.stem if declined else nominative
            if not folded.letters.startswith(stem, position):
                return None
            last = stop == len(pattern.letters)
            after = position + len(stem)
            for ending in (*(declined.endings if declined else ("",)), *(added if last else ())):
                end = after + len(ending)
                if not folded.letters.startswith(ending, after) or (ending and self._is_capital(after)):
                    continue
                whole = end == len(folded.letters) or (folded.borders[end] and folded.kind(end) not in (NONE, QUIRK))
                if (whole or (not last and not ending)) and self._one_word(position, after, end):
                    break
            else:
                return None
            if last and not changed and folded.letters.startswith(nominative, position):
                end = position + len(nominative)  # an ending that is only added is left outside
            elif folded.letters[position:end] != nominative:
                changed = True
            position = end
        if changed:
            self.tier = Tier.INFLECTED
        return position

    def _one_word(self, start: int, after: int, end: int) -> bool:
        """Return whether a stem, which ends before `after`, and its ending stand together as those of one word may."""
        folded, place = self._folded, self._folded.borders.find(1, start + 1, end)
        while place >= 0:
            allowed = self._pattern.unbroken if place < after else _TOGETHER
            if folded.kind(place) not in allowed:
                return False
            place = folded.borders.find(1, place + 1, end)
        return True

    def _is_capital(self, letter: int) -> bool:
        """Return whether an acronym's ending would begin with a capital, and so be a part of another acronym."""
        folded = self._folded
        return self._pattern.acronym and folded.text[folded.offset(letter)].isupper()

    # --- capitals

    def _case(self) -> str | None:
        """Return what is wrong with its capitals."""
        folded, pattern, start = self._folded, self._pattern, self.start
        text, offsets = folded.text, folded.offsets
        if pattern.exact:
            written = "".join(text[offsets[letter]] for letter in range(start, self.end))
            return None if written == pattern.exact else f"case: {self._spelled.alias.text} must be written so"
        if any(text[offsets[start + place]].islower() for place in pattern.capitals):
            return f"case: {self._spelled.alias.text} has capitals"
        if self._could_be_words() and self._shouted():
            return "case: among words in capitals it may be ordinary words"
        return None

    def _could_be_words(self) -> bool:
        """Return whether an acronym here could be words in capitals: IS K, WHO, IT."""
        folded, start, end = self._folded, self.start, self.end
        parted = any(folded.borders[place] and folded.kind(place) == SPACED for place in range(start + 1, end))
        return parted or (self._spelled.alias.context is None and is_common(folded.letters[start:end]))

    def _shouted(self) -> bool:
        """Return whether the words beside it are in capitals, too."""
        words = [*self._beside(-1), *self._beside(1)]
        return len(words) >= SHOUTED_WORDS and not any(map(str.islower, "".join(words)))

    def _beside(self, step: int) -> Iterator[str]:
        """Yield up to three words before or after it, as written, that have more than one letter."""
        folded = self._folded
        letter = self.start - 1 if step < 0 else self.end
        for _ in range(3):
            if not 0 <= letter < len(folded.letters):
                return
            first = folded.start_of_word(letter) if step < 0 else letter
            after = folded.end_of_word(letter)
            if after - first > 1:
                yield folded.text[folded.offset(first) : folded.end_offset(after - 1)]
            letter = first - 1 if step < 0 else after


def neighbour(folded: Folded, pattern: Pattern, start: int, end: int) -> str | None:
    """Return which word beside letters `start` to `end` forbids a pattern there, or None."""
    if pattern.before and end < len(folded.letters) and folded.kind(end) != QUIRK:  # 's is no word
        word = folded.word_from(end)
        if word in pattern.before or ("#" in pattern.before and word[0].isdigit()):
            return f"not before {word!r}"
    if pattern.after and start:
        word = folded.word_to(start - 1)
        if word in pattern.after or ("#" in pattern.after and word[-1].isdigit()):
            return f"not after {word!r}"
    return None
