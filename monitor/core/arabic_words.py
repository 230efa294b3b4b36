"""The words of names in Arabic script: what they are made of, and the key that all their spellings have.

Arabic, Persian, Dari, Urdu and Pashto write one name with their own letters, with or without the article, joined or
parted: عبيد الله المتوكل, عبیدالله متوکل. Three steps forget that:

    letters    "عبیدالله"    as folding leaves them (text.py), but for ة and the aspirating ھ
    segments   عبید, لله     the parts that some newsroom writes as a word of its own, without articles
    key        one letter for each group of letters that sound alike in some of these languages

The vowels of a short segment tell names apart (حسن, حسین; عمر, عامر) and stay in its key; those of a long one come and
go in transcriptions (اهنگر, أهانغر), unless it is a participle (محمد, محمود). Sources of the groups: the BGN/PCGN
romanisations of the five languages, and the pairs that their newsrooms show for one public figure.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from monitor.core.text import fold

WORD_LETTERS = 32
"""A token with more letters is no word of a name."""

LONG_CONSONANTS = 4
"""Consonants of a segment whose vowels may come and go; Arabic roots have three."""

LETTERS = "ابپتثجچحخدذرزسشصضطظعغفقکگلمنهویةھژٹڈڑټډړڼښږځڅ"
"""All that folding leaves of the letters of the five languages, and the two that are kept apart."""
_WORD = re.compile(f"[{LETTERS}]{{1,{WORD_LETTERS}}}")
_FEMININE, _ASPIRATING, _STOPS = frozenset("ةۃﺓﺔ"), "ھ", frozenset("بپتٹجچدڈکگ")

_JOINER = "\u200c"
"""Zero-width non-joiner, with which Persian parts what it writes as one word."""

_ARTICLE = "ال"
_NOT_ARTICLE = frozenset("الیاس الهام الطاف الماس البرز المان البانی الفت الهی اللهیار الکساندر الجزایر".split())
"""Names that begin with the letters of the article."""
_SHORT_AFTER_ARTICLE = "حق"
"""The one part of names that is as short and yet follows the article: سراج الحق."""
_INNER_ARTICLE = re.compile(f"(.{{2,}}){_ARTICLE}(.{{3,}}|{_SHORT_AFTER_ARTICLE})")

_GOD = "لله"
_ENDS_IN_GOD = ("الله", "لله", "اله")
"""Ways to write the second part of عبدالله; the last is Iranian: نصراله."""

_LAST_PARTS = "زاده خان اباد پور نژاد وند زهی زی ستان شاه گل یار یان".split()
"""Second parts of names, joined or not: محمدزاده, محمد زاده."""
_LAST_ARABIC = "محمد احمد علی ولی".split()
"""The same for names that may also follow an article, and then are split there: عبدالعلی."""
_FIRST_PARTS = "ابو محمد گل میر شاه شیر نور خیر غلام علی".split()
"""First parts of names, joined or not: ابوحمزه, نورولی, گل محمد."""
_BOUND = frozenset((_GOD, "ابو", *_LAST_PARTS))
"""Segments that make one name with the one beside them."""
_MIN_PART = 3
"""Letters of what must remain beside such a part."""

_TITLES = {
    variant: variants.split()[0]
    for variants in (
        "دکتر دکتور داکتر ڈاکٹر ډاکټر ډاکتر",
        "شیخ",
        "مولانا",
        "مولوی",
        "ملا",
        "قاری",
        "حاجی حاج",
        "حافظ",
        "مفتی",
        "علامه",
        "استاد استاذ",
        "جنرال جنرل ژنرال",
        "سید",
        "امیر",
        "امام",
        "کماندان قومندان کمانڈر قوماندان",
        "مهندس انجنیر انجینیر",
        "پروفسور پروفیسر",
    )
    for variant in variants.split()
}
"""Titles as segments, each with the form that stands for all; an alias is also looked up without them."""

_SAME = {
    variant: same
    for same, variants in {
        "ابو": "ابی ابا",
        "بن": "ابن",
        "رحمان": "رحمن",
        "اسحاق": "اسحق",
        "اسماعیل": "اسمعیل",
        "ابراهیم": "ابرهیم",
        "هارون": "هرون",
        "سلیمان": "سلیمن",
        "عثمان": "عثمن",
        "حارث": "حرث",
        "یاسین": "یسین",
        "روف": "ریوف",
        "لیلی": "لیلا",
        "مصطفی": "مصطفا",
        "مرتضی": "مرتضا",
        "موسی": "موسا",
        "عیسی": "عیسا",
        "یحیی": "یحیا",
        "اخوند": "اخند",
    }.items()
    for variant in variants.split()
}
"""Old spellings without alef and other fixed pairs; a rule for them would make other names one (صالح, صلح)."""

_SQUEEZED = re.compile(r"([اوی])\1+")
_TSH, _CHE = "تش", "چ"  # Arabic has no چ
_AW, _AW_LETTERS = re.compile("(?<=.)او"), 6
"""A long word may write aw for w: باجاور, باجور; a short one is another name (داود)."""

_GROUPS = str.maketrans(
    {
        **dict.fromkeys("ثسص", "س"),
        **dict.fromkeys("ذزضظځ", "ز"),
        **dict.fromkeys("تطٹټ", "ت"),
        **dict.fromkeys("دڈډ", "د"),
        **dict.fromkeys("رڑړ", "ر"),
        **dict.fromkeys("نڼ", "ن"),
        **dict.fromkeys("حه", "ه"),
        **dict.fromkeys("قکگغ", "ک"),
        **dict.fromkeys("بپ", "ب"),
        **dict.fromkeys("جژږ", "ج"),
        **dict.fromkeys("شچښخڅ", "ش"),
        "ھ": "",
        "ة": "ت",
    }
)
_MUTE_ENDS = "اهةت"
"""Last letters that languages write for one another (خانه, خانا; هبة, هبت); a key has none of them."""
_VOWELS = re.compile("(?<=.)[او]")
_SOFT = frozenset("اویةھ")


class Word(NamedTuple):
    """A word of a name.

    letters    its folded letters
    segments   what it is made of
    keys       the key of each segment
    article    begins with an article
    """

    letters: str
    segments: tuple[str, ...]
    keys: tuple[str, ...]
    article: bool


def is_title(segment: str) -> bool:
    """Return whether a segment is a title."""
    return segment in _TITLES


def consonants(segment: str) -> int:
    """Return how many consonants a segment has; the last letter is none where it may stand for a vowel."""
    sure = segment[:-1] if segment[-1:] in _MUTE_ENDS else segment
    return sum(letter not in _SOFT for letter in sure)


@lru_cache(maxsize=1 << 15)
def is_long(segment: str) -> bool:
    """Return whether a segment's inner ا and و may come and go."""
    return segment[0] != "م" and consonants(segment) >= LONG_CONSONANTS


