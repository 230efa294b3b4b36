"""A rough key of a name's consonants, the same for its spellings in Latin, Cyrillic, Arabic and Devanagari letters.

Bajaur, باجوڑ, Баджаур and बाजौर share one. It is coarser than the keys of names.py and arabic_names.py, which find one
name among thousands: here a few names of one report are compared with those of another, beside all else. The classes
are those of skeleton.py.
"""

import re
from functools import lru_cache

from monitor.core.glossary import without_article
from monitor.core.skeleton import roman, skeleton, sounds

MIN_KEY = 2
"""Consonants in a key; with fewer, half of all words would be one name."""

KEY_CONSONANTS = 5
"""Consonants kept: endings differ from language to language (Белуджистане, Balochistan)."""

_ARABIC = str.maketrans(
    {
        **dict.fromkeys("بپ", "P"),
        **dict.fromkeys("تطٹټة", "T"),
        **dict.fromkeys("دذزضظڈډځ", "D"),
        **dict.fromkeys("سصثڅ", "S"),
        **dict.fromkeys("قکكگګغ", "K"),
        **dict.fromkeys("جژږ", "J"),
        **dict.fromkeys("شچښ", "C"),
        **dict.fromkeys("رڑړ", "R"),
        **dict.fromkeys("نںڼ", "N"),
        "ف": "F",
        "م": "M",
        "ل": "L",
    }
)
_DEVANAGARI = str.maketrans(
    {
        **dict.fromkeys("बभपफ", "P"),
        **dict.fromkeys("तथटठ", "T"),
        **dict.fromkeys("दधडढ", "D"),
        **dict.fromkeys("स", "S"),
        **dict.fromkeys("कगघ", "K"),
        **dict.fromkeys("जझ", "J"),
        **dict.fromkeys("शषचछ", "C"),
        **dict.fromkeys("नणङञं", "N"),
        "र": "R",
        "म": "M",
        "ल": "L",
    }
)
_KEYED = re.compile(r"[A-Z]+")
_DOUBLED = re.compile(r"([A-Z])\1+")
_GERMAN = (("dsch", "j"), ("tsch", "ch"))


@lru_cache(maxsize=65_536)
def rough_key(word: str) -> str:
    """Return the key of a folded word, "" for one of which too little is heard."""
    plain = roman(word)
    if plain:
        for written, heard in _GERMAN:
            plain = plain.replace(written, heard)
        key = skeleton(sounds(plain))
    else:
        bare = without_article(word)
        key = "".join(_KEYED.findall(bare.translate(_ARABIC).translate(_DEVANAGARI)))
    key = _DOUBLED.sub(r"\1", key.replace("F", "P").replace("NP", "MP"))
    return key[:KEY_CONSONANTS] if len(key) >= MIN_KEY else ""
