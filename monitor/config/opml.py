"""OPML, the format in which readers hand lists of feeds to each other, of any version and however carelessly written.

Folders and `category` are tags. Ours that OPML itself has no place for stand in a namespace of our own, which others
pass over. Sources: OPML 2.0 (opml.org/spec2.opml), OPML in FreshRSS (freshrss.github.io), and what Feedly, FreshRSS,
Inoreader, Miniflux, NetNewsWire, Newsboat and Tiny Tiny RSS write.
"""

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html.entities import html5
from pathlib import Path
from xml.parsers import expat

from monitor.config.folders import ILLEGAL, MAX_DEPTH, NAMESPACE, categories, distinct, tags_of, tidy
from monitor.config.units import parse_duration
from monitor.core.types import FeedSpec
from monitor.errors import ConfigError, Problem
from monitor.sources import feed_address

NO_FEEDS = ("+xpath", "+dotnotation", "+dotpath")
"""Ends of `type` of what FreshRSS reads out of pages that are no feeds."""

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*>")
_ENCODING = re.compile(rb"\A\s*<\?xml[^>]{1,200}encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7}+);|#[xX]([0-9a-fA-F]{1,6}+);|([A-Za-z][A-Za-z0-9]{1,31}+);)?")
_OF_XML = frozenset({"lt", "gt", "amp", "quot", "apos"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed as it stands in a list, and the line of its first mention."""

    spec: FeedSpec
    line: int


@dataclass(frozen=True, slots=True)
class FeedList:
    """What a list holds.

    feeds      in its order, each address once; one that stands in several folders has the tags of all
    refused    what was meant as a feed and cannot be one
    warnings   what was passed over
    """

    feeds: tuple[Listed, ...]
    refused: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


class _Forbidden(Exception):  # noqa: N818 - it never leaves this module
    """A document type with entities: what entity bombs are made of."""


def parse_opml(file: str, data: bytes, folders: Sequence[Path] = ()) -> FeedList:
    """Return the feeds of an OPML document. Raises ConfigError: no XML, entities declared, no OPML.

    file      how to call the document
    folders   whose files may be feeds (`feed_folders`)
    """
    reader = _Reader(file, folders)
    try:
        reader.parser.Parse(_mended(_decoded(data)).encode(), True)
    except expat.ExpatError as error:
        text = f"is not OPML: {expat.ErrorString(error.code)}"
        raise ConfigError.single(file, text, line=error.lineno) from error
    except _Forbidden as error:
        line = reader.parser.CurrentLineNumber
        raise ConfigError.single(file, "declares entities; an OPML file needs none, remove them", line=line) from error
    if not reader.is_opml:
        raise ConfigError.single(file, "is not OPML: expected <opml> at its top", line=1)
    return FeedList(tuple(reader.feeds.values()), tuple(reader.refused), tuple(reader.warnings))


def _decoded(data: bytes) -> str:
    """Return the text of a document: by its mark, as UTF-8 if it is that, as it declares, else as western Europe's."""
    for mark, name in BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    declared = _ENCODING.match(data)
    for name in ("utf-8", declared[1].decode("ascii") if declared else "cp1252"):
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")


def _mended(text: str) -> str:
    """Return a document of the same lines in which every "&" is one that XML allows, and nothing else is forbidden.

    Entities of HTML and addresses with a bare "&" are what lists written by hand have wrong. The declaration goes, as
    it may stand after an empty line (Feedly's did), and the encoding is known by now.
    """
    found = _DECLARATION.match(text)
    if found:
        text = "\n" * found[0].count("\n") + text[found.end() :]
    return _REFERENCE.sub(_reference, ILLEGAL.sub("\ufffd", text))


def _reference(found: re.Match[str]) -> str:
    """Return a reference that XML knows."""
    decimal, hexadecimal, name = found.groups()
    if name:
        letters = html5.get(f"{name};", "")
        return found[0] if name in _OF_XML else "".join(f"&#{ord(one)};" for one in letters) or f"&amp;{name};"
    if not decimal and not hexadecimal:
        return "&amp;"
    code = int(decimal) if decimal else int(hexadecimal, 16)
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return found[0] if legal else "\ufffd"


@dataclass
class _Reader:
    """Collects feeds while expat walks the document; nothing outside of it is ever read."""

    file: str
    folders: Sequence[Path]
    is_opml: bool = False
    feeds: dict[str, Listed] = field(default_factory=dict)
    refused: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    _prefix: str = "monitor"
    _tags: list[tuple[str, ...]] = field(default_factory=lambda: [()])
    _path: list[str] = field(default_factory=list)
    _commented: int = 0

    def __post_init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise _Forbidden

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "opml":
            self.is_opml = True
            ours = (key for key, value in attributes.items() if key.startswith("xmlns:") and value == NAMESPACE)
            self._prefix = next(ours, "xmlns:monitor").removeprefix("xmlns:").lower()
        if name != "outline":
            return
        known = {key.lower(): value.strip() for key, value in attributes.items()}
        self._commented += bool(self._commented) or known.get("iscomment", "").lower() == "true"
        url = known.get("xmlurl") or (known.get("url", "") if known.get("type", "").lower() in ("rss", "atom") else "")
        self._enter("" if url else tidy(known.get("text") or known.get("title") or ""))
        if url and not self._commented:
            self._feed(url, known)
        elif known.get("type", "").lower() in ("include", "link") and known.get("url") and not self._commented:
            self._say(self.warnings, f"names another list, {known['url']!r}, which is not read; import it by itself")

    def _end(self, name: str) -> None:
        if name == "outline":
            self._commented -= bool(self._commented)
            self._path.pop()
            self._tags.pop()

    def _enter(self, folder: str) -> None:
        """Go into a folder; "" is none."""
        self._path.append(folder)
        deep = not folder or len(self._path) > MAX_DEPTH
        self._tags.append(self._tags[-1] if deep else tags_of([one for one in self._path if one]))

    def _feed(self, url: str, known: Mapping[str, str]) -> None:
        """Take one feed, or say why it is none."""
        title = tidy(known.get("text") or known.get("title") or "")
        if known.get("type", "").lower().endswith(NO_FEEDS):
            self._say(self.refused, f"{title!r} is read out of a page ({known['type']}), and is no feed")
            return
        try:
            address = feed_address(url, self.folders)
        except ValueError as error:
            self._say(self.refused, f"xmlUrl of {title!r} is no address of a feed: {error}")
            return
        spec = FeedSpec(
            address,
            "" if title == address else title,
            self._own_tags(known) or distinct((*self._tags[-1], *categories(known.get("category", "")))),
            self._interval(known),
            known.get(f"{self._prefix}:fulltext", "").lower() == "true",
        )
        here = Listed(spec, self.parser.CurrentLineNumber)
        first = self.feeds.setdefault(address, here)
        if first is not here:
            self.feeds[address] = replace(first, spec=_together(first.spec, spec))

    def _own_tags(self, known: Mapping[str, str]) -> tuple[str, ...]:
        """Return the tags as we wrote them, or ()."""
        try:
            found = json.loads(known.get(f"{self._prefix}:tags", "[]"))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self._say(self.warnings, f"{self._prefix}:tags is no JSON list of texts; folder and category are taken")
            return ()
        return distinct(map(tidy, found))

    def _interval(self, known: Mapping[str, str]) -> timedelta | None:
        """Return the interval that we wrote, or None."""
        text = known.get(f"{self._prefix}:interval")
        try:
            found = parse_duration(text) if text is not None else None
        except ValueError as error:
            self._say(self.warnings, f"{self._prefix}:interval: {error}; it is left out")
            return None
        return found or None

    def _say(self, where: list[Problem], message: str) -> None:
        where.append(Problem(self.file, self.parser.CurrentLineNumber, "", message))


def _together(first: FeedSpec, again: FeedSpec) -> FeedSpec:
    """Return a feed that stands in a list twice."""
    return replace(
        first,
        name=first.name or again.name,
        tags=distinct((*first.tags, *again.tags)),
        interval=first.interval or again.interval,
        full_text=first.full_text or again.full_text,
    )
