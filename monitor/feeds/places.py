"""What may stand where in a feed that is read quickly, and what it means there; see quick.py.

The names are feedparser's: in lower case, after the prefix that it gives to a namespace. The places of an element are
those in which feedparser makes of it what is said here, whatever else the feed holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.feeds.tamed import PREFIXES, SPACES, has_handler

TEXT_TYPES = frozenset({"text", "plain", "html", "text/plain", "text/html"})
"""Types of a construct whose content is text; feedparser takes most others for base64."""

MAX_BINDINGS = 100
"""Prefixes of a document that is read quickly; feeds declare under thirty."""

SCOPES = frozenset({"base", "lang"})
"""Attributes that feedparser heeds on each element, whatever their namespace."""

HEEDED = SCOPES | {"about", "href", "ispermalink", "lastmod", "mode", "rel", "src", "type", "uri", "url"}
"""Attributes that feedparser heeds on some elements; it does so in any namespace that it does not know."""

KEYS = frozenset(
    "author author_detail authors channel content copyright created date date_parsed description description_detail "
    "entries feed guid id image issued issued_parsed items language link links modified modified_parsed published "
    "published_parsed source source_detail subtitle subtitle_detail summary summary_detail tagline tags textinput "
    "title title_detail updated updated_parsed url where".split()
)
"""Under an element's name feedparser keeps what is in it, handler or none; these names are taken."""

UPSETTING = frozenset({"math", "svg"})
"""Elements that feedparser takes for pictures and formulas anywhere."""

CLOSED = frozenset({"", "document", "image", "owner", "category"})
"""Places where nothing but what is listed may stand; "" is within what holds text alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """What an element means where it stands.

    kind      what it is; "" when it means nothing
    key       under which it is kept
    inside    the place that it is to its children
    allowed   attributes that it may have; None for any but a base and a language
    """

    kind: str = ""
    key: str = ""
    inside: str = ""
    allowed: frozenset[str] | None = frozenset()


PASSED = Role("", inside="passed", allowed=None)
"""An element that is nothing to feedparser, with whatever is in it."""

_TYPE = frozenset({"type"})
_PART = Role("", allowed=None)
_SILENT = Role("construct", allowed=_TYPE)
_TITLE = Role("title", allowed=_TYPE)
_SUMMARY = Role("summary", "summary", allowed=_TYPE)
_DESCRIPTION = Role("summary", "description", allowed=_TYPE)
_CONTENT = Role("content", allowed=_TYPE)
_AUTHOR = Role("author", inside="author")
_PERSON = Role("", inside="person")
_ENTRY = Role("entry", inside="entry")
_MEDIA_TITLE = Role("media title", allowed=_TYPE)
_GROUP = Role("group", inside="group", allowed=None)
_CATEGORY = Role("", inside="category", allowed=None)
_PEOPLE = "author dc:author dc:creator itunes:author managingeditor"

_MEANINGLESS = (
    "category cloud dc:contributor dc:publisher dc:subject expirationdate generator georss:box "
    "georss:line georss:point georss:polygon itunes:block itunes:explicit "
    "itunes:image itunes:keywords keywords media:category media:credit media:keywords media:license media:player "
    "media:rating media:restriction media:thumbnail webmaster"
)
"""Elements that feedparser keeps, and we do not."""


def _names(*rows: tuple[str, Role]) -> dict[str, Role]:
    """Return the role of each name."""
    return {name: role for names, role in rows for name in names.split()}


_COMMON = _names(
    (_MEANINGLESS, _PART),
    ("copyright dc:rights feedburner:browserfriendly info itunes:subtitle rights subtitle tagline", _SILENT),
    ("title dc:title", _TITLE),
    ("description dc:description media:description", _DESCRIPTION),
    ("summary itunes:summary", _SUMMARY),
    ("pubdate published issued dcterms:issued", Role("value", "published")),
    ("updated modified lastbuilddate dc:date dcterms:modified", Role("value", "updated")),
    ("created dcterms:created", Role("value", "created")),
    ("language dc:language", Role("value", "language")),
    ("id", Role("id")),
    ("link", Role("link", allowed=frozenset({"href", "rel", "type", "title", "hreflang", "length"}))),
    ("contributor", _PERSON),
    ("itunes:category", _CATEGORY),
)

PLACES: Mapping[str, Mapping[str, Role]] = {
    "document": {
        "rss": Role("", inside="rss", allowed=frozenset({"version"})),
        "feed": Role("feed", inside="feed", allowed=frozenset({"version"})),
    },
    "rss": {"channel": Role("feed", inside="feed")},
    "feed": _COMMON
    | _names(
        ("item entry", _ENTRY),
        (_PEOPLE, _PERSON),
        ("image", Role("", inside="image")),
        ("itunes:owner", Role("", inside="owner")),
    ),
    "entry": _COMMON
    | _names(
        (_PEOPLE, _AUTHOR),
        ("guid", Role("id", allowed=frozenset({"isPermaLink"}))),
        ("content content:encoded", _CONTENT),
        ("enclosure", Role("enclosure", allowed=frozenset({"url", "type", "length"}))),
        ("media:group media:content", _GROUP),
        ("media:title", _MEDIA_TITLE),
        ("source", Role("source", inside="source", allowed=frozenset({"url"}))),
        ("image", Role("source")),
    ),
    "group": _names(
        (_MEANINGLESS, _PART),
        ("media:group media:content", _GROUP),
        ("media:description", _DESCRIPTION),
        ("media:title", _MEDIA_TITLE),
    ),
    "author": _names(("name", Role("name")), ("email uri url", Role(""))),
    "person": _names(("name email uri url", _PART)),
    "owner": _names(("itunes:name itunes:email", _PART)),
    "image": _names(("url title link width height description", _SILENT)),
    "source": _names(
        ("id link updated published category generator icon logo", _PART),
        ("title subtitle rights", _SILENT),
        ("author contributor", _PERSON),
    ),
    "category": {"itunes:category": _CATEGORY},
    "passed": _names((_MEANINGLESS, _PART)),
    "": {},
}
"""By the place, which is "document" at first, what may stand there."""


class UnsureError(Exception):
    """The document is feedparser's."""


