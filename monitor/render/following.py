"""Hits and digests for the readers and calendars that people have already: Atom, JSON Feed, iCalendar."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from monitor.core.types import Hit, NoticeDigest

ATOM = "http://www.w3.org/2005/Atom"

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold (XML 1.0, 2.2)."""

EXCERPT = 500
"""Characters of an item's text in a reader; the rest is a click away."""

LINE_BYTES = 75
"""Longest line of a calendar (RFC 5545, 3.1)."""


def atom(hits: Sequence[Hit], *, instance: UUID, home: str, here: str, now: datetime) -> bytes:
    """Return hits as an Atom feed (RFC 4287), newest first.

    home, here   addresses of the dashboard and of the feed
    """
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", f"urn:uuid:{uuid5(instance, 'hits')}")
    _add(feed, "title", "Event Monitor: hits")
    _add(feed, "updated", _rfc3339(hits[0].created_at if hits else now))
    _add(feed, "link", rel="self", href=here)
    _add(feed, "link", rel="alternate", href=home)
    _add(_add(feed, "author"), "name", "Event Monitor")
    for hit in hits:
        item, entry = hit.item, _add(feed, "entry")
        _add(entry, "id", f"urn:uuid:{uuid5(instance, f'hit {hit.id}')}")
        _add(entry, "title", _title(hit))
        _add(entry, "updated", _rfc3339(hit.created_at))
        _add(entry, "published", _rfc3339(item.published_at or item.fetched_at))
        _add(entry, "link", rel="alternate", href=_address(hit, home))
        _add(_add(entry, "author"), "name", item.feed_name or "unnamed feed")
        for term in _tags(hit):
            _add(entry, "category", term=term)
        _add(entry, "summary", _text(hit))
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def json_feed(hits: Sequence[Hit], *, instance: UUID, home: str, here: str) -> Mapping[str, Any]:
    """Return hits as a JSON Feed (version 1.1, jsonfeed.org), newest first."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Event Monitor: hits",
        "home_page_url": home,
        "feed_url": here,
        "items": [
            {
                "id": f"urn:uuid:{uuid5(instance, f'hit {hit.id}')}",
                "url": _address(hit, home),
                "title": _title(hit),
                "content_text": _text(hit),
                "date_published": _rfc3339(hit.item.published_at or hit.item.fetched_at),
                "date_modified": _rfc3339(hit.created_at),
                "authors": [{"name": hit.item.feed_name or "unnamed feed"}],
                "tags": _tags(hit),
                **({"language": hit.item.lang} if hit.item.lang else {}),
            }
            for hit in hits
        ],
    }


def calendar(
    digests: Sequence[NoticeDigest], coming: Sequence[tuple[str, datetime]], *, home: str, now: datetime
) -> str:
    """Return digests as a calendar (RFC 5545): those that were made, and those to come by name and time."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Event Monitor//digests//EN",
        "X-WR-CALNAME:Event Monitor: digests",
    ]
    for digest in digests:
        end_at = datetime.fromisoformat(digest["period_end"])
        told = [
            f"{digest['hits']} hits in {digest['items']} items, {digest['hits_before']} before.",
            *(f"{story['severity']}: {story['title']}" for story in digest["stories"][:5]),
        ]
        lines += _event(digest["id"], end_at, digest["title"], "\n".join(told), digest["url"] or home, now=now)
    for name, at in coming:
        lines += _event(f"{name}-{at:%Y%m%dT%H%M%SZ}", at, f"Digest {name} is due", "", home, now=now)
    return "".join(f"{_fold(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(uid: str, at: datetime, summary: str, told: str, url: str, *, now: datetime) -> list[str]:
    """Return the lines of one event, which takes no time."""
    stamp = "%Y%m%dT%H%M%SZ"
    return [
        "BEGIN:VEVENT",
        f"UID:{_escape(uid)}@event-monitor",
        f"DTSTAMP:{now:{stamp}}",
        f"DTSTART:{at:{stamp}}",
        f"SUMMARY:{_escape(summary)}",
        *([f"DESCRIPTION:{_escape(told)}"] if told else []),
        f"URL:{_escape(url)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _escape(text: str) -> str:
    """Return a text as a value of a calendar (RFC 5545, 3.3.11); nothing in it begins another line."""
    plain = re.sub("[\x00-\x09\x0b-\x1f\x7f]", " ", text)
    return re.sub(r"([\\;,])", r"\\\1", plain).replace("\n", "\\n")


def _fold(line: str) -> str:
    """Return a line in parts of at most LINE_BYTES bytes, none of which cuts a letter."""
    parts, size = [""], 0
    for letter in line:
        width = len(letter.encode("utf-8", "replace"))
        if size + width > LINE_BYTES:
            parts.append(" ")
            size = 1
        parts[-1] += letter
        size += width
    return "\r\n".join(parts)


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    """Add an element, whose text holds nothing that XML may not, and return it."""
    clean = {key: _NO_XML.sub("\ufffd", value) for key, value in attributes.items()}
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", clean)
    element.text = _NO_XML.sub("\ufffd", text) or None
    return element


def _title(hit: Hit) -> str:
    """Return the title of a hit: how grave it is, and what the item says."""
    return f"[{hit.severity.value}] {' '.join(hit.item.title.split()) or hit.item.url}"


def _text(hit: Hit) -> str:
    """Return why it is a hit, and how the item begins."""
    text = hit.item.text
    return f"{hit.why}\n\n{text[:EXCERPT]}{'…' if len(text) > EXCERPT else ''}".strip()


def _tags(hit: Hit) -> list[str]:
    """Return by what a reader may sort a hit."""
    return [
        hit.severity.value,
        f"watchlist:{hit.watchlist}",
        f"rule:{hit.rule}",
        *sorted(one.id for one in hit.entities),
    ]


def _address(hit: Hit, home: str) -> str:
    """Return where an item is read: at its publisher, or here where that is no address on the web."""
    try:
        on_web = urlsplit(hit.item.url).scheme in ("http", "https")
    except ValueError:
        on_web = False
    return hit.item.url if on_web else f"{home.rstrip('/')}/items/{hit.item.id}"


def _rfc3339(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
