"""Hits that say less than another of their story, and are not told where that one is.

Source: Alertmanager, "Configuration", section `<inhibit_rule>` (prometheus.io). Here story and receiver must be
equal: nobody is kept in the dark because somebody else was told.
"""

from collections.abc import Iterable

from monitor.core.routing import holds, routes_for
from monitor.core.types import Hit, Inhibition, Route, Verdict

_TOLD = frozenset({None, Verdict.ALERTED})
"""Verdicts of hits that are told: those seen with this one, and those before."""


def inhibitor_of(
    rules: Iterable[Inhibition], hit: Hit, others: Iterable[Hit], *, root: Route, receiver: str, publishers: int
) -> Hit | None:
    """Return the hit of the same story in whose place another one need not be told to a receiver, or None.

    others   hits of the story. One that a rule could silence itself, as it could `hit`, silences nothing.
    """
    story = list(others)
    for rule in rules:
        if holds(rule.source, hit, publishers=publishers) or not holds(rule.target, hit, publishers=publishers):
            continue
        for other in story:
            if other.id == hit.id or other.verdict not in _TOLD or not holds(rule.source, other, publishers=publishers):
                continue
            if any(route.receiver == receiver for route in routes_for(root, other, publishers=publishers)):
                return other
    return None
