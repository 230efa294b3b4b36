"""Feeds written as OPML, so that every reader shows them in a place that makes sense, and ours reads back the same."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from monitor.config.folders import NAMESPACE, categories, distinct, levels_of, tags_of, tidy
from monitor.core.addresses import without_user
from monitor.core.polling import spell
from monitor.core.types import Feed, FeedSpec


@dataclass
class _Folder:
    """What one folder holds, in order: lines of feeds, and other folders."""

    lines: list["str | tuple[str, _Folder]"] = field(default_factory=list)
    folders: dict[str, "_Folder"] = field(default_factory=dict)

    def within(self, path: Sequence[str]) -> "_Folder":
        """Return the folder at a path below this one, made when it is not there."""
        here = self
        for name in path:
            if name not in here.folders:
                here.folders[name] = _Folder()
                here.lines.append((name, here.folders[name]))
            here = here.folders[name]
        return here

    def written(self, indent: str) -> Iterable[str]:
        """Yield this folder's lines."""
        for line in self.lines:
            if isinstance(line, str):
                yield indent + line
                continue
            name = quoteattr(line[0])
            yield f"{indent}<outline text={name} title={name}>"
            yield from line[1].written(indent + "  ")
            yield f"{indent}</outline>"


def write_opml(feeds: Iterable[Feed | FeedSpec], *, secrets: bool = True) -> str:
    """Return feeds as OPML 2.0, without their headers.

    Each feed is one outline, in the folder of its first tag ("Asia/Pakistan" is a folder in a folder), with all its
    tags in `category`: so every reader shows it once and in a place that makes sense.

    secrets   keep user and password of an address
    """
    root = _Folder()
    for feed in feeds:
        tags = distinct(map(tidy, feed.tags))
        root.within(levels_of(tags[0]) if tags else ()).lines.append(_outline(feed, tags, secrets=secrets))
    head = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:monitor="{NAMESPACE}">',
        "  <head><title>Event Monitor</title></head>",
    ]
    return "\n".join([*head, "  <body>", *root.written("    "), "  </body>", "</opml>\n"])


def _outline(feed: Feed | FeedSpec, tags: Sequence[str], *, secrets: bool) -> str:
    """Return the line of a feed."""
    url = feed.url if secrets else without_user(feed.url)
    name = tidy(feed.name) or url
    written = {"type": "rss", "text": name, "title": name, "xmlUrl": url}
    plain = [tag for tag in tags if "," not in tag and categories(tag) == [tag]]
    if plain:
        written["category"] = ",".join(f"/{tag}" if "/" in tag else tag for tag in plain)
    folder = tags_of(path) if tags and (path := levels_of(tags[0])) else ()
    if distinct((*folder, *plain)) != tuple(tags):
        written["monitor:tags"] = json.dumps(list(tags), ensure_ascii=False)
    if feed.interval:
        written["monitor:interval"] = spell(feed.interval)
    if feed.full_text:
        written["monitor:fullText"] = "true"
    return f"<outline {' '.join(f'{key}={quoteattr(value)}' for key, value in written.items())}/>"
