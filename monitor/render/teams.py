"""Messages for Microsoft Teams: an Adaptive Card of text runs, which know no Markdown.

Source: learn.microsoft.com, "Adaptive Cards": RichTextBlock, TextRun ("Markdown is not supported"), Container;
"Create incoming webhooks with Workflows for Microsoft Teams".
"""

from collections.abc import Iterable, Mapping
from typing import Any

from monitor.core.types import Severity
from monitor.render.reports import COLOURS
from monitor.render.sheet import Line, Run, Sheet, json_bytes
from monitor.render.troubles import MENDED_COLOUR

CARD_BYTES = 20_000
"""Largest message. Teams documents 28 KB; users measured that it refuses some from 21 KB on (msteams_hermes)."""

VERSION = "1.4"
"""Newest version of cards that Teams shows on phones, too."""

_STYLES = {
    COLOURS[Severity.CRITICAL]: "attention",
    COLOURS[Severity.HIGH]: "attention",
    COLOURS[Severity.MEDIUM]: "warning",
    MENDED_COLOUR: "good",
}
"""Background of the head by colour; cards know no colours of their own."""

_Element = dict[str, object]


def body(sheet: Sheet) -> Mapping[str, object]:
    """Return the message: the head on a background of the severity, then the reports."""
    elements: list[_Element] = [
        {
            "type": "Container",
            "style": _STYLES.get(sheet.colour, "emphasis"),
            "bleed": True,
            "items": [_block(line) for line in sheet.head if line.text],
        }
    ]
    for part in sheet.parts:
        title = Line((Run(part.title, bold=True, url=part.url),))
        lines = (title, Line((Run(part.origin, italic=True),)), *part.lines)
        elements.append(
            {"type": "Container", "separator": True, "items": [_block(line) for line in lines if line.text]}
        )
    if sheet.closing.runs:
        elements.append({**_block(sheet.closing), "separator": True})
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": VERSION,
                    "fallbackText": sheet.title,
                    "msteams": {"width": "Full"},
                    "body": elements,
                },
            }
        ],
    }


def fits(body: Mapping[str, Any]) -> bool:
    """Return whether Teams takes a message."""
    return json_bytes(body) <= CARD_BYTES


def _block(line: Line) -> _Element:
    """Return a line as a block of runs."""
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": [*_runs(line)]}


def _runs(line: Line) -> Iterable[_Element]:
    """Yield the runs of a line."""
    if line.style == "item":
        yield {"type": "TextRun", "text": "• "}
    for run in line.runs:
        if run.text:
            yield {
                "type": "TextRun",
                "text": run.text,
                **({"weight": "Bolder"} if run.bold else {}),
                **({"italic": True} if run.italic or line.style == "quote" else {}),
                **({"fontType": "Monospace"} if run.code else {}),
                **({"selectAction": {"type": "Action.OpenUrl", "url": run.url}} if run.url else {}),
            }
