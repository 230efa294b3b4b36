"""Items with their hits as pages show them: one row for each item, the words that made the hits marked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.core.types import Hit, Item, Mention, Version
from monitor.web.frame import plain

EXCERPT = 220
"""Characters of a text around its first mention."""

TITLE = 300
"""Characters of a title; the few that are longer are texts without one."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text, marked when it is a mention."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Report:
    """An item with all its hits, as one row, in the newest version that they were made from.

    hit       the gravest
    item      in that version
    history   what the item said in turn, where that is shown
    """

    hit: Hit
    hits: list[Hit]
    item: Item
    title: list[Span]
    excerpt: list[Span]
    history: list[Version]


def reports_of(hits: Iterable[Hit], histories: Mapping[int, list[Version]] | None = None) -> list[Report]:
    """Return hits by item, gravest hit first, items in the order of their first hit here."""
    grouped: dict[int, list[Hit]] = {}
    for hit in hits:
        grouped.setdefault(hit.item.id, []).append(hit)
    return [_report(each, (histories or {}).get(item_id, [])) for item_id, each in grouped.items()]


def _report(hits: Sequence[Hit], history: list[Version]) -> Report:
    """Return the item of some hits; marked are the words of those made from the version that is shown."""
    gravest = sorted(hits, key=lambda hit: -hit.severity.rank)
    item = max((hit.item for hit in gravest), key=lambda item: item.version)
    mentions = [mention for hit in gravest if hit.item.version == item.version for mention in hit.mentions]
    title, excerpt = _title(item.title, mentions), _excerpt(item.text, mentions)
    return Report(gravest[0], gravest, item, title, excerpt, history)


def marked(text: str, mentions: Sequence[Mention], field: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return a part of a text in pieces, its mentions marked; of mentions that overlap the first counts."""
    stop = len(text) if end is None else end
    spans, at = [], start
    for first, last in sorted({(one.start, one.end) for one in mentions if one.field == field}):
        if first >= at and last <= stop:
            spans += [Span(plain(text[at:first]), False), Span(plain(text[first:last]), True)]
            at = last
    return [span for span in [*spans, Span(plain(text[at:stop]), False)] if span.text]


def _title(title: str, mentions: list[Mention]) -> list[Span]:
    """Return a title, cut where it is longer than any headline."""
    if len(title) <= TITLE:
        return marked(title, mentions, "title")
    return [*marked(title, mentions, "title", 0, TITLE), Span("…", False)]


def _excerpt(text: str, mentions: list[Mention]) -> list[Span]:
    """Return the words around the first mention in a text."""
    places = sorted(one.start for one in mentions if one.field == "text")
    begin = max(0, places[0] - EXCERPT // 3) if places else 0
    if begin:  # with the whole of its first word, unless that is endless
        begin = text.rfind(" ", max(0, begin - EXCERPT // 3), begin) + 1 or begin
    end = min(len(text), begin + EXCERPT)
    if end < len(text):
        space, last = (
            text.rfind(" ", begin, end),
            max((one.end for one in mentions if one.start in places[:1]), default=0),
        )
        end = max(space if space > begin else end, last)
    spans = marked(text, mentions, "text", begin, end)
    return [*([Span("… ", False)] if begin else []), *spans, *([Span(" …", False)] if end < len(text) else [])]
