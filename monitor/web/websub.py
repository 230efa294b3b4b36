"""The callback of hubs: they verify what we asked for, and push what is new. Open to all; a token in it says which.

A push is answered once it is stored, and read by a job (W3C WebSub, 6: "as quickly as possible").
"""

import asyncio
import re

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from monitor.core import websub
from monitor.core.types import HubMode
from monitor.jobs import metrics
from monitor.jobs.context import Context
from monitor.store import pushes, subscriptions
from monitor.store.subscriptions import Known

AT_ONCE = 16
"""Requests of hubs answered at a time; more are told to come back, so that nobody keeps the dashboard from people."""

WAITING = 16
"""Pushes of one subscription that may wait to be read; a hub that is told to come back keeps the others."""

RETRY_SECONDS = 30
"""When to come back."""

REASON_CHARS = 200
"""Characters of a hub's reason that are kept."""

HEADERS = ("content-type", "content-language")
"""Headers of a push that are of use for reading it."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

log = structlog.get_logger()


class Callback:
    """Answers hubs; knows how many it is answering."""

    def __init__(self) -> None:
        """Answer nobody yet."""
        self._answering = 0

    async def answer(self, request: Request) -> Response:
        """Answer one request: 404 for all that nobody of us asked for."""
        current, token = request.app.state.status.current, request.path_params["token"]
        if current is None or not _TOKEN.fullmatch(token):
            return _unknown()
        context = current()
        if self._answering >= AT_ONCE:
            return _later()
        self._answering += 1
        try:
            known = await asyncio.to_thread(subscriptions.find, context.db, token)
            if known is None:
                return _unknown()
            answer = _take if request.method == "POST" else _verify
            return await answer(context, known, request)
        finally:
            self._answering -= 1


async def _verify(context: Context, known: Known, request: Request) -> Response:
    """Confirm or refuse what a hub asks about, and note what it decided (5.2, 5.3)."""
    subscription, now = known.subscription, context.clock()
    given = request.query_params
    mode, topic, challenge = (given.get(f"hub.{name}") for name in ("mode", "topic", "challenge"))
    if mode == "denied" and websub.may_deny(subscription, topic, now=now):
        reason = " ".join(given.get("hub.reason", "").split())[:REASON_CHARS]
        error = f"the hub denied it: {reason}" if reason else "the hub denied it"
        log.warning("subscription denied", hub=subscription.hub, topic=subscription.topic, reason=reason)
        await asyncio.to_thread(
            subscriptions.deny,
            context.db,
            subscription.id,
            error=error,
            next_attempt_at=now + websub.DENIED_WAIT,
            now=now,
        )
        return Response()
    if not challenge or not websub.confirms(subscription, mode, topic, now=now):
        return _unknown()
    if mode == HubMode.UNSUBSCRIBE:
        await asyncio.to_thread(subscriptions.forget, context.db, subscription.id)
        log.info("subscription ended", hub=subscription.hub, topic=subscription.topic)
    else:
        lease = websub.lease_of(given.get("hub.lease_seconds"))
        await asyncio.to_thread(
            subscriptions.verify,
            context.db,
            subscription.id,
            lease_until_at=now + lease,
            next_attempt_at=websub.renew_at(lease, now=now, jitter=context.jitter()),
            now=now,
        )
        log.info("subscribed", hub=subscription.hub, topic=subscription.topic, lease=str(lease))
    return Response(challenge, media_type="application/octet-stream")  # no page, whatever it says (8.2)


async def _take(context: Context, known: Known, request: Request) -> Response:
    """Store a push that is signed; one that is not gets the same answer and goes no further (7.2)."""
    if known.subscription.asking is HubMode.UNSUBSCRIBE:
        return PlainTextResponse("no longer subscribed\n", 410)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        return PlainTextResponse("send it unpacked\n", 415)
    if known.waiting >= WAITING:
        return _later()
    try:
        async with asyncio.timeout(context.settings.http.timeout.total_seconds()):
            body = await _body(request, context.settings.http.max_body)
    except (TimeoutError, ClientDisconnect):
        return PlainTextResponse("the body did not come in time\n", 408)
    if body is None:
        return PlainTextResponse(f"larger than {context.settings.http.max_body} bytes\n", 413)
    signature = request.headers.get("x-hub-signature")
    if not await asyncio.to_thread(websub.is_signed, known.secret, signature, body):
        await _ignore(context, known, signed=signature is not None)
    else:
        headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
        await asyncio.to_thread(
            pushes.add_push, context.db, known.subscription.id, headers=headers, body=body, now=context.clock()
        )
        context.ring("push", str(known.shard))
    return PlainTextResponse("taken\n", 202)


async def _ignore(context: Context, known: Known, *, signed: bool) -> None:
    """Tell the operator of a push that may come from anybody."""
    metrics.PUSHES.labels("ignored").inc()
    trouble = "a push with a wrong signature was ignored" if signed else "a push without signature was ignored"
    log.warning(trouble, hub=known.subscription.hub, topic=known.subscription.topic)
    await asyncio.to_thread(subscriptions.note_trouble, context.db, known.subscription, trouble)


async def _body(request: Request, most: int) -> bytes | None:
    """Return a body, or None as soon as it is larger than `most` bytes."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)


def _unknown() -> Response:
    """Return the answer about what nobody asked for."""
    return PlainTextResponse("not found\n", 404)


def _later() -> Response:
    """Return the answer when there is too much to do."""
    return PlainTextResponse("come back later\n", 503, {"retry-after": str(RETRY_SECONDS)})
