"""The bytes of a body to text, whatever its server and its author say about them.

Both are often wrong: servers add a charset of their own, authors copy a declaration. So what the bytes show themselves
comes first. One spoilt byte must not turn a whole feed of Urdu or Russian into nonsense.
"""

import codecs
import re

BOMS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
"""Byte order marks, the longer of those that begin alike first."""

WIDE = ((b"\0\0\0<", "utf-32-be"), (b"<\0\0\0", "utf-32-le"), (b"\0<", "utf-16-be"), (b"<\0", "utf-16-le"))
"""How "<" begins a document without a mark (XML 1.0, appendix F)."""

EBCDIC = b"\x4c\x6f\xa7\x94"
"""The letters "<?xm" in the character sets of IBM's mainframes (XML 1.0, appendix F)."""

SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
"""What is meant by a narrower name (WHATWG Encoding Standard, "Names and labels")."""

SERVER_DEFAULTS = frozenset({"cp1252"})
"""Charsets that servers add unasked; the document knows better."""

SEVEN_BIT = re.compile(r"iso2022_|hz")
"""Charsets written in ASCII bytes, which are valid UTF-8 but not meant so."""

TEXT_CODECS = re.compile(
    r"utf-8|ascii|iso8859|iso2022_|cp\d|koi8|gb|euc_|shift_jis|big5|mac-|tis-620|hz|kz1048|ptcp154"
)
"""Codecs of Python that are charsets of eight bits; others escape, pack, or take their time."""

BY_LANGUAGE = dict.fromkeys(("ru", "uk", "bg", "be", "sr", "mk", "tg", "kk"), "cp1251") | dict.fromkeys(
    ("ar", "fa", "ur", "ps"), "cp1256"
)
"""The usual charset of old in a language, for documents that declare none."""

GOOD_PER_BAD = 10
"""Well-formed multi-byte letters for each broken one from which on a text is UTF-8 with mistakes."""

HEAD = 1_000
"""Bytes in which an XML declaration is looked for; LANGUAGE_HEAD those for the language."""

LANGUAGE_HEAD = 10_000

_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_LANGUAGE = re.compile(rb"(?:<(?:dc:)?language>\s*|xml:lang=[\"'])([a-z]{2})", re.IGNORECASE)


def to_text(body: bytes, content_type: str) -> str:
    """Return the text of a body; what cannot be read becomes U+FFFD.

    In this order: a byte order mark, the width of "<", UTF-8 that is well-formed or nearly so, the XML declaration over
    a charset that servers add unasked, else the Content-Type over the declaration (RFC 7303, 3), the usual charset of
    the feed's language.
    """
    for mark, name in BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    start = body[:HEAD].lstrip(b" \t\r\n")
    for sign, name in WIDE:
        if start.startswith(sign):
            return body.decode(name, "replace").lstrip("\0")
    declared = _declared(body.decode("cp037").encode() if start.startswith(EBCDIC) else body, content_type)
    if start.startswith(EBCDIC):
        return body.decode(next((name for name in declared if name.startswith("cp")), "cp037"), "replace")
    if declared and SEVEN_BIT.match(declared[0]):
        return body.decode(declared[0], "replace")
    return _eight_bit(body, declared)


def _eight_bit(body: bytes, declared: list[str]) -> str:
    """Return the text of a body in a charset that contains ASCII."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    if good >= bad * GOOD_PER_BAD:
        return text
    found = _LANGUAGE.search(body[:LANGUAGE_HEAD])
    usual = BY_LANGUAGE.get(found[1].decode().lower(), "cp1252") if found else "cp1252"
    legacy = [name for name in declared if name != "utf-8"] or [usual]
    for name in legacy:
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    return body.decode(legacy[0], "replace")


def _declared(body: bytes, content_type: str) -> list[str]:
    """Return the charsets that are declared and known, the more credible first."""
    by_author, by_server = _DECLARED.search(body[:HEAD]), _CHARSET.search(content_type)
    author = _codec(by_author[1].decode("ascii")) if by_author else None
    server = _codec(by_server[1]) if by_server else None
    order = [author] if server in SERVER_DEFAULTS else [server, author]
    return [name for name in order if name]


def _codec(label: str) -> str | None:
    """Return Python's name of a charset, or None for one that it does not know as such."""
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    name = SUPERSETS.get(name, name)
    return name if TEXT_CODECS.match(name) else None
