"""The table that `pytest -m manners` prints: each rule of behaviour, and whether it is kept."""

from collections.abc import Iterable

import pytest

RULE = "manners"


def note_rule(item: pytest.Item) -> None:
    """Let the report of a test carry the rule that its marker names."""
    marker = item.get_closest_marker(RULE)
    if marker is not None and (RULE, marker.args[0]) not in item.user_properties:
        item.user_properties.append((RULE, marker.args[0]))


def table(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Return the lines of the table, rules in the order of the first report of each; one failure breaks a rule."""
    kept: dict[str, bool] = {}
    for report in reports:
        for name, rule in report.user_properties:
            if name == RULE:
                kept[str(rule)] = kept.get(str(rule), True) and not report.failed
    return [f"{'kept  ' if good else 'BROKEN'}  {rule}" for rule, good in sorted(kept.items())]
