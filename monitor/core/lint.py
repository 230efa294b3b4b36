"""Check watchlists: aliases and rules that do not do what they seem to, and examples that fail.

Everything is told as findings; config knows where each subject stands, and what its author has silenced.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from monitor.core.findings import Example, Finding, Subject
from monitor.core.lint_aliases import alias_findings
from monitor.core.lint_rules import missing_examples, rule_findings
from monitor.core.matcher import Matcher, selects
from monitor.core.rules import parse, references
from monitor.core.types import Entity, MatchResult, Mention, Rule, Watchlist

SHOWN_CHARS = 120
"""Characters of an example that are quoted; the place says the rest."""

SHOWN_NAMES = 6
"""Names of a rule that are said to be missing; its reader sees the rest."""


def lint(watchlists: Sequence[Watchlist], examples: Sequence[Example], matcher: Matcher) -> Iterator[Finding]:
    """Yield everything that is wrong, in no order that matters; `matcher` is that of the watchlists."""
    yield from alias_findings(watchlists)
    yield from rule_findings(watchlists)
    yield from example_findings(examples, matcher, {rule.id: rule for one in watchlists for rule in one.rules})
    shown = {(one.rule, one.holds) for one in examples if one.rule is not None}
    yield from missing_examples((rule.id for watchlist in watchlists for rule in watchlist.rules), shown)


def example_findings(examples: Iterable[Example], matcher: Matcher, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """Yield the examples that fail, with what was found instead; `rules` by id."""
    for example in examples:
        result = matcher.match(example.document, explain=True)
        if example.rule is not None:
            failure = _rule_failure(example, result, rules[example.rule], matcher.entities)
        else:
            failure = _entity_failure(example, result)
        if failure is not None:
            what, why = failure
            text = example.text if len(example.text) <= SHOWN_CHARS else f"{example.text[:SHOWN_CHARS]}..."
            what = f"{what}: {text} | {why}"
            advice = "mend the rule, the aliases or the example" if example.rule else "mend the aliases or the example"
            yield Finding("example-fails", what, advice, _subject(example), example.file, example.line)


def _subject(example: Example) -> Subject:
    """Return what an example is about."""
    if example.rule is not None:
        return Subject("rule", example.rule)
    assert example.entity is not None
    return Subject("entity", example.entity)


def _rule_failure(
    example: Example, result: MatchResult, rule: Rule, entities: Mapping[str, Entity]
) -> tuple[str, str] | None:
    """Return what a rule did that it should not, and why; None when the example holds."""
    match = next((one for one in result.matches if one.rule == rule.id), None)
    if (match is not None) is example.holds:
        return None
    if match is not None:
        return f"rule {rule.id} hits", match.why
    reason = next((one.reason for one in result.misses if one.rule == rule.id), "")
    reason = reason or _missing(rule, [entities[one.entity] for one in result.mentions])
    return f"rule {rule.id} does not hit", "; ".join(filter(None, (reason, _found(result.mentions))))


def _missing(rule: Rule, mentioned: Sequence[Entity]) -> str:
    """Return which names of a rule are not there; the matcher tells nothing of a rule whose rarest name is not."""
    asked = dict.fromkeys(one for one in references(parse(rule.when)) if one.kind not in ("feed", "lang"))
    names = [
        one.value if one.kind == "id" else f"{one.kind}:{one.value}"
        for one in asked
        if not any(selects(one, entity) for entity in mentioned)
    ]
    return f"not found: {', '.join(names[:SHOWN_NAMES])}" if names else ""


def _entity_failure(example: Example, result: MatchResult) -> tuple[str, str] | None:
    """Return what is wrong with the mentions of an entity, and why; None when the example holds."""
    mentions = [one for one in result.mentions if one.entity == example.entity]
    if bool(mentions) is example.holds:
        return None
    if mentions:
        return f"{example.entity} is mentioned", _found(mentions)
    reasons = [
        f"{one.mention.surface!r} does not count, {one.reason}"
        for one in result.rejections
        if one.mention.entity == example.entity
    ]
    return f"{example.entity} is not mentioned", "; ".join((*reasons, _found(result.mentions)))


def _found(mentions: Iterable[Mention]) -> str:
    """Return mentions in words."""
    told = dict.fromkeys(f"{one.entity} ({one.surface!r})" for one in mentions)
    return f"found {', '.join(told)}" if told else "found nothing"
