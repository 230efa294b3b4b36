"""Feed text made harmless for a reader's eyes: no control characters, no tricks of direction, no strange links."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

TITLE_CHARS = 200
"""Longest title of a message: what chats and mail programs show of one."""

URL_CHARS = 2_000
"""Longest address that is linked; Slack refuses a message with one beyond 3,000, mail programs break them earlier."""

_UNSEEN = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080), 0xFEFF])
"""Deletes embeddings, overrides and isolates of direction (our own are added by `isolate`), tag characters and BOM."""

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""C0 and C1 controls other than white space, and lone surrogates, which no encoding can write."""

_SPACE = re.compile(r"\s+")

_ACTIVE = re.compile(
    r"[@$](?=\w)"  # a mention, a cashtag
    r"|@"
    r"|\#(?=\w)"  # a channel, a hashtag
    r"|<(?=\S)"  # a mention of Slack, Discord or Google Chat, a tag
    r"|(?<!\S)/(?=\w)"  # a command
    r"|:(?=//|[\w+-]+:)"  # an address, an emoji
    r"|(?<=\w)\.(?=[^\W\d_]{2})"  # a domain, which some chats link by themselves
)
"""What may begin something that a chat acts upon by itself, whatever is escaped."""

ZERO_WIDTH_SPACE = "\u200b"

_TRIGGERS = re.compile(r"@|<(?=[!@#])")
"""What begins a mention in some chat; a zero-width space behind it keeps it from being one."""

_LEFT_TO_RIGHT_MARK = "\u200e"

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


def flatten(text: str) -> str:
    """Return `text` on one line: white space in single spaces, invisible controls deleted. Joiners of scripts stay."""
    return _SPACE.sub(" ", _CONTROLS.sub("", text.translate(_UNSEEN)))


def one_line(text: str, limit: int = TITLE_CHARS) -> str:
    """Return `text` flattened and without space around it, cut with an ellipsis at `limit` characters."""
    flat = flatten(text).strip()
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def defuse(text: str) -> str:
    """Return text in which no mention is one any more: "@here" has a zero-width space behind its sign."""
    return _TRIGGERS.sub(lambda found: f"{found[0]}{ZERO_WIDTH_SPACE}", text)


def inert(text: str) -> str:
    """Return text in which no chat finds a mention, a link, a tag or a command by itself; it looks the same.

    A zero-width space behind the sign keeps "@here", "example.org" and "/stop" from being more than words.
    """
    return _ACTIVE.sub(lambda found: f"{found[0]}{ZERO_WIDTH_SPACE}", text)


def inert_parts(texts: Sequence[str]) -> list[str]:
    """Return the stretches of one text, likewise: "IS-K" before ".com" would be a domain for a chat that joins them."""
    ends = [found.end() for found in _ACTIVE.finditer("".join(texts))]
    parts, at = [], 0
    for text in texts:
        marks = [end - at for end in ends if at < end <= at + len(text)]
        cuts = zip([0, *marks], [*marks, len(text)], strict=True)
        parts.append(ZERO_WIDTH_SPACE.join(text[start:end] for start, end in cuts))
        at += len(text)
    return parts


def isolate(text: str) -> str:
    """Return `text`, set apart from its surroundings when it holds right-to-left letters (Unicode UAX #9, 2.4.2).

    In plain text this does what `dir="auto"` does in HTML: "Critical: <Urdu title> (3 reports)" keeps its order.
    """
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}" if _has_right_to_left(text) else text


def isolate_sentence(text: str) -> str:
    """Return an English sentence set apart likewise; it runs to the right also where it begins with an Urdu name."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    begins_right_to_left = next((one for one in strong if one in {"L", "R", "AL"}), "L") != "L"
    return isolate(f"{_LEFT_TO_RIGHT_MARK}{text}" if begins_right_to_left else text)


@lru_cache(maxsize=1024)
def _has_right_to_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


def web_link(url: str) -> str:
    """Return `url` when it is a web address that is safe to link to, else "": no script, file or odd character."""
    if len(url) > URL_CHARS or not url.isprintable() or any(letter in ' "<>\\^`{|}' for letter in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""


def moment(timestamp: str | None) -> str:
    """Return a notice's instant as people write it, "30 Jul 2023, 11:15 UTC"; for None that no time is known."""
    if timestamp is None:
        return "time not given"
    at = datetime.fromisoformat(timestamp)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def count(number: int, noun: str) -> str:
    """Return "1 report", "2 reports"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def span_words(span: timedelta) -> str:
    """Return a span as people say it, in its greatest unit: "6 days", "3 hours", "1 minute"."""
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if span >= size:
            return count(span // size, unit)
    return "less than a minute"
