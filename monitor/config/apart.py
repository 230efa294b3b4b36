"""Large watchlists read by a process of its own, so that polling and the pages go on meanwhile.

The parsers of YAML and of pydantic keep all other threads waiting for as long as a file takes. The process leaves what
it read in the cache, from where it is loaded piece by piece. It is a plain process and no pool of multiprocessing's,
which needs semaphores, runs the main program a second time, and leaves a process behind that tracks resources.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from monitor.config.cache import find, keep, load_cached
from monitor.config.watchlists import LoadedWatchlists, contents_of, loaded, read_contents
from monitor.errors import ConfigError, MonitorError, Problem

APART_BYTES = 500_000
"""Size of a folder from which on it is read apart; below, reading takes about as long as starting a process (0.4 s)."""

ATTEMPTS = 3
"""How often files are read that change while they are read."""

REFUSED, NOT_KEPT = 3, 4
"""Its exit codes: the files do not validate (their problems are on standard output); no room for the entry."""


def load_apart(folder: Path, kept_in: Path | None) -> LoadedWatchlists:
    """Return what `load_cached` returns, without keeping other threads waiting.

    Raises ConfigError as `load_watchlists` does, MonitorError when the process was killed.
    """
    if kept_in is None:
        try:
            made = tempfile.TemporaryDirectory(prefix="event-monitor-")
        except OSError:  # a machine without any place to write: slower, but it works
            return load_cached(folder, None)
        with made as handed_over:
            return load_apart(folder, Path(handed_over))
    for _ in range(ATTEMPTS):
        contents = contents_of(folder)
        found = find(contents, kept_in)
        if found is not None:
            return found
        if sum(map(len, contents.values())) < APART_BYTES or not sys.executable:
            return load_cached(folder, kept_in)
        if not _read_apart(folder, kept_in):
            return loaded(read_contents(contents))
    raise ConfigError.single(folder, "its files change faster than they can be read; they are read again in a moment")


def _read_apart(folder: Path, kept_in: Path) -> bool:
    """Let a process leave an entry for a folder; return whether it could. Raises ConfigError and MonitorError."""
    try:
        ended = subprocess.run(  # noqa: S603 - ourselves, with two folders
            [sys.executable, "-m", "monitor.config.apart", str(folder), str(kept_in)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )
    except OSError:  # no more processes are allowed, say
        return False
    if ended.returncode == REFUSED:
        raise ConfigError([Problem(*one) for one in json.loads(ended.stdout)])
    if ended.returncode in (0, NOT_KEPT):
        return ended.returncode == 0
    said = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2] or "it said nothing"
    cure = "; was there too little memory?" if ended.returncode == -signal.SIGKILL else ""
    raise MonitorError(f"{folder}: the process that reads it ended with {ended.returncode}: {said}{cure}")


def main(folder: str, kept_in: str) -> int:
    """Leave an entry for a folder; return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C reaches us too; whoever started us decides
    try:
        contents = contents_of(Path(folder))
        lists = loaded(read_contents(contents))
    except ConfigError as error:
        json.dump([[one.file, one.line, one.key, one.message] for one in error.problems], sys.stdout)
        return REFUSED
    return 0 if keep(lists, contents, Path(kept_in)) else NOT_KEPT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
