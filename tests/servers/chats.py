"""Chats on loopback that take only what the real ones take, and answer as they do.

Each checks a message against the limits its service publishes, and that nothing a feed wrote can act: the links of a
message are those of a list, no text holds what the service would make a mention, a link or a command of by itself.
Sources stand with the checks; all were read in November 2026.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from aiohttp import web

from tests.servers.http import HttpServer

TOKEN = "T0PS3CRET:t0ken"
LINKS = re.compile(r"https://(news|monitor)\.example\.org/[\w./?=&-]*")
"""Where a message may lead: to the reports of the samples and to the dashboard."""

ACTIVE = re.compile(
    r"@\w|@everyone|@here|<[!@#/a-zA-Z]|https?://|\bwww\.\w|\w\.(?:example|com|org)\b|(?:^|\s)[#/]\w", re.IGNORECASE
)
"""What some chat makes a mention, a link, a tag or a command of by itself."""

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066\u2067\ufeff]")
"""Controls, carriage returns and overrides of direction. Isolates (U+2068, U+2069) are our own."""


def of_text(text: str) -> Iterator[str]:
    """Yield what is wrong with a text that is shown as it stands."""
    if found := ACTIVE.search(text):
        yield f"acts: {text[max(0, found.start() - 20) : found.end() + 20]!r}"
    if found := CONTROLS.search(text):
        yield f"control {found[0]!r}"


def of_link(url: object) -> Iterator[str]:
    """Yield what is wrong with a link."""
    if not isinstance(url, str) or not LINKS.fullmatch(url):
        yield f"links to {url!r}"


class Markup(HTMLParser):
    """Collects what is wrong with HTML, when only `tags` are allowed and a link only to LINKS."""

    def __init__(self, page: str, tags: Iterable[str]) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self._tags = set(tags)
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._tags:
            self.wrong.append(f"tag {tag}")
        for name, value in attrs:
            if (tag, name) == ("a", "href"):
                self.wrong += of_link(value)
            elif (tag, name) != ("font", "color") or not re.fullmatch("#[0-9a-f]{6}", value or ""):
                self.wrong.append(f"attribute {name}={value!r}")

    def handle_data(self, data: str) -> None:
        self.wrong += of_text(data)


def of_discord(request: web.Request, body: dict[str, Any]) -> Iterator[str]:
    """discord.com/developers: Execute Webhook; embed limits; allowed mentions object; support: Markdown Text 101."""
    if request.query.get("wait") != "true":
        yield "a message that is not saved would be no error"
    if body["allowed_mentions"] != {"parse": []}:
        yield "may mention"
    if not set(body) <= {"content", "embeds", "allowed_mentions", "flags", "thread_name"}:
        yield f"keys {set(body)}"
    if body.get("flags", 0) not in {0, 1 << 12}:
        yield "flags"
    if len(body["content"]) > 2_000 or len(body["embeds"]) > 10 or len(body.get("thread_name", "")) > 100:
        yield "too long"
    if sum(map(_embed_size, body["embeds"])) > 6_000:
        yield "embeds too long"
    yield from _of_markdown(body["content"])
    for embed in body["embeds"]:
        title, description, footer = embed["title"], embed.get("description", ""), embed["footer"]["text"]
        if not 0 < len(title) <= 256 or len(description) > 4_096 or len(footer) > 2_048:
            yield "embed too long"
        yield from (*_of_markdown(title), *_of_markdown(description), *of_text(footer))
        if "url" in embed:
            yield from of_link(embed["url"])


def _embed_size(embed: Mapping[str, Any]) -> int:
    """Return the characters of an embed that count."""
    return len(embed["title"]) + len(embed.get("description", "")) + len(embed["footer"]["text"])


def _of_markdown(text: str) -> Iterator[str]:
    """Yield what is wrong with a text in Markdown, whose links must be [words](<address>)."""
    for url in re.findall(r"(?<!\\)\]\(<([^>]*)>\)", text):
        yield from of_link(url)
    plain = re.sub(r"(?<!\\)\]\(<[^>]*>\)", "]", text)
    yield from of_text(re.sub(r"\\(.)", r"\1", re.sub(r"`[^`]*`", "", plain)))
    if re.search(r"(?<!\\)(?:\\\\)*[<~|#]|(?<!\\)\]\(", re.sub(r"`[^`]*`", "", plain)):
        yield f"markup in {plain[:200]!r}"


def of_telegram(request: web.Request, body: dict[str, Any]) -> Iterator[str]:
    """core.telegram.org/bots/api: sendMessage, MessageEntity; core.telegram.org/api/entities: 100 entities, UTF-16."""
    if request.path != f"/bot{TOKEN}/sendMessage":
        yield f"path {request.path}"
    units = len(body["text"].encode("utf-16-le")) // 2
    if not 0 < units <= 4_096 or len(body["entities"]) > 100:
        yield f"{units} units, {len(body['entities'])} entities"
    if "parse_mode" in body or body["link_preview_options"] != {"is_disabled": True}:
        yield "is parsed or previewed"
    for one in body["entities"]:
        if one["type"] not in {"bold", "italic", "code", "blockquote", "text_link"}:
            yield f"entity {one['type']}"
        if one["offset"] < 0 or one["length"] < 1 or one["offset"] + one["length"] > units:
            yield "entity out of the text"
        if one["type"] == "text_link":
            yield from of_link(one["url"])
    plain = body["text"].encode("utf-16-le")
    for one in body["entities"]:  # in code nothing is looked for
        if one["type"] == "code":
            start, end = one["offset"] * 2, (one["offset"] + one["length"]) * 2
            plain = plain[:start] + b"_\0" * one["length"] + plain[end:]
    yield from of_text(plain.decode("utf-16-le"))


def of_teams(_: web.Request, body: dict[str, Any]) -> Iterator[str]:
    """learn.microsoft.com: incoming webhooks with Workflows (28 KB, message of one card); Adaptive Cards 1.4."""
    if len(json.dumps(body, ensure_ascii=False).encode()) > 28 * 1_024:
        yield "too large"
    (attachment,) = body["attachments"]
    card = attachment["content"]
    if (body["type"], attachment["contentType"]) != ("message", "application/vnd.microsoft.card.adaptive"):
        yield "no card"
    if (card["type"], card["version"]) != ("AdaptiveCard", "1.4"):
        yield "card of another kind"
    yield from of_text(card["fallbackText"])
    yield from _of_elements(card["body"])


def _of_elements(elements: list[dict[str, Any]]) -> Iterator[str]:
    for element in elements:
        match element:
            case {"type": "Container", "items": [_, *_] as items}:
                if element.get("style", "default") not in {
                    "default",
                    "emphasis",
                    "good",
                    "attention",
                    "warning",
                    "accent",
                }:
                    yield f"style {element['style']}"
                yield from _of_elements(items)
            case {"type": "RichTextBlock", "inlines": [_, *_] as runs}:
                for run in runs:
                    if run["type"] != "TextRun" or not run["text"]:
                        yield f"run {run}"
                    if "selectAction" in run:
                        yield from of_link(run["selectAction"]["url"])
                yield from of_text("".join(run["text"] for run in runs))
            case _:
                yield f"element {element}"


def of_google_chat(request: web.Request, body: dict[str, Any]) -> Iterator[str]:
    """developers.google.com/workspace/chat: webhooks, spaces.messages.create (32,000 bytes), card messages (HTML)."""
    if len(json.dumps(body, ensure_ascii=False).encode()) > 32_000:
        yield "too large"
    if (
        request.query.get("messageReplyOption") != "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
        or request.query.get("key") != "k"
    ):
        yield f"query {request.query_string}"
    if not body["thread"]["threadKey"] or set(body) != {"fallbackText", "cardsV2", "thread"}:
        yield "keys"
    yield from of_text(body["fallbackText"])
    for section in body["cardsV2"][0]["card"]["sections"]:
        for widget in section["widgets"]:
            text = widget["textParagraph"]["text"]
            if not text:
                yield "empty paragraph"
            yield from Markup(text, ("b", "i", "a", "br", "font")).wrong


def of_matrix(request: web.Request, body: dict[str, Any]) -> Iterator[str]:
    """spec.matrix.org, Client-Server API: m.room.message, m.mentions, threading, 65,536 bytes an event."""
    path = unquote(request.rel_url.raw_path)
    if (request.method, request.headers["authorization"]) != ("PUT", f"Bearer {TOKEN}"):
        yield "method or token"
    if not re.fullmatch(r"/_matrix/client/v3/rooms/!r/x:example\.org/send/m\.room\.message/[\w-]+", path):
        yield f"path {path}"
    if len(json.dumps(body, ensure_ascii=False).encode()) > 60_000:
        yield "too large"
    if body["msgtype"] not in {"m.text", "m.notice"} or body["format"] != "org.matrix.custom.html":
        yield "type"
    if body["m.mentions"] != {}:
        yield "mentions"
    yield from of_text(LINKS.sub("", body["body"]))
    yield from Markup(
        body["formatted_body"], ("p", "b", "i", "a", "br", "ul", "li", "blockquote", "code", "font")
    ).wrong


def of_slack(request: web.Request, body: dict[str, Any]) -> Iterator[str]:
    """docs.slack.dev: chat.postMessage, Blocks (50 a message), Rich text block, Formatting text."""
    if request.path != "/api/chat.postMessage" or request.headers["authorization"] != f"Bearer {TOKEN}":
        yield "path or token"
    if not request.headers["content-type"].startswith("application/json"):
        yield "type"
    blocks = [*body["blocks"], *(block for one in body.get("attachments", ()) for block in one["blocks"])]
    if body["channel"] != "C1" or len(blocks) > 50:
        yield "channel or blocks"
    for element in _walk(blocks):
        if element.get("type") == "text" and not 0 < len(element["text"]) <= 3_000:
            yield "text too long"
        if element.get("type") == "link":
            yield from of_link(element["url"])
        if "text" in element and re.search(r"@(?!\u200b)|<[!@#]", element["text"]):
            yield f"mention in {element['text']!r}"
    if re.search(r"@(?!\u200b)|[<>]", body["text"]):
        yield "mention in text"


def _walk(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON value."""
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _walk(one)
    elif isinstance(value, list):
        for one in value:
            yield from _walk(one)


