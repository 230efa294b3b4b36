"""failing, quiet, rolled-over feeds -> notice -> gather -> [deliveries].

Each step is a transaction of its own: troubles that nobody noticed are kept; those that ended without a word are
forgotten; what is due is told, and marked as told together with its deliveries; so is that feeds work again. A kill
between them leaves rows that are still due, and a second run at the same time tells nothing twice.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from monitor.core import trouble_notice, troubles
from monitor.core.grouping import delivery_id
from monitor.core.outage import is_outage, is_unreached
from monitor.core.trouble_notice import FEEDS_LISTED, Head, Mended
from monitor.core.troubles import Back, Case, Patience, TroubleKind
from monitor.core.types import Delivery, DeliveryState, Feed, Notice
from monitor.jobs import metrics
from monitor.jobs.context import Context, Current
from monitor.jobs.keys import lane_of
from monitor.store import outages
from monitor.store import troubles as store

log = structlog.get_logger()


class HealthJob:
    """Tells of feeds in trouble, and that they work again."""

    def __init__(self, current: Current) -> None:
        """Take the state of the house anew for each run."""
        self._current = current

    async def __call__(self, key: str) -> None:  # noqa: ARG002 - one key, all feeds: what begins together is told together
        """Notice, tell, and tell of what is over."""
        context = self._current()
        for channel in await asyncio.to_thread(look_after, context):
            context.ring("deliver", lane_of(channel, context.settings.runtime.lanes))


def look_after(context: Context) -> set[str]:
    """Make the deliveries that are due; return their channels.

    A receiver without a channel is told nothing: the digest and the pages show what is wrong.
    """
    channels = context.channel_keys(context.settings.feed_notices.receiver)
    if not channels:
        return set()
    now = context.clock()
    notice_all(context, now=now)
    store.forget(context.db, now=now)
    told = [tell_new(context, channels, now=now), tell_mended(context, channels, now=now)]
    return set(channels) if any(told) else set()


def notice_all(context: Context, *, now: datetime) -> None:
    """Keep the troubles that nobody noticed and that are to be told of."""
    wanted, patience = context.settings.feed_notices, _patience(context)
    failing = store.unnoticed(context.db, TroubleKind.FAILING, failures=patience.after_failures, now=now)
    found = {TroubleKind.FAILING: [feed for feed in failing if troubles.lasts(feed, patience, now=now)]}
    if wanted.quiet:
        found[TroubleKind.QUIET] = store.unnoticed(context.db, TroubleKind.QUIET, now=now)
    if wanted.missed:
        found[TroubleKind.MISSED] = store.unnoticed(context.db, TroubleKind.MISSED, now=now)
    for kind, feeds in found.items():
        store.notice(context.db, kind, feeds, now=now)


def tell_new(context: Context, channels: Sequence[str], *, now: datetime) -> bool:
    """Tell what is untold, when its time has come; return whether anything was told.

    While our own network is down, feeds that are not reached are told as one: the first ones when they are due, those
    that follow join their thread without a word.
    """
    untold = store.untold(context.db)
    if not untold:
        return False
    cut_off = [case for case in untold if _is_cut_off(case.feed)]
    if cut_off and is_outage(outages.recent_polls(context.db, now=now), now=now):
        untold = [case for case in untold if not _is_cut_off(case.feed)]
        running = outages.running_outage(context.db)
        if running is not None:
            thread, told_at = running
            outages.tell_outage(context.db, thread, [], told_at=told_at, now=now)
            cut_off = []
    else:
        cut_off = []
    due = [*untold, *cut_off]
    if not troubles.is_due(due, last_told_at=store.last_told_at(context.db), patience=_patience(context), now=now):
        return False
    outage = bool(cut_off) and _tell_outage(context, channels, now=now)
    return _tell(context, channels, untold, now=now) or outage


def _tell(context: Context, channels: Sequence[str], untold: Sequence[Case], *, now: datetime) -> bool:
    """Tell of troubles one by one, in one notice for each thread; return whether there were any."""
    if not untold:
        return False
    head, made, told = _head(context), [], troubles.tellings(untold, now=now)
    for telling in told:
        notice = trouble_notice.telling_notice(telling, head, now=now)
        made += _deliveries(notice, telling.thread, channels, [case.trouble.id for case in telling.cases], now=now)
    marks = {telling.thread: [case.trouble for case in telling.cases] for telling in told}
    given_up = [case.feed.course.retired_at or now for case in untold]  # one may have been just now, after `now`
    return store.tell(context.db, marks, made, now=max(now, *given_up)) and _told(made)


def _tell_outage(context: Context, channels: Sequence[str], *, now: datetime) -> bool:
    """Tell that hardly any feed is reached, and of all of them; return whether it was told here."""
    feeds, count = outages.unreached(context.db, limit=FEEDS_LISTED)
    thread = troubles.thread_id(["outage", *(feed.id for feed in feeds)], now)
    cases = [Case(_unnoticed(feed, now), feed) for feed in feeds]
    notice = trouble_notice.outage_notice(thread, cases, count, _head(context), now=now)
    made = _deliveries(notice, thread, channels, [], now=now)
    return outages.tell_outage(context.db, thread, made, told_at=now, now=now) > 0 and _told(made)


def tell_mended(context: Context, channels: Sequence[str], *, now: datetime) -> bool:
    """Tell that feeds work again, in the threads of their troubles; return whether anything was told."""
    backs = store.backs(context.db)
    lasting = store.lasting(context.db, {back.thread for back in backs})
    told = [
        _tell_back(context, channels, thread, found, lasting.get(thread, 0) - len(found), now=now)
        for thread, found in troubles.mended(backs, lasting, now=now).items()
    ]
    return any(told)


def _tell_back(
    context: Context, channels: Sequence[str], thread: str, found: Sequence[Back], still: int, *, now: datetime
) -> bool:
    """Tell that feeds of one thread work again, while `still` others of it do not; return whether it was told here."""
    back_at = {back.trouble_id: back.back_at for back in found}
    shown = store.cases_of(context.db, list(back_at)[:FEEDS_LISTED])
    others = store.still_failing(context.db, thread, limit=FEEDS_LISTED) if still else []
    mended = [
        Mended(
            case.feed,
            case.trouble.kind,
            case.trouble.since_at,
            back_at[case.trouble.id] if case.trouble.kind is TroubleKind.FAILING else _last_news(case.feed, now),
        )
        for case in shown
    ]
    notice = trouble_notice.mended_notice(thread, mended, len(found), others, still, _head(context), now=now)
    made = _deliveries(notice, thread, channels, list(back_at), now=now)
    return store.end(context.db, list(back_at), made, now=now) and _told(made)


def _deliveries(
    notice: Notice, thread: str, channels: Sequence[str], parts: Sequence[int], *, now: datetime
) -> list[Delivery]:
    """Return one delivery of a notice for each channel; their ids follow from the troubles that it tells of."""
    told = [notice["type"], *map(str, parts)]
    receiver = notice["data"]["alert"]["receiver"]
    return [
        Delivery(
            id=delivery_id(thread, channel, told, now),
            channel=channel,
            receiver=receiver,
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


def _told(made: Sequence[Delivery]) -> bool:
    """Count and log what was told; return True."""
    for thread, notice in {delivery.thread: delivery.notice for delivery in made}.items():
        metrics.FEED_NOTICES.labels(notice["type"]).inc()
        alert = notice["data"]["alert"]
        log.info("feed notice", type=notice["type"], thread=thread, title=alert["title"], receiver=alert["receiver"])
    return True


def _patience(context: Context) -> Patience:
    """Return what the operator bears before being told."""
    wanted = context.settings.feed_notices
    return Patience(wanted.after_failures, wanted.after)


def _head(context: Context) -> Head:
    """Return what all notices of feeds say."""
    settings = context.settings
    return Head(settings.feed_notices.receiver, settings.web.public_url, store.count_feeds(context.db))


def _is_cut_off(feed: Feed) -> bool:
    """Return whether a feed may be one of those that an outage of ours keeps us from."""
    return feed.course.retired_at is None and is_unreached(feed.error)


def _unnoticed(feed: Feed, now: datetime) -> troubles.Trouble:
    """Return the trouble of a failing feed that has no row yet."""
    since_at = troubles.began_at(feed, TroubleKind.FAILING, now=now)
    return troubles.Trouble(0, feed.id, TroubleKind.FAILING, since_at, now)


def _last_news(feed: Feed, now: datetime) -> datetime:
    """Return when a feed last had news."""
    return feed.course.beats[0] if feed.course.beats else now
