"""Make monitor/core/letters_data.py: what every character of Unicode is to the matcher.

    make letters

The rules stand here; letters.py only unpacks what they yield, so a text folds alike under every Python. Each code point
is looked at alone, which keeps offsets and makes composed and decomposed spellings meet: é and e with an accent are e.

What stays of a character (`describe`), in this order:

1. Signs leave no letters: list numbers, footnote figures, fractions, ™, currencies, emoji, ﷺ.
2. Compatibility decomposition and case folding: ﬁ 𝔸 ﻻ ß İ (NFKD, Unicode Standard Annex 15; toCasefold, Standard 3.13).
   Hangul syllables stay whole: their parts would make each text three times as long, and feeds do not send them apart.
3. Accents, vowel points and nuktas vanish; vowel signs of the Indic scripts and their kin stay (`_stays`).
4. Letters that keyboards and newsrooms write one for another become one (`SAME`, `_base`).
5. Digits become 0 to 9 by their value.
6. Anything else that is a letter stands for itself, also in a script unknown to us.

What is left without letters gets the mark of the gap that it makes, or none: see `_marks`.

Not folded: letters that only look alike. IS-К with a Cyrillic К is not IS-K: a letter has one fold, and р is no p.
"""

import base64
import hashlib
import json
import re
import sys
import textwrap
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Literal, Protocol

from monitor.core.letters import APOSTROPHE, BRACKET, BREAK, DOT, HARD, HYPHEN, JOINER, SEMICOLON, SPACE


class UnicodeData(Protocol):
    """What `unicodedata` of the standard library and the newer `unicodedata2` both offer."""

    unidata_version: str

    def category(self, chr: str, /) -> str: ...  # noqa: A002, D102
    def combining(self, chr: str, /) -> int: ...  # noqa: A002, D102
    def decomposition(self, chr: str, /) -> str: ...  # noqa: A002, D102
    def digit(self, chr: str, default: None, /) -> int | None: ...  # noqa: A002, D102
    def lookup(self, name: str, /) -> str: ...  # noqa: D102
    def name(self, chr: str, default: str, /) -> str: ...  # noqa: A002, D102
    def normalize(self, form: Literal["NFKD"], unistr: str, /) -> str: ...  # noqa: D102


SAME = {
    # Arabic script. Urdu, Pashto, Persian and Arabic keyboards have each their own yeh, kaf and heh, and ة, أ, ئ are
    # written with and without their marks (Lucene's Arabic, Persian and Sorani normalizers; docs.rs/urdu-text on Urdu).
    # The last tells ے from ی and آ from ا, which grammar needs; names across five languages need them one.
    "ی": "يىےېۍێؠ",
    "ک": "كڪ",
    "ه": "ةہھەۃ",
    "ا": "ٱٲٳ",
    "گ": "ګ",  # Pashto's; the retroflexes ټ ډ ړ ڼ ږ ښ and ځ څ, and Urdu's ٹ ڈ ڑ, are sounds of their own and stay
    "ن": "ں",  # Urdu writes خان and خاں for one name, Persian and Pashto know no ں; میں and مین are the price
    "و": "ۆ",  # Kurdish o, l and r: without a Kurdish keyboard و, ل and ر
    "ل": "ڵ",
    "ر": "ڕ",
    "ف": "ڤ",  # Navalny is نافالني and ناڤالني; Urdu, Persian and Pashto have no ڤ
    # Cyrillic: Russian keyboards have no Kazakh or Kyrgyz ү, ө. See `_base` for Tajik.
    "у": "ү",
    "о": "ө",
    # Latin: CLDR's transform Latin-ASCII.
    "ae": "æ",
    "oe": "œɶ",
    "th": "þ",
    "d": "ð",
    "i": "ı",
    "j": "ȷ",
    "n": "ŋ",
    "g": "ɡ",
    "e": "əɛǝ",
    # Devanagari: newspapers set the dot of anusvara for candrabindu (हँ, हं).
    "ं": "ँऀ",
}
"""The letter that stands for several, each of which is written for it."""

_FOLDED = {ord(variant): letter for letter, variants in SAME.items() for variant in variants}

_VANISH = frozenset(
    map(
        chr,
        [
            0x0621,  # hamza alone: علماء, علما
            0x0674,  # high hamza, which ٵ and ٶ decompose to
            0x0640,  # tatweel stretches a word
            *range(0x0883, 0x0886),  # tatweel that carries a mark
            *(0x06E5, 0x06E6, 0x08C9, 0x10EC5),  # small letters of the Quran
            *range(0x02B0, 0x0300),  # modifier letters: ʿ ʾ ʼ of Arabic names, tones
            *(0x0559, 0x07FA, 0x2E2F, 0xA67F),  # modifiers of Armenian, tatweel of N'Ko, two of old Cyrillic
            *(0x115F, 0x1160),  # Hangul fillers: Default_Ignorable_Code_Point of the Unicode Character Database
            *(0x17B4, 0x17B5),  # Khmer inherent vowels: likewise
        ],
    )
)
"""Letters and marks that leave nothing."""