class Names:
    """The names of a document, as feedparser knows them.

    roles   by place, what the names that were asked for mean, as the document writes them
    """

    def __init__(self) -> None:
        """Begin with no declaration."""
        self.roles: dict[str, dict[str, Role]] = {place: {} for place in PLACES}
        self._bindings: dict[str, str] = {}  # namespaces by prefix, the document's and feedparser's
        self._plain: set[str] = set()  # namespaces that are unknown, and have no prefix

    def refuse(self, *_: object) -> None:
        """Take no document type. Raises UnsureError."""
        raise UnsureError

    def declare(self, prefix: str | None, uri: str | None) -> None:
        """Take a declaration. Raises UnsureError for one that feedparser might confuse with another.

        feedparser keeps a prefix of its own for each namespace that it knows, and forgets no declaration.
        """
        if not uri:
            return
        known, own = SPACES.get(uri.lower()), (prefix or "").lower()
        if len(uri.split()) != 1 or (known is None and "backend.userland.com" in uri.lower()):
            raise UnsureError
        if (known is not None and own in PREFIXES and own != known) or (own and uri in self._plain):
            raise UnsureError
        if known is None and not own:
            self._plain.add(uri)
        for name in {own, known or own} - {""}:
            if self._bindings.setdefault(name, uri) != uri or len(self._bindings) > MAX_BINDINGS:
                raise UnsureError

    def role(self, place: str, name: str) -> Role:
        """Return what an element means in a place. Raises UnsureError when that is not known here.

        An element for which feedparser has no handler means nothing to it, if its name is no key of what does.
        """
        space, _, local = name.rpartition(" ")
        local = local.lower()
        prefix = SPACES.get(space.lower())
        if prefix is None:  # a namespace that has no prefix is none to feedparser
            prefix = next((own for own, uri in self._bindings.items() if uri == space), "")
        role = PLACES[place].get(f"{prefix}:{local}" if prefix else local)
        if role is None:
            key = f"{prefix}_{local}" if prefix else local
            if place in CLOSED or local in UPSETTING or key in KEYS or has_handler(key):
                raise UnsureError
            role = PASSED
        self.roles[place][name] = role
        return role
