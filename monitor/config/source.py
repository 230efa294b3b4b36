"""YAML with the line of every key, so that each problem can be pointed at.

Scalars follow the core schema of YAML 1.2.2 (section 10.3): `no` and `on` are words, only `true` and `false` are truth.
"""

import hashlib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from monitor.config.cures import explain, trouble_of
from monitor.errors import ConfigError, Problem

Path_ = tuple[str | int, ...]
"""Where a value stands: keys and, in lists, 0-based positions."""

Lines = int | tuple[int, Mapping[str, Any] | Sequence[Any]]
"""The line of a value; of a mapping or list also the Lines of what is in it. A value below a key has the key's line."""

MAX_DEPTH = 50
"""Deepest nesting that is read; no file of ours comes near, and recursion stays bounded."""

Event = Any
"""An event of PyYAML's parser; its type stubs leave out `anchor`, and that every event has its marks."""

_VARIABLE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_PRINTABLE = re.compile("[\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What may stand in YAML. Source: YAML 1.2.2, rule [1] c-printable."""
_NUMERIC = frozenset("+-.0123456789")
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS: Mapping[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A YAML file as read: the SHA-256 of its content, its data, and the lines of it, None when it is empty."""

    file: str
    digest: str
    data: Any
    lines: Lines | None = field(repr=False)

    def without(self, key: str) -> "Source":
        """Return the file without what it says, which may be secret, and without the lines below a key of its top."""
        lines = self.lines
        if isinstance(lines, tuple) and isinstance(lines[1], dict):
            lines = lines[0], {name: at for name, at in lines[1].items() if name != key}
        return replace(self, data=None, lines=lines)

    def line(self, path: Path_) -> int | None:
        """Return the line of the value at `path`, or of the nearest thing around it."""
        found = self.lines
        for step in path:
            try:
                found = found[1][step]  # type: ignore[index]  # what is no key of what is there is caught
            except (KeyError, IndexError, TypeError):
                break
        return found[0] if isinstance(found, tuple) else found

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
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError.single(file, f"cannot be read: {error.strerror}") from error
    return parse_yaml(str(file), content, environ=environ)


def parse_yaml(file: str, content: bytes, *, environ: Mapping[str, str] | None = None) -> Source:
    """Read the content of a file like `read_yaml`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError.single(file, "is not UTF-8; save it in that encoding", line=line) from error
    reader = _Reader(file, yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)), environ)
    try:
        data, lines = reader.document()
    except yaml.MarkedYAMLError as error:
        raise _explain(file, text, error) from error
    except yaml.YAMLError as error:  # a character YAML does not allow
        raise _unreadable(file, text, error) from error
    if reader.problems:
        raise ConfigError(reader.problems)
    return Source(file, hashlib.sha256(content).hexdigest(), data, lines)


def _explain(file: str, text: str, error: yaml.MarkedYAMLError) -> ConfigError:
    """Return what is wrong with a file that is no YAML, where, and the likely cure."""
    line, said = explain(trouble_of(text, error))
    return ConfigError.single(file, f"is not YAML: {said}", line=line + 1)


def _unreadable(file: str, text: str, error: yaml.YAMLError) -> ConfigError:
    """Return that a character stands in a file that YAML does not allow, and where."""
    found = next((one for one in enumerate(text) if not _PRINTABLE.match(one[1])), None)
    if found is None:
        return ConfigError.single(file, f"is not YAML: {error}")
    place, character = found
    said = f"holds the control character U+{ord(character):04X}, which no text needs; take it away"
    return ConfigError.single(file, said, line=text.count("\n", 0, place) + 1)


def _refuse(what: str, event: Event) -> yaml.MarkedYAMLError:
    """Return the error for an event that cannot be used, like those of the parser itself."""
    return yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)


