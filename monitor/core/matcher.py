"""Watchlists to a matcher; a document to mentions, and to the rules that hold.

The automaton finds aliases in the folded letters, where nothing but letters is left. A find counts when it begins and
ends at the border of a word, its gaps are such as the alias allows, its capitals stand where an acronym has them, and
no forbidden word stands beside it. What lies inside a longer name belongs to that name. What needs context waits until
it is known which mentions need none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick, Implementation

from monitor.core.evaluate import Evidence, Facts, Occurrence, Window, evaluate
from monitor.core.facts import Names
from monitor.core.patterns import ENDINGS, PREFIXES, Pattern, make_pattern, patterns_of
from monitor.core.rules import Expression, Reference, parse, phrases, references, required
from monitor.core.text import JOIN, NONE, Folded, fold, kind_of, sentences
from monitor.core.types import (
    Alias,
    Document,
    Entity,
    Field,
    Kind,
    Match,
    MatchResult,
    Mention,
    Rejection,
    Rule,
    Watchlist,
)

FIELDS: tuple[Field, ...] = ("title", "text")

SHOWN_EVIDENCE = 6
"""Words quoted in a hit's `why`; more would not be read."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its expression read."""

    rule: Rule
    expression: Expression


@dataclass(slots=True, eq=False)
class _Find:
    """A mention of a pattern and what is still to be decided about it."""

    mention: Mention
    pattern: Pattern
    reason: str = ""


class _Scanned:
    """One field of a document, folded, with what is asked of it more than once."""

    def __init__(self, name: Field, text: str) -> None:
        self.name = name
        self.folded: Folded = fold(text)

    @cached_property
    def words(self) -> npt.NDArray[np.int64]:
        """Return for each letter the number of its word."""
        return self.folded.words_before()

    @cached_property
    def windows(self) -> list[Window]:
        """Return the sentences; a title is one."""
        if self.name == "title":
            return [Window("title", 0, len(self.folded.text))]
        return [Window("text", start, end) for start, end in sentences(self.folded.text)]

    def word_at(self, offset: int) -> int:
        """Return the number of the word at an offset."""
        return int(self.words[np.searchsorted(self.folded.origin, offset, side="right") - 1])

    def token(self, letter: int, step: int) -> str:
        """Return the letters from `letter` on to the border of the word, forwards (1) or backwards (-1)."""
        letters, gaps, found = self.folded.letters, self.folded.gaps, ""
        while 0 <= letter < len(letters):
            found = found + letters[letter] if step > 0 else letters[letter] + found
            if kind_of(int(gaps[letter + (step > 0)])) not in (NONE, JOIN):
                break
            letter += step
        return found


