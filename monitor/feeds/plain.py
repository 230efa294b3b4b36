"""Markup to plain text, in one pass over the input."""

import re
from html.parser import HTMLParser

BLOCKS = frozenset(
    "address article aside blockquote dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main "
    "nav ol p pre section table td th tr ul".split()
)
"""Elements that begin a paragraph of their own (HTML Standard, "Flow content")."""

HIDDEN = frozenset({"script", "style", "template", "noscript", "head", "svg", "iframe"})
"""Elements whose content nobody reads."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def to_plain(markup: str) -> str:
    """Return the words of HTML or of plain text: paragraphs by blank lines, white space collapsed, entities decoded."""
    parser = _Stripper()
    parser.feed(_UNSTORABLE.sub("\ufffd", markup))
    parser.close()
    paragraphs = (" ".join(paragraph.split()) for paragraph in "".join(parser.parts).split("\x1e"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def to_line(markup: str) -> str:
    """Return the words of HTML or of plain text on one line."""
    return " ".join(to_plain(markup).split())


class _Stripper(HTMLParser):
    """Collects text; a record separator stands for the border of a paragraph."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - given
        """Begin a paragraph, a line, or something hidden."""
        if tag in HIDDEN:
            self._hidden += 1
        elif tag in BLOCKS:
            self.parts.append("\x1e")
        elif tag == "br":
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        if tag in HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in BLOCKS:
            self.parts.append("\x1e")

    def handle_data(self, data: str) -> None:
        """Keep what a reader would see."""
        if not self._hidden:
            self.parts.append(data.replace("\x1e", " "))
