"""What the receiver of an alert knows of it, and how many tell its story by now."""

from typing import Any

from sqlalchemy import func, select

from monitor.core.occasion import Standing
from monitor.core.types import Alert
from monitor.store.database import Database
from monitor.store.items import LEVELS, publishers
from monitor.store.polls import HIT, HIT_ENTITY, ITEM
from monitor.store.versions import ALERT_HIT, WAS_TOLD


def standing(db: Database, alert: Alert) -> Standing:
    """Return how an alert stands: what was told of it, and who tells its story, or its hits where it has no story."""
    told = (ALERT_HIT.c.alert_id == alert.id) & WAS_TOLD
    of_told = ALERT_HIT.join(HIT, HIT.c.id == ALERT_HIT.c.hit_id)
    severity = select(func.max(HIT.c.severity)).select_from(of_told).where(told)
    entities = select(HIT_ENTITY.c.entity).join(ALERT_HIT, ALERT_HIT.c.hit_id == HIT_ENTITY.c.hit_id).where(told)
    with db.read() as connection:
        reports, feeds = tuple(connection.execute(_reports(alert)).one())
        level = connection.execute(severity).scalar_one()
        named = frozenset(connection.execute(entities.distinct()).scalars())
    tellers = publishers(db, [alert.story_id]).get(alert.story_id, 1) if alert.story_id is not None else feeds
    return Standing(max(reports, 1), max(tellers, 1), None if level is None else LEVELS[level], named)


def _reports(alert: Alert) -> Any:  # noqa: ANN401 - a query of SQLAlchemy
    """Return the query of how many items and feeds tell an alert."""
    counts = select(func.count(func.distinct(ITEM.c.id)), func.count(func.distinct(ITEM.c.feed_id)))
    if alert.story_id is not None:
        return counts.where(ITEM.c.story_id == alert.story_id)
    of_alert = ITEM.join(HIT, HIT.c.item_id == ITEM.c.id).join(ALERT_HIT, ALERT_HIT.c.hit_id == HIT.c.id)
    return counts.select_from(of_alert).where(ALERT_HIT.c.alert_id == alert.id)
