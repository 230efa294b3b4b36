"""Looks for feeds that our readers stumble over, guided by coverage, for a while.

    python -m tools.fuzz --seconds 45 [--corpus DIR] [--one FILE]

Bytes that atheris (LibFuzzer) varies are the choices by which tests/feeds/broken.py breaks good feeds; the laws are
those of its `check_reading`. The first feed that breaks one ends the run with a failure; its choices are kept in a file
crash-..., which --one reads again.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["monitor", "feedparser"]):
    from monitor.core.types import FetchResult
    from tests.feeds.broken import broken_feed, check_reading

SECONDS_EACH = 20
"""Longest time for one feed; of this size none needs a second."""

CHOICES = 400
"""Bytes that a feed is made from: enough for its eight steps."""


def feed_of(data: bytes) -> FetchResult:
    """Return the feed that bytes stand for."""
    choices = atheris.FuzzedDataProvider(data)
    return broken_feed(lambda count: choices.ConsumeIntInRange(0, count - 1), 1 + choices.ConsumeIntInRange(0, 7))


def main(arguments: Sequence[str] | None = None) -> None:
    """Look for such feeds, or at one."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=45)
    parser.add_argument("--corpus", type=Path, help="a folder in which what was found interesting is kept")
    parser.add_argument("--one", type=Path, help="a file with the choices of one feed")
    wanted = parser.parse_args(arguments)
    if wanted.one:
        found = feed_of(wanted.one.read_bytes())
        print(found)
        check_reading(found)
        return
    limits = [f"-max_total_time={wanted.seconds}", f"-timeout={SECONDS_EACH}", f"-max_len={CHOICES}", "-len_control=0"]
    folders = [str(wanted.corpus)] if wanted.corpus else []
    atheris.Setup([sys.argv[0], *limits, *folders], lambda data: check_reading(feed_of(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
