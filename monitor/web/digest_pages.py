"""Digests at an address that lasts: each as a page with all it tells, and the archive of them."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from monitor.render.digest_view import WHOLE, Room, view_digest
from monitor.store import digests
from monitor.web.frame import page
from monitor.web.status import Status

ARCHIVE_SHOWN = 60
"""Digests on one page of the archive: two months of days, a year of weeks."""

GIST = Room(stories=1, rows=0, surges=0, articles=0, names=0, changes=0, feeds=0, channels=0)
"""What of a digest stands in the archive: its five lines."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A digest in the archive."""

    id: str
    title: str
    headlines: list[str]
    created_at: datetime


def one(request: Request) -> Response:
    """Show one digest, with all the stories, names and feeds that it tells of."""
    status: Status = request.app.state.status
    found = digests.find_digest(status.db, request.path_params["digest_id"])
    if found is None:
        return page(request, "missing.html.j2", code=404, now=status.clock(), what="digest")
    digest = view_digest(found.notice["data"]["digest"], WHOLE)
    return page(request, "digest.html.j2", now=status.clock(), digest=digest)


def archive(request: Request) -> Response:
    """List the digests, newest first; `?before=` and `?id=` name the one that the page before ended with."""
    status: Status = request.app.state.status
    found = digests.list_digests(status.db, limit=ARCHIVE_SHOWN + 1, before=_place(request))
    shown = found[:ARCHIVE_SHOWN]
    return page(
        request,
        "digests.html.j2",
        now=status.clock(),
        entries=[_entry(line) for line in shown],
        older={"before": shown[-1].end_at.isoformat(), "id": shown[-1].id} if len(found) > len(shown) else None,
    )


def _entry(line: digests.DigestLine) -> Entry:
    """Return a digest as the archive shows it."""
    digest = view_digest(line.notice["data"]["digest"], GIST)
    return Entry(line.id, digest.title, digest.headlines, line.created_at)


def _place(request: Request) -> tuple[datetime, str] | None:
    """Return the place in the archive that the address asks for; what makes no sense asks for its beginning."""
    try:
        at = datetime.fromisoformat(request.query_params.get("before", ""))
    except ValueError:
        return None
    return (at, request.query_params.get("id", "")) if at.tzinfo is not None else None
