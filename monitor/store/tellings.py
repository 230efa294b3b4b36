"""Stories as they are read: which there are, who told each, when and after whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from monitor.core.types import Alert, Hit, Severity
from monitor.store.alerts import ALERT, find_alert
from monitor.store.database import Database
from monitor.store.items import LEVELS, hits_by_id
from monitor.store.polls import HIT, ITEM, STORY
from monitor.store.stories import REPORT


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story in a list.

    reports      items that tell it
    publishers   that tell it independently of each other; 0 for stories of releases that kept no publishers
    alerts       about it
    """

    id: int
    title: str
    first_at: datetime
    last_at: datetime
    severity: Severity
    reports: int = 0
    publishers: int = 0
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a story, with its hits; `copy_of` is the item whose text it has."""

    item_id: int
    publisher: str
    copy_of: int | None
    why: str
    hits: list[Hit]


Place = tuple[datetime, int]
"""Where a page of stories begins: behind the one with this `last_at` and id."""


def list_stories(
    db: Database,
    *,
    severity: Severity = Severity.LOW,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
    before: Place | None = None,
    limit: int,
    gravest_first: bool = False,
) -> list[StoryLine]:
    """Return stories of a severity and higher, those last told first.

    since_at, until_at   when they were last told
    gravest_first        order by severity before that; `before` is of no use then
    """
    query = select(STORY).where(STORY.c.severity >= severity.rank).limit(limit)
    if since_at is not None:
        query = query.where(STORY.c.last_at >= since_at)
    if until_at is not None:
        query = query.where(STORY.c.last_at < until_at)
    if before is not None:
        at, story_id = before
        same = and_(STORY.c.last_at == at, STORY.c.id < story_id)
        query = query.where(STORY.c.last_at <= at, or_(STORY.c.last_at < at, same))
    order = [STORY.c.severity.desc()] if gravest_first else []
    with db.read() as connection:
        rows = connection.execute(query.order_by(*order, STORY.c.last_at.desc(), STORY.c.id.desc())).all()
        ids = [row.id for row in rows]
        reports: dict[int, int] = dict(connection.execute(_count(ITEM.c.story_id, ids)).all())
        own = func.count(func.distinct(REPORT.c.publisher))
        tellers = select(REPORT.c.story_id, own).where(REPORT.c.story_id.in_(ids), REPORT.c.copy_of.is_(None))
        publishers: dict[int, int] = dict(connection.execute(tellers.group_by(REPORT.c.story_id)).all())
        alerts: dict[int, int] = dict(connection.execute(_count(ALERT.c.story_id, ids)).all())
    return [
        StoryLine(
            row.id,
            row.title,
            row.first_at,
            row.last_at,
            LEVELS[row.severity],
            reports.get(row.id, 0),
            publishers.get(row.id, 0),
            alerts.get(row.id, 0),
        )
        for row in rows
    ]


def _count(column: ColumnElement[int], ids: Sequence[int]) -> Any:  # noqa: ANN401 - a query of SQLAlchemy
    """Return the query that counts rows by a story's id."""
    return select(column, func.count()).where(column.in_(ids)).group_by(column)


def count_open(db: Database, *, since_at: datetime) -> dict[Severity, int]:
    """Return how many stories were told since then, by severity."""
    query = select(STORY.c.severity, func.count()).where(STORY.c.last_at >= since_at).group_by(STORY.c.severity)
    with db.read() as connection:
        return {LEVELS[rank]: count for rank, count in connection.execute(query)}


def find_story(db: Database, story_id: int) -> StoryLine | None:
    """Return one story with the number of its reports."""
    query = select(STORY).where(STORY.c.id == story_id)
    with db.read() as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        reports = connection.execute(select(func.count()).where(ITEM.c.story_id == story_id)).scalar_one()
        own = select(func.count(func.distinct(REPORT.c.publisher)))
        own = own.where(REPORT.c.story_id == story_id, REPORT.c.copy_of.is_(None))
        publishers = connection.execute(own).scalar_one()
        alerts = connection.execute(select(func.count()).where(ALERT.c.story_id == story_id)).scalar_one()
    return StoryLine(row.id, row.title, row.first_at, row.last_at, LEVELS[row.severity], reports, publishers, alerts)


def reports_of(db: Database, story_id: int, *, limit: int) -> list[Report]:
    """Return the reports of a story as they came in, the first ones of very many; each with its hits."""
    query = (
        select(ITEM.c.id, REPORT.c["publisher", "copy_of", "why"])
        .outerjoin(REPORT, REPORT.c.item_id == ITEM.c.id)
        .where(ITEM.c.story_id == story_id)
        .order_by(ITEM.c.id)
        .limit(limit)
    )
    with db.read() as connection:
        rows = connection.execute(query).all()
        ids = select(HIT.c.id).where(HIT.c.item_id.in_([row.id for row in rows]))
        hits = hits_by_id(connection, connection.execute(ids).scalars().all())
    by_item: dict[int, list[Hit]] = {}
    for hit in hits:
        by_item.setdefault(hit.item.id, []).append(hit)
    return [
        Report(row.id, row.publisher or "", row.copy_of, row.why or "", by_item[row.id])
        for row in rows
        if row.id in by_item
    ]


def alerts_of(db: Database, story_id: int, *, limit: int) -> list[Alert]:
    """Return the alerts about a story, oldest first, the first ones of very many."""
    query = select(ALERT.c.id).where(ALERT.c.story_id == story_id).order_by(ALERT.c.created_at, ALERT.c.id).limit(limit)
    with db.read() as connection:
        ids = connection.execute(query).scalars().all()
    return [alert for one in ids if (alert := find_alert(db, one))]
