"""Discord messages: one embed per report, everything a feed writes escaped, and nobody mentioned.

Source: discord.com/developers, "Webhook": Execute Webhook, and "Message": embed limits, allowed mentions object;
support.discord.com, "Markdown Text 101".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from monitor.render.sheet import Line, Part, Run, Sheet

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

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>:])")
"""Letters that may mean something in Discord's Markdown; a backslash in front takes the meaning away."""


def body(sheet: Sheet) -> Mapping[str, object]:
    """Return the message: how much there is as its text, then the reports beside a bar in the severity's colour."""
    head = _pack([*map(_line, sheet.head), *([_line(sheet.closing)] if sheet.closing.runs else [])], CONTENT_CHARS)
    return {
        "content": head,
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
    return _MARKDOWN.sub(r"\\\1", text)


def _embed(part: Part, *, colour: int) -> dict[str, object]:
    """Return one part; footers are plain text."""
    description = _pack(map(_line, part.lines), DESCRIPTION_CHARS)
    return {
        "title": _clip(part.title, TITLE_CHARS, escape),
        **({"url": part.url} if part.url else {}),
        **({"description": description} if description else {}),
        "color": colour,
        "footer": {"text": _clip(part.origin, FOOTER_CHARS, str)},
    }


def _line(line: Line) -> str:
    """Return a line in Markdown."""
    return {"plain": "", "quote": "> ", "item": "- "}[line.style] + "".join(map(_run, line.runs))


def _run(run: Run) -> str:
    """Return a run in Markdown; spaces stand outside of its marks, where the marks would have no effect beside them."""
    if not run.text.strip():
        return run.text
    text = escape(run.text.strip())
    if run.code:
        text = f"`{run.text.strip().replace('`', chr(0x2019))}`"  # no escapes in code, so there must be no end of it
    for mark, wanted in (("_", run.italic), ("**", run.bold)):
        text = f"{mark}{text}{mark}" if wanted else text
    if run.url:
        text = f"[{text}](<{run.url}>)"
    lead, tail = run.text[: -len(run.text.lstrip())], run.text[len(run.text.rstrip()) :]
    return f"{lead}{text}{tail}"


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
