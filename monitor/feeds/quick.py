"""Read a well-formed feed in one pass of expat, to the values that feedparser would make of it, or not at all.

Most feeds are RSS 2.0 or Atom 1.0, well formed, and use the same few dozen elements in the places meant for them. Such
a feed is read here at a tenth of feedparser's cost; places.py says what may stand where. At anything else, and wherever
feedparser's reader depends on more than is followed here (markup within markup, a second title, a type that is no text,
letters that it would mend), nothing is returned, and feedparser reads the feed. So this is never another reading, only
a quicker one: tests/feeds/test_quick.py, tools/fuzz.py and tools/compare_feeds.py compare the two.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin
from xml.parsers import expat

from monitor.feeds.entries import PLAIN_ADDRESS, Source
from monitor.feeds.places import HEEDED, PASSED, SCOPES, TEXT_TYPES, Names, Role, UnsureError

CONSTRUCTS = frozenset({"title", "media title", "summary", "content", "construct"})
"""Kinds of elements that hold markup."""

PAGE_TYPES = frozenset({"html", "xhtml", "text/html", "application/xhtml+xml"})
"""Types of a link that leads to a page."""

XML = "http://www.w3.org/XML/1998/namespace"

_CONTROL = re.compile("[\x80-\x9f]")
"""Signs of Windows-1252 to feedparser."""

_MORE_SLASHES = re.compile(r"[A-Za-z][A-Za-z0-9+-.]*:///")


def read_quickly(document: str, source: Source) -> dict[str, Any] | None:
    """Return `feed`, `entries` and `version` with those of feedparser's values that are used; None for its feeds.

    document   without an XML declaration, as `read_markup` leaves it
    source     the base is "" where relative links stay as they are
    """
    reader = _Reader(source)
    try:
        return reader.read(document.encode("utf-8", "replace"))
    except (UnsureError, expat.ExpatError):
        return None


class _Reader:
    """Goes through a document once."""

    def __init__(self, source: Source) -> None:
        self._base = source.base
        self._lang = source.lang or ""
        self._feed: dict[str, Any] = {"links": []} | ({"language": self._lang} if self._lang else {})
        self._entries: list[dict[str, Any]] = []
        self._here = self._feed  # what is read: the feed or an entry
        self._begun = False
        self._has_content = False
        self._summary_depth = 0  # of the element that the summary is from, 0 where there is none
        self._noted: set[str] = set()  # of the entry that is open
        self._is_link = True  # whether the id that is open counts as link
        self._name = ""  # of the author that is open
        self._names = Names()
        self._stack: list[tuple[Role, list[str] | None, str, str]] = []  # with base and language around
        self._starts: dict[str, Callable[[Role, Mapping[str, str]], list[str] | None]] = {
            "feed": self._start_feed,
            "entry": self._start_entry,
            "id": self._start_id,
            "link": self._start_link,
            "enclosure": self._start_enclosure,
            "media title": self._note,
            "source": self._note,
        }
        self._ends: dict[str, Callable[[Role, str], None]] = {
            "value": self._end_value,
            "name": self._end_name,
            "author": self._end_author,
            "id": self._end_id,
            "link": self._end_link,
            "title": self._end_title,
            "summary": self._end_summary,
            "content": self._end_content,
        }
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.buffer_text = True

    def read(self, document: bytes) -> dict[str, Any]:
        """Return the reading. Raises UnsureError or ExpatError."""
        parser = self._parser
        parser.StartDoctypeDeclHandler = self._names.refuse
        parser.StartNamespaceDeclHandler = self._names.declare
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        try:
            parser.Parse(document, True)
        finally:  # or the parser and this would keep each other until the garbage collector comes
            parser.StartDoctypeDeclHandler = parser.StartNamespaceDeclHandler = None
            parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
            self._starts.clear()
            self._ends.clear()
        if not self._begun:
            raise UnsureError
        return {"version": "quick", "feed": self._feed, "entries": self._entries}

    def _look(self, role: Role, attributes: Mapping[str, str]) -> None:
        """Go through attributes; refuse those that might mean something that is not followed here."""
        unsafe = SCOPES if role.allowed is None else HEEDED
        for name, value in attributes.items():
            space, _, local = name.rpartition(" ")
            if space == XML:
                self._scope(local, value)
            elif local.lower() in unsafe if space or role.allowed is None else local not in role.allowed:
                raise UnsureError
            if local == "type" and role.kind in CONSTRUCTS and value not in TEXT_TYPES:
                raise UnsureError

    def _scope(self, local: str, value: str) -> None:
        """Take a base or a language, which hold until the element ends."""
        if local == "base":
            self._base = self._resolved(value)
            if not self._base.startswith(("http://", "https://")):
                raise UnsureError
        elif local == "lang":
            self._lang = value
            if value and not self._stack:
                self._feed["language"] = value

    # --- elements -----------------------------------------------------------------------------------------------------

    def _open(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take a start tag."""
        stack = self._stack
        place, around = (stack[-1][0].inside, stack[-1][1]) if stack else ("document", None)
        role = self._names.roles[place].get(name) or self._names.role(place, name)
        letters: list[str] | None = None
        base, lang = self._base, self._lang
        if role is PASSED:
            if around is not None and not attributes:
                raise UnsureError  # with attributes, feedparser takes its text for that of what is around
            letters = around
        else:
            if attributes:
                self._look(role, attributes)
            if role.kind in self._starts:
                letters = self._starts[role.kind](role, attributes)
            elif role.kind in self._ends:
                letters = []
            if letters is not None or around is not None:
                self._parser.CharacterDataHandler = letters if letters is None else letters.append
        stack.append((role, letters, base, lang))

    def _close(self, _: str) -> None:
        """Take an end tag."""
        role, letters, base, lang = self._stack.pop()
        around = self._stack[-1][1] if self._stack else None
        if role.kind == "entry":
            self._end_entry()
        elif letters is not around:
            self._parser.CharacterDataHandler = around if around is None else around.append
            if letters is not None:
                self._ends[role.kind](role, "".join(letters).strip())
        self._base, self._lang = base, lang

    def _start_feed(self, *_: object) -> None:
        """Begin the feed; there is one."""
        if self._begun:
            raise UnsureError
        self._begun = True

    def _start_entry(self, *_: object) -> None:
        """Begin an entry."""
        self._here = {"links": []}
        self._entries.append(self._here)
        self._summary_depth = 0

    def _end_entry(self) -> None:
        """End an entry; leave it to feedparser which title is the entry's, if not the plain one."""
        if "media title" in self._noted and ("source" in self._noted or not self._here.get("title")):
            raise UnsureError
        self._noted.clear()
        self._has_content = False
        self._here = self._feed

    def _note(self, role: Role, _: Mapping[str, str]) -> None:
        """Note that an entry has such an element."""
        self._noted.add(role.kind)

    def _start_enclosure(self, _: Role, attributes: Mapping[str, str]) -> None:
        """Keep what an entry encloses."""
        if not attributes.get("url"):
            raise UnsureError
        self._here["links"].append({"rel": "enclosure", "href": attributes["url"]})

    def _start_link(self, _: Role, attributes: Mapping[str, str]) -> list[str] | None:
        """Keep an address that is an attribute, or begin to take one that is text."""
        link = {"rel": attributes.get("rel", "alternate").lower()}
        self._here["links"].append(link)
        href = attributes.get("href")
        if href is None:
            return []
        link["href"] = self._resolved(href)
        if link["rel"] == "alternate" and attributes.get("type", "html").lower() in PAGE_TYPES:
            self._here["link"] = link["href"]
        return None

    def _end_link(self, _: Role, text: str) -> None:
        """Keep an address that is text."""
        link = _mended(self._resolved(text)) if text else ""
        if "&" in link and ";" in link:
            raise UnsureError  # feedparser repairs what it takes for escaped
        self._here["link"] = link
        if link:
            self._here["links"][-1]["href"] = link

    def _resolved(self, link: str) -> str:
        """Return an address as feedparser resolves it."""
        if PLAIN_ADDRESS.fullmatch(link):
            return link
        if not link or _MORE_SLASHES.match(link):
            raise UnsureError
        try:
            return urljoin(self._base, link)
        except ValueError:
            raise UnsureError from None

    def _start_id(self, _: Role, attributes: Mapping[str, str]) -> list[str]:
        """Begin an id, which counts as link unless it says otherwise."""
        self._is_link = attributes.get("isPermaLink", "true") == "true"
        return []

    def _end_id(self, _: Role, text: str) -> None:
        """Keep an id."""
        self._here["id"] = _mended(text)
        if self._is_link:
            self._here.setdefault("link", self._here["id"])

    def _end_value(self, role: Role, text: str) -> None:
        """Keep a date or a language; feedparser knows dates in letters that we do not."""
        if not text.isascii():
            raise UnsureError
        self._here[role.key] = text

    def _end_name(self, _: Role, text: str) -> None:
        """Keep the name of an author."""
        self._name = text

    def _end_author(self, _: Role, text: str) -> None:
        """Keep an author: the name if there is one."""
        self._here["author"] = self._name or _mended(text)
        self._name = ""

    def _end_title(self, _: Role, text: str) -> None:
        """Keep the title; which of two counts is left to feedparser."""
        if "title" in self._here:
            raise UnsureError
        self._here["title"] = _mended(text)
        self._here["title_detail"] = {"language": self._lang}

    def _end_summary(self, role: Role, text: str) -> None:
        """Keep a summary, of which a second is content, unless there was content already."""
        if "summary" in self._here and not self._has_content:
            self._end_content(role, text)
        elif self._here is not self._feed or role.key == "summary":
            depth = len(self._stack)
            if not self._summary_depth or depth <= self._summary_depth:
                self._here["summary"], self._summary_depth = _mended(text), depth
            self._here["summary_detail"] = {"language": self._lang}

    def _end_content(self, _: Role, text: str) -> None:
        """Keep content."""
        self._has_content = True
        self._here.setdefault("content", []).append({"value": _mended(text), "language": self._lang})


def _mended(text: str) -> str:
    """Return a text in which feedparser sees nothing to mend: UTF-8 taken for Latin-1, signs of Windows-1252."""
    if text.isascii():
        return text
    if _CONTROL.search(text):
        raise UnsureError
    try:
        text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return text
    raise UnsureError
