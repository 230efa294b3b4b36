"""How long the oldest of what is due waits: read in the indexes of what is due, which hold little when all is well."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, func, select

from monitor.core.channel_rest import ChannelRest
from monitor.core.types import DeliveryState
from monitor.core.vitals import Waits
from monitor.store.alerts import ALERT
from monitor.store.articles import ARTICLE
from monitor.store.channels import list_rests
from monitor.store.database import Database
from monitor.store.deliveries import DELIVERY, WAITS
from monitor.store.feeds import FEED
from monitor.store.hosts import HOST
from monitor.store.named import SUBSCRIPTION
from monitor.store.polls import HIT
from monitor.store.subscriptions import PUSH

PUNCTUAL = timedelta(minutes=1)
"""Lateness that is not looked into: bursts cause as much, and to look costs a walk through all feeds."""

SENT_SINCE = timedelta(days=1)
"""How far back it is looked for what a channel took last; no channel is allowed less than a message a day."""


def waits(db: Database, *, now: datetime, pace: Mapping[str, timedelta], hubs: bool) -> Waits:
    """Return how long what is due waits.

    pace   time within which a channel surely takes a further message, for those that are not to be sent all at once
    hubs   whether hubs are asked at all
    """
    rests = list_rests(db)
    with db.read() as connection:
        unsent = _unsent(connection, rests, now=now, pace=pace)
        queues = {
            kind: _age(connection.execute(query, {"now": now}).scalar_one_or_none(), now)
            for kind, query in _OLDEST.items()
        }
        if not hubs:
            queues["subscription"] = timedelta(0)
        return Waits(polls=_polls(connection, now), queues=queues | {"delivery": unsent[False]}, unsent=unsent)


def _polls(connection: Connection, now: datetime) -> timedelta:
    """Return how long the longest due feed waits for nothing but its turn.

    A host with very many feeds is asked about one after the other, as politeness demands: of its feeds none is late
    while any is asked.
    """
    late = _age(connection.execute(_LONGEST_DUE, {"now": now}).scalar_one(), now)
    if late <= PUNCTUAL:
        return late
    hosts = connection.execute(_DUE_BY_HOST, {"now": now}).all()
    return max((_age(max(due_at, asked_at or due_at), now) for due_at, asked_at in hosts), default=timedelta(0))


def _unsent(
    connection: Connection, rests: Mapping[str, ChannelRest], *, now: datetime, pace: Mapping[str, timedelta]
) -> dict[bool, timedelta]:
    """Return how long the oldest notice waits, by whether its channel rests."""
    found = {True: timedelta(0), False: timedelta(0)}
    for channel, made_at, due_at in connection.execute(_UNSENT, {"now": now}).all():
        rest = rests.get(channel)
        if rest is not None and (rest.shut or rest.until_at > now):
            found[True] = max(found[True], _age(made_at, now))
        elif (wait := _age(due_at, now)) > found[False]:
            if wait > PUNCTUAL:
                last_at = connection.execute(_LAST_SENT, {"channel": channel, "since": now - SENT_SINCE}).scalar()
                if last_at is not None:
                    wait = min(wait, _age(last_at + pace.get(channel, timedelta(0)), now))
            found[False] = max(found[False], wait)
    return found


def _age(at: datetime | None, now: datetime) -> timedelta:
    """Return how long ago something was; zero for what never was, or will be."""
    return timedelta(0) if at is None else max(now - at, timedelta(0))


def _due_by_host() -> Select[Any]:
    """Return the query for the hosts that have feeds due: since when, and when any of their feeds was asked last."""
    due_at = func.min(case((_DUE, FEED.c.next_poll_at)))
    asked_at = func.max(FEED.c.polled_at)
    return select(due_at, asked_at).where(FEED.c.active).group_by(FEED.c.host).having(due_at.is_not(None))


_RESTING = select(HOST.c.name).where(HOST.c.paused_until_at > bindparam("now"))
_DUE = and_(
    FEED.c.active,
    FEED.c.retired_at.is_(None),
    FEED.c.paused_at.is_(None),
    FEED.c.next_poll_at <= bindparam("now"),
    FEED.c.host.not_in(_RESTING),
)
_LONGEST_DUE = select(func.min(FEED.c.next_poll_at)).where(_DUE)
_DUE_BY_HOST = _due_by_host()
_UNSENT = (
    select(
        DELIVERY.c.channel,
        func.min(DELIVERY.c.created_at),
        func.min(case((DELIVERY.c.next_attempt_at <= bindparam("now"), DELIVERY.c.next_attempt_at))),
    )
    .where(WAITS)
    .group_by(DELIVERY.c.channel)
)
_LAST_SENT = select(func.max(DELIVERY.c.sent_at)).where(
    DELIVERY.c.created_at > bindparam("since"),
    DELIVERY.c.channel == bindparam("channel"),
    DELIVERY.c.state == DeliveryState.SENT.value,
)
_OLDEST: dict[str, Select[Any]] = {
    "hit": select(HIT.c.created_at).where(HIT.c.verdict.is_(None)).order_by(HIT.c.id).limit(1),
    "alert": select(func.min(ALERT.c.notify_at)).where(ALERT.c.notify_at <= bindparam("now")),
    "push": select(func.min(PUSH.c.received_at)),
    "article": select(func.min(ARTICLE.c.next_look_at)).where(
        ARTICLE.c.next_look_at <= bindparam("now"), ARTICLE.c.next_look_at.is_not(None)
    ),
    "subscription": select(func.min(SUBSCRIPTION.c.next_attempt_at)).where(
        SUBSCRIPTION.c.named, SUBSCRIPTION.c.next_attempt_at <= bindparam("now")
    ),
}
"""The oldest of each kind that is due, by its name."""
