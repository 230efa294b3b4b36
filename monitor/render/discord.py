"""Discord messages: one embed per report, everything a feed writes escaped, and nobody mentioned.

Source: discord.com/developers, "Webhook": Execute Webhook, and "Message": embed limits, allowed mentions object;
support.discord.com, "Markdown Text 101".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from monitor.render.markdown import Dialect
from monitor.render.sheet import Part, Sheet

CONTENT_CHARS = 2_000
"""Longest text of a message beside its embeds."""

TITLE_CHARS = 256
"""Longest title of an embed."""

DESCRIPTION_CHARS = 4_096
"""Longest text of an embed."""

FOOTER_CHARS = 2_048
"""Longest footer of an embed."""

EMBED_CHARS = 6_000
"""Titles, texts and footers of all embeds of a message together."""

EMBEDS = 10
"""Most embeds of a message."""

_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>:])")
"""Letters that may mean something in Discord's Markdown; a backslash in front takes the meaning away."""


def body(sheet: Sheet) -> Mapping[str, object]:
    """Return the message: how much there is as its text, then the reports beside a bar in the severity's colour."""
    lines = [*sheet.head, *([sheet.closing] if sheet.closing.runs else [])]
    return {
        "content": _pack(map(_MARKDOWN.line, lines), CONTENT_CHARS),
        "embeds": [_embed(part, colour=int(sheet.colour.removeprefix("#"), 16)) for part in sheet.parts],
        "allowed_mentions": {"parse": []},
    }


def fits(body: Mapping[str, Any]) -> bool:
    """Return whether Discord takes a message as a whole; each of its texts is cut already."""
    sizes = [
        len(embed["title"]) + len(embed.get("description", "")) + len(embed["footer"]["text"])
        for embed in body["embeds"]
    ]
    return len(sizes) <= EMBEDS and sum(sizes) <= EMBED_CHARS


def escape(text: str) -> str:
    """Return text that Discord shows as it stands."""
    return _ACTIVE.sub(r"\\\1", text)


_MARKDOWN = Dialect(escape, "[{text}](<{url}>)")


def _embed(part: Part, *, colour: int) -> dict[str, object]:
    """Return one part; footers are plain text."""
    description = _pack(map(_MARKDOWN.line, part.lines), DESCRIPTION_CHARS)
    return {
        "title": _clip(part.title, TITLE_CHARS, escape),
        **({"url": part.url} if part.url else {}),
        **({"description": description} if description else {}),
        "color": colour,
        "footer": {"text": _clip(part.origin, FOOTER_CHARS, str)},
    }


def _pack(lines: Iterable[str], limit: int) -> str:
    """Return as many of the lines, whole, as `limit` characters hold, with an ellipsis for the others."""
    packed = ""
    for line in lines:
        if len(packed) + len(line) + 3 > limit:
            return f"{packed}\n…".lstrip("\n")
        packed = f"{packed}\n{line}".lstrip("\n")
    return packed


def _clip(text: str, limit: int, escaped: Callable[[str], str]) -> str:
    """Return text escaped, so much of it that it is no longer than `limit` characters then."""
    if len(escaped(text)) <= limit:
        return escaped(text)
    kept = text[: limit - 1]
    while len(escaped(kept)) > limit - 1:
        kept = kept[:-1]
    return f"{escaped(kept)}…"
