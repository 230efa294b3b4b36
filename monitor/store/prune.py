"""What is past its retention, deleted in small steps.

What hangs on a row goes with it: on a hit its entities, on an item its versions, article and report, on a sketch the
keys to it, on a story or an alert who acknowledged it, on a feed its failures, troubles and subscriptions and the
entries it showed. The rest is kept small by those who write it: pushes until they are read, rests of channels until
they work or are gone from the configuration, a handful of facts in `meta`.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, func, select, true

from monitor.store.alerts import ALERT, ALERT_HIT
from monitor.store.database import Database
from monitor.store.deliveries import DELIVERY, PENDING
from monitor.store.digests import DIGEST
from monitor.store.feeds import FAILURE, FEED
from monitor.store.hosts import HOST
from monitor.store.polls import HIT, HIT_ENTITY, ITEM, STORY
from monitor.store.silences import SILENCE
from monitor.store.spellings import SPELLING
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
    """Delete up to `limit` rows of each kind, each in a transaction of its own; return how many.

    The oldest go first: the indexes of their times lead to them, however much is kept.

    Items without hits go after items' retention, items with hits when their last hit goes. Nothing that is still due
    goes: no hit without a verdict, no pending delivery. Alerts and stories go when they are empty. What reports are
    compared by, with the keys to it, goes as soon as no report can join their story any more. A silence goes with the
    hits it hid, a digest with those it told of, but for the newest of its name, from which the next one goes on. The
    spellings an entity was found by go with its last hit. A feed that is polled no more goes with its last item; what
    is known of a host that is not asked any more, likewise.
    """
    has_hit = select(HIT.c.id).where(HIT.c.item_id == ITEM.c.id).exists()
    has_item = select(ITEM.c.id).where(ITEM.c.story_id == STORY.c.id).exists()
    has_hidden = select(ALERT.c.id).where(ALERT.c.silence_id == SILENCE.c.id).exists()
    has_news = select(ITEM.c.id).where(ITEM.c.feed_id == FEED.c.id).exists()
    newer = DIGEST.alias()
    has_newer = select(newer.c.id).where(newer.c.name == DIGEST.c.name, newer.c.end_at > DIGEST.c.end_at).exists()
    last_asked_at = func.coalesce(FEED.c.polled_at, FEED.c.next_poll_at)
    has_link = select(ALERT_HIT.c.hit_id).where(ALERT_HIT.c.alert_id == ALERT.c.id).exists()
    steps: list[tuple[Table, ColumnElement[datetime], datetime, ColumnElement[bool]]] = [
        (HIT, HIT.c.created_at, hits_before, HIT.c.verdict.is_not(None)),
        (ITEM, ITEM.c.fetched_at, items_before, ~has_hit),
        (FAILURE, FAILURE.c.until_at, hits_before, true()),
        (TROUBLE, TROUBLE.c.ended_at, deliveries_before, true()),
        (DELIVERY, DELIVERY.c.created_at, deliveries_before, DELIVERY.c.state != PENDING),
        (ALERT, ALERT.c.created_at, hits_before, (ALERT.c.updated_at < hits_before) & ~has_link),
        (SKETCH, SKETCH.c.at, sketches_before, true()),
        (STORY, STORY.c.last_at, hits_before, ~has_item),
        (SILENCE, SILENCE.c.end_at, hits_before, ~has_hidden),
        (DIGEST, DIGEST.c.end_at, hits_before, has_newer),
        (FEED, last_asked_at, items_before, ~FEED.c.active & ~has_news),
        (HOST, HOST.c.paused_until_at, items_before, true()),
    ]
    gone = 0
    for table, at, before, free in steps:
        [key] = table.primary_key
        ids = select(key).where(at < before, free).order_by(at).limit(limit).scalar_subquery()
        with db.write() as connection:
            gone += connection.execute(delete(table).where(key.in_(ids))).rowcount
    with db.write() as connection:
        named = select(HIT_ENTITY.c.hit_id).where(HIT_ENTITY.c.entity == SPELLING.c.entity).exists()
        gone += connection.execute(delete(SPELLING).where(SPELLING.c.first_at < hits_before, ~named)).rowcount
    return gone
