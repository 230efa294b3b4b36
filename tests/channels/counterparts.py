"""The other side of each kind of channel: a real server that takes only what its service takes, and refuses as it does."""

import html
import io
import json
import re
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from monitor.channels.apprise import AppriseChannel
from monitor.channels.base import Channel
from monitor.channels.console import ConsoleChannel
from monitor.channels.discord import DiscordChannel
from monitor.channels.email import EmailChannel, MailServer
from monitor.channels.google_chat import GoogleChatChannel
from monitor.channels.http import open_client
from monitor.channels.mail import Letterhead
from monitor.channels.matrix import MatrixChannel
from monitor.channels.nats import NatsChannel
from monitor.channels.slack import MattermostChannel, SlackBotChannel, SlackChannel
from monitor.channels.teams import TeamsChannel
from monitor.channels.telegram import TelegramChannel
from monitor.channels.webhook import WebhookChannel
from tests.servers.chats import Chat, Document
from tests.servers.limits import CONTROLS, KEY, LINKS, TOKEN, Markup, of_text
from tests.servers.nats import nats_server
from tests.servers.smtp import Mail, SmtpServer


def utcnow() -> datetime:
    return datetime.now(UTC)


Make = Callable[[str, httpx.AsyncClient], Channel]

CHATS: Mapping[str, Make] = {
    "webhook": lambda url, client: WebhookChannel(url, client=client, clock=utcnow, secrets=[KEY]),
    "slack webhook": lambda url, client: SlackChannel(url, client=client, clock=utcnow),
    "slack app": lambda url, client: SlackBotChannel(TOKEN, "C1", client=client, clock=utcnow, api=url),
    "mattermost": lambda url, client: MattermostChannel(url, client=client, clock=utcnow),
    "discord": lambda url, client: DiscordChannel(url, client=client, clock=utcnow),
    "discord forum": lambda url, client: DiscordChannel(url, client=client, clock=utcnow, forum=True),
    "teams": lambda url, client: TeamsChannel(url, client=client, clock=utcnow),
    "google_chat": lambda url, client: GoogleChatChannel(url, client=client, clock=utcnow),
    "telegram": lambda url, client: TelegramChannel(TOKEN, -100, client=client, clock=utcnow, api=url),
    "matrix": lambda url, client: MatrixChannel(url, TOKEN, "!r/x:example.org", client=client, clock=utcnow),
    "apprise": lambda url, client: AppriseChannel(url.replace("http://", "json://")),
}
"""What is spoken to over HTTP, by name."""

NAMES = (*CHATS, "email", "nats", "console")
"""Every kind of channel, some in two forms."""

SECRETS = (*TOKEN.split(":"), KEY)
"""What no error may repeat."""


class Trouble(StrEnum):
    """Why the other side takes nothing: for a while, because of too much, or until somebody does something."""

    AWAY = "away"
    BUSY = "busy"
    GONE = "gone"


@dataclass
class Counterpart:
    """The other side of one channel.

    wrong      what the service would have refused, or acted upon
    taken      what it took, as it arrived
    readable   the same as its readers see it, one text for each message
    ids        by what it can tell repeats of each, where it can
    """

    channel: Channel
    wrong: Callable[[], list[str]]
    taken: Callable[[], list[Any]]
    readable: Callable[[], list[str]]
    ids: Callable[[], list[str]] = list


@asynccontextmanager
async def counterpart(name: str, folder: Path, *, trouble: Trouble | None = None) -> AsyncIterator[Counterpart]:
    """Run the other side of a kind of channel, in some trouble or none; `folder` is for files it needs."""
    opened = {"email": _mailbox, "nats": _stream, "console": _terminal}.get(name)
    if opened is not None:
        async with opened(folder, trouble) as one:
            yield one
        return
    async with open_chat(name, Chat(name, **REFUSES[name, trouble] if trouble else {})) as (chat, channel):

        def ids() -> list[str]:
            return [one.headers.get("webhook-id", one.path) for one in chat.server.requests]

        yield Counterpart(channel, lambda: chat.wrong, lambda: chat.taken, lambda: [*map(_readable, chat.taken)], ids)


