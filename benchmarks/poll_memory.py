"""What ten thousand feeds add to the memory of the daemon, after each was polled once.

python -m benchmarks.poll_memory [--feeds 10000]
"""

import argparse
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.children import MB, family, rss_of
from benchmarks.pollers import write_config
from benchmarks.publisher import Publisher

GOAL = 40.0
"""MB that 10,000 feeds may add to the daemon."""

SHOWN, TEXT = 10, 300
"""Entries of a feed and characters of each: less than elsewhere, for only the round's length hangs on it."""

ROUND_SECONDS = 1_800
IDLE_SECONDS = 5.0
"""How long nothing was due when memory is looked at."""


def measure(feeds: int) -> tuple[float, float, float]:
    """Return the resident MB of the daemon with so many feeds, of its reading processes, and seconds of the round."""
    with tempfile.TemporaryDirectory() as folder, Publisher(entries=SHOWN, text=TEXT) as publisher:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            web = {"listen": f"127.0.0.1:{free.getsockname()[1]}"}
        config = write_config(Path(folder), publisher.urls(feeds), web=web, log={"level": "error"})
        began = time.monotonic()
        daemon = subprocess.Popen([sys.executable, "-m", "monitor", "run", "--config", str(config)])  # noqa: S603 - ourselves
        try:
            while (left := _unpolled(Path(folder) / "monitor.db", feeds)) or left is None:
                if daemon.poll() is not None or time.monotonic() - began > ROUND_SECONDS:
                    raise RuntimeError(f"{left} of {feeds} feeds were not polled, the daemon ended: {daemon.poll()}")
                time.sleep(1)
            seconds = time.monotonic() - began
            time.sleep(IDLE_SECONDS)
            return rss_of(daemon.pid) / MB, sum(map(rss_of, family(daemon.pid))) / MB, seconds
        finally:
            daemon.terminate()
            daemon.wait()


def _unpolled(database: Path, feeds: int) -> int | None:
    """Return how many feeds have not been polled; None while the daemon has not begun."""
    if not database.exists():
        return None
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            there, polled = connection.execute("SELECT count(*), count(polled_at) FROM feed").fetchone()
        except sqlite3.OperationalError:  # no tables yet
            return None
    return None if there < feeds else int(there - polled)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.poll_memory", description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=10_000)
    wanted = parser.parse_args(arguments)
    held = []
    for feeds in (0, wanted.feeds):
        own, apart, seconds = measure(feeds)
        print(f"{feeds:7,} feeds: {own:6.1f} MB, reading processes {apart:6.1f} MB; round {seconds:.0f} s", flush=True)
        held.append(own)
    more = held[1] - held[0]
    print(
        f"{wanted.feeds:,} feeds add {more:.1f} MB to the daemon; goal {GOAL:g}: {'met' if more <= GOAL else 'not met'}"
    )
    return 0


if __name__ == "__main__":
    os.environ.pop("MONITOR_CONFIG", None)
    sys.exit(main())
