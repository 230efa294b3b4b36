"""The outline of the world as far as a map shows it: land to be filled, borders to be drawn.

The data is Natural Earth's at two scales (geo/README.md), in TopoJSON: lines that are shared by two shapes stand there
once, each as steps from point to point. Source: TopoJSON Format Specification 1.0, "Arcs" and "Transforms".
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "geo"
"""Where the data is."""

WIDTH, HEIGHT = 1_000, 560
"""Of the drawing, in its own units."""

MOST_ZOOM = 6
"""Nearest view, some six degrees wide: the finer outline has a point every few kilometres."""

FINE_ZOOM = 3
"""From this zoom on the finer outline is drawn; a wider view would be hundreds of kilobytes of it."""

HALF = 180.0
"""Degrees of half the way around: a step that is longer crosses the date line."""

NAME_WIDTH = 9.0
"""Width of a letter of a country's name, in units of the drawing."""

STEEPEST = math.radians(70)
"""Latitude beyond which a view is no longer stretched: at the poles that would have no end."""

Point = tuple[float, float]
Line = Sequence[Point]


@dataclass(frozen=True, slots=True)
class View:
    """A part of the world: its middle in degrees north and east, and how near it is; each zoom halves the width."""

    lat: float
    lon: float
    zoom: int

    @property
    def across(self) -> float:
        """Return its width in degrees."""
        return float(360 / 2**self.zoom)

    @property
    def down(self) -> float:
        """Return its height in degrees; a degree is drawn as wide as it is on the globe in the middle of the view."""
        return self.across * HEIGHT / WIDTH * math.cos(min(abs(math.radians(self.lat)), STEEPEST))

    def place(self, lat: float, lon: float) -> Point:
        """Return where a place is drawn."""
        return (
            WIDTH / 2 + (lon - self.lon) / self.across * WIDTH,
            HEIGHT / 2 - (lat - self.lat) / self.down * HEIGHT,
        )

    def holds(self, lat: float, lon: float) -> bool:
        """Return whether a place is in sight."""
        x, y = self.place(lat, lon)
        return 0 <= x <= WIDTH and 0 <= y <= HEIGHT


WORLD = View(20.0, 10.0, 0)


def around(places: Sequence[Point]) -> View:
    """Return the nearest view that holds all places, (lat, lon), with room at its edges; the world for none."""
    if not places:
        return WORLD
    lats, lons = [lat for lat, _ in places], [lon for _, lon in places]
    lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    for zoom in range(MOST_ZOOM - 1, 0, -1):  # the very nearest is for those who ask
        view = View(round(lat, 2), round(lon, 2), zoom)
        if max(lons) - min(lons) <= 0.8 * view.across and max(lats) - min(lats) <= 0.8 * view.down:
            return view
    return WORLD


@dataclass(frozen=True, slots=True)
class Country:
    """The name of a country, where it is written, in degrees north and east, and about how wide the country is."""

    name: str
    lat: float
    lon: float
    across: float


def countries(view: View) -> list[tuple[str, float, float]]:
    """Return the names of the countries in sight that have room for theirs, with where it is drawn."""
    _, _, known = _world("110m")
    return [
        (one.name, *view.place(one.lat, one.lon))
        for one in known
        if view.holds(one.lat, one.lon) and one.across / view.across * WIDTH > NAME_WIDTH * len(one.name)
    ]


@lru_cache(maxsize=32)
def outline(view: View) -> tuple[str, str]:
    """Return land and borders of a view as data of SVG paths."""
    land, borders, _ = _world("50m" if view.zoom >= FINE_ZOOM else "110m")
    top, left = view.lat + view.down / 2, view.lon - view.across / 2
    box = (left, top - view.down, left + view.across, top)
    rings = (_clipped(ring, box) for ring in land if _meets(ring, box))
    lines = (line for line in borders if _meets(line, box))
    return (
        "".join(f"{_path(ring, view)}z" for ring in rings if len(ring) > 2),
        "".join(_path(line, view) for line in lines),
    )


@cache
def _world(scale: str) -> tuple[list[Line], list[Line], list[Country]]:
    """Return the rings of land, the borders between countries, points as (lon, lat), and the countries."""
    file = FOLDER / f"countries-{scale}.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    arcs = [decoded(arc, data["transform"]) for arc in data["arcs"]]
    rings = [joined(ring, arcs) for shape in shapes(data["objects"]["land"]) for ring in shape]
    land = [one for ring in rings for one in _whole(ring)]
    uses = _uses(data["objects"]["countries"]["geometries"])
    known = [_country(one, arcs) for one in data["objects"]["countries"]["geometries"]]
    return land, [arcs[arc] for arc, count in uses.items() if count > 1], known


