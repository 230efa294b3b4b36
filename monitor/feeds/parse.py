"""Bytes to entries, whatever the format; with tamed.py the only file that knows feedparser.

What a body is shows in its content: servers say anything about it. RSS, RDF, Atom and CDF are read by feedparser, or to
the same values by quick.py, JSON Feed and news sitemaps by files of their own. A document that is not well-formed is
read entry by entry, so that what is broken spoils no more than its entry.
"""

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from time import struct_time
from typing import Any
from xml.sax import SAXException

from monitor.core.types import Entry, FetchResult, ParsedFeed
from monitor.errors import NotAFeedError
from monitor.feeds.charset import to_text
from monitor.feeds.dates import read_date
from monitor.feeds.entries import (
    MAX_ENTRIES,
    MAX_TITLE,
    Source,
    distinct,
    first_language,
    language,
    make_entry,
    web_address,
)
from monitor.feeds.jsonfeed import looks_like_json, parse_json_feed
from monitor.feeds.markup import Markup, cut, is_well_formed, mend, read_markup
from monitor.feeds.pace import Pace, read_pace
from monitor.feeds.plain import beginning, to_line
from monitor.feeds.quick import read_quickly
from monitor.feeds.sitemap import parse_sitemap
from monitor.feeds.split import Pieces, rebuild, split
from monitor.feeds.tamed import feedparser

KINDS = {
    "entry": "a single entry of an Atom feed",
    "html": "a web page",
    "opml": "a list of feeds (OPML), not one of them",
    "sitemapindex": "a list of sitemaps, not one of them",
}
"""Words for roots that operators mistake for feeds."""

MAX_RELATIONS = 1_000
"""Links of one entry or feed that are looked at."""

