"""Work that is due for long although nothing was done of it lately: told from the rows, whoever should do it.

That something waits is no sign by itself: after a night's outage, or at a host with ten thousand feeds, much is late
and all is well. So what is told of is where something waits and nothing moves.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select

from monitor.store.channels import CHANNEL
from monitor.store.database import Database
from monitor.store.deliveries import DELIVERY, WAITS
from monitor.store.feeds import FEED
from monitor.store.hosts import HOST
from monitor.store.polls import HIT


def stuck_polls(db: Database, *, now: datetime, patience: timedelta) -> datetime | None:
    """Return since when a feed is due in a shard of which none was polled within `patience`, or None."""
    resting = select(HOST.c.name).where(HOST.c.paused_until_at > now)
    polled = FEED.alias("polled")
    moving = select(polled.c.shard).where(polled.c.polled_at >= now - patience).distinct()  # read once, not for each
    waits = (FEED.c.active, FEED.c.retired_at.is_(None), FEED.c.paused_at.is_(None), FEED.c.host.not_in(resting))
    stands = (FEED.c.next_poll_at < now - patience, FEED.c.shard.not_in(moving))
    query = select(func.min(FEED.c.next_poll_at)).where(*waits, *stands)
    with db.read() as connection:
        found: datetime | None = connection.execute(query).scalar_one()
    return found


def stuck_hits(db: Database, *, now: datetime, patience: timedelta) -> datetime | None:
    """Return since when a hit has no verdict for longer than `patience`, or None."""
    query = select(func.min(HIT.c.created_at)).where(HIT.c.verdict.is_(None), HIT.c.created_at < now - patience)
    with db.read() as connection:
        found: datetime | None = connection.execute(query).scalar_one()
    return found


def stuck_channels(db: Database, *, now: datetime, patience: Mapping[str, timedelta]) -> dict[str, datetime]:
    """Return since when something is due at channels that do not rest, and sent nothing for long.

    patience   how long that is, by channel
    """
    resting = select(CHANNEL.c.name).where(CHANNEL.c.until_at > now)
    waiting = select(DELIVERY.c.channel, func.min(DELIVERY.c.next_attempt_at)).group_by(DELIVERY.c.channel)
    waiting = waiting.where(WAITS, DELIVERY.c.channel.not_in(resting), DELIVERY.c.next_attempt_at < now)
    sent = select(DELIVERY.c.channel, func.max(DELIVERY.c.sent_at)).group_by(DELIVERY.c.channel)
    with db.read() as connection:
        found: dict[str, datetime] = dict(connection.execute(waiting).all())
        late = {key: at for key, at in found.items() if key in patience and at < now - patience[key]}
        if not late:
            return {}
        sent_at: dict[str, datetime | None] = dict(
            connection.execute(sent.where(DELIVERY.c.channel.in_(list(late)))).all()
        )
    return {key: at for key, at in late.items() if (last := sent_at.get(key)) is None or last < now - patience[key]}
