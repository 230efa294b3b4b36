"""Each kind of channel, from the line in the configuration to the message a receiver holds."""

from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from monitor.config.settings import load_settings
from monitor.core.rates import Rate
from monitor.once import send_tests
from monitor.outgoing import MINUTE, SECOND, rates_of
from tests.servers.chats import Chat
from tests.servers.http import HttpServer
from tests.servers.limits import TOKEN
from tests.servers.nats import SERVER, nats_server
from tests.servers.smtp import SmtpServer

LIST = "watchlist: test\ntitle: Test\nentities: [{id: is-k, kind: organisation, name: IS-K}]\n"

LINES = {
    "slack app": 'slack: {{token: "{token}", channel: C1, api: "{url}"}}',
    "discord": 'discord: {{url: "{url}"}}',
    "teams": 'teams: {{url: "{url}"}}',
    "google_chat": 'google_chat: {{url: "{url}"}}',
    "telegram": 'telegram: {{token: "{token}", chat_id: -100, api: "{url}"}}',
    "matrix": 'matrix: {{homeserver: "{url}", token: "{token}", room: "!r/x:example.org"}}',
}


async def results_of(folder: Path, line: str, more: str = "") -> dict[str, str]:
    """Return what `monitor check --send-test` finds for one channel; `more` are further keys of the file."""
    (folder / "watchlists").mkdir()
    (folder / "watchlists" / "test.yaml").write_text(LIST)
    file = folder / "monitor.yaml"
    file.write_text(
        f"http: {{allow_private_networks: true}}\nreceivers: [{{name: desk, channels: [{{{line}}}]}}]\n{more}"
    )
    return await send_tests(load_settings(file, {}))


@pytest.mark.parametrize("kind", LINES)
async def test_a_test_message_reaches_each_chat(kind: str, tmp_path: Path) -> None:
    chat = Chat(kind)
    async with chat.server:
        results = await results_of(tmp_path, LINES[kind].format(url=chat.url, token=TOKEN))
    assert results == {f"desk/{kind.split(maxsplit=1)[0]}": ""}
    assert chat.wrong == []
    assert "This is a test" in chat.server.requests[0].body.decode()


@pytest.mark.parametrize("kind", ["slack", "mattermost", "webhook"])
async def test_a_test_message_reaches_each_incoming_webhook(kind: str, tmp_path: Path) -> None:
    async def take(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async with HttpServer(take) as server:
        results = await results_of(tmp_path, f"{kind}: {{url: '{server.url('/in')}'}}")
    assert results == {f"desk/{kind}": ""}
    assert "This is a test" in server.requests[0].body.decode()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_test_message_reaches_what_apprise_reaches(tmp_path: Path) -> None:
    pytest.importorskip("apprise", reason="apprise is not installed: the extra event-monitor[apprise]")

    async def take(_: web.Request) -> web.Response:
        return web.Response()

    async with HttpServer(take) as server:
        results = await results_of(tmp_path, f"apprise: {{url: 'json://127.0.0.1:{server.port}/'}}")
    assert results == {"desk/apprise": ""}
    assert "This is a test" in server.requests[0].body.decode()


async def test_a_test_message_reaches_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await results_of(tmp_path, "console: {}") == {"desk/console": ""}
    assert "This is a test" in capsys.readouterr().out


@pytest.mark.skipif(SERVER is None, reason="there is no nats-server on this machine")
async def test_a_test_message_reaches_a_stream(tmp_path: Path) -> None:
    nats = pytest.importorskip("nats", reason="nats-py is not installed: the extra event-monitor[nats]")
    async with nats_server(tmp_path, password="s3sam") as url:
        connection = await nats.connect(url, user="monitor", password="s3sam")
        await connection.jetstream().add_stream(name="news", subjects=["news.>"])
        line = f"nats: {{servers: ['{url}'], subject: news, username: monitor, password: s3sam}}"
        assert await results_of(tmp_path, line) == {"desk/nats": ""}
        assert b"This is a test" in (await connection.jetstream().get_msg("news", 1)).data
        await connection.close()


async def test_a_test_that_fails_says_what_to_do(tmp_path: Path) -> None:
    chat = Chat("telegram", status=401)
    async with chat.server:
        results = await results_of(tmp_path, LINES["telegram"].format(url=chat.url, token=TOKEN))
    assert results["desk/telegram"].endswith(
        "answered 401 Unauthorized (Unauthorized): check its token; @BotFather has it"
    )


RATES = {
    "slack: {url: https://x.example/}": [Rate(1, SECOND)],
    "discord: {url: https://x.example/}": [Rate(5, 2 * SECOND), Rate(30, MINUTE)],
    "teams: {url: https://x.example/}": [Rate(4, SECOND)],
    "google_chat: {url: https://x.example/}": [Rate(1, SECOND)],
    "telegram: {token: t, chat_id: 100}": [Rate(1, SECOND)],
    "telegram: {token: t, chat_id: -100}": [Rate(1, SECOND), Rate(20, MINUTE)],
    "telegram: {token: t, chat_id: '@news'}": [Rate(1, SECOND), Rate(20, MINUTE)],
    "matrix: {homeserver: https://x.example, token: t, room: '!r:x'}": [Rate(10, 50 * SECOND)],
    "webhook: {url: https://x.example/}": [],
    "console: {}": [],
    "webhook: {url: https://x.example/, rate: 30/1m}": [Rate(30, MINUTE)],
    "slack: {url: https://x.example/, rate: [2/1s, 60/1m]}": [Rate(2, SECOND), Rate(60, MINUTE)],
    "slack: {url: https://x.example/, rate: []}": [],
}


@pytest.mark.parametrize("line", RATES)
def test_a_channel_takes_as_much_as_its_service_unless_the_operator_says_otherwise(line: str, tmp_path: Path) -> None:
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "test.yaml").write_text(LIST)
    (tmp_path / "monitor.yaml").write_text(f"receivers: [{{name: desk, channels: [{{{line}}}]}}]\n")
    rates = rates_of(load_settings(tmp_path / "monitor.yaml", {}))
    assert rates == {f"desk/{line.partition(':')[0]}": tuple(RATES[line])}


async def test_a_test_message_reaches_a_mailbox_signed_and_answered_to_people(tmp_path: Path) -> None:
    pytest.importorskip("dkim", reason="dkimpy is not installed: the extra event-monitor[dkim]")
    key = rsa.generate_private_key(public_exponent=65_537, key_size=1_024)
    (tmp_path / "dkim.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    async with SmtpServer() as server:
        smtp = (
            f"host: localhost, port: {server.port}, starttls: never, from: monitor@example.org, "
            "reply_to: desk@example.org, dkim: {domain: example.org, selector: news, key_file: dkim.pem}"
        )
        results = await results_of(tmp_path, "email: {to: [desk@example.org]}", f"smtp: {{{smtp}}}\n")
    assert results == {"desk/email": ""}
    (mail,) = server.mails
    assert "d=example.org; i=@example.org; q=dns/txt; s=news;" in mail.content["DKIM-Signature"]
    assert mail.content["Reply-To"] == "desk@example.org"
