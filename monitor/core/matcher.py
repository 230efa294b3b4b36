"""Watchlists to a matcher; a document to mentions, and to the rules that hold.

scan.py finds the places where aliases stand, names.py those of other spellings, decide.py says which of them count, and
evaluate.py which rules hold. Title and text are one text here, parted by a blank line that nothing crosses.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from monitor.core.common import is_common
from monitor.core.decide import decide
from monitor.core.evaluate import evaluate
from monitor.core.expressions import Expression, Reference, phrases, references, required, share
from monitor.core.facts import Facts, Names, Occurrence, Window
from monitor.core.reasons import held, why_not
from monitor.core.rules import parse
from monitor.core.scan import Proposed, Scanner
from monitor.core.text import Folded, fold, fold_all, fold_each, sentences
from monitor.core.trial import Find, Spelled
from monitor.core.types import (
    Alias,
    Document,
    Entity,
    Field,
    Kind,
    Match,
    MatchResult,
    Mention,
    Miss,
    Rejection,
    Rule,
    Watchlist,
)
from monitor.core.why import entity_match, place_of, rule_match

BETWEEN = "\n\n"
"""What parts title and text."""

TOGETHER = 1 << 16
"""Characters after which no further document is looked through in the same pass: a large feed would take much memory
at once, some ten bytes for each."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its expression read; `names` are the entities and the phrases in quotes that it speaks of."""

    rule: Rule
    expression: Expression
    names: frozenset[str]


def _together(documents: Sequence[Document]) -> Iterator[list[Document]]:
    """Yield the documents in groups that are looked through in one pass each."""
    some: list[Document] = []
    size = 0
    for document in documents:
        some.append(document)
        size += len(document.title) + len(document.text)
        if size >= TOGETHER:
            yield some
            some, size = [], 0
    if some:
        yield some


def _words_of(document: Document) -> str:
    """Return title and text as one text."""
    return f"{document.title}{BETWEEN}{document.text}" if document.title else document.text


class _Reading:
    """One document, with what is asked of it more than once.

    folded   its words, as `_words_of` puts them together
    """

    def __init__(self, document: Document, folded: Folded) -> None:
        self.document = document
        self.folded = folded
        self.start = len(document.title) + len(BETWEEN) if document.title else 0
        self._occurrences: dict[int, Occurrence] = {}

    def place(self, start: int) -> tuple[Field, int]:
        """Return the field in which an offset lies, and where that field begins."""
        return ("text", self.start) if start >= self.start else ("title", 0)

    def mention(self, find: Find, entity_context: str | None) -> Mention:
        """Return a find as a mention, with the context of its alias and of its entity that held."""
        field, base = self.place(find.start)
        alias = find.spelled.alias
        asked = [need for need in (alias.context, entity_context) if need]
        return Mention(
            find.spelled.name,
            field,
            find.start - base,
            find.end - base,
            self.folded.text[find.start : find.end],
            alias.text,
            find.tier,
            " AND ".join(asked if len(asked) == 1 else (f"({need})" for need in asked)) or None,
        )

    def occurrence(self, find: Find) -> Occurrence:
        """Return a find as what rules ask for, the same one each time."""
        known = self._occurrences.get(id(find))
        if known is None:
            field, base = self.place(find.start)
            surface = self.folded.text[find.start : find.end]
            known = Occurrence(find.spelled.name, field, find.start - base, find.end - base, surface, find.tier)
            self._occurrences[id(find)] = known
        return known

    def word_at(self, field: Field, offset: int) -> int:
        """Return the number of the word at an offset of a field."""
        return self.folded.word_at(offset + (self.start if field == "text" else 0))

    def sentences(self, field: Field) -> Sequence[Window]:
        """Return the sentences of a field; a title is one."""
        if field == "title":
            return [Window("title", 0, len(self.document.title))]
        return self._sentences

    @cached_property
    def _sentences(self) -> list[Window]:
        return [Window("text", start, end) for start, end in sentences(self.document.text)]

    def facts(self, finds: Iterable[Find], names: Names) -> Facts:
        """Return what rules may know when these finds count."""
        found: defaultdict[str, list[Occurrence]] = defaultdict(list)
        for find in finds:
            found[find.spelled.name].append(self.occurrence(find))
        return Facts(self.document, found, names, self.sentences, self.word_at)


