"""Names that routes, silences and rules ask for and nothing has: the hit would take another way, or never come."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.config.problems import nearest
from monitor.config.settings import Settings
from monitor.config.source import Path_
from monitor.config.watchlists import LoadedWatchlists
from monitor.core.rules import parse, references
from monitor.core.types import Feed, FeedSpec, Route, RouteMatch, Watchlist
from monitor.errors import Problem

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
"""Language, then script, region and the like. Source: RFC 5646, section 2.1; longer languages are reserved there."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What a route's `match` may name, by key; `whole` is False where a feed goes by its own title."""

    names: Mapping[str, Collection[str]]
    whole: bool


def unmet_names(
    settings: Settings, lists: LoadedWatchlists, feeds: Iterable[FeedSpec | Feed] | None = None
) -> tuple[str, ...]:
    """Return a warning for each name that nothing has, with its place: those of routes first, then `feed:` in rules.

    feeds   those that are polled, where they are known; else those of the configuration
    """
    polled = tuple(settings.feeds if feeds is None else feeds)
    found = [*_in_routes(settings, _known(lists, polled)), *_in_expressions(lists, polled)]
    return tuple(map(str, found))


def asks_for_feeds(settings: Settings, lists: LoadedWatchlists) -> bool:
    """Return whether anything names a feed: only then `unmet_names` needs to know which are polled."""
    expressions = (text for one in lists.watchlists for _, text in _expressions(one))
    return any(match.feed for _, match in _matches(settings)) or any("feed:" in one.casefold() for one in expressions)


def _known(lists: LoadedWatchlists, polled: Sequence[FeedSpec | Feed]) -> _Known:
    """Return what routes may name. A hit has the tags of its rule or entity; an entity by itself is `entity:<id>`."""
    entities = [entity for one in lists.watchlists for entity in one.entities]
    rules = [rule for one in lists.watchlists for rule in one.rules]
    tags = {tag for one in lists.watchlists for tag in one.tags}
    tags.update(*(one.tags for one in entities), *(one.tags for one in rules))
    named = {one.name for one in polled} | {one.url for one in polled} | {tag for one in polled for tag in one.tags}
    names: dict[str, Collection[str]] = {
        "watchlist": [one.id for one in lists.watchlists],
        "rule": {rule.id for rule in rules} | {f"entity:{entity.id}" for entity in entities},
        "entity": {entity.id for entity in entities},
        "tags": tags,
        "feed": named - {""},
    }
    return _Known(names, whole=all(one.name for one in polled))


def _in_routes(settings: Settings, known: _Known) -> Iterator[Problem]:
    """Yield what routes, inhibitions and silences ask for in vain."""
    for path, match in _matches(settings):
        for key, message in _unmet(match, known):
            yield settings.source.problem((*path, key), message)


def _matches(settings: Settings) -> Iterator[tuple[Path_, RouteMatch]]:
    """Yield all conditions on hits, and where they stand."""
    for path, route in _walk(settings.route, ("route",)):
        yield (*path, "match"), route.match
    for number, inhibition in enumerate(settings.inhibit):
        yield ("inhibit", number, "source"), inhibition.source
        yield ("inhibit", number, "target"), inhibition.target
    for number, silence in enumerate(settings.silences):
        yield ("silences", number, "match"), silence.match


def _walk(route: Route, path: Path_) -> Iterator[tuple[Path_, Route]]:
    """Yield every route and where it stands."""
    yield path, route
    for number, child in enumerate(route.routes):
        yield from _walk(child, (*path, "routes", number))


def _unmet(match: RouteMatch, known: _Known) -> Iterator[tuple[str, str]]:
    """Yield (key, message) for what one route asks for in vain."""
    for key, names in known.names.items():
        for name in sorted(getattr(match, key) - set(names)):
            near = nearest(name, names)
            if key == "feed" and not known.whole and not near:
                continue  # it may be the title of a feed that was given no name
            yield key, _no("tag" if key == "tags" else key, name, near)
    for code in sorted(match.lang):
        if not _LANGUAGE.fullmatch(code):
            yield "lang", f"{code!r} is no language code; expected such as ur, fa or fa-AF"


def _no(what: str, name: str, near: Sequence[str]) -> str:
    """Return what to say of a name that nothing has."""
    return f"no {what} {name!r}; " + (
        f"did you mean {near[0]!r}?" if near else "nothing has that name, so it never holds"
    )


def _in_expressions(lists: LoadedWatchlists, feeds: Sequence[FeedSpec | Feed]) -> Iterator[Problem]:
    """Yield where rules and contexts name a feed that is none; they know a feed by its given name and its tags."""
    named = {word: word.casefold() for one in feeds for word in (one.name, *one.tags) if word}
    judged: dict[str, tuple[str, ...]] = {}  # the same context often stands at many aliases
    for file, watchlist in zip(lists.files, lists.watchlists, strict=True):
        for place, expression in _expressions(watchlist):
            if "feed:" not in expression.casefold():
                continue
            if expression not in judged:
                judged[expression] = tuple(_unknown_feeds(expression, named))
            for message in judged[expression]:
                yield Problem(str(file), None, place, message)


def _unknown_feeds(expression: str, named: Mapping[str, str]) -> Iterator[str]:
    """Yield a message for each `feed:` of an expression that no feed has; `named` is every name and its small form."""
    for reference in references(parse(expression)):
        if reference.kind == "feed" and reference.value.casefold() not in named.values():
            yield _no("feed", reference.value, nearest(reference.value, named))


def _expressions(watchlist: Watchlist) -> Iterator[tuple[str, str]]:
    """Yield where an expression stands, and the expression; each of an entity's contexts once."""
    for entity in watchlist.entities:
        contexts = (entity.context, *(alias.context for alias in entity.aliases))
        for context in dict.fromkeys(filter(None, contexts)):
            yield f"entity {entity.id}, context", context
    for rule in watchlist.rules:
        yield f"rule {rule.id}, when", rule.when
