"""What a person can do with a feed on its page: have it asked now, pause it, go on with it."""

from starlette.requests import Request
from starlette.routing import Route

from monitor import actions
from monitor.errors import UnknownIdError
from monitor.web.feed_pages import DIGITS, LARGEST_ID
from monitor.web.forms import Form, acting
from monitor.web.status import Status


def routes() -> list[Route]:
    """Return the routes of these actions."""
    return [
        Route("/feeds/{feed_id}/poll", acting(_poll), methods=["POST"]),
        Route("/feeds/{feed_id}/pause", acting(_pause), methods=["POST"]),
        Route("/feeds/{feed_id}/resume", acting(_resume), methods=["POST"]),
    ]


def _poll(status: Status, request: Request, form: Form) -> str:  # noqa: ARG001 - the form of every act
    """Have a feed asked as soon as may be; the page then says when that is."""
    feed_id = _id(request)
    actions.poll_now(status.db, feed_id, who="the dashboard", now=status.clock())
    return f"/feeds/{feed_id}"


def _pause(status: Status, request: Request, form: Form) -> str:
    """Pause a feed."""
    feed_id = _id(request)
    actions.pause_feed(status.db, feed_id, who=form.text("who"), why=form.text("why"), now=status.clock())
    return f"/feeds/{feed_id}"


def _resume(status: Status, request: Request, form: Form) -> str:  # noqa: ARG001 - the form of every act
    """Go on asking a feed."""
    feed_id = _id(request)
    actions.resume_feed(status.db, feed_id, now=status.clock())
    return f"/feeds/{feed_id}"


def _id(request: Request) -> int:
    """Return the id of the feed that a form is about. Raises UnknownIdError."""
    asked = request.path_params["feed_id"]
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= DIGITS and 0 < int(asked) <= LARGEST_ID):
        raise UnknownIdError(f"no feed {asked[:50]}")
    return int(asked)
