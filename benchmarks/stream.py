"""Whether `monitor match` holds its input in memory: the peak of a short and of a long run of JSON lines.

python -m benchmarks.stream --lines 1000 100000
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.children import MB
from benchmarks.prose import make_articles

GOAL = 1.1
"""Most that the peak may grow from the shortest to the longest run, times; what is left is the allocator's."""

TEXT = 1000
"""Characters of each document's text: a summary of a feed."""


def write_lines(file: Path, count: int) -> None:
    """Write so many JSON lines; they mention names of the shipped watchlists, and each has an id of its own."""
    articles = make_articles(500, ["Taliban", "IS-K", "Bajaur", "Kabul", "Moscow"], "english", seed=5)
    with file.open("w", encoding="utf-8") as stream:
        for number in range(count):
            article = articles[number % len(articles)]
            document = {"id": str(number), "title": article.title, "text": article.text[:TEXT]}
            stream.write(json.dumps(document, ensure_ascii=False) + "\n")


def run(file: Path) -> tuple[float, float]:
    """Return the peak of resident memory in MB and the CPU seconds of matching a file, input through a pipe."""
    command = [sys.executable, "-m", "monitor", "match", "-", "--json", "--watchlists", "watchlists"]
    with file.open("rb") as stdin:
        program = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
        _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode:
        raise RuntimeError(f"monitor match ended with {program.returncode}")
    return usage.ru_maxrss * 1024 / MB, usage.ru_utime + usage.ru_stime


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the peaks and their ratio."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stream", description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[1_000, 100_000])
    wanted = parser.parse_args(arguments)
    peaks = []
    for count in wanted.lines:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "lines"
            write_lines(file, count)
            peak, seconds = run(file)
        print(f"{count:9,} lines: peak {peak:6.1f} MB, {seconds:.1f} s of CPU", flush=True)
        peaks.append(peak)
    ratio = peaks[-1] / peaks[0]
    print(f"ratio {ratio:.2f}; goal: at most {GOAL:g}: {'met' if ratio <= GOAL else 'not met'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
