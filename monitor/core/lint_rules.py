"""What is wrong with rules and contexts: such as can never hold, or hold always."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.core.findings import Finding, Subject
from monitor.core.matcher import selects
from monitor.core.rules import And, Expression, Reference, parse
from monitor.core.satisfiable import can_fail, can_hold, holds_on_nothing
from monitor.core.text import fold
from monitor.core.types import Entity, Watchlist

Needs = tuple[str, ...]
"""The contexts that an alias needs: its own and its entity's."""


def rule_findings(watchlists: Sequence[Watchlist]) -> Iterator[Finding]:
    """Yield what is wrong with contexts, and with rules given the names that can count."""
    entities = {entity.id: entity for watchlist in watchlists for entity in watchlist.entities}
    names = _Names(entities, set())
    _let_count(names)
    for entity in entities.values():
        yield from _context_findings(entity, names)
    for watchlist in watchlists:
        for rule in watchlist.rules:
            yield from _rule_findings(Subject("rule", rule.id), names.expression((rule.when,)), names)


@dataclass
class _Names:
    """Who can be mentioned.

    entities   by id
    count      ids of those of whom an alias can count
    """

    entities: Mapping[str, Entity]
    count: set[str]

    def __post_init__(self) -> None:
        self._selected: dict[tuple[str, str], frozenset[str]] = {}
        self._read: dict[Needs, Expression] = {}

    def selected(self, reference: Reference) -> frozenset[str]:
        """Return the ids of entities that a reference stands for and that can count."""
        key = (reference.kind, reference.value)
        if key not in self._selected:
            asked = (
                [self.entities[reference.value]]
                if key[0] == "id" and key[1] in self.entities
                else self.entities.values()
            )
            self._selected[key] = frozenset(one.id for one in asked if selects(reference, one))
        return self._selected[key] & self.count

    def expression(self, texts: Needs) -> Expression:
        """Return the expression that holds where all of `texts` do, read once."""
        if texts not in self._read:
            parts = tuple(map(parse, texts))
            self._read[texts] = parts[0] if len(parts) == 1 else And(parts)
        return self._read[texts]

    def can_hold(self, needs: Needs) -> bool:
        """Return whether contexts can hold together."""
        return not needs or can_hold(self.expression(needs), self.selected)


def _let_count(names: _Names) -> None:
    """Fill `count`: a name counts when its context can hold through names that count before it, as in the matcher."""
    waiting: dict[Needs, set[str]] = {}
    for entity in names.entities.values():
        for needs in _needs(entity):
            waiting.setdefault(needs, set()).add(entity.id)
    fit = [needs for needs in waiting if not needs]
    while fit:
        for needs in fit:
            names.count |= waiting.pop(needs)
        fit = [needs for needs in waiting if names.can_hold(needs)]


def _needs(entity: Entity) -> Iterator[Needs]:
    """Yield what each alias of an entity that has letters needs, each once."""
    yield from dict.fromkeys(
        tuple(filter(None, (alias.context, entity.context))) for alias in entity.aliases if fold(alias.text).letters
    )


def _context_findings(entity: Entity, names: _Names) -> Iterator[Finding]:
    """Yield what is wrong with the contexts of an entity."""
    if entity.aliases and entity.id not in names.count:
        asked = " and ".join(dict.fromkeys(need for needs in _needs(entity) for need in needs))
        what = f"{entity.name} can never be mentioned: each alias needs context, and none can hold: {asked}"
        advice = "ask for words, or for names that need no context themselves: two weak names prove nothing"
        yield Finding("entity-never", what, advice, Subject("entity", entity.id))
        return
    for position, alias in enumerate(entity.aliases):
        needs = tuple(filter(None, (alias.context, entity.context)))
        if not names.can_hold(needs):
            what = f"{alias.text!r} can never count: its context contradicts itself: {' AND '.join(needs)}"
            yield Finding("context-never", what, "mend the context", Subject("entity", entity.id, position))


def _rule_findings(subject: Subject, expression: Expression, names: _Names) -> Iterator[Finding]:
    """Yield what is wrong with one rule."""
    if not can_hold(expression, names.selected):
        what = (
            f"rule {subject.id} can never hold: it asks for something and forbids it, or for a name that never counts"
        )
        yield Finding("rule-never", what, "look for a NOT that takes in what another part asks for", subject)
    elif not can_fail(expression, names.selected):
        what = f"rule {subject.id} holds for every item"
        yield Finding("rule-always", what, "take away the part that is always true", subject)
    elif holds_on_nothing(expression):
        what = f"rule {subject.id} holds for items in which nothing is named: it asks only for what is missing"
        yield Finding("rule-without-words", what, "ask for a name or a phrase beside the NOT", subject)


def missing_examples(rules: Iterable[str], shown: set[tuple[str, bool]]) -> Iterator[Finding]:
    """Yield the rules without an example of each sort; `shown` holds (rule, whether the example must hit)."""
    for rule in rules:
        missing = [key for key, holds in (("match", True), ("no_match", False)) if (rule, holds) not in shown]
        if missing:
            what = f"rule {rule} has no example: {' and '.join(missing)}"
            advice = "give it a headline that it must hit, and one that it must not: best the one that fooled you"
            yield Finding("no-example", what, advice, Subject("rule", rule))
