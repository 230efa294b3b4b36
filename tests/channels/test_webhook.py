import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from monitor.channels.http import open_client
from monitor.channels.webhook import WebhookChannel
from monitor.errors import DeliveryError
from monitor.render.message import render
from tests.render.samples import alert_delivery
from tests.servers.http import HttpServer

SECRET = "whsec_dGhlIHNlY3JldCBvZiB0aGUgd2ViaG9vaw=="


def utcnow() -> datetime:
    return datetime.now(UTC)


async def take(_: web.Request) -> web.Response:
    return web.Response(status=204)


@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_")])
async def test_a_receiver_can_verify_what_it_gets(secret: str) -> None:
    delivery = alert_delivery()
    async with (
        HttpServer(take) as server,
        open_client(
            timeout=timedelta(seconds=5), allow_private_networks=True, proxy=None, user_agent="event-monitor/test"
        ) as client,
    ):
        channel = WebhookChannel(
            server.url("/in"), client=client, clock=utcnow, secrets=[secret], headers={"X-Token": "abc"}
        )
        await channel.send(render(delivery, kind="webhook"))
    (request,) = server.requests
    assert Webhook(SECRET).verify(request.body, request.headers) == delivery.notice
    assert request.headers["webhook-id"] == delivery.id
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "event-monitor/test"
    assert request.headers["x-token"] == "abc"
    assert "باجوڑ".encode() in request.body
    assert b": " not in request.body.split(b'"title"')[0]


async def test_attempts_share_the_id_but_not_the_time() -> None:
    times = [datetime(2023, 7, 30, 12, minute, tzinfo=UTC) for minute in (0, 5)]
    left = iter(times)
    async with (
        HttpServer(take) as server,
        open_client(timeout=timedelta(seconds=5), allow_private_networks=True, proxy=None, user_agent="t") as client,
    ):
        channel = WebhookChannel(server.url(), client=client, clock=lambda: next(left), secrets=[SECRET])
        for _ in times:
            await channel.send(render(alert_delivery(), kind="webhook"))
    first, second = server.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert [int(one.headers["webhook-timestamp"]) for one in (first, second)] == [int(at.timestamp()) for at in times]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


async def test_while_a_secret_is_replaced_old_and_new_verify() -> None:
    new = "whsec_bmV3IHNlY3JldCBvZiB0aGUgd2ViaG9vaw=="
    async with (
        HttpServer(take) as server,
        open_client(timeout=timedelta(seconds=5), allow_private_networks=True, proxy=None, user_agent="t") as client,
    ):
        channel = WebhookChannel(server.url(), client=client, clock=utcnow, secrets=[new, SECRET])
        await channel.send(render(alert_delivery(), kind="webhook"))
    (request,) = server.requests
    for secret in (new, SECRET):
        assert Webhook(secret).verify(request.body, request.headers) == alert_delivery().notice
    newest, oldest = request.headers["webhook-signature"].split(" ")
    at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    assert newest == Webhook(new).sign(request.headers["webhook-id"], at, request.body.decode())
    assert oldest.startswith("v1,")
    assert oldest != newest


async def test_without_a_secret_nothing_is_signed_but_the_id_is_there() -> None:
    async with (
        HttpServer(take) as server,
        open_client(timeout=timedelta(seconds=5), allow_private_networks=True, proxy=None, user_agent="t") as client,
    ):
        await WebhookChannel(server.url(), client=client, clock=utcnow).send(render(alert_delivery(), kind="webhook"))
    (request,) = server.requests
    assert json.loads(request.body) == alert_delivery().notice
    assert request.headers["webhook-id"]
    assert "webhook-signature" not in request.headers


async def test_a_header_that_cannot_be_sent_is_a_permanent_failure() -> None:
    async with (
        HttpServer(take) as server,
        open_client(timeout=timedelta(seconds=5), allow_private_networks=True, proxy=None, user_agent="t") as client,
    ):
        channel = WebhookChannel(server.url(), client=client, clock=utcnow, headers={"x-token": "a\r\nx-evil: b"})
        with pytest.raises(DeliveryError, match="headers") as caught:
            await channel.send(render(alert_delivery(), kind="webhook"))
    assert caught.value.permanent
    assert not server.requests
