"""What ten thousand rules cost on text that mentions none of what they name, against one rule.

python -m benchmarks.rules --rules 10000 --aliases 10000
"""

import argparse
import random
import statistics
import sys
from collections.abc import Sequence

from benchmarks.children import cpu
from benchmarks.names import LATIN, Words, make_names
from benchmarks.peers import watchlist
from benchmarks.prose import make_articles
from monitor.core.matcher import Matcher, compile_matcher
from monitor.core.types import Alias, Document, Entity, Kind, Rule, Severity, Watchlist

SEED = 11
GOAL = 2.0
"""Most that all the rules may cost, times one rule."""

THEMES = 20
FORMS = (
    "{0} AND {1}",
    "({0} OR {1}) AND NOT {2}",
    "{0} NEAR/15 {1}",
    "SENTENCE({0}, {1} OR {2})",
    "theme:{3} AND {0}",
    '{0} AND "{4}"',
    '"{4}" NEAR/8 "{5}"',
    "COUNT({0}) >= 2 OR TITLE({1})",
)
"""How people write rules; for ids, themes and phrases."""


def make_rules(ids: Sequence[str], count: int, chance: random.Random) -> list[Rule]:
    """Return rules of all forms in turn, about different entities; phrases are of two invented words."""
    words = Words(chance, LATIN[0])
    rules = []
    for number in range(count):
        phrases = [f"{words.draw()} {words.draw()}" for _ in range(2)]
        names = (*chance.choices(ids, k=3), f"theme{chance.randrange(THEMES)}", *phrases)
        rules.append(Rule(f"r{number}", "Rule", FORMS[number % len(FORMS)].format(*names), "bench", Severity.HIGH))
    return rules


def themes(chance: random.Random) -> Watchlist:
    """Return a watchlist of themes with invented words, so that no text mentions them either."""
    words = Words(chance, LATIN[1])
    entities = tuple(
        Entity(
            f"theme{number}",
            Kind.THEME,
            f"Theme {number}",
            "themes",
            Severity.LOW,
            aliases=tuple(Alias(f"{words.draw()} {words.draw()}") for _ in range(10)),
            alone=False,
        )
        for number in range(THEMES)
    )
    return Watchlist("themes", "Themes", Severity.LOW, entities=entities)


def matchers(aliases: int, rules: int) -> list[Matcher]:
    """Return a matcher with one rule and one with all of them, over the same entities."""
    chance = random.Random(f"rules {SEED}")
    names = make_names(aliases, seed=SEED)
    made = make_rules([one.id for one in names], rules, chance)
    extra = themes(chance)
    return [
        compile_matcher([watchlist(names, variants=False, rules=some), extra], version="benchmark")
        for some in (made[:1], made)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the ratio."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rules", description=__doc__.splitlines()[0])
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--aliases", type=int, default=10_000)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    wanted = parser.parse_args(arguments)
    pair = matchers(wanted.aliases, wanted.rules)
    articles = make_articles(wanted.documents, [], "english", seed=SEED)
    documents = [Document("1", one.title, one.text) for one in articles]
    mentioned = sum(len(pair[1].match(one).matches) for one in documents)
    spent: list[list[float]] = [[], []]
    for _ in range(wanted.rounds):
        for matcher, each in zip(pair, spent, strict=True):
            each.append(cpu(lambda matcher=matcher: [matcher.match(one) for one in documents]))  # type: ignore[misc]
    one, all_ = (statistics.median(each) * 1e6 / len(documents) for each in spent)
    print(f"{wanted.aliases:,} aliases, {len(documents)} documents of 5 KB, hits in all: {mentioned}")
    print(f"1 rule {one:,.0f} us a document; {wanted.rules:,} rules {all_:,.0f} us; ratio {all_ / one:.2f}")
    print(f"goal: at most {GOAL:g}: {'met' if all_ / one <= GOAL else 'not met'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
