"""Google News sitemaps: many newspapers without a feed publish their news of two days as one.

Format: sitemaps.org 0.9 with the extensions news (google.com/schemas/sitemap-news/0.9) and image. Prefixes are not
looked up, as publishers choose and forget them; local names are unique among what is read.
"""

from collections import defaultdict
from collections.abc import Mapping
from xml.parsers import expat

from monitor.core.types import Entry, ParsedFeed
from monitor.errors import NotAFeedError
from monitor.feeds.dates import read_date
from monitor.feeds.entries import MAX_ENTRIES, MAX_MARKUP, MAX_TITLE, Source, distinct, first_language, make_entry
from monitor.feeds.markup import Markup, cut, mend
from monitor.feeds.plain import to_line

READ = frozenset(
    "urlset/url/loc urlset/url/lastmod urlset/url/news/title urlset/url/news/publication_date urlset/url/news/keywords "
    "urlset/url/news/publication/name urlset/url/news/publication/language urlset/url/image/caption "
    "urlset/url/image/title".split()
)
"""Paths of local names that hold what is read."""


MAX_DEPTH = 8
"""Elements within each other that are told apart; what is read lies five deep."""


def parse_sitemap(markup: Markup, source: Source) -> ParsedFeed:
    """Return the news of a sitemap, newest first. Raises NotAFeedError when it lists no news.

    Each address is read by itself, so that a broken one is the only one lost. The order of a sitemap means nothing.
    """
    pieces = cut(markup)
    found = [_values(f"<urlset>{piece}</urlset>") for piece in pieces.entries[:MAX_ENTRIES]]
    news = [one for one in found if one.get("urlset/url/news/title", "").strip()]
    if not news:
        raise NotAFeedError("the answer is a sitemap without news (no news:title in it)")
    entries = sorted((_entry(one, source) for one in news), key=_age)
    name = next(
        (one["urlset/url/news/publication/name"] for one in news if "urlset/url/news/publication/name" in one), ""
    )
    return ParsedFeed(title=to_line(name)[:MAX_TITLE], entries=tuple(distinct(entries)))


def _age(entry: Entry) -> tuple[bool, float]:
    """Return a key that sorts newest first, those without a date last."""
    return entry.published_at is None, -entry.published_at.timestamp() if entry.published_at else 0.0


def _entry(found: Mapping[str, str], source: Source) -> Entry:
    """Return one address of a sitemap: its captions and keywords are all the text there is."""
    parts = ("image/title", "image/caption", "news/keywords")
    words = [found[f"urlset/url/{part}"] for part in parts if f"urlset/url/{part}" in found]
    written = found.get("urlset/url/news/publication_date", "")
    return make_entry(
        source,
        own_id="",
        link=found.get("urlset/url/loc", ""),
        title=found["urlset/url/news/title"],
        texts=["<p>".join(words)],
        published_at=read_date(written) or read_date(found.get("urlset/url/lastmod", "")),
        lang=first_language([found.get("urlset/url/news/publication/language")]),
    )


def _values(document: str) -> dict[str, str]:
    """Return what is read of one address by its path. No entity is ever expanded.

    What is no XML is read again with its bare signs mended, up to where it is still broken.
    """
    try:
        return _read(document)
    except expat.ExpatError:
        return _read(mend(document), whole=False)


def _read(document: str, *, whole: bool = True) -> dict[str, str]:
    """Return what is read of one address. Raises ExpatError at what is no XML, unless a part will do."""
    parser = expat.ParserCreate("utf-8")  # without namespaces, so that a prefix need not be declared
    path: list[str] = []
    values: dict[str, list[str]] = defaultdict(list)

    def start(name: str, _: dict[str, str]) -> None:
        path.append(name.rpartition(":")[2])

    def end(_: str) -> None:
        place = "/".join(path[:MAX_DEPTH])
        if place in values:
            values[place].append(" ")
        path.pop()

    def text(data: str) -> None:
        place = "/".join(path[:MAX_DEPTH])
        if place in READ and len(path) < MAX_DEPTH:
            values[place].append(data)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    try:
        parser.Parse(document.encode("utf-8", "replace"), True)
    except expat.ExpatError:
        if whole:
            raise
        values.pop("/".join(path[:MAX_DEPTH]), None)  # the value in which it broke may be cut short
    return {place: "".join(pieces).strip()[:MAX_MARKUP] for place, pieces in values.items()}
