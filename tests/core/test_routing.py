import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.routing import holds, route_of, routes_for
from monitor.core.types import EntityRef, Kind, Route, RouteMatch, Severity
from tests.render.samples import make_alert, make_hit, make_item

HIT = make_hit(
    1,
    make_item(feed_name="Dawn", feed_url="https://dawn.example/rss", feed_tags=("pakistan", "english"), lang="ps-AF"),
    severity=Severity.HIGH,
    watchlist="isk-leaders",
    rule="entity:is-k",
    tags=frozenset({"is-k", "bajaur"}),
    entities=(EntityRef("is-k", "IS-K", Kind.ORGANISATION), EntityRef("khar", "Khar", Kind.PLACE)),
)


def node(path: str, *routes: Route, proceed: bool = False, **match: object) -> Route:
    """Return a route whose receiver is named after its path."""
    wanted = RouteMatch(**match)  # type: ignore[arg-type] # the values are those of the fields
    return Route(path=path, receiver=f"r{path}", match=wanted, proceed=proceed, routes=routes)


def paths(root: Route, *, publishers: int = 1) -> list[str]:
    return [route.path for route in routes_for(root, HIT, publishers=publishers)]


HIGH = frozenset({Severity.HIGH})
LOW = frozenset({Severity.LOW})


def test_a_hit_that_no_child_takes_stays_at_the_root() -> None:
    assert paths(node("")) == [""]
    assert paths(node("", node("0", severity=LOW))) == [""]


def test_the_root_takes_every_hit_whatever_its_match_says() -> None:
    assert paths(node("", severity=LOW)) == [""]


def test_the_first_child_that_holds_takes_the_hit_alone() -> None:
    assert paths(node("", node("0", severity=LOW), node("1", severity=HIGH), node("2"))) == ["1"]


def test_continue_lets_later_siblings_look_too() -> None:
    root = node("", node("0", proceed=True), node("1", severity=LOW), node("2", severity=HIGH), node("3"))
    assert paths(root) == ["0", "2"]


def test_continue_at_the_last_that_holds_does_not_bring_the_parent_back() -> None:
    assert paths(node("", node("0", proceed=True), node("1", severity=LOW))) == ["0"]


def test_the_deepest_match_tells_of_the_hit() -> None:
    root = node("", node("0", node("0.0", severity=LOW), node("0.1", node("0.1.0"))), node("1"))
    assert paths(root) == ["0.1.0"]


def test_continue_of_a_grandchild_reaches_its_siblings_only() -> None:
    root = node("", node("0", node("0.0", proceed=True), node("0.1")), node("1"))
    assert paths(root) == ["0.0", "0.1"]


@pytest.mark.parametrize(
    "match",
    [
        RouteMatch(),
        RouteMatch(severity=frozenset({Severity.HIGH, Severity.LOW})),
        RouteMatch(watchlist=frozenset({"isk-leaders"})),
        RouteMatch(rule=frozenset({"entity:is-k"})),
        RouteMatch(entity=frozenset({"khar"})),
        RouteMatch(kind=frozenset({"place"})),
        RouteMatch(tags=frozenset({"bajaur", "kabul"})),
        RouteMatch(feed=frozenset({"Dawn"})),
        RouteMatch(feed=frozenset({"https://dawn.example/rss"})),
        RouteMatch(feed=frozenset({"pakistan"})),
        RouteMatch(lang=frozenset({"ps"})),
        RouteMatch(lang=frozenset({"ps-af"})),
        RouteMatch(publishers=2),
        RouteMatch(severity=HIGH, tags=frozenset({"bajaur"}), publishers=1),
    ],
)
def test_a_condition_holds_when_any_of_its_values_is_the_hits(match: RouteMatch) -> None:
    assert holds(match, HIT, publishers=2)


@pytest.mark.parametrize(
    "match",
    [
        RouteMatch(severity=LOW),
        RouteMatch(watchlist=frozenset({"jui-f"})),
        RouteMatch(rule=frozenset({"is-k"})),
        RouteMatch(entity=frozenset({"bajaur"})),
        RouteMatch(kind=frozenset({"person"})),
        RouteMatch(tags=frozenset({"pakistan"})),
        RouteMatch(feed=frozenset({"dawn", "bajaur"})),
        RouteMatch(lang=frozenset({"p", "ps-PK", "fa"})),
        RouteMatch(publishers=3),
        RouteMatch(severity=HIGH, tags=frozenset({"kabul"})),
    ],
)
def test_a_condition_fails_when_none_of_its_values_is_the_hits(match: RouteMatch) -> None:
    assert not holds(match, HIT, publishers=2)


def test_an_item_of_unknown_language_matches_no_language() -> None:
    hit = make_hit(1, make_item(lang=None))
    assert not holds(RouteMatch(lang=frozenset({"en"})), hit, publishers=1)


def trees(depth: int) -> st.SearchStrategy[Route]:
    """Return trees of routes that hold or not, continue or not; the paths come from `number`."""
    children = st.just(()) if depth == 0 else st.lists(trees(depth - 1), max_size=3).map(tuple)
    return st.builds(
        lambda wanted, proceed, routes: Route(
            "", "r", match=RouteMatch(severity=wanted), proceed=proceed, routes=routes
        ),
        st.sampled_from([frozenset(), HIGH, LOW]),
        st.booleans(),
        children,
    )


@settings(deadline=None)
@given(root=trees(3), publishers=st.integers(1, 5))
def test_every_hit_is_told_by_nodes_that_hold_and_have_no_child_that_does(root: Route, publishers: int) -> None:
    found = routes_for(root, HIT, publishers=publishers)
    assert found
    for route in found:
        assert route is root or holds(route.match, HIT, publishers=publishers)
        assert not any(holds(child.match, HIT, publishers=publishers) for child in route.routes)


def test_the_route_of_an_alert_is_the_one_that_made_it_or_what_came_in_its_place() -> None:
    root = node("", node("0", node("0.0")), node("1"))
    assert route_of(root, make_alert(route="0.0", receiver="r0.0")).path == "0.0"
    assert route_of(root, make_alert(route="1", receiver="r0.0")).path == "0.0"
    assert route_of(root, make_alert(route="1", receiver="gone")).path == ""
