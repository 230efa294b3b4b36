"""Find aliases in a folded text: the automaton proposes places, a trial of each (trial.py) disposes."""

from collections.abc import Container, Sequence
from itertools import accumulate, islice
from typing import TypeAlias

from ahocorasick_rs import AhoCorasick, Implementation

from monitor.core.common import is_common
from monitor.core.names import Spellings
from monitor.core.patterns import NEXT_LETTERS, Pattern, is_cyrillic, keys_of, make_pattern
from monitor.core.text import FAR, PART, Folded, fold_all
from monitor.core.trial import BORDER, Find, Spelled, Trial, neighbour
from monitor.core.types import Tier

CHUNK = 1 << 13
"""Letters that the automaton looks through at once: hostile aliases (a, aa, aaa ...) then yield millions of places, not
billions, at a time; most items are one chunk."""

MOST_FINDS, MOST_PROPOSALS = 100_000, 8_000_000
"""Finds, and places proposed, after which a document is not read on: seconds of work. A book names a thousand, and
10 MiB made of one alias have five million places."""

SMALL = 200_000
"""Letters of all keys up to which the automaton is a table of all transitions: a fifth faster, some 30 MB at most."""

MOST_BORDERS = 200
"""Finds inside words or across gaps that are explained; a letter that is an alias is inside every word."""

Proposed: TypeAlias = tuple[int, int, int]
"""A place where a key stands: number of the key, first letter, letter after the last."""


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
        self._longest = max(map(len, owners), default=0)
        small = sum(map(len, owners)) <= SMALL
        automaton = Implementation.DFA if small else Implementation.ContiguousNFA
        self._automaton = AhoCorasick(list(owners), implementation=automaton)

    def propose_each(self, letters: Sequence[str]) -> list[list[Proposed] | None]:
        """Return what is proposed in each of some folded texts, in one pass; None for those of several chunks."""
        proposed: list[list[Proposed] | None] = [[] if len(one) <= CHUNK else None for one in letters]
        short = [number for number, one in enumerate(proposed) if one is not None]
        if not self._owners:
            return proposed
        together = PART.join(letters[number] for number in short)
        ends = list(accumulate(len(letters[number]) + len(PART) for number in short))
        places = iter(zip([0, *ends], ends, short, strict=False))
        begin, stop, held = 0, 0, list[Proposed]()
        for key, start, end in self._automaton.find_matches_as_indexes(together, overlapping=True):
            while end >= stop:  # they come in the order of their ends
                begin, stop, number = next(places)
                held = proposed[number] = []
            held.append((key, start - begin, end - begin))
        return proposed

    def scan(
        self,
        folded: Folded,
        *,
        lang: str | None,
        outside: list[Find] | None = None,
        proposed: Sequence[Proposed] | None = None,
    ) -> tuple[list[Find], int]:
        """Return the places where aliases stand, and how far the text was looked through, as an offset.

        Those that their letters or neighbours forbid have the reason.

        outside    to be filled with places inside words and across gaps, as far as they are not too many
        proposed   what `propose_each` found in this text
        """
        finds: list[Find] = []
        proposals = 0
        lang = (lang or "").partition("-")[0].lower()
        if proposed is not None:
            self._try(folded, proposed, finds, lang=lang, outside=outside)
            return finds, len(folded.text)
        for base in range(0, len(folded.letters) if self._owners else 0, CHUNK):
            if len(finds) > MOST_FINDS or proposals > MOST_PROPOSALS:
                return finds, folded.offset(base)
            proposed = self._propose(folded.letters, base)
            proposals += len(proposed)
            self._try(folded, proposed, finds, lang=lang, outside=outside)
        return finds, len(folded.text)

    def _propose(self, letters: str, base: int) -> list[Proposed]:
        """Return the places of all keys that begin in one chunk."""
        if len(letters) <= CHUNK:
            return self._automaton.find_matches_as_indexes(letters, overlapping=True)
        chunk = letters[base : base + CHUNK + self._longest - 1]
        found = self._automaton.find_matches_as_indexes(chunk, overlapping=True)
        return [(index, base + start, base + end) for index, start, end in found if start < CHUNK]

    def _try(
        self,
        folded: Folded,
        proposed: Sequence[Proposed],
        finds: list[Find],
        *,
        lang: str,
        outside: list[Find] | None,
    ) -> None:
        """Add what stands at the places proposed to `finds`, and what is kept from standing there to `outside`."""
        letters, borders, asked, owners = folded.letters, folded.borders, self._asked, self._owners
        for index, start, end in proposed:
            ask = asked[index]
            if ask and (outside is None or len(outside) >= MOST_BORDERS):
                if not borders[start] and letters[start - 1] < FAR:
                    continue
                if ask == _BOTH and not borders[end] and letters[end] != "s" and letters[end] < FAR:
                    continue
            numbers = self._with_next(owners[index], folded, start, end) if ask == _START else owners[index]
            for number in numbers:
                trial = Trial(folded, self._spelled[number], self._pattern(number), start, end, lang)
                objection = trial.objection()
                if not trial.outside:
                    finds.append(trial.find(objection or ""))
                elif outside is not None and len(outside) < MOST_BORDERS:
                    outside.append(trial.find(f"{BORDER}{objection}"))

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
        for alias, start, end in islice(self._spellings.find(folded.text), MOST_FINDS):
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
