"""The addresses in a web page that may be feeds: text in, candidates out, nothing is fetched here.

Cut at each "<", so that the time is linear whatever the page. Python's own HTML parser is no faster on an ordinary page
(0.1 s for a megabyte) and raises at some that mean harm. Facts about where sites keep their feeds: RSS Advisory Board,
"RSS Autodiscovery"; HTML Standard, "alternate"; the finders of Miniflux, feedfinder2 and feedsearch-crawler.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

from monitor.feeds.entries import web_address
from monitor.feeds.plain import to_line

PAGE = 3 * 2**20
"""Characters of a page that are looked at; home pages of newspapers have up to two million."""

TAG = 8_000
"""Characters of a tag whose attributes are read."""

TITLE = 200
"""Characters of a title that are kept."""

FEED_TYPES = frozenset(
    "application/rss+xml application/atom+xml application/rdf+xml application/feed+json application/x-atom+xml "
    "application/x.atom+xml application/x-rss+xml application/rss application/atom text/rss text/rss+xml text/xml "
    "application/xml".split()
)
"""Types of links to feeds; `application/json` counts with a word for feeds in its address (WordPress' API has it)."""

READERS = frozenset(
    "feedly.com www.feedly.com add.my.yahoo.com www.netvibes.com www.inoreader.com www.newsgator.com "
    "subscribe.feedly.com www.bloglines.com fusion.google.com feedburner.google.com validator.w3.org".split()
)
"""Hosts of readers and checkers, whose buttons carry the word feed in their address."""

_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"']++)))?+")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
"""A reference in an attribute; without its semicolon it is none, or `?a=1&section=2` would hold a paragraph sign."""

