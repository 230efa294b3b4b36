"""JSON Feed 1.0 and 1.1 (jsonfeed.org): text to entries."""

import json
from collections.abc import Mapping
from typing import Any

from monitor.core.types import Entry, ParsedFeed
from monitor.errors import NotAFeedError
from monitor.feeds.dates import read_date
from monitor.feeds.entries import MAX_ENTRIES, MAX_TITLE, Source, distinct, first_language, make_entry, web_address
from monitor.feeds.plain import beginning, to_line

VERSION = "jsonfeed.org/version/"
"""Part of the address by which a JSON Feed names its version."""


def looks_like_json(text: str) -> bool:
    """Return whether a text is an object of JSON rather than markup."""
    return text[:1_000].lstrip("\ufeff\x00 \t\r\n").startswith("{")


def parse_json_feed(text: str, source: Source) -> ParsedFeed:
    """Return what a JSON Feed holds. Raises NotAFeedError when it is other JSON or none."""
    try:
        found = json.loads(text.strip("\ufeff\x00 \t\r\n"), strict=False)
    except (ValueError, RecursionError) as error:
        raise NotAFeedError(f"the answer is damaged JSON and begins {beginning(text)!r}") from error
    if not isinstance(found, dict) or VERSION not in str(found.get("version")) or "items" not in found:
        raise NotAFeedError(f"the answer begins {beginning(text)!r} (JSON, but no JSON Feed)")
    base = web_address(_text(found, "home_page_url"), source.base) or source.base
    known = Source(base, first_language([found.get("language")]) or source.lang, source.seen_at)
    items = [item for item in _list(found, "items")[:MAX_ENTRIES] if isinstance(item, dict)]
    hubs = [hub for hub in _list(found, "hubs") if isinstance(hub, dict) and _text(hub, "type").lower() == "websub"]
    return ParsedFeed(
        title=to_line(_text(found, "title"))[:MAX_TITLE],
        entries=tuple(distinct(_entry(item, known) for item in items)),
        hub=next((url for hub in hubs if (url := web_address(_text(hub, "url"), base))), ""),
        topic=web_address(_text(found, "feed_url"), source.base),
    )


def _entry(item: Mapping[str, Any], source: Source) -> Entry:
    """Return one item. Its text is plain where the format says so, which is kept from being read as markup."""
    plain = _text(item, "content_text").replace("&", "&amp;").replace("<", "&lt;")
    authors = [author for author in [*_list(item, "authors"), item.get("author")] if isinstance(author, dict)]
    return make_entry(
        source,
        own_id=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url"),
        title=_text(item, "title"),
        texts=[_text(item, "content_html"), plain, _text(item, "summary")],
        published_at=read_date(_text(item, "date_published")) or read_date(_text(item, "date_modified")),
        lang=first_language([item.get("language")]),
        author=next((name for author in authors if (name := _text(author, "name"))), ""),
    )


def _text(found: Mapping[str, Any], key: str) -> str:
    """Return a value that is text or a number (ids of JSON Feed 1.0 often are), else ""."""
    value = found.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return value if isinstance(value, str) else repr(value)


def _list(found: Mapping[str, Any], key: str) -> list[Any]:
    """Return a value that is a list, else an empty one."""
    value = found.get(key)
    return value if isinstance(value, list) else []
