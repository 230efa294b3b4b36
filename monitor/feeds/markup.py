"""What is done to XML before it is parsed: found in its wrapping, cleaned, and cut into entries when it is broken.

Nothing here reads XML; each pattern is linear and leaves a well-formed document of the same meaning well-formed. No
DOCTYPE is left, so that no parser has an entity to expand or a file to fetch.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.entities import html5
from xml.parsers import expat

ENTRY_NAMES = {"rss": "item", "rdf": "item", "channel": "item", "feed": "entry", "urlset": "url"}
"""Elements that hold a feed (CDF's is `channel`) and the name of their entries."""

WRAPPING = 64 * 1024
"""Characters in which the root is looked for: notices of a broken server, a SOAP envelope."""

MAX_ATTRIBUTES = 200
"""Attributes of one tag: feedparser takes time quadratic in them. Real ones have under fifty."""

LONG_TAG = 2_000
"""Characters from which on the attributes of a tag are counted."""

MAX_PARENT = 8_000
"""Characters of a parent's start tag that are repeated with each entry of a broken document; WordPress writes 600."""

MAX_PARENTS = 4
"""Parents of an entry that are repeated: root and channel, in CDF a channel within a channel."""

MAX_PREFIXES = 50
"""Undeclared prefixes that are given a namespace."""

MAX_ENTITY = 32
"""Characters that an entity of the document's own may stand for: it must not make the document larger by much."""

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "georss": "http://www.georss.org/georss",
    "gml": "http://www.opengis.net/gml",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
"""What the usual prefixes stand for, for feeds that forget to say so."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:([0-9]++)|[xX]([0-9a-fA-F]++));?|&([A-Za-z][A-Za-z0-9]{1,31});")
_MARKUP_ENTITIES = frozenset({"lt", "gt", "amp", "quot", "apos"})
_LONG_TAG = re.compile(rf"<[A-Za-z_][\w:.-]*+\s[^<]{{{LONG_TAG}}}")
_TAG = re.compile(r"<([A-Za-z_][\w:.-]*+)(\s(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>")
_HTML = re.compile(r"\A\s*+<!doctype\s+html", re.IGNORECASE)
_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(rss|rdf|feed|channel|urlset)(?=[\s/>])", re.IGNORECASE)
_WITHIN_PAGE = re.compile(
    r"<(?:[\w.-]{1,40}:)?(rss|rdf|feed)(?=\s[^<>]*+>\s*+<)(?=[^<>]*?\s(?:version|xmlns))", re.IGNORECASE
)
"""A feed that its publisher's templates put into a page, as they put everything: it says what it is, and holds more."""

_SPACE = re.compile("[\ufeff\x00 \t\r\n]*+")
_PARENT = re.compile(
    r"<((?:[\w.-]{1,40}:)?(?:rss|rdf|feed|channel|urlset))(?:\s(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)?(?<!/)>",
    re.IGNORECASE,
)
_CLOSED = re.compile(r"</([\w.:-]++)")
_NAME = re.compile(r"<([A-Za-z_][\w:.-]{0,99})")
_ENTITY = re.compile(r"<!ENTITY\s+(\w{1,31})\s+(?:\"([^\"&%<]*)\"|'([^'&%<]*)')\s*>")
_BARE = re.compile(r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|(?:lt|gt|amp|quot|apos);)|<(?![A-Za-z_/!?])")
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]{0,39}):|\s([A-Za-z_][\w.-]{0,39}):[\w.-]+\s*=")
_DECLARED = re.compile(r"xmlns:([\w.-]+)\s*=")


@dataclass(frozen=True, slots=True)
class Markup:
    """An XML document that may be a feed.

    root   local name of its outermost element in lower case; "" when there is none
    text   from the root's start tag to its end, cleaned; everything when the root is none of a feed's
    """

    root: str
    text: str

    @property
    def is_feed(self) -> bool:
        """Return whether the root is one that feeds have."""
        return self.root in ENTRY_NAMES


@dataclass(frozen=True, slots=True)
class Pieces:
    """A document cut at its entries: `frame(entry)` is a document with one entry, `frame()` one with none."""

    entries: Sequence[str]
    before: str
    after: str
    _open: Sequence[tuple[str, str]] = field(default=())

    def frame(self, entry: str | None = None) -> str:
        """Return a document that holds what surrounds the entries, or one entry within nothing but its parents."""
        if entry is None:
            return self.before + self.after
        tags = [tag for _, tag in self._open]
        missing = _undeclared(entry, "".join(tags))
        if tags and missing:
            tags[0] = tags[0].removesuffix(">") + missing + ">"
        return "".join(tags) + entry + "".join(f"</{name}>" for name, _ in reversed(self._open))

    def whole(self, limit: int) -> str:
        """Return the document with its first `limit` entries."""
        return self.before + "".join(self.entries[:limit]) + self.after


def read_markup(text: str) -> Markup:
    """Return the document in a text: without what stands around it, with nothing that XML does not allow in it."""
    at, entities = _prolog(text)
    first = _NAME.match(text, at)
    local = first[1].rpartition(":")[2].lower() if first else ""
    page = local == "html" or (local not in ENTRY_NAMES and bool(_HTML.match(text)))
    root = (_WITHIN_PAGE if page else _ROOT).search(text, at, at + WRAPPING)
    if root is None:
        return Markup("html" if page else local, text)
    name = text[root.start() + 1 : root.end()]
    end = text.rfind(f"</{name}")
    inner = text[root.start() :] if end < 0 else text[root.start() : end] + f"</{name}>"
    return Markup(root[1].lower(), _clean(inner, entities))


