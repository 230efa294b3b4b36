"""Slack messages in rich text blocks, whose texts are taken literally: nothing a feed writes formats, links or pings.

Source: docs.slack.dev, "Rich text block" and "Reference: Secondary message attachments" (the colour bar), read November
2026.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from monitor.render.sheet import Line, Part, Run, Sheet

BLOCKS_CHARS = 12_000
"""Longest blocks of a message as JSON. Slack refuses what is too long with msg_blocks_too_long ("chat.postMessage":
errors) and does not say from where on; users measured 13,172 and 13,297 (github.com/slackapi/bolt-js, issue 2509)."""

TEXT_CHARS = 3_000
"""Longest text of an element (docs.slack.dev, "Text object")."""

_Element = dict[str, object]


def body(sheet: Sheet) -> Mapping[str, object]:
    """Return the message: what it is about, then reports or feeds beside a bar in the severity's colour.

    Clients that show no blocks, and notifications, have the one line of `text`.
    """
    blocks = [_rich_text(_lines_of(part)) for part in sheet.parts]
    if sheet.closing.runs:
        blocks.append(_rich_text([sheet.closing]))
    return {
        "text": escape(sheet.title),
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [_rich_text(sheet.head)],
        **({"attachments": [{"color": sheet.colour, "blocks": blocks}]} if blocks else {}),
    }


def fits(body: Mapping[str, Any]) -> bool:
    """Return whether Slack takes a message; of blocks it takes fifty, far more than we send."""
    blocks = [*body["blocks"], *(block for one in body.get("attachments", ()) for block in one["blocks"])]
    return len(json.dumps(blocks, ensure_ascii=False)) <= BLOCKS_CHARS and _longest(blocks) <= TEXT_CHARS


def _longest(value: object) -> int:
    """Return the length of the longest text in blocks."""
    if isinstance(value, dict | list):
        return max(map(_longest, value.values() if isinstance(value, dict) else value), default=0)
    return len(value) if isinstance(value, str) else 0


def escape(text: str) -> str:
    """Return text for a field that Slack reads as markup (docs.slack.dev, "Formatting text": escaping)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _lines_of(part: Part) -> Iterable[Line]:
    """Yield the linked title, where the part is from, and what is said."""
    yield Line((Run(part.title, bold=True, url=part.url),))
    yield Line((Run(part.origin),))
    yield from part.lines


def _rich_text(lines: Iterable[Line]) -> _Element:
    """Return lines as one block, neighbours of one style as one element."""
    elements: list[_Element] = []
    for style, same in groupby((line for line in lines if line.text), key=lambda line: line.style):
        match style:
            case "plain":
                elements.append({"type": "rich_text_section", "elements": _below_each_other(same)})
            case "quote":
                elements.append({"type": "rich_text_quote", "elements": _below_each_other(same)})
            case "item":
                items = [{"type": "rich_text_section", "elements": _below_each_other([line])} for line in same]
                elements.append({"type": "rich_text_list", "style": "bullet", "elements": items})
    return {"type": "rich_text", "elements": elements}


def _below_each_other(lines: Iterable[Line]) -> list[_Element]:
    """Return the runs of lines with a line break between two lines; Slack refuses empty texts."""
    runs: list[Run] = []
    for line in lines:
        for run in (*([Run("\n")] if runs else []), *line.runs):
            if runs and not run.url and replace(runs[-1], text=run.text) == run:
                runs[-1] = replace(run, text=runs[-1].text + run.text)
            else:
                runs.append(run)
    return [_element(run) for run in runs if run.text]


def _element(run: Run) -> _Element:
    """Return a run."""
    style = {name: True for name in ("bold", "italic", "code") if getattr(run, name)}
    kind = {"type": "link", "url": run.url} if run.url else {"type": "text"}
    return {**kind, "text": run.text, **({"style": style} if style else {})}
