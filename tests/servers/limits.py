"""What each service takes: the limits it publishes, and that nothing a feed wrote can act.

The links of a message are those of a list, no text holds what the service would make a mention, a link or a command of
by itself. Sources stand with the checks; all were read in November and December 2026.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from standardwebhooks import Webhook

TOKEN = "T0PS3CRET:t0ken"
KEY = "whsec_dGhlIHNlY3JldCBvZiB0aGUgd2ViaG9vaw=="
"""What notices to webhooks are signed with."""

LINKS = re.compile(r"https://(news|monitor)\.example\.org/[\w./?=&#-]*")
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
    """Collects what is wrong with HTML, when only `tags` are allowed and a link only to LINKS.

    attributes   whether there may be others than the address of a link and the colour of a font
    """

    def __init__(self, page: str, tags: Iterable[str], *, attributes: bool = False) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self._tags = set(tags)
        self._attributes = attributes
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._tags:
            self.wrong.append(f"tag {tag}")
        for name, value in attrs:
            if name in {"href", "src", "action"}:
                self.wrong += of_link(value)
            elif name.startswith("on") or (value or "").strip().lower().startswith("javascript"):
                self.wrong.append(f"attribute {name}={value!r}")
            elif self._attributes:
                continue
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


def _of_markdown(text: str, *, link: str = r"\]\(<([^>]*)>\)", entities: bool = False) -> Iterator[str]:
    """Yield what is wrong with a text in Markdown, whose links are all written as `link`; `entities` are allowed."""
    link = rf"(?<!\\){link}"
    for url in re.findall(link, text):
        yield from of_link(url)
    plain = re.sub(link, "]", text)
    plain = re.sub("&(amp|lt|gt);", "", plain) if entities else plain
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


def of_slack_app(request: web.Request, body: dict[str, Any]) -> Iterator[str]:
    """docs.slack.dev: chat.postMessage."""
    if request.path != "/api/chat.postMessage" or request.headers["authorization"] != f"Bearer {TOKEN}":
        yield "path or token"
    if body["channel"] != "C1":
        yield "channel"
    thread = {"thread_ts", "reply_broadcast"} if "thread_ts" in body else set()
    yield from _of_slack({key: value for key, value in body.items() if key not in {"channel", *thread}})
    if not request.headers["content-type"].startswith("application/json"):
        yield "type"


def of_slack_webhook(request: web.Request, body: dict[str, Any]) -> Iterator[str]:
    """docs.slack.dev: Sending messages using incoming webhooks, which take no channel and no thread to begin."""
    if request.path != f"/services/T0/B0/{TOKEN}":
        yield f"path {request.path}"
    yield from _of_slack(body)


def _of_slack(body: dict[str, Any]) -> Iterator[str]:
    """docs.slack.dev: Blocks (50 a message), Rich text block, Formatting text; slackapi/bolt-js#2509 (13,172)."""
    if not set(body) <= {"text", "blocks", "attachments", "unfurl_links", "unfurl_media"}:
        yield f"keys {set(body)}"
    if body["unfurl_links"] or body["unfurl_media"]:
        yield "unfurls"
    blocks = [*body["blocks"], *(block for one in body.get("attachments", ()) for block in one["blocks"])]
    if len(blocks) > 50 or len(json.dumps(blocks, ensure_ascii=False)) > 13_172:
        yield "blocks too long"
    for element in _walk(blocks):
        if element.get("type") not in SLACK_ELEMENTS:
            yield f"element {element}"
        if "text" in element and not 0 < len(element["text"]) <= 3_000:
            yield "text too long"
        if element.get("type") == "link":
            yield from of_link(element["url"])
        if "text" in element and not element.get("style", {}).get("code"):
            yield from of_text(element["text"])
    yield from of_text(re.sub("&(amp|lt|gt);", "", body["text"]))
    if re.search("[<>]|&(?!(amp|lt|gt);)", body["text"]):
        yield "markup in text"


SLACK_ELEMENTS = {"rich_text", "rich_text_section", "rich_text_quote", "rich_text_list", "text", "link", None}
"""What is taken literally; None is the style of an element."""


def of_mattermost(request: web.Request, body: dict[str, Any]) -> Iterator[str]:
    """developers.mattermost.com: Incoming webhooks, Message attachments; model/post.go: 16,383 and 760,000."""
    if request.path != f"/hooks/{TOKEN}" or set(body) != {"text", "attachments"}:
        yield f"path or keys {set(body)}"
    if not 0 < len(body["text"]) <= 16_383 or len(json.dumps(body["attachments"], ensure_ascii=False)) > 760_000:
        yield "too long"
    yield from _of_markdown(body["text"], link=r"\]\(([^)]*)\)", entities=True)
    for one in body["attachments"]:
        if not {"fallback", "color", "title", "text", "footer"} <= set(one) <= {*ATTACHMENT, "title_link"}:
            yield f"attachment {set(one)}"
        yield from (*of_text(one["fallback"]), *of_text(one["footer"]))
        for part in (one["title"], one["text"]):
            yield from _of_markdown(part, link=r"\]\(([^)]*)\)", entities=True)
        if "title_link" in one:
            yield from of_link(one["title_link"])


ATTACHMENT = {"fallback", "color", "title", "text", "footer"}


def of_webhook(request: web.Request, body: dict[str, Any]) -> Iterator[str]:
    """standardwebhooks.com, specification: three headers, a signature that holds, type, timestamp and data; 1 MiB."""
    Webhook(KEY).verify(json.dumps(body, ensure_ascii=False, separators=(",", ":")), dict(request.headers))
    if not re.fullmatch(r"dlv_[\w-]+", request.headers["webhook-id"]) or set(body) != {"type", "timestamp", "data"}:
        yield f"id or keys {set(body)}"
    if int(request.headers["content-length"]) > 2**20:
        yield "too large"
    for hit in body["data"].get("hits", ()):
        if len(hit["item"]["title"]) > 1_000 or len(hit["item"]["summary"]) > 1_000:
            yield "title or summary too long"


def of_apprise(_: web.Request, body: dict[str, Any]) -> Iterator[str]:
    """appriseit.com, "JSON HTTP POST Notifications": title and message, 32,768 characters."""
    if body["type"] not in {"info", "warning"} or len(body["message"]) > 32_768 or "\n" in body["title"]:
        yield "type, message or title"
    yield from (*of_text(body["title"]), *of_text(LINKS.sub("", body["message"])))


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
    "webhook": of_webhook,
    "slack webhook": of_slack_webhook,
    "slack app": of_slack_app,
    "mattermost": of_mattermost,
    "discord": of_discord,
    "discord forum": of_discord,
    "teams": of_teams,
    "google_chat": of_google_chat,
    "telegram": of_telegram,
    "matrix": of_matrix,
    "apprise": of_apprise,
}
