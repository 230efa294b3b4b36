"""What others say that a file holds: feedparser, and for what it does not read, the file itself.

Readings are raw (`Raw`); `clean` turns them into entries by the same limits and rules that ours have, so that what
differs is what was read.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from xml.etree import ElementTree as ET

from monitor.core.types import Entry, FetchResult
from monitor.feeds.entries import MAX_ENTRIES, Source, distinct, make_entry, web_address


@dataclass(frozen=True, slots=True)
class Raw:
    """An entry as a peer tells it.

    links     all its addresses, of whatever kind
    date      its instant, as the peer reads it
    written   its date as it stands in the file
    """

    id: str
    link: str
    title: str
    texts: Sequence[str] = ()
    links: Sequence[str] = ()
    date: datetime | None = None
    written: str = ""


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer's reading of a file. `site` is the address that the feed names as its site."""

    name: str
    entries: Sequence[Raw] = ()
    site: str = ""
    error: str = ""


def base_of(result: FetchResult) -> str:
    """Return the address of a document: Content-Location, else where it was found."""
    return web_address(result.headers.get("content-location", ""), result.url) or result.url


def clean(raw: Sequence[Raw], base: str) -> list[tuple[Entry, Raw]]:
    """Return entries of ours from what a peer tells, each with the one it was made of."""
    made = [_clean(one, base) for one in raw[:MAX_ENTRIES]]
    origin = {replace(entry, guid=""): one for entry, one in reversed(list(zip(made, raw, strict=False)))}
    return [(entry, origin[replace(entry, guid="")]) for entry in distinct(made)]


def _clean(raw: Raw, base: str) -> Entry:
    """Return one entry of ours."""
    return make_entry(
        Source(base), own_id=raw.id, link=raw.link, title=raw.title, texts=raw.texts, published_at=raw.date
    )


class Feedparser:
    """A process that reads with feedparser alone; a context manager that owns it."""

    def __enter__(self) -> Self:
        """Start the process."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.feedparser_alone"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def read(self, body: bytes, headers: Mapping[str, str]) -> Peer | None:
        """Return its reading, or None when it sees no feed."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process has no pipes")
        asked = {"body": base64.b64encode(body).decode(), "headers": dict(headers)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        if "error" in found:
            return Peer("feedparser", error=found["error"])
        if not found["version"] and not found["entries"]:
            return None
        entries = [Raw(**one | {"date": _instant(one["date"])}) for one in found["entries"]]
        return Peer("feedparser", entries, found["site"])


def _instant(parts: Sequence[int] | None) -> datetime | None:
    """Return the instant of feedparser's numbers, or None where there is no such moment."""
    with suppress(ValueError):
        if parts:
            year, month, day, hour, minute, second = parts
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return None


def read_json(text: str) -> Peer | None:
    """Return what a JSON Feed says (jsonfeed.org), or None when it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict) or "jsonfeed.org/version/" not in str(found.get("version")):
        return None
    items = found.get("items")
    if not isinstance(items, list):
        return None
    return Peer("the file", [_of_json(one) for one in items if isinstance(one, dict)], _plain(found, "home_page_url"))


def _of_json(item: Mapping[str, Any]) -> Raw:
    """Return one item of a JSON Feed. Texts in it are no markup, which is kept from being read as such."""
    plain = _plain(item, "content_text").replace("&", "&amp;").replace("<", "&lt;")
    written = _plain(item, "date_published") or _plain(item, "date_modified")
    return Raw(
        id=_plain(item, "id"),
        link=_plain(item, "url") or _plain(item, "external_url"),
        title=_plain(item, "title"),
        texts=[_plain(item, "content_html"), plain, _plain(item, "summary")],
        date=_rfc3339(written),
        written=written,
    )


def _plain(found: Mapping[str, Any], key: str) -> str:
    """Return a text, or a number as text; else ""."""
    value = found.get(key)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _rfc3339(written: str) -> datetime | None:
    """Return the instant of a date as JSON Feed and sitemaps want it, or None."""
    with suppress(ValueError):
        found = datetime.fromisoformat(written)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    return None


def read_sitemap(body: bytes) -> Peer | None:
    """Return what a Google News sitemap says, newest first, or None when it is none."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - files that somebody chose to look at
    except (ET.ParseError, ValueError, LookupError):
        return None
    if _local(root) != "urlset":
        return None
    found = [{_local(leaf): (leaf.text or "").strip() for leaf in url.iter()} for url in root if _local(url) == "url"]
    entries = [
        Raw("", one.get("loc", ""), one["title"], date=_rfc3339(one.get("publication_date", "")))
        for one in found
        if one.get("title")
    ]
    oldest = datetime.min.replace(tzinfo=UTC)
    entries.sort(key=lambda one: one.date or oldest, reverse=True)
    return Peer("the file", entries) if entries else None


def _local(element: ET.Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2].lower()


def resolved(peer: Peer, base: str) -> Peer:
    """Return a reading whose relative links start at its site, as JSON Feed's do."""
    site = web_address(peer.site, base) or base
    return replace(peer, entries=[replace(one, link=web_address(one.link, site)) for one in peer.entries])
