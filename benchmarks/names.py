"""Watchlists of any size made of invented names: transliterated, in Arabic script, in Cyrillic, and acronyms.

The first names of a list are drawn much oftener than the last (Zipf), as Muhammad is among real ones, so that aliases
share words and beginnings. The same seed gives the same list.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from monitor.core.types import Kind

SYLLABLES = {
    "west-asian": "ab al am bar da dul fa gul ha ham hus ja ka khan kho lal ma mad mir mu na nur qa ra sa sha za zar",
    "slavic": "an bo chu da dim gen go iv ka ko len li lo mi mir na ni no ov pe ri ro ser ski sta va vla yar ye zor",
    "turkic": "ai ak ba bek ber bol da dur er gul ish kan kul kyz mur nar nur oz ru sa sul tash te tur ul zhan",
    "west-african": "a ba bou cou da dia dou fa ka kou la ma mou na ngo oua sa sou ta tou tra wa ya ye",
    "malay": "a ba da di ha han in ja ka la li ma na nga pa ra ri sa si su ta tan ti wan ya",
    "arabic": "ا اب با بد جم حس حم خا دا در رح را زر سل شا شر صا عب عم غل فا فر قا کر گل لا مح مد من نا نص نو ول یا یم",
    "cyrillic": "ан бо ва ве вла ген го дим до же ив ка ко ла ле ли ма ми мир на ни но ов пе ра ро са сер ста та яр",
}
"""Syllables out of which each language's words are put together; the last two are scripts rather than languages."""

LATIN = tuple(SYLLABLES)[:5]
POOL = 4000
"""Words of each language: some thousand given names and family names are in use in a country."""

SHARE_ACRONYM, SHARE_ARABIC, SHARE_CYRILLIC = 0.02, 0.06, 0.06
"""Of all entities, those that are also known by an acronym or in another script (a fifth of them in several ways)."""

ORGANISATIONS = (
    "{0} Front|{0} Liberation Army|Harakat ul-{0}|Lashkar-e {0}|Jaysh al-{0}|{0} {1} Movement|Union of {0} {1}|"
    "People’s Party of {0}|{0} Brigade {1}"
).split("|")
PLACES = "{0} District|Upper {0} Valley|{0}-e {1}|Qala-i {0}|{0} {1}|Port {0}|{0} Qala|Mount {0}".split("|")
PERSONS = "{0} {1}|{0} {1}|{0} {1} {2}|Abu {0} al-{1}|{0} bin {1}|{0} {1}-{2}|Mullah {0} {1}|{0} ul-{1} {2} {3}".split(
    "|"
)
FORMS = {Kind.PERSON: PERSONS, Kind.ORGANISATION: ORGANISATIONS, Kind.PLACE: PLACES}
KINDS = (Kind.PERSON, Kind.PERSON, Kind.ORGANISATION, Kind.PLACE)

VOWELS = str.maketrans({"a": "e", "e": "a", "o": "u", "u": "o", "i": "e"})


@dataclass(frozen=True, slots=True)
class Named:
    """An invented entity: its id, what it is, and how it is written."""

    id: str
    kind: Kind
    aliases: tuple[str, ...]


def zipf(count: int) -> list[float]:
    """Return cumulative weights for `random.choices` that draw the n-th of `count` 1/n as often as the first."""
    return list(accumulate(1 / rank for rank in range(1, count + 1)))


class Words:
    """An endless draw of invented words of one language or script."""

    def __init__(self, chance: random.Random, language: str) -> None:
        syllables = SYLLABLES[language].split()
        made = ("".join(chance.choices(syllables, k=chance.choice((2, 2, 3)))).capitalize() for _ in range(3 * POOL))
        self._chance = chance
        self._words = [word for word in dict.fromkeys(made) if len(word) > 3][:POOL]
        self._weights = zipf(len(self._words))
        self._drawn: list[str] = []

    def draw(self) -> str:
        """Return the next word."""
        if not self._drawn:
            self._drawn = self._chance.choices(self._words, cum_weights=self._weights, k=10_000)
        return self._drawn.pop()


def make_names(aliases: int, *, seed: int) -> list[Named]:
    """Return entities with so many different aliases in all, some three each."""
    chance = random.Random(f"names {seed}")  # a text as seed does not depend on hash()
    words = {language: Words(chance, language) for language in SYLLABLES}
    seen: set[str] = set()
    found: list[Named] = []
    missing = aliases
    while missing > 0:
        kind = chance.choice(KINDS)
        new = [alias for alias in dict.fromkeys(_aliases(chance, kind, words)) if alias not in seen][:missing]
        if new:
            seen.update(new)
            missing -= len(new)
            found.append(Named(f"n{len(found)}", kind, tuple(new)))
    return found


def _aliases(chance: random.Random, kind: Kind, words: dict[str, Words]) -> Iterator[str]:
    """Yield the ways to write a new entity."""
    source = words[chance.choice(LATIN)]
    form = chance.choice(FORMS[kind])
    parts = [source.draw() for _ in range(4)]
    yield form.format(*parts)
    for _ in range(int(min(8, chance.paretovariate(1.2))) - 1 + (chance.random() < 0.6)):
        yield chance.choice(FORMS[kind] if chance.random() < 0.2 else [form]).format(*_varied(chance, parts))
    luck = chance.random()
    if luck < SHARE_ACRONYM and kind is Kind.ORGANISATION:
        yield _acronym(chance)
    for script, share in (("arabic", SHARE_ARABIC), ("cyrillic", SHARE_CYRILLIC)):
        if chance.random() < share:
            for _ in range(1 + (chance.random() < 0.2)):
                yield " ".join(words[script].draw() for _ in range(chance.choice((2, 2, 3))))


def _varied(chance: random.Random, parts: Sequence[str]) -> list[str]:
    """Return the words of a name with one of them spelled otherwise."""
    place = chance.randrange(2)
    other = chance.choice((lambda word: word.translate(VOWELS), lambda word: word[:-1] + 2 * word[-1], str.lower))
    return [other(word).capitalize() if number == place else word for number, word in enumerate(parts)]


def _acronym(chance: random.Random) -> str:
    """Return three to five capitals, some with a hyphen before the last."""
    letters = "".join(chance.choices("ABCDFGHIJKLMNPRSTU", k=chance.choice((3, 4, 4, 5))))
    return f"{letters[:-1]}-{letters[-1]}" if chance.random() < 0.3 else letters