Check = Callable[[web.Request, dict[str, Any]], Iterator[str]]

CHECKS: Mapping[str, Check] = {
    "slack": of_slack,
    "discord": of_discord,
    "teams": of_teams,
    "google_chat": of_google_chat,
    "telegram": of_telegram,
    "matrix": of_matrix,
}

Document = Mapping[str, Any]

REFUSALS: Mapping[str, Mapping[int, Document]] = {
    "slack": {429: {"ok": False, "error": "ratelimited"}, 404: {}, 401: {"ok": False, "error": "invalid_auth"}},
    "discord": {
        429: {"message": "You are being rate limited.", "retry_after": 2.5, "global": False},
        404: {"message": "Unknown Webhook", "code": 10015},
        401: {"message": "Invalid Webhook Token", "code": 50027},
    },
    "teams": {
        429: {"error": {"code": "WorkflowRunActionsRateLimit", "message": "x"}},
        404: {"error": {"code": "WorkflowNotFound", "message": f"The workflow {TOKEN} was not found"}},
        401: {"error": {"code": "DirectApiAuthorizationRequired", "message": "x"}},
    },
    "google_chat": {
        429: {"error": {"code": 429, "message": "Resource has been exhausted", "status": "RESOURCE_EXHAUSTED"}},
        404: {"error": {"code": 404, "message": f"No {TOKEN}", "status": "NOT_FOUND"}},
        401: {"error": {"code": 401, "message": "x", "status": "UNAUTHENTICATED"}},
    },
    "telegram": {
        429: {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 7}},
        404: {"ok": False, "error_code": 404, "description": "Not Found"},
        401: {"ok": False, "error_code": 401, "description": "Unauthorized"},
    },
    "matrix": {
        429: {"errcode": "M_LIMIT_EXCEEDED", "error": "Too many requests", "retry_after_ms": 2_000},
        404: {"errcode": "M_NOT_FOUND", "error": f"{TOKEN} not found"},
        401: {"errcode": "M_UNKNOWN_TOKEN", "error": f"Unrecognised access token {TOKEN}"},
    },
}
"""How each service words an answer by status, some with a secret in it."""