@dataclass(frozen=True)
class Matcher:
    """Compiled watchlists: immutable, safe to share between threads. Made by `compile_matcher`."""

    version: str
    entities: Mapping[str, Entity]
    _patterns: Sequence[Pattern] = field(repr=False)
    _automaton: AhoCorasick = field(repr=False)
    _contexts: Mapping[str, Expression] = field(repr=False)
    _ids: Names = field(repr=False)
    _by_entity: Mapping[str, Sequence[CompiledRule]] = field(repr=False)
    _always: Sequence[CompiledRule] = field(repr=False)

    def match(self, document: Document) -> MatchResult:
        """Return the mentions that count, the rules that hold, and the aliases that were found but do not count."""
        scanned = {name: _Scanned(name, getattr(document, name)) for name in FIELDS}
        finds = [find for name in FIELDS for find in self._scan(scanned[name])]
        self._decide(document, finds, scanned)
        found = _by_name(find.mention for find in finds if not find.reason)
        facts = self._facts(document, found, scanned)
        named = {name: each for name, each in found.items() if not name.startswith('"')}
        return MatchResult(
            mentions=tuple(sorted((one for each in named.values() for one in each), key=_place)),
            matches=tuple(sorted(self._hold(facts, named), key=lambda one: (-one.severity.rank, one.rule))),
            rejections=tuple(
                Rejection(find.mention, find.reason)
                for find in finds
                if find.reason and not find.pattern.entity.startswith('"')
            ),
        )

    def _facts(
        self, document: Document, found: Mapping[str, Sequence[Mention]], scanned: Mapping[Field, _Scanned]
    ) -> Facts:
        """Return what rules are asked about."""
        occurrences = {
            name: [Occurrence(name, one.field, one.start, one.end, one.surface, one.tier) for one in each]
            for name, each in found.items()
        }
        return Facts(
            document,
            occurrences,
            self._ids,
            lambda name: scanned[name].windows,
            lambda name, offset: scanned[name].word_at(offset),
        )

    def _scan(self, scanned: _Scanned) -> list[_Find]:
        """Return what the automaton finds at the borders of words in one field, each place and entity once."""
        letters = scanned.folded.letters
        if not letters:
            return []
        borders = scanned.folded.gaps != 0
        borders[0] = borders[-1] = True
        best: dict[tuple[str, int, int, str], _Find] = {}
        for index, start, end in self._automaton.find_matches_as_indexes(letters, overlapping=True):
            pattern = self._patterns[index]
            if not ((borders[start] or pattern.prefixed) and (borders[end] or pattern.inflected or pattern.plural)):
                continue
            if not self._at_borders(scanned, pattern, start, end):
                continue
            reason = _objection(scanned, pattern, start, end)
            find = _Find(_mention(scanned, pattern, start, end), pattern, reason or "")
            key = (pattern.entity, start, end, "" if find.reason else pattern.alias.context or "")
            if key not in best or (best[key].reason and not reason):
                best[key] = find
        return [find for find in best.values() if find.reason != _SILENT]

    def _at_borders(self, scanned: _Scanned, pattern: Pattern, start: int, end: int) -> bool:
        """Return whether a find is a word of its own, an ending, a plural or an attached particle aside."""
        gaps = scanned.folded.gaps
        if start and not gaps[start]:
            particle = scanned.token(start - 1, -1)
            if not (pattern.prefixed and particle in PREFIXES):
                return False
        if end < len(scanned.folded.letters) and not gaps[end]:
            rest = scanned.token(end, 1)
            inflected = pattern.inflected and rest in ENDINGS
            plural = pattern.plural and rest == "s" and scanned.folded.text[scanned.folded.offset(end)] == "s"
            return inflected or (plural and "s" not in pattern.before)
        return True

    def _decide(self, document: Document, finds: Sequence[_Find], scanned: Mapping[Field, _Scanned]) -> None:
        """Give a reason to every find that does not count: inside a longer name, or without its context.

        First come finds that need no context; then those whose context holds given what counts so far, until nothing
        changes. A name that lacks its context does not own what lies inside it.
        """
        open_ = [find for find in finds if not find.reason]
        waiting = [find for find in open_ if self._needs(find)]
        counted = [find for find in open_ if not self._needs(find)]
        self._drop_inner(counted, counted)
        self._drop_inner(waiting, counted)
        waiting = [find for find in waiting if not find.reason]
        while waiting:
            found = _by_name(find.mention for find in counted if not find.reason)
            facts = self._facts(document, found, scanned)
            held = {
                need: evaluate(self._contexts[need], facts) is not None
                for find in waiting
                for need in self._needs(find)
            }
            fit = [find for find in waiting if all(held[need] for need in self._needs(find))]
            if not fit:
                break
            counted += fit
            waiting = [find for find in waiting if find not in fit]
        for find in waiting:
            find.reason = f"no context: {' and '.join(need for need in self._needs(find) if not held[need])}"
        self._drop_inner(counted, counted)

    def _needs(self, find: _Find) -> list[str]:
        """Return the contexts that a find needs: its alias's and its entity's."""
        entity = self.entities.get(find.pattern.entity)
        return [need for need in (find.pattern.alias.context, entity.context if entity else None) if need]

    def _drop_inner(self, finds: Iterable[_Find], owners: Sequence[_Find]) -> None:
        """Give a reason to every find that lies inside a longer one which owns it."""
        spans: dict[Field, list[_Find]] = defaultdict(list)
        for owner in owners:
            if not owner.reason and not owner.pattern.entity.startswith('"'):
                spans[owner.mention.field].append(owner)
        for find in finds:
            mention = find.mention
            if find.reason or find.pattern.entity.startswith('"'):
                continue
            for owner in spans[mention.field]:
                if _contains(owner.mention, mention) and self._owns(owner, find):
                    find.reason = f"inside a longer name: {owner.mention.surface}"
                    break

    def _owns(self, owner: _Find, inner: _Find) -> bool:
        """Return whether a longer mention takes in what lies inside it: one of its own kind.

        Taliban inside Pakistani Taliban is not the Afghan group, Khyber inside Khyber Pakhtunkhwa not the district; but
        "Bajaur bombing" tells of an event and also of Bajaur and of a bombing.
        """
        return self.entities[owner.pattern.entity].kind is self.entities[inner.pattern.entity].kind

    def _hold(self, facts: Facts, named: Mapping[str, Sequence[Mention]]) -> list[Match]:
        """Return the matches of the rules that hold, those of entities alone included."""
        candidates = {id(one): one for name in facts.found for one in self._by_entity.get(name, ())}
        matches = [_entity_match(self.entities[name], mentions) for name, mentions in named.items()]
        for compiled in (*candidates.values(), *self._always):
            evidence = evaluate(compiled.expression, facts)
            if evidence is not None:
                matches.append(_rule_match(compiled.rule, evidence, named))
        return [match for match in matches if match is not None]


