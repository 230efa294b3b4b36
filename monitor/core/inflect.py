"""Case endings, so that Баджауре is Баджаур, Фазлура Рехмана is Фазлур Рехман, and طالبانو is طالبان.

In Cyrillic script a word has a stem and a set of endings that may follow it, both from how it ends in the nominative.
Only declension is known here, no derivation: Кабулов is a surname and not Kabul, Хорасани not Khorasan, афганский not
an Afghan. Sources: the declension tables of Zaliznyak's Grammatical Dictionary of Russian; for і and ї any grammar of
Ukrainian. Everything is compared folded, where й is и, ё is е and ї is і. In other scripts only endings are known that
are added as they are, by language.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from monitor.core.text import fold

MIN_STEM, MIN_STEM_AMONG_OTHERS = 4, 3
"""Letters of the shortest stem that takes endings; shorter ones become other words too easily (Хар, Хара). In a name of
several words the others bear witness (Ияд Гали, Амаду Куфа)."""

_CONSONANTS = frozenset("бвгджзклмнпрстфхцчшщґқғҳҷ")
_SOFTENING = frozenset("гкхжчшщ")
"""Consonants after which и stands instead of ы."""

_SINGULAR = (
    ("ия", "ия ии ию ией ією ії ія"),
    ("ое", "ое ого ому ым им ом"),
    ("ее", "ее его ему им ем"),
    ("ая", "ая ой ую ою ій"),
    ("яя", "яя ей юю ею"),
    ("ый", "ый ого ому ым ом ая ой ую ое ые ых ыми"),
    ("ий", "ий ого его ому ему им ом ем ая яя ой ей ую юю ое ее ие их ими ия ию ием"),
    ("ой", "ой ого ому ым ом ая ую ое ые ых ыми"),
    ("ай", "ай ая аю аем ае аї"),
    ("ей", "ей ея ею еем ее"),
    ("а", "а ы и і е у ой ою ої ій"),
    ("я", "я и і е ю ей ею"),
    ("о", "о а у ом е і"),
    ("ь", "ь я ю ем е и ью і"),
)
"""What may stand instead of a word's end in the other cases of the singular (of an adjective, in all its forms)."""

_PLURAL = ("ов", "ев", "ів", "ей", "ам", "ям", "ами", "ями", "ах", "ях")
"""Endings of the plural beside ы, и and і. Not for people and places: Рахманов and Кабулов are other men."""


_ADDED = {
    "ps": "و ه",  # oblique plural, ablative: طالبانو, کابله
    "ur": "وں",  # oblique plural: سلفیوں
    "fa": "ها های هایی",  # plural, with and without izafat: طالبانها
    "tg": "ро и ҳо ҳои",  # object, izafat, plural: Толибонро
    "de": "s",  # genitive without an apostrophe: Afghanistans Regierung
    "sv": "s",
    "da": "s",
    "no": "s",
    "nb": "s",
    "nn": "s",
    "nl": "s",
}
"""Endings that a name takes in a language of a text, beside those of Cyrillic script. Source: any grammar of each."""


@cache
def added_endings(lang: str) -> frozenset[str]:
    """Return the folded endings that names take in a language (its code, without region)."""
    return frozenset(fold(ending).letters for ending in _ADDED.get(lang, "").split())


@dataclass(frozen=True, slots=True)
class Declension:
    """How a word goes on after its stem; `endings` longest first, the nominative's among them."""

    stem: str
    endings: tuple[str, ...]


@lru_cache(maxsize=65_536)
def declension(word: str, *, plural: bool, alone: bool = True) -> Declension | None:
    """Return the declension of a folded Cyrillic word, or None for one that stays as it is.

    plural   the name is of something that there may be several of: a group, a theme
    alone    it is the only word of its name
    """
    shortest = MIN_STEM if alone else MIN_STEM_AMONG_OTHERS
    for end, forms in _folded_singular():
        if word.endswith(end) and len(word) - len(end) >= shortest:
            in_plural = _PLURAL if plural and len(end) == 1 else ()
            return _declension(word[: -len(end)], (end, *forms, *in_plural))
    if word[-1] in _CONSONANTS and len(word) >= shortest:
        soft = word[-1] in _SOFTENING
        more = ("и" if soft else "ы", "и", "і", *_PLURAL) if plural else ()
        surname = ("ым",) if word.endswith(("ов", "ев", "ин", "ын")) else ()
        return _declension(word, ("", "а", "у", "ом", "ем", "е", "і", "ові", *surname, *more))
    if plural and word[-1] in "ыи" and len(word) > shortest:
        return _declension(word[:-1], (word[-1], *_PLURAL))
    return None


def _declension(stem: str, endings: tuple[str, ...]) -> Declension:
    """Return a declension, each ending once, longest first."""
    return Declension(stem, tuple(sorted(dict.fromkeys(endings), key=lambda one: (-len(one), one))))


@cache
def _folded_singular() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the table of the singular, folded as words are."""
    return tuple((fold(end).letters, tuple(fold(form).letters for form in forms.split())) for end, forms in _SINGULAR)