@asynccontextmanager
async def open_chat(name: str, chat: Chat | None = None) -> AsyncIterator[tuple[Chat, Channel]]:
    """Run a chat, and open a channel to it."""
    if name == "apprise":
        pytest.importorskip("apprise", reason="apprise is not installed: the extra event-monitor[apprise]")
    chat = chat or Chat(name)
    async with (
        chat.server,
        open_client(timeout=timedelta(seconds=5), allow_private_networks=True, proxy=None, user_agent="t") as client,
    ):
        yield chat, CHATS[name](chat.url, client)


def kind_of(name: str) -> str:
    """Return by which kind messages for it are rendered."""
    return name.split(maxsplit=1)[0]


_HEADER = {"retry-after": "30"}

WAITS: Mapping[str, float] = {
    **dict.fromkeys(("webhook", "slack webhook", "slack app", "mattermost", "teams", "google_chat"), 30.0),
    **dict.fromkeys(("discord", "discord forum"), 2.5),
    "telegram": 7.0,
    "matrix": 2.0,
}
"""How long each service asks to wait when it is busy, in seconds: by its header, or in its own words."""

REFUSES: Mapping[tuple[str, Trouble], dict[str, Any]] = {
    **{(name, Trouble.AWAY): {"status": 503} for name in CHATS},
    **{(name, Trouble.BUSY): {"status": 429, "headers": _HEADER} for name in WAITS},
    **{(name, Trouble.GONE): {"status": 404} for name in WAITS},
    ("slack app", Trouble.GONE): {"refusal": {"ok": False, "error": "channel_not_found"}},
}
"""How a chat refuses. What apprise was told by its service it does not tell."""


@asynccontextmanager
async def _mailbox(_: Path, trouble: Trouble | None) -> AsyncIterator[Counterpart]:
    """Run a mail server. Mail has no words for how long to wait."""
    refusals = {Trouble.AWAY: "451 later", Trouble.GONE: "550 never"}
    async with SmtpServer(refusals={"DATA": refusals[trouble]} if trouble else {}) as server:
        place = MailServer(
            "127.0.0.1", server.port, starttls="never", timeout=timedelta(seconds=5), username=None, password=KEY
        )
        letterhead = Letterhead("Event Monitor <monitor@example.org>")
        channel = EmailChannel(place, letterhead=letterhead, recipients=["desk@example.org"])
        yield Counterpart(
            channel,
            lambda: [wrong for mail in server.mails for wrong in of_mail(mail)],
            lambda: [*server.mails],
            lambda: [f"{mail.content['Subject']}\n{_part(mail, 'plain')}" for mail in server.mails],
            lambda: [str(mail.content["Message-ID"]) for mail in server.mails],
        )


def of_mail(mail: Mail) -> Iterator[str]:
    """RFC 5321 and 5322: 998 octets a line, each header once; 102 KB of HTML (Gmail); links and tags that are ours."""
    if max(map(len, mail.raw.splitlines())) > 998 or not mail.raw.isascii():
        yield "lines too long, or not ASCII"
    names = [name.lower() for name in mail.content.keys()]  # noqa: SIM118 - with those that come twice
    if len(names) != len(set(names)) or {"bcc", "cc"} & set(names):
        yield f"headers {names}"
    page = _part(mail, "html")
    if len(page.encode()) > 102_000:
        yield "Gmail would hide the end"
    yield from Markup(page, MAIL_TAGS, attributes=True).wrong
    yield from of_text(LINKS.sub("", _part(mail, "plain")))
    if found := CONTROLS.search(str(mail.content["Subject"])):
        yield f"control {found[0]!r} in the subject"


MAIL_TAGS = (
    *("html", "head", "meta", "title", "style", "body", "table", "tbody", "tr", "td", "div", "p", "span", "a", "br"),
    *("h1", "h2", "b", "mark", "bdi", "code"),
)
"""Elements of our mails."""


