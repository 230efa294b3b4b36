"""What is no YAML: the cure that is told, and that it cures."""

import pytest

from monitor.config.source import parse_yaml
from monitor.errors import ConfigError

WHOLE = "put the whole value into single quotes, or write it on the lines below `>-`"


def told(text: str) -> str:
    """Return what is said of a text that is no YAML."""
    with pytest.raises(ConfigError) as error:
        parse_yaml("a.yaml", text.encode())
    [problem] = error.value.problems
    return str(problem)


@pytest.mark.parametrize(
    ("text", "place", "cure"),
    [
        ('rules:\n  - when: "wagner group" AND kidal\n', 2, f"begins with a quotation and goes on after it; {WHOLE}"),
        ('- "a" b\n', 1, f"begins with a quotation and goes on after it; {WHOLE}"),
        ("a: 'it's'\n", 1, "the text goes on after its closing quote; write '' for a ' within it"),
        ("rules:\n  - title: Alert: Wagner\n", 2, f"the value contains a colon; {WHOLE}"),
        ("a: @x\n", 1, f"a value cannot begin with @; {WHOLE}"),
        ("a: *x AND y\n", 1, "found the undefined alias 'x'; mark what it repeats with & before, or put the whole"),
        ("a: >- x\n", 1, "write the text on the lines below, indented with two spaces"),
        ("a: - b\n", 1, "begin the list on the next line"),
        (
            "rules:\n  - id: a\n   title: b\n",
            3,
            "indented as no line above that it could belong to; indent it with two",
        ),
        (
            "rules:\n  - id: a\n      title: b\n",
            3,
            "indented further than the one above, which has its value already; ind",
        ),
        ("a: 1\n b: 2\n", 2, "indented further than the one above"),
        ("a: [x, y\nb: 1\n", 1, "not closed; a comma or the closing ] is missing"),
        ("a: {b: c\n", 1, "not closed; a comma or the closing } is missing"),
        ('a: {b: "c" d}\n', 1, "within brackets put each value that is more than a word into quotes"),
        ('a: "x\nb: 1\n', 1, "a quotation begins here and never ends"),
        ("a:\nb\nc: d\n", 2, "expected `key: value`; a text alone is an entry of a list"),
    ],
)
def test_a_beginners_slip_is_told_with_its_line_and_its_cure(text: str, place: int, cure: str) -> None:
    found = told(text)
    assert found.startswith(f"a.yaml:{place}: is not YAML: ")
    assert cure in found


@pytest.mark.parametrize("value", ['"wagner group" AND kidal', "Alert: Wagner", "@x", "*x AND y", "`x`"])
def test_the_cure_for_a_value_makes_it_what_was_written(value: str) -> None:
    assert WHOLE in told(f"a: {value}\n")
    for cured in (f"a: '{value}'\n", f"a: >-\n  {value}\n"):
        assert parse_yaml("a.yaml", cured.encode()).data == {"a": value}


def test_what_is_not_recognised_is_told_as_the_parser_says_it() -> None:
    assert told("a: [") == "a.yaml:2: is not YAML: did not find expected node content (column 1)"
