"""What an operation of the API is, how it is answered, and how its description follows from it.

Each operation is written once, with the models of what it takes and gives; pydantic checks by them what comes in, and
`web/api/openapi.py` describes by them. FastAPI would do as much and put the machinery of OpenTelemetry around every
request.
"""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from monitor.errors import MonitorError, StoreError, UnknownIdError
from monitor.web.api.shapes import Page
from monitor.web.etags import conditional
from monitor.web.problems import API, problem
from monitor.web.status import Status

V1 = f"{API}v1/"

BODY_BYTES = 65_536
"""Longest body that is read where nothing else is said: a silence of many conditions."""

A = TypeVar("A", bound=BaseModel)
B = TypeVar("B", bound=BaseModel)


class Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    """A request that cannot be taken, with what is wrong with it."""

    def __init__(self, code: int, title: str, detail: str) -> None:
        """Keep the answer."""
        super().__init__(code, title, detail)
        self.answer = problem(code, title, detail)


@dataclass(frozen=True, slots=True)
class Call(Generic[A, B]):
    """One request: what it asks in its address and says in its body, checked."""

    status: Status
    request: Request
    asked: A
    body: B

    def word(self, name: str) -> str:
        """Return a part of the path, which no row has when it cannot be printed."""
        text: str = self.request.path_params[name]
        if not text.isprintable():
            raise UnknownIdError(f"no {name.removesuffix('_id')} of that name")
        return text


class Nothing(BaseModel):
    """What is asked, or said, where there is nothing to say."""

    model_config = {"extra": "forbid"}


Answer = BaseModel | Response
Handler = Callable[[Call[Any, Any]], Answer | Coroutine[Any, Any, Answer]]
H = TypeVar("H", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that programs can ask for.

    asked, body   models of the query and of the body; Nothing for none
    answers       models of the answers by status
    media         of answers that are no JSON of a model: their types
    body_bytes    longest body that is read
    """

    method: str
    path: str
    handler: Handler
    asked: type[BaseModel]
    body: type[BaseModel]
    answers: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    media: tuple[str, ...] = ()
    body_bytes: int = BODY_BYTES

    @property
    def tag(self) -> str:
        """Return what it is about."""
        return self.path.partition("/")[0]

    def route(self) -> Route:
        """Return the route that answers it."""

        async def answer(request: Request) -> Response:
            return await _answer(self, request)

        return Route(V1 + self.path, answer, methods=[self.method], name=f"{self.method} {self.path}")


class Operations:
    """The operations of one module, in the order in which they are written."""

    def __init__(self) -> None:
        """Know none yet."""
        self.all: list[Operation] = []

    def add(
        self,
        method: str,
        path: str,
        *,
        asked: type[BaseModel] = Nothing,
        body: type[BaseModel] = Nothing,
        answers: type[BaseModel] | Mapping[int, type[BaseModel]] | None = None,
        media: tuple[str, ...] = (),
        body_bytes: int = BODY_BYTES,
    ) -> Callable[[H], H]:
        """Return what makes a function the handler of an operation; one that is no coroutine runs in a thread."""
        given = answers if isinstance(answers, Mapping) else {200: answers} if answers else {}

        def keep(handler: H) -> H:
            operation = Operation(method, path, cast("Handler", handler), asked, body, given, media, body_bytes)
            self.all.append(operation)
            return handler

        return keep


WORDS = {"missing": "expected, and not there", "string_type": "expected text"}
"""What is said of what pydantic finds, where its own words are for programmers."""


async def _answer(operation: Operation, request: Request) -> Response:
    """Return what a handler answers, or the problem it met."""
    try:
        asked = _checked(operation.asked, dict(request.query_params), 400, "Bad question")
        body = await _body(operation, request)
        call = Call(request.app.state.status, request, asked, body)
        handler = operation.handler
        if asyncio.iscoroutinefunction(handler):
            result = await handler(call)
        else:
            result = await asyncio.to_thread(handler, call)
        given = result if isinstance(result, Response) else json_of(cast("BaseModel", result), request, operation)
        return given if isinstance(given, StreamingResponse) else conditional(request, given)
    except Refused as error:
        return error.answer
    except UnknownIdError as error:
        return problem(404, "Not found", str(error))
    except StoreError:
        raise
    except MonitorError as error:
        return problem(409, "Not possible", str(error))


def json_of(result: BaseModel, request: Request, operation: Operation) -> Response:
    """Return an answer for programs; the address of what comes after a part of a list is linked (RFC 8288)."""
    code = next((code for code, model in operation.answers.items() if type(result) is model), 200)
    answer = Response(result.model_dump_json(by_alias=True), code, media_type="application/json")
    if isinstance(result, Page) and result.next is not None:
        after = request.url.include_query_params(cursor=result.next)
        answer.headers["link"] = f'<{after.path}?{after.query}>; rel="next"'
    return answer


async def _body(operation: Operation, request: Request) -> BaseModel:
    """Return what a request says, checked."""
    if operation.body is Nothing:
        return Nothing()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "Not JSON", "send Content-Type: application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > operation.body_bytes:
            raise Refused(413, "Too long", f"expected at most {operation.body_bytes} bytes")
    try:
        said = json.loads(bytes(body))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Refused(400, "Not JSON", "expected a JSON object")
    return _checked(operation.body, said, 422, "Bad body")


def _checked(model: type[BaseModel], said: dict[str, Any], code: int, title: str) -> BaseModel:
    """Return what was asked or said, as its model has it."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise Refused(code, title, spell(error, model)) from error


def spell(error: ValidationError, model: type[BaseModel]) -> str:
    """Return the first thing that is wrong, where, and what was expected; never the value: it may be secret."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"])) or "body"
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        names = sorted(field.alias or name for name, field in model.model_fields.items())
        return f"{place[:50]}: unknown; expected {', '.join(names) or 'nothing'}"
    field = model.model_fields.get(str(first["loc"][-1])) if first["loc"] else None
    text = first["type"] in ("missing", "string_pattern_mismatch") and field is not None and field.annotation is str
    kind = "string_type" if text else first["type"]
    told = WORDS.get(kind) or re.sub("^Value error, ", "", first["msg"])
    return f"{place[:100]}: {told}"
