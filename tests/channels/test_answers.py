"""What kinds of channels that speak to a server make of its answers, its silence and its address."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiohttp import web

from monitor.channels.base import Channel
from monitor.channels.discord import DiscordChannel
from monitor.channels.email import EmailChannel, MailServer
from monitor.channels.google_chat import GoogleChatChannel
from monitor.channels.http import open_client
from monitor.channels.mail import Letterhead
from monitor.channels.matrix import MatrixChannel
from monitor.channels.slack import MattermostChannel, SlackBotChannel, SlackChannel
from monitor.channels.teams import TeamsChannel
from monitor.channels.telegram import TelegramChannel
from monitor.channels.webhook import WebhookChannel
from monitor.core.types import Message
from monitor.errors import DeliveryError
from monitor.guard import SYSTEM, Network
from monitor.render.message import render
from tests.render.samples import alert_delivery, make_delivery
from tests.servers.http import HttpServer
from tests.servers.network import Wire
from tests.servers.raw import raw_server
from tests.servers.smtp import SmtpServer

PATH_SECRET = "T0PSECRET"
TAKEN = '{"ok": true, "ts": "1.1", "id": "1", "result": {"message_id": 1}, "event_id": "$1", "name": "spaces/1"}'
"""What an HTTP receiver answers that took a message, whichever it is."""

KEY = "whsec_dGhlIHNlY3JldCBvZiB0aGUgd2ViaG9vaw=="


def utcnow() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def http_client(*, allow_private: bool = True, network: Network = SYSTEM) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(
        timeout=timedelta(seconds=1),
        allow_private_networks=allow_private,
        proxy=None,
        user_agent="event-monitor/test",
        network=network,
    ) as client:
        yield client


Make = Callable[[str, httpx.AsyncClient], Channel]

HTTP_KINDS: Mapping[str, Make] = {
    "webhook": lambda url, client: WebhookChannel(url, client=client, clock=utcnow, secrets=[KEY]),
    "slack": lambda url, client: SlackChannel(url, client=client, clock=utcnow),
    "mattermost": lambda url, client: MattermostChannel(url, client=client, clock=utcnow),
    "slack app": lambda url, client: SlackBotChannel(KEY, "C1", client=client, clock=utcnow, api=url),
    "discord": lambda url, client: DiscordChannel(url, client=client, clock=utcnow),
    "teams": lambda url, client: TeamsChannel(url, client=client, clock=utcnow),
    "google_chat": lambda url, client: GoogleChatChannel(url, client=client, clock=utcnow),
    "telegram": lambda url, client: TelegramChannel(KEY, -100, client=client, clock=utcnow, api=url),
    "matrix": lambda url, client: MatrixChannel(url, KEY, "!room:example.org", client=client, clock=utcnow),
}


@dataclass
class Receiver:
    """A receiver of one kind that takes messages, refuses them for now or for good."""

    kind: str
    channel: Channel
    count: Callable[[], int]


@asynccontextmanager
async def receiver(
    kind: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Receiver]:
    """Open a server that answers every message with an HTTP status, or what comes nearest to it in SMTP."""
    async with AsyncExitStack() as stack:
        if kind == "email":
            refusals = {} if status < 300 else {"DATA": "451 later" if status >= 500 else "550 never"}
            mails = await stack.enter_async_context(SmtpServer(refusals=refusals))
            yield Receiver(kind, mail_channel(mails.port), lambda: len(mails.mails))
            return

        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, headers=headers, text=TAKEN if status == 200 else "no")

        server = await stack.enter_async_context(HttpServer(answer))
        client = await stack.enter_async_context(http_client())
        channel = HTTP_KINDS[kind](server.url(f"/services/{PATH_SECRET}?token={PATH_SECRET}"), client)
        yield Receiver(kind, channel, lambda: len(server.requests))


def mail_channel(port: int) -> EmailChannel:
    server = MailServer("127.0.0.1", port, starttls="never", timeout=timedelta(seconds=2))
    return EmailChannel(server, letterhead=Letterhead("monitor@example.org"), recipients=["desk@example.org"])


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def message_for(channel: Channel) -> Message:
    return render(alert_delivery(), kind=channel.kind)


async def failure_of(channel: Channel) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await channel.send(message_for(channel))
    assert PATH_SECRET not in str(caught.value)
    assert KEY not in str(caught.value)
    return caught.value


every_kind = pytest.mark.parametrize("kind", [*HTTP_KINDS, "email"])
http_kinds = pytest.mark.parametrize("kind", HTTP_KINDS)


@every_kind
async def test_a_message_is_handed_over_once(kind: str) -> None:
    async with receiver(kind) as at:
        await at.channel.send(message_for(at.channel))
        assert at.count() == 1


@every_kind
async def test_a_test_message_is_handed_over(kind: str) -> None:
    notice = make_delivery({"type": "test", "timestamp": "2023-07-30T12:00:00Z", "data": {"message": "It works."}})
    async with receiver(kind) as at:
        await at.channel.send(render(notice, kind=at.channel.kind))
        assert at.count() == 1


@every_kind
async def test_a_refused_connection_is_transient(kind: str) -> None:
    port = free_port()
    async with http_client() as client:
        url = f"http://127.0.0.1:{port}/{PATH_SECRET}"
        channel = mail_channel(port) if kind == "email" else HTTP_KINDS[kind](url, client)
        error = await failure_of(channel)
    assert not error.permanent
    assert "cannot be reached" in str(error)
    assert "127.0.0.1" in str(error)


@every_kind
async def test_a_server_in_trouble_is_transient(kind: str) -> None:
    async with receiver(kind, status=503) as at:
        assert not (await failure_of(at.channel)).permanent


@every_kind
async def test_a_refusal_for_good_is_permanent(kind: str) -> None:
    async with receiver(kind, status=404) as at:
        assert (await failure_of(at.channel)).permanent


@http_kinds
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
async def test_statuses_that_pass_are_tried_again_when_the_receiver_says(kind: str, status: int) -> None:
    async with receiver(kind, status=status, headers={"retry-after": "17"}) as at:
        error = await failure_of(at.channel)
    assert (error.permanent, error.retry_after) == (False, 17.0)


@http_kinds
@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 410, 413, 422])
async def test_statuses_that_stay_are_permanent_and_redirects_not_followed(kind: str, status: int) -> None:
    headers = {"location": "/elsewhere"} if status < 400 else {}
    async with receiver(kind, status=status, headers=headers) as at:
        error = await failure_of(at.channel)
        assert at.count() == 1
    assert error.permanent
    assert str(status) in str(error)


@http_kinds
@pytest.mark.parametrize("status", [301, 401, 403, 410, 500, 429])
async def test_what_every_message_would_meet_is_told_from_what_is_at_fault_with_one(kind: str, status: int) -> None:
    async with receiver(kind, status=status) as at:
        assert (await failure_of(at.channel)).whole
    async with receiver(kind, status=400) as at:
        assert not (await failure_of(at.channel)).whole


@http_kinds
async def test_a_retry_date_is_read_against_the_clock(kind: str) -> None:
    moment = (utcnow() + timedelta(seconds=60)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    async with receiver(kind, status=429, headers={"retry-after": moment}) as at:
        error = await failure_of(at.channel)
    assert error.retry_after is not None
    assert 50 < error.retry_after <= 60


@http_kinds
@pytest.mark.parametrize("value", ["soon", "", "-5", "Mon, 99 Foo 2023"])
async def test_a_retry_hint_that_makes_no_sense_does_no_harm(kind: str, value: str) -> None:
    async with receiver(kind, status=503, headers={"retry-after": value}) as at:
        error = await failure_of(at.channel)
    assert not error.permanent
    assert error.retry_after in {None, 0.0}


@http_kinds
async def test_an_answer_that_never_comes_is_transient(kind: str) -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    async with (
        HttpServer(hang) as server,
        open_client(timeout=timedelta(seconds=0.05), allow_private_networks=True, proxy=None, user_agent="t") as client,
    ):
        error = await failure_of(HTTP_KINDS[kind](server.url(f"/{PATH_SECRET}"), client))
    assert not error.permanent
    assert "in time" in str(error)


async def test_an_answer_that_trickles_is_given_up_in_time() -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.01)

    async with (
        HttpServer(trickle) as server,
        open_client(timeout=timedelta(seconds=0.2), allow_private_networks=True, proxy=None, user_agent="t") as client,
    ):
        error = await failure_of(HTTP_KINDS["webhook"](server.url(f"/{PATH_SECRET}"), client))
    assert not error.permanent
    assert "in time" in str(error)


@http_kinds
async def test_an_endless_answer_is_not_read_to_its_end(kind: str) -> None:
    async def pour(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(TAKEN.encode() + b"\n")
        while True:
            await response.write(b" " * 65_536)

    async with HttpServer(pour) as server, http_client() as client:
        channel = HTTP_KINDS[kind](server.url(), client)
        await channel.send(message_for(channel))


@http_kinds
async def test_a_broken_connection_is_transient(kind: str) -> None:
    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with HttpServer(cut) as server, http_client() as client:
        error = await failure_of(HTTP_KINDS[kind](server.url(f"/{PATH_SECRET}"), client))
    assert not error.permanent


@http_kinds
@pytest.mark.parametrize("url", [f"ftp://example.org/{PATH_SECRET}", f"http://[{PATH_SECRET}", f"/{PATH_SECRET}", ""])
async def test_an_address_that_is_none_is_permanent(kind: str, url: str) -> None:
    async with http_client() as client:
        error = await failure_of(HTTP_KINDS[kind](url, client))
    assert error.permanent


@http_kinds
@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "[::1]", "169.254.169.254", "x.example:25"])
async def test_a_receiver_in_a_private_network_is_refused_for_good_unless_allowed(kind: str, host: str) -> None:
    wire = Wire()
    async with http_client(allow_private=False, network=wire.network) as client:
        error = await failure_of(HTTP_KINDS[kind](f"http://{host}/{PATH_SECRET}", client))
    assert error.permanent
    assert "is refused" in str(error)
    assert (wire.names.asked, wire.opened) == ([], [])


@http_kinds
async def test_a_receiver_whose_name_stands_for_a_private_address_for_now_is_tried_again(kind: str) -> None:
    wire = Wire({"hooks.example": [["127.0.0.1"], ["93.184.216.34"]]})

    async def take(_: web.Request) -> web.Response:
        return web.Response(text=TAKEN)

    async with HttpServer(take) as server, http_client(allow_private=False, network=wire.network) as client:
        channel = HTTP_KINDS[kind](f"http://hooks.example:{server.port}/{PATH_SECRET}", client)
        error = await failure_of(channel)
        assert not error.permanent
        assert "http.allow_private_networks" in str(error)
        assert (wire.opened, server.requests) == ([], [])
        await channel.send(message_for(channel))
    assert wire.opened == ["93.184.216.34"]


@http_kinds
async def test_metadata_of_a_cloud_is_never_posted_to(kind: str) -> None:
    wire = Wire()
    async with http_client(network=wire.network) as client:
        error = await failure_of(HTTP_KINDS[kind](f"http://169.254.169.254/{PATH_SECRET}", client))
    assert (error.permanent, wire.opened) == (True, [])


@http_kinds
async def test_an_answer_of_headers_without_end_is_transient(kind: str) -> None:
    async def flood() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        while True:
            yield b"X: a\r\n" * 10_000

    async with raw_server(flood) as server, http_client() as client:
        error = await failure_of(HTTP_KINDS[kind](server.url(f"/{PATH_SECRET}"), client))
    assert not error.permanent
    assert "headers" in str(error)


@http_kinds
async def test_user_and_password_of_an_address_are_sent_but_not_told(kind: str) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=403)

    async with HttpServer(refuse) as server, http_client() as client:
        url = server.url("/").replace("http://", f"http://user:{PATH_SECRET}@")
        error = await failure_of(HTTP_KINDS[kind](url, client))
    assert server.requests[0].headers["authorization"].startswith("Basic ")
    assert "user" not in str(error)
