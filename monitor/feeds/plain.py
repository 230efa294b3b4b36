"""Markup to plain text, in one pass over the input.

Python's own HTML parser takes time quadratic in hostile input ("<!--" repeated) and raises at some of it ("<![<"), so
tags are found here. Every search either moves on or finds that there is nothing more of its kind to the end, which is
remembered: the time is linear whatever the input.
"""

import html
import re
from collections.abc import Iterator

BLOCKS = frozenset(
    "address article aside blockquote dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main "
    "nav ol p pre section table td th tr ul".split()
)
"""Elements that begin a paragraph of their own (HTML Standard, "Flow content")."""

HIDDEN = frozenset({"script", "style", "template", "noscript", "head", "svg", "iframe"})
"""Elements whose content nobody reads; without an end tag, nothing is hidden."""

START = 80
"""Characters of an answer that is no feed, shown so that a person sees what it is."""

MAX_PAGE = 20_000
"""Characters of such an answer in which words are looked for."""

BORDER = "\x1e"
"""Stands for the border of a paragraph while text is collected."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_TAG = re.compile(r"</?([A-Za-z][^\s/>]*+)((?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?)*+)>")
"""A whole tag; quotes count only after an equals sign (HTML Standard, "Tokenization")."""

_NUMBER = re.compile(r"&#[xX]?[0-9a-fA-F]{8,};?")
"""A character reference beyond Unicode, which html.unescape cannot always read."""


def to_plain(markup: str) -> str:
    """Return the words of HTML or of plain text: paragraphs by blank lines, white space collapsed, entities decoded."""
    markup = storable(markup)
    text = "".join(_Scanner(markup).parts()) if "<" in markup or "&" in markup else markup.replace(BORDER, " ")
    paragraphs = (_collapsed(paragraph) for paragraph in text.split(BORDER))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def to_line(markup: str) -> str:
    """Return the words of HTML or of plain text on one line."""
    return _collapsed(to_plain(markup))


def _collapsed(text: str) -> str:
    """Return a text with white space collapsed; of all white space only the plain space counts as printable."""
    return text.strip() if text.isprintable() and "  " not in text else " ".join(text.split())


def beginning(text: str) -> str:
    """Return the beginning of an answer that is no feed as a person can read it: the words, if it is a page."""
    page = text[:MAX_PAGE]
    words = to_line(page) if "<" in page else page
    shown = "".join(letter if letter.isprintable() else " " for letter in (words or page)[: 2 * START])
    return " ".join(shown.split())[:START]


def storable(text: str) -> str:
    """Return a text that every database takes: NUL and lone surrogates become U+FFFD."""
    try:  # to encode it all takes a tenth of the time that a pattern takes to look at each letter
        text.encode()
    except UnicodeEncodeError:
        return _UNSTORABLE.sub("\ufffd", text)
    return text.replace("\x00", "\ufffd")


class _Scanner:
    """Walks once over markup."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._lower = ""  # the same in lower case, once that was asked for
        self._missing: set[str] = set()
        self._quotes_count = True

    def parts(self) -> Iterator[str]:
        """Yield what a reader would see, with borders between paragraphs."""
        at = 0
        while (start := self._markup.find("<", at)) >= 0:
            yield _words(self._markup[at:start])
            part, at = self._markup_at(start)
            yield part
        yield _words(self._markup[at:])

    def _markup_at(self, start: int) -> tuple[str, int]:
        """Return what the "<" at `start` stands for, and where to go on."""
        follows = self._markup[start + 1 : start + 9]
        if follows.startswith("!--"):
            end = self._after("-->", start + 4)
            return "", end or start + 4
        if follows == "![CDATA[":
            end = self._after("]]>", start + 9)
            return ("", start + 9) if end is None else (_shown(self._markup[start + 9 : end - 3]), end)
        if follows[:1] in ("!", "?"):
            end = self._after(">", start)
            return ("<", start + 1) if end is None else ("", end)
        letter = follows.removeprefix("/")[:1]
        return self._tag_at(start) if letter.isascii() and letter.isalpha() else ("<", start + 1)

    def _tag_at(self, start: int) -> tuple[str, int]:
        """Return the border that a tag makes, and where it, or what it hides, ends."""
        found = _TAG.match(self._markup, start) if self._quotes_count else None
        if found is None:
            self._quotes_count = False  # a tag without end: from here on the next ">" ends any, quoted or not
            end = self._after(">", start)
            if end is None:
                return "<", start + 1
            name = re.split(r"[\s/>]", self._markup[start + 1 : min(end, start + 40)].lstrip("/"), maxsplit=1)[
                0
            ].lower()
            closed = self._markup[end - 2] == "/"
        else:
            end, name, closed = found.end(), found[1].lower(), found[2].endswith("/")
        opens = self._markup[start + 1] != "/"
        if name in HIDDEN and opens and not closed:
            shut = self._after(f"</{name}", end, letters=True)
            return "", end if shut is None else shut - len(name) - 2
        return (BORDER if name in BLOCKS else " " if name == "br" else ""), end

    def _after(self, needle: str, start: int, *, letters: bool = False) -> int | None:
        """Return the offset after the next `needle`, in either case, or None when there is none to the end."""
        if needle in self._missing:
            return None
        if letters and not self._lower:
            lower = self._markup.lower()
            self._lower = lower if len(lower) == len(self._markup) else _ascii_lower(self._markup)
        found = (self._lower if letters else self._markup).find(needle, start)
        if found < 0:
            self._missing.add(needle)
            return None
        return found + len(needle)


def _words(text: str) -> str:
    """Return a text between tags with its entities decoded."""
    if "&" in text:
        text = storable(html.unescape(_NUMBER.sub("\ufffd", text)))
    return _shown(text)


def _shown(text: str) -> str:
    """Return a text without the sign for a border; decoding may have brought it."""
    return text.replace(BORDER, " ")


def _ascii_lower(text: str) -> str:
    """Return a text of the same length with the letters A to Z in lower case (some letters grow when lowered)."""
    return text.translate({upper: upper + 32 for upper in range(65, 91)})
