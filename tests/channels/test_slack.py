import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from monitor.channels.http import open_client
from monitor.channels.slack import SlackChannel
from monitor.errors import DeliveryError
from monitor.render.message import render
from tests.render.samples import alert_delivery
from tests.servers.http import HttpServer


def clock() -> datetime:
    return datetime(2023, 7, 30, 12, 0, tzinfo=UTC)


async def send_to(answer: str, *, status: int = 200) -> list[bytes]:
    """Send an alert to a chat that answers so; return the bodies it got."""

    async def take(_: web.Request) -> web.Response:
        return web.Response(text=answer, status=status)

    async with (
        HttpServer(take) as server,
        open_client(timeout=timedelta(seconds=5), allow_private_networks=True, proxy=None, user_agent="t") as client,
    ):
        await SlackChannel(server.url("/T/B/X"), client=client, clock=clock).send(
            render(alert_delivery(), kind="slack")
        )
    return [request.body for request in server.requests]


@pytest.mark.parametrize("answer", ["ok", "ok\n", "", '{"ok": true}'])
async def test_a_chat_gets_the_rendered_body(answer: str) -> None:
    (body,) = await send_to(answer)
    assert json.loads(body) == render(alert_delivery(), kind="slack").body


@pytest.mark.parametrize(
    ("answer", "told"),
    [("no_service", "no_service"), ("<html>Please log in, s3cret</html>", None), ("okay then", None)],
)
async def test_an_answer_that_is_not_ok_is_a_failure_and_only_codes_are_told(answer: str, told: str | None) -> None:
    with pytest.raises(DeliveryError, match="without an ok") as caught:
        await send_to(answer)
    assert not caught.value.permanent
    assert "s3cret" not in str(caught.value)
    assert told is None or told in str(caught.value)


async def test_the_code_of_a_refusal_is_told() -> None:
    with pytest.raises(DeliveryError, match=r"404 Not Found \(no_service\): check its address") as caught:
        await send_to("no_service", status=404)
    assert caught.value.whole, "the webhook is gone, for every message"
    with pytest.raises(DeliveryError, match="invalid_payload") as caught:
        await send_to("invalid_payload", status=404)
    assert not caught.value.whole
