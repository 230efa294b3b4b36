"""What is wrong with aliases: such as say nothing new, are no name alone, or can never be found."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, islice

from monitor.core.common import is_common
from monitor.core.findings import Finding, Subject
from monitor.core.lint_letters import foreign_letters, mixed_words, pattern_in
from monitor.core.matcher import compile_matcher
from monitor.core.text import fold
from monitor.core.types import Alias, Document, Entity, Kind, Severity, Watchlist

MIN_LETTERS = 4
"""Letters of the shortest alias that may be a name by itself; shorter ones are words, codes and syllables elsewhere."""

DENSE = 0x2E80
"""First letter of the East Asian scripts, in which two letters are a word (Unicode blocks from CJK Radicals on)."""

PAIR = 2
"""Ordinary words that meet by chance; three seldom do."""

BATCH = 50
"""Texts that are tried in one reading."""

APART = "\n\nand so on then\n\n"
"""What stands between them: paragraphs end, and words in small letters show that capitals mean something."""

_NEEDED = "give it a context, words in not_before or not_after, or a longer spelling"


@dataclass(frozen=True, slots=True)
class _Spelling:
    """An alias of an entity, with its position and its folded letters."""

    entity: Entity
    position: int
    alias: Alias
    letters: str

    @property
    def subject(self) -> Subject:
        """Return what a finding about it is about."""
        return Subject("entity", self.entity.id, self.position)

    @property
    def needs(self) -> frozenset[str]:
        """Return the contexts it asks for."""
        return frozenset(filter(None, (self.alias.context, self.entity.context)))

    @property
    def kept_apart(self) -> bool:
        """Return whether anything keeps it from counting wherever it stands."""
        return bool(self.needs or self.alias.not_before or self.alias.not_after)


def alias_findings(watchlists: Sequence[Watchlist]) -> Iterator[Finding]:
    """Yield what is wrong with the aliases of all watchlists."""
    entities = [entity for watchlist in watchlists for entity in watchlist.entities]
    for entity in entities:
        if not entity.aliases and entity.alone:
            what = f"nothing can match {entity.name}: it has no alias, and its name is none"
            advice = "add aliases, or alone: false if it only keeps its id"
            yield Finding("no-alias", what, advice, Subject("entity", entity.id))
    spellings = [
        _Spelling(entity, position, alias, fold(alias.text).letters)
        for entity in entities
        for position, alias in enumerate(entity.aliases)
    ]
    for one in spellings:
        yield from _word_findings(one)
        yield from _letter_findings(one)
        yield from _neighbour_findings(one)
    yield from _unfound(spellings)
    yield from _repeated(spellings)


def _word_findings(one: _Spelling) -> Iterator[Finding]:
    """Yield that an alias is too short or too common to be a name by itself; themes are words and may be.

    IS-K has three letters and is long enough: its hyphen must stand there.
    """
    if one.entity.kind is Kind.THEME or one.kept_apart or not one.letters:
        return
    text = one.alias.text
    words = [letters for word in re.split(r"[\W_]+", text) if (letters := fold(word).letters)]
    if len(one.letters) < MIN_LETTERS and len(words) == 1 and ord(one.letters[0]) < DENSE:
        what = f"{text!r} has fewer than {MIN_LETTERS} letters and counts wherever it stands"
        yield Finding("short-alias", what, _NEEDED, one.subject)
    elif is_common(one.letters):
        what = f"{text!r} is an ordinary word and counts wherever it stands"
        yield Finding("common-word", what, _NEEDED, one.subject)
    elif len(words) == PAIR and all(map(is_common, words)):
        what = f"{text!r} is made of two ordinary words"
        yield Finding(
            "common-words", what, "see that together they mean nothing else, or give it a context", one.subject
        )


def _letter_findings(one: _Spelling) -> Iterator[Finding]:
    """Yield that an alias holds letters that only look like those of its script, or a pattern."""
    for word in mixed_words(one.alias.text):
        what = (
            f"{word!r} has letters of two scripts and is found only where a text has them, too: {foreign_letters(word)}"
        )
        yield Finding("mixed-script", what, "write all of the word with one keyboard", one.subject)
    pattern = pattern_in(one.alias.text)
    if pattern is not None:
        what = f"{one.alias.text!r} is searched for as it is written, {pattern} included"
        advice = (
            "aliases are words, not patterns: write each spelling as an alias, conditions as `context` or as a rule"
        )
        yield Finding("pattern-alias", what, advice, one.subject)


def _neighbour_findings(one: _Spelling) -> Iterator[Finding]:
    """Yield the neighbours that can never stand there: only single words are compared."""
    for key, words in (("not_before", one.alias.not_before), ("not_after", one.alias.not_after)):
        for word in words:
            if word != "#" and len([part for part in re.split(r"[\s\-/]+", word) if fold(part).letters]) != 1:
                what = f"{one.alias.text!r}: {key} {word!r} is no single word and keeps nothing away"
                advice = "write the word that stands directly beside it"
                yield Finding("idle-neighbour", what, advice, one.subject)


def _unfound(spellings: Sequence[_Spelling]) -> Iterator[Finding]:
    """Yield the aliases that are not found where they stand alone, whatever the context."""
    trial = _Trial(spellings)
    by_lang: defaultdict[str | None, list[int]] = defaultdict(list)
    for number, one in enumerate(spellings):
        by_lang[one.alias.lang].append(number)
    for lang, numbers in by_lang.items():
        texts = [spellings[number].alias.text for number in numbers]
        for number, found in zip(numbers, trial.found(texts, lang), strict=True):
            if number not in found:
                what = f"{spellings[number].alias.text!r} is not found even where nothing else stands"
                advice = "write it with the letters that stand in texts"
                yield Finding("alias-never", what, advice, spellings[number].subject)


def _repeated(spellings: Sequence[_Spelling]) -> Iterator[Finding]:
    """Yield the aliases that say what another one says."""
    groups: defaultdict[tuple[Kind, str], list[_Spelling]] = defaultdict(list)
    for one in spellings:
        if one.letters:
            groups[one.entity.kind, one.letters].append(one)
    several = [group for group in groups.values() if len(group) > 1]
    for group, finders in zip(several, _finders(several), strict=True):
        for number in range(len(group)):
            yield from _said_by_others(number, group, finders)


def _said_by_others(number: int, group: Sequence[_Spelling], finders: Sequence[set[int]]) -> Iterator[Finding]:
    """Yield that an alias is useless or ambiguous beside those that find whatever it finds.

    number    of the alias in its group
    finders   for each alias of the group those that find whatever it finds; the first of a list is never useless
    """
    one = group[number]
    for other_number in sorted(finders[number] - {number}):
        other, mutual = group[other_number], number in finders[other_number]
        if other.entity is one.entity:
            if not _asks_no_more(other.alias, one.alias):
                continue
            if other.alias.context is None and one.alias.context is not None:
                what = f"{one.alias.text!r} asks for context, but {other.alias.text!r} finds the same without"
                yield Finding("idle-context", what, "keep one of the two", one.subject)
                return
            if other_number < number and one.alias.text != one.entity.name:
                what = f"{one.alias.text!r} finds nothing that {other.alias.text!r} does not find"
                yield Finding("duplicate-alias", what, "take it away", one.subject)
                return
        elif other_number < number and mutual and one.entity.kind is not Kind.THEME and _same(one, other):
            what = f"{one.alias.text!r} names {one.entity.id} as well as {other.entity.id}"
            advice = "which one is meant? give each a context, or take one away"
            yield Finding("shared-alias", what, advice, one.subject)


def _same(one: _Spelling, other: _Spelling) -> bool:
    """Return whether two aliases of two entities count on the same conditions."""
    neighbours = _asks_no_more(one.alias, other.alias) and _asks_no_more(other.alias, one.alias)
    return neighbours and one.needs == other.needs


def _asks_no_more(one: Alias, other: Alias) -> bool:
    """Return whether one alias asks for nothing beside it that another does not ask for, too."""
    return (
        one.context in (None, other.context)
        and set(one.not_before) <= set(other.not_before)
        and set(one.not_after) <= set(other.not_after)
    )


def _finders(groups: Sequence[Sequence[_Spelling]]) -> Iterator[list[set[int]]]:
    """Yield for each group, and for each alias of it, the numbers of those that find whatever it finds.

    Told by trying: all read what each of them and its variants with other hyphens, spaces, capitals and particles look
    like.
    """
    trial = _Trial([one for group in groups for one in group])
    looks = [list(dict.fromkeys(look for one in group for look in _looks(one.alias.text))) for group in groups]
    found = trial.found([look for each in looks for look in each])
    first = 0
    for group, each in zip(groups, looks, strict=True):
        finders = [set(range(len(group))) for _ in group]
        for names in islice(found, len(each)):
            here = {number - first for number in names if first <= number < first + len(group)}
            for number in here:
                finders[number] &= here
        first += len(group)
        yield finders


def _looks(text: str) -> Iterator[str]:
    """Yield how an alias may stand in a text."""
    yield text
    yield from (text.lower(), text.upper())
    yield re.sub(r"[-‐-―/]", " ", text)
    yield re.sub(r"\s", "-", text)
    yield re.sub(r"[-‐-―/]", "", text)
    yield re.sub(r"[-‐-―/]", " - ", text)
    yield re.sub(r"['’‘`.]", "", text)
    yield f"{text}s"
    yield f"و{text}"


class _Trial:
    """A matcher in which each alias is an entity of its own, without anything that keeps it apart."""

    def __init__(self, spellings: Sequence[_Spelling]) -> None:
        """Compile it."""
        entities = tuple(
            Entity(
                id=str(number),
                kind=one.entity.kind,
                name=one.alias.text,
                watchlist="trial",
                severity=Severity.LOW,
                aliases=(replace(one.alias, context=None, not_before=(), not_after=()),),
                alone=False,
            )
            for number, one in enumerate(spellings)
        )
        self._matcher = compile_matcher([Watchlist("trial", "Trial", Severity.LOW, entities=entities)], version="")

    def found(self, texts: Iterable[str], lang: str | None = None) -> Iterator[set[int]]:
        """Yield for each text the numbers of the aliases that stand in it; many are read at once, which is faster."""
        waiting = iter(texts)
        while batch := list(islice(waiting, BATCH)):
            starts = list(accumulate((len(text) + len(APART) for text in batch), initial=0))[:-1]
            found: list[set[int]] = [set() for _ in batch]
            for mention in self._matcher.match(Document("", text=APART.join(batch), lang=lang)).mentions:
                place = bisect_right(starts, mention.start) - 1
                if mention.end <= starts[place] + len(batch[place]):
                    found[place].add(int(mention.entity))
            yield from found
