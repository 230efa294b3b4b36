"""Documents per second of our matcher and of its peers, over lists of 100 to a million aliases.

    python -m benchmarks.match --sizes 100 10000 --documents 100 --rounds 5

Each peer and size has a process of its own. They take turns, round by round, so that all of them meet the same weather;
what is compared is CPU time, the median of the rounds.
"""

import argparse
import json
import pickle
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.children import GB, MB, Child, GoneError, rss
from benchmarks.names import Named, make_names
from benchmarks.peers import BARE, OURS, OURS_SPELLING, PEERS, PYAHOCORASICK
from benchmarks.prose import SCRIPTS, Article, make_articles

SEED = 7
BUILD_SECONDS, ROUND_SECONDS, MEMORY = 240, 240, 8 * GB
"""Limits of one peer; what needs more is left out of the table, and the table says so."""

PLAIN = "no names"
TEXTS = (*SCRIPTS, PLAIN)
"""Kinds of articles: in each script with names, and English ones in which none of the aliases stands."""

GOALS = ((PYAHOCORASICK, 2.0), (BARE, 0.5))
"""Our documents per second against a peer's, at the sizes below; from the design notes ("Figures to beat")."""
GOAL_SIZES = (10_000, 100_000)


@dataclass(slots=True)
class Row:
    """One peer at one size.

    build, memory   CPU seconds and MB of resident memory it took to be built
    rates           documents per CPU second by kind of text
    found           smallest share of the planted names that was found; None when the peer tells no places
    skipped         why there are no figures, or ""
    """

    peer: str
    size: int
    build: float | None = None
    memory: float | None = None
    rates: dict[str, float] = field(default_factory=dict)
    found: float | None = None
    skipped: str = ""


def serve(connection: Connection, name: str, data: Path) -> None:
    """Build a peer in this process, then answer rounds: a kind of text in, (CPU seconds, share found) out."""
    names, articles = pickle.loads(data.read_bytes())  # noqa: S301 - written by main() a moment ago
    peer = PEERS[name]
    peer.before()
    before, start = rss(), time.process_time()
    answer = peer.build(names)
    built = time.process_time() - start
    connection.send((built, rss() - before))
    prepared = {kind: [peer.prepare(one) for one in each] for kind, each in articles.items()}
    while True:
        kind = connection.recv()
        documents = prepared[kind]
        start = time.process_time()
        answers = [answer(one) for one in documents]
        spent = time.process_time() - start
        found = _share(articles[kind], answers) if peer.spans and kind != PLAIN else None
        connection.send((spent, found))


def _share(articles: Sequence[Article], answers: Sequence[list[tuple[int, int]]]) -> float:
    """Return which share of the planted names stands among the answers, or within a longer one."""
    hit = total = 0
    for article, spans in zip(articles, answers, strict=True):
        for start, end in article.planted:
            total += 1
            hit += any(one <= start and end <= other for one, other in spans)
    return hit / total


def measure(size: int, peers: Sequence[str], *, documents: int, rounds: int) -> list[Row]:
    """Return a row for each peer at one size."""
    names = make_names(size, seed=SEED)
    articles = {script: make_articles(documents, _in_script(names, script), script, seed=SEED) for script in SCRIPTS}
    articles[PLAIN] = make_articles(documents, [], "english", seed=SEED)
    rows = {peer: Row(peer, size) for peer in peers}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        data = Path(folder) / "data"
        data.write_bytes(pickle.dumps((names, articles)))
        children: dict[str, Child] = {}
        for peer in peers:
            child = stack.enter_context(Child(serve, peer, data, memory=MEMORY))
            try:
                rows[peer].build, grown = child.receive(BUILD_SECONDS)
                rows[peer].memory = grown / MB
                children[peer] = child
            except GoneError as gone:
                rows[peer].skipped = f"while it was built: {gone}"
                child.__exit__()
        _play(children, rows, documents=documents, rounds=rounds)
    return list(rows.values())


