"""select -> compose -> [digest, deliveries]: every missing period of every digest, exactly once."""

import asyncio
from datetime import datetime

import structlog

from monitor.core import digest as composing
from monitor.core import grouping
from monitor.core.types import Delivery, DeliveryState, DigestSpec, Notice, Period
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import lane_of
from monitor.store import digests, meta

INSTALLED_KEY = "installed_at"
"""Row of the meta table that says since when this database has been watching."""

log = structlog.get_logger()


class DigestJob:
    """Makes the digests that are due."""

    def __init__(self, current: Current) -> None:
        """Take the state of the house anew for each run."""
        self._current = current

    async def __call__(self, key: str) -> None:  # noqa: ARG002 - one key, all digests
        """Make every missing period of every digest."""
        context = self._current()
        for channel in await asyncio.to_thread(make_due, context):
            context.ring("deliver", lane_of(channel))


def make_due(context: Context) -> set[str]:
    """Store every digest that is missing, oldest first; return the channels that have something to deliver."""
    now = context.clock()
    installed_at = datetime.fromisoformat(meta.set_once(context.db, INSTALLED_KEY, now.isoformat()))
    channels: set[str] = set()
    for spec in context.settings.digests:
        last = digests.last_period(context.db, spec.name)
        for period in composing.due_periods(spec, last=last, installed_at=installed_at, now=now):
            channels.update(make(context, spec, period, now=now))
    return channels


def notice_of(context: Context, spec: DigestSpec, period: Period) -> Notice:
    """Return what the digest of `period` says."""
    material = digests.material_of(context.db, period)
    digest = composing.compose(
        spec, period, material, watchlist_titles=context.titles, public_url=context.settings.web.public_url
    )
    return composing.digest_notice(digest, now=context.clock())


def make(context: Context, spec: DigestSpec, period: Period, *, now: datetime) -> set[str]:
    """Store the digest of one period with its deliveries; return their channels, none when it was stored before."""
    notice = notice_of(context, spec, period)
    id_ = notice["data"]["digest"]["id"]
    deliveries = [
        Delivery(
            id=grouping.delivery_id(id_, channel, [spec.name], now),
            channel=channel,
            receiver=spec.receiver,
            type=notice["type"],
            notice=notice,
            thread=id_,
            state=DeliveryState.PENDING,
            attempts=0,
            created_at=now,
            next_attempt_at=now,
        )
        for channel in context.channel_keys(spec.receiver)
    ]
    if not digests.record(context.db, id_, spec.name, period, notice, deliveries, now=now):
        return set()
    metrics.DIGESTS.labels(spec.name).inc()
    log.info("digest", name=spec.name, start_at=period.start_at.isoformat(), end_at=period.end_at.isoformat())
    return {delivery.channel for delivery in deliveries}
