"""How far two spellings of a name in Arabic script are apart: the price of turning the letters of one into the other's.

As in likeness.py prices are parts of one letter's worth. Letters that one language writes for another's cost next to
nothing, those that only sound alike a little, a vowel of a long word more, and anything else is another name.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from monitor.core.arabic_words import is_long, key_of

FAR = 1.0
"""Price of a letter that is simply another one."""

SEGMENT, NAME, SHORT = 0.45, 0.6, 0.08
"""Most that may be paid: for one segment, for a name of several, and for a single word too short for more than the
retroflex letters of Urdu and Pashto (باجوڑ, باجور). Tuned on the first half of tests/core/arabic_data.py."""

_SWAP = {
    pair: price
    for price, pairs in {
        0.05: "تٹ تټ ٹټ طٹ طټ دڈ دډ ڈډ رڑ رړ ڑړ نڼ",
        0.1: "پب گغ ةت جژ",
        0.15: "تط ژږ ښخ ښش زځ سث",
        0.2: "سص ثص زذ زض زظ ذض ذظ ضظ چڅ شڅ",
        0.25: "حه جږ",
        0.3: "شچ کگ قگ قغ اه اة",
        0.4: "قک گږ",
        0.0: "هة",
    }.items()
    for letters in pairs.split()
    for pair in (letters, letters[::-1])
}
"""Of one letter for another; the last pairs of 0.3 and that of nothing stand at a word's end only."""

_DROP = {"ا": 0.35, "و": 0.35}
"""Of a vowel within a long segment that the other spelling has not."""
_ASPIRATION = 0.1


@lru_cache(maxsize=1 << 14)
def price(left: str, right: str, *, vowels: bool) -> float:
    """Return the price of turning one segment into the other; the same both ways.

    vowels   inner ا and و may come and go
    """
    if left == right:
        return 0.0
    ins = [_drop(right, place, vowels=vowels) for place in range(len(right))]
    row = [0.0, *accumulate(ins)]
    for i, one in enumerate(left):
        before = row
        gone = _drop(left, i, vowels=vowels)
        row = [before[0] + gone]
        for j, other in enumerate(right):
            last = i == len(left) - 1 and j == len(right) - 1
            row.append(min(before[j] + _swap(one, other, last=last), before[j + 1] + gone, row[j] + ins[j]))
    return row[-1]


def _swap(one: str, other: str, *, last: bool) -> float:
    """Return the price of one letter for another."""
    if one == other:
        return 0.0
    if not last and (one in "اة" or other in "اة"):
        return FAR
    return _SWAP.get(one + other, FAR)


def _drop(segment: str, place: int, *, vowels: bool) -> float:
    """Return the price of the letter at a place that the other spelling has not."""
    if segment[place] == "ھ":
        return _ASPIRATION
    return _DROP.get(segment[place], FAR) if vowels and 0 < place < len(segment) - 1 else FAR


def are_alike(left: Sequence[str], right: Sequence[str], most: float = NAME) -> bool:
    """Return whether two names, given as segments, are spellings of one name: segment for segment, else as a whole."""
    if len(left) != len(right) or any(key_of(one) != key_of(other) for one, other in zip(left, right, strict=True)):
        return price("".join(left), "".join(right), vowels=False) <= min(SEGMENT, most)
    prices = [price(one, other, vowels=is_long(one) and is_long(other)) for one, other in zip(left, right, strict=True)]
    return max(prices) <= SEGMENT and sum(prices) <= most