def _part(mail: Mail, subtype: str) -> str:
    """Return a part of a mail as text, without styles, and without the title that a page has and a mail does not show."""
    part = mail.content.get_body(preferencelist=(subtype,))
    text = "" if part is None else str(part.get_content()).replace("\r\n", "\n")
    return re.sub("<style>.*?</style>|<title>.*?</title>", "", text, flags=re.DOTALL)


@asynccontextmanager
async def _stream(folder: Path, trouble: Trouble | None) -> AsyncIterator[Counterpart]:
    """Run a NATS server with JetStream, and a stream of it unless that is gone."""
    nats = pytest.importorskip("nats", reason="nats-py is not installed: the extra event-monitor[nats]")
    if shutil.which("nats-server") is None:
        pytest.skip("there is no nats-server on this machine")
    if trouble is Trouble.AWAY:
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            url = f"nats://127.0.0.1:{held.getsockname()[1]}"
            channel = NatsChannel([url], "news", timeout=timedelta(seconds=2), username="monitor", password=KEY)
            yield Counterpart(channel, list, list, list)
        return
    async with nats_server(folder, password=KEY) as url:
        connection = await nats.connect(url, user="monitor", password=KEY)
        stream = connection.jetstream()
        if trouble is None:
            await stream.add_stream(name="news", subjects=["news.>"])
        events: list[dict[str, Any]] = []
        storing = _Storing(
            NatsChannel([url], "news", timeout=timedelta(seconds=5), username="monitor", password=KEY), stream, events
        )
        try:
            yield Counterpart(
                storing,
                lambda: [wrong for event in events for wrong in of_event(event)],
                lambda: events,
                lambda: [*map(_readable, events)],
                lambda: [event["id"] for event in events],
            )
        finally:
            await connection.close()


class _Storing:
    """A channel into a stream; what the stream has stored is read after each event."""

    kind: ClassVar[str] = "nats"

    def __init__(self, channel: NatsChannel, stream: Any, events: list[dict[str, Any]]) -> None:
        self._channel, self._stream, self._events = channel, stream, events

    async def send(self, message: Any) -> str | None:
        receipt = await self._channel.send(message)
        count = (await self._stream.stream_info("news")).state.messages
        self._events[:] = [json.loads((await self._stream.get_msg("news", number + 1)).data) for number in range(count)]
        return receipt


def of_event(event: Mapping[str, Any]) -> Iterator[str]:
    """github.com/cloudevents/spec 1.0.2: attributes that must be there, names of a-z and 0-9."""
    if not {"specversion", "id", "source", "type"} <= set(event) or event["specversion"] != "1.0":
        yield "attributes"
    if not all(re.fullmatch("[a-z0-9]+", name) for name in event):
        yield "names"


class _Terminal(io.StringIO):
    """Keeps what is written to it at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def write(self, text: str) -> int:
        self.shown += [text] if text else []
        return super().write(text)


@asynccontextmanager
async def _terminal(_: Path, trouble: Trouble | None) -> AsyncIterator[Counterpart]:
    """Open a stream of text; one that nobody reads any more where it is in trouble."""
    stream = _Terminal()
    if trouble is not None:
        stream.close()
    yield Counterpart(
        ConsoleChannel(stream),
        lambda: [wrong for text in stream.shown for wrong in of_terminal(text)],
        lambda: [*stream.shown],
        lambda: [*stream.shown],
    )


def of_terminal(text: str) -> Iterator[str]:
    """ECMA-48: nothing but line breaks steers a terminal."""
    if found := re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text):
        yield f"control {found[0]!r}"


def _readable(body: Document) -> str:
    """Return the texts of a document in turn, without what escapes or isolates."""
    texts = "\n".join(_strings(body))
    bare = re.sub(r"\\([^\w\s])", r"\1", re.sub("<br>|</p>|</li>", "\n", texts))
    return html.unescape(re.sub("</?[a-z][^>]*>", "", bare)).replace("\u200b", "")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
