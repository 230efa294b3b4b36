"""feedparser, with those of its ways changed that cost it quadratic time or carry something from an entry to the next.

    from monitor.feeds.tamed import feedparser

The changes are made to its classes, once, when this is imported.
"""

from typing import Any

import feedparser

__all__ = ["PREFIXES", "SPACES", "feedparser", "has_handler"]

SPACES = {space.lower(): prefix for space, prefix in feedparser.api.StrictFeedParser.namespaces.items()}
"""feedparser's prefixes of the namespaces that it knows; it compares those in lower case."""

PREFIXES = frozenset(SPACES.values()) - {""}

MAX_NAMESPACES = 200
"""Prefixes of a document that is read at once: feedparser goes through all of them at each element. Feeds declare under
thirty; a document with more is read entry by entry."""


def has_handler(name: str) -> bool:
    """Return whether feedparser does something at elements of a name, which begins with its prefix and "_" if any."""
    return any(hasattr(feedparser.api.StrictFeedParser, f"_{end}_{name}") for end in ("start", "end"))


def _author(self: feedparser.api.StrictFeedParser, key: str = "author") -> None:
    """Keep an author's name. feedparser's own method looks for an e-mail address in it, in quadratic time."""
    context = self._get_context()
    name = (context.get(f"{key}s") or [{}])[-1].get("name")
    if name:
        context[key] = name


def _tag(self: feedparser.api.StrictFeedParser, *_: object) -> None:
    """Keep no category. feedparser's own method compares each with all others."""
    self._get_context().setdefault("tags", [])


def _scoped(kind: type[Any]) -> None:
    """Let xml:base and xml:lang end with their element (XML Base, 4; XML 1.0, 2.12).

    feedparser keeps a base where no element around has one, and both after an end that it skips: all entries that
    follow would have them.
    """
    start, end = kind.unknown_starttag, kind.unknown_endtag

    def open_scope(self: Any, tag: str, attributes: object) -> None:  # noqa: ANN401 - a mixin without types
        vars(self).setdefault("scopes", []).append((self.baseuri, self.lang))
        start(self, tag, attributes)

    def close_scope(self: Any, tag: str) -> None:  # noqa: ANN401
        end(self, tag)
        if vars(self).get("scopes"):  # loose markup may end what did not begin
            self.baseuri, self.lang = self.scopes.pop()

    kind.unknown_starttag, kind.unknown_endtag = open_scope, close_scope


def _limited(kind: type[Any]) -> None:
    """Let a document have MAX_NAMESPACES prefixes. Of one with more, the reading fails."""
    track = kind.track_namespace

    def track_namespace(self: Any, prefix: str | None, uri: str) -> None:  # noqa: ANN401
        if len(self.namespaces_in_use) > MAX_NAMESPACES:
            raise ValueError(f"more than {MAX_NAMESPACES} namespaces")
        track(self, prefix, uri)

    kind.track_namespace = track_namespace


for _kind in (feedparser.api.StrictFeedParser, feedparser.api.LooseFeedParser):
    for _name, _method in (("_sync_author_detail", _author), ("_add_tag", _tag)):
        setattr(_kind, _name, _method)
    _scoped(_kind)
    _limited(_kind)
    _kind.can_be_relative_uri = _kind.can_be_relative_uri - {"id"}  # an id that moves with its feed would be none
