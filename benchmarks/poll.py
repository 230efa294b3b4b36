"""What polling costs, against lemon24's `reader` and a loop around feedparser, and how it holds at size.

    python -m benchmarks.poll [--sizes 200 1000] [--rounds 3] [--peers ours reader]
    python -m benchmarks.poll_memory, benchmarks.poll_store, benchmarks.poll_crowd     the other goals

Every peer and size has a process of its own, and all take turns: each kind of round is polled by one after the other,
then comes the next kind. What is compared is CPU time, system time and processes that a peer starts included, of one
feed more: the difference between two sizes by the feeds between them, so that no start counts.
All share one processor with the publisher: else each request wakes another one, which on an idle machine costs as much
again as a quick poll itself, and on a busy one nothing.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.children import GB, Child, family_cpu
from benchmarks.pollers import LOOP, OURS, PEERS, READER
from benchmarks.publisher import ENTRIES, NEWS, Edition, Publisher

ROUND_SECONDS, MEMORY = 1_200, 16 * GB

FIRST, SAME, CHANGED = "first fetch", "unchanged, 304", "5 % have 2 new entries"
TOUCHED, REWRITTEN = "touched, nothing new", "rewritten, nothing new"
KINDS = (FIRST, SAME, CHANGED, TOUCHED, REWRITTEN)
"""In this order: `reader` keeps no validators of a body that had nothing new, and so gets no 304 after it."""

GOALS = (
    (SAME, READER, 1 / 5, 1 / 10),
    (TOUCHED, LOOP, 1 / 10, 1 / 30),
    (REWRITTEN, LOOP, 1 / 10, 1 / 30),
    (CHANGED, READER, 1 / 4, 1 / 10),
    (FIRST, READER, 1 / 1.5, None),
)
"""Kind of round, peer, and what ours may cost of what the peer costs; then the same as a wish."""

Costs = dict[tuple[str, str], list[float]]
"""CPU seconds per 1,000 polls by (peer, kind), one for each round."""


def serve(connection: Connection, name: str, urls: Sequence[str], folder: Path) -> None:
    """Answer rounds in this process: in comes whether all is to be forgotten, out go CPU seconds and new entries."""
    number = 0
    poller = None
    while True:
        if connection.recv():
            number += 1
            if poller is not None:
                poller.close()
            place = folder / f"{name} {len(urls)} {number}"
            place.mkdir()
            poller = PEERS[name](urls, place)
        assert poller is not None, "the first round forgets"
        before = family_cpu()
        new = poller.poll()
        connection.send((family_cpu() - before, new))


def measure(sizes: tuple[int, int], peers: Sequence[str], *, rounds: int) -> Costs:
    """Return what each kind of round costs each peer."""
    costs: Costs = {}
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # the children inherit it
    with tempfile.TemporaryDirectory() as folder, Publisher() as publisher, ExitStack() as stack:
        children = {
            (peer, size): stack.enter_context(
                Child(serve, peer, publisher.urls(size), Path(folder), memory=MEMORY),
            )
            for peer in peers
            for size in sizes
        }
        edition = Edition()
        for number in range(rounds):
            for kind in KINDS:
                edition = _next(edition, kind)
                publisher.show(edition)
                spent = {}
                for peer, size in _turns(list(children), number):
                    children[peer, size].send(kind == FIRST)
                    spent[peer, size], new = children[peer, size].receive(ROUND_SECONDS)
                    _check(kind, peer, size, new, publisher, edition)
                for peer in peers:
                    more = spent[peer, sizes[1]] - spent[peer, sizes[0]]
                    costs.setdefault((peer, kind), []).append(1_000 * more / (sizes[1] - sizes[0]))
                print(f"round {number + 1}, {kind}: {_told(costs, kind, peers)}", file=sys.stderr, flush=True)
    return costs


def _next(edition: Edition, kind: str) -> Edition:
    """Return what the feeds show in a round of this kind."""
    if kind == TOUCHED:
        return replace(edition, touches=edition.touches + 1)
    if kind == REWRITTEN:
        return replace(edition, rewrites=edition.rewrites + 1)
    return replace(edition, news=edition.news + 1) if kind == CHANGED else edition


def _turns(children: list[tuple[str, int]], number: int) -> list[tuple[str, int]]:
    """Return the children in an order that differs from round to round."""
    shift = number % len(children)
    return children[shift:] + children[:shift]


def _check(kind: str, peer: str, size: int, new: int, publisher: Publisher, edition: Edition) -> None:
    """Raise when a peer did not do the work of a round."""
    changed = edition.changing(size)
    wanted = {FIRST: ENTRIES * size, CHANGED: NEWS * changed}.get(kind, 0)
    bodies = {SAME: 0, CHANGED: changed}.get(kind, size)
    given = publisher.given()
    if new != wanted or (given[200], given[304]) != (bodies, size - bodies):
        raise RuntimeError(
            f"{peer}, {size} feeds, {kind}: {new} new entries of {wanted}, {given[200]} bodies of {bodies}, "
            f"{given[304]} answers 304 of {size - bodies}"
        )


def _told(costs: Costs, kind: str, peers: Sequence[str]) -> str:
    """Return the last round's costs in words."""
    return ", ".join(f"{peer} {costs[peer, kind][-1]:.2f}" for peer in peers)


def show(costs: Costs, peers: Sequence[str]) -> None:
    """Print a table of medians."""
    print(f"{'CPU s per 1,000 polls':24}" + "".join(f" | {peer:>24}" for peer in peers))
    for kind in KINDS:
        line = f"{kind:24}"
        for peer in peers:
            cost = statistics.median(costs[peer, kind])
            times = f"{cost / statistics.median(costs[OURS, kind]):.1f} x ours"
            items = f"{1_000 * ENTRIES / cost:,.0f} items/s" if kind == FIRST else ""
            line += f" | {cost:8.2f} {items if peer == OURS else times:>15}"
        print(line)


def verdicts(costs: Costs) -> list[str]:
    """Return for each goal whether it is met."""
    lines = []
    for kind, peer, most, wish in GOALS:
        if (peer, kind) not in costs:
            continue
        each = [ours / other for ours, other in zip(costs[OURS, kind], costs[peer, kind], strict=True)]
        share = statistics.median(each)
        wished = "" if wish is None else f"; wish 1/{1 / wish:g}: {'met' if share <= wish else 'not met'}"
        lines.append(
            f"{kind}: 1/{1 / share:.1f} of {peer} ({', '.join(f'1/{1 / one:.1f}' for one in each)}); "
            f"goal 1/{1 / most:g}: {'met' if share <= most else 'not met'}{wished}"
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the arguments name and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.poll", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs=2, default=[200, 1_000], help="feeds of the two runs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    wanted = parser.parse_args(arguments)
    peers = [OURS, *(peer for peer in wanted.peers if peer != OURS)]
    costs = measure((wanted.sizes[0], wanted.sizes[1]), peers, rounds=wanted.rounds)
    if wanted.json:
        print(json.dumps(_as_json(costs), indent=2))
    else:
        show(costs, peers)
        print("\n".join(verdicts(costs)))
    return 0


def _as_json(costs: Costs) -> Mapping[str, object]:
    """Return the costs with what they were measured on."""
    rows = [{"peer": peer, "kind": kind, "cpu_s_per_1000": each} for (peer, kind), each in costs.items()]
    return {"python": platform.python_version(), "machine": platform.machine(), "rows": rows, "goals": verdicts(costs)}


if __name__ == "__main__":
    sys.exit(main())
