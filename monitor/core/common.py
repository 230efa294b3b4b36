"""Whether a word is one of running text, which a name is seldom told by: "who", "people", "وزیر"."""

import base64
import zlib
from functools import cache
from itertools import pairwise

import numpy as np

from monitor.core.common_data import PACKED
from monitor.core.text import fold


def is_common(letters: str) -> bool:
    """Return whether a folded word is an ordinary one.

    Those are some ten thousand words of English, and the function words and commonest nouns of Urdu, Pashto, Persian,
    Arabic, Russian, Hindi, Turkish, French, German and Spanish; names of people and places are left out. Sources:
    tools/make_common_words.py.
    """
    return letters in _words()


@cache
def _words() -> frozenset[str]:
    """Return the folded words; all are folded in one go, one by one takes a hundred times as long."""
    text = zlib.decompress(base64.b85decode(PACKED)).decode()
    folded = fold(text)
    lines = np.array([at for at, character in enumerate(text) if character == "\n"])
    cuts = [0, *np.searchsorted(folded.origin, lines).tolist(), len(folded.letters)]
    return frozenset(folded.letters[start:end] for start, end in pairwise(cuts)) - {""}
