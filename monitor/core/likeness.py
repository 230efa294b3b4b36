"""How far two spellings of a name are apart: the price of turning the sounds of one into those of the other.

Prices are parts of one letter's worth: next to nothing for what newsrooms mix freely (o and u, e and i), little for a
short vowel, much for a vowel that tells names apart (Hasan and Husain, Jamal and Jamil), for an ending that makes
another word (Khorasan and Khorasani, Habib and Habiba) and for any consonant that is not written for the same letter.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from rapidfuzz.distance import Indel

from monitor.core.skeleton import ARTICLES, LINKS, is_sunny, readings, roman, skeleton

FAR = 1.0
"""Price of a letter that is simply another one."""

WORD, SINGLE, NAME, LETTER = 0.72, 0.46, 0.55, 0.03
"""Most that may be paid: for one word within a name; for a name that either writes as one word; for one of several,
and more for each of its sounds. Tuned on the first half of tests/core/names_data.py, where the optimum is flat."""

_SAME = "aeiouEO"
_PRICES = {
    pair[:2]: float(pair[3:])
    for pair in """
    ae=0.2 ai=0.8 ao=0.3 au=0.45 aE=0.75 aO=0.4 ei=0.1 eE=0.15 iE=0.25 eo=0.7 eu=0.7 io=0.8 iu=0.7 ou=0.05 oO=0.1
    uO=0.2 OE=0.8 wu=0.15 yi=0.1 kq=0.05 kc=0.6 cq=0.6 qg=0.3 gG=0.15 qG=0.25 kg=0.5 kG=0.5 xh=0.2 xk=0.35 zD=0.1
    zd=0.35 dD=0.1 sT=0.2 Tt=0.3 jZ=0.1 CS=0.4 bp=0.5 jC=0.7 zs=0.6 wO=0.15 yE=0.3 xq=0.4 xG=0.4 Td=0.6 td=0.6
    """.split()
}
"""Of one sound for another, either way round; FAR for pairs that are not here."""
_SWAP = {**_PRICES, **{pair[::-1]: price for pair, price in _PRICES.items()}}
_DROP = {
    **dict.fromkeys("aiuo", 0.42),
    "e": 0.32,
    "E": 0.5,
    "O": 0.5,
    "y": 0.15,
    "w": 0.35,
    "h": 0.3,
    "x": 0.5,
    "c": 0.3,
}
_DROP_LAST = {"a": 0.75, "i": 0.9, "e": 0.3, "u": 0.5, "o": 0.5, "E": 0.9, "O": 0.9, "h": 0.1, "y": 0.5, "w": 0.7}
_FIRST_VOWEL = 0.75
"""A vowel that begins one of two spellings: Asad, Saad."""
_FIRST_AI = 0.3
"""a and i in a name's first syllable: Shahab, Shihab; Nangarhar, Ningarhar."""
_SHIFT = 0.4
"""A vowel on the other side of a consonant: Nangarhar, Nangrahar."""
_BEGIN = 0.3
"""Most that a vowel which begins a word may cost."""
_UNHEARD = 0.15
"""Most that the rest of a word may cost behind an h which the other spelling has not."""
_ROUGH = 0.68
"""Least share of rough sounds in common: lower than in any pair of the first half of tests/core/names_data.py, yet
three quarters of what has one key by chance fall below."""


def are_roughly_alike(left: str, right: str) -> bool:
    """Return whether two names, given as the rough sounds of all their words, are worth comparing."""
    return Indel.normalized_similarity(left, right, score_cutoff=_ROUGH) > 0


@lru_cache(maxsize=1 << 14)
def price(left: str, right: str) -> float:
    """Return the price of turning the sounds of one word into those of the other; the same both ways."""
    if left == right:
        return 0.0
    before: list[float] = []
    ins = [_drop(right, place) for place in range(len(right))]
    row = [0.0, *accumulate(ins)]
    syllables = min(sum(sound in _SAME for sound in word) for word in (left, right))
    early = 2 if syllables > 1 else -1
    for i, one in enumerate(left):
        older, before = before, row
        gone = _drop(left, i)
        row = [before[0] + gone]
        for j, other in enumerate(right):
            best = min(before[j] + _swap(one, other, early=i + j <= early), before[j + 1] + gone, row[j] + ins[j])
            if i > 1 and j > 1 and one == right[j - 1] and other == left[i - 1] and (one in _SAME) != (other in _SAME):
                best = min(best, older[j - 1] + _SHIFT)
            row.append(best)
    return row[-1]


