"""Google Chat messages: a card of paragraphs in a few tags of HTML.

Source: developers.google.com/workspace/chat, "Format messages": card messages (<b>, <i>, <a>, <br>, <code> is not
among them); "spaces.messages.create" (32,000 bytes, text and cards).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from monitor.render.markup import lines_html
from monitor.render.sheet import Line, Run, Sheet, json_bytes

MESSAGE_BYTES = 32_000
"""Largest message."""


def body(sheet: Sheet) -> Mapping[str, object]:
    """Return the message: head, reports and closing as sections of one card; what phones show first as fallback."""
    sections = [_section(*group) for group in sheet.lines()]
    return {
        "fallbackText": sheet.title,
        "cardsV2": [{"cardId": "notice", "card": {"sections": sections}}],
    }


def fits(body: Mapping[str, Any]) -> bool:
    """Return whether Google Chat takes a message, with room for the name of its thread."""
    return json_bytes(body) <= MESSAGE_BYTES - 200


def _section(*lines: Line) -> dict[str, object]:
    """Return lines as one paragraph; text without markup stands for code."""
    plain = (replace(line, runs=tuple(_without_code(run) for run in line.runs)) for line in lines)
    return {"widgets": [{"textParagraph": {"text": lines_html(plain)}}]}


def _without_code(run: Run) -> Run:
    return replace(run, code=False)
