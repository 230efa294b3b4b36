"""What acts on a page: a form that was sent from a page of ours is read, its wish done, and the reader led on.

After a POST that changed something the answer leads to a page (303), so that a reload repeats nothing. What cannot be
done is told on a page, with the reason.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.errors import MonitorError, StoreError, UnknownIdError
from monitor.web.acks import FORM_BYTES
from monitor.web.frame import page
from monitor.web.origins import is_own
from monitor.web.status import Status

FIELDS = 2_000
"""Most fields of a form that are read: the boxes of a page full of alerts, many times over."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, each with all its values."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the first value of a field without white space around it, "" where it is not there."""
        return next(iter(self.values.get(name, ())), "").strip()

    def all(self, name: str) -> Sequence[str]:
        """Return all values of a field: the boxes that are ticked."""
        return self.values.get(name, ())


Act = Callable[[Status, Request, Form], str]
"""Does what a form wishes, in a thread, and returns the address of the page to go on with. Raises MonitorError."""

Endpoint = Callable[[Request], Awaitable[Response]]


def acting(act: Act) -> Endpoint:
    """Return the endpoint that does what a form wishes."""

    async def answer(request: Request) -> Response:
        status: Status = request.app.state.status
        form = await read_form(request)
        if isinstance(form, Response):
            return form
        try:
            then = await asyncio.to_thread(act, status, request, form)
        except UnknownIdError as error:
            return refusal(request, 404, str(error))
        except StoreError:
            raise
        except MonitorError as error:
            return refusal(request, 409, str(error))
        return RedirectResponse(then, 303)

    return answer


async def read_form(request: Request, *, limit: int = FORM_BYTES) -> Form | Response:
    """Return the form of a request, or the refusal of one that is not ours or longer than `limit` bytes."""
    if not is_own(request):
        return refusal(request, 403, "This form was not sent from a page of ours.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return refusal(request, 413, f"That is too long: a form of this page has {limit:,} bytes at most.")
    try:
        values = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError:
        return refusal(request, 413, f"That is too much: a form has {FIELDS:,} fields at most.")
    return Form(values)


def refusal(request: Request, code: int, why: str) -> Response:
    """Return the page that says why something was not done."""
    status: Status = request.app.state.status
    return page(request, "refused.html.j2", code=code, now=status.clock(), why=why)
