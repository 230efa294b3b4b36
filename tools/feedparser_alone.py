"""Feedparser as it comes, in a process of its own: `monitor.feeds.parse` mends a few of its methods for itself.

A line of JSON in, `{"body": base64, "headers": {name: value}}`, a line of JSON out: `{"version", "site", "entries"}`,
of each entry what `Raw` in `tools/compare_peers.py` has.
"""

import base64
import io
import json
import sys
import warnings
from collections.abc import Mapping
from time import struct_time
from typing import Any

import feedparser

DATES = ("published", "updated", "created")
"""An entry's dates, the one that counts first."""


def read(body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return what feedparser makes of a body; {"error"} when it raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            parsed = feedparser.parse(
                io.BytesIO(body), response_headers=dict(headers), sanitize_html=False, resolve_relative_uris=False
            )
            entries = [_entry(one) for one in parsed.entries]
    except Exception as error:  # noqa: BLE001 - a crash is one of the things that are counted
        return {"error": f"{type(error).__name__}: {error}"}
    return {"version": parsed.get("version") or "", "site": _text(parsed.feed.get("link")), "entries": entries}


def _entry(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is compared of an entry, as it is."""
    date = next((name for name in DATES if isinstance(raw.get(f"{name}_parsed"), struct_time)), "")
    written = next((name for name in DATES if _text(raw.get(name))), "")
    return {
        "id": _text(raw.get("id")),
        "link": _text(raw.get("link")),
        "title": _text(raw.get("title")),
        "texts": [_text(raw.get("summary")), *(_text(one.get("value")) for one in raw.get("content") or ())],
        "links": [_text(one.get("href")) for one in raw.get("links") or ()],
        "date": list(raw[f"{date}_parsed"][:6]) if date else None,
        "written": _text(raw.get(date or written)),
    }


def _text(value: object) -> str:
    """Return a value that is text, else ""."""
    return value if isinstance(value, str) else ""


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(read(base64.b64decode(asked["body"]), asked["headers"])), flush=True)
