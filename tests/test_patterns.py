"""Every pattern of the package takes linear time, whatever it is searched in.

No clock is read: all texts together take a pattern a second, and one that is quadratic in some of them minutes, so that
the suite's limit ends its test.
"""

import importlib
import pkgutil
import re

import pytest

import monitor
from monitor.feeds.dates import LONGEST
from monitor.feeds.entries import MAX_TITLE

LENGTH = 100_000
"""Characters of a text: quadratic, that is five thousand million steps."""

FEW = 3_000
"""Characters in which all patterns are tried each time: cubic, that is as many steps; quadratic ones need LENGTH."""

SHORT = {
    "monitor.feeds.dates": LONGEST,
    "monitor.core.headlines._SUFFIX": MAX_TITLE,
    "monitor.core.edits._OUTLET": MAX_TITLE,
}
"""Patterns that meet nothing longer, by module or by name, and how long that is."""

FOREIGN = (
    "monitor.feeds", "monitor.core.addresses", "monitor.core.arabic_names", "monitor.core.capitals", "monitor.core.edits", "monitor.core.freshness",
    "monitor.core.headlines", "monitor.core.publishers", "monitor.core.sketches", "monitor.core.text", "monitor.config.folders", "monitor.config.opml", "monitor.channels", "monitor.render", "monitor.store",
)  # fmt: skip
"""Modules that see what publishers, receivers and lists of others say; all else is written by the operator."""

AT_ONE_PLACE = frozenset(
    {"monitor.core.arabic_names._TOKEN", "monitor.feeds.markup._SPACE", "monitor.feeds.plain._TAG"}
    | {"monitor.feeds.quick._MORE_SLASHES"}
)
"""Patterns that are not searched for: they match where they are asked to, or, after one failure, are asked no more."""

PIECES = (
    "a", "A", "1", " ", "\n", "\t\n", ".", ",", ":", ";", "-", "_", "/", "'", '"', "=", "|", "<", ">", "&", "#", "%", "@", "(", "[", "]", "{", "!",
    "ا", "ال", "й", "é", "۔", "\u200c", "\u0301", "\0", "\ud800", "😀",
    "a ", "a.", "a. ", "a:", "a-", "a=", "a='", 'a="', "a = ", ";a=", "; a = ", "a|", " | ", " - ", " — ", "1 ", "1:", "1.", "1-", "01/", "1,",
    "<a", "<a ", "<a>", "</a", "</a>", "<a a=", "<a a='", "<a a='>' ", "<a:a", " a:a ", " a:a", "<!--", "-->", "<![CDATA[", "]]>", "]>", "] ",
    "<?", "<?xml ", "<!DOCTYPE ", "<!doctype html", "<!ENTITY ", "<!ENTITY a ", "<!ENTITY a '", "<item", "</item ", "<rss", "<rss ", "<rss a='", "<feed>",
    "<ttl>", "<ttl> ", "<ttl>1 ", "<hour>1", "<day>monday", "<sy:updatePeriod>", "<updateFrequency> 1", "&#", "&#x", "&#x1", "&a", "&amp;", "xmlns:", "xmlns:a",
    "charset", "charset = ", "encoding=", "<language> ", "rel = ", "<a>;", "<a>; a=", '"channelId":"UC', "http://", "http://a", "https://a?", "feed", "rss ",
    "1 hour", "1 hour ago ", "1.1.1.", "just now", "1 comment", "updated ", "last updated on ", "modified: 1", "breaking ", "live: ", "bin ", "Dr", "Dr. ",
    "no-cache, ", "max-age = ", "ok", "*", "`", "\\", "Mon, ", "12:", "+0", "gmt +", "2020-01-",
)  # fmt: skip


def patterns() -> dict[str, re.Pattern[str] | re.Pattern[bytes]]:
    """Return all patterns of the package by their name."""
    found: dict[str, re.Pattern[str] | re.Pattern[bytes]] = {}
    for module in pkgutil.walk_packages(monitor.__path__, "monitor."):
        if not module.name.endswith("__main__"):
            members = vars(importlib.import_module(module.name))
            found |= {f"{module.name}.{name}": one for name, one in members.items() if isinstance(one, re.Pattern)}
    return found


PATTERNS = {name: one for name, one in patterns().items() if name.startswith(FOREIGN)}


def length_for(name: str) -> int:
    """Return how long a text is in which a pattern is searched."""
    return next((length for known, length in SHORT.items() if name.startswith(known)), LENGTH)


@pytest.mark.parametrize("most", [FEW, pytest.param(LENGTH, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_linear(name: str, most: int) -> None:
    pattern, length = PATTERNS[name], min(length_for(name), most)
    for piece in PIECES:
        text = piece * (length // len(piece))
        given = text if isinstance(pattern.pattern, str) else text.encode("utf-8", "surrogatepass")
        if name in AT_ONE_PLACE:
            found = [pattern.match(given), pattern.fullmatch(given)]  # type: ignore[arg-type]  # each kind gets its own
        else:
            found = list(pattern.finditer(given))  # type: ignore[arg-type]
        assert len(found) <= len(given) + 1
