"""select -> compose -> [digest, deliveries]: every missing period of every digest, exactly once."""

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from monitor.config.cache import cache_folder, load_cached
from monitor.config.settings import Settings
from monitor.core import digest as composing
from monitor.core import grouping
from monitor.core.types import Delivery, DeliveryState, DigestSpec, Notice, Period
from monitor.errors import UnknownIdError
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import lane_of
from monitor.store import digests, meta, stories
from monitor.store.database import Database

SETTLE = timedelta(seconds=15)
"""How long after its end a period is told: what was found then is stored by now, or waits for its turn to be put in a
story, which is waited for. A transaction that hangs is ended within 10 s (store/database.py). A hit that came later
would be in no digest."""

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
            context.ring("deliver", lane_of(channel, context.settings.runtime.lanes))


def make_due(context: Context) -> set[str]:
    """Store every digest that is missing, oldest first; return the channels that have something to deliver."""
    now = context.clock()
    ended_by = now - SETTLE
    installed_at = datetime.fromisoformat(meta.set_once(context.db, meta.INSTALLED, now.isoformat()))
    channels: set[str] = set()
    for spec in context.settings.digests:
        last = digests.last_period(context.db, spec.name, now=now)
        due = composing.due_periods(spec, last=last, installed_at=installed_at, now=ended_by)
        if due:
            stories.settle(context.db)
        for period in due:
            channels.update(make(context, spec, period, now=now))
    return channels


def make(context: Context, spec: DigestSpec, period: Period, *, now: datetime) -> set[str]:
    """Store the digest of one period with its deliveries; return their channels, none when it was stored before."""
    digest = composing.compose(
        spec,
        period,
        digests.material_of(context.db, period),
        watchlist_titles=context.titles,
        public_url=context.settings.web.public_url,
    )
    notice = composing.digest_notice(digest, now=now)
    made = deliveries_of(notice, digest["id"], context.channel_keys(spec.receiver), spec, now=now)
    if not digests.record(context.db, digest["id"], spec.name, period, notice, made, now=now):
        return set()
    metrics.DIGESTS.labels(spec.name).inc()
    log.info("digest", name=spec.name, start_at=period.start_at.isoformat(), end_at=period.end_at.isoformat())
    return {delivery.channel for delivery in made}


def deliveries_of(
    notice: Notice, thread: str, channels: Sequence[str], spec: DigestSpec, *, now: datetime
) -> list[Delivery]:
    """Return one delivery of a digest for each channel."""
    return [
        Delivery(
            id=grouping.delivery_id(thread, channel, [spec.name], now),
            channel=channel,
            receiver=spec.receiver,
            type=notice["type"],
            notice=notice,
            thread=thread,
            state=DeliveryState.PENDING,
            attempts=0,
            created_at=now,
            next_attempt_at=now,
        )
        for channel in channels
    ]


def notice_so_far(db: Database, settings: Settings, name: str, *, now: datetime, kept: bool = False) -> Notice:
    """Return what a digest would say if its period ended now. Raises UnknownIdError for one that is not configured.

    kept   whether it will be stored: only then it has an address
    """
    spec = next((one for one in settings.digests if one.name == name), None)
    if spec is None:
        known = ", ".join(one.name for one in settings.digests) or "none"
        raise UnknownIdError(f"no digest {name!r} in {settings.path}; configured are: {known}")
    installed_at = datetime.fromisoformat(meta.get(db, meta.INSTALLED) or now.isoformat())
    period = composing.period_so_far(
        spec, last=digests.last_period(db, name, now=now), installed_at=installed_at, now=now
    )
    lists = load_cached(settings.watchlists, cache_folder(settings.database, os.environ))
    titles = {one.id: one.title for one in lists.watchlists}
    material = digests.material_of(db, period)
    public_url = settings.web.public_url if kept else None
    digest = composing.compose(spec, period, material, watchlist_titles=titles, public_url=public_url, scheduled=False)
    return composing.digest_notice(digest, now=now)


def send_so_far(db: Database, settings: Settings, name: str, *, now: datetime) -> list[Delivery]:
    """Store a digest of the period so far, beside the scheduled one, with its deliveries; return these."""
    notice = notice_so_far(db, settings, name, now=now, kept=True)
    digest = notice["data"]["digest"]
    spec = next(one for one in settings.digests if one.name == name)
    channels = [one.key for one in settings.receivers[spec.receiver].channels]
    made = deliveries_of(notice, digest["id"], channels, spec, now=now)
    period = Period(datetime.fromisoformat(digest["period_start"]), now)
    digests.record(db, digest["id"], composing.name_so_far(name), period, notice, made, now=now)
    return made
