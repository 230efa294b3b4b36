"""The description of the API: as OpenAPI 3.1 for programs, and as a page for people, without any script."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from monitor import __version__
from monitor.web.api.operations import V1, Nothing, Operation
from monitor.web.api.shapes import Problem
from monitor.web.frame import page
from monitor.web.gate import SAFE, needed_for
from monitor.web.problems import API

Described = Callable[[], dict[str, Any]]

REF = "#/components/schemas/{model}"

PROBLEMS = {
    400: "The question cannot be read; the detail says which part and what was expected",
    401: "No token, or none that is good",
    403: "The token is not good for this, or a browser sent it",
    404: "There is no such thing",
    409: "It cannot be done as things stand",
    413: "The body is too long",
    415: "The body is not JSON",
    422: "The body says what cannot be",
    429: "Too many requests; Retry-After says for how many seconds",
    503: "The database is away, or as much as can be served is asked for already",
}
"""What may go wrong; all are told as a problem (RFC 9457)."""

ABOUT = (
    "What Event Monitor found, who was told, how the feeds are; and what a person can do about it. "
    "Send a token as `Authorization: Bearer`: that of the configuration, or one made with `monitor token add`. "
    "Times are RFC 3339 in UTC. Lists go on by `next`. Answers carry an ETag; ask again with If-None-Match."
)


def routes(known: Sequence[Operation]) -> Iterator[Route]:
    """Yield the routes of the description, which is made when it is first asked for: it takes a tenth of a second."""
    described = cache(partial(describe, known))
    yield Route(f"{API}openapi.json", partial(_document, described))
    yield Route(f"{API}docs", partial(_page, described))


def _document(described: Described, request: Request) -> Response:  # noqa: ARG001 - Starlette's form
    """Return the description for programs."""
    return JSONResponse(described())


def _page(described: Described, request: Request) -> Response:
    """Show the description."""
    return page(request, "api.html.j2", now=request.app.state.status.clock(), api=described(), problems=PROBLEMS)


def describe(known: Sequence[Operation]) -> dict[str, Any]:
    """Return the description of some operations (OpenAPI 3.1.0)."""
    taken = {one.body for one in known if one.body is not Nothing}
    given = {model for one in known for model in one.answers.values()} | {Problem}
    _, schemas = models_json_schema(
        [
            *((model, "validation") for model in sorted(taken, key=str)),
            *((m, "serialization") for m in sorted(given, key=str)),
        ],
        ref_template=REF,
    )
    paths: dict[str, dict[str, Any]] = {}
    for one in known:
        paths.setdefault(V1 + one.path, {})[one.method.lower()] = _describe(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Event Monitor", "version": __version__, "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _describe(one: Operation) -> dict[str, Any]:
    """Return the description of one operation."""
    said = (one.handler.__doc__ or "").strip()
    summary, _, more = said.partition("\n\n")
    scope = needed_for(one.method, V1 + one.path)
    found: dict[str, Any] = {
        "operationId": one.handler.__name__,
        "tags": [one.tag],
        "summary": " ".join(summary.split()),
        "description": " ".join(f"{more} Needs a token of scope {scope}.".split()),
        "parameters": [*_path_parameters(one.path), *_query_parameters(one.asked)],
        "responses": _responses(one),
    }
    if one.body is not Nothing:
        schema = {"$ref": REF.format(model=one.body.__name__)}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return found


def _path_parameters(path: str) -> list[dict[str, Any]]:
    """Return the description of what stands in the path."""
    names = re.findall(r"\{(\w+)\}", path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(asked: type[BaseModel]) -> list[dict[str, Any]]:
    """Return the description of what may be asked; a word that is not there is none, and not null."""
    schema = asked.model_json_schema(ref_template=REF)
    found = []
    for name, about in schema.get("properties", {}).items():
        plain = {key: value for key, value in about.items() if key not in ("title", "description", "anyOf")}
        if plain.get("default", "") is None:
            del plain["default"]
        options = [one for one in about.get("anyOf", []) if one.get("type") != "null"]
        for option in options[:1]:
            plain |= option
        ref = plain.pop("$ref", "").rpartition("/")[2]
        if ref:
            plain |= {key: value for key, value in schema["$defs"][ref].items() if key in ("type", "enum")}
        required = name in schema.get("required", [])
        found.append({"name": name, "in": "query", "required": required, "schema": plain})
        if "description" in about:
            found[-1]["description"] = about["description"]
    return found


def _responses(one: Operation) -> dict[str, Any]:
    """Return the description of what may be answered."""
    told = {"application/problem+json": {"schema": {"$ref": REF.format(model=Problem.__name__)}}}
    found: dict[str, Any] = {
        str(code): {
            "description": " ".join((model.__doc__ or "").split("\n\n")[0].split()),
            "content": {"application/json": {"schema": {"$ref": REF.format(model=model.__name__)}}},
        }
        for code, model in one.answers.items()
    }
    if one.media:
        content = {media: {"schema": {"type": "string"}} for media in one.media}
        found["200"] = {"description": "As asked", "content": content}
    if one.method in SAFE:
        found["304"] = {"description": "Nothing is other than If-None-Match says"}
    return found | {str(code): {"description": why, "content": told} for code, why in PROBLEMS.items()}
