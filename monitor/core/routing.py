"""Who is told of a hit: the routing tree that Alertmanager users know, over hits instead of label sets."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from monitor.core.types import Alert, Hit, Route, RouteMatch


def routes_for(root: Route, hit: Hit, *, publishers: int) -> list[Route]:
    """Return the routes that tell of `hit`, in the order of the configuration; never empty.

    The root holds for every hit. Among a node's children the first that holds takes the hit, and its children are
    asked in turn; one with `continue` lets its later siblings look too. Where no child holds, the node itself is the
    answer. Source: Alertmanager, "Configuration", section `<route>` (prometheus.io, read November 2026).

    publishers   how many tell the hit's story on their own, at least 1
    """
    found: list[Route] = []
    for child in root.routes:
        if not holds(child.match, hit, publishers=publishers):
            continue
        found += routes_for(child, hit, publishers=publishers)
        if not child.proceed:
            break
    return found or [root]


def route_of(root: Route, alert: Alert) -> Route:
    """Return the route that made an alert; where the configuration has changed, one to its receiver, else the root."""
    routes = list(all_routes(root))
    there = [route for route in routes if route.receiver == alert.receiver]
    return next((route for route in there if route.path == alert.route), there[0] if there else root)


def all_routes(route: Route) -> Iterator[Route]:
    """Yield a route and all below it."""
    yield route
    for child in route.routes:
        yield from all_routes(child)


def holds(match: RouteMatch, hit: Hit, *, publishers: int) -> bool:
    """Return whether every condition of `match` holds for `hit`; one that is empty always does."""
    return publishers >= match.publishers and all(
        not wanted or not wanted.isdisjoint(given) for wanted, given in _conditions(match, hit)
    )


def _conditions(match: RouteMatch, hit: Hit) -> list[tuple[AbstractSet[str], AbstractSet[str]]]:
    """Return, for each key of a route's match, the values it wants and those the hit has."""
    item = hit.item
    return [
        (match.severity, {hit.severity}),
        (match.watchlist, {hit.watchlist}),
        (match.rule, {hit.rule}),
        (match.entity, {entity.id for entity in hit.entities}),
        (match.kind, {entity.kind for entity in hit.entities}),
        (match.tags, hit.tags),
        (match.tier, {hit.tier}),
        (match.feed, {item.feed_name, item.feed_url, *item.feed_tags}),
        ({lang.lower() for lang in match.lang}, _languages(item.lang)),
    ]


def _languages(lang: str | None) -> set[str]:
    """Return a language tag and its wider ranges, in lower case: "fa-AF" is "fa-af" and "fa" (RFC 4647, 3.3.1)."""
    subtags = lang.lower().split("-") if lang else []
    return {"-".join(subtags[: length + 1]) for length in range(len(subtags))}