def _play(children: dict[str, Child], rows: dict[str, Row], *, documents: int, rounds: int) -> None:
    """Fill in the rates: all children take turns; the first round is for warming up."""
    spent: dict[tuple[str, str], list[float]] = {}
    shares: dict[str, list[float]] = {peer: [] for peer in children}
    for number in range(rounds + 1):
        for peer, child in children.items():
            for kind in TEXTS:
                if rows[peer].skipped:
                    continue
                try:
                    child.send(kind)
                    seconds, share = child.receive(ROUND_SECONDS)
                except (GoneError, BrokenPipeError) as gone:
                    rows[peer].skipped = f"while it matched the texts: {kind}: {gone}"
                    continue
                if share is not None:
                    shares[peer].append(share)
                if number:
                    spent.setdefault((peer, kind), []).append(seconds)
    for (peer, kind), each in spent.items():
        rows[peer].rates[kind] = documents / statistics.median(each)
    for peer, found in shares.items():
        rows[peer].found = min(found, default=None)


def _in_script(names: Sequence[Named], script: str) -> list[str]:
    """Return the aliases that are written in a script."""
    first = {"english": ("A", "z"), "arabic": ("\u0600", "\u06ff"), "russian": ("Ѐ", "ӿ")}[script]
    return [alias for one in names for alias in one.aliases if first[0] <= alias[0] <= first[1]]


def show(rows: Sequence[Row]) -> None:
    """Print the rows of all sizes as a table, and the verdicts."""
    print(f"{'':48} | documents per CPU second, and how many times as many are ours")
    print(f"{'aliases':>9} {'peer':20} {'build':>7} {'memory':>9}", f"{'found':>5}", end="")
    print("".join(f" | {kind:>15}" for kind in TEXTS))
    for row in rows:
        ours = next(one for one in rows if (one.peer, one.size) == (OURS, row.size))
        share = "" if row.found is None else f"{row.found:.0%}"
        print(
            f"{row.size:9,} {row.peer:20} {_number(row.build, 2):>5} s {_number(row.memory, 0):>6} MB {share:>5}",
            end="",
        )
        if row.skipped:
            print(f" | left out {row.skipped}", end="")
        for kind in TEXTS if not row.skipped else ():
            print(f" | {row.rates[kind]:8,.0f} {_number(_ratio(ours, row, kind), 2):>6}", end="")
        print()
    for line in verdicts(rows):
        print(line)


def _number(value: float | None, digits: int) -> str:
    """Return a number as it stands in the table."""
    return "-" if value is None else f"{value:,.{digits}f}"


def _ratio(ours: Row, peer: Row, kind: str) -> float | None:
    """Return our documents per second over a peer's."""
    if kind not in ours.rates or kind not in peer.rates:
        return None
    return ours.rates[kind] / peer.rates[kind]


def verdicts(rows: Sequence[Row]) -> list[str]:
    """Return for each goal and size whether it is met, on English articles with names and without."""
    known = {(row.peer, row.size): row for row in rows}
    wanted = [
        (size, ours, peer, goal)
        for size in sorted({row.size for row in rows} & set(GOAL_SIZES))
        for ours in (OURS, OURS_SPELLING)
        for peer, goal in GOALS
        if (ours, size) in known and (peer, size) in known
    ]
    lines = []
    for size, ours, peer, goal in wanted:
        ratios = [_ratio(known[ours, size], known[peer, size], kind) for kind in ("english", PLAIN)]
        said = ["-" if one is None else f"{one:.2f} ({'met' if one >= goal else 'not met'})" for one in ratios]
        lines.append(f"{size:9,} {ours} >= {goal:g} x {peer}: {said[0]}; on text with no names {said[1]}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the arguments name and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.match", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000, 100_000, 1_000_000])
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--documents", type=int, default=100, help="of each kind of text")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    wanted = parser.parse_args(arguments)
    peers = [OURS, *(peer for peer in wanted.peers if peer != OURS)]
    rows: list[Row] = []
    for size in wanted.sizes:
        print(f"measuring {size:,} aliases ...", file=sys.stderr)
        rows += measure(size, peers, documents=wanted.documents, rounds=wanted.rounds)
    if wanted.json:
        machine = {"python": platform.python_version(), "machine": platform.machine()}
        print(json.dumps({**machine, "rows": [asdict(row) for row in rows], "verdicts": verdicts(rows)}, indent=2))
    else:
        show(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