class _Reader:
    """Turns the events of a YAML parser into values and remembers where they stood.

    Events, because PyYAML's tree of nodes is three times as slow to build, and ten times as large as what it says.
    """

    def __init__(self, file: str, events: Iterator[Event], environ: Mapping[str, str] | None) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._events = events
        self._environ = environ
        self._anchors: dict[str, tuple[Any, Lines]] = {}
        self._path: list[str | int] = []

    def document(self) -> tuple[Any, Lines | None]:
        """Return the value of the only document and its lines."""
        next(self._events)  # the stream starts
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None, None
        found = self._value(next(self._events))
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _refuse("found a second document; keep one to a file", after)
        return found

    def _value(self, event: Event) -> tuple[Any, Lines]:
        """Return the value that begins with an event, and its lines."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise _refuse(f"found the undefined alias {event.anchor!r}", event)
            value, lines = self._anchors[event.anchor]
            return value, (line, lines[1]) if isinstance(lines, tuple) else line
        found: tuple[Any, Lines]
        if isinstance(event, yaml.ScalarEvent):
            found = self._scalar(event, line), line
        elif len(self._path) > MAX_DEPTH:
            self._complain(line, f"is nested deeper than {MAX_DEPTH} levels")
            self._skip()
            found = None, line
        elif isinstance(event, yaml.MappingStartEvent):
            found = self._mapping(line)
        else:
            found = self._list(line)
        if event.anchor is not None:
            self._anchors[event.anchor] = found
        return found

    def _list(self, line: int) -> tuple[list[Any], Lines]:
        """Return a list up to its end."""
        values: list[Any] = []
        lines: list[Lines] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            self._path.append(len(values))
            value, at = self._value(event)
            self._path.pop()
            values.append(value)
            lines.append(at)
        return values, (line, lines)

    def _mapping(self, line: int) -> tuple[dict[str, Any], Lines]:
        """Return a mapping up to its end; its keys are words, and none stands twice."""
        values: dict[str, Any] = {}
        lines: dict[str, Lines] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, key_line = self._key(event), event.start_mark.line + 1
            self._path.append(key)
            value, at = self._value(next(self._events))
            if key in values:
                first = lines[key]
                first = first[0] if isinstance(first, tuple) else first
                self._complain(key_line, f"stands here a second time, first in line {first}; keep one")
            elif key:
                values[key] = value
                lines[key] = (key_line, at[1]) if isinstance(at, tuple) else key_line
            self._path.pop()
        return values, (line, lines)

    def _key(self, event: Event) -> str:
        """Return a key, "" for one that is none."""
        line = event.start_mark.line + 1
        key = None
        if isinstance(event, yaml.ScalarEvent):
            key = str(event.value)
            if event.anchor is not None:
                self._anchors[event.anchor] = key, line
        elif isinstance(event, yaml.AliasEvent):
            key = self._value(event)[0]
        else:
            self._skip()
        if not isinstance(key, str) or not key:
            self._complain(line, "a key must be a word")
            return ""
        return sys.intern(key)  # the same few in every entity

    def _skip(self) -> None:
        """Pass over the rest of a mapping or list that is not read."""
        depth = 1
        while depth:
            event = next(self._events)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)

    def _scalar(self, event: Event, line: int) -> str | int | float | bool | None:
        """Return a word, number, truth or nothing; variables are replaced first."""
        text = str(event.value)
        if self._environ is not None and "${" in text:
            text = _VARIABLE.sub(lambda found: self._variable(found, line), text)
        if event.style in ("'", '"', "|", ">"):
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text[0] in _NUMERIC:
            if _INT.fullmatch(text):
                return int(text)
            if _FLOAT.fullmatch(text):
                return float(text)
        return text

    def _variable(self, found: re.Match[str], line: int) -> str:
        """Return what stands for one `${...}`."""
        if found[1]:
            return "${"
        assert self._environ is not None
        value = self._environ.get(found[2]) or found[3]
        if value is None:
            self._complain(line, f"the environment has no {found[2]}; set it, or give a default: ${{{found[2]}:-...}}")
        return value or ""

    def _complain(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.file, line, spell_path(tuple(self._path)), message))