def _country(geometry: Any, arcs: Sequence[Line]) -> Country:  # noqa: ANN401 - JSON
    """Return what is written of a country: in the middle of most points of its longest shore, wherever it ends."""
    shore = max((joined(shape[0], arcs) for shape in shapes(geometry)), key=len)
    lons, lats = sorted(x for x, _ in shore), sorted(y for _, y in shore)
    quarter = len(shore) // 4
    across = 2 * (lons[-1 - quarter] - lons[quarter])
    return Country(str(geometry["properties"]["name"]), lats[2 * quarter], lons[2 * quarter], across)


def _uses(countries: Iterable[Any]) -> Counter[int]:
    """Return in how many countries each line stands."""
    uses: Counter[int] = Counter()
    for country in countries:
        uses.update({arc if arc >= 0 else ~arc for shape in shapes(country) for ring in shape for arc in ring})
    return uses


def shapes(geometry: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON
    """Yield the polygons of a geometry, each as rings of numbers of lines."""
    if geometry["type"] == "GeometryCollection":
        for one in geometry["geometries"]:
            yield from shapes(one)
    elif geometry["type"] == "MultiPolygon":
        yield from geometry["arcs"]
    elif geometry["type"] == "Polygon":
        yield geometry["arcs"]


def decoded(arc: Sequence[Sequence[int]], transform: Any) -> Line:  # noqa: ANN401 - JSON
    """Return a line in degrees."""
    (wide, high), (left, low) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * wide + left, y * high + low))
    return points


def joined(ring: Sequence[int], arcs: Sequence[Line]) -> Line:
    """Return a ring of lines; a negative number is that line backwards, and where lines meet a point stands once."""
    points: list[Point] = []
    for number in ring:
        line = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += line[1:] if points else line
    return points


def _whole(ring: Line) -> Iterator[Line]:
    """Yield a ring; one that crosses the date line in one piece on both sides of the map.

    One that goes around a pole stays as it is, with its edge along the side of the map.
    """
    turns, points = 0, []
    for (lon, lat), (before, _) in zip(ring, [ring[0], *ring], strict=False):
        turns += (before - lon > HALF) - (lon - before > HALF)
        points.append((lon + 2 * HALF * turns, lat))
    crosses = any(abs(lon) > HALF for lon, _ in points)
    if turns or not crosses:
        yield ring
        return
    yield points
    aside = -2 * HALF if max(lon for lon, _ in points) > HALF else 2 * HALF
    yield [(lon + aside, lat) for lon, lat in points]


def _meets(line: Line, box: tuple[float, float, float, float]) -> bool:
    """Return whether any of a line may be in a box."""
    left, low, right, top = box
    xs, ys = [x for x, _ in line], [y for _, y in line]
    return max(xs) >= left and min(xs) <= right and max(ys) >= low and min(ys) <= top


def _clipped(ring: Line, box: tuple[float, float, float, float]) -> Line:
    """Return the part of a ring in a box. Source: Sutherland and Hodgman, "Reentrant polygon clipping", 1974."""
    left, low, right, top = box
    sides: list[tuple[Callable[[Point], bool], int, float]] = [
        (lambda point: point[0] >= left, 0, left),
        (lambda point: point[0] <= right, 0, right),
        (lambda point: point[1] >= low, 1, low),
        (lambda point: point[1] <= top, 1, top),
    ]
    for inside, axis, edge in sides:
        ring = list(_cut(ring, inside, axis, edge))
    return ring


def _cut(ring: Line, inside: Callable[[Point], bool], axis: int, edge: float) -> Iterator[Point]:
    """Yield the part of a ring on one side of an edge."""
    if not ring:
        return
    before = ring[-1]
    for point in ring:
        if inside(point) != inside(before):
            share = (edge - before[axis]) / (point[axis] - before[axis])
            other = before[1 - axis] + share * (point[1 - axis] - before[1 - axis])
            yield (edge, other) if axis == 0 else (other, edge)
        if inside(point):
            yield point
        before = point


def _path(line: Line, view: View) -> str:
    """Return a line as data of an SVG path; points that fall on the one before are left out."""
    parts: list[str] = []
    for lon, lat in line:
        x, y = view.place(lat, lon)
        part = f"{x:.0f} {y:.0f}" if view.zoom < FINE_ZOOM else f"{x:.1f} {y:.1f}"
        if not parts or part != parts[-1]:
            parts.append(part)
    return f"M{'L'.join(parts)}"
