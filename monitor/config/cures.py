"""The likely cure for a file that is no YAML: the parser says what it expected, we what a person probably meant."""

import re
from dataclasses import dataclass

import yaml

WHOLE = "put the whole value into single quotes, or write it on the lines below `>-`"

_VALUE = re.compile(r"\s*(?:- +)*(?:[^\s:#'\"\[{]+: +)?")
"""What stands before a value: dashes of lists, then a key."""

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")
_INDENT = "indent it with two spaces more than the key it belongs to, like the lines beside it"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Where the parser stopped.

    line, column   0-based, in `lines`
    said           what it says of that
    opened         0-based line of what it was reading when it stopped: a list, a quotation
    """

    lines: list[str]
    line: int
    column: int
    said: str
    opened: int


def trouble_of(text: str, error: yaml.MarkedYAMLError) -> Trouble:
    """Return where in a text the parser stopped."""
    mark = error.problem_mark or error.context_mark
    assert mark is not None, "PyYAML marks whatever it cannot parse"
    opened = error.context_mark.line if error.context_mark else mark.line
    lines = [*text.splitlines(), ""]  # what ends too early is marked after its last line
    return Trouble(lines, mark.line, mark.column, error.problem or error.context or "cannot be read", opened)


def explain(trouble: Trouble) -> tuple[int, str]:
    """Return the 0-based line to mend, and what is wrong there with its cure, else what the parser said."""
    written = trouble.lines[trouble.line]
    if "\t" in written[: trouble.column + 1]:
        return trouble.line, _at("found a tab; indent with spaces", trouble)
    opened = _never_closed(trouble)
    if opened is not None:
        return trouble.opened, opened
    cure = _in_value(trouble) or _in_indent(trouble)
    return trouble.line, _at(cure or trouble.said, trouble)


def _at(message: str, trouble: Trouble) -> str:
    """Return a message with the column, counted from 1."""
    return f"{message} (column {trouble.column + 1})"


def _never_closed(trouble: Trouble) -> str | None:
    """Return what to say where something was begun in a line and the parser read on beyond it in vain."""
    if trouble.opened == trouble.line and trouble.line + 1 < len(trouble.lines):
        return None
    if trouble.said == "found unexpected end of stream":
        return "a quotation begins here and never ends; close it with the quote it begins with"
    if trouble.said == "could not find expected ':'":
        return "expected `key: value`; a text alone is an entry of a list and begins with `- `"
    closing = re.fullmatch(r"did not find expected ',' or '(.)'", trouble.said)
    if closing:
        return f"what begins here with a bracket is not closed; a comma or the closing {closing[1]} is missing"
    return None


def _in_value(trouble: Trouble) -> str | None:
    """Return the cure for a value that means something else in YAML than it says."""
    written, said = trouble.lines[trouble.line], trouble.said
    before = _VALUE.match(written)
    start = before.end() if before else 0
    value = written[start:]
    quoted = _QUOTED.match(value)
    if quoted and start + quoted.end() <= trouble.column and value[quoted.end() :].strip():
        double = f"the value begins with a quotation and goes on after it; {WHOLE}"
        single = "the text goes on after its closing quote; write '' for a ' within it, or write it below `>-`"
        return double if value[0] == '"' else single
    if said.startswith("mapping values are not allowed") and trouble.column > start and value:
        return f"the value contains a colon; {WHOLE}" if start else None
    if said == "found character that cannot start any token":
        return f"a value cannot begin with {written[trouble.column]}; {WHOLE}"
    if said.startswith("found the undefined alias"):
        return f"{said}; mark what it repeats with & before, or {WHOLE}"
    if said == "did not find expected comment or line break":
        return "write the text on the lines below, indented with two spaces"
    if said.startswith("did not find expected ',' or"):
        return f"{said}; within brackets put each value that is more than a word into quotes"
    if said.startswith("block sequence entries are not allowed"):
        return "begin the list on the next line, indented with two spaces"
    return None


def _in_indent(trouble: Trouble) -> str | None:
    """Return the cure for a line that is indented as nothing above it is."""
    said = trouble.said
    if said.startswith("mapping values are not allowed"):
        return f"this line is indented further than the one above, which has its value already; {_INDENT}"
    if said in ("did not find expected key", "did not find expected '-' indicator"):
        return f"this line is indented as no line above that it could belong to; {_INDENT}"
    return None
