"""Matrix messages: plain text, and the same as HTML; nobody is mentioned.

Source: spec.matrix.org, "Client-Server API": m.room.message (formatted_body), m.mentions (present and empty: clients
look for no mention in the text), size limits (65,536 bytes an event).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from monitor.render.markup import line_html
from monitor.render.sheet import Line, Sheet, json_bytes, plain_text

CONTENT_BYTES = 48_000
"""Largest content of an event: 65,536 bytes less what the server adds, signatures and hashes among it."""

MENTIONING_HOSTS = frozenset({"matrix.to"})
"""Hosts whose links clients show as people and rooms (spec.matrix.org, "matrix.to navigation")."""


def body(sheet: Sheet) -> Mapping[str, object]:
    """Return the content of the event, but for its type and thread."""
    shown = replace(sheet, parts=tuple(replace(part, url=_link(part.url)) for part in sheet.parts))
    return {
        "body": plain_text(shown),
        "format": "org.matrix.custom.html",
        "formatted_body": "".join(map(_group, shown.lines())),
        "m.mentions": {},
    }


def fits(body: Mapping[str, Any]) -> bool:
    """Return whether a homeserver takes a message."""
    return json_bytes(body) <= CONTENT_BYTES


def _link(url: str) -> str:
    """Return a link, unless clients would make a mention of it."""
    return "" if urlsplit(url).hostname in MENTIONING_HOSTS else url


def _group(lines: Iterable[Line]) -> str:
    """Return lines that stand together, neighbours of one style as one element."""
    parts = []
    for style, same in groupby((line for line in lines if line.text), key=lambda line: line.style):
        texts = map(line_html, same)
        match style:
            case "plain":
                parts.append(f"<p>{'<br>'.join(texts)}</p>")
            case "quote":
                parts.append(f"<blockquote>{'<br>'.join(texts)}</blockquote>")
            case "item":
                parts.append(f"<ul>{''.join(f'<li>{text}</li>' for text in texts)}</ul>")
    return "".join(parts)
