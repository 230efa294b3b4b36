"""Why somebody was told of an item, or nobody."""

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.explanation import BASES, MARKS, OUTCOMES, Explanation, lean
from monitor.errors import UnknownIdError
from monitor.explain import explain_item
from monitor.web.frame import page
from monitor.web.status import Status


def show(request: Request) -> Response:
    """Show what happened to an item."""
    status: Status = request.app.state.status
    try:
        found: Explanation | None = explained(status, str(request.path_params["item_id"]))
    except UnknownIdError:
        found = None
    if found is None or found.item.id != request.path_params["item_id"]:  # a guid may be a number, too
        return page(request, "missing.html.j2", code=404, now=status.clock(), what="item")
    return page(
        request, "item.html.j2", now=status.clock(), found=found, marks=MARKS, outcomes=OUTCOMES, bases=BASES, lean=lean
    )


def explained(status: Status, asked: str, feed_url: str | None = None) -> Explanation:
    """Return what happened to an item, by an id, an address, a guid, hit:ID or an alert's id. Raises UnknownIdError."""
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
