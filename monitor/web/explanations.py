"""Why somebody was told of an item, or nobody: as a page, and as JSON for programs."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor.core.explanation import BASES, MARKS, OUTCOMES, Explanation, as_json, lean
from monitor.errors import UnknownIdError
from monitor.explain import explain_item
from monitor.web.frame import page
from monitor.web.problems import problem
from monitor.web.status import Status

ASKED_CHARS = 2_000
"""Longest question that is looked up: an address longer than that is none that a reader can open."""


def show(request: Request) -> Response:
    """Show what happened to an item."""
    status: Status = request.app.state.status
    try:
        found: Explanation | None = _explain(status, str(request.path_params["item_id"]))
    except UnknownIdError:
        found = None
    if found is None or found.item.id != request.path_params["item_id"]:  # a guid may be a number, too
        return page(request, "missing.html.j2", code=404, now=status.clock(), what="item")
    return page(
        request, "item.html.j2", now=status.clock(), found=found, marks=MARKS, outcomes=OUTCOMES, bases=BASES, lean=lean
    )


def answer(request: Request) -> Response:
    """Return what happened to `?item=`, of the feed `?feed=` where that is given; problems as RFC 9457 has them."""
    status: Status = request.app.state.status
    asked, feed = request.query_params.get("item", ""), request.query_params.get("feed")
    if not asked or len(asked) > ASKED_CHARS:
        return problem(400, "Bad question", "expected ?item= with an id, an address, a guid, hit:ID or an alert's id")
    try:
        return JSONResponse(as_json(_explain(status, asked, feed)))
    except UnknownIdError as error:
        return problem(404, "No such item", str(error))


def _explain(status: Status, asked: str, feed_url: str | None = None) -> Explanation:
    """Return what happened to an item. Raises UnknownIdError."""
    assert status.current is not None, "pages are served by a daemon, which has jobs"
    context = status.current()
    return explain_item(
        status.db,
        asked,
        settings=context.settings,
        matcher=context.matcher,
        now=status.clock(),
        feed_url=feed_url,
    )
