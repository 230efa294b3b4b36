"""What makes two entries the same: an entry's key within its feed, canonical addresses, content hashes."""

import hashlib
import re
from urllib.parse import urlsplit, urlunsplit

TRACKING_PREFIXES = ("utm_", "at_", "mc_")
TRACKING_NAMES = frozenset({"fbclid", "gclid", "dclid", "igshid", "msclkid", "yclid", "cmpid", "ns_campaign", "ref"})
"""Query parameters that say where a reader came from, not what is read (Google Analytics, Facebook, BBC, Mailchimp)."""

DEFAULT_PORTS = {"http": 80, "https": 443}


_CANONICAL = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*/[\w.~/%=&+,@:!-]*", re.ASCII)
"""Addresses in that form, which most are."""


def entry_guid(own_id: str, link: str, title: str, text: str) -> str:
    """Return an entry's identity within its feed: its own id, else its canonical link, else a hash of its content."""
    if own_id.strip():
        return own_id.strip()
    if link.strip():
        return canonical_url(link)
    return f"sha256:{content_hash(title, text)}"


def content_hash(title: str, text: str) -> str:
    """Return a hash of the words, the same however they are spaced."""
    words = " ".join(title.split()) + "\n" + " ".join(text.split())
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def canonical_url(url: str) -> str:
    """Return `url` in the form in which equal addresses are equal texts.

    Scheme and host in lower case, no default port, "/" for an empty path, no fragment (RFC 3986, 6.2.2 and 6.2.3) but
    one that is the path of a page made by a script ("#/news/1", "#!news/1"), and no tracking parameters. What cannot be
    read as an address stays as it is.
    """
    if _CANONICAL.fullmatch(url):
        return url
    url = url.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    if not parts.hostname:
        return url
    scheme = parts.scheme.lower()
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = host if port in (None, DEFAULT_PORTS.get(scheme)) else f"{host}:{port}"
    query = "&".join(part for part in parts.query.split("&") if not _tracks(part.partition("=")[0]))
    fragment = parts.fragment if parts.fragment.startswith(("/", "!")) else ""
    return urlunsplit((scheme, place, parts.path or "/", query, fragment))


def same_page(url: str) -> str:
    """Return an address as people mean it: without scheme, "www." and a slash at the end; equal for the same page."""
    plain = canonical_url(url)
    return plain.partition("://")[2].removeprefix("www.").rstrip("/") or plain


def _tracks(name: str) -> bool:
    """Return whether a query parameter only says where a reader came from."""
    return name.lower() in TRACKING_NAMES or name.lower().startswith(TRACKING_PREFIXES)
