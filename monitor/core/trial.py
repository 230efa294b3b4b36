"""One alias at one place: whether borders, gaps, capitals and neighbours let it stand there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from monitor.core.common import is_common
from monitor.core.inflect import Declension, added_endings
from monitor.core.patterns import COMPOUNDS, PREFIXES, TO_THE, Pattern, takes_a_dot
from monitor.core.text import ABBREVIATED, DOTTED, NONE, QUIRK, SPACED, Folded, scripts_part
from monitor.core.types import Alias, Kind, Tier

NAMED = (Kind.PERSON, Kind.PLACE, Kind.ORGANISATION)
"""Kinds whose names take the endings of a text's language; those of themes are words with all their forms listed."""

MIN_BEFORE_S = 5
"""Letters of the shortest name that takes the s of a genitive: Hamas is not of Hama."""

_TEH_MARBUTA, _NOT_IN_ARABIC = "ة", re.compile("[پچژگکیہے]")
"""A letter that Persian and Urdu seldom write, and letters that Arabic keyboards have not."""

SHOUTED_WORDS = 2
"""Words in capitals beside an acronym that show that capitals mean nothing there."""

_DOTS = frozenset({DOTTED, ABBREVIATED})
"""Gaps with a dot, which two words of a name have between them only after an abbreviation."""

_TOGETHER = frozenset({NONE})
"""What may stand between a stem and its ending: marks, nothing else."""

BORDER = "border: "
"""How the reason of a find begins that lies inside a word or across a gap."""


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


@lru_cache(maxsize=8)
def looks_arabic(text: str) -> bool:
    """Return whether a text of unknown language is Arabic by its letters."""
    return _TEH_MARBUTA in text and not _NOT_IN_ARABIC.search(text)


class Trial:
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
        pattern = self._pattern
        border = self._border()
        if border:
            self.outside = True
            return border
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
        if folded.kind(start) != NONE:
            return True
        if scripts_part(folded.letters[start - 1], folded.letters[start]):
            return True
        before = folded.word_to(start - 1) if pattern.prefixed else ""
        if before in PREFIXES:
            languages = (self._lang, self._spelled.alias.lang)
            return "ar" in languages or (not self._lang and looks_arabic(folded.text))
        return before in COMPOUNDS or pattern.open_start

    def _ends(self) -> bool:
        """Return whether a word ends where it does, or only an ending that is no part of the name follows."""
        folded, pattern, end = self._folded, self._pattern, self.end
        if folded.kind(end) != NONE or scripts_part(folded.letters[end - 1], folded.letters[end]):
            return True
        rest = folded.word_from(end)
        if rest == "s" and pattern.plural:
            return folded.text[folded.offset(end)] == "s" and "s" not in pattern.before
        named = self._spelled.kind in NAMED and not pattern.acronym
        if rest == "s" and len(pattern.letters) < MIN_BEFORE_S:
            return False
        return (named and rest in added_endings(self._language)) or pattern.open_end

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
        folded, pattern, position = self._folded, self._pattern, self.start
        ends = [*(start for start, _ in pattern.words[1:]), len(pattern.letters)]
        for (start, declined), stop in zip(pattern.words, ends, strict=True):
            if start and folded.kind(position) not in pattern.gaps.get(start, pattern.unbroken):
                return None
            nominative, last = pattern.letters[start:stop], stop == len(pattern.letters)
            end = self._end_of_form(position, declined, nominative, last=last)
            if end is None:
                return None
            if last and self.tier is Tier.EXACT and folded.letters.startswith(nominative, position):
                return position + len(nominative)  # an ending that is only added is left outside
            if folded.letters[position:end] != nominative:
                self.tier = Tier.INFLECTED
            position = end
        return position

    def _end_of_form(self, start: int, declined: Declension | None, nominative: str, *, last: bool) -> int | None:
        """Return where a form of one word ends that begins at `start`; None where no form of it stands."""
        folded = self._folded
        stem, endings = (declined.stem, declined.endings) if declined else (nominative, ("",))
        if not folded.letters.startswith(stem, start):
            return None
        after = start + len(stem)
        for ending in (*endings, *added_endings(self._language)) if last else endings:
            end = after + len(ending)
            if not folded.letters.startswith(ending, after) or (ending and self._is_capital(after)):
                continue
            whole = end == len(folded.letters) or (folded.borders[end] and folded.kind(end) not in (NONE, QUIRK))
            joined = not last and not ending  # the next word may follow without a gap
            if (whole or joined) and self._one_word(start, after, end):
                return end
        return None

    def _one_word(self, start: int, after: int, end: int) -> bool:
        """Return whether a stem, which ends before `after`, and its ending stand together as those of one word may."""
        folded, place = self._folded, self._folded.borders.find(1, start + 1, end)
        while place >= 0:
            allowed = self._pattern.unbroken if place < after else _TOGETHER
            if folded.kind(place) not in allowed:
                return False
            place = folded.borders.find(1, place + 1, end)
        return True

    @property
    def _language(self) -> str:
        """Return the language of the text, or else of the alias, or ""."""
        return self._lang or self._spelled.alias.lang or ""

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
    """Return which word beside letters `start` to `end` forbids a pattern there, or None.

    The words of another sentence are no neighbours, nor is the s of a possessive.
    """
    if pattern.before and folded.kind(end) != QUIRK and not folded.sentence_ends_before(end):
        word = folded.word_from(end)
        if word in pattern.before or ("#" in pattern.before and word[0].isdigit()):
            return f"not before {word!r}"
    if pattern.after and start:
        word = folded.word_to(start - 1)
        apart = folded.sentence_ends_before(start) and not takes_a_dot(word)
        if not apart and (word in pattern.after or ("#" in pattern.after and word[-1].isdigit())):
            return f"not after {word!r}"
    return None
