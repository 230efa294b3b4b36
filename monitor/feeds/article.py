"""What a web page says, without all that surrounds an article: by trafilatura, which is an extra of the package.

To be run apart (`feeds/apart.py`): a page of 300,000 paragraphs keeps trafilatura busy for 25 s, and one tag with
100,000 attributes for minutes. It is imported here alone, and only when a page is read: it takes 0.3 s and 40 MB.
"""

import logging
import re

from monitor.core.types import Article, FetchResult
from monitor.errors import FetchError
from monitor.feeds.charset import to_text
from monitor.feeds.entries import web_address
from monitor.feeds.plain import storable

READ_SECONDS = 10.0
"""Longest time for one page. Articles take 10 to 200 ms, a page of 3 MB 4 s."""

MAX_CHARS = 100_000
"""Characters of an article that are kept: some 16,000 words, three times the longest reports of magazines."""

MAX_HEADLINE = 500
"""Characters of a headline that are kept."""

HEAD = 4_096
"""Bytes in which a page says its charset; 1,024 are the standard's (HTML, "Determining the character encoding"), and
some pages begin with more comments than that."""

CURE = "reading articles needs trafilatura: pip install 'event-monitor[article]'"

_CHARSET = re.compile(rb"<meta\s[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_UNASKED = re.compile(r"charset\s*=\s*[\"']?(?:iso-8859-1|latin-?1|windows-1252|us-ascii)\b", re.IGNORECASE)
"""Charsets that servers add by themselves, as in feeds/charset.py."""

_LANG = re.compile(
    r"<html\b[^>]{0,2000}?\s(?:xml:)?lang\s*=\s*[\"']?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3})\b", re.IGNORECASE
)


def read_article(result: FetchResult) -> Article:
    """Return the article on a page; its text is "" where none is found. Raises FetchError when the extra is missing."""
    page = _to_text(result)
    if result.headers.get("content-type", "").lower().startswith("text/plain"):
        return Article("", _paragraphs(page))
    try:
        from trafilatura import bare_extraction
    except ImportError as error:
        raise FetchError("not installed", CURE) from error
    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what they warn of is in the result
    found = bare_extraction(page, with_metadata=True, include_comments=False, include_formatting=False)
    lang = _LANG.search(page[:HEAD])
    if found is None or isinstance(found, dict):
        return Article("", "", lang=lang[1] if lang else None)
    return Article(
        headline=" ".join(storable(found.title or "").split())[:MAX_HEADLINE],
        text=_paragraphs(found.text or ""),
        url=web_address(found.url or "", result.url),
        lang=lang[1] if lang else None,
    )


def _to_text(result: FetchResult) -> str:
    """Return a page as text; what it says of its charset itself goes before what servers add unasked."""
    content_type, found = result.headers.get("content-type", ""), _CHARSET.search(result.body[:HEAD])
    if found and ("charset" not in content_type.lower() or _UNASKED.search(content_type)):
        content_type = f"text/html; charset={found[1].decode('ascii')}"
    return to_text(result.body, content_type)


def _paragraphs(text: str) -> str:
    """Return a text of one paragraph a line with blank lines between them, up to MAX_CHARS.

    Each cell of a table is a paragraph: trafilatura writes a row as "| one | other |" and sets the head apart by
    "|---|---|".
    """
    lines = storable(text[:MAX_CHARS]).splitlines()
    cells = (cell for line in lines for cell in (line.split("|") if line.startswith("|") else [line]))
    paragraphs = (" ".join(cell.split()) for cell in cells)
    return "\n\n".join(one for one in paragraphs if one.strip("-"))
