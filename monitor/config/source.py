"""YAML with the line of every key, so that each problem can be pointed at.

Scalars follow the core schema of YAML 1.2.2 (section 10.3): `no` and `on` are words, only `true` and `false` are truth.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from monitor.errors import ConfigError, Problem

Path_ = tuple[str | int, ...]
"""Where a value stands: keys and, in lists, 0-based positions."""

MAX_DEPTH = 50
"""Deepest nesting that is read; no file of ours comes near, and recursion stays bounded."""

_VARIABLE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Source:
    """A YAML file as read: its data, and the line of each key and list entry by path."""

    file: str
    data: Any
    lines: Mapping[Path_, int] = field(repr=False)

    def line(self, path: Path_) -> int | None:
        """Return the line of the value at `path`, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def problem(self, path: Path_, message: str) -> Problem:
        """Return a problem at `path`."""
        return Problem(self.file, self.line(path), spell_path(path), message)


def spell_path(path: Path_) -> str:
    """Return a path as operators read it: receivers[0].channels[1].webhook.url."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def read_yaml(file: Path, *, environ: Mapping[str, str] | None = None) -> Source:
    """Read a YAML file; with `environ`, `${NAME}` and `${NAME:-default}` in values are replaced, `$${` means "${".

    Raises ConfigError: unreadable, no YAML, a key twice, an unset variable.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError.single(file, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError.single(file, "is not UTF-8; save it in that encoding", line=line) from error
    try:
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        raise _explain(file, text, error) from error
    except yaml.YAMLError as error:  # a character YAML does not allow
        raise ConfigError.single(file, f"is not YAML: {error}") from error
    reader = _Reader(str(file), environ)
    data = None if root is None else reader.value(root, ())
    if reader.problems:
        raise ConfigError(reader.problems)
    return Source(str(file), data, reader.lines)


def _explain(file: Path, text: str, error: yaml.MarkedYAMLError) -> ConfigError:
    """Return what is wrong with a file that is no YAML, and where."""
    mark = error.problem_mark or error.context_mark
    said = error.problem or error.context or "cannot be read"
    lines = [*text.splitlines(), ""]  # what ends too early is marked after its last line
    if mark and "\t" in lines[mark.line][: mark.column + 1]:
        said = "found a tab; indent with spaces"
    column = f" (column {mark.column + 1})" if mark else ""
    return ConfigError.single(file, f"is not YAML: {said}{column}", line=mark.line + 1 if mark else None)


class _Reader:
    """Turns YAML nodes into values and remembers where they stood."""

    def __init__(self, file: str, environ: Mapping[str, str] | None) -> None:
        self.file = file
        self.lines: dict[Path_, int] = {}
        self.problems: list[Problem] = []
        self._environ = environ

    def value(self, node: yaml.Node, path: Path_) -> Any:  # noqa: ANN401 - any YAML value
        """Return the value of a node."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        if len(path) > MAX_DEPTH:
            self._complain(path, f"is nested deeper than {MAX_DEPTH} levels")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(one, (*path, number)) for number, one in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        """Return a mapping; its keys are words, and none stands twice."""
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain(path, "a key must be a word")
                continue
            key = str(key_node.value)
            if key in found:
                first = self.lines[(*path, key)]
                line = key_node.start_mark.line + 1
                text = f"stands here a second time, first in line {first}; keep one"
                self.problems.append(Problem(self.file, line, spell_path((*path, key)), text))
                continue
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, (*path, key))
        return found

    def _scalar(self, node: yaml.ScalarNode, path: Path_) -> Any:  # noqa: ANN401 - any YAML scalar
        """Return a word, number, truth or nothing; variables are replaced first."""
        text = str(node.value)
        if self._environ is not None and "${" in text:
            text = _VARIABLE.sub(lambda found: self._variable(found, path), text)
        if node.style in ("'", '"', "|", ">"):
            return text
        if text in _NULLS:
            return None
        if text in _TRUTH:
            return _TRUTH[text]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _variable(self, found: re.Match[str], path: Path_) -> str:
        """Return what stands for one `${...}`."""
        if found[1]:
            return "${"
        assert self._environ is not None
        value = self._environ.get(found[2]) or found[3]
        if value is None:
            self._complain(path, f"the environment has no {found[2]}; set it, or give a default: ${{{found[2]}:-...}}")
        return value or ""

    def _complain(self, path: Path_, message: str) -> None:
        self.problems.append(Problem(self.file, self.lines.get(path), spell_path(path), message))
