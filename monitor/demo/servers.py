"""The demo's world on loopback: outlets that publish, a mail server and a webhook receiver that keep what they get."""

import asyncio
import gzip
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message as Mail
from email.parser import BytesParser
from email.policy import default
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor.web.server import serve

DAY = Path(__file__).parent / "day" / "day.yaml"


@dataclass(frozen=True, slots=True)
class Outlet:
    """An invented outlet; `form` is rss or atom."""

    id: str
    name: str
    lang: str
    form: str


@dataclass(frozen=True, slots=True)
class Story:
    """An item of the bundled day, and the part of the day in which it appears."""

    step: int
    at: datetime
    outlet: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Day:
    """The bundled day."""

    outlets: tuple[Outlet, ...]
    items: tuple[Story, ...]

    @property
    def steps(self) -> int:
        """Return how many parts the day has."""
        return max(item.step for item in self.items)


def read_day() -> Day:
    """Return the bundled day."""
    data = yaml.load(DAY.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe
    items = [Story(**{**one, "at": _instant(one["at"])}) for one in data["items"]]
    return Day(tuple(Outlet(**one) for one in data["outlets"]), tuple(items))


def _instant(value: str | datetime) -> datetime:
    """Return an instant as YAML gives it: a text, or a datetime when it knew the form."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Newsstand:
    """Serves each outlet's feed with what was published up to `step`, with validators and gzip."""

    def __init__(self, day: Day) -> None:
        """Begin before the first item."""
        self.day = day
        self.step = 0

    def app(self) -> Starlette:
        """Return the server's application."""
        return Starlette(routes=[Route("/{outlet}.xml", self._feed)])

    async def _feed(self, request: Request) -> Response:
        """Answer one poll."""
        outlet = next((one for one in self.day.outlets if one.id == request.path_params["outlet"]), None)
        if outlet is None:
            return PlainTextResponse("no such outlet", 404)
        items = [one for one in self.day.items if one.outlet == outlet.id and one.step <= self.step]
        body = (_atom if outlet.form == "atom" else _rss)(outlet, sorted(items, key=lambda one: one.at, reverse=True))
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        headers = {"etag": etag, "vary": "accept-encoding"}
        if items:
            headers["last-modified"] = format_datetime(max(one.at for one in items), usegmt=True)
        if _is_known(request, etag, headers.get("last-modified")):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                gzip.compress(body), headers={**headers, "content-encoding": "gzip"}, media_type=_TYPES[outlet.form]
            )
        return Response(body, headers=headers, media_type=_TYPES[outlet.form])


def _is_known(request: Request, etag: str, last_modified: str | None) -> bool:
    """Return whether the reader has this version; its date counts only where it sent no tag (RFC 9110, 13.2.2)."""
    tag = request.headers.get("if-none-match")
    return (
        tag == etag if tag else last_modified is not None and request.headers.get("if-modified-since") == last_modified
    )


_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml"}


def _link(item: Story) -> str:
    """Return an item's address; .example is reserved for such (RFC 2606)."""
    code = hashlib.sha256(item.title.encode()).hexdigest()[:10]
    return f"https://{item.outlet}.example/2023/07/{item.at:%d}/{code}"


def _rss(outlet: Outlet, items: Iterable[Story]) -> bytes:
    """Return an RSS 2.0 document."""
    entries = "".join(
        f"<item><title>{escape(item.title)}</title><link>{_link(item)}</link><guid>{_link(item)}</guid>"
        f"<pubDate>{format_datetime(item.at)}</pubDate><description>{escape(f'<p>{item.text}</p>')}</description></item>"
        for item in items
    )
    head = f"<title>{escape(outlet.name)}</title><link>https://{outlet.id}.example/</link><language>{outlet.lang}</language>"
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{entries}</channel></rss>'.encode()


def _atom(outlet: Outlet, items: Iterable[Story]) -> bytes:
    """Return an Atom 1.0 document."""
    entries = "".join(
        f"<entry><title>{escape(item.title)}</title><link href={quoteattr(_link(item))}/><id>{_link(item)}</id>"
        f"<updated>{item.at.isoformat()}</updated><published>{item.at.isoformat()}</published>"
        f'<content type="html">{escape(f"<p>{item.text}</p>")}</content></entry>'
        for item in items
    )
    head = f"<title>{escape(outlet.name)}</title><id>https://{outlet.id}.example/</id><updated>2023-07-30T00:00:00Z</updated>"
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.lang}">{head}{entries}</feed>'
    return f'<?xml version="1.0" encoding="UTF-8"?>{feed}'.encode()


@dataclass
class WebhookSink:
    """Takes notices and verifies each signature with the reference library.

    notices   by webhook-id, the first of each
    bad       how many had no good signature
    """

    secret: str
    notices: dict[str, dict[str, Any]] = field(default_factory=dict)
    bad: int = 0

    def app(self) -> Starlette:
        """Return the server's application."""
        return Starlette(routes=[Route("/hook", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        """Answer one delivery."""
        body = await request.body()
        try:
            Webhook(self.secret).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.bad += 1
            return PlainTextResponse("bad signature", 401)
        self.notices.setdefault(request.headers["webhook-id"], json.loads(body))
        return Response(status_code=204)

    def alerts(self) -> list[dict[str, Any]]:
        """Return the notices of alerts."""
        return [notice for notice in self.notices.values() if notice["type"].startswith("alert.")]


@dataclass
class MailSink:
    """Takes mails for everybody; `mails` holds each Message-ID once."""

    mails: dict[str, Mail] = field(default_factory=dict)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - aiosmtpd
        """Keep one mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        mail = BytesParser(policy=default).parsebytes(content)
        self.mails.setdefault(str(mail["message-id"]), mail)
        return "250 kept"

    def alerts(self) -> list[Mail]:
        """Return the mails of alerts."""
        return [mail for mail in self.mails.values() if "digest" not in str(mail["subject"]).lower()]

    def digests(self) -> list[Mail]:
        """Return the mails of digests."""
        return [mail for mail in self.mails.values() if "digest" in str(mail["subject"]).lower()]


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[int]:
    """Serve an application on a free port of loopback; gives the port. Raises MonitorError when it was just taken."""
    port = free_port()
    ready = asyncio.Event()
    task = asyncio.create_task(serve(app, "127.0.0.1", port, ready=ready.set))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()
    try:
        yield port
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def mailing(sink: MailSink) -> AsyncIterator[int]:
    """Run a mail server on a free port of loopback; gives the port."""
    port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    await asyncio.to_thread(controller.start)
    try:
        yield port
    finally:
        await asyncio.to_thread(controller.stop)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
