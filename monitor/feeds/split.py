"""Cut a feed into head, entries and tail, so that what was seen before is never read again.

Feedparser needs some 0.3 ms an entry, and of the fifty that a feed shows one or two are new. So the body goes once
through expat, the scanner that feedparser stands on, which says in a thirtieth of the time whether the document is well
formed and where each entry begins and ends, whatever CDATA, comments or processing instructions hold; then feedparser
is given the head, the new entries and the tail alone.

What it makes of an entry must not depend on the entries before it. For most it does not, but its reader keeps counters
that some markup upsets for the rest of the document: see NEUTRAL, CONSTRUCTS and TROUBLESOME. A document that has such
markup, and any whose shape is in doubt, is not cut, and must be parsed whole.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from xml.parsers import expat

from monitor.core.identity import canonical_url
from monitor.feeds.entries import MAX_TITLE, MOST_TITLES

ENTRIES = frozenset({"item", "entry"})
"""Local names of an entry, in lower case: RSS, RDF and CDF, and Atom."""

FRAMES = frozenset({"rss", "rdf", "channel", "feed"})
"""Elements that hold entries; within an entry they would end the feed for feedparser."""

CONSTRUCTS = frozenset(
    "abstract body browserfriendly content copyright description encoded fullitem info rights subtitle summary tagline "
    "title".split()
)
"""Elements whose content feedparser takes as markup: it counts how deep it is in them, by starts and ends of its own
(its `push_content` and `pop_content`)."""

NEUTRAL = frozenset(
    "a abbr acronym address article aside b big blockquote br caption center cite code col colgroup dd del dfn dl dt "
    "em embed figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i iframe img input ins kbd label li main "
    "mark nav noscript object ol p param picture pre q s samp script section small span strike strong style sub sup "
    "table tbody td tfoot th thead time tr tt u ul var video wbr".split()
)
"""Elements of HTML that mean nothing to feedparser inside a construct. Of others, such as <summary> or <source>, it
would there skip the start and act on the end, and be off by one until the document ends."""

TROUBLESOME = frozenset({"svg", "math"})
"""Elements that switch feedparser's handlers off until their end, and leave them off when markup is mixed."""

XHTML_TYPES = frozenset({"xhtml", "application/xhtml+xml"})
"""Types of a construct in which a <div> is neutral, too; in others feedparser skips its end and believes itself one
level deeper in all that follows."""

MEDIA = frozenset({"http://search.yahoo.com/mrss", "http://search.yahoo.com/mrss/"})
"""Namespace of Media RSS, whose <media:content> is no construct (mediarss.org, 1.5.1)."""

IDS = frozenset({"guid", "id"})
"""Elements that name an entry. An id that two entries share is none (see `entries.distinct`), so both must be read."""

ADDRESSES = {"link": "href", "enclosure": "url"}
"""Elements with an entry's address, which names it where no id does, and the attribute for it; or it is the text."""

ABOUT = "http://www.w3.org/1999/02/22-rdf-syntax-ns# about"

XHTML = "http://www.w3.org/1999/xhtml"

ANYWHERE = {
    "content": frozenset({"http://purl.org/rss/1.0/modules/content/"}),
    "dc": frozenset({"http://purl.org/dc/elements/1.1/"}),
    "media": MEDIA,
    "xhtml": frozenset({XHTML}),
}
"""Prefixes that entries declare for themselves in the wild. Feedparser forgets no declaration; one that gives a
namespace the prefix feedparser itself uses for it changes nothing for the entries that follow."""

HASH_BYTES = 8
"""Bytes of an entry's hash: of a thousand entries in one feed, two are taken for one with a chance of 3 in 10^14."""

_UNSURE_HEAD = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
"""Feedparser edits declarations by pattern, also inside comments."""

_NAME = re.compile(rb"[^\s/>]+")


@dataclass(frozen=True, slots=True)
class Pieces:
    """A feed that was cut; head, entries (white space between them left out) and tail make up the document.

    hashes   of the entries, in their order: signed 64-bit numbers, which differ also where the entries' surroundings
             (namespaces, xml:base, xml:lang, whatever attributes the enclosing elements have) differ
    """

    head: bytes
    entries: tuple[bytes, ...]
    tail: bytes
    hashes: tuple[int, ...]


