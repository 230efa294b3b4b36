"""From what a format calls its parts to an Entry: limits, addresses, languages, dates, identity."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from monitor.core.identity import canonical_url, content_hash, entry_guid
from monitor.core.types import Entry
from monitor.feeds.plain import storable, to_line, to_plain

MAX_ENTRIES = 2_000
"""Entries read of one feed: ten times what the largest of our starter feeds show; a hostile one must end somewhere."""

MAX_TEXT = 200_000
"""Characters of an entry's text that are kept: a book's chapter."""

MAX_TITLE = 2_000
"""Characters of a title, an author, an id or an address that are kept."""

MAX_MARKUP = 5 * MAX_TEXT
"""Characters of markup that are read for a text."""


MOST_TITLES = 2
"""Titles under which an id or an address may be listed and still be one article (before and after its headline
changed); with a third it stands for the whole site."""


@dataclass(frozen=True, slots=True)
class Source:
    """What holds for all entries of a body.

    base      absolute address that relative links start from
    lang      language of the feed, or None
    seen_at   when the answer was made; nothing was published later. None when that is not known
    """

    base: str
    lang: str | None = None
    seen_at: datetime | None = None


def make_entry(
    source: Source,
    *,
    own_id: str,
    link: str,
    title: str,
    texts: Iterable[str],
    published_at: datetime | None,
    lang: str | None = None,
    author: str = "",
) -> Entry:
    """Return an entry; title, texts and author are markup, the longest text is kept.

    A date later than `source.seen_at` is a mistake (a wrong zone, a wrong year) or an embargo that has ended, as the
    entry is public: then that moment counts, so that the entry is neither old news nor on top of every list for years.
    """
    heading = to_line(title[:MAX_MARKUP])[:MAX_TITLE]
    text = max((to_plain(one[:MAX_MARKUP]) for one in texts), key=len, default="")[:MAX_TEXT]
    url = web_address(link, source.base)
    if published_at and source.seen_at and published_at > source.seen_at:
        published_at = source.seen_at
    return Entry(
        guid=entry_guid(storable(own_id.strip()[:MAX_TITLE]), url, heading, text),
        title=heading,
        text=text,
        url=url,
        published_at=published_at,
        lang=lang or source.lang,
        author=to_line(author[:MAX_MARKUP])[:MAX_TITLE],
    )


def distinct(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries, the first of those that are the same.

    Some publishers give every entry the same id, or none and the address of their front page. Where entries of one id
    differ in address, or without addresses in words, the id is none, and address or words take its place. Where more
    than MOST_TITLES share id or address, the address as written tells them apart (by its fragment), else their words:
    better told twice after such a mistake than never.
    """
    entries = list(entries)
    addresses = [canonical_url(entry.url) if entry.url else _words(entry) for entry in entries]
    titles = [entry.title or entry.text for entry in entries]
    names = _apart([entry.guid for entry in entries], addresses, lambda place: addresses[place])
    names = _apart(names, titles, lambda place: entries[place].url, most=MOST_TITLES)
    names = _apart(names, titles, lambda place: _words(entries[place]), most=MOST_TITLES)
    first = {name: entry for entry, name in reversed(list(zip(entries, names, strict=True)))}
    for name in dict.fromkeys(names):
        yield first[name] if name == first[name].guid else replace(first[name], guid=name)


def _apart(names: Sequence[str], meanings: Sequence[str], finer: Callable[[int], str], *, most: int = 1) -> list[str]:
    """Return the names, with finer ones (by their place) in place of those that mean more than `most` things."""
    uses = Counter(name for name, _ in set(zip(names, meanings, strict=True)))
    return [name if uses[name] <= most else finer(place) for place, name in enumerate(names)]


def _words(entry: Entry) -> str:
    """Return what an entry's identity is without id and address."""
    return f"sha256:{content_hash(entry.title, entry.text)}"


PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*/[\w.~/%=&+,@:!-]*(?:\?[\w.~/%=&+,@:!-]+)?", re.ASCII)
"""Addresses that stay as they are whatever they are joined to, which nearly all are."""


def web_address(link: str, base: str) -> str:
    """Return an address, absolute; "" when it is none of the web, or longer than any is.

    Broken lines are joined; spaces within a line belong to the address (WHATWG URL Standard, "basic URL parser").
    """
    if len(link) <= 2 * MAX_TITLE and PLAIN_ADDRESS.fullmatch(link):
        return link
    lines = storable(link).splitlines() if len(link) <= 2 * MAX_TITLE else []
    link = "".join("%20".join(line.split()) for line in lines)
    try:
        url = urljoin(base, link) if link else ""
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname and len(url) <= 2 * MAX_TITLE else ""
    except ValueError:
        return ""


def language(tag: object) -> str | None:
    """Return a language tag's first part: "en-us" is "en"."""
    if not isinstance(tag, str):
        return None
    first = tag[:MAX_TITLE].strip().lower().replace("_", "-").partition("-")[0]
    return first if first.isascii() and first.isalpha() and 2 <= len(first) <= 3 else None


def first_language(tags: Sequence[object]) -> str | None:
    """Return the first of several tags that is one."""
    return next((found for found in map(language, tags) if found), None)
