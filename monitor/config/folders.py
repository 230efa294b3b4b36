"""What the readers and writers of OPML share: tags as folders, folders as tags, words that XML can hold."""

import re
from collections.abc import Iterable, Sequence

NAMESPACE = "https://pypi.org/project/event-monitor/opml"
"""Of our attributes: `interval`, `fullText`, and `tags`, a JSON list, only where folder and category say it wrong."""

MAX_WORDS = 500
"""Characters of a name or a tag that are kept."""

MAX_DEPTH = 8
"""Folders within each other that become tags; deeper ones count as their parent."""

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def tidy(words: str) -> str:
    """Return a name or a tag as a list can hold it: on one line, nothing that XML forbids, MAX_WORDS at most."""
    return " ".join(ILLEGAL.sub("\ufffd", words).split())[:MAX_WORDS].rstrip()


def distinct(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags, each once, in their order."""
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def tags_of(path: Sequence[str]) -> tuple[str, ...]:
    """Return the tags of a folder: itself, and for one within others the whole path before each of its names."""
    return (path[0],) if len(path) == 1 else distinct((tidy("/".join(path)), *path))


def categories(text: str) -> list[str]:
    """Return the tags in `category`: "/news/daily,en" is "news/daily" and "en"."""
    return [tidy(part.strip("/ \t\r\n")) for part in text.split(",")] if text else []


def levels_of(tag: str) -> list[str]:
    """Return the folders that a tag is."""
    return [part.strip() for part in tag.split("/", MAX_DEPTH - 1) if part.strip()]
