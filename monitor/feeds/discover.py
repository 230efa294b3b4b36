"""The feeds behind an address: it is one, or its page leads to some. Whatever is offered was fetched and read first.

One request at a time, few in all. A source that is less sure is asked only when the surer ones gave nothing: what the
page declares, what it links to, the usual places, the sitemaps of news in robots.txt.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from monitor.core.types import FetchResult, ParsedFeed
from monitor.errors import FetchError, NotAFeedError
from monitor.feeds.charset import to_text
from monitor.feeds.jsonfeed import looks_like_json
from monitor.feeds.markup import read_markup
from monitor.feeds.page import Candidate, Page, known_shapes, news_sitemaps, read_page, usual_places
from monitor.feeds.parse import parse_feed

MAX_TRIED = 20
"""Addresses asked for one page, besides the page itself; a person waits, and a publisher wonders."""

MAX_SITEMAPS = 3
"""Of them sitemaps: they are large, and a site has one of its news as a rule."""

COMPARED = 10
"""Entries by which two feeds are told to be the same news in two formats."""

KINDS = {"rss": "RSS", "rdf": "RSS 1.0", "feed": "Atom", "channel": "CDF", "urlset": "news sitemap"}
"""What a feed is called by the root of its document."""

Fetch = Callable[[str], Awaitable[FetchResult]]
"""Returns what is at an address; raises FetchError."""


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was read.

    why        how it was found
    newest_at  when its newest entry was published, or None
    comments   what readers say, not what the publisher does
    same_as    address of one that has the same news in another format, or ""
    """

    url: str
    title: str
    kind: str
    why: str
    entries: int
    newest_at: datetime | None = None
    comments: bool = False
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What is behind an address.

    feeds    the likeliest first
    is_feed  the address itself is the feed
    page     what else is there, in words; "" for a feed
    tried    addresses asked; `left` of those that may be feeds were not
    """

    url: str
    feeds: tuple[Found, ...]
    is_feed: bool = False
    page: str = ""
    tried: int = 0
    left: int = 0

    @property
    def main(self) -> tuple[Found, ...]:
        """Return the feeds between which somebody has to choose: no comments, nothing twice."""
        return tuple(feed for feed in self.feeds if not feed.comments and not feed.same_as)


async def discover(fetch: Fetch, url: str, *, thorough: bool = False) -> Discovery:
    """Return the feeds behind an address. Raises FetchError when nothing answers there and no shape is known.

    thorough   follow links that look like feeds even when the page declares some
    """
    trouble: FetchError | None = None
    try:
        result = await fetch(url)
    except FetchError as error:
        shapes = known_shapes(url)
        if not shapes:
            raise
        trouble, page, base = error, Page("", tuple(shapes), ()), url
    else:
        found = _read(result, Candidate(url, "", "it is the address itself"))
        if isinstance(found, Found):
            return Discovery(url, (replace(found, url=url),), is_feed=True)
        page, base = _page(result), result.url
        said = found.detail + (f"; its title is {page.title!r}" if page.title else "")
    search = _Search(fetch, {url, base})
    await search.all(page, base, thorough=thorough)
    if trouble is not None:
        if not search.feeds:
            raise trouble
        said = str(trouble)
    return Discovery(url, search.ranked(), page=said, tried=search.tried, left=search.left)


@dataclass
class _Search:
    """The asking, one address after the other."""

    fetch: Fetch
    seen: set[str]
    feeds: list[Found] = field(default_factory=list)
    marks: dict[str, frozenset[str]] = field(default_factory=dict)
    pages: list[tuple[Page, str]] = field(default_factory=list)
    tried: int = 0
    left: int = 0

    @property
    def done(self) -> bool:
        """Return whether there is something better than readers' comments."""
        return any(not feed.comments for feed in self.feeds)

    async def all(self, page: Page, base: str, *, thorough: bool) -> None:
        """Ask all sources until one gave something."""
        await self.ask(page.declared)
        if thorough or not self.done:
            await self.ask(page.linked)
        for listing, address in self.pages[:1]:  # "RSS" often leads to a page that lists the feeds
            if not self.done:
                await self.ask(_same_site((*listing.declared, *listing.linked), address))
        if not self.done:
            await self.ask(usual_places(base), until_one=True)
        if not self.done:
            await self.ask(await self.sitemaps(base))

    async def sitemaps(self, base: str) -> list[Candidate]:
        """Return the sitemaps of news of a site."""
        parts = urlsplit(base)
        try:
            result = await self.fetch(f"{parts.scheme}://{parts.netloc}/robots.txt")
        except FetchError:
            return []  # a site without one says nothing
        return news_sitemaps(_text(result), result.url)[:MAX_SITEMAPS]

    async def ask(self, candidates: Iterable[Candidate], *, until_one: bool = False) -> None:
        """Ask for candidates and keep those that are feeds."""
        for candidate in candidates:
            if candidate.url in self.seen or (until_one and self.done):
                continue
            if self.tried >= MAX_TRIED:
                self.left += 1
                continue
            self.seen.add(candidate.url)
            self.tried += 1
            try:
                result = await self.fetch(candidate.url)
            except FetchError:
                continue  # a link that leads nowhere is common, and no feed
            self.keep(result, candidate)

    def keep(self, result: FetchResult, candidate: Candidate) -> None:
        """Keep an answer that is a feed and not known by another address."""
        known = result.url in self.seen and result.url != candidate.url
        self.seen.add(result.url)
        found = None if known else _read(result, candidate)
        if isinstance(found, NotAFeedError):
            self.pages.append((_page(result), result.url))
        elif found is not None:
            marks = _marks(parse_feed(result))
            same = (url for url, others in self.marks.items() if len(marks & others) * 2 > len(marks | others))
            self.feeds.append(replace(found, same_as=next(same, "")))
            self.marks[found.url] = marks

    def ranked(self) -> tuple[Found, ...]:
        """Return the feeds, what is only more of the same last."""
        return tuple(sorted(self.feeds, key=lambda feed: (feed.comments, bool(feed.same_as))))