_LINK_HEADER = re.compile(r"<([^<>]{1,2000})>((?:\s*;\s*[\w*]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]*))*)")
_RELATION = re.compile(r"rel\s*=\s*\"?([^\";,]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What feedparser made of RSS, RDF, Atom or CDF, or would.

    around   its reading of what surrounds the entries, and `raw` of the entries
    intact   whether it read the document as it is, not entry by entry
    """

    root: str
    around: Mapping[str, Any]
    raw: Sequence[Mapping[str, Any]]
    pace: Pace
    intact: bool


def read_feed(result: FetchResult, seen: Set[int] = frozenset(), *, now: datetime | None = None) -> ParsedFeed:
    """Return what a body holds without the entries that were seen, or all of it when it could not be cut.

    Raises NotAFeedError. `seen` and `now` as for `parse_feed`.
    """
    pieces = split_feed(result)
    return parse_feed(result, pieces, seen if pieces else frozenset(), now=now)


def split_feed(result: FetchResult) -> Pieces | None:
    """Return a body cut into its entries, or None when it must be parsed whole.

    The whole body becomes the text that would be parsed before it is cut: one bad byte in an old entry changes how the
    new ones are read.
    """
    if result.parts is not None:
        return None
    text = _text_of(result)
    if looks_like_json(text):
        return None
    markup = read_markup(text)
    return split(markup.text.encode("utf-8", "replace")) if markup.is_feed and markup.root != "urlset" else None


def parse_feed(
    result: FetchResult,
    pieces: Pieces | None = None,
    seen: Set[int] = frozenset(),
    *,
    now: datetime | None = None,
    quick: bool = True,
) -> ParsedFeed:
    """Return what a body holds. Raises NotAFeedError when it is no feed; nothing else, whatever the bytes.

    pieces   of the body, as `split_feed` cut it; entries whose hashes are in `seen` are then left out of the result
    now      when the answer was made; by default what its Date header says
    quick    whether feeds in order may be read by quick.py; without it feedparser reads them, to the same result
    """
    if result.parts is not None:
        return _parse_folder(result, result.parts, now)
    source = Source(
        base=web_address(result.headers.get("content-location", ""), result.url) or result.url,
        lang=language(result.headers.get("content-language")),
        seen_at=now or read_date(result.headers.get("date", "")),
    )
    text = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # feedparser's own, about its aliases of old names
        try:
            parsed = _parse_new(pieces, seen, source, quick=quick) if pieces else None
            if parsed is None:
                text = _text_of(result)
                parsed = _parse(text, pieces, source, quick=quick)
        except NotAFeedError:
            raise
        except Exception as error:  # a reader that trips over hostile input must not look like our own failure
            start = beginning(text or _text_of(result))
            raise NotAFeedError(f"the answer cannot be read ({type(error).__name__}): {start!r}") from error
    return _with_link_header(parsed, result)


def _parse_folder(result: FetchResult, parts: Sequence[FetchResult], now: datetime | None) -> ParsedFeed:
    """Return what the files of a folder hold together; one that is no feed spoils no other."""
    entries: dict[str, Entry] = {}
    unread = list(result.unread)
    for part in parts:
        try:
            found = parse_feed(part, now=now)
        except NotAFeedError as error:
            unread.append(f"{part.url.rpartition('/')[2]}: {error}")
            continue
        entries |= {entry.guid: entry for entry in found.entries if entry.guid not in entries}
    if parts and len(unread) == len(parts) + len(result.unread):
        raise NotAFeedError("; ".join(unread))
    title = result.url.rstrip("/").rpartition("/")[2]
    return ParsedFeed(title=title, entries=tuple(entries.values()), unread=tuple(unread))


def _text_of(result: FetchResult) -> str:
    """Return the text of a body."""
    return to_text(result.body, result.headers.get("content-type", ""))


def _parse_new(pieces: Pieces, seen: Set[int], source: Source, *, quick: bool) -> ParsedFeed | None:
    """Return what a body holds without the entries that were seen, or None when it has to be read whole."""
    known = list(zip(pieces.entries, pieces.hashes, strict=True))[:MAX_ENTRIES]
    new = [entry for entry, hash_ in known if hash_ not in seen]
    root = read_markup(pieces.head.decode("utf-8")).root
    reading = _read(Markup(root, rebuild(pieces, new).decode("utf-8")), source, quick=quick)
    confirmed = reading.intact and len(reading.raw) == len(new)
    if not confirmed or not (new or reading.around.get("version")):  # a CDF head alone looks like no feed
        return None
    return replace(_to_feed(reading, source), shown=_shown(pieces))


def _parse(text: str, pieces: Pieces | None, source: Source, *, quick: bool) -> ParsedFeed:
    """Return all that a text holds, by what it is."""
    if looks_like_json(text):
        return parse_json_feed(text, source)
    markup = read_markup(text)
    if not markup.is_feed:
        words = f" ({KINDS[markup.root]})" if markup.root in KINDS else ""
        raise NotAFeedError(f"the answer begins {beginning(text)!r}{words}" if text.strip() else "the answer is empty")
    if markup.root == "urlset":
        return parse_sitemap(markup, source)
    reading = _read(markup, source, quick=quick)
    if not reading.around.get("version") and not reading.raw:
        raise NotAFeedError(f"the answer begins {beginning(markup.text)!r}")
    confirmed = pieces and reading.intact and len(reading.raw) == len(pieces.entries[:MAX_ENTRIES])
    return replace(_to_feed(reading, source), shown=_shown(pieces) if pieces and confirmed else None)


def _shown(pieces: Pieces) -> frozenset[int]:
    """Return the hashes of the entries that are read of a feed."""
    return frozenset(pieces.hashes[:MAX_ENTRIES])


def _read(markup: Markup, source: Source, *, quick: bool = True) -> _Reading:
    """Return what feedparser makes of a document, whole if it can, else entry by entry; quickly where that is known."""
    pieces = cut(markup)
    pace = read_pace(pieces.before + pieces.after)
    whole = markup.text if len(pieces.entries) <= MAX_ENTRIES else pieces.whole(MAX_ENTRIES)
    source = source if markup.root == "feed" else replace(source, base="")  # else links may start at the site
    found = read_quickly(whole, source) if quick else None
    if found:
        return _Reading(markup.root, found, found["entries"][:MAX_ENTRIES], pace, intact=True)
    parsed = _feedparser(whole, source) if is_well_formed(whole) else {}
    if parsed and not isinstance(parsed.get("bozo_exception"), SAXException):
        return _Reading(markup.root, parsed, parsed["entries"][:MAX_ENTRIES], pace, intact=True)
    around = _feedparser(mend(pieces.frame()), source)
    raw = [one for piece in pieces.entries[:MAX_ENTRIES] for one in _alone(pieces.frame(mend(piece)), source)]
    return _Reading(markup.root, around, raw, pace, intact=False)


def _to_feed(reading: _Reading, source: Source) -> ParsedFeed:
    """Return what a reading holds."""
    feed, pace = reading.around.get("feed", {}), reading.pace
    known = Source(_base(reading.root, feed, source), language(_text(feed, "language")) or source.lang, source.seen_at)
    return ParsedFeed(
        title=to_line(_text(feed, "title"))[:MAX_TITLE],
        entries=tuple(distinct(_each(reading.raw, known))),
        ttl=pace.ttl,
        period=pace.period,
        skip_hours=pace.skip_hours,
        skip_days=pace.skip_days,
        hub=_relation(feed, "hub", source.base),
        topic=_relation(feed, "self", source.base),
    )


# --- feedparser -------------------------------------------------------------------------------------------------------


def _feedparser(document: str, source: Source) -> Mapping[str, Any]:
    """Return feedparser's reading of a document; {} when it stumbles. Without a base, relative links stay so.

    The document is UTF-8 by now, and feedparser is told so. Markup is taken out and links are resolved by us: its own
    ways to do both cost as much again as the parsing. It goes in as a stream: bytes may be taken for a file name.
    """
    body = ('<?xml version="1.0" encoding="utf-8"?>\n' + document).encode("utf-8", "replace")
    headers = {"content-type": "application/xml; charset=utf-8", "content-language": source.lang or ""}
    if source.base:
        headers["content-location"] = source.base
    try:
        parsed: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception:  # noqa: BLE001 - it raises many things at strange markup; the caller has another way
        return {}
    return parsed


def _alone(document: str, source: Source) -> list[Any]:
    """Return the entry of a document that has one; [] when it is beyond reading."""
    return list(_feedparser(document, source).get("entries", ())[:1])


# --- its dictionaries to ours -----------------------------------------------------------------------------------------


def _each(raw: Sequence[Mapping[str, Any]], source: Source) -> Iterator[Entry]:
    """Yield the entries that can be made; one that cannot costs only itself."""
    for one in raw:
        try:
            entry = _entry(one, source)
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
            continue
        yield entry


def _entry(raw: Mapping[str, Any], source: Source) -> Entry:
    """Return one entry."""
    contents = [content for content in raw.get("content") or () if isinstance(content, Mapping)]
    details = [raw.get("title_detail"), raw.get("summary_detail"), *contents]
    return make_entry(
        source,
        own_id=_text(raw, "id"),
        link=_link(raw),
        title=_text(raw, "title"),
        texts=[_text(raw, "summary"), *(_text(content, "value") for content in contents)],
        published_at=_instant(raw, "published") or _instant(raw, "updated") or _instant(raw, "created"),
        lang=first_language(
            [*(detail.get("language") for detail in details if isinstance(detail, Mapping)), raw.get("language")]
        ),
        author=_text(raw, "author"),
    )


def _text(raw: Mapping[str, Any], key: str) -> str:
    """Return a value that is text, else "" (feeds in the wild put anything anywhere)."""
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def _link(raw: Mapping[str, Any]) -> str:
    """Return an entry's address as written: its page, else another alternative, else what it encloses.

    An id without `isPermaLink` counts as address only if it is one; feedparser lists it among no links.
    """
    links = [one for one in (raw.get("links") or ())[:MAX_RELATIONS] if isinstance(one, Mapping)]
    link = _text(raw, "link")
    is_address = link.lower().startswith(("http://", "https://"))
    if link and (is_address or any(one.get("href") == link for one in links)):
        return link
    for relation in ("alternate", "enclosure"):
        for one in links:
            if one.get("rel") == relation and _text(one, "href"):
                return _text(one, "href")
    return ""


def _instant(raw: Mapping[str, Any], name: str) -> datetime | None:
    """Return a date as we read it; feedparser knows a few national forms besides (Greek, Hungarian, Korean)."""
    written = _text(raw, name)
    found = read_date(written)
    parsed = raw.get(f"{name}_parsed")
    if found is not None or written.isascii() or not isinstance(parsed, struct_time):
        return found
    return read_date("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*parsed[:6]))


def _base(root: str, feed: Mapping[str, Any], source: Source) -> str:
    """Return where relative links start: in RSS the site, for many feeds are hosted elsewhere; else the feed itself."""
    site = web_address(_text(feed, "link"), source.base) if root != "feed" else ""
    return site or source.base


def _relation(feed: Mapping[str, Any], relation: str, base: str) -> str:
    """Return the address of a feed's first link of a kind, or ""."""
    links = [one for one in (feed.get("links") or ())[:MAX_RELATIONS] if isinstance(one, Mapping)]
    found = (web_address(_text(one, "href"), base) for one in links if one.get("rel") == relation)
    return next((url for url in found if url), "")


def _with_link_header(parsed: ParsedFeed, result: FetchResult) -> ParsedFeed:
    """Return the feed with hub and topic of the Link header, which go before its own (WebSub, 4)."""
    found = {"hub": parsed.hub, "self": parsed.topic}
    for target, parameters in reversed(_LINK_HEADER.findall(result.headers.get("link", "")[:8_000])):
        relation = _RELATION.search(parameters)
        for name in relation[1].lower().split() if relation else ():
            found[name] = web_address(target, result.url) or found.get(name, "")
    return replace(parsed, hub=found["hub"], topic=found["self"])