def _swap(one: str, other: str, *, early: bool) -> float:
    """Return the price of one sound for another; `early` tells that they stand in the first of several syllables."""
    if one == other:
        return 0.0
    if early and one in "ai" and other in "ai":
        return _FIRST_AI
    return _SWAP.get(one + other, FAR)


def _drop(word: str, place: int) -> float:
    """Return the price of the sound at a place of a word that the other spelling has not."""
    sound = word[place]
    if place == 0 and sound in _SAME:
        return _FIRST_VOWEL
    if place == len(word) - 1 and sound in _DROP_LAST:
        return _DROP_LAST[sound]
    return _DROP.get(sound, FAR)


def are_spellings(left: Sequence[str], right: Sequence[str]) -> bool:
    """Return whether two names, given as the folded letters of their words, are spellings of one name."""
    return any(_agree(one, other) for one in _forms(left) for other in _forms(right))


def _forms(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the sounds of a name's words: articles joined to the word before, left out, and all read otherwise."""
    plain = [roman(word) for word in words]
    joined = _joined(plain)
    yield from readings(joined)
    bare = [word for place, word in enumerate(plain) if not _falls_away(word, place, len(plain))]
    if len(bare) < len(plain) and bare != joined:
        yield from readings(_joined(bare))


def _falls_away(word: str, place: int, length: int) -> bool:
    """Return whether a word is an article or a link, which never end a name."""
    return place < length - 1 and (word in ARTICLES or word in LINKS)


def _joined(words: Sequence[str]) -> list[str]:
    """Return words with articles written as Fazlu-Rahman, Ziaul-Haq: at the word before, without what is not heard."""
    out: list[str] = []
    for place, word in enumerate(words):
        if _falls_away(word, place, len(words)):
            if out and word in ARTICLES:
                out[-1] += (
                    ("u" if out[-1][-1] not in "aeiou" else "") + word[1:] if is_sunny(words[place + 1]) else "ul"
                )
            continue
        if out and len(out[-1]) > 3 and out[-1][-2] in "aeou" and _is_heard_once(out[-1][-1], word):
            out[-1] = out[-1][:-1]
        out.append(word)
    return out


def _is_heard_once(last: str, word: str) -> bool:
    """Return whether the last letter of a word is only the article's, or the first of the word that follows."""
    return last == word[0] or (last == "l" and is_sunny(word))


def _agree(left: Sequence[str], right: Sequence[str]) -> bool:
    """Return whether the sounds of two names agree, word for word where they have equally many, else as a whole."""
    fused_left, fused_right = "".join(left), "".join(right)
    if not _begin_alike(fused_left, fused_right):
        return False
    size = max(len(fused_left), len(fused_right))
    budget = SINGLE if 1 in (len(left), len(right)) else NAME + LETTER * size
    if len(left) != len(right) or any(skeleton(a) != skeleton(b) for a, b in zip(left, right, strict=True)):
        return skeleton(fused_left) == skeleton(fused_right) and price(fused_left, fused_right) <= budget
    if not all(map(_begin_alike, left, right)):
        return False
    prices = [price(one, other) for one, other in zip(left, right, strict=True)]
    return max(prices) <= WORD and sum(prices) <= budget


def _begin_alike(one: str, other: str) -> bool:
    """Return whether two words may begin with the same sound, where one begins with a vowel.

    Utkin is not Atkin and Hamid not Ahmed, though the rest is near; Usama is Osama, Yemelyan is Emelyan. An h that is
    not heard may stand before the same word (Hibatullah, Ibatullah).
    """
    first, second = one[:1], other[:1]
    if first == second or not (first in _SAME or second in _SAME):
        return True
    if "h" in (first, second):
        return price(one.removeprefix("h"), other.removeprefix("h")) <= _UNHEARD
    return "c" in (first, second) or first + second in ("ey", "ye") or _SWAP.get(first + second, FAR) <= _BEGIN
