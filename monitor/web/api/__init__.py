"""The API for programs: looking, acting, matching, following, exporting; each described by OpenAPI."""

from collections.abc import Iterator

from starlette.routing import BaseRoute

from monitor.web.api import openapi
from monitor.web.api.acting import acting
from monitor.web.api.operations import Operation
from monitor.web.api.reading import looking

__all__ = ["routes"]


def operations() -> list[Operation]:
    """Return everything that programs can ask for."""
    return [*looking.all, *acting.all]


def routes() -> Iterator[BaseRoute]:
    """Yield the routes of the API and of its description."""
    known = operations()
    yield from (one.route() for one in known)
    yield from openapi.routes(known)
