"""The page on which hits are looked for: by words, and by all that is known of them; the address says what is asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.search import Term, terms_of
from monitor.core.types import EntityRef, Mark, Severity, Verdict
from monitor.store import feeds
from monitor.store.database import Database
from monitor.store.hits import language
from monitor.store.look import Found, Search, look
from monitor.web.asked import Asked, row_id
from monitor.web.frame import page
from monitor.web.reports import reports_of
from monitor.web.status import Status

PAGE = 50
"""Hits on one page: some twenty reports, a screen or three."""

OFFERED = 500
"""Entities offered while one types; a longer list would be most of the page."""

NAMES = (
    "text", "since", "until", "severity", "watchlist", "rule", "entity", "feed", "lang", "mark", "verdict", "before",
)  # fmt: skip
"""What the address may hold."""

LABELS = {
    "text": "words",
    "since": "since",
    "until": "until",
    "severity": "severity from",
    "watchlist": "watchlist",
    "rule": "rule",
    "entity": "entity",
    "feed": "feed",
    "lang": "language",
    "mark": "marked",
    "verdict": "became",
}
"""How each is called before its value."""

MARKS = {"any": "any", "right": "right", "wrong": "wrong", "none": "not marked"}
WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A condition in force, in words, and the address without it."""

    label: str
    value: str
    without: str


def search(request: Request) -> Response:
    """Show the hits that the address asks for, newest first; 400 with the reason where it makes no sense."""
    status: Status = request.app.state.status
    asked = Asked(request, NAMES)
    wanted = _search(asked, status)
    found = Found([], None) if asked.problems else look(status.db, wanted, limit=PAGE)
    entities, titles = _known(status)
    return page(
        request,
        "hits.html.j2",
        code=400 if asked.problems else 200,
        now=status.clock(),
        asked=asked,
        chosen=list(_chosen(asked, status.db, entities, wanted)),
        reports=reports_of(found.hits),
        shown=len(found.hits),
        older=asked.address(before=str(found.before)) if found.before else "",
        newest=asked.address(before="") if wanted.before else "",
        titles=titles,
        entities=entities if len(entities) <= OFFERED else {},
        became=[(one, one) for one in (WAITING, *Verdict)],
        marks=MARKS,
    )


def _known(status: Status) -> tuple[Mapping[str, EntityRef], Mapping[str, str]]:
    """Return the entities that are watched and the titles of the watchlists, as far as a daemon runs."""
    if status.current is None:
        return {}, {}
    context = status.current()
    return context.entities, context.titles


def _search(asked: Asked, status: Status) -> Search:
    """Return what is looked for; what makes no sense is noted."""
    now = status.clock()
    since_at, until_at = asked.instant("since", now=now), asked.instant("until", now=now)
    if since_at and until_at and since_at >= until_at:
        asked.refuse("until", f"it is not after since, {since_at:%Y-%m-%d %H:%M} UTC")
    mark, verdict = asked.get("mark"), asked.get("verdict")
    if mark and mark not in MARKS:
        asked.refuse("mark", f"expected one of: {', '.join(MARKS)}")
    if verdict and verdict not in (WAITING, *Verdict):
        asked.refuse("verdict", f"expected one of: {', '.join((WAITING, *Verdict))}")
    return Search(
        terms=tuple(_terms(asked)),
        since_at=since_at,
        until_at=until_at,
        severity=asked.choice("severity", Severity),
        watchlist=asked.get("watchlist") or None,
        rule=asked.get("rule") or None,
        entity=asked.get("entity") or None,
        feed_id=_feed(asked, status.db),
        lang=_language(asked),
        mark=Mark(mark) if mark in list(Mark) else "any" if mark == "any" else "none" if mark == "none" else None,
        verdict=Verdict(verdict) if verdict in list(Verdict) else "waiting" if verdict == WAITING else None,
        before=asked.number("before"),
    )


def _terms(asked: Asked) -> list[Term]:
    """Return the words that are looked for."""
    try:
        terms = terms_of(asked.get("text"))
    except ValueError as error:
        asked.refuse("text", error)
        return []
    if asked.get("text") and not terms:
        asked.refuse("text", "there is no letter and no digit in it")
    return terms


def _language(asked: Asked) -> str | None:
    """Return the first subtag of the language, in lower case."""
    written = asked.get("lang")
    found = language(written)
    if written and found is None:
        asked.refuse("lang", "expected a code such as en, ur or fa")
    return found


def _feed(asked: Asked, db: Database) -> int | None:
    """Return the id of the feed, which is given by that or by its address."""
    written = asked.get("feed")
    if not written:
        return None
    number = row_id(written)
    found = feeds.feeds_by_id(db, [number]) if number else [one for one in [feeds.find_feed(db, written)] if one]
    if not found:
        asked.refuse("feed", "there is none with this number or address")
        return None
    return found[0].id


def _chosen(asked: Asked, db: Database, entities: Mapping[str, EntityRef], wanted: Search) -> Iterator[Chosen]:
    """Yield the conditions in force."""
    for name, label in LABELS.items():
        value = asked.get(name)
        if not value:
            continue
        if name == "entity" and value in entities:
            value = entities[value].name
        elif name == "feed" and wanted.feed_id is not None:
            value = "".join(feed.name or feed.url for feed in feeds.feeds_by_id(db, [wanted.feed_id]))
        elif name == "mark":
            value = MARKS.get(value, value)
        yield Chosen(label, value, asked.address(**{name: "", "before": ""}))
