"""The pages of the entities: which are watched and how much they are in the news, and for each one's company."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from heapq import nsmallest

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.types import Entity, EntityRef, Kind
from monitor.store import named_in
from monitor.store.look import Search, look
from monitor.web.asked import Asked
from monitor.web.charts import chart
from monitor.web.frame import page
from monitor.web.reports import reports_of
from monitor.web.status import Status

PAGE = 100
"""Entities on one page: their lines are short."""

COUNTED = timedelta(days=30)
"""How far back the hits of an entity are counted in the list."""

WEEKS = 26
"""Weeks of the chart of one entity."""

COMPANY = 500
"""Hits of one entity in whose items its company is looked for, the newest; of how many items, the page says."""

SHOWN = 12
"""Companions, feeds and publishers shown."""

HITS_SHOWN = 20
ALIASES_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Line:
    """An entity in the list; `watchlist` is "" for one that is watched no more."""

    id: str
    name: str
    kind: Kind
    watchlist: str
    hits: int


def listing(request: Request) -> Response:
    """List the entities, those most in the news first; `?text=`, `?kind=`, `?watchlist=` choose, `?page=` turns."""
    status: Status = request.app.state.status
    now, asked = status.clock(), Asked(request, ("text", "kind", "watchlist", "page"))
    kind, number = asked.choice("kind", Kind), asked.number("page") or 1
    counts = named_in.counts(status.db, since_at=now - COUNTED)
    watched = _watched(status)
    chosen = list(_chosen(watched, counts, asked, kind)) if not asked.problems else []
    last = max(1, -(-len(chosen) // PAGE))
    number = min(number, last)
    first = nsmallest(number * PAGE, chosen, key=lambda one: (-one.hits, one.name.casefold(), one.id))
    return page(
        request,
        "entities.html.j2",
        code=400 if asked.problems else 200,
        now=now,
        asked=asked,
        kinds=list(Kind),
        watchlists=status.current().titles if status.current else {},
        lines=first[(number - 1) * PAGE :],
        chosen=len(chosen),
        number=number,
        last=last,
        before=asked.address(page=str(number - 1) if number > 2 else "") if number > 1 else "",
        after=asked.address(page=str(number + 1)) if number < last else "",
        days=COUNTED.days,
    )


def one(request: Request) -> Response:
    """Show one entity: how it is written, how often it was named, with whom, by whom, and where last."""
    status: Status = request.app.state.status
    now, entity_id = status.clock(), request.path_params["entity_id"]
    entity = status.current().matcher.entities.get(entity_id) if status.current else None
    called = EntityRef(entity.id, entity.name, entity.kind) if entity else named_in.last_called(status.db, entity_id)
    if called is None:
        return page(request, "missing.html.j2", code=404, now=now, what="entity")
    begin = (now - timedelta(weeks=WEEKS)).replace(hour=0, minute=0, second=0, microsecond=0)
    naming = named_in.newest_namings(status.db, entity_id, limit=COMPANY)
    found = look(status.db, Search(entity=entity_id), limit=HITS_SHOWN)
    return page(
        request,
        "entity.html.j2",
        now=now,
        called=called,
        entity=entity,
        aliases=entity.aliases[:ALIASES_SHOWN] if entity else (),
        more_aliases=max(0, len(entity.aliases) - ALIASES_SHOWN) if entity else 0,
        chart=chart(named_in.by_day(status.db, since_at=begin, entity=entity_id), end=now.date(), bars=WEEKS, days=7),
        weeks=WEEKS,
        company=named_in.company(status.db, entity_id, naming, limit=SHOWN),
        reports=reports_of(found.hits),
        older=f"/hits?entity={entity_id}" if found.before else "",
    )


def _watched(status: Status) -> dict[str, Entity]:
    """Return the entities of the watchlists in force."""
    return dict(status.current().matcher.entities) if status.current else {}


def _chosen(watched: dict[str, Entity], counts: dict[str, int], asked: Asked, kind: Kind | None) -> Iterator[Line]:
    """Yield the entities that are asked for; also those with hits of late that are watched no more."""
    words, watchlist = asked.get("text").casefold().split(), asked.get("watchlist")
    for entity in watched.values():
        if (kind is None or entity.kind is kind) and watchlist in ("", entity.watchlist) and _says(entity, words):
            yield Line(entity.id, entity.name, entity.kind, entity.watchlist, counts.get(entity.id, 0))


def _says(entity: Entity, words: Sequence[str]) -> bool:
    """Return whether all words stand in the name, the id or an alias of an entity."""
    if not words:
        return True
    said = " ".join((entity.id, entity.name, *(alias.text for alias in entity.aliases))).casefold()
    return all(word in said for word in words)
