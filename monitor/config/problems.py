"""What pydantic finds wrong, told to the operator: place, what was found, what was expected, the nearest key."""

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from monitor.config.source import Path_, Source
from monitor.errors import Problem


def problems_of(error: ValidationError, source: Source, model: type[BaseModel]) -> list[Problem]:
    """Return what pydantic found as problems with lines, in the order of the file."""
    found = []
    for one in error.errors(include_url=False):
        path = tuple(step for step in one["loc"] if step != "[key]")
        message = one["msg"].removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            message = _unknown_key(str(path[-1]), model, path)
        elif one["type"] == "missing":
            message = "is missing; it is required here"
        elif one["type"] != "value_error" or not isinstance(one["input"], dict):
            shown = _shown(one["input"], path)
            message = f"{message[:1].lower()}{message[1:]}{shown}"
        found.append(source.problem(path, message))
    return sorted(found, key=place_of)


def place_of(problem: Problem) -> tuple[str, int]:
    """Return where a problem stands in the order of files and lines."""
    return (problem.file, problem.line or 0)


def _shown(value: object, path: Path_) -> str:
    """Return what was found, unless it may be a secret."""
    secret = {"url", "token", "password", "secret", "headers", "proxy"}
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