_SILENT = "silent"
"""Reason of finds that nobody would call an alias: letters that run on over words."""


def compile_matcher(watchlists: Sequence[Watchlist], *, version: str) -> Matcher:
    """Return the matcher of all watchlists. Raises RuleSyntaxError for an expression that cannot be read."""
    entities = {entity.id: entity for watchlist in watchlists for entity in watchlist.entities}
    rules = [CompiledRule(rule, parse(rule.when)) for watchlist in watchlists for rule in watchlist.rules]
    needs = {
        need for entity in entities.values() for need in (entity.context, *(a.context for a in entity.aliases)) if need
    }
    contexts = {need: parse(need) for need in needs}
    expressions = [*contexts.values(), *(compiled.expression for compiled in rules)]
    wanted = dict.fromkeys(phrase for expression in expressions for phrase in phrases(expression))
    patterns = [pattern for entity in entities.values() for pattern in patterns_of(entity)]
    patterns += [make_pattern(f'"{phrase}"', Alias(phrase), phrase=True) for phrase in wanted]
    patterns = [pattern for pattern in patterns if pattern.letters]
    ids = resolve({one for expression in expressions for one in references(expression)}, entities.values())
    by_entity: defaultdict[str, list[CompiledRule]] = defaultdict(list)
    always = []
    for compiled in rules:
        needed = required(compiled.expression, ids, lambda _: 1.0)
        if needed is None:
            always.append(compiled)
        for name in needed or ():
            by_entity[name].append(compiled)
    automaton = AhoCorasick([pattern.letters for pattern in patterns], implementation=Implementation.ContiguousNFA)
    return Matcher(version, entities, patterns, automaton, contexts, Names(ids), dict(by_entity), always)


def resolve(wanted: Iterable[Reference], entities: Iterable[Entity]) -> dict[Reference, frozenset[str]]:
    """Return which entities each reference stands for; `feed:` and `lang:` stand for none and are left out."""
    known = list(entities)
    return {
        reference: frozenset(entity.id for entity in known if selects(reference, entity))
        for reference in wanted
        if reference.kind not in ("feed", "lang")
    }


def selects(reference: Reference, entity: Entity) -> bool:
    """Return whether a reference stands for an entity."""
    value = reference.value
    match reference.kind:
        case "id":
            return entity.id == value
        case "theme":
            return entity.kind is Kind.THEME and (entity.id == value or value in entity.tags)
        case "tag":
            return value in entity.tags
        case "watchlist":
            return entity.watchlist == value
        case "kind":
            return entity.kind == value
    return False


