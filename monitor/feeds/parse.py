"""Bytes to entries; the only file that knows feedparser."""

import calendar
import time
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from monitor.core.identity import entry_guid
from monitor.core.types import Entry, FetchResult, ParsedFeed
from monitor.errors import FetchError
from monitor.feeds.plain import to_line, to_plain
from monitor.feeds.skips import skip_days, skip_hours

MAX_ENTRIES = 2_000
"""Entries read of one feed: ten times what the largest of our starter feeds show; a hostile one must end somewhere."""

MAX_TEXT = 200_000
"""Characters of an entry's text that are kept: a book's chapter."""

MAX_TITLE = 2_000
"""Characters of a title that are kept."""

START = 80
"""Characters of a body that is no feed, shown so that a person sees what it is."""


def parse_feed(result: FetchResult) -> ParsedFeed:
    """Return what a body holds. Raises FetchError when it is no feed; single broken entries only lose what is broken.

    Markup is kept by feedparser and taken out here, links are resolved here: its own ways to do both cost as much again
    as the parsing.
    """
    headers = {**result.headers, "content-location": result.headers.get("content-location", result.url)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # feedparser's own, about its aliases of old names
        parsed = feedparser.parse(
            result.body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        if not parsed.get("version") and not parsed.get("entries"):
            raise FetchError("not a feed", f"the answer begins {_start(result.body)!r}")
        feed = parsed.get("feed", {})
        base = _text(feed, "link") or result.url
        lang = _language(_text(feed, "language"))
        entries = tuple(_distinct(parsed.entries[:MAX_ENTRIES], base=urljoin(result.url, base), lang=lang))
        return ParsedFeed(
            title=to_line(_text(feed, "title"))[:MAX_TITLE],
            entries=entries,
            ttl=_ttl(feed),
            skip_hours=skip_hours(result.body),
            skip_days=skip_days(result.body),
        )


def _distinct(raw: list[Any], *, base: str, lang: str | None) -> Iterator[Entry]:
    """Yield the entries, the first of those with the same guid."""
    seen: set[str] = set()
    for one in raw:
        entry = _entry(one, base=base, lang=lang)
        if entry.guid not in seen:
            seen.add(entry.guid)
            yield entry


def _entry(raw: Mapping[str, Any], *, base: str, lang: str | None) -> Entry:
    """Return one entry."""
    title = to_line(_text(raw, "title"))[:MAX_TITLE]
    summary = to_plain(_text(raw, "summary"))
    contents = [to_plain(_text(content, "value")) for content in raw.get("content") or ()]
    text = max([summary, *contents], key=len)[:MAX_TEXT]
    link = _link(_text(raw, "link"), base)
    return Entry(
        guid=entry_guid(_text(raw, "id"), link, title, text),
        title=title,
        text=text,
        url=link,
        published_at=_instant(raw, "published") or _instant(raw, "updated") or _instant(raw, "created"),
        lang=_entry_language(raw) or lang,
        author=to_line(_text(raw, "author"))[:MAX_TITLE],
    )


def _text(raw: Mapping[str, Any], key: str) -> str:
    """Return a value that is text, else "" (feeds in the wild put anything anywhere)."""
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def _link(link: str, base: str) -> str:
    """Return an entry's address, absolute; "" when it is none of the web."""
    try:
        url = urljoin(base, link.strip()) if link.strip() else ""
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _instant(raw: Mapping[str, Any], name: str) -> datetime | None:
    """Return a date that feedparser understood, or None; an impossible one spoils nothing else."""
    parsed = raw.get(f"{name}_parsed")
    if not isinstance(parsed, time.struct_time):
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _language(tag: str) -> str | None:
    """Return a language tag's first part: "en-us" is "en"."""
    first = tag.strip().lower().replace("_", "-").partition("-")[0]
    return first if first.isalpha() and 2 <= len(first) <= 3 else None


def _entry_language(raw: Mapping[str, Any]) -> str | None:
    """Return the language an entry declares itself (xml:lang on its title or content)."""
    details = [raw.get("title_detail"), raw.get("summary_detail"), *(raw.get("content") or ())]
    tags = (_language(str(detail.get("language") or "")) for detail in details if isinstance(detail, Mapping))
    return next((tag for tag in tags if tag), None)


def _ttl(feed: Mapping[str, Any]) -> timedelta | None:
    """Return RSS 2.0's <ttl>, minutes, when it is a sensible number."""
    ttl = _text(feed, "ttl").strip()
    return timedelta(minutes=int(ttl)) if ttl.isdigit() and 0 < int(ttl[:6]) <= 525_600 else None


def _start(body: bytes) -> str:
    """Return the beginning of a body as a person can read it."""
    text = body[: 4 * START].decode("utf-8", "replace")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:START]
