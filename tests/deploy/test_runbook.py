"""docs/operations.md, as somebody reads it who was woken: every alert and every line of the log stands there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()

NOT_FIELDS = {"exc_info"}
"""Keywords that are for the renderer of a line."""

BY_NAME = {"none of the N feeds could be reached"}
"""Events with a number in them, which no constant in the code is."""


def part(headline: str) -> str:
    """Return a section of second level, without its headline."""
    return RUNBOOK.partition(f"\n## {headline}\n")[2].partition("\n## ")[0]


def texts(node: ast.expr) -> list[str]:
    """Return what an expression says when it is a text, or one of two."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def lines(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """Yield each event that a module logs under a constant name, with its fields."""
    known = {
        target.id: values
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and (values := texts(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    spread = {
        target.id: {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
        if not re.match(r"(log\.\w+|tell|\(?log\.\w+ if .*)$", ast.unparse(call.func)):
            continue
        fields: set[str] = set()
        for word in call.keywords:
            fields |= {word.arg} if word.arg else {str(one) for one in spread[ast.unparse(word.value)]}
        for said in texts(call.args[0]) or known.get(ast.unparse(call.args[0]), []):
            yield said, fields - NOT_FIELDS


def logged() -> dict[str, set[str]]:
    """Return the fields of each event that the program logs."""
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / "monitor").rglob("*.py")):
        text = file.read_text()
        if "structlog.get_logger" in text:
            for event, fields in lines(ast.parse(text)):
                found[event] = found.get(event, set()) | fields
    return found


def told() -> dict[str, set[str]]:
    """Return the fields of each event that the runbook tells of: words before the first colon or bracket of its cell."""
    found = {}
    for row in re.findall(r"^\| (`.*`) \| (.*)\|$", part("Logs"), re.MULTILINE):
        fields = re.split(r"[:;(]| \.\.\.", row[1].replace("`", ""))[0]
        names = {name.strip() for name in fields.split(",")} - {""}
        for event in re.findall(r"`([^`]+)`", row[0]):
            found[event] = {name for name in names if re.fullmatch(r"[a-z_]+", name)}
    return found


def test_every_alert_stands_in_the_runbook_and_leads_there() -> None:
    [group] = yaml.safe_load((ROOT / "deploy" / "prometheus-rules.yaml").read_text())["groups"]
    rules = {rule["alert"]: rule for rule in group["rules"]}
    texts = dict(re.findall(r"^### (EventMonitor\w+)\n\n((?:.+\n|\n(?!###))+)", part("Alerts"), re.MULTILINE))
    assert set(texts) == set(rules)
    for name, rule in rules.items():
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
        grave, _, cure = texts[name].strip().partition("\n\n")
        assert grave.startswith(f"*{rule['labels']['severity'].capitalize()}.* "), name
        assert len(cure) > 40, f"{name}: what to do?"


def test_every_line_of_the_log_stands_in_the_runbook_with_its_fields() -> None:
    said, written = logged(), told()
    assert len(said) > 40
    assert {name: sorted(fields) for name, fields in said.items()} == {
        name: sorted(fields) for name, fields in written.items() if name not in BY_NAME
    }


def test_links_within_the_runbook_lead_somewhere() -> None:
    headlines = re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-") for line in headlines}
    assert set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK)) <= anchors
