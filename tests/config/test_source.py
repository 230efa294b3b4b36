"""YAML as it is read: values, the line of each, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config.source import MAX_DEPTH, parse_yaml, read_yaml
from monitor.errors import ConfigError

TEXT = """\
title: A list
defaults: &least {severity: low,
  tags: [a, 1, 2.5, true, null, no, "1", '~']}
entities:
  - id: one
    notes: |
      two
      lines
    more: *least
  - [x,
     y]
"""

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=12,
)


def read(text: str) -> Any:
    """Return the source of a text."""
    return parse_yaml("a.yaml", text.encode())


def problems(text: str) -> list[str]:
    """Return what is wrong with a text."""
    with pytest.raises(ConfigError) as error:
        read(text)
    return [str(problem) for problem in error.value.problems]


def test_words_are_words_and_every_value_has_its_line() -> None:
    source = read(TEXT)
    least = {"severity": "low", "tags": ["a", 1, 2.5, True, None, "no", "1", "~"]}
    assert source.data == {
        "title": "A list",
        "defaults": least,
        "entities": [{"id": "one", "notes": "two\nlines\n", "more": least}, ["x", "y"]],
    }
    lines: dict[tuple[str | int, ...], int] = {
        (): 1,
        ("defaults", "severity"): 2,
        ("defaults", "tags"): 3,
        ("defaults", "tags", 0): 3,
        ("entities",): 4,
        ("entities", 0): 5,
        ("entities", 0, "notes"): 6,
        ("entities", 0, "more"): 9,
        ("entities", 1): 10,
        ("entities", 1, 1): 11,
    }
    assert {path: source.line(path) for path in lines} == lines


def test_a_place_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    source = read(TEXT)
    assert source.line(("entities", 0, "kind")) == 5
    assert source.line(("entities", 7, "id")) == 4
    assert source.line(("title", "x")) == 1
    assert source.line(("title", 0)) == 1
    assert read("# nothing\n").line(("title",)) is None
    assert read("# nothing\n").data is None


@settings(max_examples=50)
@given(VALUES)
def test_every_value_is_read_as_it_was_written(value: Any) -> None:
    assert read(yaml.safe_dump(value)).data == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: {c: 1,\n c: 2}\n", "a.yaml:3: b.c: stands here a second time, first in line 2; keep one"),
        ("a: {[x]: 1}\n", "a.yaml:1: a: a key must be a word"),
        ("a:\n - *b\n", "a.yaml:2: is not YAML: found the undefined alias 'b'; mark what it repeats"),
        ("a: &b [*b]\n", "a.yaml:1: is not YAML: found the undefined alias 'b'; mark what it repeats"),
        ("a: 1\n---\nb: 1\n", "a.yaml:2: is not YAML: found a second document; keep one to a file (column 1)"),
        ("a: 1\n\tb: 2\n", "a.yaml:2: is not YAML: found a tab; indent with spaces (column 1)"),
        ("a: b\nc: \x07\n", "a.yaml:2: holds the control character U+0007, which no text needs; take it away"),
    ],
)
def test_what_cannot_be_meant_is_one_problem_with_its_line(text: str, expected: str) -> None:
    [told] = problems(text)
    assert told.startswith(expected)


def test_nesting_without_end_is_refused_and_not_followed() -> None:
    [told] = problems("a: " + "[" * 500 + "]" * 500)
    assert told.endswith(f"is nested deeper than {MAX_DEPTH} levels")
    assert "is not YAML" in problems("a: " + "[" * 100_000)[0]


def test_an_alias_of_aliases_takes_no_more_room_than_it_is_written_in() -> None:
    doubling = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    data = read(doubling).data
    assert data["a39"][0] is data["a38"]


def test_a_file_that_is_no_text_says_where(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ConfigError, match=r"a.yaml:2: is not UTF-8; save it in that encoding"):
        read_yaml(tmp_path / "a.yaml")
    with pytest.raises(ConfigError, match=r"b.yaml: cannot be read: No such file"):
        read_yaml(tmp_path / "b.yaml")
