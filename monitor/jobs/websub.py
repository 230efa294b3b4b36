"""Asks hubs: to subscribe us, to go on with it, to let us go. What is due stands in rows; hubs verify through the web.

What is asked for is committed before the hub is asked, since it may verify while it is still being asked.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Sequence
from functools import partial

import structlog

from monitor.config.settings import Settings
from monitor.core import websub
from monitor.core.addresses import host_of
from monitor.core.freshness import PATIENCE, asked_by
from monitor.core.types import HubMode, Subscription
from monitor.core.websub import Step
from monitor.errors import FetchError
from monitor.jobs.context import Context, Current
from monitor.jobs.hosts import Hosts
from monitor.store import subscriptions
from monitor.store.subscriptions import Due, HubRequest

DUE_LIMIT = 200
"""Due subscriptions read at a time."""

HUBS_AT_ONCE = 8
"""Hubs asked side by side; each gets one request at a time."""

TOKEN_BYTES = 32
"""Random bytes of a callback and of a secret: nobody guesses 256 bits, and as text they are far below the 200 bytes
that a secret may have (WebSub, 5.1)."""

log = structlog.get_logger()


def callback_base(settings: Settings) -> str | None:
    """Return what all callbacks begin with, or None when hubs are not to push or could not."""
    if not settings.polling.websub:
        return None
    return websub.callback_base(settings.web.public_url, allow_private=settings.http.allow_private_networks)


class WebSubJob:
    """Does what is due about subscriptions."""

    def __init__(self, current: Current, places: Hosts) -> None:
        """Take the state of the house anew for each round, and the places at hosts that all jobs share."""
        self._current = current
        self._places = places

    async def __call__(self, key: str) -> None:  # noqa: ARG002 - there is one
        """Ask every hub that is due, one request to each at a time."""
        await self._places.remember()
        context = self._current()
        base, slots = callback_base(context.settings), asyncio.Semaphore(HUBS_AT_ONCE)
        due = await asyncio.to_thread(
            subscriptions.due_subscriptions, context.db, base=base, now=context.clock(), limit=DUE_LIMIT
        )
        hubs: defaultdict[str, list[Due]] = defaultdict(list)
        for one in due:
            hubs[host_of(one.subscription.hub)].append(one)
        await asyncio.gather(*(_ask_within(slots, self._places, context, base, some) for some in hubs.values()))


async def _ask_within(
    slots: asyncio.Semaphore, places: Hosts, context: Context, base: str | None, due: Sequence[Due]
) -> None:
    """Do what is due at one hub; once it does not answer, or asks for patience, the rest of it waits as well."""
    away: FetchError | None = None
    async with slots:
        for one in due:
            step = websub.next_step(one.subscription, wanted=one.wanted, now=context.clock())
            if step is Step.FORGET:
                await asyncio.to_thread(subscriptions.forget, context.db, one.subscription.id)
                log.info("subscription ended", hub=one.subscription.hub, topic=one.subscription.topic)
                continue
            error = await _ask(context, places, one, _request(one, HubMode(step.value), base), away=away)
            if error is not None and (error.status is None or error.status in PATIENCE):
                away = error


async def _ask(
    context: Context, places: Hosts, due: Due, request: HubRequest, *, away: FetchError | None
) -> FetchError | None:
    """Ask a hub, unless it was `away` a moment ago; return why it did not take the request, or None."""
    subscription = due.subscription
    attempts = subscription.attempts + 1 if subscription.asking in (None, request.mode) else 1
    again_at = partial(websub.ask_again_at, attempts, jitter=context.jitter())
    await asyncio.to_thread(
        subscriptions.ask,
        context.db,
        subscription.id,
        request,
        attempts=attempts,
        next_attempt_at=again_at(now=context.clock()),
    )
    error = away or await _send(context, places, subscription, request)
    if error is not None:
        next_attempt_at = again_at(now=context.clock(), asked=asked_by(error))
        await asyncio.to_thread(
            subscriptions.refused, context.db, subscription.id, error=str(error), next_attempt_at=next_attempt_at
        )
    return error


def _request(due: Due, mode: HubMode, base: str | None) -> HubRequest:
    """Return what to ask a hub for: always with the token and the secret of before, if it was asked before."""
    token = due.token or secrets.token_urlsafe(TOKEN_BYTES)
    callback = due.callback if mode is HubMode.UNSUBSCRIBE or base is None else base + token
    assert callback is not None, "only what was asked for is given up"
    return HubRequest(mode, token, due.secret or secrets.token_urlsafe(TOKEN_BYTES), callback)


async def _send(context: Context, places: Hosts, subscription: Subscription, request: HubRequest) -> FetchError | None:
    """Send a request to a hub (5.1); return why it did not take it, or None.

    The secret goes along also over http, where 5.1 advises against it: then `core/websub.is_as_safe` says what a
    signature is worth.
    """
    form = {"hub.mode": request.mode.value, "hub.topic": subscription.topic, "hub.callback": request.callback}
    if request.mode is HubMode.SUBSCRIBE:
        form |= {"hub.lease_seconds": str(int(websub.LEASE.total_seconds())), "hub.secret": request.secret}
    said = {"hub": subscription.hub, "topic": subscription.topic, "mode": request.mode.value}
    try:
        async with places.place(host_of(subscription.hub), since_at=subscription.next_attempt_at) as place:
            await context.fetcher.post(subscription.hub, form, going_to=place.move)
    except FetchError as error:
        log.warning("hub refused", **said, error=str(error))
        return error
    log.debug("hub asked", **said)
    return None
