"""What is past its retention, deleted in small steps."""

from datetime import datetime

from sqlalchemy import delete, select

from monitor.store.alerts import ALERT, ALERT_HIT
from monitor.store.database import Database
from monitor.store.deliveries import DELIVERY, PENDING
from monitor.store.feeds import FAILURE
from monitor.store.polls import HIT, ITEM, STORY
from monitor.store.stories import SKETCH
from monitor.store.troubles import TROUBLE


def prune(
    db: Database,
    *,
    items_before: datetime,
    hits_before: datetime,
    deliveries_before: datetime,
    sketches_before: datetime,
    limit: int,
) -> int:
    """Delete up to `limit` rows of each kind in one transaction; return how many.

    Items without hits go after items' retention, items with hits when their last hit goes. Nothing that is still due
    goes: no hit without a verdict, no pending delivery. Alerts and stories go when they are empty. What reports are
    compared by, with the keys to it, goes as soon as no report can join their story any more.
    """
    has_hit = select(HIT.c.id).where(HIT.c.item_id == ITEM.c.id).exists()
    has_item = select(ITEM.c.id).where(ITEM.c.story_id == STORY.c.id).exists()
    has_link = select(ALERT_HIT.c.hit_id).where(ALERT_HIT.c.alert_id == ALERT.c.id).exists()
    steps = [
        (HIT, (HIT.c.created_at < hits_before) & HIT.c.verdict.is_not(None)),
        (ITEM, (ITEM.c.fetched_at < items_before) & ~has_hit),
        (FAILURE, FAILURE.c.until_at < hits_before),
        (TROUBLE, TROUBLE.c.ended_at < deliveries_before),
        (DELIVERY, (DELIVERY.c.created_at < deliveries_before) & (DELIVERY.c.state != PENDING)),
        (ALERT, (ALERT.c.updated_at < hits_before) & ~has_link),
        (SKETCH, SKETCH.c.at < sketches_before),
        (STORY, (STORY.c.last_at < hits_before) & ~has_item),
    ]
    gone = 0
    with db.write() as connection:
        for table, past in steps:
            [key] = table.primary_key
            ids = select(key).where(past).limit(limit).scalar_subquery()
            gone += connection.execute(delete(table).where(key.in_(ids))).rowcount
    return gone