def _read(result: FetchResult, candidate: Candidate) -> Found | NotAFeedError:
    """Return the feed that an answer is, or why it is none."""
    try:
        parsed = parse_feed(result)
    except NotAFeedError as error:
        return error
    title = parsed.title or candidate.title
    told = f"{title} {candidate.title}".lower()
    return Found(
        url=candidate.url,
        title=title,
        kind=_kind(result),
        why=candidate.why,
        entries=len(parsed.entries),
        newest_at=max((one.published_at for one in parsed.entries if one.published_at), default=None),
        comments="/comments" in urlsplit(candidate.url).path or "comments on" in told or "comments for" in told
        or "comments feed" in told,
    )  # fmt: skip


def _marks(parsed: ParsedFeed) -> frozenset[str]:
    """Return what tells a feed's news from another's."""
    return frozenset(entry.url or entry.guid for entry in parsed.entries[:COMPARED])


def _kind(result: FetchResult) -> str:
    """Return what format an answer has."""
    if result.parts is not None:
        return "folder"
    text = _text(result)
    return "JSON Feed" if looks_like_json(text) else KINDS[read_markup(text).root]


def _text(result: FetchResult) -> str:
    """Return the text of an answer."""
    return to_text(result.body, result.headers.get("content-type", ""))


def _page(result: FetchResult) -> Page:
    """Return what an answer that is no feed says of feeds."""
    return read_page(_text(result), result.url, result.headers)


def _same_site(candidates: Iterable[Candidate], base: str) -> list[Candidate]:
    """Return the candidates on the host of a page: those elsewhere are more often of others than its own."""
    host = (urlsplit(base).hostname or "").removeprefix("www.")
    return [one for one in candidates if (urlsplit(one.url).hostname or "").removeprefix("www.").endswith(host)]
