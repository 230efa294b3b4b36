"""Texts, lists, rules and feeds that were made to break their readers: an answer or a clear error within 10 s and 4 GB.

    python -m benchmarks.hostile --only newlines

Each case has a process of its own. Its input is made first; then the clock starts.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.children import GB, MB, Child, GoneError
from benchmarks.names import make_names
from monitor.config.watchlists import load_watchlists
from monitor.core.matcher import compile_matcher
from monitor.core.rules import parse
from monitor.core.types import Alias, Document, Entity, FetchResult, Kind, Rule, Severity, Watchlist
from monitor.errors import MonitorError
from monitor.feeds.parse import read_feed

LIMIT_SECONDS, LIMIT_MEMORY = 10, 4 * GB
PATIENCE = 3
"""Times the limit after which a case is given up; by how much it is late says where to look."""

Work = Callable[[], str]
"""Does what is measured and returns what came out, in a few words."""

SHIPPED = Path(__file__).parent.parent / "watchlists"
RULES = (
    "SENTENCE(target, bajaur)",
    "target NEAR/10 bajaur",
    "COUNT(target) >= 3",
    'NOT SENTENCE("no such word", target)',
    'TITLE(target) AND NOT "no such word"',
)
"""Rules that look at all a text has: its sentences, its distances, its title; one holds where nothing is found."""


def _entity(id_: str, *aliases: Alias, context: str | None = None) -> Entity:
    """Return an entity of the test list."""
    return Entity(id_, Kind.ORGANISATION, id_, "hostile", Severity.LOW, aliases=aliases, context=context)


def _match(text: str, alias: str = "Target", *, title: str = "") -> Work:
    """Return the matching of a text with the shipped watchlists and one alias more."""
    rules = tuple(Rule(f"h{n}", "Hostile", when, "hostile", Severity.LOW) for n, when in enumerate(RULES))
    extra = Watchlist("hostile", "Hostile", Severity.LOW, entities=(_entity("target", Alias(alias)),), rules=rules)
    matcher = compile_matcher([*load_watchlists(SHIPPED).watchlists, extra], version="hostile")
    matcher.match(Document("0", "Warm", "up"))

    def work() -> str:
        result = matcher.match(Document("1", title, text))
        return f"{len(result.mentions):,} mentions, {len(result.matches):,} hits"

    return work


def _fill(piece: str, size: int = 10 * MB) -> str:
    """Return a piece repeated to so many characters."""
    return piece * (size // len(piece))


def _prose() -> Work:
    """Return the matching of 10 MB of articles."""
    from benchmarks.prose import make_articles

    some = "\n\n".join(one.whole for one in make_articles(100, ["Target", "Bajaur", "Taliban"], "english", seed=1))
    return _match(_fill(some))


def _load(folder: Path) -> Work:
    """Return the reading and compiling of a folder."""

    def work() -> str:
        loaded = load_watchlists(folder)
        matcher = compile_matcher(loaded.watchlists, version=loaded.version)
        return f"{len(matcher.entities):,} entities"

    return work


def _read_million(folder: Path) -> Work:
    """Return the reading and compiling of a file with a million aliases."""
    lines = ["watchlist: million", "title: A million aliases", "entities:"]
    for one in make_names(1_000_000, seed=3):
        rest = ", ".join(f'"{alias}"' for alias in one.aliases[1:])
        lines.append(f'  - {{id: {one.id}, kind: {one.kind}, name: "{one.aliases[0]}", aliases: [{rest}]}}')
    (folder / "million.yaml").write_text("\n".join(lines), encoding="utf-8")
    return _load(folder)


def _ladder(text: str) -> Work:
    """Return the matching with the aliases a, aa, aaa, ... of up to 300 letters."""
    entities = tuple(_entity(f"e{length}", Alias("a" * length)) for length in range(1, 301))
    matcher = compile_matcher([Watchlist("hostile", "Hostile", Severity.LOW, entities=entities)], version="hostile")

    def work() -> str:
        return f"{len(matcher.match(Document('1', '', text)).mentions):,} mentions"

    return work


def _chain(length: int, *, backwards: bool) -> Work:
    """Return compiling entities of which each counts only because another does, and matching a text that names all."""
    names = [f"Node{number:06d}" for number in range(length)]
    entities = [_entity(names[0].lower(), Alias(names[0]))]
    entities += [_entity(two.lower(), Alias(two), context=one.lower()) for one, two in pairwise(names)]
    text = " and ".join(reversed(names) if backwards else names)

    def work() -> str:
        list_ = Watchlist("hostile", "Hostile", Severity.LOW, entities=tuple(entities))
        result = compile_matcher([list_], version="hostile").match(Document("1", "", text))
        return f"{len(result.mentions):,} mentions"

    return work


def _read_rules(folder: Path) -> Work:
    """Return the reading and compiling of a file with 10,000 rules about 10,000 entities."""
    names = make_names(30_000, seed=3)[:10_000]
    lines = ["watchlist: rules", "title: Many rules", "entities:"]
    lines += [f'  - {{id: {one.id}, kind: {one.kind}, name: "{one.aliases[0]}"}}' for one in names]
    lines += ["rules:"]
    lines += [
        f"  - {{id: r{number}, title: Rule, when: ({one.id} OR {two.id}) AND NOT kind:place}}"
        for number, (one, two) in enumerate(pairwise([*names, names[0]]))
    ]
    (folder / "rules.yaml").write_text("\n".join(lines), encoding="utf-8")
    return _load(folder)


def _parse(expression: str) -> Work:
    """Return the reading of an expression."""
    return lambda: type(parse(expression)).__name__


def _feed(inside: str, prolog: str = "") -> Work:
    """Return the reading of a feed that has something between two good entries."""
    good = "<item><title>good</title><guid>{}</guid></item>"
    document = f"{prolog}<rss version='2.0'><channel>{good.format(1)}{inside}{good.format(2)}</channel></rss>"
    result = FetchResult(200, "https://paper.example/rss", {}, document.encode(), None, None)

    def work() -> str:
        entries = read_feed(result).entries
        return f"{len(entries):,} entries, {sum(one.title == 'good' for one in entries)} good"

    return work


def _spaces(count: int) -> str:
    """Return an entry whose elements each have a namespace of their own."""
    return "<item>" + "".join(f"<x{number}:y xmlns:x{number}='urn:{number}'/>" for number in range(count)) + "</item>"


LONG_ALIAS = " ".join(["Tehrik", "Jaysh", "Hizb", "Ansar", "Ahrar", "Katiba", "Majlis", "Dawla"] * 6)[:300].strip()

ENTITY = f"<!DOCTYPE rss [<!ENTITY a '{'x' * 32}'>]>"

CASES: dict[str, Callable[[Path], Work]] = {
    "prose": lambda _: _prose(),
    "one word": lambda _: _match(_fill("word ")),
    "one alias": lambda _: _match(_fill("Target ")),
    "one alias, one sentence each": lambda _: _match(_fill("Target. ")),
    "two aliases, far apart": lambda _: _match(_fill("Target ", 5 * MB) + "word " * 20 + _fill("Bajaur ", 5 * MB)),
    "one letter": lambda _: _match(_fill("a")),
    "dots": lambda _: _match(_fill(".")),
    "newlines": lambda _: _match(_fill("\n")),
    "spaces": lambda _: _match(_fill(" ")),
    "newlines and spaces": lambda _: _match(_fill("\n ")),
    "apostrophes": lambda _: _match(_fill("'")),
    "a.": lambda _: _match(_fill("a.")),
    "T'a'r'g'e't": lambda _: _match(_fill("T'a'r'g'e't ")),
    "a million marks": lambda _: _match("Target" + "\u0301" * MB + " Bajaur"),
    "a million one-letter words": lambda _: _match("a " * 1_000_000),
    "long alias": lambda _: _match(_fill(LONG_ALIAS + ". "), LONG_ALIAS),
    "long alias, all in one": lambda _: _match(_fill(LONG_ALIAS.replace(" ", "")), LONG_ALIAS),
    "10 MB title": lambda _: _match("", title=_fill("Target of Bajaur ")),
    "lone surrogates": lambda _: _match(_fill("\ud800 Target\udfff ", MB)),
    "beyond the first plane": lambda _: _match(_fill("𝕋arget 😀 ", MB)),
    "ligatures": lambda _: _match(_fill("\ufdfa ", MB)),
    "ladder, one word": lambda _: _ladder("a" * MB),
    "ladder, words of 300": lambda _: _ladder(_fill("a" * 300 + " ", MB)),
    "chain of contexts": lambda _: _chain(100_000, backwards=False),
    "chain of contexts, backwards": lambda _: _chain(100_000, backwards=True),
    "rule 1,000 deep": lambda _: _parse("(" * 1000 + "a" + ")" * 1000),
    "rule of 1,000 NOT": lambda _: _parse("NOT " * 1000 + "a"),
    "rule of 100,000 characters": lambda _: _parse(" OR ".join(["entity"] * 10_000)),
    "rule of the longest kind": lambda _: _parse(" OR ".join(["ab"] * 3300)),
    "10,000 rules, YAML": _read_rules,
    "million aliases, YAML": _read_million,
    "feed, 9 MB title": lambda _: _feed(f"<item><title>{_fill('x', 9 * MB)}</title></item>"),
    "feed, 9 MB of <": lambda _: _feed(f"<item><title>{_fill('<', 9 * MB)}</title></item>"),
    "feed, 700,000 attributes": lambda _: _feed(
        "<item " + " ".join(f"a{number}=''" for number in range(700_000)) + "></item>"
    ),
    "feed, 100,000 deep": lambda _: _feed(f"<item>{'<x>' * 100_000}{'</x>' * 100_000}</item>"),
    "feed, 100,000 namespaces": lambda _: _feed(_spaces(100_000)),
    "feed, 100,000 entries": lambda _: _feed("<item><title>x</title></item>" * 100_000),
    "feed, two million references": lambda _: _feed(f"<item><title>{'&a;' * 2_000_000}</title></item>", ENTITY),
}


def serve(connection: Connection, name: str, folder: Path) -> None:
    """Make the input of a case, wait for the word, do the work; send (seconds, what came out)."""
    work = CASES[name](folder)
    connection.send("ready")
    connection.recv()
    start = time.perf_counter()
    try:
        outcome = work()
    except MonitorError as error:
        outcome = f"refused: {' '.join(str(error).split())[:70]}"
    except MemoryError:
        connection.send(GoneError("ran out of memory"))
        return
    connection.send((time.perf_counter() - start, outcome))


def run(name: str) -> tuple[str, bool]:
    """Return the line of a case and whether its verdict is good."""
    with tempfile.TemporaryDirectory() as folder, Child(serve, name, Path(folder), memory=LIMIT_MEMORY) as child:
        seconds, outcome = f"> {LIMIT_SECONDS * PATIENCE}", ""
        good = False
        try:
            child.receive(120)
            child.send("go")
            taken, outcome = child.receive(LIMIT_SECONDS * PATIENCE)
            seconds, good = f"{taken:.2f}", taken <= LIMIT_SECONDS
        except GoneError as gone:
            outcome = str(gone)
            seconds = seconds if "longer" in outcome else "-"
        return f"{'good' if good else 'BAD':5} {name:32} {seconds:>7} s {child.peak() / MB:7,.0f} MB  {outcome}", good


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(CASES), choices=list(CASES))
    wanted = parser.parse_args(arguments)
    verdicts = []
    for name in wanted.only:
        line, good = run(name)
        print(line, flush=True)
        verdicts.append(good)
    print(
        f"{sum(verdicts)} of {len(verdicts)} answered or refused within {LIMIT_SECONDS} s and {LIMIT_MEMORY // GB} GB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