@dataclass(frozen=True)
class Matcher:
    """Compiled watchlists: immutable but for caches, safe to share between threads. Made by `compile_matcher`.

    version    of the watchlists it was made of
    entities   by id
    """

    version: str
    entities: Mapping[str, Entity]
    _scanner: Scanner
    _entity_contexts: Mapping[str, str]
    _contexts: Mapping[str, Expression]
    _context_keys: Mapping[str, frozenset[str] | None]
    _names: Names
    _rules: Sequence[CompiledRule]
    _by_name: Mapping[str, Sequence[CompiledRule]]
    _always: Sequence[CompiledRule]

    def match(self, document: Document, *, explain: bool = False) -> MatchResult:
        """Return the mentions that count and the rules that hold.

        With `explain` also what was found and does not count, and the rules that nearly held, with the reason of each.
        """
        return self._match(_Reading(document, fold(_words_of(document))), None, explain=explain)

    def match_each(self, documents: Sequence[Document]) -> list[MatchResult]:
        """Return what `match` returns for each of some documents, in a third of the time where they are short."""
        results: list[MatchResult] = []
        for some in _together(documents):
            folded = fold_each([_words_of(one) for one in some])
            proposed = self._scanner.propose_each([one.letters for one in folded])
            readings = map(_Reading, some, folded)
            results += [self._match(one, places, explain=False) for one, places in zip(readings, proposed, strict=True)]
        return results

    def _match(self, reading: _Reading, proposed: Sequence[Proposed] | None, *, explain: bool) -> MatchResult:
        """Return what one document holds; `proposed` as the scanner takes it."""
        outside: list[Find] | None = [] if explain else None
        lang = reading.document.lang
        finds, read = self._scanner.scan(reading.folded, lang=lang, outside=outside, proposed=proposed)
        others = self._scanner.other_spellings(reading.folded)
        unread = len(reading.folded.text) - read
        if not finds and not others and not self._always and not explain:
            return MatchResult(unread=unread)

        def holds(needs: Iterable[str], so_far: Sequence[Find]) -> dict[str, bool]:
            facts = reading.facts(so_far, self._names)
            return {need: self._context_holds(need, facts) for need in needs}

        counted = decide(finds, others, self._entity_contexts, holds)
        mentions = self._mentions(reading, counted)
        matches, misses = self._ask(reading, counted, mentions, explain=explain)
        rejections: tuple[Rejection, ...] = ()
        if outside is not None:
            rejections = tuple(self._rejections(reading, (*finds, *others, *outside), counted))
        return MatchResult(
            mentions=tuple(sorted((one for each in mentions.values() for one in each), key=place_of)),
            matches=tuple(sorted(matches, key=lambda one: (-one.severity.rank, one.rule))),
            rejections=rejections,
            misses=tuple(misses),
            unread=unread,
        )

    def _context_holds(self, need: str, facts: Facts) -> bool:
        """Return whether a context holds; one of whose names none was found is not looked at."""
        keys = self._context_keys[need]
        if keys is not None and keys.isdisjoint(facts.found):
            return False
        return evaluate(self._contexts[need], facts) is not None

    def _mentions(self, reading: _Reading, counted: Iterable[Find]) -> dict[str, list[Mention]]:
        """Return the mentions by entity, in order of field and offset; phrases of rules are none."""
        found: defaultdict[str, list[Mention]] = defaultdict(list)
        for find in counted:
            if find.spelled.kind is not None:
                found[find.spelled.name].append(reading.mention(find, self._entity_contexts.get(find.spelled.name)))
        return found

    def _ask(
        self, reading: _Reading, counted: Sequence[Find], mentions: Mapping[str, Sequence[Mention]], *, explain: bool
    ) -> tuple[list[Match], list[Miss]]:
        """Return the matches of the rules that hold, those of entities alone included, and the rules that nearly do."""
        alone = ((self.entities[name], each) for name, each in mentions.items() if self.entities[name].alone)
        matches = [entity_match(entity, each) for entity, each in alone]
        names = dict.fromkeys(find.spelled.name for find in counted)
        candidates = {one.rule.id: one for name in names for one in self._by_name.get(name, ())}
        asked = [*candidates.values(), *self._always]
        if not asked and not explain:
            return matches, []
        facts = reading.facts(counted, self._names)
        for compiled in asked:
            evidence = evaluate(compiled.expression, facts)
            if evidence is not None:
                matches.append(rule_match(compiled.rule, evidence, held(compiled.expression, facts), mentions))
        return matches, list(self._misses(counted, {match.rule for match in matches}, facts)) if explain else []

    def _misses(self, counted: Iterable[Find], hit: Container[str], facts: Facts) -> Iterator[Miss]:
        """Yield the rules that did not hold though something they speak of was found: more than a word of a theme."""
        names = {find.spelled.name for find in counted if find.spelled.kind is not Kind.THEME}
        for compiled in self._rules:
            if compiled.rule.id not in hit and not compiled.names.isdisjoint(names):
                yield Miss(compiled.rule.id, why_not(compiled.expression, facts))

    def _rejections(self, reading: _Reading, finds: Iterable[Find], counted: Sequence[Find]) -> Iterator[Rejection]:
        """Yield the finds that do not count, in order of offset, each reason for an entity at a place once.

        Where another alias of the entity counts there is nothing to explain.
        """
        stands = {(find.spelled.name, place) for find in counted for place in range(find.start, find.end)}
        refused = {
            (find.start, find.end, find.spelled.name, find.reason): find
            for find in finds
            if find.reason and find.spelled.kind is not None and (find.spelled.name, find.start) not in stands
        }
        facts = reading.facts(counted, self._names)
        for key in sorted(refused):
            find = refused[key]
            detail = "; ".join(filter(None, (why_not(self._contexts[need], facts) for need in find.missing)))
            yield Rejection(reading.mention(find, None), f"no context: {detail}" if detail else find.reason)