def split(body: bytes) -> Pieces | None:
    """Return a feed in UTF-8 cut into pieces, or None when it has to be parsed whole; in linear time.

    Whole are left: what is not UTF-8 or not well-formed XML, declares a document type, has entries inside of entries or
    of two kinds, anything but white space between entries, anything but closing tags and comments after them, entries
    that share an id or might, or without ids an address, or markup that upsets feedparser.
    """
    scanner = _Scanner(body)
    try:
        scanner.run()
    except (_UnsureError, expat.ExpatError):
        return None
    spans = scanner.spans
    if not spans:
        return None
    head = body[: spans[0][0]]
    gaps = (body[end:start] for (_, end), (start, _) in pairwise(spans))
    if _UNSURE_HEAD.search(head) or any(gap.strip() for gap in gaps):
        return None
    entries = tuple(body[start:end] for start, end in spans)
    surroundings = scanner.surroundings()
    return Pieces(head, entries, body[spans[-1][1] :], tuple(_hash(one, surroundings) for one in entries))


def rebuild(pieces: Pieces, entries: Iterable[bytes]) -> bytes:
    """Return the document with these of its entries alone, in this order."""
    return b"".join((pieces.head, *entries, pieces.tail))


def _hash(entry: bytes, surroundings: bytes) -> int:
    """Return the number that stands for an entry."""
    return int.from_bytes(blake2b(entry, key=surroundings, digest_size=HASH_BYTES).digest(), "big", signed=True)


class _UnsureError(Exception):
    """The document has to be parsed whole."""