@lru_cache(maxsize=1 << 15)
def key_of(segment: str) -> str:
    """Return the key of a segment."""
    kept = segment[:-1] if segment[-1] in _MUTE_ENDS and len(segment) > 1 else segment
    if is_long(segment):
        kept = _VOWELS.sub("", kept[:-1]) + kept[-1] if kept[-1] in "او" else _VOWELS.sub("", kept)
    return kept.translate(_GROUPS)


@lru_cache(maxsize=1 << 15)
def word_of(surface: str) -> Word | None:
    """Return a word as written, in parts; None for what is no word of a name in Arabic script."""
    letters = _letters(surface)
    if not _WORD.fullmatch(letters):
        return None
    joined = [_letters(part) for part in surface.split(_JOINER)]
    pieces = [_without_article(part) for part in joined if part]
    segments = tuple(_canonical(part) for piece in pieces for part in _parts(piece))
    article = letters.startswith(_ARTICLE) and pieces[0] not in (joined[0], _GOD)
    return Word(fold(surface).letters, segments, tuple(map(key_of, segments)), article)


def fused(left: str, right: str) -> str:
    """Return the segment that two of them are when they are written as one word."""
    return _canonical(left + right)


def segments_of(words: Sequence[Word]) -> tuple[str, ...]:
    """Return the segments of words."""
    return tuple(segment for word in words for segment in word.segments)


def namings(words: Sequence[Word]) -> list[tuple[str, ...]]:
    """Return the segments of a name, and those without its titles where two words or more remain.

    عبد الله is one word, however it is written; so are أبو حمزة and حسن زاده.
    """
    bare = [word for word in words if not all(map(is_title, word.segments))]
    whole, named = segments_of(words), segments_of(bare)
    apart = len(bare) > 1 and sum(segment not in _BOUND for segment in named) > 1
    return [whole, named] if apart and named != whole else [whole]


def _letters(surface: str) -> str:
    """Return the folded letters of a word, with ة and an aspirating ھ as they are written."""
    folded = fold(surface)
    if "ه" not in folded.letters:
        return folded.letters
    kept = list(folded.letters)
    for place, letter in enumerate(kept):
        if letter == "ه":
            written = folded.text[folded.offset(place)]
            if written in _FEMININE:
                kept[place] = "ة"
            elif written == _ASPIRATING and place and kept[place - 1] in _STOPS:
                kept[place] = _ASPIRATING
    return "".join(kept)


def _without_article(letters: str) -> str:
    """Return a word without the article; God's name has one always."""
    if letters in _ENDS_IN_GOD:
        return _GOD
    bare = letters[len(_ARTICLE) :]
    enough = len(bare) >= _MIN_PART or bare == _SHORT_AFTER_ARTICLE
    return bare if letters.startswith(_ARTICLE) and enough and letters not in _NOT_ARTICLE else letters


def _parts(word: str) -> list[str]:
    """Return the parts that may be words of their own."""
    for end in _ENDS_IN_GOD:
        if word.endswith(end) and len(word) - len(end) >= (2 if end == _ENDS_IN_GOD[0] else _MIN_PART):
            return [*_parts(word[: -len(end)]), _GOD]
    for end in (*_LAST_PARTS, *_LAST_ARABIC):
        rest = word[: -len(end)]
        if word.endswith(end) and len(rest) >= _MIN_PART and not (end in _LAST_ARABIC and rest.endswith(_ARTICLE)):
            return [*_parts(rest), end]
    inner = _INNER_ARTICLE.fullmatch(word)
    if inner:
        return [*_parts(inner[1]), *_parts(inner[2])]
    for first in _FIRST_PARTS:
        if word.startswith(first) and len(word) - len(first) >= _MIN_PART:
            return [first, *_parts(_without_article(word[len(first) :]))]
    return [word]


def _canonical(part: str) -> str:
    """Return the spelling that stands for all fixed spellings of a part."""
    part = _SQUEEZED.sub(r"\1", part).replace(_TSH, _CHE)
    if len(part) >= _AW_LETTERS:
        part = _AW.sub("و", part)
    return _TITLES.get(part) or _SAME.get(part, part)