def compile_matcher(watchlists: Sequence[Watchlist], *, version: str) -> Matcher:
    """Return the matcher of all watchlists. Raises RuleSyntaxError for an expression that cannot be read."""
    entities = {entity.id: entity for watchlist in watchlists for entity in watchlist.entities}
    pool: dict[Expression, Expression] = {}
    read = [(rule, share(parse(rule.when), pool)) for each in watchlists for rule in each.rules]
    entity_contexts = {entity.id: entity.context for entity in entities.values() if entity.context}
    needs = {alias.context for entity in entities.values() for alias in entity.aliases if alias.context}
    contexts = {need: share(parse(need), pool) for need in needs.union(entity_contexts.values())}
    expressions = [*contexts.values(), *(expression for _, expression in read)]
    ids = resolve({one for expression in expressions for one in references(expression)}, entities.values())
    spelled = [Spelled(entity.id, entity.kind, alias) for entity in entities.values() for alias in entity.aliases]
    wanted = dict.fromkeys(phrase for expression in expressions for phrase in phrases(expression))
    spelled += [Spelled(f'"{phrase}"', None, Alias(phrase)) for phrase in wanted]
    rules = [CompiledRule(rule, expression, _spoken_of(expression, ids)) for rule, expression in read]
    weight = _Weights(entities)
    by_name, always = _index(rules, ids, weight)
    return Matcher(
        version=version,
        entities=entities,
        _scanner=Scanner(spelled, varied={entity.id for entity in entities.values() if entity.variants}),
        _entity_contexts=entity_contexts,
        _contexts=contexts,
        _context_keys={need: required(contexts[need], ids, weight) for need in contexts},
        _names=Names(ids),
        _rules=rules,
        _by_name=by_name,
        _always=always,
    )


def _spoken_of(expression: Expression, ids: Mapping[Reference, frozenset[str]]) -> frozenset[str]:
    """Return the entities and the phrases, in quotes, that an expression speaks of."""
    entities = (ids.get(reference, frozenset()) for reference in references(expression))
    return frozenset().union(*entities, (f'"{phrase}"' for phrase in phrases(expression)))


def _index(
    rules: Iterable[CompiledRule], ids: Mapping[Reference, frozenset[str]], weight: Callable[[str], float]
) -> tuple[dict[str, list[CompiledRule]], list[CompiledRule]]:
    """Return the rules by the rarest names and phrases of which they need one, and those that need none.

    A rule whose names were not found is never looked at.
    """
    by_name: defaultdict[str, list[CompiledRule]] = defaultdict(list)
    always = []
    for compiled in rules:
        needed = required(compiled.expression, ids, weight)
        if needed is None:
            always.append(compiled)
        for name in needed or ():
            by_name[name].append(compiled)
    return dict(by_name), always


class _Weights:
    """How often a name or a phrase may stand in any text: a guess that orders them, kept for each."""

    def __init__(self, entities: Mapping[str, Entity]) -> None:
        self._entities = entities
        self._known: dict[str, float] = {}

    def __call__(self, name: str) -> float:
        """Return the sum over its aliases: a common word counts one, anything else halves with each letter."""
        if name not in self._known:
            entity = self._entities.get(name)
            texts = [alias.text for alias in entity.aliases] if entity else [name]
            weights = (1.0 if is_common(letters) else 2.0 ** -len(letters) for letters in fold_all(texts))
            self._known[name] = sum(weights)
        return self._known[name]


def resolve(wanted: Iterable[Reference], entities: Iterable[Entity]) -> dict[Reference, frozenset[str]]:
    """Return which entities each reference stands for; `feed:` and `lang:` stand for none and are left out."""
    known = {entity.id: entity for entity in entities}
    resolved = {}
    for reference in wanted:
        if not reference.of_item:
            asked = [known[reference.value]] if reference.kind == "id" and reference.value in known else known.values()
            resolved[reference] = frozenset(entity.id for entity in asked if selects(reference, entity))
    return resolved


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
