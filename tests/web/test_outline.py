"""The outline of the world, as far as a map shows it."""

import json

import pytest

from monitor.config.starter import starter_watchlists
from monitor.config.watchlists import load_watchlists
from monitor.web import outline
from monitor.web.outline import HEIGHT, WIDTH, WORLD, Line, View

LANDS = {"places-afghanistan": "Afghanistan", "places-pakistan": "Pakistan"}


def within(ring: Line, lat: float, lon: float) -> bool:
    """Return whether a place lies in a ring: a ray from it crosses the ring an odd number of times."""
    crossed = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            crossed = not crossed
    return crossed


def test_shipped_places_lie_in_their_country() -> None:
    file = outline.FOLDER / "countries-50m.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    arcs = [outline.decoded(arc, data["transform"]) for arc in data["arcs"]]
    rings = {
        one["properties"]["name"]: [outline.joined(shape[0], arcs) for shape in outline.shapes(one)]
        for one in data["objects"]["countries"]["geometries"]
    }
    places = [
        (one.id, one.location, LANDS[each.id])
        for each in load_watchlists(starter_watchlists()).watchlists
        for one in each.entities
        if one.location and each.id in LANDS
    ]
    assert len(places) > 20
    for name, (lat, lon), country in places:
        assert any(within(ring, lat, lon) for ring in rings[country]), f"{name} is not in {country}"


def test_a_view_holds_what_it_was_made_for_and_draws_its_middle_in_the_middle() -> None:
    places = [(34.73, 71.53), (33.9, 67.7), (55.75, 37.62)]
    view = outline.around(places)
    assert all(view.holds(*place) for place in places)
    assert view.place(view.lat, view.lon) == (WIDTH / 2, HEIGHT / 2)
    assert outline.around([]) == WORLD
    assert outline.around([(-17.0, 179.0), (40.0, -170.0)]) == WORLD


@pytest.mark.parametrize(
    "view", [WORLD, View(66.0, 180.0, 3), View(-85.0, -180.0, 6), View(34.0, 70.0, 6), View(0, -150, 6)]
)
def test_land_stays_within_the_view(view: View) -> None:
    land, borders = outline.outline(view)
    numbers = [float(number) for number in land.replace("M", " ").replace("L", " ").replace("z", " ").split()]
    assert all(-1 <= x <= WIDTH + 1 for x in numbers[::2])
    assert all(-1 <= y <= HEIGHT + 1 for y in numbers[1::2])
    assert len(land) + len(borders) < 100_000
