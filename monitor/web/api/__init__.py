"""The API for programs: looking, acting, matching, following, exporting; each described by OpenAPI."""

from collections.abc import Iterator

from starlette.routing import BaseRoute

from monitor.web.api import acting, openapi, reading, taking
from monitor.web.api.operations import Operation
from monitor.web.api.taking import MATCHES

__all__ = ["MATCHES", "operations", "routes"]


def operations() -> list[Operation]:
    """Return everything that programs can ask for; a path with a name in it comes before one with an id there."""
    return [*taking.ops.all, *reading.ops.all, *acting.ops.all]


def routes() -> Iterator[BaseRoute]:
    """Yield the routes of the API and of its description."""
    known = operations()
    yield from (one.route() for one in known)
    yield from openapi.routes(known)