class _Scanner:
    """Goes through a document once; `spans` are then the first and last offset of each entry."""

    def __init__(self, body: bytes) -> None:
        self.spans: list[tuple[int, int]] = []
        self._body = body
        self._declared: list[tuple[str | None, str]] = []  # by the element that comes next
        self._bindings: dict[str | None, str] = {}  # of the head
        self._frames: list[tuple[str, Mapping[str, str]]] = []
        self._depth = 0
        self._entry = ""  # name of the entries, once one was seen
        self._entry_depth = 0
        self._start = -1  # where the entry began that is open, else -1
        self._construct_depth = 0  # of the construct that is open, else 0
        self._div = False  # whether a <div> is neutral in it
        self._source_depth = 0  # of the <source> that is open, else 0: its id is another's
        self._name_depth = 0  # of the id or link that is open, else 0
        self._letters: list[str] = []  # of that one
        self._names: set[str] = set()  # what they go to, one of the next two
        self._own: set[str] = set()  # ids of the entry that is open
        self._addresses: set[str] = set()  # and its addresses
        self._ids: set[str] = set()  # of those before
        self._places: Counter[str] = Counter()  # addresses of those before that have no id
        self._named = 0  # entries that have one
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartNamespaceDeclHandler = self._namespace
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close

    def run(self) -> None:
        """Scan. Raises _UnsureError, or ExpatError for what is not well formed."""
        try:
            self._parser.Parse(self._body, True)
            if self._named < len(self.spans) and any(own.lower().startswith(("http", "sha256:")) for own in self._ids):
                raise _UnsureError  # what stands for the id of one may be the id of another
        finally:  # or the parser and this would keep each other until the garbage collector comes
            self._parser.StartDoctypeDeclHandler = None
            self._parser.StartNamespaceDeclHandler = None
            self._parser.StartElementHandler = None
            self._parser.EndElementHandler = None
            self._parser.CharacterDataHandler = None

    def surroundings(self) -> bytes:
        """Return a key made of all that the entries take over from the elements around them."""
        around = [(name, sorted(attributes.items())) for name, attributes in self._frames]
        bindings = sorted((prefix or "", uri) for prefix, uri in self._bindings.items())
        return blake2b(repr((around, bindings)).encode("utf-8", "surrogatepass"), digest_size=32).digest()

    def _doctype(self, *_: object) -> None:
        """Refuse entities."""
        raise _UnsureError

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        """Take a declaration; expat tells those of an element before the element."""
        self._declared.append((prefix, uri or ""))

    def _open(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take a start tag."""
        self._depth += 1
        local = name.rpartition(" ")[2].lower().rpartition("_")[2]  # <dc_title> is <dc:title> to feedparser
        if self._declared:
            self._declare(own=self._start >= 0 or local in ENTRIES)
        if self._construct_depth:
            if local not in NEUTRAL and not (self._div and local == "div"):
                raise _UnsureError
        elif local in ENTRIES:
            self._open_entry(name)
        elif self._entry and self._start < 0:
            raise _UnsureError  # something that follows the entries, or stands between them
        elif local in FRAMES:
            self._open_frame(name, attributes)
        elif local in TROUBLESOME:
            raise _UnsureError
        elif local in CONSTRUCTS and not (local == "content" and name.rpartition(" ")[0].lower() in MEDIA):
            self._construct_depth = self._depth
            self._div = _is_xhtml(local, attributes)
        if self._start >= 0:
            self._look(name, attributes)

    def _look(self, name: str, attributes: Mapping[str, str]) -> None:
        """Note what names the entry that is open."""
        space, _, local = name.lower().rpartition(" ")
        if self._depth == self._entry_depth and ABOUT in attributes:
            self._own.add(attributes[ABOUT].strip()[:MAX_TITLE])
        elif local == "source" and not self._source_depth and space in ("", self._entry.lower().rpartition(" ")[0]):
            self._source_depth = self._depth
        elif not self._source_depth and (local in IDS or (local in ADDRESSES and self._depth == self._entry_depth + 1)):
            if self._name_depth:
                raise _UnsureError
            self._addresses.update(value for key, value in attributes.items() if key == ADDRESSES.get(local))
            self._name_depth = self._depth
            self._letters = []
            self._names = self._own if local in IDS else self._addresses
            self._parser.CharacterDataHandler = self._letters.append

    def _unlook(self) -> None:
        """End an id, a link or a source."""
        if self._depth == self._name_depth:
            self._name_depth = 0
            self._parser.CharacterDataHandler = None
            self._names.add("".join(self._letters).strip()[:MAX_TITLE])
        elif self._depth == self._source_depth:
            self._source_depth = 0

    def _declare(self, *, own: bool) -> None:
        """Keep what the head declares; refuse what entries declare of their own and would leave to those that follow.

        An empty declaration, which takes a default away, feedparser does not see.
        """
        for prefix, uri in self._declared:
            bound = self._bindings.get(prefix)
            if any(letter.isspace() for letter in uri):
                raise _UnsureError  # expat puts a space between namespace and name
            if uri in ("", bound) or (prefix is None and uri == XHTML):
                continue
            if bound is not None or (own and uri not in ANYWHERE.get(prefix or "", ())):
                raise _UnsureError
            if not own:
                self._bindings[prefix] = uri
        self._declared.clear()

    def _open_entry(self, name: str) -> None:
        """Begin an entry; all are siblings, of one name."""
        if not self._entry:
            self._entry, self._entry_depth = name, self._depth
        if name != self._entry or self._depth != self._entry_depth or self._start >= 0:
            raise _UnsureError
        if self._depth != len(self._frames) + 1:
            raise _UnsureError
        self._start = self._parser.CurrentByteIndex

    def _open_frame(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin an element that holds entries; such stand around each other or side by side, never within others."""
        if self._start >= 0 or self._depth > len(self._frames) + 1:
            raise _UnsureError
        self._frames.append((name, dict(attributes)))

    def _close(self, _: str) -> None:
        """Take an end tag."""
        if self._depth == self._construct_depth:
            self._construct_depth = 0
        self._unlook()
        if self._start >= 0 and self._depth == self._entry_depth:
            self.spans.append((self._start, self._end()))
            self._start = -1
            self._name_entry()
        elif not self._entry and self._depth <= len(self._frames):
            del self._frames[self._depth - 1 :]
        self._depth -= 1

    def _name_entry(self) -> None:
        """Keep what names the entry that ended; refuse an id that an entry before had, an address that several had."""
        own = self._own - {""}
        if own & self._ids:
            raise _UnsureError
        self._ids |= own
        self._named += bool(own)
        places = set() if own else {canonical_url(one) for one in self._addresses - {""}}
        self._places.update(places)
        if any(self._places[place] > MOST_TITLES for place in places):
            raise _UnsureError
        self._own.clear()
        self._addresses.clear()

    def _end(self) -> int:
        """Return where the end tag ends at which expat is. Raises _UnsureError when an entry is an empty tag."""
        here, body = self._parser.CurrentByteIndex, self._body
        tag = _NAME.match(body, self._start + 1)
        if tag is None or not body.startswith(b"</" + tag.group(), here):
            raise _UnsureError
        return body.index(b">", here) + 1


def _is_xhtml(local: str, attributes: Mapping[str, str]) -> bool:
    """Return whether a construct says that it holds XHTML; a <body> does by itself."""
    types = {value.lower() for key, value in attributes.items() if key.rpartition(" ")[2].lower() == "type"}
    return types <= XHTML_TYPES and (bool(types) or local == "body")