@dataclass
class Chat:
    """A chat of one kind. `wrong` is what it would have refused, `taken` what it took, in order.

    status, refusal   what it answers instead of taking a message, and the document with it
    """

    kind: str
    status: int = 200
    refusal: Document | None = None
    headers: dict[str, str] = field(default_factory=dict)
    taken: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = HttpServer(self._answer)

    @property
    def url(self) -> str:
        """Return the address a channel is configured with: of a webhook or of an API, by kind."""
        paths = {
            "slack": "/api",
            "discord": f"/api/webhooks/1/{TOKEN}",
            "teams": f"/workflows/{TOKEN}/triggers/manual/paths/invoke?sig={TOKEN}",
            "google_chat": f"/v1/spaces/x/messages?key=k&token={TOKEN}",
            "telegram": "",
            "matrix": "",
        }
        return self.server.url(paths[self.kind])

    def queries(self) -> list[dict[str, list[str]]]:
        """Return the query of each request."""
        return [parse_qs(urlsplit(request.path).query) for request in self.server.requests]

    async def _answer(self, request: web.Request) -> web.Response:
        if self.status != 200 or self.refusal is not None:
            document = REFUSALS[self.kind].get(self.status, {}) if self.refusal is None else self.refusal
            return web.json_response(document, status=self.status, headers=self.headers)
        body = await request.json()
        self.wrong += CHECKS[self.kind](request, body)
        self.taken.append(body)
        number = len(self.taken)
        answers: Mapping[str, Document] = {
            "slack": {"ok": True, "channel": "C1", "ts": f"{number}.0", "message": body},
            "discord": {"embeds": body.get("embeds"), "id": f"{number}", "channel_id": "9"},
            "google_chat": {"name": f"spaces/x/messages/{number}", "thread": {"name": "spaces/x/threads/1"}},
            "telegram": {"ok": True, "result": {"message_id": number, "text": body.get("text")}},
            "matrix": {"event_id": f"${number}"},
        }
        if self.kind == "teams":
            return web.Response(status=202)  # before it has posted, without a word
        return web.json_response(answers[self.kind], headers=self.headers)