_SIGNS = frozenset(
    map(
        chr,
        [
            *(0xFDFA, 0xFDFB),  # ﷺ ﷻ, written without a space after a name; their younger kin (FD40 and on) are symbols
            *(0x2139, 0x3297, 0x3299, *range(0x1F200, 0x1F266)),  # emoji that decompose to letters
            *(*range(0x2776, 0x2794), *range(0x24EB, 0x2500), 0x1F10B, 0x1F10C),  # list numbers that do not decompose
        ],
    )
)

_NO_VOWEL_SIGNS = frozenset(
    "COMBINING ARABIC VARIATION MONGOLIAN SIGNWRITING EGYPTIAN DUPLOYAN ZNAMENNY VEDIC KHITAN".split()
)
"""First words of the names of marks that have combining class 0 and yet are no letters of a word."""

_SEEN = frozenset(map(chr, [*range(0x0600, 0x0606), 0x06DD, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD]))
"""Format characters that are seen: Prepended_Concatenation_Mark of the Unicode Character Database."""

# \x91, \x92, \x96, \x97 are quotes and dashes of windows-1252, as browsers read them (WHATWG HTML, numeric character
# references).
_MARKED = {
    letter: mark
    for mark, letters in {
        BREAK: "\n\v\f\x85\u2028",
        # \r\n is one break; Ethiopic sets a sign between words, Tibetan between syllables.
        SPACE: "\t\r\u1361\u0f0b\u0f0c",
        # Slashes; minus; the middle dots between the names of a foreigner in Chinese and Japanese, 奥萨马·本·拉登.
        HYPHEN: "/\u2044\u2215\uff0f\u2212\u02d7\u00b7\u2027\u30fb\uff65\x96\x97",
        # Also primes, ʼ (Talibanʼs), an accent alone, Armenian, geresh and gershayim of Hebrew abbreviations.
        APOSTROPHE: "'\u2018\u2019\u201b`\u00b4\u2032\u2035\u02b9\u02bc\u0374\uff07\uff40\u055a\u05f3\u05f4\x91\x92",
        SEMICOLON: ";:",
        # \u0970 abbreviates in Hindi: डॉ॰. Urdu's full stop stands between the letters of an acronym, too: ٹی۔ٹی۔پی
        DOT: ".\u2024\u0970\u06d4",
        HARD: "\u201a\u201e\u2e42\u276e\u276f「」『』﹁﹂﹃﹄｢｣〝〞〟",  # quotes that Unicode counts as brackets
        JOINER: "\u200b\u200c",  # ZWNJ parts the pieces of a Persian word; a zero-width space may stand anywhere
    }.items()
    for letter in letters
}
"""Marks of single characters."""

_BY_CATEGORY = {"Zs": SPACE, "Pd": HYPHEN, "Pc": HYPHEN, "Ps": BRACKET, "Pe": BRACKET, "Cf": 0}

_LATIN = re.compile(r"LATIN (?:SMALL LETTER|LETTER SMALL CAPITAL) (?:BARRED )?([A-Z])(?: BAR| WITH .+)?")
_CYRILLIC = re.compile(r"(CYRILLIC SMALL LETTER .+?) WITH .+")


def describe(letter: str, ucd: UnicodeData) -> tuple[str, int]:
    """Return the folded letters of a character and, where there are none, the marks it leaves in a gap.

    Unassigned and private code points and surrogates are HARD.
    """
    category = ucd.category(letter)
    if category in ("Cn", "Cs", "Co") or _is_sign(letter, category, ucd):
        return "", HARD
    folded = fold(letter, ucd)
    return (folded, 0) if folded else ("", _marks(letter, category))


def fold(letter: str, ucd: UnicodeData) -> str:
    """Return the folded letters of an assigned character, "" where nothing stays."""
    if "\uac00" <= letter <= "\ud7a3":
        return letter
    lowered = "".join(_lower(one, ucd) for one in ucd.normalize("NFKD", letter))
    return "".join(_fold_part(one, ucd) for one in ucd.normalize("NFKD", lowered))


def _is_sign(letter: str, category: str, ucd: UnicodeData) -> bool:
    """Return whether a character that decomposes to letters or digits is read as a sign: ² ½ ① ⒈ ™ ₨."""
    kind = ucd.decomposition(letter).partition(" ")[0]
    return (
        letter in _SIGNS
        or category == "Sc"
        or (category in ("No", "So") and kind == "<super>")
        or (category == "No" and kind in ("<circle>", "<compat>", "<fraction>"))
    )


def _lower(letter: str, ucd: UnicodeData) -> str:
    """Return a character case folded; by its name where the running Python is too old to know it."""
    lowered = letter.casefold()
    if lowered == letter and ucd.category(letter) == "Lu":
        name = ucd.name(letter, "")
        try:
            return ucd.lookup(name.replace(" CAPITAL LETTER ", " SMALL LETTER "))
        except KeyError:
            return letter
    return lowered


