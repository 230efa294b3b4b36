"""The dashboard: what was found, who was told, how the feeds are."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from monitor import __version__
from monitor.core.types import DeliveryState, Hit, Item, Mention, Severity, Tier, Version
from monitor.store import alerts, deliveries, feeds, items, versions
from monitor.web.status import Status

HITS_SHOWN = 50
ALERTS_SHOWN = 20
DELIVERIES_SHOWN = 20
EXCERPT = 220
"""Characters of a text around its first mention."""

TIER_TITLES = {Tier.SPELLING: "Another transliteration of the name than the watchlist has; less sure"}
"""What the mark beside a hit means that is less sure than others."""

_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])
"""Characters that would turn the direction of what follows them."""


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


@cache
def _templates() -> Environment:
    """Return the templates; everything that is filled in is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"ago": _ago, "web": _web, "plain": _plain}
    environment.globals |= {
        "version": __version__,
        "severities": list(reversed(Severity)),
        "tier_titles": TIER_TITLES,
    }
    return environment


def overview(request: Request) -> Response:
    """Show everything at a glance; `?severity=` filters the hits (that one and higher, medium when not given)."""
    status: Status = request.app.state.status
    now = status.clock()
    asked = request.query_params.get("severity", Severity.MEDIUM.value)
    severity = Severity(asked) if asked in list(Severity) else Severity.MEDIUM
    known = feeds.list_feeds(status.db)
    states: Counter[str] = Counter()
    for (_, state), count in deliveries.counts(status.db).items():
        states[state] += count
    return _page(
        request,
        "overview.html.j2",
        now=now,
        severity=severity,
        counts=items.counts(status.db),
        today=Counter(items.severities(status.db, since_at=now - timedelta(days=1))),
        states=states,
        reports=_reports(items.list_hits(status.db, items.HitFilter(severity=severity, limit=HITS_SHOWN))),
        feeds=sorted(known, key=lambda feed: (not feed.failures, feed.name.casefold())),
        alerts=alerts.list_alerts(status.db, limit=ALERTS_SHOWN),
        deliveries=[
            *deliveries.list_deliveries(status.db, state=DeliveryState.DEAD, limit=DELIVERIES_SHOWN),
            *deliveries.list_deliveries(status.db, state=DeliveryState.PENDING, limit=DELIVERIES_SHOWN),
            *deliveries.list_deliveries(status.db, state=DeliveryState.SENT, limit=DELIVERIES_SHOWN),
        ][:DELIVERIES_SHOWN],
    )


def alert(request: Request) -> Response:
    """Show one alert: its hits with their reasons, its deliveries with their attempts."""
    status: Status = request.app.state.status
    found = alerts.find_alert(status.db, request.path_params["alert_id"])
    if found is None:
        return _page(request, "missing.html.j2", code=404, now=status.clock())
    hits = alerts.hits_of(status.db, found.id)
    edited = {hit.item.id for hit in hits if hit.item.newest_version > 1}
    return _page(
        request,
        "alert.html.j2",
        now=status.clock(),
        alert=found,
        reports=_reports(hits, {item_id: versions.history(status.db, item_id) for item_id in edited}),
        deliveries=deliveries.list_deliveries(status.db, thread=found.id, limit=500),
    )


def _page(request: Request, name: str, *, code: int = 200, **values: object) -> Response:
    """Return a template filled, with what every page shows."""
    status: Status = request.app.state.status
    return HTMLResponse(_templates().get_template(name).render(status=status, **values), code)


def _reports(hits: list[Hit], histories: Mapping[int, list[Version]] | None = None) -> list[Report]:
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
    title, excerpt = _mark(item.title, mentions, "title"), _excerpt(item.text, mentions)
    return Report(gravest[0], gravest, item, title, excerpt, history)


def _mark(text: str, mentions: list[Mention], field: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return a part of a text in pieces, its mentions marked; of mentions that overlap the first counts."""
    stop = len(text) if end is None else end
    spans, at = [], start
    for first, last in sorted({(one.start, one.end) for one in mentions if one.field == field}):
        if first >= at and last <= stop:
            spans += [Span(_plain(text[at:first]), False), Span(_plain(text[first:last]), True)]
            at = last
    return [span for span in [*spans, Span(_plain(text[at:stop]), False)] if span.text]


def _excerpt(text: str, mentions: list[Mention]) -> list[Span]:
    """Return the words around the first mention in a text."""
    places = sorted(one.start for one in mentions if one.field == "text")
    begin = max(0, places[0] - EXCERPT // 3) if places else 0
    if begin:
        begin = text.rfind(" ", 0, begin) + 1
    end = min(len(text), begin + EXCERPT)
    if end < len(text):
        end = max(text.rfind(" ", begin, end), max((one.end for one in mentions if one.start in places[:1]), default=0))
    spans = _mark(text, mentions, "text", begin, end)
    return [*([Span("… ", False)] if begin else []), *spans, *([Span(" …", False)] if end < len(text) else [])]


def _plain(text: str) -> str:
    """Return text of a feed without characters that turn the direction of writing."""
    return text.translate(_DIRECTION)


def _web(url: str) -> str:
    """Return an address that is safe to link to, else ""."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _ago(instant: datetime | None, now: datetime) -> str:
    """Return how long ago, or in how long, as people say it."""
    if instant is None:
        return "never"
    seconds = (now - instant).total_seconds()
    size, unit = next(
        ((size, unit) for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")) if abs(seconds) >= size), (1, "s")
    )
    number = int(abs(seconds) / size)
    return f"{number} {unit} ago" if seconds >= 0 else f"in {number} {unit}"
