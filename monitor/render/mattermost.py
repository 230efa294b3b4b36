"""Mattermost messages: one attachment for each report or feed, its Markdown escaped.

Source: developers.mattermost.com, "Message attachments", read November 2026: text and pretext ping and format, footers
do not.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from monitor.render.markdown import Dialect
from monitor.render.sheet import Line, Part, Sheet

TEXT_CHARS = 16_383
"""Longest text of a post; of more it makes several (docs.mattermost.com, "Important upgrade notes": 5.0)."""

ATTACHMENTS_CHARS = 760_000
"""Longest attachments of a post as JSON (github.com/mattermost/mattermost, model/post.go: PostPropsMaxUserRunes)."""

_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+\-.!|~])")
"""Letters that may mean something in Markdown; a backslash in front takes the meaning away."""


def body(sheet: Sheet) -> Mapping[str, object]:
    """Return the message: what it is about and where all of it is, then reports or feeds."""
    lines = [*sheet.head, *([sheet.closing] if sheet.closing.runs else [])]
    return {
        "text": "\n".join(map(_MARKDOWN.line, lines)),
        "attachments": [_attachment(part, colour=sheet.colour) for part in sheet.parts],
    }


def fits(body: Mapping[str, Any]) -> bool:
    """Return whether Mattermost takes a message as one post."""
    attachments = json.dumps(body["attachments"], ensure_ascii=False)
    return len(body["text"]) <= TEXT_CHARS and len(attachments) <= ATTACHMENTS_CHARS


def escape(text: str) -> str:
    """Return text that Mattermost shows as it stands."""
    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _ACTIVE.sub(r"\\\1", entities)


_MARKDOWN = Dialect(escape, "[{text}]({url})")


def _attachment(part: Part, *, colour: str) -> dict[str, object]:
    """Return one report or feed; where it is from stands below it, as plain text."""
    return {
        "fallback": part.title,
        "color": colour,
        "title": escape(part.title),
        **({"title_link": part.url} if part.url else {}),
        "text": _paragraphs(part.lines),
        "footer": part.origin,
    }


def _paragraphs(lines: tuple[Line, ...]) -> str:
    """Return lines in Markdown, with an empty line wherever the style changes: it ends a quotation."""
    text, style = "", None
    for line in lines:
        text += ("" if style is None else "\n" if line.style == style else "\n\n") + _MARKDOWN.line(line)
        style = line.style
    return text