def _mention(scanned: _Scanned, pattern: Pattern, start: int, end: int) -> Mention:
    """Return a find as a mention with exact offsets."""
    folded = scanned.folded
    first, last = folded.offset(start), folded.end_offset(end - 1)
    return Mention(pattern.entity, scanned.name, first, last, folded.text[first:last], pattern.alias.text)


def _objection(scanned: _Scanned, pattern: Pattern, start: int, end: int) -> str | None:
    """Return why a find at the borders of words does not count, or None."""
    folded = scanned.folded
    for allowed, marks in zip(pattern.gaps, folded.gaps[start + 1 : end].tolist(), strict=True):
        if kind_of(marks) not in allowed:
            return _SILENT
    if pattern.exact:
        written = "".join(folded.text[folded.offset(letter)] for letter in range(start, end))
        if written != pattern.exact:
            return f"case: {pattern.alias.text} must be written so"
    if any(folded.text[folded.offset(start + position)].islower() for position in pattern.capitals):
        return f"case: {pattern.alias.text} has capitals"
    if pattern.before and end < len(folded.letters):
        word = scanned.token(end, 1)
        if word in pattern.before or ("#" in pattern.before and word[0].isdigit()):
            return f"not before {word!r}"
    if pattern.after and start:
        word = scanned.token(start - 1, -1)
        if word in pattern.after or ("#" in pattern.after and word[-1].isdigit()):
            return f"not after {word!r}"
    return None


def _by_name(mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
    """Return mentions by what they stand for, in order of field and offset; within an entity the longest wins."""
    found: defaultdict[str, list[Mention]] = defaultdict(list)
    for one in sorted(mentions, key=lambda one: (*_place(one)[:2], -one.end)):
        known = found[one.entity]
        if not known or known[-1].field != one.field or known[-1].end <= one.start:
            known.append(one)
        elif one.end - one.start > known[-1].end - known[-1].start:
            known[-1] = one
    return dict(found)


def _contains(outer: Mention, inner: Mention) -> bool:
    """Return whether a mention lies inside a longer one."""
    return outer.start <= inner.start and inner.end <= outer.end and outer.end - outer.start > inner.end - inner.start


def _place(mention: Mention) -> tuple[bool, int, int]:
    """Return the order of mentions: the title first, then by offset, then by length."""
    return (mention.field != "title", mention.start, mention.end)


def _entity_match(entity: Entity, mentions: Sequence[Mention]) -> Match | None:
    """Return the match of an entity that is a rule by itself."""
    if not entity.alone:
        return None
    first = mentions[0]
    more = f" and {len(mentions) - 1} more" if len(mentions) > 1 else ""
    return Match(
        rule=f"entity:{entity.id}",
        title=entity.name,
        watchlist=entity.watchlist,
        severity=entity.severity,
        tags=entity.tags,
        entities=(entity.id,),
        mentions=tuple(mentions),
        why=f'"{first.surface}" in the {first.field}{more}: {entity.name} ({entity.id})',
    )


def _rule_match(rule: Rule, evidence: Evidence, named: Mapping[str, Sequence[Mention]]) -> Match:
    """Return the match of a rule, with the mentions of every entity that made it hold."""
    distinct = list(dict.fromkeys(evidence))
    ids = tuple(dict.fromkeys(one.name for one in distinct if one.name in named))
    words = [
        f'"{one.surface}" ({one.name + ", " if one.name in named else ""}{one.field})'
        for one in distinct[:SHOWN_EVIDENCE]
    ]
    more = f" and {len(distinct) - SHOWN_EVIDENCE} more" if len(distinct) > SHOWN_EVIDENCE else ""
    return Match(
        rule=rule.id,
        title=rule.title,
        watchlist=rule.watchlist,
        severity=rule.severity,
        tags=rule.tags,
        entities=ids,
        mentions=tuple(sorted((one for name in ids for one in named[name]), key=_place)),
        why=f"rule {rule.id}: {', '.join(words)}{more}" if words else f"rule {rule.id}",
    )
