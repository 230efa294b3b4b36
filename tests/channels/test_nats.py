"""Events into a real NATS server with JetStream: the one on this machine, or one started for the test."""

import asyncio
import json
import socket
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from monitor.channels.nats import CONTENT_TYPE, NatsChannel
from monitor.errors import DeliveryError
from monitor.render.message import render
from tests.render.samples import alert_delivery
from tests.servers.nats import SERVER, nats_server

nats = pytest.importorskip("nats", reason="nats-py is not installed: the extra event-monitor[nats]")

needs_server = pytest.mark.skipif(SERVER is None, reason="there is no nats-server on this machine")
PASSWORD = "s3sam-open"
MESSAGE = render(alert_delivery(), kind="nats")


def server(folder: Path, *, more: str = "") -> AbstractAsyncContextManager[str]:
    """Return a server with a user who may publish below "news" and "lost" only."""
    return nats_server(folder, password=PASSWORD, more=more)


def channel(url: str, *, subject: str = "news", password: str = PASSWORD, seconds: float = 3) -> NatsChannel:
    return NatsChannel([url], subject, timeout=timedelta(seconds=seconds), username="monitor", password=password)


async def failure(one: NatsChannel) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await one.send(MESSAGE)
    assert PASSWORD not in str(caught.value)
    return caught.value


@needs_server
async def test_an_event_is_stored_once_however_often_it_is_sent(tmp_path: Path) -> None:
    async with server(tmp_path) as url:
        connection = await nats.connect(url, user="monitor", password=PASSWORD)
        stream = connection.jetstream()
        await stream.add_stream(name="news", subjects=["news.>"])
        assert [await channel(url).send(MESSAGE) for _ in range(2)] == ["news:1", "news:1"]
        assert (await stream.stream_info("news")).state.messages == 1
        stored = await stream.get_msg("news", 1)
        await connection.close()
    event: dict[str, Any] = json.loads(stored.data)
    assert stored.subject == "news.alert.created"
    assert stored.headers is not None
    assert (stored.headers["Content-Type"], stored.headers["Nats-Msg-Id"]) == (CONTENT_TYPE, MESSAGE.id)
    assert event["specversion"] == "1.0"
    assert (event["id"], event["type"], event["source"]) == (
        MESSAGE.id,
        "event-monitor.alert.created",
        "/event-monitor/desk",
    )
    assert (event["subject"], event["severity"]) == (MESSAGE.thread, "critical")
    assert event["data"] == alert_delivery().notice["data"]


@needs_server
async def test_an_encrypted_server_is_logged_in_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    tls = f'tls {{cert_file: "{tmp_path}/cert.pem", key_file: "{tmp_path}/key.pem"}}'
    async with server(tmp_path, more=tls) as url:
        url = url.replace("nats://", "tls://")
        stranger = await failure(channel(url, seconds=2))
        assert (stranger.permanent, "certificate is not trusted" in str(stranger)) == (False, True)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        error = await failure(channel(url))
    assert "no stream takes news.alert.created" in str(error), "it came as far as publishing"


@needs_server
async def test_refusals_are_permanent_and_say_what_to_do(tmp_path: Path) -> None:
    async with server(tmp_path) as url:
        wrong = await failure(channel(url, password="wr0ng-one"))
        assert (wrong.permanent, "check its username and password" in str(wrong)) == (True, True)
        nowhere = await failure(channel(url, subject="lost"))
        assert (nowhere.permanent, "nats stream add news --subjects 'lost.>'" in str(nowhere)) == (True, True)
        denied = await failure(channel(url, subject="denied", seconds=1))
        assert (denied.permanent, "may not publish to denied.alert.created" in str(denied)) == (True, True)
        plain = await failure(channel(url.replace("nats://", "tls://")))
        assert (plain.permanent, "does not encrypt" in str(plain)) == (True, True)


async def test_a_server_that_is_down_or_hangs_is_tried_again() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        down = await failure(channel(f"nats://u:{PASSWORD}@127.0.0.1:{port}"))
        assert (down.permanent, "cannot be reached" in str(down)) == (False, True)
        held.listen()
        hangs = await failure(channel(f"nats://127.0.0.1:{port}", seconds=0.3))
        assert (hangs.permanent, "did not answer in time" in str(hangs)) == (False, True)


async def test_a_connection_that_breaks_is_tried_again() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    listener = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with listener:
        error = await failure(channel(f"nats://127.0.0.1:{listener.sockets[0].getsockname()[1]}", seconds=1))
    assert not error.permanent
