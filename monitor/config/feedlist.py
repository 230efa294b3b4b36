"""Lists of feeds, read whatever they are: OPML, or a text with one address on each line."""

from collections.abc import Sequence
from pathlib import Path

from monitor.config.opml import FeedList, Listed, parse_opml
from monitor.config.opml_out import write_opml
from monitor.core.types import FeedSpec
from monitor.errors import ConfigError, Problem
from monitor.sources import feed_address

__all__ = ["FeedList", "Listed", "parse_list", "read_list", "read_opml", "write_opml"]

LOOKED_AT = 1_000
"""Bytes in which a first "<" shows that a list is XML."""


def read_list(file: Path, folders: Sequence[Path] = ()) -> FeedList:
    """Return what a file lists. Raises ConfigError: unreadable, neither OPML nor addresses; see `parse_list`."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError.single(file, f"cannot be read: {error.strerror}") from error
    return parse_list(str(file), data, folders)


def parse_list(file: str, data: bytes, folders: Sequence[Path] = ()) -> FeedList:
    """Return what a document lists; what cannot be a feed is told and spoils no other.

    file      how to call the document
    folders   whose files may be feeds (`feed_folders`)

    Raises ConfigError for what is no list at all: broken XML, no OPML, no single address in it.
    """
    start = data[:LOOKED_AT].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return parse_opml(file, data, folders) if start.startswith(b"<") else _parse_lines(file, data, folders)


def _parse_lines(file: str, data: bytes, folders: Sequence[Path]) -> FeedList:
    """Return the addresses of a text, one on each line; # begins a comment, and empty lines are none."""
    feeds: dict[str, Listed] = {}
    refused = []
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            url = feed_address(text, folders)
        except ValueError as error:
            refused.append(Problem(file, number, "", f"{text[:100]!r} is no feed: {error}"))
            continue
        feeds.setdefault(url, Listed(FeedSpec(url), number))
    if refused and not feeds:
        text = "is no list of feeds: expected OPML, or one address on each line that begins with http:// or https://"
        raise ConfigError.single(file, text, line=refused[0].line)
    return FeedList(tuple(feeds.values()), tuple(refused))


def read_opml(file: Path, folders: Sequence[Path] = ()) -> tuple[FeedSpec, ...]:
    """Return the feeds of a list that must be right in each line. Raises ConfigError with everything that is not."""
    found = read_list(file, folders)
    if found.refused:
        raise ConfigError(found.refused)
    return tuple(listed.spec for listed in found.feeds)
