"""Lists of feeds as OPML, read and written. Source: OPML 2.0 (opml.org/spec2.opml)."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from monitor.core.types import Feed, FeedSpec
from monitor.errors import ConfigError


class _Forbidden(Exception):  # noqa: N818 - it never leaves this module
    """A document type with entities: what entity bombs are made of."""


def read_opml(file: Path) -> tuple[FeedSpec, ...]:
    """Return the feeds of an OPML file in its order, each address once; folders and `category` become tags.

    Raises ConfigError: unreadable, no XML, entities declared, an address that is none.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError.single(file, f"cannot be read: {error.strerror}") from error
    reader = _Reader(str(file))
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        text = f"is not OPML: {expat.ErrorString(error.code)}"
        raise ConfigError.single(file, text, line=error.lineno) from error
    except _Forbidden as error:
        line = reader.parser.CurrentLineNumber
        raise ConfigError.single(file, "declares entities; an OPML file needs none, remove them", line=line) from error
    if not reader.is_opml:
        raise ConfigError.single(file, "is not OPML: expected <opml> at its top", line=1)
    return tuple(reader.feeds.values())


class _Reader:
    """Collects feeds while expat walks the file; nothing outside the file is ever read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.feeds: dict[str, FeedSpec] = {}
        self.is_opml = False
        self._folders: list[str | None] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise _Forbidden

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.is_opml = self.is_opml or name == "opml"
        if name != "outline":
            return
        known = {key.lower(): value.strip() for key, value in attributes.items()}
        title = known.get("text") or known.get("title") or ""
        url = known.get("xmlurl")
        self._folders.append(None if url else title)
        if not url:
            return
        if urlsplit(url).scheme not in ("http", "https"):
            line = self.parser.CurrentLineNumber
            text = f"xmlUrl of {title!r} is no address that begins with http:// or https://"
            raise ConfigError.single(self.file, text, line=line)
        tags = [folder for folder in self._folders if folder]
        tags += [part.strip("/ ") for part in known.get("category", "").split(",")]
        self.feeds.setdefault(url, FeedSpec(url, title, tuple(dict.fromkeys(tag for tag in tags if tag))))

    def _end(self, name: str) -> None:
        if name == "outline":
            self._folders.pop()


def write_opml(feeds: Iterable[Feed] | Sequence[FeedSpec]) -> str:
    """Return feeds as OPML 2.0; tags stand in `category`."""
    lines = [
        f'    <outline type="rss" text={quoteattr(feed.name or feed.url)} xmlUrl={quoteattr(feed.url)}'
        + (f" category={quoteattr(','.join(feed.tags))}" if feed.tags else "")
        + "/>"
        for feed in feeds
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n  <head><title>Event Monitor</title></head>'
    return "\n".join([head, "  <body>", *lines, "  </body>", "</opml>"])
