"""What a transliterated name sounds like, and the skeleton under which all its spellings are looked up.

Newsrooms write names from Arabic, Persian, Pashto, Urdu, Cyrillic and African alphabets by ear and by house style:
Husayn, Hussein, Hossain. Two steps forget that:

    letters  "zulfiqar"     as folding leaves them (text.py), Latin or Cyrillic
    sounds   "zulfiqar"     one symbol for each consonant or vowel: kh -> x, sh -> S, ee -> i, ai, ay, ei, ey -> E
    key      "DLFKR"        the consonants in twelve classes; vowels, h, kh, w and y, which come and go, are left out

Names with equal keys are candidates; likeness.py decides by their sounds. Sources of the classes: the romanisations of
ISO 233 (Arabic), ISO 9 and BGN/PCGN (Cyrillic, Tajik, Uzbek, Pashto), the Latin alphabets of Somali, Hausa and Uzbek,
and the alternations that newsrooms and lists of sanctions show (dad and dhal as d, dh, z; theh as th, s; qaf as q, k,
g).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

WORD_LETTERS = 32
"""A token with more letters is no word of a name; the longest real ones (Gurbanguly Berdimuhamedow) stay far below."""

_ROMAN = dict(
    pair.split("=")
    for pair in """
    б=b в=v г=g д=d ж=zh з=z к=k л=l м=m н=n п=p р=r с=s т=t ф=f х=kh ц=ts ч=ch ш=sh щ=sh ґ=g а=a е=e ё=e и=i й=i
    о=o у=u ы=i э=e ю=yu я=ya ъ= ь= і=i ї=i є=e ў=u ѓ=g ќ=k ђ=dj ћ=ch џ=dj қ=q ғ=gh ҳ=h ҷ=j һ=h ң=n ә=a ө=o ү=u ұ=u
    ҡ=q ҫ=s ҙ=z җ=j ӏ= ј=y љ=l њ=n ѕ=z ɓ=b ɗ=d ƙ=k ƴ=y ŋ=n ə=a ǝ=a ɛ=e ɔ=o ħ=h
    """.split()
)
"""Cyrillic letters and the Latin ones beyond a to z that folding leaves, as newsrooms romanise them."""
_ROMANISE = str.maketrans(_ROMAN)
_PLAIN = re.compile(r"[a-z]+")

_SHORT = {"mohd": "muhammad", "muhd": "muhammad", "mohmd": "muhammad", "md": "muhammad", "mhd": "muhammad"}
"""Ways to abbreviate the commonest name."""

ARTICLES = frozenset(
    "al el il ul ol ar er ur or as es us ad ed ud id an en un at et ut az ez uz ash esh ush adh".split()
)
"""The Arabic article and what it becomes before sun letters."""

LINKS = frozenset("e i o u wa va".split())
"""Izafa and "and": Jaish-e-Muhammad, Jaish-i Muhammad, Jaish Muhammad."""

_CONSONANTS = dict(
    pair.split("=")
    for pair in """
    dzh=j dj=j jh=j zh=Z tch=C chh=C ch=C sch=S sh=S kh=x x=x gh=G th=T dh=D bh=b ph=p ck=k que=k dz=z ts=s tz=s
    nb=mb np=mp v=w
    """.split()
)
_CONSONANT = re.compile(r"que$|dzh|sch|tch|chh|dj|jh|zh|ch|sh|kh|gh|th|dh|bh|ph|ck|dz|ts|tz|n(?=[bp])|c(?=[eiy])|x|v")
_VOWEL_RULES = (
    (re.compile(r"yy+"), "y"),
    (re.compile(r"(?<=q)u(?=a)"), ""),  # Quadri
    (re.compile(r"ou(?=[aei])"), "w"),  # Zarqaoui
    (re.compile(r"oo|ou|uu|eu"), "u"),
    (re.compile(r"ee|ii|ie"), "i"),
    (re.compile(r"iy(?=[aeou])"), "i"),  # Ziya
    (re.compile(r"iy"), "i"),
    (re.compile(r"(?<![aeiou])y(?![aeou])|(?<=[^aeiou])y(?=[aeou])"), "i"),  # Kadyrov, Paktya; not Yusuf, Ayub
    (re.compile(r"ay[ie](?=[^aeiouy])|a[ie]|ey(?![aeou])|ei|ay(?![aeiou])"), "E"),  # Tayyiba, Taiba, Basaev
    (re.compile(r"(?<!i)aw?u|[ao]w(?![aeiouE])"), "O"),  # Dawud, Daud; not Ziaul
    (re.compile(r"(.)\1+"), r"\1"),
)
_CLASSES = str.maketrans(
    {
        **dict.fromkeys("aeiouEOwy", "."),
        **dict.fromkeys("hx", ""),
        **dict.fromkeys("bp", "P"),
        **dict.fromkeys("dzD", "D"),
        **dict.fromkeys("sT", "S"),
        **dict.fromkeys("kqgGc", "K"),
        **dict.fromkeys("jZ", "J"),
        **dict.fromkeys("SC", "C"),
        **{letter: letter.upper() for letter in "ftmnrl"},
    }
)
_ROUGH = str.maketrans(
    {
        **dict.fromkeys("eEy", "i"),
        **dict.fromkeys("oOw", "u"),
        **dict.fromkeys("hxc", ""),
        **dict.fromkeys("qgG", "k"),
        **dict.fromkeys("stzDT", "d"),
        **dict.fromkeys("jZS", "C"),
        "p": "b",
    }
)
_UNHEARD = "aeiouEOwyh"
_DOUBLED = re.compile(r"([A-Z])\1+|D(?=J)|T(?=[JC])")
_FUSED_ARTICLE = re.compile(r"(?<=[a-z]{3}[uae])l(?=[rsztdnj])|^[ae]l(?=[rsztdnj][a-z]{4})")
_SUN = tuple("rsztdnj")
_SERVANT = re.compile(r"^abd[aeou]+(?=l|[rsztdn]?$)")


READINGS = (("x", "k"), ("g", "j"), ("c", "h"), ("T", "t"))
"""Other ways to read a name, as sounds and what they are then: kh as k (Khadafi), g as j (Egyptian Gamal), c as a stop
in the throat (Somali Cabdi), th as t (South Asian Thatta). Each is taken for the whole name."""

_FRENCH_CH = ("C", "S")
"""ch as sh (Chebab), which leaves the key as it is."""

AS_WRITTEN, BARE = 0, len(READINGS) + 1
"""Places in `Spoken.keys`: of the name as written, and without its articles; those of READINGS stand between."""

_KEPT = 1 << 15
"""Words whose sounds are remembered; the words of names repeat."""

_TOUCHING = re.compile(r"[cdgkstz]h|dj|dz|t[sz]|ck|n[bp]|l[rsztdnj]")
"""Letters that are heard otherwise when the words they part are written as one."""


class Spoken(NamedTuple):
    """How a word is heard and looked up.

    sounds       its sounds
    rough        its sounds with like ones made one; "" for articles and links. Tells at once who are nothing alike
    keys         its key for each reading: as written, those of READINGS, and without articles
    other        places in `keys` of the readings that differ from the first
    letters      how many letters a to z
    consonants   how many are heard
    sunny        begins with a sun letter, which the article before it takes: ar-Rahman, ad-Din, ash-Sham
    article      may end in the article: Abdul, Ziaul, and by chance Jamal
    """

    sounds: str
    rough: str
    keys: tuple[str, ...]
    other: tuple[int, ...]
    letters: int
    consonants: int
    sunny: bool
    article: bool


def roman(letters: str) -> str:
    """Return folded letters in a to z, or "" where they are of another script, hold digits or are too many."""
    if len(letters) > WORD_LETTERS:
        return ""
    plain = letters.translate(_ROMANISE)
    return _SHORT.get(plain, plain) if _PLAIN.fullmatch(plain) else ""


@lru_cache(maxsize=_KEPT)
def sounds(plain: str) -> str:
    """Return the sounds of a word in a to z, one symbol each."""
    heard = _FUSED_ARTICLE.sub("", _SERVANT.sub("abdu", plain))
    heard = _CONSONANT.sub(_consonant, heard)
    for pattern, symbol in _VOWEL_RULES:
        heard = pattern.sub(symbol, heard)
    return heard


def _consonant(found: re.Match[str]) -> str:
    """Return the symbol of a group of letters; n before b or p is heard as m, c before e or i as s."""
    return {"n": "m", "c": "s"}.get(found[0]) or _CONSONANTS[found[0]]


def is_sunny(plain: str) -> bool:
    """Return whether the article before a word in a to z takes its first sound."""
    return plain.startswith(_SUN)


@lru_cache(maxsize=_KEPT)
def skeleton(heard: str) -> str:
    """Return the key of sounds."""
    return _DOUBLED.sub(r"\1", heard.translate(_CLASSES)).replace(".", "")


@lru_cache(maxsize=_KEPT)
def spoken(letters: str) -> Spoken | None:
    """Return how the folded letters of a word are heard; None for what is no word of a name."""
    plain = roman(letters)
    if not plain:
        return None
    heard = sounds(plain)
    key = skeleton(heard)
    keys = [key]
    for sound, other in READINGS:
        keys.append(skeleton(heard.replace(sound, other)) if sound in heard else key)
    keys.append("" if plain in ARTICLES else key)
    differ = tuple(place for place, other in enumerate(keys) if other != key)
    consonants = sum(sound not in _UNHEARD for sound in heard)
    rough = "" if plain in ARTICLES or plain in LINKS else heard.translate(_ROUGH)
    return Spoken(heard, rough, tuple(keys), differ, len(plain), consonants, is_sunny(plain), plain.endswith("l"))


def join(left: str, right: str, *, silent: bool) -> str:
    """Return the key of two keys that follow one another.

    silent   the left word ends in l and the right one begins with a sun letter, so that the l may not be heard
    """
    if left and right:
        last, first = left[-1], right[0]
        if last == first or (silent and last == "L") or (first == "J" and last in "DT"):
            left = left[:-1]
            return left + right if not left or left[-1] != first else left + right[1:]
    return left + right


def key_of(words: Sequence[Spoken], reading: int = AS_WRITTEN) -> str:
    """Return the key of a name in one of the readings of `Spoken.keys`."""
    key, article = "", False
    for word in words:
        key = join(key, word.keys[reading], silent=article and word.sunny)
        article = word.article
    return key


def key_as_one(words: Sequence[str]) -> str | None:
    """Return the key of a name written as one word, from the folded letters of its words; None where it is the same."""
    plain = [roman(word) for word in words]
    if not any(_TOUCHING.fullmatch(left[-1] + right[0]) for left, right in pairwise(plain)):
        return None
    return skeleton(sounds("".join(plain)))


def readings(plain: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the sounds of a name's words in a to z: as written first, then each other reading that changes them."""
    heard = tuple(map(sounds, plain))
    yield heard
    whole = "".join(heard)
    for sound, other in (*READINGS, _FRENCH_CH):
        if sound in whole:
            yield tuple(word.replace(sound, other) for word in heard)
