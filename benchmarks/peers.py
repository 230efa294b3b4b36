"""The matchers that are compared: ours, the bare automaton, and what else a user of Python would take.

Each is built from the same entities and answers the same articles. What a peer imports is imported when it is built, so
that its memory counts as its own.
"""

import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.names import Named
from benchmarks.prose import Article
from monitor.core.matcher import compile_matcher
from monitor.core.text import fold
from monitor.core.types import Alias, Document, Entity, Kind, Rule, Severity, Watchlist

Span = tuple[int, int]
Answer = Callable[[Any], list[Span]]

MAX_RULES = 100
"""Rules beside the entities, one for each ten up to so many; each entity is a rule by itself already. The peers have
none."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A matcher to measure.

    name       as in the table
    build      makes it from entities, all preparation included
    prepare    turns an article into what the matcher is handed; not measured
    spans      whether it tells where in `Article.whole` the mentions stand
    before     what is done before it is built and costs it nothing
    """

    name: str
    build: Callable[[Sequence[Named]], Answer]
    prepare: Callable[[Article], object]
    spans: bool = True
    before: Callable[[], object] = lambda: None


def watchlist(names: Sequence[Named], *, variants: bool, rules: Sequence[Rule] = ()) -> Watchlist:
    """Return entities as a watchlist; with `variants` other spellings of persons count, too."""
    entities = tuple(
        Entity(
            id=one.id,
            kind=one.kind,
            name=one.aliases[0],
            watchlist="bench",
            severity=Severity.MEDIUM,
            aliases=tuple(map(Alias, one.aliases)),
            variants=variants and one.kind is Kind.PERSON,
        )
        for one in names
    )
    return Watchlist("bench", "Benchmark", Severity.MEDIUM, entities=entities, rules=tuple(rules))


def some_rules(names: Sequence[Named], count: int) -> list[Rule]:
    """Return rules as people write them, about entities of the list."""
    chance = random.Random("rules")
    forms = ("{0} AND {1}", "({0} OR {1}) AND NOT {2}", "{0} NEAR/12 {1}", "SENTENCE({0}, {1})", "COUNT({0}) >= 2")
    ids = [one.id for one in names]
    expressions = [chance.choice(forms).format(*chance.choices(ids, k=3)) for _ in range(count)]
    return [Rule(f"r{n}", "Rule", when, "bench", Severity.HIGH) for n, when in enumerate(expressions)]


def _ours(names: Sequence[Named], *, variants: bool) -> Answer:
    """Return our matcher: folding, exact offsets, borders, longest names, rules."""
    rules = some_rules(names, min(MAX_RULES, len(names) // 10))
    matcher = compile_matcher([watchlist(names, variants=variants, rules=rules)], version="benchmark")

    def answer(document: Document) -> list[Span]:
        shift = len(document.title) + 2
        return [
            (one.start, one.end) if one.field == "title" else (one.start + shift, one.end + shift)
            for one in matcher.match(document).mentions
        ]

    return answer


def _bare(names: Sequence[Named]) -> Answer:
    """Return the automaton over letters that are folded already: no more than its finds, borders unchecked."""
    from ahocorasick_rs import AhoCorasick

    letters = dict.fromkeys(fold(alias).letters for one in names for alias in one.aliases)
    automaton = AhoCorasick([one for one in letters if one])

    def answer(folded: str) -> list[Span]:
        automaton.find_matches_as_indexes(folded, overlapping=True)
        return []

    return answer


class _Folds(dict[str, str]):
    """For each character its folded form, worked out when it is first asked for: NFKD, case folded, marks dropped."""

    def __missing__(self, character: str) -> str:
        decomposed = unicodedata.normalize("NFKD", character).casefold()
        self[character] = folded = "".join(one for one in decomposed if not unicodedata.combining(one))
        return folded


def _pyahocorasick(names: Sequence[Named]) -> Answer:
    """Return what a careful user writes around pyahocorasick: fold, iterate, check borders and case, longest wins."""
    import ahocorasick

    folds = _Folds()
    automaton = ahocorasick.Automaton()
    known: dict[str, list[tuple[str, str, bool]]] = {}
    for one in names:
        for alias in one.aliases:
            key = "".join(map(folds.__getitem__, alias))
            known.setdefault(key, []).append((one.id, alias, alias.replace("-", "").isupper()))
    for key, owners in known.items():
        automaton.add_word(key, (len(key), owners))
    automaton.make_automaton()

    def answer(text: str) -> list[Span]:
        pieces = list(map(folds.__getitem__, text))
        folded = "".join(pieces)
        origin, size = _origin(pieces, folded), len(folded)
        found: list[tuple[int, int, str]] = []
        for last, (length, owners) in automaton.iter(folded):
            start, end = last + 1 - length, last + 1
            if (start and folded[start - 1].isalnum()) or (end < size and folded[end].isalnum()):
                continue
            first, stop = origin[start], origin[last] + 1
            while stop < len(text) and not pieces[stop]:
                stop += 1
            for entity, alias, acronym in owners:
                if not acronym or text[first:stop] == alias:
                    found.append((first, stop, entity))
        return _longest(found)

    return answer


def _origin(pieces: Sequence[str], folded: str) -> Sequence[int]:
    """Return for each folded character the offset of the one it came from; with no work when each became one."""
    if len(folded) == len(pieces) and all(pieces):
        return range(len(pieces))
    return [place for place, piece in enumerate(pieces) for _ in piece]


def _longest(found: list[tuple[int, int, str]]) -> list[Span]:
    """Return those spans that lie in no other."""
    kept: list[Span] = []
    reached = 0
    for first, stop, _ in sorted(found, key=lambda one: (one[0], -one[1])):
        if stop > reached:
            kept.append((first, stop))
            reached = stop
    return kept


def _spacy(names: Sequence[Named]) -> Answer:
    """Return spaCy's PhraseMatcher over lower-cased tokens of a blank pipeline.

    The tokeniser's cache holds all chunks between spaces it has met (10,000 by default, `Tokenizer.max_cache_size`), as
    it thrashes otherwise.
    """
    import spacy
    from spacy.matcher import PhraseMatcher
    from spacy.util import filter_spans

    nlp = spacy.blank("en")
    nlp.tokenizer.max_cache_size = 50_000_000
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    for one in names:
        matcher.add(one.id, list(nlp.tokenizer.pipe(one.aliases)))

    def answer(text: str) -> list[Span]:
        spans = filter_spans(matcher(nlp.make_doc(text), as_spans=True))
        return [(span.start_char, span.end_char) for span in spans]

    return answer


def _document(article: Article) -> Document:
    """Return an article as our matcher takes it."""
    return Document("1", article.title, article.text)


def _whole(article: Article) -> str:
    """Return an article as one text."""
    return article.whole


OURS, OURS_SPELLING, BARE, PYAHOCORASICK, SPACY = (
    "ours",
    "ours, spelling tier",
    "bare automaton",
    "pyahocorasick",
    "spaCy",
)

PEERS = {
    peer.name: peer
    for peer in (
        Peer(OURS, lambda names: _ours(names, variants=False), _document),
        Peer(OURS_SPELLING, lambda names: _ours(names, variants=True), _document),
        Peer(BARE, _bare, lambda article: fold(article.whole).letters, spans=False, before=lambda: fold("")),
        Peer(PYAHOCORASICK, _pyahocorasick, _whole),
        Peer(SPACY, _spacy, _whole),
    )
}
