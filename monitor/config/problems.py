"""What pydantic finds wrong, told to the operator: place, what was found, what was expected, the nearest key."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.source import Path_, Source
from monitor.errors import Problem

MANY = 5_000
"""Names among which the nearest one is found in the blink of an eye; among more only those that begin alike are."""

_ENTRY = "an empty entry; # begins a comment: put a text that begins with it into quotes"
_TYPES: Mapping[str, str] = {
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "string_type": "expected a text; put it into quotes",
    "string_too_short": "is empty; write a text, or take the key away",
    "string_too_long": "expected at most {max_length} characters",
    "too_short": "expected at least {min_length} in the list",
    "greater_than_equal": "expected at least {ge}",
    "less_than_equal": "expected at most {le}",
    "literal_error": "expected {expected}",
    "enum": "expected {expected}",
    "string_pattern_mismatch": "expected lower-case letters, digits and hyphens, such as wagner-in-kidal",
    "model_type": "expected keys and values, such as `key: value`",
    "dict_type": "expected keys and values, such as `key: value`",
    "tuple_type": "expected a list",
}
"""What to say instead of pydantic's own words, by its type of an error; ids are the only texts that have a pattern.

Source: pydantic, "Validation Errors" (docs.pydantic.dev).
"""

_EMPTY: Mapping[str, str] = {"tuple_type": "a list", "string_type": "a text", "bool_type": "true or false"}
"""What was expected of a key without a value, other than keys of its own."""


def problems_of(error: ValidationError, source: Source, model: type[BaseModel]) -> list[Problem]:
    """Return what pydantic found as problems with lines, in the order of the file."""
    found = []
    for one in error.errors(include_url=False):
        path = tuple(step for step in one["loc"] if step != "[key]")
        found.append(source.problem(path, _message(one, model, path)))
    return sorted(found, key=place_of)


def _message(one: ErrorDetails, model: type[BaseModel], path: Path_) -> str:
    """Return one thing that pydantic found in our words."""
    kind, value = one["type"], one["input"]
    if kind == "extra_forbidden":
        return _unknown_key(str(path[-1]), model, path)
    if kind == "missing":
        return "is missing; it is required here"
    if kind == "value_error" and isinstance(value, dict):
        return one["msg"].removeprefix("Value error, ")
    shown = _shown(value, path)
    if value is None and kind in _TYPES:
        return _ENTRY if isinstance(path[-1], int) else f"is empty; expected {_EMPTY.get(kind, 'keys and values')}"
    if kind == "tuple_type" and shown:
        return f"expected a list: [{value}]"
    if kind in ("model_type", "dict_type"):
        return _TYPES[kind]  # what stands where `url:` is forgotten is often the secret address itself
    if kind in _TYPES:
        return _TYPES[kind].format_map(one.get("ctx", {})) + shown
    message = one["msg"].removeprefix("Value error, ")
    return f"{message[:1].lower()}{message[1:]}{shown}"


def place_of(problem: Problem) -> tuple[str, int]:
    """Return where a problem stands in the order of files and lines."""
    return (problem.file, problem.line or 0)


def _shown(value: object, path: Path_) -> str:
    """Return what was found, unless it may be a secret."""
    secret = {"url", "token", "password", "secret", "headers", "proxy", "servers"}
    if any(isinstance(step, str) and step in secret for step in path[-2:]) or isinstance(value, dict | list):
        return ""
    return f"; found {value!r}"


def _unknown_key(key: str, model: type[BaseModel], path: Path_) -> str:
    """Return what to say of a key that is not known, with the nearest one that is."""
    known = sorted(_keys_at(model.model_json_schema(), path[:-1]))
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown key; {hint}expected one of: {', '.join(known)}"


def _keys_at(schema: Mapping[str, Any], path: Path_) -> set[str]:
    """Return the keys that a JSON Schema allows at `path`."""
    node: Mapping[str, Any] = schema
    for step in (*path, None):
        options = [node, *node.get("anyOf", ()), *node.get("allOf", ())]
        resolved = [schema["$defs"][one["$ref"].rsplit("/")[-1]] if "$ref" in one else one for one in options]
        if step is None:
            return {key for one in resolved for key in one.get("properties", ())}
        children = [
            one["items"] if isinstance(step, int) else one.get("properties", {}).get(step, {})
            for one in resolved
            if (isinstance(step, int) and "items" in one) or not isinstance(step, int)
        ]
        node = next((child for child in children if child), {})
    return set()


def nearest(name: str, names: Collection[str], *, alike: float = 0.6, count: int = 1) -> list[str]:
    """Return up to `count` names that were probably meant, the most likely first, whatever their capitals.

    alike   how much of both must be the same, from 0.0 to 1.0; 0.6 is difflib's own measure
    """
    small = {one.casefold(): one for one in names}
    wanted = name.casefold()
    if len(small) > MANY:
        small = {key: one for key, one in small.items() if key[:2] == wanted[:2]}
    return [small[key] for key in difflib.get_close_matches(wanted, small, n=count, cutoff=alike)]
