"""The dashboard: what was found, who was told, how the feeds are at a glance."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.coverage import coverage_of
from monitor.core.types import DeliveryState, Hit, Item, Mention, Severity, Version
from monitor.store import alerts, channels, coverage, deliveries, items
from monitor.web.feed_pages import glimpse
from monitor.web.frame import page, plain
from monitor.web.status import Status

HITS_SHOWN = 50
ALERTS_SHOWN = 20
DELIVERIES_SHOWN = 20
EXCERPT = 220
"""Characters of a text around its first mention."""


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


def overview(request: Request) -> Response:
    """Show everything at a glance; `?severity=` filters the hits (that one and higher, medium when not given)."""
    status: Status = request.app.state.status
    now = status.clock()
    asked = request.query_params.get("severity", Severity.MEDIUM.value)
    severity = Severity(asked) if asked in list(Severity) else Severity.MEDIUM
    pulses, plainly = coverage.read_pulses(status.db, now=now)
    states: Counter[str] = Counter()
    for (_, state), count in deliveries.counts(status.db).items():
        states[state] += count
    return page(
        request,
        "overview.html.j2",
        now=now,
        severity=severity,
        counts=items.counts(status.db),
        today=Counter(items.severities(status.db, since_at=now - timedelta(days=1))),
        states=states,
        reports=reports_of(items.list_hits(status.db, items.HitFilter(severity=severity, limit=HITS_SHOWN))),
        coverage=coverage_of(pulses, now=now, plain=plainly),
        feeds=glimpse(status.db, pulses, now=now),
        alerts=alerts.list_alerts(status.db, limit=ALERTS_SHOWN),
        rests={name: rest for name, rest in channels.list_rests(status.db).items() if rest.rests(now)},
        deliveries=[
            *deliveries.list_deliveries(status.db, state=DeliveryState.DEAD, limit=DELIVERIES_SHOWN),
            *deliveries.list_deliveries(status.db, state=DeliveryState.PENDING, limit=DELIVERIES_SHOWN),
            *deliveries.list_deliveries(status.db, state=DeliveryState.SENT, limit=DELIVERIES_SHOWN),
        ][:DELIVERIES_SHOWN],
    )


def reports_of(hits: list[Hit], histories: Mapping[int, list[Version]] | None = None) -> list[Report]:
    """Return hits by item, gravest hit first, items in the order of their first hit here."""
    grouped: dict[int, list[Hit]] = {}
    for hit in hits:
        grouped.setdefault(hit.item.id, []).append(hit)
    return [_report(each, (histories or {}).get(item_id, [])) for item_id, each in grouped.items()]


def _report(hits: list[Hit], history: list[Version]) -> Report:
    """Return the item of some hits; marked are the words of those made from the version that is shown."""
    gravest = sorted(hits, key=lambda hit: -hit.severity.rank)
    item = max((hit.item for hit in gravest), key=lambda item: item.version)
    mentions = [mention for hit in gravest if hit.item.version == item.version for mention in hit.mentions]
    title, excerpt = marked(item.title, mentions, "title"), _excerpt(item.text, mentions)
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


def _excerpt(text: str, mentions: list[Mention]) -> list[Span]:
    """Return the words around the first mention in a text."""
    places = sorted(one.start for one in mentions if one.field == "text")
    begin = max(0, places[0] - EXCERPT // 3) if places else 0
    if begin:
        begin = text.rfind(" ", 0, begin) + 1
    end = min(len(text), begin + EXCERPT)
    if end < len(text):
        end = max(text.rfind(" ", begin, end), max((one.end for one in mentions if one.start in places[:1]), default=0))
    spans = marked(text, mentions, "text", begin, end)
    return [*([Span("… ", False)] if begin else []), *spans, *([Span(" …", False)] if end < len(text) else [])]
