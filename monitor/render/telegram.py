"""Telegram messages: plain text, and beside it which stretches are bold, quoted or linked. So nothing is parsed.

Source: core.telegram.org/bots/api, "sendMessage", "MessageEntity" (offsets in UTF-16 code units).
"""

from collections.abc import Mapping
from typing import Any

from monitor.render.sheet import Line, Run, Sheet

TEXT_UNITS = 4_096
"""Longest text of a message, counted in UTF-16 code units as offsets are."""

ENTITIES = 100
"""Most entities of a message; further ones are ignored (core.telegram.org/api/entities)."""


def body(sheet: Sheet) -> Mapping[str, object]:
    """Return the message, without previews of what it links to."""
    written = _Writer()
    for number, group in enumerate(sheet.lines()):
        if number:
            written.add("\n\n")
        for place, line in enumerate(one for one in group if one.text):
            if place:
                written.add("\n")
            written.line(line)
    return {"text": written.text, "entities": written.entities, "link_preview_options": {"is_disabled": True}}


def fits(body: Mapping[str, Any]) -> bool:
    """Return whether Telegram takes a message and shows all its marks."""
    return _units(body["text"]) <= TEXT_UNITS and len(body["entities"]) <= ENTITIES


def _units(text: str) -> int:
    """Return how many UTF-16 code units a text has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Writer:
    """Text that grows, with the entities of what was written."""

    def __init__(self) -> None:
        self.text = ""
        self.entities: list[dict[str, object]] = []
        self._units = 0

    def add(self, text: str) -> None:
        """Write without style."""
        self.text += text
        self._units += _units(text)

    def line(self, line: Line) -> None:
        """Write a line."""
        self.add("• " if line.style == "item" else "")
        start = self._units
        for run in line.runs:
            self._run(run)
        if line.style == "quote":
            self._mark("blockquote", start)

    def _run(self, run: Run) -> None:
        start = self._units
        self.add(run.text)
        if run.url:
            self._mark("text_link", start, url=run.url)
        for type_, wanted in (("bold", run.bold), ("italic", run.italic), ("code", run.code)):
            if wanted:
                self._mark(type_, start)

    def _mark(self, type_: str, start: int, **more: str) -> None:
        if self._units > start:
            self.entities.append({"type": type_, "offset": start, "length": self._units - start, **more})