def is_well_formed(text: str) -> bool:
    """Return whether a document is XML with namespaces."""
    try:
        expat.ParserCreate("utf-8", " ").Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError:
        return False
    return True


def mend(text: str) -> str:
    """Return markup whose bare "&" and "<" are escaped, outside of CDATA sections, which may have them."""
    outside, *sections = text.split("<![CDATA[")
    parts = [_escape(outside)]
    for section in sections:
        inside, end, after = section.partition("]]>")
        parts += ["<![CDATA[", inside, end, _escape(after)]
    return "".join(parts)


def _escape(text: str) -> str:
    """Return a text in which what begins neither tag nor reference is escaped."""
    return _BARE.sub(lambda found: "&amp;" if found[0] == "&" else "&lt;", text)


def cut(markup: Markup) -> Pieces:
    """Cut a document at the start of each entry, whatever is broken in between."""
    name = ENTRY_NAMES[markup.root]
    text = markup.text
    starts = [found.start() for found in re.finditer(rf"<(?:[\w.-]{{1,40}}:)?{name}(?=[\s/>])", text, re.IGNORECASE)]
    if not starts:
        return Pieces((), text, "")
    pieces = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    last, after = _end_of_entry(pieces[-1], name)
    pieces[-1] = last
    before = text[: starts[0]]
    closed = set(_CLOSED.findall(before))
    parents = [found for found in _PARENT.finditer(before) if found[1] not in closed][:MAX_PARENTS]
    still_open = [(one[1], one[0] if len(one[0]) <= MAX_PARENT else f"<{one[1]}>") for one in parents]
    return Pieces(pieces, before, after or _closing(text, before), still_open)


def _end_of_entry(piece: str, name: str) -> tuple[str, str]:
    """Return an entry and what follows it; an entry without end tag ends where its document does."""
    ends = [found.end() for found in re.finditer(rf"</(?:[\w.-]{{1,40}}:)?{name}\s*>", piece, re.IGNORECASE)]
    return (piece[: ends[-1]], piece[ends[-1] :]) if ends else (piece, "")


def _closing(text: str, before: str) -> str:
    """Return the end tag of the root."""
    found = _NAME.match(before)
    return f"</{found[1]}>" if found and text else ""


def _undeclared(entry: str, parents: str) -> str:
    """Return declarations for the prefixes that an entry uses and its parents do not declare."""
    used = {first or second for first, second in _PREFIX.findall(entry + parents)}
    missing = sorted(used - set(_DECLARED.findall(parents)) - {"xml", "xmlns"})
    names = ((prefix, NAMESPACES.get(prefix.lower(), f"urn:undeclared:{prefix}")) for prefix in missing[:MAX_PREFIXES])
    return "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in names)


def _prolog(text: str) -> tuple[int, dict[str, str]]:
    """Return where the document's first element begins, and the harmless entities of its DOCTYPE."""
    at, entities = 0, dict[str, str]()
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        start = text[at : at + 9].upper()
        if start.startswith("<?"):
            end = text.find("?>", at) + 1
        elif start.startswith("<!--"):
            end = text.find("-->", at) + 2
        elif start == "<!DOCTYPE":
            end = _doctype(text, at)
            entities |= _entities(text[at : end + 1])
        else:
            return at, entities
        if end <= at + 1:
            return at, entities
        at = end + 1


def _doctype(text: str, start: int) -> int:
    """Return where a DOCTYPE ends: at the first ">" that is not within its brackets; 0 when it does not."""
    plain = text.find(">", start)
    bracket = text.find("[", start, max(plain, 0))
    if bracket < 0:
        return max(plain, 0)
    closing = re.compile(r"\]\s*>").search(text, bracket)
    return closing.end() - 1 if closing else 0


def _entities(doctype: str) -> dict[str, str]:
    """Return the short entities of a DOCTYPE that contain no other and no markup."""
    found = ((name, first or second) for name, first, second in _ENTITY.findall(doctype))
    return {name: value for name, value in found if len(value) <= MAX_ENTITY and name not in _MARKUP_ENTITIES}


def _clean(text: str, entities: dict[str, str]) -> str:
    """Return a document without characters, references and attributes that no parser should see."""
    text = _ILLEGAL.sub(lambda found: " " if found[0] < " " else "\ufffd", text)
    text = _REFERENCE.sub(lambda found: _reference(found, entities), text)
    return _TAG.sub(_short, text) if _LONG_TAG.search(text) else text


def _reference(found: re.Match[str], entities: dict[str, str]) -> str:
    """Return a reference that every XML parser knows and HTML reads alike."""
    decimal, hexadecimal, name = found.groups()
    if name:
        if name in entities:
            return entities[name]
        letters = "" if name in _MARKUP_ENTITIES else html5.get(f"{name};", "")
        return "".join(f"&#{ord(letter)};" for letter in letters) or found[0]
    digits, base = (decimal, 10) if decimal else (hexadecimal, 16)
    code = int(digits, base) if len(digits) <= 10 else 0
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return f"&#{code};" if legal else "\ufffd"


def _short(tag: re.Match[str]) -> str:
    """Return a tag, without its attributes when they are beyond all measure."""
    if len(tag[0]) < LONG_TAG or tag[2].count("=") <= MAX_ATTRIBUTES:
        return tag[0]
    return f"<{tag[1]}{'/' if tag[2].endswith('/') else ''}>"
