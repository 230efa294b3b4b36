"""Tell bodies apart, but not those that differ only in when they were made.

Many servers make a feed anew for each request, with the time of day in its head or in a comment behind it, and then
their validators tell nothing. Cutting and comparing the entries would find that out, too, at twenty times the cost.
"""

import hashlib
import re

from monitor.core.types import FetchResult

_ENTRY = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.IGNORECASE)

_STAMPS = re.compile(
    rb"<(lastBuildDate|pubDate|updated|modified|dc:date)>[^<>&]{0,100}</\1>|<!--[^<>]{0,1000}-->", re.IGNORECASE
)
"""Dates of the feed itself, which nothing here reads, and comments."""


def body_hash(result: FetchResult) -> str:
    """Return what tells a body from another that may have other entries: 64 hex digits.

    Left out are dates and comments before the first entry and after the last; nothing is where neither is found, nor
    in a document with entities of its own, of which they might be a part.
    """
    body = result.body
    first = _ENTRY.search(body)
    start = first.start() if first else 0
    end = max(body.rfind(b"item>"), body.rfind(b"entry>"))
    if first is None or end < start or b"<!ENTITY" in body:
        return hashlib.sha256(body).hexdigest()
    hashed = hashlib.sha256(_STAMPS.sub(b"", body[:start]))
    hashed.update(body[start:end])
    hashed.update(_STAMPS.sub(b"", body[end:]))
    return hashed.hexdigest()