def _fold_part(letter: str, ucd: UnicodeData) -> str:
    """Return what stays of one decomposed, case folded character."""
    if ord(letter) in _FOLDED:
        return _FOLDED[ord(letter)]
    kind = ucd.category(letter)[0]
    if kind == "N":
        value = ucd.digit(letter, None)
        return letter if value is None else str(value)
    if letter in _VANISH or kind not in "LM" or (kind == "M" and not _stays(letter, ucd)):
        return ""
    return _base(letter, ucd)


def _stays(letter: str, ucd: UnicodeData) -> bool:
    """Return whether a mark is a letter of its word, as Hindi ा and Thai ุ are: कल and काल are two words.

    By Canonical_Combining_Class (Unicode Standard, 4.3): 8 and 9 are Japanese voicing (か, が) and virama, 84 to 132
    vowels and tones of Telugu, Thai, Lao and Tibetan, 0 vowel signs. Others are nuktas (7: ज़, often omitted), points of
    Hebrew, Arabic and Syriac (10 to 36), and accents.
    """
    combining = ucd.combining(letter)
    if combining:
        return combining in (8, 9) or 84 <= combining <= 132
    return ucd.category(letter) != "Me" and ucd.name(letter, "").split()[0] not in _NO_VOWEL_SIGNS


def _base(letter: str, ucd: UnicodeData) -> str:
    """Return the letter that newsrooms put for one that Unicode does not decompose, or the letter itself.

    Latin ø đ ł ħ ɓ and small capitals: their base (as CLDR's Latin-ASCII has it). Cyrillic letters made from a Russian
    one: that one, for Tajik ғ қ ҳ ҷ, Kazakh қ ң, Ukrainian ґ. Those who type on Russian keyboards write Точикистон for
    Тоҷикистон and Чумхурии for Ҷумҳурии; ӣ and ӯ lose their bar as accents anyway.
    """
    name = ucd.name(letter, "")
    if latin := _LATIN.fullmatch(name):
        return latin[1].lower()
    if cyrillic := _CYRILLIC.fullmatch(name):
        try:
            return fold(ucd.lookup(cyrillic[1]), ucd)
        except KeyError:
            return letter
    return letter


def _marks(letter: str, category: str) -> int:
    """Return the marks of a character without letters; 0 for one that is invisible or belongs to the letter before.

    Punctuation of any script parts sentences or clauses, unless told otherwise: ، ؛ ؟ । 。 are HARD; so are
    quotes, # and @.
    """
    if letter in _MARKED:
        return _MARKED[letter]
    if category[0] in "LM":
        return 0
    return HARD if letter in _SEEN else _BY_CATEGORY.get(category, HARD)


def content(ucd: UnicodeData) -> bytes:
    """Return the table as JSON, which letters.py unpacks.

    own     lengths of runs of code points, in turn of such that do not and such that do stand for themselves
    marks   the same for marks: [length, marks, length, marks, ...]
    moved   code points that fold to one other, and to which; each list as differences
    several code points that fold to more, as differences, and a list of what to
    """
    own, marks, moved, several = [], [], [], []
    for point, folded, mark in rows(ucd):
        own.append(folded == chr(point))
        marks.append(mark)
        if len(folded) == 1 and folded != chr(point):
            moved.append((point, ord(folded)))
        elif len(folded) > 1:
            several.append((point, folded))
    parts = {
        "own": [length for _, length in _runs(own)],
        "marks": [number for mark, length in _runs(marks) for number in (length, mark)],
        "moved": [_differences([point for point, _ in moved]), _differences([folded for _, folded in moved])],
        "several": [_differences([point for point, _ in several]), [folded for _, folded in several]],
    }
    return json.dumps(parts, separators=(",", ":")).encode()


def rows(ucd: UnicodeData) -> Iterator[tuple[int, str, int]]:
    """Yield each code point with its folded letters and its marks."""
    for point in range(sys.maxunicode + 1):
        yield point, *describe(chr(point), ucd)


def _runs(values: Sequence[int]) -> list[tuple[int, int]]:
    """Return equal neighbours as (value, count)."""
    return [(value, len(list(group))) for value, group in groupby(values)]


def _differences(numbers: list[int]) -> list[int]:
    """Return each number less the one before; small numbers compress well."""
    return [number - before for before, number in zip([0, *numbers], numbers, strict=False)]


def version(table: bytes) -> str:
    """Return the name of a table's content, as stored beside what was folded with it."""
    return hashlib.sha256(table).hexdigest()[:12]


def module(ucd: UnicodeData) -> str:
    """Return the source of monitor/core/letters_data.py."""
    table = content(ucd)
    data = base64.b85encode(zlib.compress(table, 9)).decode()
    return "\n".join(
        [
            '"""What characters are to the matcher; made by tools/make_letters.py, unpacked by letters.py."""',
            "",
            f'UNICODE = "{ucd.unidata_version}"',
            f'VERSION = "{version(table)}"',
            'DATA = """',
            *textwrap.wrap(data, 119, break_on_hyphens=False),
            '"""',
            "",
        ]
    )


if __name__ == "__main__":
    import unicodedata2

    target = Path(__file__).parent.parent / "monitor/core/letters_data.py"
    target.write_text(module(unicodedata2))
    print(f"{target}: Unicode {unicodedata2.unidata_version}, {target.stat().st_size} bytes")