_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9]*+")
_FEED_PATH = re.compile(
    r"(?:^|[/._-])(?:feeds?|rss2?|atom|rdf|backend)(?:$|[/._-])|\.(?:rss|atom|rdf|xml)$", re.IGNORECASE
)
_FEED_QUERY = re.compile(r"(?:^|&)(?:feed|format|alt|type|output)=(?:rss2?|atom|feed|rdf)(?:$|&)", re.IGNORECASE)
_FEED_WORDS = re.compile(r"\b(?:rss|atom feed|xml feed|news ?feed)\b", re.IGNORECASE)
_LINK_HEADER = re.compile(r"<([^<>]{1,4000})>([^<,]*+)")
_CHANNEL = re.compile(r'"(?:externalId|channelId|browseId)":"(UC[A-Za-z0-9_-]{22})"')
_RAW = frozenset({"script", "style", "textarea", "template", "svg"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a feed: what the page calls it, and why it may be one."""

    url: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of feeds: those it declares, and links that look like feeds; its own title."""

    title: str
    declared: tuple[Candidate, ...]
    linked: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class _Tag:
    """A start tag, the text right behind it, and its attributes by lower-case name."""

    name: str
    text: str
    attributes: Mapping[str, str]


def read_page(text: str, base: str, headers: Mapping[str, str]) -> Page:
    """Return what a page says of feeds, each address once, in the order of the page.

    base      the address that answered
    headers   of the answer, names in lower case; Link counts as much as the page itself (RFC 8288)
    """
    title, declared, linked = "", list[Candidate](), list[Candidate]()
    address = base
    for tag in _tags(text[:PAGE]):
        if tag.name == "base" and address == base:
            address = web_address(tag.attributes.get("href", ""), base) or base
        elif tag.name == "title" and not title:
            title = to_line(tag.text[: 10 * TITLE])[:TITLE]
        elif tag.name == "link":
            declared += _declared(tag.attributes, address, "the page declares it")
        elif tag.name == "a":
            linked += _linked(tag, address)
    declared += _from_header(headers.get("link", ""), base)
    declared += known_shapes(base, text)
    return Page(title, _once(declared), _once(linked))


def _tags(text: str) -> Iterator[_Tag]:
    """Yield the start tags that matter, outside of comments and of what is no markup."""
    hidden = ""
    for piece in _without_comments(text).split("<")[1:]:
        found = _NAME.match(piece)
        name = found[0].lower() if found else ""
        if hidden:
            hidden = "" if name == f"/{hidden}" else hidden
        elif name in _RAW:
            hidden = name
        elif found and name in ("link", "a", "base", "title"):
            inside, _, after = piece.partition(">") if '"' not in piece and "'" not in piece else _quoted(piece)
            yield _Tag(name, after, _attributes(inside[found.end() : TAG]))


def _without_comments(text: str) -> str:
    """Return markup without its comments; one that does not end hides the rest."""
    first, *others = text.split("<!--")
    return first + "".join(one.partition("-->")[2] for one in others)


def _quoted(piece: str) -> tuple[str, str, str]:
    """Return a tag and what follows it, where a ">" in quotes ends no tag."""
    end = 0
    for found in _ATTRIBUTE.finditer(piece[:TAG]):
        if ">" in piece[end : found.start()]:
            break
        end = found.end()
    at = piece.find(">", end)
    return (piece[:at], ">", piece[at + 1 :]) if at >= 0 else (piece, "", "")


def _attributes(text: str) -> dict[str, str]:
    """Return attributes by lower-case name, the first of those of one name (HTML Standard, "attribute name state")."""
    found: dict[str, str] = {}
    for one in _ATTRIBUTE.finditer(text):
        value = one[2] or one[3] or one[4] or ""
        found.setdefault(one[1].lower(), _REFERENCE.sub(lambda ref: html.unescape(ref[0]), value).strip())
    return found


def _declared(attributes: Mapping[str, str], base: str, why: str) -> Iterator[Candidate]:
    """Yield the feed that a <link> or a Link header names."""
    relations = attributes.get("rel", "").lower().split()
    kind = attributes.get("type", "").partition(";")[0].strip().lower()
    url = web_address(attributes.get("href", ""), base)
    typed = kind in FEED_TYPES or (kind == "application/json" and _looks_like_feed(url))
    if url and ("feed" in relations or ("alternate" in relations and typed)):
        yield Candidate(url, attributes.get("title", "")[:TITLE], why)


def _from_header(header: str, base: str) -> Iterator[Candidate]:
    """Yield the feeds of a Link header."""
    for target, parameters in _LINK_HEADER.findall(header[:TAG]):
        yield from _declared(
            _attributes(parameters.replace(";", " ")) | {"href": target}, base, "its Link header says so"
        )


def _linked(tag: _Tag, base: str) -> Iterator[Candidate]:
    """Yield the feed that a link may lead to, by its address or its words."""
    url = web_address(tag.attributes.get("href", ""), base)
    words = to_line(tag.text[: 10 * TITLE])[:TITLE] or tag.attributes.get("title", "")[:TITLE]
    if not url or urlsplit(url).hostname in READERS or url.partition("#")[0] == base.partition("#")[0]:
        return
    told = " ".join((words, tag.attributes.get("title", ""), tag.attributes.get("type", "")))
    if _looks_like_feed(url) or _FEED_WORDS.search(told[: 3 * TITLE]) or tag.attributes.get("type") in FEED_TYPES:
        yield Candidate(url, words, "the page links to it")


def _looks_like_feed(url: str) -> bool:
    """Return whether an address has the words of one that is a feed."""
    parts = urlsplit(url)
    return bool(_FEED_PATH.search(parts.path) or _FEED_QUERY.search(parts.query))


def _once(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """Return candidates, the first with each address."""
    return tuple({one.url.partition("#")[0]: one for one in reversed(candidates)}.values())[::-1]


def known_shapes(url: str, text: str = "") -> list[Candidate]:
    """Return the feeds that big platforms have for each page of a kind, by its address, YouTube's also by its text."""
    parts = urlsplit(url)
    host, path = (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")
    steps = [step for step in path.split("/") if step]
    root = f"{parts.scheme}://{parts.netloc}"
    found = ""
    if host in ("youtube.com", "m.youtube.com"):
        return _youtube(steps, parts.query, text)
    if host in ("reddit.com", "old.reddit.com") and steps[:1] and steps[0] in ("r", "user", "u"):
        found = f"{root}/{'/'.join(steps[:2])}/.rss"
    elif host == "github.com" and len(steps) >= 2:
        found = f"{root}/{steps[0]}/{steps[1].removesuffix('.git')}/releases.atom"
    elif host == "medium.com" and steps:
        found = f"{root}/feed/{steps[0]}"
    elif host == "bsky.app" and steps[:1] == ["profile"] and len(steps) == 2:
        found = f"{root}{path}/rss"
    elif host.endswith((".medium.com", ".substack.com", ".wordpress.com")):
        found = f"{root}/feed"
    elif host.endswith(".tumblr.com"):
        found = f"{root}/rss"
    elif ".blogspot." in host:
        found = f"{root}/feeds/posts/default"
    elif len(steps) == 1 and re.fullmatch(r"@\w+", steps[0]) and host != "medium.com":
        found = f"{root}{path}.rss"  # Mastodon
    return [Candidate(found, "", f"pages of {host} have it there")] if found else []


def _youtube(steps: list[str], query: str, text: str) -> list[Candidate]:
    """Return the feed of a channel or a playlist on YouTube."""
    feed = "https://www.youtube.com/feeds/videos.xml"
    playlist = parse_qs(query).get("list")
    if playlist and steps[:1] and steps[0] in ("playlist", "watch"):
        return [Candidate(f"{feed}?playlist_id={playlist[0]}", "", "playlists of YouTube have it there")]
    named = _CHANNEL.search(text[:PAGE])
    channel = steps[1] if steps[:1] == ["channel"] and len(steps) > 1 else named[1] if named else ""
    return [Candidate(f"{feed}?channel_id={channel}", "", "channels of YouTube have it there")] if channel else []


PLACES = ("/feed", "/rss", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/?feed=rss2")
"""Where feeds are kept most often: WordPress, Ghost, Jekyll, Hugo, systems of newspapers; few, as each is asked for."""

NEAR = ("feed", "rss")
"""Of them those that a section of a site has for itself."""


def usual_places(url: str) -> list[Candidate]:
    """Return where the feed of a site is when its page says nothing: first beside the page, then at the site's root."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    near = [urljoin(url.partition("?")[0].rstrip("/") + "/", place) for place in NEAR] if parts.path.strip("/") else []
    return [Candidate(place, "", "a usual place") for place in (*near, *(root + place for place in PLACES))]


def news_sitemaps(robots: str, base: str) -> list[Candidate]:
    """Return the sitemaps of news that a robots.txt names (sitemaps.org, "Specifying the Sitemap location")."""
    lines = (line.partition(":") for line in robots[:PAGE].splitlines())
    named = (value.strip() for key, _, value in lines if key.strip().lower() == "sitemap" and "news" in value.lower())
    return [Candidate(url, "", "robots.txt names it") for one in named if (url := web_address(one, base))]
