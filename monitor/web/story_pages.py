"""The pages of the stories: which there are, and for each who told it when and what was new."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.fresh import Fresh, fresh, is_name
from monitor.core.stories import OPEN
from monitor.core.types import EntityRef, Hit, Severity
from monitor.store import acks, tellings
from monitor.store.tellings import StoryLine
from monitor.web import reports
from monitor.web.asked import Asked, row_id
from monitor.web.frame import page
from monitor.web.status import Status

PAGE = 40
"""Stories on one page: two screens or three."""

REPORTS_SHOWN = 100
"""Reports on the page of a story; of more the first ones, for they brought what was new."""

ALERTS_SHOWN = 20

ENTITIES_SHOWN = 40

_PLACE = re.compile(r"([0-9]{1,19})-([0-9]{1,10})")


class State(StrEnum):
    """Whether a story still takes reports."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Line:
    """A report in the timeline, and what is new in it; `copy_of` is the publisher and item whose text it has."""

    report: reports.Report
    publisher: str
    fresh: Fresh
    copy_of: tuple[str, int] | None
    why: str


def listing(request: Request) -> Response:
    """List the stories, those last told first; `?severity=`, `?state=`, `?since=` choose."""
    status: Status = request.app.state.status
    now, asked = status.clock(), Asked(request, ("severity", "state", "since", "before"))
    severity, state = asked.choice("severity", Severity), asked.choice("state", State)
    since_at, before = asked.instant("since", now=now), _place(asked)
    open_at = now - OPEN
    if state is State.OPEN:
        since_at = max(since_at or open_at, open_at)
    found: list[StoryLine] = []
    if not asked.problems:
        found = tellings.list_stories(
            status.db,
            severity=severity or Severity.LOW,
            since_at=since_at,
            until_at=open_at if state is State.CLOSED else None,
            before=before,
            limit=PAGE + 1,
        )
    shown = found[:PAGE]
    return page(
        request,
        "stories.html.j2",
        code=400 if asked.problems else 200,
        now=now,
        asked=asked,
        states=list(State),
        stories=shown,
        older=asked.address(before=_place_of(shown[-1])) if len(found) > PAGE else "",
        newest=asked.address(before="") if before else "",
        opened=sum(tellings.count_open(status.db, since_at=open_at).values()),
        hours=OPEN // timedelta(hours=1),
    )


def one(request: Request) -> Response:
    """Show one story."""
    status: Status = request.app.state.status
    now, story_id = status.clock(), row_id(request.path_params["story_id"])
    story = tellings.find_story(status.db, story_id) if story_id else None
    if story is None:
        return page(request, "missing.html.j2", code=404, now=now, what="story")
    told = tellings.reports_of(status.db, story.id, limit=REPORTS_SHOWN)
    alerts = tellings.alerts_of(status.db, story.id, limit=ALERTS_SHOWN)
    return page(
        request,
        "story.html.j2",
        now=now,
        story=story,
        until=story.last_at + OPEN,
        lines=_lines(told),
        more=max(0, story.reports - REPORTS_SHOWN),
        entities=_entities([hit for report in told for hit in report.hits]),
        alerts=[(alert, acks.acks_of(status.db, alert)) for alert in alerts],
        verdicts=Counter(hit.verdict or "waiting" for report in told for hit in report.hits).most_common(),
    )


def _lines(told: list[tellings.Report]) -> list[Line]:
    """Return the timeline, the newest report last."""
    told = sorted(told, key=_at)
    by_item = {one.item_id: one for one in told}
    lines = []
    for report, news in zip(told, fresh(one.hits for one in told), strict=True):
        original = by_item.get(report.copy_of) if report.copy_of is not None else None
        copied = (original.publisher or "an earlier report", original.item_id) if original else None
        [shown] = reports.reports_of(report.hits)
        lines.append(Line(shown, report.publisher, news, copied, report.why))
    return lines


def _at(report: tellings.Report) -> tuple[datetime, int]:
    """Return the time of a report: that which it gives, as far as it was there when it was found."""
    item = report.hits[0].item
    return min(item.published_at or item.fetched_at, item.fetched_at), item.id


def _entities(hits: list[Hit]) -> list[tuple[EntityRef, int]]:
    """Return the entities of a story with the number of items that name them, most often first."""
    items: dict[str, set[int]] = {}
    called: dict[str, EntityRef] = {}
    for hit in hits:
        for entity in filter(is_name, hit.entities):
            items.setdefault(entity.id, set()).add(hit.item.id)
            called.setdefault(entity.id, entity)
    most = sorted(items, key=lambda one: (-len(items[one]), one))[:ENTITIES_SHOWN]
    return [(called[one], len(items[one])) for one in most]


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _place_of(story: StoryLine) -> str:
    """Return the place of a story in the list as it stands in an address: microseconds since 1970, and its id."""
    return f"{(story.last_at - _EPOCH) // timedelta(microseconds=1)}-{story.id}"


def _place(asked: Asked) -> tellings.Place | None:
    """Return where the page begins."""
    written = asked.get("before")
    if not written:
        return None
    found = _PLACE.fullmatch(written)
    story_id = row_id(found[2]) if found else None
    try:
        at = _EPOCH + timedelta(microseconds=int(found[1])) if found else None
    except OverflowError:
        at = None
    if at is None or story_id is None:
        asked.refuse("before", "expected the place that a link to older stories has")
        return None
    return at, story_id
