"""The map of the places that are watched: how often each was in the news of late, and where it is."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.types import Entity, Kind
from monitor.store import named_in
from monitor.web import outline
from monitor.web.asked import Asked
from monitor.web.frame import page
from monitor.web.outline import HEIGHT, MOST_ZOOM, WIDTH, WORLD, View
from monitor.web.status import Status

DAYS = ("1", "7", "30", "90", "365")
"""Spans that one may look back."""

DEFAULT_DAYS = "30"

DRAWN = 400
"""Places drawn, those most in the news; a map with more shows none of them."""

LISTED = 200

LABELLED = 24
"""Names written, as far as they find room."""

SMALLEST, LARGEST = 4.0, 20.0
"""Radius of a place with no hit and of that with most, in units of the drawing; the area grows with the hits."""

CHARACTER, LINE = 9.0, 18.0
"""Width and height of a letter on the map, about."""

COUNTRY_CHARACTER = 10.5
"""Width of a letter of a country's name, which are apart."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the map: where and how large it is drawn, and whether its name is written there."""

    entity: Entity
    hits: int
    x: float
    y: float
    radius: float
    label: bool


def show(request: Request) -> Response:
    """Show the places; `?days=` says how far back hits count, `?lat=`, `?lon=`, `?zoom=` what part of the world."""
    status: Status = request.app.state.status
    now, asked = status.clock(), Asked(request, ("days", "lat", "lon", "zoom"))
    days = asked.get("days") or DEFAULT_DAYS
    if days not in DAYS:
        asked.refuse("days", f"expected one of: {', '.join(DAYS)}")
        days = DEFAULT_DAYS
    watched = list(status.current().matcher.entities.values()) if status.current else []
    counts = named_in.counts(status.db, since_at=now - timedelta(days=int(days)))
    located = sorted((one for one in watched if one.location), key=lambda one: (-counts.get(one.id, 0), one.name))
    view = _view(asked) or outline.around([one.location for one in located if one.location and counts.get(one.id)])
    land, borders = outline.outline(view)
    spots = _spots(located, counts, view)
    named = [one for one in outline.countries(view) if one[0] not in {spot.entity.name for spot in spots}]
    return page(
        request,
        "map.html.j2",
        code=400 if asked.problems else 200,
        now=now,
        asked=asked,
        days=days,
        spans=DAYS,
        size=(WIDTH, HEIGHT),
        land=land,
        borders=borders,
        countries=list(
            _apart(named, [_label(spot.x, spot.y, spot.radius, spot.entity.name) for spot in spots if spot.label])
        ),
        spots=spots,
        listed=[(one, counts.get(one.id, 0)) for one in located[:LISTED]],
        unlisted=max(0, len(located) - LISTED),
        homeless=[one for one in watched if one.kind is Kind.PLACE and not one.location][:LISTED],
        moves=_moves(asked, view),
    )


def _view(asked: Asked) -> View | None:
    """Return the part of the world that is asked for; None when none is."""
    if not any(asked.get(name) for name in ("lat", "lon", "zoom")):
        return None
    lat = _degrees(asked, "lat", WORLD.lat, 85)
    lon = _degrees(asked, "lon", WORLD.lon, 180)
    zoom = asked.get("zoom") or "0"
    if not (zoom.isascii() and zoom.isdigit() and len(zoom) == 1 and int(zoom) <= MOST_ZOOM):
        asked.refuse("zoom", f"expected a number from 0 to {MOST_ZOOM}")
        zoom = "0"
    return View(lat, lon, int(zoom))


def _degrees(asked: Asked, name: str, default: float, most: int) -> float:
    """Return an angle of the address."""
    try:
        found = float(asked.get(name) or default)
    except ValueError:
        found = math.nan
    if not abs(found) <= most:
        asked.refuse(name, f"expected degrees from -{most} to {most}")
        return default
    return round(found, 2)


def _moves(asked: Asked, view: View) -> list[tuple[str, str]]:
    """Return where one may look from here: (name, address)."""
    step, most = view.across / 3, 180.0
    there = {
        "Nearer": View(view.lat, view.lon, view.zoom + 1),
        "Wider": View(view.lat, view.lon, view.zoom - 1),
        "West": View(view.lat, max(-most, view.lon - step), view.zoom),
        "East": View(view.lat, min(most, view.lon + step), view.zoom),
        "North": View(min(85.0, view.lat + view.down / 3), view.lon, view.zoom),
        "South": View(max(-85.0, view.lat - view.down / 3), view.lon, view.zoom),
    }
    moves = [
        (name, asked.address(lat=f"{one.lat:.2f}", lon=f"{one.lon:.2f}", zoom=str(one.zoom)))
        for name, one in there.items()
        if 0 <= one.zoom <= MOST_ZOOM and one != view
    ]
    world = asked.address(lat=str(WORLD.lat), lon=str(WORLD.lon), zoom="0")
    return [*moves, ("Whole world", world), ("All in the news", asked.address(lat="", lon="", zoom=""))]


def _spots(located: Sequence[Entity], counts: dict[str, int], view: View) -> list[Spot]:
    """Return the places in sight, the largest first, so that small ones lie on top; names where they find room."""
    seen = [one for one in located if one.location and view.holds(*one.location)][:DRAWN]
    most = max((counts.get(one.id, 0) for one in seen), default=0) or 1
    spots, taken = list[Spot](), list[Box]()
    for entity in seen:
        assert entity.location is not None
        hits = counts.get(entity.id, 0)
        radius = SMALLEST + (LARGEST - SMALLEST) * math.sqrt(hits / most) if hits else SMALLEST
        x, y = view.place(*entity.location)
        box = _label(x, y, radius, entity.name)
        label = len(taken) < LABELLED and box[2] < WIDTH and not any(_overlap(box, other) for other in taken)
        if label:
            taken.append(box)
        spots.append(Spot(entity, hits, round(x, 1), round(y, 1), round(radius, 1), label))
    return spots


def _label(x: float, y: float, radius: float, name: str) -> Box:
    """Return the room that a place takes with its name."""
    return x - radius, y - LINE / 2, x + radius + 4 + CHARACTER * len(name), y + LINE / 2


def _apart(named: Sequence[tuple[str, float, float]], taken: list[Box]) -> Iterator[tuple[str, float, float]]:
    """Yield the names of countries, with where they are, that find room beside others and what is taken."""
    for name, x, y in named:
        half = COUNTRY_CHARACTER * len(name) / 2
        box = (x - half, y - LINE, x + half, y)
        if not any(_overlap(box, other) for other in taken):
            taken.append(box)
            yield name, x, y


def _overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes have anything in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
